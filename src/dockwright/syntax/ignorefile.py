"""Ignore files: their patterns with places, and what Docker and git leave out because of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from posixpath import dirname, normpath

from msgspec import Struct

from dockwright.syntax.problem import Problem
from dockwright.text import Source, Span, lazy_regex


class Pattern(Struct, frozen=True):
    """One pattern, written on a line of its own.

    `text` is the line without the blanks around it, `!` included. `directory_only` is set by a `/` at the end and
    `anchored` by one anywhere else; both matter to git alone. To Docker every pattern is relative to the context.
    """

    text: str
    span: Span
    negated: bool
    directory_only: bool
    anchored: bool


class Piece(Struct, frozen=True):
    """A line with its line ending; the pieces tile the file. `kind` is `pattern`, `comment` or `blank`."""

    kind: str
    span: Span


class IgnoreFile(Struct, frozen=True, dict=True):
    """A `.dockerignore` or `.gitignore`. `comments` are spans without their line endings."""

    source: Source
    pieces: tuple[Piece, ...]
    patterns: tuple[Pattern, ...]
    comments: tuple[Span, ...]

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """The patterns that make Docker refuse the file."""
        found = []
        for pattern in self.patterns:
            message = _refusal(_docker_pattern(pattern.text))
            if message is not None:
                found.append(Problem(pattern.span, message))
        return tuple(found)


def parse(source: Source) -> IgnoreFile:
    """The ignore file that a source is; every text is one."""
    text = source.text
    pieces: list[Piece] = []
    patterns: list[Pattern] = []
    comments: list[Span] = []
    start = 0
    while start < len(text):
        feed = text.find("\n", start)
        end = len(text) if feed < 0 else feed + 1
        first = start + 1 if start == 0 and text[0] == "\ufeff" else start
        line = text[first:end]
        content = line.strip()
        if line.startswith("#"):
            kind = "comment"
            comments.append(Span(first, first + len(line.rstrip("\r\n"))))
        elif not content:
            kind = "blank"
        else:
            kind = "pattern"
            begin = first + len(line) - len(line.lstrip())
            patterns.append(_pattern(content, Span(begin, begin + len(content))))
        pieces.append(Piece(kind, Span(start, end)))
        start = end
    return IgnoreFile(source, tuple(pieces), tuple(patterns), tuple(comments))


def _pattern(text: str, span: Span) -> Pattern:
    bare = text.removeprefix("!")
    return Pattern(text, span, text.startswith("!"), bare.endswith("/"), "/" in bare.rstrip("/"))


# Docker. What `moby/patternmatcher` and its `ignorefile` reader do, and `tonistiigi/fsutil` when it walks the context.


def _docker_pattern(text: str) -> str:
    """The pattern as the reader cleans it; exceptions keep their `!`."""
    negated = text.startswith("!")
    bare = text[1:].strip() if negated else text
    if bare:
        bare = _clean(bare)
        if len(bare) > 1 and bare[0] == "/":
            bare = bare[1:]
    return _clean(f"!{bare}") if negated else bare


def _clean(path: str) -> str:
    cleaned = normpath(path)
    return cleaned[1:] if cleaned.startswith("//") else cleaned


_CLASS = lazy_regex(r"\[\^?+(?:(?:\\.|[^\\\-\]])(?:-(?:\\.|[^\\\-\]]))?)+\]", re.S)
_CLASS_ITEM = lazy_regex(r"\\?(.)(?:-\\?(.))?", re.S)


def _refusal(cleaned: str) -> str | None:
    """Why Docker refuses a pattern."""
    if cleaned == "!":
        return "an exception without a pattern stops the build"
    at = 1 if cleaned.startswith("!") else 0
    while at < len(cleaned):
        char = cleaned[at]
        if char == "\\" and at + 1 == len(cleaned):
            return "nothing follows the backslash"
        if char == "\\" and cleaned[at + 1].isascii() and cleaned[at + 1].isalnum():
            # It reaches Go's regexp as it stands, where most such escapes are errors and the rest are classes.
            return "Docker refuses or misreads a backslash before a letter or digit"
        if char == "[":
            match = _CLASS.match(cleaned, at)
            if match is None:
                return "the `[` begins no valid class of characters"
            at = match.end()
            continue
        at += 2 if char == "\\" else 1
    return None


def _class_expression(text: str) -> str:
    """A class of characters as a Python expression."""
    negated = text.startswith("[^")
    items = "".join(
        re.escape(match[1]) + (f"-{re.escape(match[2])}" if match[2] is not None else "")
        for match in _CLASS_ITEM.finditer(text, 2 if negated else 1, len(text) - 1)
        if match[2] is None or match[1] <= match[2]
    )
    if not items:
        return r"[\s\S]" if negated else r"(?!)"
    return f"[{'^' if negated else ''}{items}]"


def _docker_expression(pattern: str) -> str:
    """A pattern without `!` as an expression for whole paths.

    `**` at the beginning followed by plain text is a suffix, one at the end behind plain text is a prefix: there
    `a**` matches `ab/c`, and `**b` matches `a/cb`, while in between `**` only stands for whole folders.
    """
    out: list[str] = []
    kind = "exact"
    at = 0
    while at < len(pattern):
        char = pattern[at]
        first = at == 0
        at += 1
        if char == "*" and pattern.startswith("*", at):
            at += 1
            at += pattern.startswith("/", at)
            if at < len(pattern):
                out.append("(?:.*/)?")
                kind = "expression"
            elif kind == "exact":
                kind = "prefix"
            else:
                out.append(".*")
                kind = "expression"
            if first:
                kind = "suffix"
        elif char == "*":
            out.append("[^/]*")
            kind = "expression"
        elif char == "?":
            out.append("[^/]")
            kind = "expression"
        elif char == "[" and (match := _CLASS.match(pattern, at - 1)) is not None:
            out.append(_class_expression(match[0]))
            at = match.end()
            kind = "expression"
        elif char == "\\" and at < len(pattern):
            out.append(re.escape(pattern[at]))
            at += 1
            kind = "expression"
        elif char == "]":
            out.append(r"\]")
            kind = "expression"
        else:
            out.append(char if char == "^" else re.escape(char))
    if kind == "exact":
        return re.escape(pattern)
    if kind == "prefix":
        return re.escape(pattern[:-2]) + ".*"
    if kind == "suffix":
        suffix = pattern[2:]
        whole = f"|{re.escape(suffix[1:])}" if suffix.startswith("/") else ""
        return f"(?:.*{re.escape(suffix)}{whole})"
    return "".join(out)


class _DockerMatcher:
    """Decides paths; a folder's decision is kept for everything in it, as it is when Docker walks the context."""

    def __init__(self, patterns: Iterable[str]):
        self._patterns = [
            (pattern.startswith("!"), re.compile(_docker_expression(pattern.removeprefix("!")), re.S).fullmatch)
            for pattern in patterns
        ]
        self._folders: dict[str, tuple[bool, ...]] = {"": (False,) * len(self._patterns)}

    def __call__(self, path: str) -> bool:
        return self._decide(path.strip("/"))[0]

    def _decide(self, path: str) -> tuple[bool, tuple[bool, ...]]:
        """Whether the path is left out, and which patterns matched it or a folder above it."""
        excluded = False
        matched: list[bool] = []
        for (exception, match), above in zip(self._patterns, self._above(dirname(path)), strict=True):
            hit = above or (exception == excluded and match(path) is not None)
            matched.append(hit)
            if hit:
                excluded = not exception
        return excluded, tuple(matched)

    def _above(self, folder: str) -> tuple[bool, ...]:
        missing = []
        while folder not in self._folders:
            missing.append(folder)
            folder = dirname(folder)
        for name in reversed(missing):
            self._folders[name] = self._decide(name)[1]
        return self._folders[missing[0] if missing else folder]


