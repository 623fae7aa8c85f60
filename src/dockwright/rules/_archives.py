"""What the rules on archives share: which files are archives, and which a RUN unpacks."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.project.runs import Step
from dockwright.syntax import shell

# What ADD unpacks by itself, and what only a program does.
TARS = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2", ".tbz", ".tar.zst")
ARCHIVES = (*TARS, ".zip", ".gz", ".bz2", ".xz", ".lzma", ".Z")

# Programs that leave the content in the archive's place.
REPLACERS = frozenset({"gunzip", "bunzip2", "unxz", "unlzma", "uncompress"})
_TARS = frozenset({"tar", "bsdtar"})
_PRINTERS = frozenset({"zcat", "gzcat", "bzcat", "xzcat"})
_EXTRACTS = frozenset({"-x", "--extract", "--get"})


def unpacked(step: Step) -> Iterator[tuple[shell.Simple, shell.Word]]:
    """The archives that a RUN unpacks, each with the command."""
    for simple in step.commands:
        name = simple.name
        whole = name == "unzip" or name in REPLACERS or (name in _PRINTERS and simple.redirects)
        if whole or (name in _TARS and _extracts(simple)):
            for word in simple.arguments:
                if word.value is not None and word.value.endswith(ARCHIVES):
                    yield simple, word


def _extracts(tar: shell.Simple) -> bool:
    """Whether tar is told to: `-x`, `--extract`, or `xzf` as its first word."""
    words = tar.arguments
    first = (words[0].value or "") if words else ""
    return (not first.startswith("-") and "x" in first) or any(
        option.name in _EXTRACTS for option in shell.options(words, frozenset({"-f", "--file", "-C", "--directory"}))
    )
