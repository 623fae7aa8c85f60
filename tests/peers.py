"""The rules of other tools, and which of them dockwright neither finds nor declines: `python tests/peers.py`."""

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
    return [each for each in peer_ids() if each not in covered | DECLINED.keys()]


if __name__ == "__main__":
    print(*left(), sep="\n")