def docker_matcher(file: IgnoreFile | None) -> Callable[[str], bool]:
    """Whether BuildKit leaves a path out of the context, for paths relative to it with `/` between names.

    Patterns that Docker refuses are passed over; they are among the file's problems.
    """
    if file is None:
        return _nothing
    cleaned = [_docker_pattern(pattern.text) for pattern in file.patterns]
    patterns = [pattern for pattern in cleaned if _refusal(pattern) is None]
    return _DockerMatcher(patterns) if patterns else _nothing


def _nothing(path: str) -> bool:
    return False


# git. What `dir.c` and `wildmatch.c` do.

_GIT_SPECIAL = lazy_regex(r"[*?\[\\]")
_GIT_CLASS = lazy_regex(r"\[([!^]?)(\]?(?:\[:[a-z]+:\]|\\.|[^\]\\])*)\]", re.S)
_GIT_CLASS_ITEM = lazy_regex(r"\[:([a-z]+):\]|\\?(.)(?:-(?!$)\\?(.))?", re.S)
_NAMED_CLASSES: Mapping[str, str] = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "blank": " \\t", "cntrl": r"\x00-\x1f\x7f", "digit": "0-9",
    "graph": "!-~", "lower": "a-z", "print": " -~", "punct": r"!-/:-@\[-`{-~", "space": r"\s", "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}  # fmt: skip


