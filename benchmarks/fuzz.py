"""Feeds broken texts to every parser, and broken projects to every rule.

    python -m benchmarks.fuzz [--inputs N] [--projects N] [--seed N] [--keep DIR] [FORMAT...]

The texts are the files of the example project and of the rules' examples after a few mutations: bytes flipped, pieces
deleted, doubled and taken from another file, tokens of the format strewn in or repeated. Each is held to what
`benchmarks.roundtrip` asks of a file: the parser does not raise, nothing is lost, every place is where it says, and it
is not slow, that is, takes no more than 50 ms and 20 µs a byte of processor time in the best of three tries. A project
is the example with some of its files mutated, missing or moved: no rule may raise, and the reports must be writable.

The exit code is 1 when anything is wrong; `--keep` writes what did it into a folder.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from random import Random

from msgspec import Struct

from benchmarks.installed import EXAMPLE
from benchmarks.roundtrip import FORMATS, Format, Result, examine
from dockwright.project.model import Project
from dockwright.report import json, terminal
from dockwright.report.audited import Audited
from dockwright.rule import all_rules, run
from dockwright.syntax import interpolation, markdown, python_code
from dockwright.syntax.problem import Problem
from dockwright.text import Mapped, Source

_LONGEST = 3000  # Bytes of a text before it is mutated: breaking a few of them is to matter.

_TOKENS: Mapping[str, str] = {
    "Dockerfile": r"""FROM RUN CMD COPY ENV ARG ONBUILD HEALTHCHECK SHELL --from= --mount= AS <<EOF <<-'E' EOF \ ` $ ${A
        ${A:-b} [ ] "," ' " #escape=` #syntax=x # FROM""",
    "YAML": """: - ? & * ! | > |2- >+ [ ] { } , ' " # --- ... << *a &a !!str % @ ` {{ \t""",
    "env": """= ' " $ ${A:-${B}} ${ } # export \\ \\n : \t""",
    "Makefile": """: :: := ?= += != = $( ) ${ } $$ $@ $* % \\ ifeq endif else define endef include .PHONY: \t | & @
        # ;""",
    "ignore": "! / ** * ? [ ] [^a-z] \\ # . ..",
    "TOML": '''[ ] [[ ]] = . " """ ' \'\'\' { } , # \\ \\u00e9 1979-05-27 0x 1_0 inf true''',
    "shell": """' " $' $( ` $(( ${ } ) << <<- EOF && || | ; & ( { case in esac ;; if then fi for do done [[ ]] # \\ >&
        <(""",
    "devcontainer": """{ } [ ] " : , // /* */ \\u 1e9 null""",
    "Markdown": """``` ~~~ ` `` ]( [a]: > # $ - * <!-- -->""",
    "Python": """def class ( ) [ ] { } : ' " \"\"\" f" \\ # = @ import from os.environ lambda : -*- coding: latin-1""",
    "interpolation": """$ $$ ${ } :- - :? ? :+ + A _""",
}


class Found(Struct, frozen=True):
    """What reads a text that is no file of its own."""

    found: tuple[Struct, ...]
    problems: tuple[Problem, ...] = ()


def _markdown(source: Source) -> Iterable[Struct]:
    document = markdown.parse(source)
    return (Found((*document.blocks, *document.code_spans, *document.links)),)


def _python(source: Source) -> Iterable[Struct]:
    file = python_code.parse(source)
    return (Found(file.strings(), file.problems),)


def _interpolation(source: Source) -> Iterable[Struct]:
    text = Mapped.whole(source.text)
    with suppress(interpolation.MissingVariableError, interpolation.InvalidTemplateError):  # Compose refuses it, too
        interpolation.interpolate(source.text, {"A": "b"}.get)
    return (Found(interpolation.uses(text)),)


