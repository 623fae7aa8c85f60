"""What a document says of other files: its commands, code spans and links."""

from __future__ import annotations

from posixpath import dirname

from dockwright.project.commands import Commands, read_commands
from dockwright.project.model import Project
from dockwright.project.readers.collect import Collector
from dockwright.project.references import reference
from dockwright.syntax import markdown
from dockwright.text import Source


def read(project: Project, source: Source) -> Commands:
    """Commands are read as if typed at the root; links lead from the document's own folder."""
    document = project.trees.of(markdown.parse, source)
    found = Collector()
    for block in document.blocks:
        if block.is_shell:
            found.add(read_commands(source.path, block.body, "", project.is_file))
    for piece in document.code_spans:
        found.add(read_commands(source.path, piece.mapped, "", project.is_file))
    for piece in document.links:
        target = piece.mapped
        ref = reference(source.path, target, 0, len(target.text), dirname(source.path), "link", anchor=source.path)
        if ref is not None and project.exists(ref.target):
            found.references.append(ref)
    return found.commands()
