"""Byte-exact text: sources, spans, edits and change sets."""

from dockwright.text.changeset import ChangeSet, FileChange, FileState
from dockwright.text.edit import Change, Create, Delete, Edit, Move, OverlappingEditsError, splice
from dockwright.text.mapped import Mapped, Run
from dockwright.text.regex import lazy_regex
from dockwright.text.source import Position, Site, Source, Span, decode, encode, printable

__all__ = [
    "Change",
    "ChangeSet",
    "Create",
    "Delete",
    "Edit",
    "FileChange",
    "FileState",
    "Mapped",
    "Move",
    "OverlappingEditsError",
    "Position",
    "Run",
    "Site",
    "Source",
    "Span",
    "decode",
    "encode",
    "lazy_regex",
    "printable",
    "splice",
]
