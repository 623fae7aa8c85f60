"""Assembly: the files of a stack, with what they extend and include, as one model.

Source: compose-go's `loader/loader.go`, `extends.go` and `include.go`.
"""

from __future__ import annotations

from collections.abc import Mapping
from posixpath import dirname
from typing import Any

from msgspec import Struct

from dockwright.project.loader import canonical, schema
from dockwright.project.loader.environment import env_file_values, with_environment
from dockwright.project.loader.files import Files, joined, relative, shown
from dockwright.project.loader.merging import extend, merge, unique
from dockwright.project.loader.paths import Folder, is_remote, resolve_paths
from dockwright.project.loader.refusal import LoadError, Place, dotted
from dockwright.project.loader.variables import filled
from dockwright.project.loader.written import Document, documents, fresh, reset

MAX_CHAIN = 40  # of files that include one another, and of services that extend one another

_SECTIONS = ("services", "volumes", "networks", "secrets", "configs", "models")


class Scope(Struct, frozen=True):
    """What the files of one project directory share: that directory, absolute, and the variables."""

    directory: str
    variables: Mapping[str, str]


class Assembly:
    """Puts a model together. `interpolates`: variables are replaced by their values."""

    def __init__(self, files: Files, *, interpolates: bool) -> None:
        self.files = files
        self.interpolates = interpolates

    def model(self, paths: tuple[str, ...], folder: str, scope: Scope, included: tuple[str, ...]) -> dict[str, Any]:
        """Several files laid over each other. `folder` is what their paths start from, as the including file calls it.

        Raises LoadError.
        """
        model: dict[str, Any] = {}
        for path in paths:
            model = self.over(model, path, folder, scope, included)
        canonical.with_defaults(model)
        schema.check_values(model)
        resolve_paths(model, Folder(folder, self.files.home))
        with_environment(model, scope.variables)
        return model

    def over(
        self, model: dict[str, Any], path: str, folder: str, scope: Scope, included: tuple[str, ...]
    ) -> dict[str, Any]:
        """A model with a file laid over it."""
        for document in self.documents(path):
            data = self.filled(document.data, scope)
            Extending(self, path, scope, document.resets).all(data)
            reset(model, document.resets)
            self.include(data, folder, scope, (*included, path))
            model = unique(merge(model, data))
            schema.check(model)
            model.pop("version", None)
            model = unique(canonical.canonical(model, lenient=not self.interpolates))
        return model

    def fragment(self, path: str, scope: Scope) -> tuple[dict[str, Any], tuple[Place, ...]]:
        """A file of which only a service is extended, and what its last document resets."""
        model: dict[str, Any] = {}
        resets: tuple[Place, ...] = ()
        for document in self.documents(path):
            resets = document.resets
            reset(model, resets)
            model = unique(merge(model, self.filled(document.data, scope)))
            model = unique(canonical.canonical(model, lenient=not self.interpolates))
        return model, resets

    def documents(self, path: str) -> list[Document]:
        """A file's documents, to be worked on."""
        tree = self.files.yaml(path)
        if tree is None:
            raise LoadError(f"open {shown(path)}: no such file or directory")
        read = self.files.trees.kept(documents, path, (tree,), lambda: documents(tree))
        return [Document(fresh(document.data), document.resets) for document in read]

    def filled(self, data: dict[str, Any], scope: Scope) -> dict[str, Any]:
        """A document with the values of its variables, where they are wanted."""
        return filled(data, scope.variables) if self.interpolates else data

    def include(self, data: dict[str, Any], folder: str, scope: Scope, included: tuple[str, ...]) -> None:
        """Take into a file what it includes."""
        entries = data.get("include")
        if entries is not None and not isinstance(entries, list):
            raise LoadError("`include` must be a list", ("include",))
        for index, entry in enumerate(entries or ()):
            place = ("include", str(index))
            said = {"path": entry} if isinstance(entry, str) else entry
            if not isinstance(said, dict):
                raise LoadError(f"{dotted(place)}: neither a path nor a mapping", place)
            self.take(data, self.imported(said, folder, scope, included, place))
        data.pop("include", None)

    def imported(
        self, said: dict[str, Any], folder: str, scope: Scope, included: tuple[str, ...], place: Place
    ) -> dict[str, Any]:
        """The model that an entry of `include` names."""
        written = _strings(said.get("path"), (*place, "path"))
        if not written:
            return {}
        if any(is_remote(path) for path in written):
            raise LoadError(f"{written[0]}: a file that Compose would fetch", place)
        paths = tuple(joined_if_relative(scope.directory, path) for path in written)
        given = said.get("project_directory") or ""
        if not isinstance(given, str):
            raise LoadError(f"{dotted(place)}: project_directory must be a string", place)
        if not given:
            directory, inner = dirname_of(paths[0]), self.folder_of(paths[0], scope)
        elif given.startswith("/"):
            directory = inner = given
        else:
            directory, inner = joined(folder, given), self.folder_of(given, scope)
        if len(included) > MAX_CHAIN:
            raise LoadError(f"more than {MAX_CHAIN} files that include one another", place)
        if paths[0] in included:
            chain = "\n include ".join(shown(path) for path in (*included, paths[0]))
            raise LoadError(f"include cycle detected:\n{chain}", place)
        variables = {**self.included_values(said, folder, directory, scope, place), **scope.variables}
        return self.model(paths, inner, Scope(directory, variables), included)

    def included_values(
        self, said: dict[str, Any], folder: str, directory: str, scope: Scope, place: Place
    ) -> dict[str, str]:
        """The variables that an entry of `include` adds: those of its env files, else of the directory's `.env`."""
        written = _strings(said.get("env_file"), (*place, "env_file"))
        default = joined(directory, ".env")
        paths = [joined_if_relative(folder, path) for path in written]
        if not paths and self.files.source(default) is not None:
            paths = [default]
        return env_file_values(self.files, paths, scope.variables)

    def folder_of(self, path: str, scope: Scope) -> str:
        """The folder of a file, or the folder that a path is, as it is called from the project directory."""
        whole = joined_if_relative(scope.directory, path)
        if not self.files.is_folder(whole):
            whole = joined_if_relative(scope.directory, dirname_of(path) or ".")
        return relative(whole, scope.directory)

    def take(self, data: dict[str, Any], imported: dict[str, Any]) -> None:
        """Add what is included; the same name may stand there twice only where it says the same."""
        for section in _SECTIONS:
            entries = imported.get(section)
            if entries is None:
                continue
            own = data.setdefault(section, {})
            if not isinstance(own, dict):
                raise LoadError(f"{section} must be a mapping", (section,))
            for name, entry in entries.items():
                if name in own and own[name] != entry:
                    raise LoadError(f"{section}.{name} conflicts with imported resource", (section, name))
                own[name] = entry


