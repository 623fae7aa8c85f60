"""The settings of a project: `dockwright.toml`, or `[tool.dockwright]` in `pyproject.toml`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta, Struct, ValidationError, convert

from dockwright.errors import UsageError, did_you_mean
from dockwright.finding import SEVERITIES, Severity
from dockwright.syntax import toml
from dockwright.text import Source, lazy_regex

OWN_FILE = "dockwright.toml"
SHARED_FILE = "pyproject.toml"

Threshold: TypeAlias = Severity | Literal["never"]
Names: TypeAlias = tuple[str, ...]


class Settings(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """What a project says of its audits. Every key may be left out; the command line beats the file.

    Rules are given by code (`DW101`), by the beginning of codes (`DW1`) or by name (`runs-as-root`). Paths are
    patterns as in a `.gitignore` at the project's root.
    """

    select: Annotated[Names, Meta(description="The rules to run: codes, beginnings of codes, or names.")] = ()
    ignore: Annotated[Names, Meta(description="The rules to leave out; beats `select`.")] = ()
    fail_on: Annotated[
        Threshold, Meta(description="The least severity that makes the exit code of `dockwright audit` 1.")
    ] = "warning"
    unsafe_fixes: Annotated[
        bool, Meta(description="Whether `plan` and `apply` make fixes that guess about the application, too.")
    ] = False
    per_file_ignores: Annotated[
        Mapping[str, Names], Meta(description="The rules to leave out in the files that a pattern matches.")
    ] = {}
    exclude: Annotated[
        Names, Meta(description="Files that are neither read nor changed. Paths that lead to them still count as good.")
    ] = ()


class Configured(Struct, frozen=True):
    """Settings, and the file they were read from, None where there is none. `table` is where they stand in it."""

    settings: Settings = Settings()
    file: toml.TomlFile | None = None
    table: tuple[str, ...] = ()

    def line(self, *path: str | int) -> int | None:
        """The line where a setting, or an element of one, stands."""
        if self.file is None:
            return None
        keys = tuple(step for step in (*self.table, *path) if isinstance(step, str))
        span = self.file.span_of(*self.table, *path) or self.file.place(*keys)
        return None if span is None else self.file.source.position(span.start).line

    def wrong(self, message: str, *path: str | int, hint: str | None = None) -> UsageError:
        """The error for a setting, with its place."""
        name = None if self.file is None else self.file.source.path
        return UsageError(message, path=name, line=self.line(*path), hint=hint)


def read(sources: Iterable[Source | None]) -> Configured:
    """The settings in these files, of which `dockwright.toml` is one and `pyproject.toml` another, if they are there.

    Raises UsageError for a file that is not TOML, for a setting that does not exist or has the wrong type, and
    where both files hold settings.
    """
    found: list[tuple[Configured, Any]] = []
    for source in sources:
        # TOML is slow to read: a file that does not even name dockwright holds no settings.
        if source is None or (source.path != OWN_FILE and "dockwright" not in source.text):
            continue
        file = toml.parse(source)
        table = () if source.path == OWN_FILE else ("tool", "dockwright")
        for problem in file.problems:
            line = source.position(problem.span.start).line
            raise UsageError(f"not TOML: {problem.message}", path=source.path, line=line)
        if data := file.get(*table):
            found.append((Configured(file=file, table=table), data))
    if len(found) > 1:
        raise found[1][0].wrong(
            f"both {OWN_FILE} and {SHARED_FILE} hold settings", hint=f"keep those of {OWN_FILE}, and delete this table"
        )
    return _checked(*found[0]) if found else Configured()


def _checked(configured: Configured, data: Any) -> Configured:
    """The same with its settings, once what the file says is known to be right."""
    if not isinstance(data, Mapping):
        raise configured.wrong("the settings have to be a table")
    for key in data:
        if key not in Settings.__struct_encode_fields__:
            known = Settings.__struct_encode_fields__
            hint = did_you_mean(key, known) or f"there are {', '.join(known)}"
            raise configured.wrong(f"no setting is called {key}", key, hint=hint)
    try:
        settings = convert(data, Settings)
    except ValidationError as error:
        message, place = _in_words(str(error), data)
        raise configured.wrong(message, *place) from error
    return Configured(settings, configured.file, configured.table)


_AT = lazy_regex(r" - at `(?:key in )?\$(?P<path>[^`]*)`\Z")
_STEP = lazy_regex(r"\.([\w-]+)|\[(\d+|\.\.\.)\]")
_TYPES = {"str": "a text", "array": "a list of texts", "bool": "true or false", "object": "a table", "int": "a number"}
_EXPECTED = lazy_regex(r"Expected `(\w+)`, got `(\w+)`")


def _in_words(message: str, data: Mapping[str, object]) -> tuple[str, Sequence[str | int]]:
    """What msgspec found wrong, and where. Of a table with any keys it names none: the first that is wrong is meant."""
    at = _AT.search(message)
    steps: list[str | int] = []
    for name, index in _STEP.findall(at["path"] if at else ""):
        if index == "...":
            table = data.get(str(steps[-1]))
            keys = [key for key, value in table.items() if not _texts(value)] if isinstance(table, Mapping) else []
            steps += keys[:1]
        else:
            steps.append(name or int(index))
    words = message[: at.start()] if at else message
    expected = _EXPECTED.fullmatch(words)
    if expected is not None:
        words = f"{_TYPES.get(expected[1], expected[1])} is expected, not {_TYPES.get(expected[2], expected[2])}"
    elif words.startswith("Invalid enum value"):
        written = words.removeprefix("Invalid enum value ").strip("'")
        words = f"{written} is none of {', '.join((*SEVERITIES, 'never'))}"
    key = ".".join(step for step in steps if isinstance(step, str))
    return f"{key}: {words}" if key else words, steps


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(element, str) for element in value)
