"""The command line's door. It answers `--version` at once and leaves the rest to `dockwright.cli`."""

from __future__ import annotations

import sys

from dockwright import __version__


def main() -> int:
    """Run the command line and return its exit code, per `docs/exit-codes.md`."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        print(f"dockwright {__version__}")
        return 0
    from dockwright.cli.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
