"""DW102: a parser directive that BuildKit takes for a comment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dockwright.finding import Finding, Fix
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Edit, Site, Span, lazy_regex

_DIRECTIVE = lazy_regex(r"[ \t]*(#[ \t]*(?P<name>syntax|escape|check)[ \t]*=[ \t]*(?P<value>\S[^\r\n]*?))[ \t]*\r?\n?")


class _Comment(NamedTuple):
    """A comment that reads like a directive: its line, its text's place, its name."""

    line: Span
    span: Span
    name: str
    value: str


class DirectiveAfterComment(Rule):
    """Put parser directives on the first lines

    ## What it finds

    `# syntax=`, `# escape=` or `# check=` below another comment, a blank line or an instruction. There BuildKit takes
    it for a comment and does nothing with it.

    ## Why it matters

    The file is built with another frontend, or read with another escape character, than it says. Syntax that the
    named frontend knows and the built-in one does not fails on somebody else's machine; checks that were to be
    errors are not.

    ## How to mend it

    Move the directive to the very top of the file, above every comment and blank line.

    ## Fix safety

    `# syntax=docker/dockerfile…` and `# check=` are moved to the top; the build then does what the file says. An
    `# escape=` is left to you, since the file may have been written without it in effect.

    ## Source

    Dockerfile reference, «Parser directives».
    """

    code, name, severity, consent = "DW102", "directive-after-comment", "warning", "safe"
    traps = (1,)
    invalid = (
        Example(
            {"Dockerfile": "# The shop's image\n⟦# syntax=docker/dockerfile:1⟧\nFROM python:3.13-slim\n"},
            becomes={"Dockerfile": "# syntax=docker/dockerfile:1\n# The shop's image\nFROM python:3.13-slim\n"},
        ),
        Example(
            {"Dockerfile": "# escape=`\n\n⟦# check=error=true⟧\nFROM python:3.13-slim\n"},
            becomes={"Dockerfile": "# escape=`\n# check=error=true\n\nFROM python:3.13-slim\n"},
        ),
        Example({"Dockerfile": "FROM python:3.13-slim\n⟦# escape=`⟧\n"}),
    )
    valid = (
        Example({"Dockerfile": "# syntax=docker/dockerfile:1\n# The shop's image\nFROM python:3.13-slim\n"}),
        Example({"Dockerfile": "# The frontend's syntax = what it reads\nFROM python:3.13-slim\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for source in project.of_kind("dockerfile"):
            tree = project.trees.of(dockerfile.parse, source)
            for comment in _comments(tree):
                # A second `# syntax=` would make BuildKit refuse the file.
                given = tree.directive(comment.name) is not None
                movable = not given and (
                    comment.name == "check"
                    or (
                        comment.name == "syntax"
                        and comment.value.startswith(("docker/dockerfile", "docker.io/docker/"))
                    )
                )
                yield self.found(
                    Site(source.path, comment.span),
                    f"`# {comment.name}=` is a plain comment here: a directive counts only at the very top",
                    advice="remove it: the file has one already" if given else "move it to the first line of the file",
                    fix=_fix(tree, comment) if movable else None,
                )


def _comments(tree: dockerfile.Dockerfile) -> Iterator[_Comment]:
    text = tree.source.text
    names = set()
    for piece in tree.pieces:
        if piece.kind == "comment":
            match = _DIRECTIVE.fullmatch(text, *piece.span)
            # What looks like prose is: the values of directives have no blanks.
            if match and match["name"] not in names and " " not in match["value"]:
                names.add(match["name"])
                yield _Comment(piece.span, Span(*match.span(1)), match["name"], match["value"])


def _fix(tree: dockerfile.Dockerfile, comment: _Comment) -> Fix:
    text, path = tree.source.text, tree.source.path
    top = max((directive.span.end for directive in tree.directives), default=0)
    if top:
        top = text.find("\n", top) + 1
    elif text.startswith("\ufeff"):
        top = 1
    line = text[comment.span.start : comment.span.end] + tree.source.newline
    edits = (Edit(path, Span(top, top), line), Edit(path, comment.line, ""))
    return Fix(f"put the {comment.name} directive at the top", edits)