class Extending:
    """Applies `extends` in the services of one document."""

    def __init__(self, assembly: Assembly, path: str, scope: Scope, resets: tuple[Place, ...]) -> None:
        self.assembly, self.path, self.scope, self.resets = assembly, path, scope, resets

    def all(self, data: dict[str, Any]) -> None:
        """Extend every service."""
        if "services" not in data:
            return
        services = data["services"]
        if not isinstance(services, dict):
            raise LoadError("services must be a mapping", ("services",))
        for name in services:
            services[name] = self.service(name, services, (), self.resets)

    def service(
        self, name: str, services: dict[str, Any], seen: tuple[tuple[str, str], ...], resets: tuple[Place, ...]
    ) -> Any:
        """A service with what it extends below it; `resets` are those of the file that writes it."""
        service = services[name]
        place = ("services", name)
        if service is None:
            return None
        if not isinstance(service, dict):
            raise LoadError(f"{dotted(place)} must be a mapping", place)
        if "extends" not in service:
            return service
        extends = service["extends"]
        base_name = extends.get("service") if isinstance(extends, dict) else extends
        if not isinstance(base_name, str):
            raise LoadError(f"extends.{name}.service is required", (*place, "extends"))
        written = extends.get("file") if isinstance(extends, dict) else None
        inner: tuple[Place, ...] = ()
        where, others = self.path, services
        if written is not None:
            where, others, inner = self.other(written, name, base_name)
        elif base_name not in services:
            message = f'cannot extend service "{name}" in {shown(self.path)}: service "{base_name}" not found'
            raise LoadError(message, (*place, "extends"))
        if len(seen) > MAX_CHAIN:
            raise LoadError(f"more than {MAX_CHAIN} services that extend one another", (*place, "extends"))
        if (where, name) in seen:
            chain = "\n  extends ".join(f"{service} in {shown(file)}" for file, service in (*seen, (where, name)))
            raise LoadError(f"Circular reference:\n  {chain}", (*place, "extends"))
        base = self.service(base_name, others, (*seen, (where, name)), inner)
        if base is None:
            return service
        base = fresh(base)
        reset({"services": {name: base}}, resets)
        merged = extend(base, service)
        merged.pop("extends", None)
        services[name] = merged
        return merged

    def other(self, written: Any, name: str, base_name: str) -> tuple[str, dict[str, Any], tuple[Place, ...]]:
        """The services of another file, their paths as the project directory calls them, and what the file resets."""
        place = ("services", name, "extends")
        if not isinstance(written, str):
            raise LoadError(f"{dotted(place)}.file must be a string", place)
        if is_remote(written):
            raise LoadError(f"{written}: a file that Compose would fetch", place)
        path = joined_if_relative(self.scope.directory, Folder("", self.assembly.files.home).expanded(written))
        model, resets = self.assembly.fragment(path, self.scope)
        services = model.get("services")
        if not isinstance(services, dict):
            raise LoadError(f'cannot extend service "{name}" in {shown(path)}: no services section', place)
        if base_name not in services:
            message = (
                f'cannot extend service "{name}" in {shown(self.path)}: service "{base_name}" not found in {written}'
            )
            raise LoadError(message, place)
        resolve_paths(model, Folder(self.assembly.folder_of(written, self.scope), self.assembly.files.home))
        return written, services, resets


def joined_if_relative(folder: str, path: str) -> str:
    """A path from a folder; one that is absolute stays."""
    return path if path.startswith(("/", "\0")) else joined(folder, path)


def dirname_of(path: str) -> str:
    """A path's folder; the root's own path stays absolute."""
    if path.startswith("\0"):
        return f"\0{dirname(path[1:]) or '.'}"
    return dirname(path)


def _strings(value: Any, place: Place) -> list[str]:
    """A text or a list of texts as a list."""
    entries = [value] if isinstance(value, str) else [] if value is None else value
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise LoadError(f"{dotted(place)}: neither a text nor a list of texts", place)
    return entries
