"""Joint: mapped text put together from stretches of other mapped texts."""

from __future__ import annotations

from dockwright.text import Mapped, Run


class Joint:
    """Mapped text while it is put together; stretches that meet in the source become one run.

    `opaque` are the offsets and ends of references that stay as they are.
    """

    __slots__ = ("length", "opaque", "runs", "texts")

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.runs: list[Run] = []
        self.length = 0
        self.opaque: dict[int, int] = {}

    def add(self, mapped: Mapped, start: int = 0, end: int | None = None) -> None:
        """Add a mapped text or a stretch of it."""
        piece = mapped.slice(start, len(mapped.text) if end is None else end)
        for run in piece.runs:
            self._run(self.length + run.start, run.source, run.length)
        self.text(piece.text)

    def text(self, text: str) -> None:
        """Add text that stands nowhere in the source."""
        self.texts.append(text)
        self.length += len(text)

    def _run(self, start: int, source: int, length: int) -> None:
        if self.runs:
            last = self.runs[-1]
            if last.start + last.length == start and last.source + last.length == source:
                self.runs[-1] = Run(last.start, last.source, last.length + length)
                return
        self.runs.append(Run(start, source, length))

    def built(self) -> Mapped:
        """What was put together."""
        return Mapped("".join(self.texts), tuple(self.runs))
