"""Which variables of a RUN hold one plain word, whatever happens: no shell splits that where it is not quoted."""

from __future__ import annotations

from functools import partial

from dockwright.project.runs import Step
from dockwright.syntax import dockerfile
from dockwright.text import lazy_regex

_NAMED = lazy_regex(r"\$(?:(\w+)|\{(\w+)\})")
_PLAIN = lazy_regex(r"[\w.:/@%+,=~-]*")
# What these print is one word. A platform is, too. Sources: their manuals; Dockerfile reference, «ARG».
_PRINTS_ONE_WORD = lazy_regex(
    r"\$\((?:uname -[mrs]|arch|nproc|id -[ug]n?|lsb_release -[a-z]*s[a-z]*|dpkg --print-architecture|whoami|hostname"
    r"|mktemp(?: -d)?)\)"
)
_PLATFORM = lazy_regex(r"(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT)")


def named_by(expansion: str) -> str | None:
    """The variable that `$name` or `${name}` means; None for any other expansion."""
    found = _NAMED.fullmatch(expansion)
    return None if found is None else found[1] or found[2]


def is_one_word(step: Step, name: str) -> bool:
    """Whether all that is ever assigned to a variable, in the RUN and in the Dockerfile, is one word or nothing.

    An ARG is taken for its default: who gives another one gives the like of it.
    """
    return _is_one_word(step, _values(step), name, frozenset())


def _is_one_word(step: Step, values: dict[str, list[str]], name: str, above: frozenset[str]) -> bool:
    if _PLATFORM.fullmatch(name) and name not in values:
        return True
    if name in above or name not in values:
        return name in above
    inner = partial(_is_one_word, step, values, above=above | {name})
    for value in values[name]:
        text = _PRINTS_ONE_WORD.sub("", value)
        names = [first or second for first, second in _NAMED.findall(text)]
        if not _PLAIN.fullmatch(_NAMED.sub("", text)) or not all(map(inner, names)):
            return False
    return True


def _values(step: Step) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for instruction in step.image.tree.instructions:
        if isinstance(instruction, (dockerfile.Arg, dockerfile.Env)):
            for pair in instruction.pairs:
                if pair.value is not None:
                    values.setdefault(pair.key.value, []).append(pair.value.value)
    for simple in step.written:
        for assignment in simple.assignments:
            values.setdefault(assignment.name, []).append(assignment.word.text.replace('"', "").replace("'", ""))
        if simple.name in ("read", "getopts"):
            # What somebody else says may be anything.
            for word in simple.arguments:
                values.setdefault(word.text, []).append(" ")
        elif simple.name in ("export", "local", "readonly", "declare"):
            for word in simple.arguments:
                name, sign, value = word.text.partition("=")
                if sign:
                    values.setdefault(name, []).append(value.replace('"', "").replace("'", ""))
    for loop in step.script.loops if step.script is not None else ():
        values.setdefault(loop.name, []).extend([word.text for word in loop.words] or [" "])
    return values
