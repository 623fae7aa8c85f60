"""The body of a `GIT binary patch`: both files whole, deflated and in base 85."""

from __future__ import annotations

from collections.abc import Iterator

BYTES_A_LINE = 52
"""What one line holds; its first letter counts them, A to Z for 1 to 26 and a to z for 27 to 52 (git's `diff.c`)."""


def binary_patch(before: bytes, after: bytes) -> Iterator[str]:
    """The lines that turn one file's bytes into the other's, and back."""
    yield "GIT binary patch\n"
    yield from _literal(after)
    yield from _literal(before)


def _literal(data: bytes) -> Iterator[str]:
    from base64 import b85encode
    from zlib import compress

    yield f"literal {len(data)}\n"
    packed = compress(data)
    for start in range(0, len(packed), BYTES_A_LINE):
        piece = packed[start : start + BYTES_A_LINE]
        count = len(piece)
        letter = chr(ord("A") + count - 1) if count <= 26 else chr(ord("a") + count - 27)
        yield f"{letter}{b85encode(piece, pad=True).decode()}\n"
    yield "\n"
