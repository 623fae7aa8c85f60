"""What a CI pipeline or another tool's YAML says of other files: scripts, inputs, cache keys, path filters."""

from __future__ import annotations

import re

from dockwright.project.commands import BuildCall, Commands, read_commands, read_words
from dockwright.project.compose import elements, scalar
from dockwright.project.kinds import is_yaml
from dockwright.project.readers import lines
from dockwright.project.readers.collect import Around, Collector
from dockwright.project.references import Reference, ReferenceKind, join, reference
from dockwright.syntax import jsonc, yaml
from dockwright.text import Mapped, Site, Source, lazy_regex

# The keys whose text a shell runs, in the pipelines of the usual forges.
_SCRIPTS = frozenset(["run", "script", "before_script", "after_script", "command", "commands", "entry", "cmds"])
_FILTERS = frozenset(["paths", "paths-ignore", "files", "exclude", "include", "changes"])
# What these keys hold is for people, even where it reads like a command.
_PROSE = frozenset(["name", "label", "description", "title", "summary", "detail"])
_CALL = lazy_regex(r"(?:docker[ -]|podman[ -])compose\s")
_ROOT = lazy_regex(r"\$\{(?:localW|w)orkspaceFolder\}/|\$\{\{\s*github\.workspace\s*\}\}/")
_EXPRESSION = lazy_regex(r"\$\{\{.*?\}\}", re.S)
_HASH_FILES = lazy_regex(r"hashFiles\(([^)]*)\)")
_QUOTED = lazy_regex(r"'([^']*)'|\"([^\"]*)\"")


def read(around: Around, source: Source) -> Commands:
    """Everything is relative to the root of the repository, but for what a `working-directory` moves."""
    if not is_yaml(source.path) and not source.path.endswith(".json"):
        return lines.task_file(around, source)
    found = Collector()
    reader = _Pipeline(around, source, found)
    tree = around.trees.of(yaml.parse, source) if is_yaml(source.path) else around.trees.of(jsonc.parse, source)
    for document in tree.documents:
        reader.node(document, "", "")
    return found.commands()


class _Pipeline:
    def __init__(self, around: Around, source: Source, found: Collector) -> None:
        self.around = around
        self.source = source
        self.path = source.path
        self.found = found

    def node(self, node: yaml.Node | None, key: str, cwd: str) -> None:
        if isinstance(node, yaml.Mapping):
            folder = _working_directory(node)
            inner = cwd if folder is None else join("", folder)
            self._build_action(node)
            self._listed(node, inner)
            for item in node.items:
                name = item.key.value if isinstance(item.key, yaml.Scalar) else ""
                self.node(item.value, name, inner)
        elif isinstance(node, yaml.Sequence):
            for element in node.items:
                self.node(element, key, cwd)
        elif isinstance(node, yaml.Scalar):
            self._scalar(node.mapped, key, cwd)

    def _scalar(self, mapped: Mapped, key: str, cwd: str) -> None:
        for match in _HASH_FILES.finditer(mapped.text):
            for quoted in _QUOTED.finditer(match[1]):
                group = 1 if quoted[1] is not None else 2
                offset = match.start(1)
                self._path(mapped, offset + quoted.start(group), offset + quoted.end(group), "path filter")
        if key in _PROSE:
            return
        if key in _SCRIPTS or _CALL.match(mapped.text):
            opaque = {match.start(): match.end() for match in _EXPRESSION.finditer(mapped.text)}
            self.found.add(read_commands(self.path, mapped, cwd, self.around.is_file, opaque))
            return
        kind: ReferenceKind = "path filter" if key in _FILTERS else "path"
        start = 0
        for line in mapped.text.splitlines(keepends=True):
            text = line.strip()
            at = start + line.find(text) + (1 if text.startswith("!") else 0)
            self._path(mapped, at, start + line.find(text) + len(text), kind)
            start += len(line)

    def _path(self, mapped: Mapped, start: int, end: int, kind: ReferenceKind) -> None:
        root = _ROOT.match(mapped.text, start, end)
        if root is not None:
            start = root.end()
        ref = reference(self.path, mapped, start, end, "", kind) if start < end else None
        if ref is not None and (self.around.is_file(ref.target) or (kind == "path filter" and "*" in ref.written)):
            self.found.references.append(ref)

    def _listed(self, task: yaml.Mapping, cwd: str) -> None:
        """An editor's task: `command: docker`, and its words in `args`."""
        command, args = scalar(task.get("command")), task.get("args")
        if command is not None and args is not None:
            words = [
                command.mapped,
                *(node.mapped if isinstance(node, yaml.Scalar) else None for node in elements(args)),
            ]
            self.found.add(read_words(self.source, words, cwd, self.around.is_file, one_list=False))

    def _build_action(self, step: yaml.Mapping) -> None:
        """`docker/build-push-action` and its like: `with: {context, file, target}`; without them, of the root."""
        uses, inputs = scalar(step.get("uses")), yaml.resolve(step.get("with"))
        if uses is None or "build-push-action" not in uses.value:
            return
        given = {key: None if inputs is None else inputs.get(key) for key in ("context", "file", "target")}
        context = self._input(given["context"], "build context")
        dockerfile = self._input(given["file"], "dockerfile")
        target = scalar(given["target"])
        if any(given[key] is not None and ref is None for key, ref in (("context", context), ("file", dockerfile))):
            return  # of another repository, or known to the running workflow alone
        where = context.target if context is not None else ""
        file = dockerfile.target if dockerfile is not None else join(where, "Dockerfile")
        site = Site(self.path, uses.span)
        self.found.builds.append(
            BuildCall(site, where, file, None if target is None else target.value, dockerfile is None)
        )

    def _input(self, node: yaml.Node | None, kind: ReferenceKind) -> Reference | None:
        written = scalar(node)
        if written is None or "${{" in written.value:
            return None
        ref = reference(self.path, written.mapped, 0, len(written.mapped.text), "", kind)
        if ref is not None:
            self.found.references.append(ref)
        return ref


def _working_directory(node: yaml.Mapping) -> str | None:
    own = scalar(node.get("working-directory")) or scalar(node.get("dir"))
    if own is None:
        defaults = yaml.resolve(node.get("defaults"))
        run = yaml.resolve(defaults.get("run")) if isinstance(defaults, yaml.Mapping) else None
        own = scalar(run.get("working-directory")) if isinstance(run, yaml.Mapping) else None
    return None if own is None or "{{" in own.value else own.value
