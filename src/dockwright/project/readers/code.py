"""What Python code says of other files: task files that run Docker, and literals that are a file's path."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.project.commands import Commands, read_commands, read_words
from dockwright.project.readers.collect import Around, Collector
from dockwright.project.references import reference
from dockwright.syntax import python_code
from dockwright.text import Mapped, Source

_PROGRAMS = frozenset({"docker", "docker-compose", "podman", "podman-compose"})


def read(around: Around, source: Source) -> Commands:
    """Code is read as if it ran at the root, and a list of words as `subprocess` takes it as the command it is."""
    found = Collector()
    if not any(sign in source.text for sign in ("docker", "podman", "compose", ".env")):
        return found.commands()
    code = around.trees.of(python_code.parse, source)
    for words in _lists(source, code):
        found.add(read_words(source, words, "", around.is_file))
    for literal in code.strings():
        if literal.content is None:
            continue
        mapped = Mapped.whole(source.slice(literal.content), literal.content.start)
        if "docker" in mapped.text and " " in mapped.text and "\n" not in mapped.text:
            found.add(read_commands(source.path, mapped, "", around.is_file))
            continue
        ref = reference(source.path, mapped, 0, len(mapped.text), "", "path")
        if ref is not None and around.is_file(ref.target):
            found.references.append(ref)
    return found.commands()


def _lists(source: Source, code: python_code.PythonFile) -> Iterator[list[Mapped | None]]:
    """The words of each list that begins with Docker's name, up to the first that stands for several."""
    import ast

    nodes: list[ast.List | ast.Tuple] = [*code.nodes(ast.List), *code.nodes(ast.Tuple)]
    for node in nodes:
        first = node.elts[0] if node.elts else None
        if not isinstance(first, ast.Constant) or first.value not in _PROGRAMS:
            continue
        words: list[Mapped | None] = []
        for element in node.elts:
            if isinstance(element, ast.Starred):
                break
            content = code.content(element) if isinstance(element, ast.Constant) else None
            words.append(None if content is None else Mapped.whole(source.slice(content), content.start))
        yield words
