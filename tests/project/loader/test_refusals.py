"""What Compose refuses is refused, with a reason and a place; and nothing else is ever raised."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

import pytest

from dockwright.project.loader import Call, Files, LoadError, resolved, unresolved
from dockwright.text import Source
from loaded import app, full, raw

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [
        ("services: [a]\n", "services must be a mapping", 1),
        ("- a\n", "top-level object must be a mapping", None),
        ("", "empty compose file", None),
        ("services:\n  a: {image: x}\n  a: {image: y}\n", "there twice", 3),
        ("services:\n  a: *b\n", "not defined", 2),
        ("services:\n  1: {image: x}\n", "non-string key", None),
        (app("imagee: x"), "'imagee' not allowed", 4),
        (app("ports: 80"), "must be a array", 4),
        (app("ports: ['x']"), "invalid port", 4),
        (app("environment: {A: [1]}"), "must be", 4),
        (app("environment: {A: 2024-01-02}"), "must be", 4),
        (app("cap_add: [A, A, B, B]\nsecurity_opt: [x, x]"), "must be unique", 5),
        (app("depends_on: {db: {condition: healthy}}"), "must be one of", 4),
        (app("container_name: ''"), "does not match", 4),
        (app("volumes: [{type: volume, source: a}]"), "missing a mount target", 4),
        (app("volumes: [{type: bind, target: /a}]"), "Source must not be empty", 4),
        (app("volumes: ['data:/d']"), "undefined volume data", 2),
        (app("networks: [n]"), "undefined network n", 2),
        (app("secrets: [s]"), "undefined secret s", 2),
        (app("configs: [c]"), "undefined config c", 2),
        (app("depends_on: [db]"), 'undefined service "db"', 2),
        (app("depends_on: [app]"), "cycle detected: app -> app", 4),
        (app("depends_on: [b]", "  b: {image: x, depends_on: [app]}\n"), "cycle detected", 5),
        (app("network_mode: host\nnetworks: [default]"), "mutually exclusive", 2),
        (app("tmpfs: [/a]\nvolumes: ['/a']"), "already mounted", 2),
        (app("scale: 2\ncontainer_name: xx"), "must be unique", 2),
        (app("container_name: xx", "  b: {image: x, container_name: xx}\n"), "already in use", 5),
        (app("mem_limit: lots"), "invalid size", 4),
        (app("stop_grace_period: soon"), "invalid duration", 4),
        (app("command: it's"), "invalid command line", 4),
        (app("privileged: maybe"), "no boolean", 4),
        (app("", "secrets: {s: {}}\n"), "one of file|environment must be set", 4),
        (app("", "volumes: {v: {external: true, driver: x}}\n"), "conflicting parameters", 4),
        ("services:\n  a: {user: x}\n", "neither an image nor a build context", 2),
    ],
)
def test_what_compose_refuses(text: str, reason: str, line: int | None) -> None:
    with pytest.raises(LoadError, match=re.escape(reason)) as caught:
        full(text)
    assert caught.value.line == line


def test_a_file_that_is_missing_is_named_as_people_know_it() -> None:
    with pytest.raises(LoadError, match=re.escape("open ./deploy/none.yml: no such file")):
        raw({"compose.yml": app("")}, "deploy/none.yml")


def test_aliases_that_grow_without_end_are_refused() -> None:
    lines = ["x0: &x0 [a, a, a, a, a, a, a, a, a]"]
    lines += [f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]" for n in range(1, 9)]
    with pytest.raises(LoadError, match="aliases nested too deep"):
        raw("\n".join([*(f"x-{line}" for line in lines), app("")]))


@pytest.mark.parametrize("deep", ["[" * 190 + "]" * 190, "{a: " * 190 + "}" * 190])
def test_what_is_nested_deep_is_read(deep: str) -> None:
    text = f"x-a: &a {deep}\n{app('x-b: *a')}"
    assert full(text)["x-a"] is not None
    assert raw(text)["x-a"] is not None
    with pytest.raises(LoadError, match="too deep"):
        raw(f"x-a: &a {deep}\nx-c: {'[' * 20}*a{']' * 20}\n{app('')}")


def test_a_long_chain_of_services_is_followed() -> None:
    more = "".join(f"  s{number}: {{image: x, depends_on: [s{number + 1}]}}\n" for number in range(3000))
    assert len(full(app("depends_on: [s0]", f"{more}  s3000: {{image: x}}\n"))["services"]) == 3002


SNIPPETS = (
    "null [] {} - !reset !override *x &x <<: ${ ${A:?} \" ' : 1 true extends: include: services: env_file: ports: ~ "
    "2024-01-01 [[1]] {a: !!str !!int -1 1e99 .nan \0 é"
).split(" ")


def _mutated(text: str, chance: random.Random) -> str:
    """A file with a few things cut out, put in, doubled or moved."""
    for _ in range(chance.randint(1, 3)):
        start = chance.randint(0, len(text))
        end = min(len(text), start + chance.randint(0, 30))
        lines = text.split("\n")
        at = chance.randrange(len(lines))
        match chance.randint(0, 4):
            case 0:
                text = text[:start] + text[end:]
            case 1:
                text = f"{text[:start]}{chance.choice(SNIPPETS)} {text[start:]}"
            case 2:
                text = text[:end] + text[start:end] + text[end:]
            case 3:
                lines[at] = f"{lines[at].partition(':')[0]}: {chance.choice(SNIPPETS)}"
                text = "\n".join(lines)
            case _:
                lines[at] = chance.choice(["  ", "    ", ""]) + lines[at].lstrip()
                text = "\n".join(lines)
    return text


def test_no_input_raises_anything_else() -> None:
    loaded = refused = 0
    for path in sorted(ROOT.glob("examples/dashtam-legacy/*compose*.yml")):
        text, chance = path.read_text(encoding="utf-8"), random.Random(path.name)
        for _ in range(40):
            files = Files({"compose.yml": Source("compose.yml", _mutated(text, chance))}, "shop")
            for load in (unresolved, resolved):
                try:
                    loaded += bool(load(files, Call(("compose.yml",))))
                except LoadError as error:
                    refused += bool(str(error))
    assert loaded > 10
    assert refused > 100


def _seconds(count: int) -> float:
    body = "environment: {A: '1', B: '${C:-d}'}\nports: ['80:80']\nvolumes: ['./d:/d']\ndepends_on: [db]"
    service = app(body).partition("\n")[2].replace("  app:", "  app{}:").replace("{A", "{{A").replace("'}", "'}}")
    service = service.replace("${C:-d}", "${{C:-d}}")
    text = "services:\n  db: {image: x}\n" + "".join(service.format(number) for number in range(count))
    files = Files({"compose.yml": Source("compose.yml", text)}, "shop")
    assert files.yaml("compose.yml")
    start = time.process_time()
    assert len(resolved(files, Call(("compose.yml",)))["services"]) == count + 1
    return time.process_time() - start


def test_time_grows_with_the_file_and_no_faster() -> None:
    assert min(_seconds(800) for _ in range(2)) < 12 * min(_seconds(100) for _ in range(2)) + 0.1
