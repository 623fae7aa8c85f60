"""Calls: the commands of one text that install from former manifests or use what they installed, and uv's for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from posixpath import basename, normpath, relpath

from msgspec import Struct

from dockwright.facts.uv_equals import INSTALLERS, INSTALLS, OF_PIP, OTHERS, SEEDS, WITHOUT_OPTIONS, Equal
from dockwright.project.modules import ancestors
from dockwright.project.references import is_relative, join
from dockwright.project.requirements import requirement
from dockwright.project.surroundings import Surroundings
from dockwright.refactor.packaging.former import Former
from dockwright.syntax import shell
from dockwright.text import Mapped, Site, Span, lazy_regex

_PYTHON = lazy_regex(r"(?:python|pypy)[\d.]*")
_PIP = lazy_regex(r"pip[\d.]*")
_ACTIVATE = lazy_regex(r"(?:^|/)([\w.-]+)/(?:bin|Scripts)/activate(?:\.\w+)?$")

UV_ENVIRONMENT = ".venv"
"""The environment beside `pyproject.toml` that uv makes and uses by itself."""


class Call(Struct, frozen=True):
    """One command of a text, as it is read with `python -m pip` as `pip`.

    `words` are the values, None where only the shell knows one; `head` is how many written words `words[0]` stands
    for. `environment` is the activated virtual environment's folder, None where none is.
    """

    path: str
    simple: shell.Simple
    words: tuple[str | None, ...]
    head: int
    cwd: str | None
    environment: str | None
    own_program: bool

    @property
    def at(self) -> Site:
        """Where it stands."""
        return Site(self.path, self.simple.span)

    def place(self, first: int, last: int) -> Span:
        """The place of the written words from `first` to `last`, both included."""
        return Span(self.simple.words[first].span.start, self.simple.words[last].span.end)

    def is_written(self, text: str, count: int) -> bool:
        """Whether its first words stand in the file to the letter, so that they can be replaced."""
        return all(text[word.span.start : word.span.end] == word.text for word in self.simple.words[:count])


class Wish(Struct, frozen=True):
    """What becomes of a call.

    `kind` is `install` (into what `needs` names, by `uv sync` with `options`), `replace` (the words up to `until` by
    `text`), `drop`, `tool` (it installs a package manager), `seed` (it installs what pip itself needs), `pip` (any
    other command of pip), or `keep`, for `reason`.
    """

    kind: str
    call: Call
    former: Former | None = None
    needs: frozenset[str] = frozenset()
    options: tuple[str, ...] = ()
    text: str = ""
    until: int = 0
    reason: str = ""


def calls(path: str, mapped: Mapped, cwd: str, opaque: Mapping[int, int] = {}) -> Iterator[Call]:
    """The commands of a shell text that runs in the folder `cwd`, with where each one runs."""
    where = Surroundings(path, cwd)
    environment: str | None = None
    for written in shell.parse(mapped, opaque).commands:
        where.follow_subshells(written)
        simple = shell.unwrap(written)
        if not simple.words:
            continue
        name = simple.name
        if name in ("cd", "pushd", "popd"):
            where.change_folder(name, list(simple.words))
        elif name in (".", "source") and len(simple.words) > 1:
            match = _ACTIVATE.search(simple.words[1].value or "")
            environment = match[1] if match else environment
        elif name == "deactivate":
            environment = None
        words, head = _plain(tuple(word.value for word in simple.words))
        yield Call(path, simple, words, head, where.cwd, environment, written.name == "sudo")


def _plain(words: tuple[str | None, ...]) -> tuple[tuple[str | None, ...], int]:
    name = basename(words[0] or "")
    if _PYTHON.fullmatch(name) and words[1:2] == ("-m",) and len(words) > 2 and words[2] in ("pip", "pipenv", "poetry"):
        return words[2:], 3
    if _PIP.fullmatch(name):
        return ("pip", *words[1:]), 1
    return (name, *words[1:]), 1


def wish(call: Call, all_former: tuple[Former, ...]) -> Wish | None:
    """What becomes of a call; None where it has nothing to do with packages."""
    for head, equal in INSTALLS.items():
        if call.words[: len(head)] == head:
            return _install(call, len(head), equal, all_former)
    for head, becomes in OTHERS.items():
        if call.words[: len(head)] == head:
            owner = _managed(call, all_former, head[0])
            if owner is None:
                return None
            if becomes is None:
                return Wish("drop", call, owner)
            if call.words[len(head) :][:1] == ("pip",):
                return Wish("keep", call, owner, reason="there is no pip in an environment that uv has made")
            return Wish("replace", call, owner, text=becomes, until=call.head + len(head) - 2)
    program, action = (*call.words, None)[:2]
    owner = _managed(call, all_former, program)
    if program in INSTALLERS and action is not None and owner is not None:
        plain = WITHOUT_OPTIONS.get((program, action))
        named = call.words[2:]
        if plain is None or any((word or "-").startswith("-") for word in named) or (named and " --" in plain):
            return Wish("keep", call, owner, reason=f"`{program} {action}` has no equal")
        return Wish("replace", call, owner, text=plain, until=call.head)
    if call.words[:2] == ("pipx", "install") and call.words[2:] and _names(call.words[2:]) <= INSTALLERS:
        return Wish("tool", call)
    if call.words[0] == "pip":
        return Wish("pip", call)
    return None


def _managed(call: Call, all_former: tuple[Former, ...], manager: str | None) -> Former | None:
    """The folder whose Poetry or Pipenv a call means."""
    manifest = "poetry.lock" if manager == "poetry" else "Pipfile"
    if call.cwd is None:
        return None
    for folder in (call.cwd, *ancestors(call.cwd)):
        for each in all_former:
            if join(folder, manifest) in each.manifests:
                return each
    return None


def _names(words: tuple[str | None, ...]) -> set[str]:
    found = set()
    for word in words:
        if word is None or not word.startswith("-"):
            asked = None if word is None else requirement(word)
            found.add(asked.name if asked is not None and asked.origin == "index" else "?")
    return found or {"?"}


def _install(call: Call, at: int, equal: Equal, all_former: tuple[Former, ...]) -> Wish | None:
    values = equal.lists | {"--with", "--without", "--only", "-E", "--extras", "--progress-bar", "--root-user-action"}
    lists: list[str | None] = []
    options: dict[str, None] = {}
    operands: list[str | None] = []
    less = more = False
    odd: list[str] = []
    for name, value, word in shell.options(call.simple.words[call.head + at - 1 :], frozenset(values)):
        if name is None:
            operands.append(word.value)
            continue
        given = None if value is None else value.value
        if name in equal.lists:
            lists.append(given)
        elif name in equal.less and _groups(given) <= equal.less[name]:
            less = True
        elif name in equal.more and _groups(given) <= equal.more[name]:
            more = True
        elif name in equal.options:
            options[equal.options[name]] = None
        else:
            odd.append(name)
    if call.words[:3] == ("uv", "pip", "sync"):
        lists, operands = [*lists, *operands], []
    if not equal.manifest and not lists:
        return _bare(call, operands, odd)
    owner, missing = _owner(call, lists, equal, all_former)
    if owner is None:
        return None if missing else Wish("pip", call)
    extra = [each for each in operands if not (each in (".", "./") and owner.is_package)]
    if missing:
        return Wish("keep", call, owner, reason="the lock does not hold all of the lists that it names")
    if odd:
        return Wish("keep", call, owner, reason=f"`uv sync` has no {odd[0]}")
    if extra:
        return Wish("keep", call, owner, reason=f"it installs {extra[0] or 'something else'}, too")
    if call.own_program:
        return Wish("keep", call, owner, reason="it installs for the whole machine")
    if "/" in (call.simple.words[0].value or "") and not _in_uv_environment(call, owner):
        return Wish("keep", call, owner, reason="it installs into an environment of its own")
    if equal.manifest:
        development = (equal.development or more) and not less
        needs = owner.locked if development else owner.at_run_time
    else:
        needs = frozenset().union(*(owner.manifests[path] for path in _paths(call, lists)))
    return Wish("install", call, owner, needs, tuple(each for each in options if each))


def _groups(value: str | None) -> frozenset[str]:
    return frozenset() if value is None else frozenset(value.split(","))


def _bare(call: Call, operands: list[str | None], odd: list[str]) -> Wish:
    """`pip install` without a list."""
    names = _names(tuple(operands))
    if names <= SEEDS and not odd:
        return Wish("seed", call)
    if names <= INSTALLERS | SEEDS and not odd:
        return Wish("tool", call)
    return Wish("pip", call)


def _paths(call: Call, lists: list[str | None]) -> Iterator[str]:
    for each in lists:
        if each is not None and call.cwd is not None and is_relative(each):
            yield join(call.cwd, each)


def _owner(
    call: Call, lists: list[str | None], equal: Equal, all_former: tuple[Former, ...]
) -> tuple[Former | None, bool]:
    """The folder whose manifests a call installs from, and whether it names others as well."""
    if equal.manifest:
        return _managed(call, all_former, call.words[0]), False
    paths = list(_paths(call, lists))
    for each in all_former:
        known = [path in each.manifests for path in paths]
        if any(known):
            return each, not all(known) or len(paths) < len(lists)
    return None, False


def _in_uv_environment(call: Call, owner: Former) -> bool:
    program = call.simple.words[0].value or ""
    place = normpath(join(call.cwd or "", program))
    return place.startswith(join(owner.folder, UV_ENVIRONMENT) + "/")


def sync(each: Wish, owner: Former, needs: frozenset[str], *, active: bool = True) -> str:
    """The `uv sync` that installs what `needs` names, as this call has to write it."""
    call = each.call
    words = ["uv sync --locked"]
    if needs <= owner.at_run_time:
        words.append("--no-dev" if owner.groups <= {"dev"} else "--no-default-groups")
    if active and call.environment is not None and call.environment != UV_ENVIRONMENT:
        words.append("--active")
    inside = owner.folder in (call.cwd, *ancestors(call.cwd or ""))
    if call.cwd is not None and not inside:
        words.append(f"--project {relpath(owner.folder or '.', call.cwd or '.')}")
    return " ".join([*words, *each.options])


def pip_of_uv(each: Wish) -> bool:
    """Whether `uv pip` has this command of pip, with the options that it has."""
    words = each.call.words
    foreign = {"--user", "--target", "-t", "--prefix", "--root", "--src", "--use-pep517", "--no-use-pep517"}
    return len(words) > 1 and words[1] in OF_PIP and not foreign & {word or "" for word in words}
