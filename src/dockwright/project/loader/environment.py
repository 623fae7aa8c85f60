"""Environment: the values that variables have, out of the caller's environment and env files.

Source: compose-go's `cli/options.go` and `dotenv`, docker/compose's `rawEnv` for `format: raw`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from dockwright.errors import DockwrightError
from dockwright.project.loader.files import Files, joined, shown
from dockwright.project.loader.refusal import LoadError
from dockwright.project.loader.variables import boolean
from dockwright.syntax import dotenv
from dockwright.text import Source


def project_variables(
    files: Files, environ: Mapping[str, str], env_files: tuple[str, ...], directory: str
) -> dict[str, str]:
    """What a call's variables are: the environment's before those of `--env-file`, or of `.env` without one."""
    default = joined(directory, ".env")
    names = env_files or ((default,) if files.source(default) is not None else ())
    return {**env_file_values(files, names, environ), **environ}


def env_file_values(files: Files, paths: Iterable[str], environ: Mapping[str, str]) -> dict[str, str]:
    """The variables of env files, later ones over earlier ones. Raises LoadError for one that is missing or broken."""
    found: dict[str, str] = {}
    for path in paths:
        file = files.env(path)
        if file is None:
            raise LoadError(f"couldn't find env file: {shown(path)}")
        found.update(_values(file, environ, found))
    return found


def _values(file: dotenv.EnvFile, environ: Mapping[str, str], earlier: Mapping[str, str]) -> dict[str, str]:
    for problem in file.problems:
        error = LoadError(problem.message, path=file.source.path)
        error.line = file.source.position(problem.span.start).line
        raise error
    try:
        return {name: _readable(value) for name, value in dotenv.values(file, environ, earlier).items()}
    except DockwrightError as error:
        raise LoadError(error.message, path=file.source.path) from error


def _readable(value: str) -> str:
    """A value as JSON can hold it: bytes that are no UTF-8 are lost."""
    return value if value.isascii() else value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def with_environment(model: dict[str, Any], variables: Mapping[str, str]) -> None:
    """Fill in what a model takes from the environment by name: variables in lists, secrets and configs."""
    for service in _maps(model.get("services")):
        entries = service.get("environment")
        if isinstance(entries, list):
            service["environment"] = [
                f"{entry}={variables[entry]}" if entry in variables else entry
                for entry in entries
                if isinstance(entry, str)
            ]
    for kind, key in (("secrets", "x-#value"), ("configs", "content")):
        for entry in _maps(model.get(kind)):
            name = entry.get("environment")
            if isinstance(name, str) and name in variables:
                entry[key] = variables[name]


def _maps(section: Any) -> Iterable[dict[str, Any]]:
    return (entry for entry in section.values() if isinstance(entry, dict)) if isinstance(section, dict) else ()


def service_values(
    files: Files, entries: Iterable[Mapping[str, Any]], own: Mapping[str, str | None], variables: Mapping[str, str]
) -> dict[str, str]:
    """What a service's `env_file` entries give. Raises LoadError for one that is required and missing."""
    found = {name: value for name, value in own.items() if value is not None}
    known = {**found, **variables}
    for entry in entries:
        path = entry["path"]
        source = files.source(path)
        if source is None and not files.is_folder(path):
            required = entry.get("required", True)
            if required if isinstance(required, bool) else boolean(required, ()):
                raise LoadError(f"env file {shown(path)} not found")
            continue
        file = files.env(path)
        form = entry.get("format") or ".env"
        if source is None or file is None:
            raise LoadError(f"{shown(path)} is a directory")
        if form == "raw":
            found.update(raw_values(source, known.get))
        elif form == ".env":
            found.update(_values(file, known, found))
        else:
            raise LoadError(f'unsupported env_file format "{form}"')
    return found


def raw_values(source: Source, lookup: Callable[[str], str | None]) -> dict[str, str]:
    """An env file as `docker run` reads it: nothing is quoted, nothing substituted. Raises LoadError."""
    found: dict[str, str] = {}
    for number, line in enumerate(source.text.removeprefix("\ufeff").split("\n"), 1):
        entry = line.removesuffix("\r").lstrip()
        if not entry or entry.startswith("#"):
            continue
        name, equals, value = entry.partition("=")
        if not name or any(char.isspace() for char in name) or _readable(entry) != entry:
            message = "a variable's name that is empty or has white space in it, or bytes that are no UTF-8"
            error = LoadError(message, path=source.path)
            error.line = number
            raise error
        if equals:
            found[name] = value
        elif (inherited := lookup(entry)) is not None:
            found[name] = inherited
    return found


def label_values(files: Files, paths: Iterable[str]) -> dict[str, str]:
    """The labels in `label_file` files. Raises LoadError for one that is missing."""
    found: dict[str, str] = {}
    for path in paths:
        file = files.env(path)
        if file is None:
            raise LoadError(f"label file {shown(path)} not found")
        found.update(_values(file, found, {}))
    return found
