"""Scripts that make certificates which sign themselves: an authority's are trusted once, and known by every client."""

from __future__ import annotations

from itertools import pairwise

from dockwright.finding import Fix
from dockwright.project.command_lines import CommandLine, lines_of
from dockwright.project.model import Project
from dockwright.project.tls import Pair, serving
from dockwright.refactor.env.hidden import OWNER
from dockwright.refactor.step import Proposal
from dockwright.text import Edit, Span

# What fails for want of a library, or for a certificate of somebody else's, is left to what the script did before.
_LINES = (
    "# An authority of your own signs them where dockwright is installed; else they sign themselves.",
    "if command -v dockwright >/dev/null && dockwright certs; then exit; fi",
    "",
)
_AROUND = frozenset({"[", "chmod", "chown", "command", "echo", "id", "ls", "printf", "setfacl", "test"})
"""What may come after the call: words, and rights that `dockwright certs` sees to itself."""


class Certificates:
    """Has a script that makes the services' certificate ask dockwright for it first."""

    name = OWNER
    title = "Certificates that an authority of your own signs"

    def propose(self, project: Project) -> Proposal:
        """One patch a script."""
        scripts = (path for path, kind in project.kinds.items() if kind == "shell")
        edits = [edit for path in scripts if (edit := _edit(project, path)) is not None]
        title = "sign the certificate by an authority of your own where dockwright is installed"
        return Proposal(tuple(Fix(title, (edit,), "refit") for edit in edits))


def _edit(project: Project, path: str) -> Edit | None:
    lines = lines_of(project, path)
    at = next((index for index, line in enumerate(lines) if _signs_itself(line)), None)
    if at is None or any(line.name not in _AROUND for line in lines[at + 1 :]):
        return None
    source, made = project.sources[path], lines[at]
    start = source.text.rfind("\n", 0, made.span.start) + 1
    # The same paths as the services' own say that the script is in the project's root there.
    if start != made.span.start or "dockwright" in source.text or serving(project).pairs != (_pair(made),):
        return None
    return Edit(path, Span(start, start), "".join(f"{line}{source.newline}" for line in _LINES))


def _signs_itself(line: CommandLine) -> bool:
    words = [word.value for word in line.command.words]
    return line.name == "openssl" and words[1:2] == ["req"] and "-x509" in words


def _pair(line: CommandLine) -> Pair:
    words = [word.value or "" for word in line.command.words]
    options = dict(pairwise(words))
    return Pair(options.get("-out", ""), options.get("-keyout", ""))
