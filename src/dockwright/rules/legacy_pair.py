"""DW131: ENV and LABEL with a blank where an equals sign belongs."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Fix
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Edit, Site, Span

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,@%+${}=")


class LegacyPair(Rule):
    """Write ENV and LABEL with an equals sign

    ## What it finds

    `ENV KEY value` and `LABEL key value`, the old form without `=`.

    ## Why it matters

    Everything to the end of the line is the value: `ENV A=1 B=2` sets two variables, `ENV A 1 B=2` sets one to
    `1 B=2`. BuildKit warns about the form, and may refuse it one day.

    ## How to mend it

    Write `ENV KEY=value`, with quotes where the value has blanks.

    ## Fix safety

    Safe: the variable keeps its value. Values with quotes or escapes of their own are left to you.

    ## Source

    Dockerfile reference, `ENV`; BuildKit's check LegacyKeyValueFormat.
    """

    code, name, severity, consent = "DW131", "legacy-pair", "info", "safe"
    equivalents = ("buildkit:LegacyKeyValueFormat", "dockerfilelint:label_invalid")
    invalid = (
        Example(
            {"Dockerfile": "FROM python:3.13-slim\n⟦ENV PORT 8000⟧\n⟦LABEL title The shop⟧\nUSER 1000\n"},
            becomes={"Dockerfile": 'FROM python:3.13-slim\nENV PORT=8000\nLABEL title="The shop"\nUSER 1000\n'},
        ),
        Example({"Dockerfile": 'FROM python:3.13-slim\n⟦LABEL author = "Ann"⟧\nUSER 1000\n'}),
        Example({"Dockerfile": 'FROM python:3.13-slim\n⟦ENV GREETING it\'s "me"⟧\nUSER 1000\n'}),
    )
    valid = (Example({"Dockerfile": 'FROM python:3.13-slim\nENV PORT=8000 NAME="a b"\nUSER 1000\n'}),)

    def check(self, project: Project) -> Iterator[Finding]:
        for source in project.of_kind("dockerfile"):
            for instruction in project.trees.of(dockerfile.parse, source).instructions:
                if not isinstance(instruction, (dockerfile.Env, dockerfile.Label)):
                    continue
                for pair in instruction.pairs:
                    if pair.legacy and pair.value is not None:
                        key = pair.key.text
                        blanks = pair.value.text.startswith("=")
                        yield self.found(
                            Site(source.path, instruction.span),
                            f"the blank before `=` makes it part of {key}'s value"
                            if blanks
                            else f"{instruction.keyword} {key} is written without an equals sign",
                            advice=f"write {instruction.keyword} {key}=…" + (" without blanks" if blanks else ""),
                            fix=_fix(source.path, pair.key, pair.value),
                        )


def _fix(path: str, key: dockerfile.Word, value: dockerfile.Word) -> Fix | None:
    text = value.text
    if not _PLAIN.issuperset(text.replace(" ", "")) or not value.mapped.contiguous(0, len(text)):
        return None
    quoted = f'"{text}"' if " " in text else text
    return Fix(f"write {key.text} with an equals sign", (Edit(path, Span(key.span.end, value.span.end), f"={quoted}"),))
