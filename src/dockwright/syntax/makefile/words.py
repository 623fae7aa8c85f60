"""Words: how a line of a Makefile is cut up, with references and escapes kept whole."""

from __future__ import annotations

from dockwright.syntax.makefile.joint import Joint
from dockwright.syntax.makefile.nodes import Word
from dockwright.syntax.makefile.references import reference_end
from dockwright.text import Mapped, lazy_regex

TOKEN = lazy_regex(r"[ \t]*([^\s:#=$]*)")
_PLAIN = lazy_regex(r"[^\s$\\]+")
_STOPS = {chars: lazy_regex(rf"[{chars}$\\]") for chars in ("#", ":#;", "#;", ":", "|", ",")}


def past_blanks(text: str, at: int, end: int) -> int:
    """The first offset from `at` on that holds neither space nor tab; `end` if all do."""
    while at < end and text[at] in " \t":
        at += 1
    return at


def find(text: str, at: int, end: int, chars: str) -> int:
    """The first of `chars` outside references and not behind a backslash; `end` if there is none."""
    pattern = _STOPS[chars]
    while (match := pattern.search(text, at, end)) is not None:
        if match[0] == "$":
            at = reference_end(text, match.start())
        elif match[0] == "\\":
            at = match.start() + 2
        else:
            return match.start()
    return end


def words_of(mapped: Mapped, start: int, end: int) -> tuple[Word, ...]:
    """The words between two offsets; blanks inside references do not part them."""
    text = mapped.text
    words = []
    at = start
    while at < end:
        if text[at].isspace():
            at += 1
            continue
        begin = at
        escaped = False
        while at < end and not text[at].isspace():
            match = _PLAIN.match(text, at, end)
            if match is not None:
                at = match.end()
            elif text[at] == "$":
                at = min(reference_end(text, at), end)
            else:
                escaped = escaped or text[at + 1 : at + 2] in (" ", ":", "#")
                at = min(at + 2, end) if text[at + 1 : at + 2] in (" ", ":", "#") else at + 1
        words.append(Word(unescaped(mapped, begin, at, " :#") if escaped else mapped.slice(begin, at)))
    return tuple(words)


def unescaped(mapped: Mapped, start: int, end: int, chars: str) -> Mapped:
    """The text with the backslashes before `chars` taken out."""
    joint = Joint()
    at = start
    while (slash := mapped.text.find("\\", at, end)) >= 0:
        if slash + 1 < end and mapped.text[slash + 1] in chars:
            joint.add(mapped, at, slash)
            joint.add(mapped, slash + 1, slash + 2)
        else:
            joint.add(mapped, at, min(slash + 2, end))
        at = min(slash + 2, end)
    joint.add(mapped, at, end)
    return joint.built()


def stripped(mapped: Mapped) -> Mapped:
    """A text without the blanks around it."""
    text = mapped.text
    start = len(text) - len(text.lstrip(" \t"))
    return mapped.slice(start, max(start, len(text.rstrip(" \t"))))
