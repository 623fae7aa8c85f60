"""DW502: a Make target that makes no file and is not phony."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname

from dockwright.finding import Finding, Fix, Related
from dockwright.project.make_programs import Program, programs
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.rule import Example, Rule
from dockwright.rules._makefiles import add_to_phony
from dockwright.syntax import makefile
from dockwright.text import Site, lazy_regex

_NAME = lazy_regex(r"[A-Za-z][\w-]*")
_WORD = lazy_regex(r"[^\s;&|()\"']+")
# Programs whose recipe may make a file that is called like the target: `touch install`, `mkdir build`.
_MAKES_FILES = frozenset(
    "ar cat cc clang cp curl g++ gcc git go install ld ln mkdir mv patch python python3 sed tar tee touch unzip uv "
    "virtualenv wget".split()
)
# Folders that other programs are known to make.
_MADE = frozenset({"node_modules", "venv", "env", "dist", "htmlcov", "site", "vendor", "certs"})
_OUTPUT = frozenset({">", ">>", "-o", "--output", "--out", "-O"})


class PhonyMissing(Rule):
    """List targets that make no file in .PHONY

    ## What it finds

    Targets of a Makefile that run commands, make no file of their name and are not listed in `.PHONY`. One finding a
    Makefile.

    ## Why it matters

    Make takes a target for a file. As soon as a file or folder of that name appears (`test`, `build`, `docs`), make
    says that it is up to date, runs nothing, and reports success. Where one is there already the finding is a warning,
    else an information.

    ## How to mend it

    List the targets: `.PHONY: up down test`.

    ## Fix safety

    Safe: the names are added to the longest `.PHONY` there is, or to a new one above the first rule. A target that
    makes a file of its name by a program that dockwright does not know would be made anew each time.

    ## Source

    GNU Make's manual, «Phony Targets».
    """

    code, name, severity, consent = "DW502", "phony-missing", "warning", "safe"
    traps = (31,)
    invalid = (
        Example(
            {"Makefile": ".PHONY: up\nup:\n\tdocker compose up -d\n\n⟦down⟧:\n\tdocker compose down\n"},
            becomes={"Makefile": ".PHONY: up down\nup:\n\tdocker compose up -d\n\ndown:\n\tdocker compose down\n"},
        ),
        Example(
            {"Makefile": "APP := shop\n\n# Run the tests.\n⟦test⟧:\n\tpytest\n\nlint:\n\truff check\n"},
            becomes={
                "Makefile": "APP := shop\n\n.PHONY: test lint\n\n# Run the tests.\ntest:\n\tpytest\n\n"
                "lint:\n\truff check\n"
            },
        ),
        Example(
            {"Makefile": ".PHONY: up\nup:\n\ttrue\n\n⟦ps⟧:\n\ttrue\n\nALL = a b\n.PHONY: $(ALL)\n$(ALL):\n\ttrue\n"},
            becomes={
                "Makefile": ".PHONY: up ps\nup:\n\ttrue\n\nps:\n\ttrue\n\nALL = a b\n.PHONY: $(ALL)\n$(ALL):\n\ttrue\n"
            },
        ),
        Example(
            {"Makefile": ".PHONY: up ps\nup:\n\ttrue\nps:\n\ttrue\n\n⟦top⟧:\n\ttrue\n\n.PHONY: a\na:\n\ttrue\n"},
            becomes={
                "Makefile": ".PHONY: up ps top\nup:\n\ttrue\nps:\n\ttrue\n\ntop:\n\ttrue\n\n.PHONY: a\na:\n\ttrue\n"
            },
        ),
        Example(
            {"Makefile": ".PHONY: a\na:\n\techo a\n.PHONY: b\nb:\n\techo b\n\n## Stop\n⟦down⟧:\n\tdocker stop app\n"},
            becomes={
                "Makefile": ".PHONY: a\na:\n\techo a\n.PHONY: b\nb:\n\techo b\n\n## Stop\n.PHONY: down\ndown:\n"
                "\tdocker stop app\n"
            },
        ),
    )
    valid = (
        Example({"Makefile": ".PHONY: up\nup:\n\tdocker compose up -d\n"}),
        Example({"Makefile": "build:\n\tmkdir -p build\n\nuv.lock: pyproject.toml\n\tuv lock\n"}),
        Example({"Makefile": "TASKS := up down\n.PHONY: $(TASKS)\nup:\n\ttrue\ndown:\n\tfalse\n"}),
        Example({"Makefile": ".PHONY: $(shell ls tasks)\nup:\n\ttrue\n"}),
        Example({"Makefile": "include common.mk\nup:\n\ttrue\n", "common.mk": ".PHONY: up\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for program in programs(project):
            # What another file lists as phony cannot be known where that file is not there.
            if program.complete and program.phony_known:
                for file in program.files:
                    yield from self._of(project, program, file)

    def _of(self, project: Project, program: Program, file: makefile.Makefile) -> Iterator[Finding]:
        source = file.source
        missing = [
            (name, word)
            for name, rule in makefile.targets(file).items()
            if name not in program.phony and (word := _plain(rule, name)) is not None and not _makes(rule, name)
        ]
        if not missing:
            return
        names = [name for name, _ in missing]
        hidden = [name for name in names if project.exists(join(dirname(source.path), name))]
        said = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
        message = f"not in .PHONY: {said}"
        if hidden:
            message += f"; {hidden[0]} is there as a file or folder already, so that make may run nothing"
        yield self.found(
            Site(source.path, missing[0][1].span),
            message,
            advice="list them: .PHONY: " + " ".join(names[:6]) + (" …" if len(names) > 6 else ""),
            related=[Related(Site(source.path, word.span), "this one, too") for _, word in missing[1:6]],
            fix=Fix("list the targets in .PHONY", add_to_phony(file, names)),
            severity=None if hidden else "info",
        )


def _plain(rule: makefile.Rule, name: str) -> makefile.Word | None:
    """The word that names a target, where the rule runs something and the name could be a task's."""
    if not rule.recipe or rule.pattern is not None or name in _MADE or _NAME.fullmatch(name) is None:
        return None
    return next((word for word in rule.targets if word.text == name), None)


def _makes(rule: makefile.Rule, name: str) -> bool:
    """Whether the recipe may make a file of the target's name."""
    for recipe in rule.recipe:
        text = recipe.mapped.text
        if "$@" in text or "$(@)" in text:
            return True
        words = _WORD.findall(text)
        for at, word in enumerate(words):
            behind = words[at - 1] if at else ""
            if word.strip("./") == name and (behind in _OUTPUT or _MAKES_FILES.intersection(words[:at])):
                return True
            if word in (f">{name}", f">>{name}"):
                return True
    return False
