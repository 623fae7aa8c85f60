"""DW503: a name in `.PHONY` that no rule makes."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname

from dockwright.finding import Finding, Fix
from dockwright.project.make_programs import Program, programs
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.rule import Example, Rule
from dockwright.syntax import makefile
from dockwright.text import Edit, Site, Source, Span


class PhonyWithoutRule(Rule):
    """Give every name in .PHONY a rule

    ## What it finds

    A name that `.PHONY` lists and that no rule of the Makefile, or of a file that it includes, makes.

    ## Why it matters

    `make test` prints "Nothing to be done for 'test'" and reports success. A pipeline that runs it is green and has
    tested nothing.

    ## How to mend it

    Write the rule, correct the name, or take it off the list: make then says that there is no such target, and fails.

    ## Fix safety

    The fix takes the name off the list. It is unsafe, since a call that did nothing until now fails afterwards, and
    since the rule may be what is missing.

    ## Source

    GNU Make's manual, «Phony Targets»: the search for an implicit rule is skipped for phony targets.
    """

    code, name, severity, consent = "DW503", "phony-without-rule", "error", "unsafe"
    traps = (36,)
    invalid = (
        Example(
            {"Makefile": ".PHONY: up ⟦test⟧\nup:\n\tdocker compose up -d\n"},
            becomes={"Makefile": ".PHONY: up\nup:\n\tdocker compose up -d\n"},
        ),
        Example(
            {"Makefile": ".PHONY: ⟦test⟧\n.PHONY: up\nup:\n\tdocker compose up -d\n"},
            becomes={"Makefile": ".PHONY: up\nup:\n\tdocker compose up -d\n"},
        ),
    )
    valid = (
        Example({"Makefile": ".PHONY: all up\nall: up\nup:\n\tdocker compose up -d\n"}),
        Example({"Makefile": ".PHONY: test\ninclude common.mk\n"}),
        Example({"Makefile": ".PHONY: test\ninclude common.mk\n", "common.mk": "test:\n\tpytest\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for program in programs(project):
            if program.complete:
                for file in program.files:
                    yield from self._of(project, program, file)

    def _of(self, project: Project, program: Program, file: makefile.Makefile) -> Iterator[Finding]:
        for name, word in makefile.phony_targets(file).items():
            there = project.exists(join(dirname(file.source.path), name))
            if name not in program.targets and "%" not in name and not there:
                written = next((each for each in file.phony if each.text == name), None)
                edit = None if written is None else _without(file, written)
                yield self.found(
                    Site(file.source.path, word.span),
                    f"no rule makes {name}: `make {name}` does nothing and reports success",
                    advice=f"write a rule for {name}, or take it out of .PHONY",
                    fix=None if edit is None else Fix(f"take {name} out of .PHONY", (edit,), "unsafe"),
                )


def _without(file: makefile.Makefile, word: makefile.Word) -> Edit | None:
    """The edit that takes a name off a list on one line; the line goes with the last name."""
    source: Source = file.source
    start, end = word.span
    rule = next(rule for rule in file.rules if rule.line_span.covers(word.span))
    if len(rule.prerequisites) == 1:
        if rule.recipe or len(rule.targets) > 1:
            return None
        end = source.text.find("\n", rule.line_span.end) + 1 or len(source.text)
        return Edit(source.path, Span(rule.line_span.start, end), "")
    while source.text[start - 1] in " \t":
        start -= 1
    return Edit(source.path, Span(start, end), "") if source.text[start - 1] not in "\r\n" else None
