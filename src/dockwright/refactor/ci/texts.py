"""Texts: what people and tools other than workflows run in a project, a scope at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from posixpath import basename, dirname

from msgspec import Struct

from dockwright.project.documents import is_history
from dockwright.project.kinds import is_yaml
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.refactor.ci.calls import Call, calls
from dockwright.syntax import jsonc, makefile, markdown, yaml
from dockwright.text import Mapped, Source, Span, lazy_regex

_SCRIPTS = frozenset({"cmds", "cmd", "run", "script", "commands", "command", "entry", "before_script", "after_script"})
_LIST = lazy_regex(r"[\w./-]+\.(?:txt|in)\b")
_MANIFESTS = {"poetry": "poetry.lock", "pipenv": "Pipfile"}
_LINE = lazy_regex(r"(?m)^[ \t]+@?(?=\S)([^\n]+)$")


class Text(Struct, frozen=True):
    """A stretch of shell text. Texts of the same `scope` run one after the other, in one environment.

    `within` is where it stands: what a variable brings from elsewhere is not part of it.
    """

    path: str
    kind: str
    scope: tuple[str, int]
    mapped: Mapped
    cwd: str = ""
    opaque: Mapping[int, int] = {}
    within: Span | None = None


def texts(project: Project) -> Iterator[Text]:
    """The shell texts of Makefiles, scripts, task files, devcontainers and documents."""
    for path, kind in project.kinds.items():
        source = project.sources[path]
        if kind == "make":
            yield from _of_makefile(project, source)
        elif kind == "shell":
            whole = Mapped.whole(source.text)
            yield Text(path, kind, (path, 0), whole, _folder(project, path, whole))
        elif kind == "document":
            yield from _of_document(project, source)
        elif kind == "devcontainer":
            yield from _of_devcontainer(project, source)
        elif kind == "task" or (kind == "ci" and not path.startswith((".github/workflows/", ".github/actions/"))):
            yield from _of_tasks(project, source, kind)


def _folder(project: Project, path: str, mapped: Mapped) -> str:
    """Where a text is meant to be run: at the root, or beside itself where what it installs from lies there."""
    own = dirname(path)
    named = {match[0] for match in _LIST.finditer(mapped.text)}
    named |= {manifest for manager, manifest in _MANIFESTS.items() if manager in mapped.text}
    return own if own and any(project.is_file(join(own, name)) for name in named) else ""


def _of_makefile(project: Project, source: Source) -> Iterator[Text]:
    tree = project.trees.of(makefile.parse, source)
    for number, rule in enumerate(tree.rules):
        for recipe in rule.recipe:
            line = makefile.expand_for_shell(tree, recipe.mapped, {}, rule)
            scope = (source.path, number)
            yield Text(source.path, "make", scope, line.mapped, dirname(source.path), line.opaque, recipe.span)


def inline(project: Project) -> Iterator[Call]:
    """The commands that documents speak of inside of their sentences."""
    for source in project.of_kind("document"):
        if not is_history(source.path):
            for span in project.trees.of(markdown.parse, source).code_spans:
                yield from calls(source.path, span.mapped, _folder(project, source.path, span.mapped))


def _of_document(project: Project, source: Source) -> Iterator[Text]:
    document = project.trees.of(markdown.parse, source)
    for number, block in enumerate(document.blocks):
        if block.is_shell and not is_history(source.path):
            folder = _folder(project, source.path, block.body)
            yield Text(source.path, "document", (source.path, number), block.body, folder)


def _of_devcontainer(project: Project, source: Source) -> Iterator[Text]:
    root = yaml.resolve(project.trees.of(jsonc.parse, source).root)
    for item in root.items if isinstance(root, yaml.Mapping) else ():
        if (item.name or "").endswith("Command") and item.name != "initializeCommand":
            values = [value for _, value in item.value.entries()] or [item.value]
            for value in values:
                if isinstance(value, yaml.Scalar):
                    yield Text(source.path, "devcontainer", (source.path, item.span.start), value.mapped)


def _of_tasks(project: Project, source: Source, kind: str) -> Iterator[Text]:
    if is_yaml(source.path) or source.path.endswith(".json"):
        tree = project.yaml(source) if is_yaml(source.path) else project.trees.of(jsonc.parse, source)
        for document in tree.documents:
            yield from _of_node(source, kind, document, "", 0)
    elif basename(source.path).lower() in ("justfile", ".justfile"):
        for match in _LINE.finditer(source.text):
            yield Text(source.path, kind, (source.path, 0), Mapped.whole(match[1], match.start(1)))


def _of_node(source: Source, kind: str, node: yaml.Node | None, key: str, scope: int) -> Iterator[Text]:
    if isinstance(node, yaml.Mapping):
        for item in node.items:
            scripts = key == "scripts" and source.path.endswith("package.json")
            name = "run" if scripts else item.name or ""
            yield from _of_node(source, kind, item.value, name, item.span.start if name in _SCRIPTS else scope)
    elif isinstance(node, yaml.Sequence):
        for element in node.items:
            yield from _of_node(source, kind, element, key, scope)
    elif isinstance(node, yaml.Scalar) and key in _SCRIPTS:
        yield Text(source.path, kind, (source.path, scope), node.mapped)