_NEVER = FORMATS[0].files  # Not looked at: these are fed by hand.
FORMS: Mapping[str, Format] = {form.name: form for form in FORMATS} | {
    "Markdown": Format("Markdown", _NEVER, _markdown),
    "Python": Format("Python", _NEVER, _python),
    "interpolation": Format("interpolation", _NEVER, _interpolation),
}
_FILES: Mapping[str, Callable[[str], bool]] = {
    "Markdown": lambda name: name.endswith(".md"),
    "Python": lambda name: name.endswith(".py"),
    "interpolation": lambda name: name.endswith((".yml", ".yaml")) or name.startswith(".env"),
}


def seeds() -> dict[str, list[bytes]]:
    """Texts to start from, by format: the example project's files and those of the rules' examples."""
    known: dict[str, set[bytes]] = {name: set() for name in FORMS}
    for path, data in _files():
        name = path.rpartition("/")[2]
        for form in FORMS.values():
            if _FILES.get(form.name, form.files.fullmatch)(name):
                known[form.name].add(data)
    return {name: sorted(texts) for name, texts in known.items()}


def _files() -> Iterator[tuple[str, bytes]]:
    for path in sorted(EXAMPLE.rglob("*")):
        if path.is_file():
            yield path.name, path.read_bytes()
    for rule in all_rules():
        for example in (*rule.valid, *rule.invalid):
            for name, text in example.files.items():
                yield name, text.encode("utf-8", "surrogateescape")


