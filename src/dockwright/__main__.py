"""The command line's door. It answers `--version` at once and leaves the rest to `dockwright.cli`."""

from __future__ import annotations

import gc
import sys

from dockwright import __version__


def main() -> int:
    """Run the command line and return its exit code, per `docs/exit-codes.md`."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        print(f"dockwright {__version__}")
        return 0
    # A command soon ends, and hardly any of what it makes is in cycles: looking for them takes a tenth of an audit's
    # time and frees nothing. `docs/benchmarks.md` has the figures.
    gc.disable()
    from dockwright.cli.main import run

    code = run(sys.argv[1:])
    gc.freeze()  # The interpreter looks for cycles once more when it ends.
    return code


if __name__ == "__main__":
    sys.exit(main())
