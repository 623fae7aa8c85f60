"""Command lines: every simple command that a Makefile, script, workflow, document or Dockerfile would run."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from dockwright.project.compose import scalar
from dockwright.project.kinds import Kind, is_yaml
from dockwright.project.model import Project, Trees, view
from dockwright.syntax import dockerfile, makefile, markdown, shell, yaml
from dockwright.text import Mapped, Site, Source, Span

_SCRIPT_KEYS = frozenset(["run", "script", "before_script", "after_script", "commands", "cmds"])


class CommandLine(Struct, frozen=True):
    """One simple command, wrappers such as `sudo` taken off, in the file `path`.

    `span` is its place: for a recipe that is put together from variables, the recipe's line. `target` is the name of
    the Make target whose recipe it stands in, `folder` what a pipeline says of the folder that it runs in.
    """

    path: str
    command: shell.Simple
    span: Span
    target: str | None = None
    folder: str = ""

    @property
    def at(self) -> Site:
        """Its place."""
        return Site(self.path, self.span)

    @property
    def name(self) -> str | None:
        """The program's name without its folder."""
        return self.command.name

    def word_at(self, word: shell.Word) -> Site:
        """A word's place, or the command's where the word does not stand in the file to the letter."""
        return Site(self.path, word.span if word.contiguous else self.span)


@view
def command_lines(project: Project) -> tuple[CommandLine, ...]:
    """Every command line of the project that a shell would run, by file and place."""
    return tuple(line for path in project.kinds for line in lines_of(project, path))


def lines_of(project: Project, path: str) -> tuple[CommandLine, ...]:
    """The command lines of one file, by place."""
    kind, source, trees = project.kinds.get(path), project.sources.get(path), project.trees
    if kind is None or source is None:
        return ()
    return trees.kept(lines_of, (path, kind), (source,), lambda: tuple(_lines(trees, kind, source)))


def _lines(trees: Trees, kind: Kind, source: Source) -> Iterator[CommandLine]:
    path = source.path
    if kind == "make":
        yield from _of_makefile(trees.of(makefile.parse, source))
    elif kind == "shell":
        yield from _of_text(path, Mapped.whole(source.text))
    elif kind == "document":
        for script in _of_document(trees.of(markdown.parse, source)):
            yield from _of_script(path, script)
    elif kind == "ci" and is_yaml(path):
        for document in trees.of(yaml.parse, source).documents:
            for text, folder in _scripts(document, ""):
                yield from _of_text(path, text, folder)
    elif kind == "dockerfile":
        for instruction in trees.of(dockerfile.parse, source).instructions:
            if isinstance(instruction, dockerfile.Run) and instruction.command.script is not None:
                yield from _of_script(path, instruction.command.script)


def _of_text(path: str, text: Mapped, folder: str = "") -> Iterator[CommandLine]:
    return _of_script(path, shell.parse(text), folder)


def _of_script(path: str, script: shell.Script, folder: str = "") -> Iterator[CommandLine]:
    for simple in script.commands:
        inner = shell.unwrap(simple)
        if inner.words:
            yield CommandLine(path, inner, inner.span, None, folder)


def _of_makefile(tree: makefile.Makefile) -> Iterator[CommandLine]:
    for rule in tree.rules:
        target = rule.targets[0].text if rule.targets else None
        for recipe in rule.recipe:
            line = makefile.expand_for_shell(tree, recipe.mapped, {}, rule)
            for simple in shell.parse(line.mapped, line.opaque).commands:
                inner = shell.unwrap(simple)
                if inner.words:
                    inside = recipe.span.covers(inner.span)
                    yield CommandLine(tree.source.path, inner, inner.span if inside else recipe.span, target)


def _of_document(document: markdown.Document) -> Iterator[shell.Script]:
    yield from (block.script for block in document.blocks if block.is_shell)
    yield from (span.script for span in document.code_spans)


def _scripts(node: yaml.Node | None, folder: str) -> Iterator[tuple[Mapped, str]]:
    """The texts of a pipeline that a shell runs, each with the folder that is written for it."""
    if isinstance(node, yaml.Mapping):
        written = scalar(node.get("working-directory"))
        folder = folder if written is None else written.value
        for item in node.items:
            key = item.key.value if isinstance(item.key, yaml.Scalar) else ""
            if key in _SCRIPT_KEYS:
                yield from ((text.mapped, folder) for text in _strings(item.value))
            yield from _scripts(item.value, folder)
    elif isinstance(node, yaml.Sequence):
        for element in node.items:
            yield from _scripts(element, folder)


def _strings(node: yaml.Node | None) -> Iterator[yaml.Scalar]:
    node = yaml.resolve(node)
    if isinstance(node, yaml.Scalar):
        yield node
    elif isinstance(node, yaml.Sequence):
        yield from (written for written in node.strings() if written is not None)