def mutated(random: Random, texts: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    """One of the texts, or a stretch of it, after one to six mutations."""
    data = _stretch(random, random.choice(texts), _LONGEST)
    for _ in range(random.randint(1, 6)):
        data = random.choice(_MUTATIONS)(random, data, texts, tokens)
    return data


def _stretch(random: Random, data: bytes, longest: int) -> bytes:
    start = random.randrange(max(1, len(data) - longest + 1))
    return data[start : start + longest]


def _range(random: Random, data: bytes, longest: int = 40) -> tuple[int, int]:
    start = random.randrange(len(data) + 1)
    return start, min(len(data), start + random.randint(1, longest))


def _flip(random: Random, data: bytes, texts: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    start, _ = _range(random, data)
    return data[:start] + bytes([random.randrange(256)]) + data[start + 1 :]


def _delete(random: Random, data: bytes, texts: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    start, end = _range(random, data)
    return data[:start] + data[end:]


def _double(random: Random, data: bytes, texts: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    start, end = _range(random, data, 200)
    return data[:end] + data[start:end] * random.choice((1, 1, 2, 20)) + data[end:]


def _splice(random: Random, data: bytes, texts: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    start, end = _range(random, data)
    return data[:start] + _stretch(random, random.choice(texts), 200) + data[end:]


def _token(random: Random, data: bytes, texts: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    start, _ = _range(random, data)
    times = random.choice((1, 1, 1, 1, 2, 3, 60))
    return data[:start] + random.choice(tokens) * times + random.choice((b"", b" ", b"\n")) + data[start:]


def _cut(random: Random, data: bytes, texts: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    return data[: _range(random, data)[0]]


def _line_ends(random: Random, data: bytes, texts: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    return data.replace(b"\n", random.choice((b"\r\n", b"\r", b"\n\n", b"\\\n")), random.randint(1, 40))


_MUTATIONS = (_flip, _delete, _double, _splice, _token, _token, _cut, _line_ends)


def inputs(name: str, number: int, seed: int) -> Iterator[bytes]:
    """So many mutated texts of a format, the same for the same seed."""
    random = Random(f"{seed} {name}")
    texts = seeds()[name]
    words = _TOKENS.get(name) or _TOKENS[name.rpartition(" ")[2] if name.startswith("shell") else "YAML"]
    tokens = [word.encode() for word in words.split()] + [b"\n", b"\t", b" "]
    return (mutated(random, texts, tokens) for _ in range(number))


def read(name: str, data: bytes) -> tuple[Struct, ...]:
    """The trees of a text."""
    return tuple(FORMS[name].parse(Source.read("fuzz", data)))


def fed(name: str, number: int, seed: int) -> Iterator[tuple[bytes, Result]]:
    """What a format's parser makes of so many mutated texts."""
    for data in inputs(name, number, seed):
        yield data, examine(FORMS[name], "fuzz", data)


def projects(number: int, seed: int) -> Iterator[Project]:
    """The example project, so many times with some of its files mutated, missing or moved."""
    random = Random(f"{seed} projects")
    files = {path.relative_to(EXAMPLE).as_posix(): path.read_bytes() for path in EXAMPLE.rglob("*") if path.is_file()}
    tokens = [word.encode() for words in _TOKENS.values() for word in words.split()]
    texts = sorted(files.values())
    for _ in range(number):
        sources = {}
        for path, data in files.items():
            chance = random.random()
            if chance < 0.05:
                continue
            if chance < 0.08:
                path = random.choice(("docker/", "a b/", "src/")) + path
            for _ in range(random.randint(1, 4) if chance > 0.8 else 0):
                data = random.choice(_MUTATIONS)(random, data, texts, tokens)
            sources[path] = Source.read(path, data)
        yield Project("/projects/shop", "shop", sources, frozenset(sources))


def audited(project: Project) -> str | None:
    """What is wrong with an audit of a project; None when it ends, says the same again and can be reported."""
    try:
        found = tuple(run(all_rules(), project))
        report = Audited(project, found, found)
        terminal.audit(report).encode()
        json.audit(report).encode()
    except Exception as error:  # Whatever a rule raises is what this looks for.
        return f"{type(error).__name__}: {error}"
    return None


def main(arguments: list[str]) -> int:
    """Feed, and print the table and what is wrong; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("formats", nargs="*", metavar="FORMAT", help=f"of: {', '.join(FORMS)} (default: all)")
    parser.add_argument("--inputs", type=int, default=100_000, metavar="N", help="texts a format (default: 100000)")
    parser.add_argument("--projects", type=int, default=3000, metavar="N", help="projects (default: 3000)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="other texts with another one (default: 1)")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="write what goes wrong into this folder")
    options = parser.parse_args(arguments)

    wrong = 0
    print(f"{'format':<20}{'inputs':>9}{'bytes':>14}{'lossless':>10}{'slow':>6}{'slowest ms':>12}{'total s':>9}")
    for name in options.formats or FORMS:
        number = size = faulty = slow = 0
        seconds = slowest = 0.0
        for data, result in fed(name, options.inputs, options.seed):
            number, size = number + 1, size + len(data)
            seconds, slowest = seconds + result.seconds, max(slowest, result.seconds)
            faulty, slow = faulty + bool(result.faults), slow + result.slow
            if result.faults or result.slow:
                _say(name, data, result.faults or ("slow",), options.keep)
        wrong += faulty + slow
        lossless = number - faulty
        print(
            f"{name:<20}{number:>9,}{size:>14,}{lossless:>10,}{slow:>6}{slowest * 1e3:>12.1f}{seconds:>9.0f}",
            flush=True,
        )
    if options.projects:
        start, broken = time.process_time(), 0
        for project in projects(options.projects, options.seed):
            error = audited(project)
            if error is not None:
                broken += 1
                texts = {path: source.data for path, source in project.sources.items()}
                _say("project", repr(texts).encode(), (error,), options.keep)
        wrong += broken
        seconds = time.process_time() - start
        print(f"\n{options.projects:,} projects audited by every rule: {broken} failed, {seconds:.0f} s")
    return 1 if wrong else 0


def _say(name: str, data: bytes, faults: Sequence[str], keep: Path | None) -> None:
    """One input that went wrong."""
    digest = sha256(data).hexdigest()[:12]
    print(f"{name} {digest}: {faults[0]}", file=sys.stderr, flush=True)
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        (keep / f"{name.replace(' ', '-')}-{digest}").write_bytes(data)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
