"""Values: rules, recipes, variables and includes, and the Makefile that holds them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct

from dockwright.syntax.problem import Problem
from dockwright.text import Mapped, Source, Span


class Word(Struct, frozen=True):
    """A word as it is written, references to variables included."""

    mapped: Mapped

    @property
    def text(self) -> str:
        """The word's text, escapes removed."""
        return self.mapped.text

    @property
    def span(self) -> Span:
        """Where the word stands in the source."""
        return self.mapped.span()


class Condition(Struct, frozen=True):
    """What a conditional tests: `ifdef` a name (`left`), `ifeq` two texts. `keyword` may be the negated form."""

    keyword: str
    left: Mapped
    right: Mapped
    span: Span


class Arm(Struct, frozen=True):
    """A condition, and whether it must hold for what stands inside; None is one that is not followed."""

    condition: Condition | None
    holds: bool


class Variable(Struct, frozen=True):
    """A definition: `flavor` is the operator as written, `=` for a `define` without one.

    `value` is the text before expansion, comment and continuations removed. `conditions` are those of the
    conditionals it stands in.
    """

    name: str
    name_span: Span
    flavor: str
    value: Mapped
    span: Span
    export: bool = False
    override: bool = False
    define: bool = False
    conditions: tuple[Arm, ...] = ()


class Recipe(Struct, frozen=True):
    """A line of a recipe as make expands it and hands it to the shell.

    Its prefix characters are taken off and recorded; backslash and line feed are kept for the shell, the recipe
    prefix of the next line is not. `inline` is set for what stands behind `;`.
    """

    mapped: Mapped
    span: Span
    silent: bool = False
    ignore_errors: bool = False
    always: bool = False
    inline: bool = False


class Rule(Struct, frozen=True):
    """Targets and what they need. `pattern` is that of a static pattern rule, `a b: %.x: %.y`.

    `variables` are target-specific; such a rule has neither prerequisites nor a recipe. `help` is the text behind
    `##` on the rule's line. `line_span` is the rule's own line with its continuations, without its line ending;
    `span` reaches to the end of its recipe.
    """

    targets: tuple[Word, ...]
    prerequisites: tuple[Word, ...]
    order_only: tuple[Word, ...]
    pattern: Word | None
    double_colon: bool
    recipe: tuple[Recipe, ...]
    variables: tuple[Variable, ...]
    help: str | None
    span: Span
    line_span: Span
    conditions: tuple[Arm, ...] = ()


class Include(Struct, frozen=True):
    """`include`; `optional` for `-include` and `sinclude`."""

    words: tuple[Word, ...]
    optional: bool
    span: Span
    conditions: tuple[Arm, ...] = ()


class Piece(Struct, frozen=True):
    """A stretch of the file; the pieces tile it.

    `kind` is `rule`, `recipe`, `variable`, `include`, `conditional`, `define`, `comment`, `blank`, `directive`
    (such as `export NAME` or a call on a line of its own) or `broken`.
    """

    kind: str
    span: Span


class Memory:
    """Which conditions hold, None for those that cannot be decided; and the variables of each target, once known."""

    __slots__ = ("decided", "of_targets")

    def __init__(self) -> None:
        self.decided: dict[Condition, bool | None] = {}
        self.of_targets: Mapping[str, tuple[Variable, ...]] | None = None


class Makefile(Struct, frozen=True, dict=True):
    """A Makefile. `phony` are the prerequisites of `.PHONY` as written; `phony_targets` are their names expanded."""

    source: Source
    pieces: tuple[Piece, ...]
    rules: tuple[Rule, ...]
    variables: tuple[Variable, ...]
    includes: tuple[Include, ...]
    problems: tuple[Problem, ...]
    recipe_prefix: str

    @cached_property
    def phony(self) -> tuple[Word, ...]:
        """The prerequisites of `.PHONY`, as they are written."""
        return tuple(word for rule in self.rules if _names(rule, ".PHONY") for word in rule.prerequisites)

    @cached_property
    def oneshell(self) -> bool:
        """Whether `.ONESHELL` makes each recipe one script."""
        return any(_names(rule, ".ONESHELL") for rule in self.rules)

    @cached_property
    def definitions(self) -> Mapping[str, tuple[Variable, ...]]:
        """The file's variables by name, in the order of the text."""
        by_name: dict[str, list[Variable]] = {}
        for variable in self.variables:
            by_name.setdefault(variable.name, []).append(variable)
        return {name: tuple(found) for name, found in by_name.items()}

    @cached_property
    def memory(self) -> Memory:
        """What was found out about the file while texts were expanded, for the texts to come."""
        return Memory()


def _names(rule: Rule, target: str) -> bool:
    return any(word.text == target for word in rule.targets)