class _GitPattern(Struct, frozen=True):
    negated: bool
    directory_only: bool
    whole_path: bool  # Matched against the path below the file's folder, not against the last name alone.
    match: Callable[[str], object]


def _git_pattern(line: str) -> _GitPattern | None:
    """A line of a `.gitignore`; None where it can match nothing."""
    line = line.removesuffix("\r")
    bare = line.rstrip(" ")
    if (len(bare) - len(bare.rstrip("\\"))) % 2 and len(bare) < len(line):
        bare += " "
    if not bare or bare[0] == "#":
        return None
    negated = bare[0] == "!"
    bare = bare[1:] if negated else bare
    directory_only = bare.endswith("/")
    bare = bare[:-1] if directory_only else bare
    expression = _git_expression(bare.removeprefix("/"))
    if not bare or expression is None:
        return None
    return _GitPattern(negated, directory_only, "/" in bare, re.compile(expression, re.S).fullmatch)


def _git_expression(pattern: str) -> str | None:
    """A pattern as an expression for whole names or paths; None where it can match nothing."""
    out: list[str] = []
    at = 0
    # git compares the text before the first special character by itself; a `**` right behind it then stands at
    # a beginning and spans folders.
    special = _GIT_SPECIAL.search(pattern)
    beginning = special.start() if special is not None else 0
    while at < len(pattern):
        char = pattern[at]
        if char == "*":
            end = at
            while pattern.startswith("*", end):
                end += 1
            folders = end - at > 1 and (at == beginning or pattern[at - 1] == "/")
            if folders and pattern.startswith("/", end):
                out.append("(?:.*/)?")
                end += 1
            else:
                out.append(".*" if folders and end == len(pattern) else "[^/]*")
            at = end
            continue
        if char == "[":
            match = _GIT_CLASS.match(pattern, at)
            if match is None:
                return None
            out.append(_git_class(match))
            at = match.end()
            continue
        if char == "\\":
            at += 1
            if at == len(pattern):
                return None
            out.append(re.escape(pattern[at]))
        else:
            out.append("[^/]" if char == "?" else re.escape(char))
        at += 1
    return "".join(out)


def _git_class(match: re.Match[str]) -> str:
    items: list[str] = []
    for item in _GIT_CLASS_ITEM.finditer(match[2]):
        named, low, high = item.groups()
        if named is not None:
            items.append(_NAMED_CLASSES.get(named, ""))
        elif high is None:
            items.append(re.escape(low))
        elif low <= high:
            items.append(f"{re.escape(low)}-{re.escape(high)}")
    inside = "".join(items)
    if match[1]:
        return f"[^/{inside}]"
    return f"(?!/)[{inside}]" if inside else "(?!)"


def git_matcher(files: Iterable[IgnoreFile]) -> Callable[[str], bool]:
    """Whether git ignores a path, given the `.gitignore` files of its tree, each of which counts below its own folder.

    Paths are relative to the repository; a folder's ends in `/`. What git tracks already it does not ignore, which
    this cannot know.
    """
    lists: dict[str, list[_GitPattern]] = {}
    for file in files:
        lines = file.source.text.removeprefix("\ufeff").split("\n")
        # The last pattern that matches decides, so they are asked from the end.
        lists[dirname(file.source.path)] = [p for line in reversed(lines) if (p := _git_pattern(line)) is not None]
    folders: dict[str, bool] = {"": False}

    def decide(path: str, directory: bool) -> bool:
        name = path.rpartition("/")[2]
        folder = path
        while folder:
            folder = dirname(folder)
            below = path[len(folder) + 1 :] if folder else path
            for pattern in lists.get(folder, ()):
                if (directory or not pattern.directory_only) and pattern.match(below if pattern.whole_path else name):
                    return not pattern.negated
        return False

    def ignored(path: str) -> bool:
        bare = path.strip("/")
        missing = []
        folder = dirname(bare)
        while folder not in folders:
            missing.append(folder)
            folder = dirname(folder)
        for name in reversed(missing):
            folders[name] = folders[dirname(name)] or decide(name, True)
        return folders[dirname(bare)] or decide(bare, path.endswith("/"))

    return ignored
