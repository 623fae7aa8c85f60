"""Collector: builds a Mapped while going once through the text that it is written with."""

from __future__ import annotations

from dockwright.text import Mapped, Run


class Collector:
    """Takes, leaves out and replaces characters of `written`, which stands at source offset `base`.

    `at` is the index of the first character that nothing was done with yet.
    """

    def __init__(self, written: str, base: int, at: int = 0):
        self.written, self.base, self.at = written, base, at
        self._texts: list[str] = []
        self._runs: list[Run] = []
        self._length = 0

    def copy(self, end: int) -> None:
        """Take the characters up to `end` as they are."""
        if end <= self.at:
            return
        source, length = self.base + self.at, end - self.at
        last = self._runs[-1] if self._runs else None
        if last and last.start + last.length == self._length and last.source + last.length == source:
            self._runs[-1] = Run(last.start, last.source, last.length + length)
        else:
            self._runs.append(Run(self._length, source, length))
        self._texts.append(self.written[self.at : end])
        self._length += length
        self.at = end

    def skip(self, end: int) -> None:
        """Leave out the characters up to `end`."""
        self.at = max(self.at, end)

    def make(self, end: int, text: str) -> None:
        """Put `text` in the place of the characters up to `end`."""
        self._texts.append(text)
        self._length += len(text)
        self.skip(end)

    def mapped(self) -> Mapped:
        """What was collected."""
        return Mapped("".join(self._texts), tuple(self._runs))
