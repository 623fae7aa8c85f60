"""How a name is added to `.PHONY`."""

from __future__ import annotations

from dockwright.syntax import makefile
from dockwright.text import Edit, Source, Span


def add_to_phony(file: makefile.Makefile, names: list[str]) -> tuple[Edit, ...]:
    """The edits that list more names as phony, in the file's own way: all together, or each above its rule."""
    source = file.source
    listing = [rule for rule in file.rules if any(word.text == ".PHONY" for word in rule.targets)]
    usable = [rule for rule in listing if rule.prerequisites and not rule.conditions]
    # A list that variables make up belongs to a block of its own, and is not the place for one name more.
    usable = [rule for rule in usable if not any("$" in word.text for word in rule.prerequisites)] or usable
    if len(usable) > 1 and all(len(rule.prerequisites) == 1 for rule in usable):
        targets = makefile.targets(file)
        above = [(targets[name].line_span.start, f".PHONY: {name}{source.newline}") for name in names]
        return tuple(_insert(source, at, text) for at, text in above)
    if usable:
        longest = max(reversed(usable), key=lambda rule: len(rule.prerequisites))
        end = longest.prerequisites[-1].span.end
        return (_insert(source, end, "".join(f" {name}" for name in names)),)
    first = next((rule for rule in file.rules if not rule.conditions), None)
    start = 0 if first is None else _above_comments(source.text, first.line_span.start)
    return (_insert(source, start, f".PHONY: {' '.join(names)}{source.newline}{source.newline}"),)


def _insert(source: Source, at: int, text: str) -> Edit:
    return Edit(source.path, Span(at, at), text)


def _above_comments(text: str, start: int) -> int:
    """Where the comment begins that stands right above a line, or the line itself."""
    while start:
        line = text.rfind("\n", 0, start - 1) + 1
        if text[line : line + 1] != "#":
            break
        start = line
    return start
