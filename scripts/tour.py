"""Writes the README's tour: real commands on a copy of the example, and what they print.

    python -m scripts.tour [--check]

With --check nothing is written, and the exit code is 1 when the commands print something else by now. Docker
Compose has to be installed, since the proof compares what it resolves.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from scripts.demo import Copy

README = Path(__file__).parents[1] / "README.md"
TOUR = re.compile(r"(?<=<!-- tour -->\n).*(?=<!-- end of tour -->)", re.S)


def tour() -> str:
    """The commands with the lines that say most."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Copy(Path(folder))
        lines = [
            *copy.lines("dockwright", "audit", first=13, last=1),
            *copy.lines("dockwright", "plan", "--stat", first=6, last=1),
            *copy.lines("dockwright", "apply", "--yes", first=0, last=1),
            *copy.lines("dockwright", "undo"),
        ]
    # How many lines were left out changes with every rule, and says nothing here.
    shown = (re.sub(r"^  … \d+ more lines$", "  …", line) for line in lines[:-1])
    return "\n".join(("```console", *shown, "```", ""))


def main(arguments: list[str]) -> int:
    """Write the tour, or compare it."""
    text = README.read_text(encoding="utf-8")
    fresh = TOUR.sub(lambda _: tour(), text)
    if "--check" in arguments:
        if fresh != text:
            print("the README's tour is not what dockwright prints; `make docs` writes it")
        return int(fresh != text)
    README.write_text(fresh, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
