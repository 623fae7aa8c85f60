"""Prints which of other tools' rules dockwright neither finds nor declines: the ids of `tests/data/peer_ids.txt`.

    python tests/peers.py

ShellCheck's ids are left out: they are covered where ShellCheck runs.
"""

from __future__ import annotations

from pathlib import Path

from dockwright.facts.declined import DECLINED
from dockwright.rule import all_rules

IDS = Path(__file__).parent / "data" / "peer_ids.txt"


def peer_ids() -> list[str]:
    """Every id of another tool that is known, as `tool:id`."""
    return IDS.read_text(encoding="utf-8").split()


def left() -> list[str]:
    """The ids that no rule covers and nobody declined."""
    covered = {other for rule in all_rules() for other in rule.equivalents}
    return [each for each in peer_ids() if each not in covered | DECLINED.keys() and not each.startswith("hadolint:SC")]


if __name__ == "__main__":
    print(*left(), sep="\n")
