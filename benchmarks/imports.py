"""What importing a module adds to the start of an interpreter: the figures of docs/dependencies.md.

    python -m benchmarks.imports [--runs N] [MODULE...]

Without a MODULE: what dockwright imports, and what it does without. A module that is not installed is left out.
The figures are processor time, medians less that of a bare interpreter.
"""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from statistics import median

from benchmarks.timing import measured

MODULES = ("msgspec", "yaml", "argparse", "attrs", "click", "rich.console", "dataclasses", "inspect", "asyncio")


def main(arguments: list[str]) -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE")
    parser.add_argument("--runs", type=int, default=15, metavar="N", help="rounds that count (default: 15)")
    options = parser.parse_args(arguments)
    modules = options.modules or list(MODULES)
    there = [name for name in modules if find_spec(name.partition(".")[0]) is not None]
    commands = {name: [sys.executable, "-c", f"import {name}"] for name in there}
    taken = measured({"": [sys.executable, "-c", "pass"]} | commands, options.runs)
    used = {name: median(run.processor for run in runs) for name, runs in taken.items()}
    bare = used.pop("")
    for name, seconds in used.items():
        print(f"{name:<16}{(seconds - bare) * 1e3:>6.1f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
