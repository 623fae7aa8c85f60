"""Options: a command line's options and operands, as programs read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dockwright.syntax.shell.nodes import Word


class Option(NamedTuple):
    """One option of a command, or one operand: then `name` is None and `value` is the word itself."""

    name: str | None
    value: Word | None
    word: Word


def options(words: Iterable[Word], takes_value: frozenset[str] = frozenset()) -> Iterator[Option]:
    """The options and operands of a command line as getopt_long and Go's pflag read them.

    `takes_value` names the options whose value may be a word of its own (`-f x`, `--file x`); `--file=x`, `-fx` and
    `-f=x` are understood too, and so are clusters (`-it`). Behind `--` all is operands. The first operand of
    `docker compose -f a up -f` changes what options mean: stop there and read the rest with the subcommand's own.
    """
    rest = iter(words)
    for word in rest:
        prefix = word.prefix
        if prefix == "--" and word.value is not None:
            for operand in rest:
                yield Option(None, operand, operand)
            return
        if len(prefix) < 2 or prefix[0] != "-":
            yield Option(None, word, word)
        elif prefix in takes_value and word.value is not None:
            yield Option(prefix, next(rest, None), word)
        elif prefix[1] == "-":
            name, equals, _ = prefix.partition("=")
            yield Option(name, word.after(len(name) + 1) if equals else None, word)
        else:
            yield from _cluster(word, prefix, rest, takes_value)


def _cluster(word: Word, prefix: str, rest: Iterator[Word], takes_value: frozenset[str]) -> Iterator[Option]:
    name, equals, _ = prefix.partition("=")
    if equals and name in takes_value:
        yield Option(name, word.after(len(name) + 1), word)
        return
    for at in range(1, len(prefix)):
        letter = "-" + prefix[at]
        if letter in takes_value:
            attached = at + 1 < len(prefix) or word.value is None
            yield Option(letter, word.after(at + 1) if attached else next(rest, None), word)
            return
        yield Option(letter, None, word)
