"""Lines: where a logical line ends, and what make and the shell read of it."""

from __future__ import annotations

from dockwright.syntax.collector import Collector
from dockwright.syntax.makefile.words import past_blanks
from dockwright.text import Mapped


def line_end(text: str, start: int) -> int:
    """The end of the logical line, its line feed included."""
    at = start
    while (feed := text.find("\n", at)) >= 0:
        last = feed - 1
        if last >= start and text[last] == "\r":
            last -= 1
        slash = last
        while slash >= at and text[slash] == "\\":
            slash -= 1
        if (last - slash) % 2 == 0:
            return feed + 1
        at = feed + 1
    return len(text)


def content_end(text: str, start: int, end: int) -> int:
    """The end of a line without its line ending."""
    if end > start and text[end - 1] == "\n":
        end -= 1
        if end > start and text[end - 1] == "\r":
            end -= 1
    return end


def collapsed(text: str, start: int, end: int) -> Mapped:
    """A logical line as make reads it: each continuation and the blanks around it are one space."""
    if text.find("\n", start, end) < 0:
        return Mapped.whole(text[start:end], start)
    line = Collector(text, 0, start)
    while (feed := text.find("\n", line.at, end)) >= 0:
        stop = feed - 1 - (text[feed - 1] == "\r")  # Where the backslash is.
        while stop > line.at and text[stop - 1] in " \t":
            stop -= 1
        line.copy(stop)
        line.make(past_blanks(text, feed + 1, end), " ")
    line.copy(end)
    return line.mapped()


def without_crs(text: str, start: int, end: int, prefix: str = "") -> Mapped:
    """Lines whose ends are line feeds alone, without the `prefix` that begins each but the first."""
    if text.find("\n", start, end) < 0:
        return Mapped.whole(text[start:end], start)
    lines = Collector(text, 0, start)
    while (feed := text.find("\n", lines.at, end)) >= 0:
        if text[feed - 1] == "\r":
            lines.copy(feed - 1)
            lines.skip(feed)
        lines.copy(feed + 1)
        if text.startswith(prefix, lines.at):
            lines.skip(lines.at + len(prefix))
    lines.copy(end)
    return lines.mapped()
