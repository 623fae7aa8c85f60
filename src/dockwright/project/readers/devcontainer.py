"""What a devcontainer says of other files."""

from __future__ import annotations

from posixpath import dirname

from dockwright.project.commands import BuildCall, Commands, Invocation, read_commands, read_words
from dockwright.project.compose import elements, scalar, text
from dockwright.project.readers.collect import Around, Collector
from dockwright.project.references import Reference, ReferenceKind, join, reference
from dockwright.syntax import jsonc, yaml
from dockwright.text import Site, Source


def read(around: Around, source: Source) -> Commands:
    """Its compose files and build paths are relative to its own folder; its commands run in the workspace."""
    tree = around.trees.of(jsonc.parse, source)
    root = yaml.resolve(tree.root)
    found = Collector()
    if not isinstance(root, yaml.Mapping):
        return found.commands()
    folder = dirname(source.path)

    def path(node: yaml.Node | None, kind: ReferenceKind) -> Reference | None:
        written = scalar(node)
        if written is None:
            return None
        ref = reference(source.path, written.mapped, 0, len(written.mapped.text), folder, kind, anchor=source.path)
        if ref is not None:
            found.references.append(ref)
        return ref

    compose = root.get("dockerComposeFile")
    nodes = [compose] if scalar(compose) is not None else list(elements(compose))
    files = tuple(ref for node in nodes if (ref := path(node, "compose file")) is not None)
    if files and compose is not None:
        site = Site(source.path, compose.span)
        found.invocations.append(Invocation(site, folder, files, (), None, None, "up", None))
    build = yaml.resolve(root.get("build"))
    section = build if isinstance(build, yaml.Mapping) else root
    dockerfile = path(section.get("dockerfile") or root.get("dockerFile"), "dockerfile")
    context = path(section.get("context"), "build context")
    if dockerfile is not None:
        where = context.target if context is not None else join(folder, ".")
        found.builds.append(BuildCall(dockerfile.at, where, dockerfile.target, text(section.get("target"))))
    for key, value in root.entries():
        if (text(key) or "").endswith("Command"):
            # One command, or several by name that run side by side.
            for command in [inner for _, inner in value.entries()] or [value]:
                found.add(_command(around, source, command))
    return found.commands()


def _command(around: Around, source: Source, node: yaml.Node) -> Commands:
    """A text is for a shell, a list is the words of a command."""
    if isinstance(node, yaml.Scalar):
        return read_commands(source.path, node.mapped, "", around.is_file)
    return read_words(source, [word.mapped for word in node.strings()], "", around.is_file)
