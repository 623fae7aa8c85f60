"""Requirements as PEP 508 and pip's requirements files write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

from msgspec import Struct

from dockwright.text import Source, Span, lazy_regex

Origin: TypeAlias = Literal["index", "url", "vcs", "path"]

_NAME = r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?"
_REQUIREMENT = lazy_regex(rf"({_NAME})[ \t]*(?:\[([^\]]*)\])?[ \t]*(?:@[ \t]*([^\s;]+)|([^;@]*))[ \t]*(?:;(.*))?", re.S)
_LOGICAL = lazy_regex(r"(?:[^\\\n]|\\(?!\r?\n)|\\\r?\n)+")
_COMMENT = lazy_regex(r"(?:^|(?<=\s))#.*")
_CONTINUATION = lazy_regex(r"\\\r?\n")
_OPTIONS = lazy_regex(r"\s(?:--?[A-Za-z][\w-]*)(?:[ \t=].*)?$", re.S)
_EGG = lazy_regex(rf"[#&]egg=({_NAME})")
_WHEEL = lazy_regex(rf"(?:^|/)({_NAME})-\d[^/]*\.(?:whl|tar\.gz|zip)(?:[#?].*)?$")
_FILE_OPTION = lazy_regex(r"(-r|-c|--requirement|--constraint)(?:[ \t]*=?[ \t]*)(\S.*)", re.S)
_EDITABLE = lazy_regex(r"(?:-e|--editable)(?:[ \t]*=?[ \t]*)")


class Requirement(NamedTuple):
    """One requirement's parts; `specifier` is as written, `name` normalised and empty where only a build tells it.

    `origin` says where it comes from. A URL itself is not kept: it may hold credentials.
    """

    name: str
    specifier: str = ""
    extras: tuple[str, ...] = ()
    marker: str = ""
    origin: Origin = "index"


class Line(Struct, frozen=True):
    """A requirement of a requirements file. `hashed`: it pins the files that may be installed by their hashes."""

    requirement: Requirement
    span: Span
    editable: bool
    hashed: bool


class Include(Struct, frozen=True):
    """Another file that a requirements file names, as written: `-r` adds what it requires, `-c` only constrains."""

    path: str
    span: Span
    constraint: bool


def normalised(name: str) -> str:
    """A distribution's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement(text: str) -> Requirement | None:
    """A requirement's parts, from PEP 508 or as pip takes it as well: a URL, a path; None for what is none."""
    text = text.strip()
    origin = _origin(text)
    if origin != "index" and not re.match(rf"{_NAME}[ \t]*(?:\[[^\]]*\])?[ \t]*@", text):
        told = _EGG.search(text) or _WHEEL.search(text)
        return Requirement(normalised(told[1]) if told else "", origin=origin)
    match = _REQUIREMENT.fullmatch(text)
    if match is None:
        return None
    name, extras, url, specifier, marker = match.groups()
    specifier = (specifier or "").strip()
    if specifier and not specifier.startswith(("<", ">", "=", "!", "~", "(")):
        return None
    return Requirement(
        normalised(name),
        specifier.strip("()").strip(),
        tuple(sorted(normalised(each.strip()) for each in (extras or "").split(",") if each.strip())),
        (marker or "").strip(),
        _origin(url) if url else "index",
    )


def _origin(text: str) -> Origin:
    scheme = re.match(r"(?:(git|hg|svn|bzr)\+)?[a-z+]+:/", text.partition("@")[2].strip() if " @ " in text else text)
    if text.startswith(("git+", "hg+", "svn+", "bzr+")) or (scheme and scheme[1]):
        return "vcs"
    if scheme:
        return "path" if text.startswith("file:") else "url"
    return "path" if text.startswith((".", "/", "~")) or text.endswith((".whl", ".tar.gz")) else "index"


def lines(source: Source) -> Iterator[Line | Include]:
    """What a requirements file requires and includes, in its order; other options and comments are passed over."""
    text = source.text
    for match in _LOGICAL.finditer(text):
        raw = match[0]
        # Continuations and comments become blanks of the same length, so that offsets stay.
        flat = _CONTINUATION.sub(lambda found: " " * len(found[0]), raw)
        flat = _COMMENT.sub(lambda found: " " * len(found[0]), flat)
        body = flat.strip(" \t\r\ufeff\x0c")
        if not body:
            continue
        start = match.start() + flat.index(body)
        option = _FILE_OPTION.fullmatch(body)
        if option:
            path = option[2].strip()
            at = start + option.start(2)
            yield Include(path, Span(at, at + len(path)), option[1] in ("-c", "--constraint"))
            continue
        editable = _EDITABLE.match(body)
        if body.startswith("-") and not editable:
            continue
        if editable:
            start += editable.end()
            body = body[editable.end() :]
        told = _OPTIONS.sub("", body).rstrip() if " -" in body or "\t-" in body else body
        found = requirement(told)
        if found is not None:
            yield Line(found, Span(start, start + len(told)), editable is not None, "--hash" in body)
