"""DW603: a uv command that the pinned uv does not have."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from dockwright.facts.uv_commands import LATE_COMMANDS
from dockwright.finding import Finding, Related
from dockwright.project.command_lines import command_lines
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import shell
from dockwright.text import Site, Span, lazy_regex

# Where a version of uv is pinned: the image, the action's input, pip's requirement.
_PIN = lazy_regex(
    r"(?:astral-sh/uv:|\buv==|\bUV_VERSION\s*[=:]\s*[\"']?|required-version\s*=\s*[\"']==|setup-uv@[^\n]*\n\s+with:\s*\n"
    r"(?:\s+(?!version)[\w-]+:[^\n]*\n)*\s+version:\s*[\"']?)(\d+(?:\.\d+)+)"
)


class UvCommandUnknown(Rule):
    """Call only commands that the pinned uv has

    ## What it finds

    A uv command, such as `uv check`, in a script, Makefile, workflow, document or Dockerfile of a project that pins a
    uv without it.

    ## Why it matters

    uv ends with `unrecognized subcommand`. In a check of the lock file that nobody looks at, that is easily taken for
    a stale lock file.

    ## How to mend it

    For the lock file write `uv lock --check`, which every version has. Else pin a later uv.

    ## Fix safety

    There is no fix: the pinned version may be what is wrong.

    ## Source

    uv's changelog and its reference of commands.
    """

    code, name, severity = "DW603", "uv-command-unknown", "error"
    traps = (35,)
    invalid = (
        Example(
            {
                "Dockerfile": "FROM ghcr.io/astral-sh/uv:0.8.22-python3.13-trixie-slim\nUSER 1000:1000\n",
                "Makefile": ".PHONY: lint\nlint:\n\tuv ⟦check⟧\n\tuv run ruff check\n",
            }
        ),
        Example(
            {
                ".github/workflows/ci.yml": "on: push\njobs:\n  ci:\n    runs-on: ubuntu-24.04\n    steps:\n"
                "      - uses: astral-sh/setup-uv@v6\n        with:\n          enable-cache: true\n"
                "          version: '0.8.2'\n      - run: uv ⟦format⟧ --check\n",
            }
        ),
    )
    valid = (
        Example({"Dockerfile": "FROM ghcr.io/astral-sh/uv:0.12.1\n", "Makefile": "lint:\n\tuv check\n"}),
        Example({"Dockerfile": "FROM ghcr.io/astral-sh/uv:0.8.22\n", "Makefile": "lint:\n\tuv lock --check\n"}),
        Example({"Makefile": "lint:\n\tuv check\n"}),
        Example({"Dockerfile": "FROM ghcr.io/astral-sh/uv:0.11\n", "Makefile": "lint:\n\tuv check\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        pins = list(_pins(project))
        if not pins:
            return
        # Where several versions are pinned, the latest is given the benefit of the doubt.
        version, text, pinned_at = max(pins, key=lambda pin: pin[0])
        for line in command_lines(project):
            for word in _commands(line.command):
                late = LATE_COMMANDS[word.value or ""]
                # `0.11` is the newest of its kind.
                if version < late.since[: len(version)]:
                    instead = f"write {late.instead}, or " if late.instead else ""
                    yield self.found(
                        line.word_at(word),
                        f"uv {text}, which is pinned, has no command {word.value}",
                        advice=f"{instead}pin a later uv",
                        related=[Related(pinned_at, "pinned here")],
                    )


def _pins(project: Project) -> Iterator[tuple[tuple[int, ...], str, Site]]:
    for source in project.of_kind("dockerfile", "ci", "packaging"):
        if "uv" in source.text:
            for match in _PIN.finditer(source.text):
                yield tuple(map(int, match[1].split("."))), match[1], Site(source.path, Span(*match.span(1)))


def _commands(command: shell.Simple) -> Iterator[shell.Word]:
    """The word behind `uv` where it is a late command, behind `docker compose exec app` too."""
    for word, following in pairwise(command.words):
        if word.value == "uv" and following.value in LATE_COMMANDS:
            yield following
