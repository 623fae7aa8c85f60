"""What the documents say is so: links lead somewhere, tables are what the code has, generated pages are fresh."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dockwright.cli.env import SUBCOMMANDS
from dockwright.cli.main import COMMANDS, run
from dockwright.refactor.steps import CLOSING, to_target_layout
from dockwright.syntax import makefile
from dockwright.text import Source
from dockwright.tools import Tools

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = sorted(
    (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "examples/README.md", *ROOT.glob("docs/**/*.md"))
)
EXAMPLE = str(ROOT / "examples" / "dashtam-legacy")
LINK = re.compile(r"\]\(([^)\s]+)\)")


def name(document: Path) -> str:
    return document.relative_to(ROOT).as_posix()


def headings(document: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_links_lead_to_files_and_headings(document: Path) -> None:
    links = [link for link in LINK.findall(document.read_text(encoding="utf-8")) if "://" not in link]
    for link in links:
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), link
        assert not anchor or anchor in headings(target), link


def test_the_readme_has_the_commands_as_the_command_line_lists_them() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", README, re.M)
    assert dict(rows) == COMMANDS


def test_the_readme_names_every_step() -> None:
    named = dict.fromkeys(step.name for step in (*to_target_layout(Tools()), *CLOSING))
    assert re.findall(r"the step `(\w+)`", README) == [*named]


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_commands_and_options_that_documents_name_exist(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = re.findall(r"(?:^    |^\$ |`)dockwright ([a-z][^`#\n]*)", document.read_text(encoding="utf-8"), re.M)
    for line in lines:
        command, *arguments = line.partition("|")[0].split()
        named = command == "env" and arguments[:1] != [] and arguments[0] in SUBCOMMANDS
        words = [command, arguments.pop(0)] if named else [command]
        with pytest.raises(SystemExit) as ended:
            run([*words, "--help"])
        assert ended.value.code == 0, line
        help_text = capsys.readouterr().out
        for option in (word for word in arguments if word.startswith("-")):
            assert re.search(rf"(?<![\w-]){re.escape(option.partition('=')[0])}(?![\w-])", help_text), line


@pytest.mark.parametrize("document", [ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=name)
def test_make_targets_that_documents_name_exist(document: Path) -> None:
    rules = makefile.parse(Source.read("Makefile", (ROOT / "Makefile").read_bytes())).rules
    targets = {target.text for rule in rules for target in rule.targets}
    text = document.read_text(encoding="utf-8")
    named = {
        word for line in re.findall(r"(?:^    |`)make ([a-z ]+?)(?:`| {2,}|$)", text, re.M) for word in line.split()
    }
    assert named
    assert named <= targets


def keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)


@pytest.mark.parametrize("command", ["show", "audit", "plan", "rules"])
def test_every_key_of_a_json_report_is_documented(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    run([command, *([] if command == "rules" else [EXAMPLE]), "--format", "json"])
    text = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", text))))
    assert set(keys(json.loads(capsys.readouterr().out))) - documented == set()


@pytest.mark.parametrize("script", ["scripts.rule_pages", pytest.param("scripts.tour", marks=pytest.mark.compose)])
def test_generated_text_is_fresh(script: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", script, "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
