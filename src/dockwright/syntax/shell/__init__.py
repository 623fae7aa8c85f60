"""Shell text: the simple commands of a POSIX sh or bash text and their words, each with its place.

This finds commands, it does not run them. Compound commands are flattened: what stands in an `if`, a loop,
a function or a `$(...)` is listed in the order of the text, and says what it stands in.
The grammar is that of POSIX.1-2024, XCU 2, with bash's `[[`, `((`, arrays, `$'..'`, `<(...)` and extended globs.
"""

from dockwright.syntax.shell.nodes import Assignment, Expansion, Function, Literal, Loop, Redirect, Script, Simple, Word
from dockwright.syntax.shell.options import Option, options
from dockwright.syntax.shell.parse import parse
from dockwright.syntax.shell.quote import quote
from dockwright.syntax.shell.wrappers import unwrap

__all__ = [
    "Assignment",
    "Expansion",
    "Function",
    "Literal",
    "Loop",
    "Option",
    "Redirect",
    "Script",
    "Simple",
    "Word",
    "options",
    "parse",
    "quote",
    "unwrap",
]
