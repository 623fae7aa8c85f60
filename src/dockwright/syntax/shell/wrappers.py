"""Wrappers: programs that run another program, such as `sudo` and `env`."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from dockwright.syntax.shell.nodes import Assignment, Simple
from dockwright.syntax.shell.options import options
from dockwright.syntax.shell.reader import ASSIGNMENT


class _Wrapper(Struct, frozen=True):
    """A program that runs another: its options that take a value, and how many operands come before the program."""

    takes_value: frozenset[str] = frozenset()
    operands: int = 0
    assignments: bool = False


_WRAPPERS: Mapping[str, _Wrapper] = {
    "builtin": _Wrapper(),
    "chrt": _Wrapper(operands=1),
    "command": _Wrapper(),
    "doas": _Wrapper(frozenset({"-u", "-C"})),
    "dumb-init": _Wrapper(frozenset({"-r", "--rewrite"})),
    "env": _Wrapper(frozenset({"-u", "--unset", "-C", "--chdir"}), assignments=True),
    "exec": _Wrapper(frozenset({"-a"})),
    "gosu": _Wrapper(operands=1),
    "ionice": _Wrapper(frozenset({"-c", "-n", "--class", "--classdata"})),
    "nice": _Wrapper(frozenset({"-n", "--adjustment"})),
    "nohup": _Wrapper(),
    "setsid": _Wrapper(),
    "stdbuf": _Wrapper(frozenset({"-i", "-o", "-e", "--input", "--output", "--error"})),
    "su-exec": _Wrapper(operands=1),
    "sudo": _Wrapper(
        frozenset({"-u", "-g", "-h", "-p", "-C", "-D", "-R", "-T", "-U", "-r", "-t", "--user", "--group", "--chdir"}),
        assignments=True,
    ),
    "time": _Wrapper(frozenset({"-f", "-o", "--format", "--output"})),
    "timeout": _Wrapper(frozenset({"-s", "-k", "--signal", "--kill-after"}), operands=1),
    "tini": _Wrapper(frozenset({"-p", "-e"})),
}
_ONLY_LOOKS_UP: Mapping[str, frozenset[str]] = {"command": frozenset({"-v", "-V"}), "sudo": frozenset({"-l", "-v"})}


def unwrap(simple: Simple) -> Simple:
    """The command that `exec`, `env A=b`, `sudo`, `time`, `gosu user` and their like run, through any number of them.

    What `env` and `sudo` assign joins the assignments. A wrapper that runs nothing is given back as it is.
    """
    while (wrapper := _WRAPPERS.get(simple.name or "")) is not None:
        inner = _unwrap_once(simple, wrapper)
        if inner is None:
            break
        simple = inner
    return simple


def _unwrap_once(simple: Simple, wrapper: _Wrapper) -> Simple | None:
    lookups = _ONLY_LOOKS_UP.get(simple.name or "", frozenset())
    assignments = list(simple.assignments)
    operands = wrapper.operands
    for option in options(simple.arguments, wrapper.takes_value):
        if option.name in lookups:
            return None
        if option.name is not None:
            continue
        if wrapper.assignments and (match := ASSIGNMENT.match(option.word.prefix)) is not None:
            assignments.append(Assignment(match[1], option.word.after(match.end())))
        elif operands:
            operands -= 1
        else:
            program = option.word
            break
    else:
        return None
    words = simple.words[next(at for at, word in enumerate(simple.words) if word is program) :]
    return replace(simple, words=words, assignments=tuple(assignments))
