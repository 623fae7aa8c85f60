"""DW505: a path in a Makefile that begins with `$(PWD)`."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Fix, Related
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import makefile
from dockwright.text import Edit, Site, Source, Span, lazy_regex

_PWD = lazy_regex(r"(?<!\$)\$(?:\(PWD\)|\{PWD\})")


class MakePwd(Rule):
    """Say CURDIR in a Makefile, not PWD

    ## What it finds

    `$(PWD)` or `${PWD}` in a Makefile that does not set `PWD` itself. One finding a Makefile. The shell's own
    `$$PWD` is fine.

    ## Why it matters

    Make takes PWD from the shell that called it, and `make -C project up` does not change it: mounts and paths lead
    into the folder that the caller was in, and Docker makes an empty folder where the mounted one was meant. With
    `sudo` it may be missing altogether.

    ## How to mend it

    Write `$(CURDIR)`, which make sets to the folder that it works in.

    ## Fix safety

    Safe: where make is called from the Makefile's own folder, the two are the same folder. Makefiles below the root,
    which others may call from above, are left to you.

    ## Source

    GNU Make's manual, «Recursive Use of Make» for CURDIR, and «Variables from the Environment».
    """

    code, name, severity, consent = "DW505", "make-pwd", "warning", "safe"
    traps = (32,)
    invalid = (
        Example(
            {
                "Makefile": ".PHONY: shell\nROOT := ⟦${PWD}⟧/src\nshell:\n"
                '\tdocker run --rm -v "$(PWD)":/app -v $(PWD)/b:/b -w $$PWD shop\n'
            },
            becomes={
                "Makefile": ".PHONY: shell\nROOT := $(CURDIR)/src\nshell:\n"
                '\tdocker run --rm -v "$(CURDIR)":/app -v "$(CURDIR)"/b:/b -w $$PWD shop\n'
            },
        ),
    )
    valid = (
        Example({"Makefile": "PWD := $(shell pwd)\nup:\n\tdocker run -v $(PWD):/app shop\n"}),
        Example({"Makefile": "up:\n\tdocker run -v $(CURDIR):/app -v $$(pwd):/b shop # not $$(PWD)\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for file in project.makefiles:
            if "PWD" not in file.definitions and "PWD" in file.source.text:
                yield from self._of(file)

    def _of(self, file: makefile.Makefile) -> Iterator[Finding]:
        source = file.source
        spans = [
            Span(*match.span())
            for piece in file.pieces
            # Behind a `cd`, it may be what somebody calls make with from above.
            if piece.kind != "comment" and "cd " not in source.slice(piece.span)
            for match in _PWD.finditer(source.text, *piece.span)
        ]
        if spans:
            yield self.found(
                Site(source.path, spans[0]),
                "PWD is the folder of whoever calls make, not the Makefile's",
                advice="write $(CURDIR)",
                related=[Related(Site(source.path, span), "here, too") for span in spans[1:]],
                fix=None if "/" in source.path else _fix(source, spans),
            )


def _fix(source: Source, spans: list[Span]) -> Fix:
    return Fix("say CURDIR", tuple(Edit(source.path, span, _curdir(source, span)) for span in spans))


def _curdir(source: Source, span: Span) -> str:
    """In quotes where the shell would cut it at a blank of the path."""
    before = source.text[source.text.rfind("\n", 0, span.start) + 1 : span.start]
    bare = before.startswith("\t") and before.count('"') % 2 == 0 and before.count("'") % 2 == 0
    return '"$(CURDIR)"' if bare else "$(CURDIR)"
