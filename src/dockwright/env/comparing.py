"""Two environments beside each other: which names each has, and whether the values are the same, without any value."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from dockwright.env.environments import Environment, model_of
from dockwright.env.schema import schema
from dockwright.env.urls import passwords
from dockwright.errors import DockwrightError, UsageError
from dockwright.facts.placeholders import holds_a_place, is_placeholder, is_stand_in
from dockwright.facts.secret_forms import is_secret
from dockwright.facts.secret_names import holds_credentials
from dockwright.project.env_names import is_example
from dockwright.project.model import Project
from dockwright.syntax import dotenv
from dockwright.text import Site

SAME, DIFFERENT, ONLY_LEFT, ONLY_RIGHT = "same", "different", "only left", "only right"


class Side(Struct, frozen=True):
    """A variable on one side: its place, and its state, which is `set`, `empty` or `placeholder`."""

    at: Site
    state: str


class Row(Struct, frozen=True):
    """A variable on both sides; None where a side lacks it."""

    name: str
    verdict: str
    secret: bool
    left: Side | None
    right: Side | None


class Reused(Struct, frozen=True):
    """One secret value that both sides have: under which name on each side, and where."""

    left_name: str
    right_name: str
    left: Site
    right: Site


class Compared(Struct, frozen=True):
    """Two environments compared. The files are those that were read, examples where the env file is not there."""

    left: Environment
    right: Environment
    left_files: tuple[str, ...]
    right_files: tuple[str, ...]
    rows: tuple[Row, ...]
    reused: tuple[Reused, ...]

    @property
    def differ(self) -> bool:
        """Whether one side has a name that the other one lacks, or production shares a secret with what is none."""
        shared = bool(self.reused) and self.left.production != self.right.production
        return shared or any(row.verdict in (ONLY_LEFT, ONLY_RIGHT) for row in self.rows)


def compare(project: Project, left: Environment, right: Environment) -> Compared:
    """What two environments have; UsageError where one of them has no file and no example."""
    a, b = _Values(project, left), _Values(project, right)
    known = schema(project)
    rows = []
    for name in sorted(a.values.keys() | b.values.keys()):
        sides = a.side(name), b.side(name)
        if sides[0] is None or sides[1] is None:
            verdict = ONLY_LEFT if sides[0] is not None else ONLY_RIGHT
        else:
            verdict = SAME if a.values[name] == b.values[name] else DIFFERENT
        variable = known.get(name)
        secret = is_secret(name) or (variable is not None and variable.secret)
        rows.append(Row(name, verdict, secret, *sides))
    return Compared(left, right, tuple(a.files), tuple(b.files), tuple(rows), _reused(a, b))


class _Values:
    """The values of an environment's files by name, the last one winning, and where each stands."""

    def __init__(self, project: Project, environment: Environment) -> None:
        self.files: dict[str, dotenv.EnvFile] = {}
        for pair in environment.files:
            path = pair.path if pair.path in project.env_files else model_of(project, pair)
            if path is not None:
                self.files[path] = project.env_files[path]
        if not self.files:
            raise UsageError(
                f"{environment.name} has no env file and no example", hint=f"dockwright env create {environment.name}"
            )
        self.values: dict[str, str] = {}
        self.at: dict[str, Site] = {}
        for path, file in self.files.items():
            for name, value in values_of(file, self.values).items():
                entry = file.get(name)
                if entry is not None:
                    self.values[name] = value
                    self.at[name] = Site(path, entry.key_span)

    def side(self, name: str) -> Side | None:
        """A variable as this side has it."""
        if name not in self.values:
            return None
        value = self.values[name]
        place = is_stand_in(value) or (is_placeholder(value) if is_secret(name) else holds_a_place(value))
        return Side(self.at[name], "empty" if not value else "placeholder" if place else "set")

    def secrets(self) -> Mapping[str, str]:
        """The values of its secrets, passwords in URLs among them, to a name each; an example's are none."""
        real = {name: value for name, value in self.values.items() if not is_example(self.at[name].path)}
        found = {value: name for name, value in reversed(real.items()) if is_secret(name) and value}
        for name, password in passwords({name: value for name, value in real.items() if holds_credentials(value)}):
            found.setdefault(password, name)
        return found


def _reused(a: _Values, b: _Values) -> tuple[Reused, ...]:
    left, right = a.secrets(), b.secrets()
    found = [
        Reused(name, right[value], a.at[name], b.at[right[value]]) for value, name in left.items() if value in right
    ]
    # One file that both read is not two uses.
    return tuple(sorted((each for each in found if each.left != each.right), key=lambda each: each.left_name))


def values_of(file: dotenv.EnvFile, earlier: Mapping[str, str] | None = None) -> dict[str, str]:
    """An env file's values as Compose reads them where nothing is set; as they are written where it refuses."""
    try:
        return dotenv.values(file, {}, earlier)
    except DockwrightError:
        return {entry.key: entry.value.text for entry in file.entries if entry.separator is not None}
