"""Anchors: links to headings of the same document, which are made of the headings' words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from dockwright.text import Edit, Source, Span, lazy_regex, splice

_HEADING = lazy_regex(r"^ {0,3}#{1,6}[ \t]+(.*?)[ \t]*#*$", re.MULTILINE)
_NOT_IN_ANCHORS = lazy_regex(r"[^\w\- ]")


def anchors(source: Source, edits: Iterable[Edit]) -> Iterator[Edit]:
    """The edits that keep a document's links to its headings, where `edits` change the words of some of them."""
    edits = list(edits)
    for heading in _HEADING.finditer(source.text):
        start, end = heading.span(1)
        inside = [
            Edit(source.path, Span(edit.span.start - start, edit.span.end - start), edit.text)
            for edit in edits
            if start <= edit.span.start and edit.span.end <= end
        ]
        old, new = _anchor(heading[1]), _anchor(splice(heading[1], inside))
        if old != new:
            for link in re.finditer(rf"\]\(#({re.escape(old)})\)", source.text):
                yield Edit(source.path, Span(*link.span(1)), new)


def _anchor(heading: str) -> str:
    """How GitHub and GitLab name a heading: in small letters, without signs, hyphens for blanks."""
    return _NOT_IN_ANCHORS.sub("", heading.lower()).replace(" ", "-")
