"""Expansion: texts with the references replaced that the file itself answers, each in its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from dockwright.syntax.makefile.decide import BUILT_IN, active
from dockwright.syntax.makefile.functions import STATIC_FUNCTIONS, apply, arguments_of, patsubst, pieces
from dockwright.syntax.makefile.joint import Joint
from dockwright.syntax.makefile.nodes import Makefile, Rule, Variable, Word
from dockwright.syntax.makefile.references import REFERENCE_NAME, reference_end
from dockwright.text import Mapped

_DEEPEST = 30  # Variables that refer to variables; deeper ones stay as they are written.
_LONGEST = 50_000  # Characters and definitions that one expansion may look at.


class Expanded(Struct, frozen=True):
    """Text as a shell reads it. `opaque` are the offsets and ends of the references that could not be followed."""

    mapped: Mapped
    opaque: Mapping[int, int]


def expand(file: Makefile, mapped: Mapped, automatic: Mapping[str, str] = {}, rule: Rule | None = None) -> Mapped:
    """A text with the references replaced that the file itself answers; each keeps the place it is written at.

    What only make or its environment knows stays as it is written, and so does what refers to itself. `$$` becomes
    `$`. `automatic` gives `$@`, `$*` and their like by their sign; `rule` brings the variables of its targets.
    Conditionals count as they are decided when nothing is set outside the file.
    """
    return expand_for_shell(file, mapped, automatic, rule).mapped


def expand_for_shell(
    file: Makefile, mapped: Mapped, automatic: Mapping[str, str] = {}, rule: Rule | None = None
) -> Expanded:
    """`expand` for a recipe's line, with what `shell.parse` must not look into.

    Where `$$(date)` and `$(DATE)` have become alike, `opaque` tells them apart.
    """
    expansion = _Expansion(file, automatic, rule)
    out = Joint()
    expansion.text(mapped, out, 0)
    return Expanded(out.built(), out.opaque)


def expand_words(file: Makefile, words: Iterable[Word], automatic: Mapping[str, str] = {}) -> tuple[Word, ...]:
    """The words that these words become; those that hold a reference which cannot be followed are left out."""
    found: list[Word] = []
    for word in words:
        if "$" not in word.text:
            found.append(word)
            continue
        expanded = expand_for_shell(file, word.mapped, automatic)
        found.extend(
            piece for piece, (start, end) in pieces(expanded.mapped) if not _touches(expanded.opaque, start, end)
        )
    return tuple(found)


def _touches(opaque: Mapping[int, int], start: int, end: int) -> bool:
    return any(low < end and start < high for low, high in opaque.items())


def _of_targets(file: Makefile) -> Mapping[str, tuple[Variable, ...]]:
    """The variables that are set for a target alone, by target."""
    memory = file.memory
    if memory.of_targets is None:
        by_target: dict[str, list[Variable]] = {}
        for rule in file.rules:
            if rule.variables:
                for word in expand_words(file, rule.targets):
                    by_target.setdefault(word.text, []).extend(rule.variables)
        memory.of_targets = {name: tuple(found) for name, found in by_target.items()}
    return memory.of_targets


class _Expansion:
    """One expansion: what it may look up, and what it is in the middle of."""

    def __init__(self, file: Makefile, automatic: Mapping[str, str], rule: Rule | None):
        self.file = file
        self.automatic: Mapping[str, Mapped] = {name: Mapped(text, ()) for name, text in automatic.items()}
        self.own: dict[str, tuple[Variable, ...]] = {}
        self.budget = _LONGEST
        # How many of a variable's definitions count while it is being expanded: those before the one at hand.
        self.visible: dict[str, int] = {}
        if rule is not None:
            specific = _of_targets(file)
            for word in rule.targets:
                for variable in specific.get(word.text, ()):
                    self.own[variable.name] = (*self.own.get(variable.name, ()), variable)

    def text(self, mapped: Mapped, out: Joint, depth: int) -> None:
        """Add the expansion of a text."""
        text = mapped.text
        at = 0
        while (dollar := text.find("$", at)) >= 0:
            out.add(mapped, at, dollar)
            end = reference_end(text, dollar)
            if text.startswith("$$", dollar):
                out.add(mapped, dollar + 1, dollar + 2)
            elif end - dollar < 2 or text[dollar + 1].isspace():
                out.add(mapped, dollar, end)
            elif not self._reference(mapped, dollar, end, out, depth):
                out.opaque[out.length] = out.length + end - dollar
                out.add(mapped, dollar, end)
            at = end
        out.add(mapped, at)

    def _reference(self, mapped: Mapped, start: int, end: int, out: Joint, depth: int) -> bool:
        """Add what one reference stands for; whether that is known."""
        if depth >= _DEEPEST or self.budget <= 0:
            return False
        text = mapped.text
        if end - start == 2:
            return self._variable(text[start + 1], out, depth)
        low, high = start + 2, end - 1
        if text[high : high + 1] not in (")", "}"):
            return False
        match = REFERENCE_NAME.match(text, low, high)
        if match is not None and text[match.end()] in " \t" and match.end() < high:
            return match[1] in STATIC_FUNCTIONS and self._call(match[1], mapped, match.end(), high, out, depth)
        inner = self._static(mapped.slice(low, high), depth) if "$" in text[low:high] else mapped.slice(low, high)
        if inner is None:
            return False
        name, colon, change = inner.text.partition(":")
        if not colon:
            return self._variable(name, out, depth)
        old, equals, _ = change.partition("=")
        value = Joint()
        if not equals or not self._variable(name, value, depth) or value.opaque:
            return False
        new = inner.slice(len(name) + 2 + len(old), len(inner.text))
        if "%" not in old:
            joint = Joint()
            joint.text("%")
            joint.add(new)
            old, new = "%" + old, joint.built()
        patsubst(old, new, value.built(), out)
        return True

    def _static(self, mapped: Mapped, depth: int) -> Mapped | None:
        """A text's expansion where all of it is known."""
        joint = Joint()
        self.text(mapped, joint, depth + 1)
        return None if joint.opaque else joint.built()

    def _variable(self, name: str, out: Joint, depth: int) -> bool:
        known = self.automatic.get(name)
        if known is not None:
            out.add(known)
            return True
        own = self.own.get(name)
        definitions = self.file.definitions.get(name, ())
        definitions = (*definitions, *own) if own else definitions
        visible = self.visible.get(name, len(definitions))
        chain = self._chain(definitions, visible)
        if not chain:
            return False
        joint = Joint()
        for number, (index, variable) in enumerate(chain):
            if number:
                joint.text(" ")
            self.visible[name] = index
            self.text(variable.value, joint, depth + 1)
        if visible == len(definitions):
            del self.visible[name]
        else:
            self.visible[name] = visible
        self.budget -= joint.length + 1
        shift = out.length
        out.add(joint.built())
        for start, end in joint.opaque.items():
            out.opaque[shift + start] = shift + end
        return True

    def _chain(self, definitions: tuple[Variable, ...], visible: int) -> list[tuple[int, Variable]]:
        """The definitions that make up a value: one that sets it and those that add to it; none where unknown."""
        chain: list[tuple[int, Variable]] = []
        fallback: tuple[int, Variable] | None = None
        for index in range(visible - 1, -1, -1):
            self.budget -= 1
            variable = definitions[index]
            counts = active(self.file, variable.conditions, self._known_value)
            if counts is None or self.budget <= 0 or (counts and variable.flavor == "!="):
                return []
            if not counts:
                continue
            if variable.flavor == "?=":
                fallback = (index, variable)
                continue
            chain.append((index, variable))
            if variable.flavor != "+=":
                fallback = None
                break
        # `?=` only counts where nothing comes before it.
        if fallback is not None and (not chain or fallback[0] < chain[-1][0]):
            chain.append(fallback)
        return chain[::-1]

    def _known_value(self, mapped: Mapped) -> str | None:
        """A text expanded, with what no file defines taken for empty; None where it depends on more than the file."""
        if len(self.visible) >= _DEEPEST:
            return None
        file = self.file
        expanded = expand_for_shell(file, mapped)
        text = expanded.mapped.text
        for start, end in sorted(expanded.opaque.items(), reverse=True):
            name = text[start + 2 : end - 1] if end - start > 2 else text[start + 1 : end]
            if file.includes or name in file.definitions or name in BUILT_IN or not name.replace("_", "").isalnum():
                return None
            text = text[:start] + text[end:]
        return text

    def _call(self, function: str, mapped: Mapped, start: int, end: int, out: Joint, depth: int) -> bool:
        arguments = list(arguments_of(mapped, start, end))
        if function == "foreach":
            return len(arguments) == 3 and self._foreach(arguments, out, depth)
        known = [self._static(argument, depth) for argument in arguments]
        values = [argument for argument in known if argument is not None]
        if len(values) < len(known):
            return False
        if function == "call":
            return self._user_function(values, out, depth)
        return apply(function, values, out)

    def _foreach(self, arguments: list[Mapped], out: Joint, depth: int) -> bool:
        variable, words, body = arguments
        name, names = self._static(variable, depth), self._static(words, depth)
        if name is None or names is None:
            return False
        outer = self.automatic
        joint = Joint()
        for number, (word, _) in enumerate(pieces(names)):
            if number:
                joint.text(" ")
            self.automatic = {**outer, name.text.strip(): word.mapped}
            self.text(body, joint, depth + 1)
            self.budget -= len(body.text) + 1
            if joint.opaque or self.budget <= 0:
                break
        self.automatic = outer
        if joint.opaque or self.budget <= 0:
            return False
        out.add(joint.built())
        return True

    def _user_function(self, values: list[Mapped], out: Joint, depth: int) -> bool:
        outer = self.automatic
        parameters = {str(number): value for number, value in enumerate(values)}
        self.automatic = {**outer, **parameters, **{str(n): Mapped("", ()) for n in range(len(values), 10)}}
        done = self._variable(values[0].text.strip(), out, depth + 1)
        self.automatic = outer
        return done
