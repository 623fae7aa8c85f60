"""What a document says of other files: its commands, code spans and links."""

from __future__ import annotations

import re
from posixpath import dirname

from dockwright.project.commands import Commands, read_script
from dockwright.project.readers.collect import Around, Collector, only_what_is_there, where_more_is_found
from dockwright.project.references import reference
from dockwright.syntax import markdown
from dockwright.text import Mapped, Source, lazy_regex

# What neither runs Docker nor has a path's signs in it is not worth a shell's eye.
_TELLING = lazy_regex(r"docker|podman|file|[./]", re.I)


def read(around: Around, source: Source) -> Commands:
    """Commands are read as if typed at the root or in the document's own folder; links lead from there."""
    document = around.trees.of(markdown.parse, source)
    found = Collector()
    for block in document.blocks:
        if block.is_shell:
            found.add(_read(around, source.path, block.body, block))
    for piece in document.code_spans:
        found.add(_read(around, source.path, piece.mapped, piece))
    for piece in document.links:
        target = piece.mapped
        ref = reference(source.path, target, 0, len(target.text), dirname(source.path), "link", anchor=source.path)
        if ref is not None and around.exists(ref.target):
            found.references.append(ref)
    return only_what_is_there(around, found.commands())


def _read(around: Around, path: str, text: Mapped, written: markdown.CodeBlock | markdown.Piece) -> Commands:
    if not _TELLING.search(text.text):
        return Commands((), (), ())
    return where_more_is_found(around, path, lambda cwd: read_script(path, written.script, cwd, around.is_file))
