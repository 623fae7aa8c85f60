"""Loading: a call of Compose and the model that it comes to.

`unresolved` is what `docker compose config --no-interpolate --no-env-resolution --format json` prints, and `resolved`
what `docker compose config --format json` does; paths below the root are written `./…`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from posixpath import basename
from typing import Any

from msgspec import Struct

from dockwright.project.loader import typed
from dockwright.project.loader.assembly import Assembly, Scope, dirname_of, joined_if_relative
from dockwright.project.loader.environment import project_variables
from dockwright.project.loader.files import ROOT, Files, anchored, shown
from dockwright.project.loader.merging import with_nulls
from dockwright.project.loader.normal import normalised
from dockwright.project.loader.refusal import LoadError, Place
from dockwright.project.loader.variables import text
from dockwright.project.loader.written import Moment
from dockwright.syntax import yaml
from dockwright.text import Site

_NOT_IN_NAMES = re.compile(r"[^a-z0-9_-]")


class Call(Struct, frozen=True):
    """What `docker compose` is called with: paths below the root, in the order of the command line.

    Without a `project_directory` it is the first file's folder, without `profiles` those of COMPOSE_PROFILES count.
    """

    files: tuple[str, ...]
    env_files: tuple[str, ...] = ()
    project_directory: str | None = None
    project_name: str | None = None
    profiles: tuple[str, ...] = ("*",)


def unresolved(files: Files, call: Call, environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A stack's model with its variables as they are written. Raises LoadError where Compose refuses."""
    try:
        model, _ = _model(files, call, environ or {}, interpolates=False)
    except LoadError as error:
        raise _located(error, files, call) from None
    found: dict[str, Any] = _shown(with_nulls(model))
    return found


def resolved(files: Files, call: Call, environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A stack's model with the values of its variables and env files. Raises LoadError where Compose refuses."""
    try:
        model, variables = _model(files, call, environ or {}, interpolates=True)
        profiles = call.profiles or tuple(map(str.strip, variables.get("COMPOSE_PROFILES", "").split(",")))
        project = typed.project(model, files, variables, profiles)
    except LoadError as error:
        raise _located(error, files, call) from None
    found: dict[str, Any] = _escaped(project)
    return found


def normal_name(written: str) -> str:
    """A text as Compose makes a project's name of it: lower case, `[a-z0-9_-]`, no leading `_` or `-`."""
    return _NOT_IN_NAMES.sub("", written.lower()).lstrip("_-")


def _model(
    files: Files, call: Call, environ: Mapping[str, str], *, interpolates: bool
) -> tuple[dict[str, Any], Mapping[str, str]]:
    if not call.files:
        raise LoadError("no compose file specified")
    paths = tuple(joined_if_relative(ROOT, path) for path in call.files)
    given = call.project_directory
    directory = dirname_of(paths[0]) if given is None else given if given.startswith("/") else anchored(given)
    env_files = tuple(joined_if_relative(ROOT, path) for path in call.env_files)
    variables = project_variables(files, environ, env_files, directory)
    name = _project_name(files, call, paths, directory, variables, interpolates=interpolates)
    # Without interpolation Compose looks nothing up but the project's name, and what included files bring.
    variables = {**(variables if interpolates else {}), "COMPOSE_PROJECT_NAME": name}
    model = Assembly(files, interpolates=interpolates).model(paths, directory, Scope(directory, variables), ())
    if not model:
        raise LoadError("empty compose file")
    if not name:
        raise LoadError("project name must not be empty")
    model["name"] = name
    return normalised(model, variables), variables


def _project_name(
    files: Files,
    call: Call,
    paths: tuple[str, ...],
    directory: str,
    variables: Mapping[str, str],
    *,
    interpolates: bool,
) -> str:
    """The project's name: the option's, COMPOSE_PROJECT_NAME's, the last `name:`, or the folder's."""
    given = call.project_name or variables.get("COMPOSE_PROJECT_NAME")
    if given:
        if normal_name(given) != given:
            message = "must consist only of lowercase alphanumeric characters, hyphens, and underscores"
            raise LoadError(f'invalid project name "{given}": {message} as well as start with a letter or number')
        return given
    written = ""
    for path in paths:
        tree = files.yaml(path)
        for root in () if tree is None else tree.documents:
            node = yaml.resolve(root.get("name")) if root is not None else None
            if isinstance(node, yaml.Scalar) and node.python() is not None:
                written = node.value or written
    if written:
        return normal_name(text(written, variables, ("name",)) if interpolates else written)
    inner = directory.removeprefix("\0")
    return normal_name(files.root_name if inner == "." else basename(inner))


def _located(error: LoadError, files: Files, call: Call) -> LoadError:
    """The error with its place in the last file that writes it, paths as people know them."""
    error.message = error.message.replace("\0", "./")
    error.args = (error.message,)
    if error.path is not None or not error.place:
        return error
    for path in reversed(call.files):
        tree = files.yaml(path)
        found = None if tree is None else _deepest(tree, error.place)
        if tree is not None and found is not None:
            source = tree.source
            error.at = Site(source.path, found.span)
            error.path, error.line = source.path, source.position(found.span.start).line
            return error
    return error


def _deepest(tree: yaml.YamlFile, place: Place) -> yaml.Node | None:
    """The node that stands at a place, or where the way to it ends: at least a service's or a resource's."""
    node, found = yaml.resolve(tree.root), None
    for depth, key in enumerate(place):
        if isinstance(node, yaml.Mapping):
            item = node.item(key)
            below: yaml.Node | None = node.get(key)
            key_node = None if item is None else item.key
        else:
            below = node.items[int(key)] if isinstance(node, yaml.Sequence) and _is_index(key, node) else None
            key_node = below
        if below is None:
            return found
        node = yaml.resolve(below)
        if depth > 0 or len(place) == 1:
            found = key_node or node
    return found


def _is_index(key: str, node: yaml.Sequence) -> bool:
    return key.isdigit() and int(key) < len(node.items)


def _shown(value: Any) -> Any:
    """A value with its paths as people know them."""
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, dict):
        return {key: _shown(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_shown(inner) for inner in value]
    return value.text if isinstance(value, Moment) else value


def _escaped(value: Any) -> Any:
    """The same with each `$` doubled, so that what is printed could be read again."""
    if isinstance(value, str):
        return shown(value).replace("$", "$$")
    if isinstance(value, dict):
        return {key.replace("$", "$$"): _escaped(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_escaped(inner) for inner in value]
    return value.text if isinstance(value, Moment) else value
