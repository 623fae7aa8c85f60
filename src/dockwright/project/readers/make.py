"""What a Makefile says of other files: its recipes, prerequisites and includes."""

from __future__ import annotations

from posixpath import dirname

from dockwright.project.commands import Commands, read_commands
from dockwright.project.readers.collect import Around, Collector
from dockwright.project.references import reference
from dockwright.syntax import makefile
from dockwright.text import Mapped, Source, lazy_regex

_WORD = lazy_regex(r"\S+")


def read(around: Around, source: Source) -> Commands:
    """Recipes run in the Makefile's folder, each line from there anew, as Make runs them."""
    tree = around.trees.of(makefile.parse, source)
    folder = dirname(source.path)
    found = Collector()
    for rule in tree.rules:
        for automatic in _stems(tree, rule):
            for recipe in rule.recipe:
                line = makefile.expand_for_shell(tree, recipe.mapped, automatic, rule)
                found.add(read_commands(source.path, line.mapped, folder, around.is_file, line.opaque))
        for word in (*rule.targets, *rule.prerequisites, *rule.order_only):
            _path(around, source.path, word.mapped, folder, found)
    for variable in tree.variables:
        for match in _WORD.finditer(variable.value.text):
            _path(around, source.path, variable.value.slice(*match.span()), folder, found)
    for include in tree.includes:
        for word in include.words:
            _path(around, source.path, word.mapped, folder, found)
    return found.commands()


def _stems(tree: makefile.Makefile, rule: makefile.Rule) -> list[dict[str, str]]:
    """What `$*` and `$@` are for each target that a static pattern rule names; once, unknown, for any other."""
    if rule.pattern is None or "%" not in rule.pattern.text:
        return [{"@": rule.targets[0].text}] if len(rule.targets) == 1 else [{}]
    before, _, after = rule.pattern.text.partition("%")
    names = [name for word in rule.targets for name in makefile.expand(tree, word.mapped).text.split()]
    stems = [
        {"*": name[len(before) : len(name) - len(after)], "@": name}
        for name in names
        if name.startswith(before) and name.endswith(after) and "$" not in name
    ]
    return stems or [{}]


def _path(around: Around, path: str, word: Mapped, folder: str, found: Collector) -> None:
    ref = reference(path, word, 0, len(word.text), folder, "path")
    if ref is not None and around.is_file(ref.target):
        found.references.append(ref)
