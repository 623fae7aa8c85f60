"""What a document says of other files: its commands, code spans and links."""

from __future__ import annotations

import re
from posixpath import dirname

from dockwright.project.commands import Commands, read_script
from dockwright.project.model import Project
from dockwright.project.readers.collect import Collector, only_what_is_there, where_more_is_found
from dockwright.project.references import reference
from dockwright.syntax import markdown
from dockwright.text import Mapped, Source, lazy_regex

# What neither runs Docker nor has a path's signs in it is not worth a shell's eye.
_TELLING = lazy_regex(r"docker|podman|file|[./]", re.I)


def read(project: Project, source: Source) -> Commands:
    """Commands are read as if typed at the root or in the document's own folder; links lead from there."""
    document = project.trees.of(markdown.parse, source)
    found = Collector()
    for block in document.blocks:
        if block.is_shell:
            found.add(_read(project, source.path, block.body, block))
    for piece in document.code_spans:
        found.add(_read(project, source.path, piece.mapped, piece))
    for piece in document.links:
        target = piece.mapped
        ref = reference(source.path, target, 0, len(target.text), dirname(source.path), "link", anchor=source.path)
        if ref is not None and project.exists(ref.target):
            found.references.append(ref)
    return only_what_is_there(project, found.commands())


def _read(project: Project, path: str, text: Mapped, written: markdown.CodeBlock | markdown.Piece) -> Commands:
    if not _TELLING.search(text.text):
        return Commands((), (), ())
    return where_more_is_found(project, path, lambda cwd: read_script(path, written.script, cwd, project.is_file))
