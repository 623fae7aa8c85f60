"""Parses every infrastructure file below some folders and checks that no parser loses, misplaces or delays anything.

    python benchmarks/roundtrip.py [--problems] FOLDER...

A file is lossless when its parser does not raise, its pieces tile the text, every span lies inside its parent's and
the file, every mapped text stands where it says it does, and the text encodes to the bytes on disk. A file is slow
when it takes more than 50 ms or more than 20 µs a byte. The exit code is 1 when a file is not lossless.
"""

from __future__ import annotations

import argparse
import gc
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Struct

from dockwright.syntax import dockerfile, dotenv, ignorefile, jsonc, makefile, shell, toml, yaml
from dockwright.syntax.problem import Problem
from dockwright.text import Mapped, Source, Span, printable

SLOW_FILE = 0.050  # seconds of processor time
SLOW_BYTE = 20e-6  # seconds a byte
LEAST = 0.002  # Seconds: below that the clock counts for more than the text.
TRIES = 3  # A slow file is timed again: the caches of a busy machine are cold.

PRUNED = frozenset((".git", ".venv", "__pycache__", "node_modules"))
# A node's own place is all that these cover.
SPANS = ("span", "full_span", "line_span")
# What a node holds that stands outside its span: what an alias names, a here-document, the `ifdef` around it.
ELSEWHERE = frozenset(
    ("body", "comment_span", "conditions", "heredoc", "heredocs", "mapped", "marker", "target", "written")
)

SHELLS = frozenset(("sh", "ash", "dash", "bash", "ksh", "zsh"))
OTHER = r"(?!(?:.*\.)?(?:(?:docker)?ignore|[cm]?[jt]sx?|json|ya?ml|md|rst|py|go|sh|xml|map|patch|j2|template)$)"
DOCKERFILES = re.compile(rf"(?:.*[.-])?(?:docker|container)file(?:[.-]{OTHER}.*)?", re.I)
MAKEFILES = re.compile(rf"(?:gnu)?makefile(?:[.-]{OTHER}.*)?|.*\.(?:mk|make)", re.I)
ENVIRONMENTS = re.compile(rf"(?:.*\.)?env(?:\.{OTHER}.*)?|\.env[_-]{OTHER}.*")


class Format(NamedTuple):
    """A row of the table: which files by their name, and the trees of one.

    `scattered` is set where a node's parts stand in several places, as those of a recipe with variables do.
    """

    name: str
    files: re.Pattern[str]
    parse: Callable[[Source], Iterable[Struct]]
    scattered: bool = False


class Result(NamedTuple):
    """What one file of one format gave."""

    path: str
    size: int
    seconds: float
    faults: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def slow(self) -> bool:
        """Whether it took longer than any file may."""
        return self.seconds > min(SLOW_FILE, max(LEAST, SLOW_BYTE * self.size))


def alone(parse: Callable[[Source], Struct]) -> Callable[[Source], Iterable[Struct]]:
    """A parser of files as one that gives several trees."""
    return lambda source: (parse(source),)


def script(source: Source) -> Iterable[Struct]:
    """A shell file's script."""
    return (shell.parse(Mapped.whole(source.text)),)


def commands(source: Source) -> Iterable[Struct]:
    """The scripts of a Dockerfile's commands in shell form, but those for PowerShell and the like."""
    posix = True
    for instruction in dockerfile.parse(source).instructions:
        if isinstance(instruction, dockerfile.From):
            posix = True
        elif isinstance(instruction, dockerfile.Shell):
            words = instruction.command.words
            posix = not words or words[0].value.rpartition("/")[2] in SHELLS
        elif posix and isinstance(instruction, dockerfile.Run | dockerfile.Cmd | dockerfile.Entrypoint):
            text = instruction.command.shell
            if text is not None:
                yield shell.parse(text)


def recipes(source: Source) -> Iterable[Struct]:
    """The scripts of a Makefile's recipes, as far as they can be expanded."""
    file = makefile.parse(source)
    for rule in file.rules:
        for recipe in rule.recipe:
            expanded = makefile.expand_for_shell(file, recipe.mapped, rule=rule)
            yield shell.parse(expanded.mapped, expanded.opaque)


class Places(Struct, frozen=True):
    """The places that a TOML file gives for its keys and values."""

    entries: tuple[toml.Entry, ...]
    problems: tuple[Problem, ...] = ()


def toml_places(source: Source) -> Iterable[Struct]:
    """A TOML file and the place of every key in it."""
    file = toml.parse(source)
    yield file
    yield Places(tuple(entry for path in keys(file.data) if (entry := file.entry(*path)) is not None))


