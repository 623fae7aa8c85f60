"""Makefiles: rules, recipes and variables with their places, and expansion that keeps them.

The grammar is that of GNU make 3.81 to 4.4: its manual, and `read.c` where the manual is silent.
"""

from dockwright.syntax.makefile.expand import Expanded, expand, expand_for_shell, expand_words
from dockwright.syntax.makefile.nodes import (
    Arm,
    Condition,
    Include,
    Makefile,
    Piece,
    Recipe,
    Rule,
    Variable,
    Word,
)
from dockwright.syntax.makefile.parse import parse
from dockwright.syntax.makefile.references import Use, uses
from dockwright.syntax.makefile.targets import phony_targets, targets

__all__ = [
    "Arm",
    "Condition",
    "Expanded",
    "Include",
    "Makefile",
    "Piece",
    "Recipe",
    "Rule",
    "Use",
    "Variable",
    "Word",
    "expand",
    "expand_for_shell",
    "expand_words",
    "parse",
    "phony_targets",
    "targets",
    "uses",
]
