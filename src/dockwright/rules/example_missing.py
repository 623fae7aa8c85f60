"""DW410: a command copies an example that is not there."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename

from dockwright.finding import Finding, Related
from dockwright.project.command_lines import CommandLine, command_lines
from dockwright.project.env_names import is_example
from dockwright.project.kinds import kind_of
from dockwright.project.model import Project
from dockwright.project.references import is_relative, join
from dockwright.rule import Example, Rule
from dockwright.syntax import shell
from dockwright.text import Site


class ExampleMissing(Rule):
    """Copy only examples that are there

    ## What it finds

    `cp .env.example .env` in a README, Makefile, script or workflow where the project has no such example, and
    nothing makes it.

    ## Why it matters

    It is the first command that a newcomer types, and it fails.

    ## How to mend it

    Commit the example, with every variable that the project reads and no secret in it, or name the one there is.

    ## Fix safety

    There is no fix: what belongs into the example is for a person to say.

    ## Source

    POSIX, `cp`; the twelve-factor app, «Config».
    """

    code, name, severity = "DW410", "example-missing", "error"
    traps = (27,)
    invalid = (
        Example({"README.md": "```bash\ncp ⟦env/.env.example⟧ env/.env.dev\n```\n", "env/.env.dev.example": "A=1\n"}),
        Example({"Makefile": ".PHONY: setup\nsetup:\n\tcp -n ⟦.env.example⟧ .env\n"}),
    )
    valid = (
        Example({"README.md": "```bash\ncp .env.example .env\n```\n", ".env.example": "A=1\n"}),
        Example({"README.md": "```bash\ncd api\ncp .env.example .env\n```\n", "api/.env.example": "A=1\n"}),
        Example({"setup.sh": "#!/bin/sh\ncurl -o .env.example https://example.org/env\ncp .env.example .env\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        missing: dict[str, list[Site]] = {}
        names = {basename(path): path for path in project.listing if kind_of(path) == "env"}
        for line in command_lines(project):
            source = _copied(line)
            if source is None or source.value is None:
                continue
            written = join("", source.value)
            there = any(f"/{path}".endswith(f"/{written}") for path in project.listing) or written.startswith("..")
            if not there and not _made(project, line, written):
                missing.setdefault(written, []).append(line.word_at(source))
        for written, sites in missing.items():
            near = names.get(basename(written)) or next(
                (path for path in sorted(names.values()) if is_example(path)), ""
            )
            yield self.found(
                sites[0],
                f"{written} is not there",
                advice=f"did you mean {near}?" if near else f"commit {written}, without values that are secret",
                related=[Related(site, "copied here, too") for site in sites[1:]],
            )


def _copied(line: CommandLine) -> shell.Word | None:
    """The example that a command copies or moves into place."""
    if line.name not in ("cp", "mv", "copy"):
        return None
    operands = [option.word for option in shell.options(line.command.arguments) if option.name is None]
    if len(operands) != 2 or operands[0].value is None or not is_relative(operands[0].value):
        return None
    name = basename(operands[0].value)
    return operands[0] if kind_of(name) == "env" and is_example(name) and "*" not in name else None


def _made(project: Project, line: CommandLine, written: str) -> bool:
    """Whether something else in the same file may make the example: a download, a redirection, another copy."""
    name = basename(written)
    text = project.sources[line.path].text
    fetched = any(tool in text for tool in ("curl", "wget", "git clone", "unzip", "tar "))
    return fetched or f"> {name}" in text or f">{name}" in text