def keys(table: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of all keys below a table that hold no table themselves."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from keys(value, (*above, name))
        else:
            yield (*above, name)


FORMATS = (
    Format("Dockerfile", DOCKERFILES, alone(dockerfile.parse)),
    Format("YAML", re.compile(r".*\.ya?ml", re.I), alone(yaml.parse)),
    Format("env", ENVIRONMENTS, alone(dotenv.parse)),
    Format("Makefile", MAKEFILES, alone(makefile.parse)),
    Format("ignore", re.compile(r"\..*ignore|.+\.dockerignore"), alone(ignorefile.parse)),
    Format("TOML", re.compile(r".*\.toml|Pipfile|(?:poetry|uv|pdm)\.lock"), toml_places),
    Format("shell", re.compile(r".*\.(?:sh|bash)"), script),
    Format("shell in Dockerfile", DOCKERFILES, commands),
    Format("shell in Makefile", MAKEFILES, recipes, scattered=True),
    Format("devcontainer", re.compile(r"\.?devcontainer\.json"), alone(jsonc.parse)),
)


@cache
def attributes(kind: type[Struct]) -> tuple[str, ...]:
    """The public fields and properties of a node's class."""
    lazy = (
        name
        for base in kind.__mro__
        for name, value in vars(base).items()
        if isinstance(value, property | cached_property)
    )
    return tuple(name for name in dict.fromkeys((*kind.__struct_fields__, *lazy)) if not name.startswith("_"))


def faults(tree: Struct, source: Source, *, scattered: bool = False) -> Iterator[str]:
    """What is wrong with the places in a tree. Every public attribute is read, so that what is lazy runs too."""
    text = source.text
    pieces = getattr(tree, "pieces", None)
    if pieces is not None and "".join(source.slice(piece.span) for piece in pieces) != text:
        yield "the pieces do not tile the text"
    whole = Span(0, len(text))
    todo: list[tuple[Any, Span, str]] = [(tree, whole, type(tree).__name__)]
    seen: dict[int, Any] = {}
    while todo:
        node, around, path = todo.pop()
        if isinstance(node, Span):
            if not around.start <= node.start <= node.end <= around.end:
                yield f"{path}: {node.start}-{node.end} is not inside {around.start}-{around.end}"
        elif isinstance(node, tuple):
            todo += ((child, around, path) for child in node)
        elif isinstance(node, Mapping):
            todo += ((child, around, path) for child in node.values())
        elif isinstance(node, Struct) and not isinstance(node, Source) and id(node) not in seen:
            seen[id(node)] = node
            if isinstance(node, Mapped):
                yield from misplaced(node, text, path)
                continue
            spans = [span for name in SPANS if (span := getattr(node, name, None)) is not None]
            own = Span(min(spans)[0], max(span.end for span in spans)) if spans else around
            todo.append((own, around, f"{path}.span"))
            for name in attributes(type(node)):
                if name not in SPANS:
                    todo.append(
                        (getattr(node, name), whole if scattered or name in ELSEWHERE else own, f"{path}.{name}")
                    )


def misplaced(mapped: Mapped, text: str, path: str) -> Iterator[str]:
    """The runs of a mapped text that do not stand in the file as they should."""
    for run in mapped.runs:
        here = mapped.text[run.start : run.start + run.length]
        if len(here) != run.length or text[run.source : run.source + run.length] != here:
            yield f"{path}: the text from offset {run.source} on is another one"


def examine(form: Format, path: str, data: bytes) -> Result:
    """Parse one file and check all there is to check."""
    source = Source.read(path, data)
    found = [] if Source(path, source.text).data == data else ["the bytes are not those on disk"]
    seconds = float("inf")
    trees: tuple[Struct, ...] = ()
    problems: tuple[str, ...] = ()
    try:
        for _ in range(TRIES):
            start = time.process_time()
            trees = tuple(form.parse(source))
            located = [problem for tree in trees for problem in tree.problems]  # type: ignore[attr-defined]
            seconds = min(seconds, time.process_time() - start)
            if not Result(path, len(data), seconds, (), ()).slow:
                break
        problems = tuple(f"{path}:{source.position(each.span.start).line}: {each.message}" for each in located)
        found += (fault for tree in trees for fault in faults(tree, source, scattered=form.scattered))
    except Exception as error:  # Whatever a parser raises is what this looks for.
        found.append(f"{type(error).__name__}: {error}")
    return Result(path, len(data), seconds, tuple(found), problems)


def files(folders: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """The files below the folders, as the path that is shown and where it is; links to files are followed."""
    for folder in folders:
        for parent, inner, names in os.walk(folder):
            inner[:] = sorted(set(inner) - PRUNED)
            for name in sorted(names):
                path = Path(parent, name)
                if path.is_file():
                    yield path.relative_to(folder).as_posix(), path


def row(name: str, results: list[Result]) -> str:
    """A line of the table."""
    lossless = sum(not result.faults for result in results)
    slowest = max((result.seconds for result in results), default=0.0)
    return (
        f"{name:<20}{len(results):>6}{sum(result.size for result in results):>12,}{lossless:>10}"
        f"{sum(len(result.problems) for result in results):>10}"
        f"{slowest * 1e3:>12.1f}{sum(result.seconds for result in results) * 1e3:>10.0f}"
    )


def main(arguments: list[str]) -> int:
    """Print the table and what is wrong; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="+", metavar="FOLDER")
    parser.add_argument("--problems", action="store_true", help="list what the parsers report, too")
    options = parser.parse_args(arguments)

    results: dict[str, list[Result]] = {form.name: [] for form in FORMATS}
    gc.disable()
    for shown, path in files(options.folders):
        for form in FORMATS:
            if form.files.fullmatch(path.name):
                results[form.name].append(examine(form, shown, path.read_bytes()))
        gc.collect(0)
    gc.enable()

    print(f"{'format':<20}{'files':>6}{'bytes':>12}{'lossless':>10}{'problems':>10}{'slowest ms':>12}{'total ms':>10}")
    for name, found in results.items():
        print(row(name, found))
    everything = [(name, result) for name, found in results.items() for result in found]
    for name, result in everything:
        for fault in result.faults[:3]:
            print(printable(f"not lossless, {name}: {result.path}: {fault}"))
        if result.slow:
            print(printable(f"slow, {name}: {result.path}: {result.seconds * 1e3:.1f} ms for {result.size:,} bytes"))
        if options.problems:
            for problem in result.problems:
                print(printable(f"problem, {name}: {problem}"))
    return int(any(result.faults for _, result in everything))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
