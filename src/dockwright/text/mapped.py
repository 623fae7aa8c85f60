"""Mapped: a text read out of a file with gaps, which knows where each character came from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from msgspec import Struct

from dockwright.text.source import Span


class Run(Struct, frozen=True, array_like=True):
    """A stretch of a mapped text that stands in the source as it is: both offsets, and its length."""

    start: int
    source: int
    length: int


class Mapped(Struct, frozen=True):
    """A logical text and the source offsets behind it.

    A shell command in a RUN loses its continuation lines, one in a Makefile its `$$`, one in a YAML
    block its indentation. What is left is `text`; `runs` say where it stood. Characters outside any
    run were made (an escape's result) and belong to the source character before the next run.
    """

    text: str
    runs: tuple[Run, ...]

    @classmethod
    def whole(cls, text: str, at: int = 0) -> Mapped:
        """A text that stands in the source without gaps, from offset `at`."""
        return cls(text, (Run(0, at, len(text)),))

    @classmethod
    def join(cls, pieces: Iterable[tuple[str, int]]) -> Mapped:
        """Texts that each stand in the source without gaps, as (text, source offset), put end to end."""
        texts: list[str] = []
        runs: list[Run] = []
        at = 0
        for text, source in pieces:
            if text:
                runs.append(Run(at, source, len(text)))
                texts.append(text)
                at += len(text)
        if not runs:
            return cls("", ())
        return cls("".join(texts), tuple(runs))

    def offset(self, index: int) -> int:
        """The source offset of a character of `text`; its length gives the end of the last character."""
        runs = self.runs
        if not runs:
            return 0
        at = bisect_right(runs, index, key=_start) - 1
        if at < 0:
            return runs[0].source
        run = runs[at]
        return run.source + min(index - run.start, run.length)

    def span(self, start: int = 0, end: int | None = None) -> Span:
        """The source span behind `text[start:end]`, gaps between its characters included.

        Where the end stands before the start, as in an expanded Make variable that is set further up, the span is
        that of the first stretch alone.
        """
        if end is None:
            end = len(self.text)
        first = self.offset(start)
        if end <= start:
            return Span(first, first)
        last = self.offset(end - 1) + 1
        return Span(first, last) if last > first else Span(first, self._stretch_end(start))

    def slice(self, start: int, end: int) -> Mapped:
        """`text[start:end]`, mapped."""
        runs = []
        for at in range(max(bisect_right(self.runs, start, key=_start) - 1, 0), len(self.runs)):
            run = self.runs[at]
            if run.start >= end:
                break
            low, high = max(run.start, start), min(run.start + run.length, end)
            if low < high:
                runs.append(Run(low - start, run.source + low - run.start, high - low))
        return Mapped(self.text[start:end], tuple(runs))

    def contiguous(self, start: int, end: int) -> bool:
        """Whether `text[start:end]` stands in the source to the letter, so that it can be replaced there."""
        return end <= start or (self._run_of(start) is not None and self._run_of(start) == self._run_of(end - 1))

    def lines(self) -> Iterator[Mapped]:
        """The lines of `text`, each without its line feed."""
        start = 0
        while start <= len(self.text):
            end = self.text.find("\n", start)
            end = len(self.text) if end < 0 else end
            if start < end:
                yield self.slice(start, end)
            start = end + 1

    def _stretch_end(self, index: int) -> int:
        """The source offset where the run that a character stands in or before ends."""
        at = max(bisect_right(self.runs, index, key=_start) - 1, 0)
        return self.runs[at].source + self.runs[at].length if self.runs else 0

    def _run_of(self, index: int) -> Run | None:
        at = bisect_right(self.runs, index, key=_start) - 1
        if at >= 0 and index < self.runs[at].start + self.runs[at].length:
            return self.runs[at]
        return None


def _start(run: Run) -> int:
    return run.start
