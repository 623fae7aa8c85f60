"""DW409: an env file that a shell reads and understands otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Fix, Related
from dockwright.project.command_lines import CommandLine, command_lines
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.rules._env_files import written_as
from dockwright.syntax import dotenv
from dockwright.text import Edit, Site, lazy_regex

# What a shell does not leave as it is in a value without quotes. `$` has a rule of its own.
_SPECIAL = lazy_regex(r"[\s;&|<>()`\\\"']|^~")
_SHELL_NAME = lazy_regex(r"[A-Za-z_]\w*")


class EnvFileInShell(Rule):
    """Write env files so that a shell reads them alike

    ## What it finds

    `source .env` where the file, or its example, has values that a shell reads otherwise than Compose: blanks around
    `=`, blanks, quotes, `&`, `;` or brackets in a value without quotes, `KEY: value`. And `export $(grep … .env |
    xargs)`, which splits every value at its blanks and takes away its quotes.

    ## Why it matters

    `NAME=My shop` gives Compose a name, and makes a shell run the program `shop`. The variable is empty in the
    script and right in the container, or the script stops.

    ## How to mend it

    Put such values in quotes: Compose, python-dotenv and the shell then agree. In place of `export $(…)` write
    `set -a; . ./.env; set +a`.

    ## Fix safety

    Safe: the values get single quotes, in which Compose and python-dotenv read what they read before. Values with a
    `$`, and `export $(…)`, are left to you.

    ## Source

    POSIX, «Shell Command Language»; Compose's documentation, «Env file syntax».
    """

    code, name, severity, consent = "DW409", "env-file-in-shell", "warning", "safe"
    traps = (30,)
    invalid = (
        Example(
            {
                "deploy.sh": "#!/bin/sh\nset -a\n⟦. ./.env⟧\n",
                ".env.example": "NAME=My shop\nDEBUG = true\nURL='http://shop'\n",
            },
            becomes={".env.example": "NAME='My shop'\nDEBUG=true\nURL='http://shop'\n"},
        ),
        Example({"Makefile": ".PHONY: up\nup:\n\t⟦export $$(grep -v '^#' .env | xargs)⟧ && ./run\n"}),
    )
    valid = (
        Example({"deploy.sh": "#!/bin/sh\nset -a; . ./.env; set +a\n", ".env": "NAME='My shop'\nDEBUG=true\n"}),
        Example({"run.sh": "#!/bin/sh\n. ./lib.sh\n", ".env": "NAME=My shop\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        done: set[str] = set()
        for line in command_lines(project):
            if line.name == "export" and "xargs" in line.command.text and "env" in line.command.text:
                yield self.found(
                    line.at,
                    "this splits every value at its blanks and takes its quotes away",
                    advice="write `set -a; . ./.env; set +a`",
                )
            elif line.name in (".", "source"):
                yield from self._sourced(project, line, done)

    def _sourced(self, project: Project, line: CommandLine, done: set[str]) -> Iterator[Finding]:
        word = next(iter(line.command.arguments), None)
        if word is None or word.value is None:
            return
        for path in written_as(project, word.value, line.path):
            file = project.env_files[path]
            odd = [entry for entry in file.entries if _is_odd(file, entry)]
            if odd and path not in done:
                done.add(path)
                names = ", ".join(entry.key for entry in odd[:4]) + (" and more" if len(odd) > 4 else "")
                yield self.found(
                    line.at,
                    f"the shell reads {path} otherwise than Compose does: {names}",
                    advice="put these values in single quotes, without blanks around the =",
                    related=[Related(Site(path, entry.span), "read otherwise") for entry in odd],
                    fix=_fix(path, odd),
                )


def _is_odd(file: dotenv.EnvFile, entry: dotenv.Entry) -> bool:
    if entry.separator is None:
        return False
    between = file.source.text[entry.key_span.end : entry.value_span.start]
    if between != "=" and (entry.raw or between.strip(" ") != "="):
        return True
    if _SHELL_NAME.fullmatch(entry.key) is None:
        return True
    return entry.quote is None and _SPECIAL.search(entry.raw) is not None


def _fix(path: str, odd: list[dotenv.Entry]) -> Fix | None:
    edits = []
    for entry in odd:
        if "$" in entry.raw or "'" in entry.raw or _SHELL_NAME.fullmatch(entry.key) is None or "\n" in entry.raw:
            return None
        value = entry.raw if entry.quote else dotenv.quote(entry.value.text)
        edits.append(Edit(path, entry.span, f"{'export ' if entry.export else ''}{entry.key}={value}"))
    return Fix(f"write the values of {path} so that every reader agrees", tuple(edits))
