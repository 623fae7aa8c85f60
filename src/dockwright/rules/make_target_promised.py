"""DW504: `make X` where no Makefile has X."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from posixpath import basename

from dockwright.finding import Finding, Related
from dockwright.project.command_lines import CommandLine, command_lines
from dockwright.project.kinds import kind_of
from dockwright.project.make_programs import programs
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.rule import Example, Rule
from dockwright.syntax import shell
from dockwright.text import Site, lazy_regex

_NAME = lazy_regex(r"[A-Za-z][\w-]*")
_VALUES = frozenset({"-C", "--directory", "-f", "--file", "--makefile", "-I", "-o", "-W", "--old-file", "--what-if"})
# `echo "  make dev-up   starts it"`: the name ends the text, or a column of words follows it.
_HELP = lazy_regex(r"(?:^|[ \t'\"`(])make[ \t]+([A-Za-z][\w-]*)(?=[ \t]{2,}|[ \t]+[-–—:#]|[ \t]*$|[`'\"])")
_ECHOES = frozenset({"echo", "printf", "@echo", "@printf"})
# What every program that is built from its source has.
_FOREIGN = frozenset({"install", "all", "check", "distclean", "html", "clean", "altinstall", "config", "sure", "use"})
_TOLD = ("readme", "contributing", "development", "developing", "hacking", "install", "makefile")


class MakeTargetPromised(Rule):
    """Write the Make targets that the text promises

    ## What it finds

    `make X` in a README, a contributor's guide, a script, a workflow or the Makefile's own help, where no Makefile of
    the project has a rule for X.

    ## Why it matters

    "No rule to make target": whoever follows the text is stuck at that line, and a pipeline that runs it is red.

    ## How to mend it

    Write the target, or name the one that is meant.

    ## Fix safety

    There is no fix: what the target was to do is a guess.

    ## Source

    GNU Make's manual, «Arguments to Specify the Goals».
    """

    code, name, severity = "DW504", "make-target-promised", "error"
    traps = (31,)
    invalid = (
        Example(
            {
                "Makefile": ".PHONY: dev-up\ndev-up:\n\tdocker compose up -d\n",
                "README.md": "Start it:\n\n```bash\nmake dev-up\nmake ⟦dev-status⟧\n```\n",
            }
        ),
        Example({"Makefile": '.PHONY: help\nhelp:\n\t@echo "  make help      this text"\n\t@echo "  make ⟦logs⟧"\n'}),
        Example(
            {
                "Makefile": ".PHONY: test\ntest:\n\tpytest\n",
                ".github/workflows/ci.yml": "on: push\njobs:\n  ci:\n    runs-on: ubuntu-24.04\n    steps:\n"
                "      - run: make ⟦tests⟧\n",
            }
        ),
    )
    valid = (
        Example({"Makefile": ".PHONY: up\nup:\n\ttrue\n", "README.md": "Run `make up`, and make sure it is up.\n"}),
        Example({"Makefile": "deploy-%:\n\t./deploy $*\n", "README.md": "Run `make deploy-live`.\n"}),
        Example({"Makefile": ".PHONY: lint\nup:\n\ttrue\n", "README.md": "Run `make lint`.\n"}),
        Example({"README.md": "Build Python itself with `make profile-opt`.\n"}),
        Example({"Makefile": "include $(TASKS)\n", "README.md": "Run `make up`.\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        known = programs(project)
        read = {file.source.path for program in known for file in program.files}
        unread = any(kind_of(path) == "make" and path not in read for path in project.listing)
        if unread or not known or not all(program.complete for program in known):
            return
        # What `.PHONY` lists and nobody wrote does nothing, and is told of there.
        targets = {name for program in known for name in (*program.targets, *program.phony)}
        patterns = [pattern.partition("%") for program in known for pattern in program.patterns]
        promised: dict[str, list[Site]] = {}
        for name, site in _promises(project):
            implied = any(name.startswith(head) and name.endswith(tail) for head, _, tail in patterns)
            if name not in targets and not implied and name not in _FOREIGN and not project.exists(name):
                promised.setdefault(name, []).append(site)
        for name, sites in promised.items():
            from difflib import get_close_matches  # Slow to import, and seldom needed.

            close = get_close_matches(name, sorted(targets), 1, 0.8)
            yield self.found(
                sites[0],
                f"no Makefile has a target {name}",
                advice=f"did you mean {close[0]}?" if close else f"write a rule for {name}, or take this out",
                related=[Related(site, "promised here, too") for site in sites[1:]],
            )


def _promises(project: Project) -> Iterator[tuple[str, Site]]:
    lines = command_lines(project)
    # What is built from its source there has a Makefile of its own.
    builders = {line.path for line in lines if line.name in ("configure", "cmake")}
    for line in lines:
        kind = project.kinds[line.path]
        if kind == "document" and not basename(line.path).lower().startswith(_TOLD):
            continue
        if line.name == "make" and kind != "dockerfile" and line.path not in builders:
            if not line.folder or project.exists(join("", line.folder)):
                # Behind the goal, a document may go on in prose.
                yield from islice(_goals(line), 1 if kind == "document" else None)
        elif line.name in _ECHOES and kind == "make":
            for word in line.command.arguments:
                if word.value is not None and word.contiguous:
                    for match in _HELP.finditer(word.text):
                        start = word.start + match.start(1)
                        yield match[1], Site(line.path, word.mapped.span(start, start + len(match[1])))


def _goals(line: CommandLine) -> Iterator[tuple[str, Site]]:
    """The targets of a call of make in the folder that it runs in."""
    for option, _, word in shell.options(line.command.arguments, _VALUES):
        if option in ("-C", "--directory", "-f", "--file"):
            return
        if option is None and word.value is not None and _NAME.fullmatch(word.value):
            yield word.value, line.word_at(word)
        elif option is None and word.value is None:
            return
