"""What `dockwright audit` takes: of one Dockerfile, of a whole project, and of a thousand Dockerfiles.

    python -m benchmarks.audit [--runs N] [--rounds N] [--peers DIR] [--dockerfiles DIR]

dockwright, hadolint and tally take turns; each is installed into an environment of its own, as `benchmarks.startup`
does it. hadolint has ShellCheck inside, so that dockwright is measured with its extra `shell` as well, and with that
alone where there are many Dockerfiles. These are made by `benchmarks.dockerfiles`, a folder each, or are the files
called `Dockerfile` below DIR.

Memory is the most that all of a command's processes hold at one moment, from /proc. tally, which takes long, reads only
the largest number of Dockerfiles.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from benchmarks.dockerfiles import dockerfiles
from benchmarks.installed import CACHE, EXAMPLE, Installed, installed, verdict
from benchmarks.timing import Command, measured

_TIMES_HADOLINT = 5
_SIZES = (250, 500, 1000)
_COMPARED = ("dockwright[shell]", "hadolint")


def main(arguments: list[str]) -> int:
    """Measure, and print the tables and the requirements."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=15, metavar="N", help="rounds of small work (default: 15)")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="rounds of a thousand (default: 3)")
    parser.add_argument("--peers", type=Path, default=CACHE, metavar="DIR", help=f"environments (default: {CACHE})")
    parser.add_argument("--dockerfiles", type=Path, metavar="DIR", help="read these instead of making a thousand")
    options = parser.parse_args(arguments)

    plain, checking = installed(options.peers), installed(options.peers, extra="[shell]")
    print(f"{os.cpu_count()} cores, {', '.join(dict.fromkeys((*plain.versions, *checking.versions)))}")
    dockerfile = EXAMPLE / "Dockerfile"
    with tempfile.TemporaryDirectory() as folder:
        alone = Path(shutil.copy(dockerfile, folder))
        print(f"\nThe example's Dockerfile alone, medians of {options.runs} interleaved runs")
        _table(_commands(plain, checking, alone.parent, [alone]), options.runs)
    print(f"\nThe example's {sum(path.is_file() for path in EXAMPLE.rglob('*'))} files, beside its one Dockerfile")
    wall = _table(_commands(plain, checking, EXAMPLE, [dockerfile]), options.runs)
    _on_the_example(wall)
    with tempfile.TemporaryDirectory() as folder:
        _many(_texts(options.dockerfiles), Path(folder), plain, checking, options.rounds)
    return 0


def _commands(plain: Installed, checking: Installed, audited: Path, linted: Sequence[Path]) -> dict[str, Command]:
    """What to run: dockwright, with and without ShellCheck, on what is audited, the linters on the files."""
    files = list(map(str, linted))
    commands: dict[str, Command] = {
        "dockwright": [plain.dockwright, "audit", str(audited)],
        "dockwright[shell]": [checking.dockwright, "audit", str(audited)],
    }
    if checking.hadolint is not None:
        commands["hadolint"] = [checking.hadolint, *files]
    if checking.tally is not None:
        commands["tally"] = [checking.tally, "lint", "--slow-checks=off", *files]
    return commands


def _table(commands: Mapping[str, Command], runs: int, *, warm_up: bool = True) -> dict[str, float]:
    """Measure and print; the seconds on the clock by name."""
    taken = measured(commands, runs, warm_up=warm_up)
    wall = {name: median(run.wall for run in done) for name, done in taken.items()}
    hadolint = wall.get("hadolint")
    print(f"\n{'':<20}{'ms':>9}{'to hadolint':>13}{'processor ms':>14}{'memory MB':>11}")
    for name, seconds in wall.items():
        ratio = f"{seconds / hadolint:.2f}" if hadolint else "-"
        processor = median(run.processor for run in taken[name])
        memory = median(run.memory for run in taken[name])
        print(f"{name:<20}{seconds * 1e3:>9.1f}{ratio:>13}{processor * 1e3:>14.1f}{memory / 1e6:>11.0f}")
    return wall


def _on_the_example(wall: Mapping[str, float]) -> None:
    """The requirements on the whole example beside its one Dockerfile."""
    print()
    if "tally" in wall:
        print(f"{verdict(wall['dockwright'] < wall['tally'])}: faster than tally reads its one Dockerfile")
    if "hadolint" in wall:
        times = wall["dockwright"] / wall["hadolint"]
        print(f"{verdict(times <= _TIMES_HADOLINT)}: within {_TIMES_HADOLINT} times of hadolint ({times:.1f})")


def _texts(folder: Path | None) -> list[bytes]:
    """Different Dockerfiles, as many as the largest size where they are made."""
    if folder is None:
        return [text.encode() for text in dockerfiles(_SIZES[-1])]
    return list(dict.fromkeys(path.read_bytes() for path in sorted(folder.rglob("Dockerfile")) if path.is_file()))


def _many(texts: Sequence[bytes], folder: Path, plain: Installed, checking: Installed, rounds: int) -> None:
    """Measure many Dockerfiles at several sizes, with ShellCheck on both sides."""
    walls = []
    sizes = [*(size for size in _SIZES if size < len(texts)), len(texts)]
    for number in sizes:
        root = folder / str(number)
        files = [root / f"{index:04}" / "Dockerfile" for index in range(number)]
        for path, text in zip(files, texts, strict=False):
            path.parent.mkdir(parents=True)
            path.write_bytes(text)
        print(f"\n{number} Dockerfiles, medians of {rounds} interleaved runs")
        commands = _commands(plain, checking, root, files)
        if number < sizes[-1]:
            commands = {name: command for name, command in commands.items() if name in _COMPARED}
        walls.append((number, _table(commands, rounds, warm_up=False)))
    number, wall = walls[-1]
    print()
    if "hadolint" in wall:
        times = wall["hadolint"] / wall["dockwright[shell]"]
        print(
            f"{verdict(times > 1)}: {number} Dockerfiles faster than hadolint, ShellCheck included ({times:.1f} times)"
        )
    (fewer, first), (more, last) = walls[0], walls[-1]
    if fewer < more:
        growth = last["dockwright[shell]"] / first["dockwright[shell]"]
        linear = growth <= 1.25 * more / fewer
        print(
            f"{verdict(linear)}: time grows with their number ({growth:.1f} times for {more / fewer:.1f} times as many)"
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
