"""A secret replaced by a fresh one: every place in its environment's files, and what has to be done besides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from dockwright.env.entries import edit_of, plain
from dockwright.env.environments import EDITOR, Environment, environments
from dockwright.env.filling import Filling, RefusedError, check_value
from dockwright.env.generating import Generator, fresh
from dockwright.env.restarting import Step, steps
from dockwright.env.urls import read, rewritten
from dockwright.errors import UsageError, did_you_mean
from dockwright.facts.connections import connection, named
from dockwright.facts.placeholders import is_placeholder
from dockwright.facts.secret_forms import FERNET_KEY, PASSWORD, encrypts, form, is_secret, signs
from dockwright.project.model import Project
from dockwright.project.service_env_files import readers_of_env_files
from dockwright.project.stacks import Stack
from dockwright.syntax import dotenv
from dockwright.text import Edit, Site, Span, encode, splice

_TELLING = 12  # characters; a shorter value stands in many places by chance


class Changed(Struct, frozen=True):
    """A file with the new value: its whole text, and the URLs in it that were brought in line."""

    path: str
    text: str
    following: tuple[str, ...]


class ChangedSecret(Struct, frozen=True):
    """A file of `secrets:` that held the old value, with its new bytes."""

    path: str
    data: bytes


class Rotated(Struct, frozen=True):
    """What replaces a secret. `also` are other places where the old value is written."""

    name: str
    environment: Environment
    files: tuple[Changed, ...]
    secrets: tuple[ChangedSecret, ...]
    steps: tuple[Step, ...]
    consequences: tuple[str, ...]
    also: tuple[Site, ...]
    old: str
    """The old value, for looking where else it is kept; never to be shown."""


def environment_of(project: Project, name: str) -> Environment:
    """The one environment whose files have a variable; UsageError where there are several, or none."""
    found: dict[frozenset[str], Environment] = {}
    for each in environments(project).values():
        having = frozenset(path for path, file in each.there(project).items() if name in _keys(file))
        # One file that several read is one place: its environment is the one that has the fewest others.
        if having and (having not in found or len(each.files) < len(found[having].files)):
            found[having] = each
    names = sorted({each.name for each in found.values()})
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        hint = f"dockwright env rotate {name} {names[0]}"
        raise UsageError(f"{name} is in several environments: {', '.join(names)}", hint=hint)
    raise UsageError(f"no env file here has {name}", hint=_near(project, name))


def rotate(
    project: Project,
    environment: Environment,
    name: str,
    new: str | None = None,
    *,
    held: Mapping[str, bytes] = {},
    re_encrypted: bool = False,
    generate: Generator = fresh,
) -> Rotated:
    """A fresh value for a secret of an environment, or the value `new`.

    `held` are the bytes of the files that its compose files name as secrets, by path: those that hold the old value
    get the new one.

    An environment that is one file alone says which value is meant; the others of its files follow where they have it.
    Raises UsageError for what no file has, has several values, or is no secret; RefusedError for what somebody else
    gives out where no value is given, for what only repeats another variable, and for a key that stored data are
    encrypted with, unless it was said that they are `re_encrypted`.
    """
    files = {path: file for path, file in environment.there(project).items() if name in _keys(file)}
    if not files:
        raise UsageError(f"no env file of {environment.name} has {name}", hint=_near(project, name))
    filling = Filling(project, environment, {}, generate)
    whole = environments(project).get(environment.name, environment)
    repeated = _Repeated(project, whole)
    filling.old |= repeated.values
    entry = _one(environment, files, name)
    filling.old[name] = plain(entry)
    _check(project, files, entry, filling, re_encrypted=re_encrypted)
    old = plain(entry)
    url = read(old) if "://" in old else None
    if new is not None:
        check_value(name, new, filling.schema, production=environment.production)
        if url is not None and read(new) is None:
            new = rewritten(old, {"password": new})
    elif url is not None:
        new = rewritten(old, {"password": generate(PASSWORD)})
    else:
        made = FERNET_KEY if name in filling.fernet else form(name, old, "")
        if made is None:
            hint = f"make a new one there, then hand it over: dockwright env rotate {name} {environment.name} --stdin"
            raise RefusedError(f"{name} is given out by somebody else, and cannot be made up", hint=hint)
        new = generate(made)
    password = url.password if url is not None else old
    changed = tuple(repeated.changed(name, old, new))
    secrets = tuple(_held(held, password, new if url is None else (read(new) or url).password))
    names = frozenset({name, *repeated.aliases(name, old)}) | {each for file in changed for each in file.following}
    paths = {file.path for file in changed} | {secret.path for secret in secrets}
    stacks = _stacks(project, whole, changed)
    return Rotated(
        name,
        environment,
        changed,
        secrets,
        tuple(step for stack in stacks for step in steps(project, stack, names, paths)),
        _void(name, url is not None),
        tuple(_also(project, password, paths)),
        password,
    )


def _keys(file: dotenv.EnvFile) -> frozenset[str]:
    return frozenset(entry.key for entry in file.entries if entry.separator is not None)


def _near(project: Project, name: str) -> str | None:
    known = {key for each in environments(project).values() for f in each.there(project).values() for key in _keys(f)}
    return did_you_mean(name, sorted(known))


def _check(
    project: Project,
    files: Mapping[str, dotenv.EnvFile],
    entry: dotenv.Entry,
    filling: Filling,
    *,
    re_encrypted: bool,
) -> None:
    name, value = entry.key, plain(entry)
    path = next(iter(files))
    line = project.sources[path].position(entry.key_span.start).line
    if entry.uses:
        other = entry.uses[0].name
        raise RefusedError(
            f"{name} takes its value from {other}", path=path, line=line, hint=f"dockwright env rotate {other}"
        )
    url = read(value) if "://" in value else None
    if url is not None and url.password:
        same = [
            each
            for each, text in filling.old.items()
            if each != name and text == url.password and filling.is_secret(each)
        ]
        if same:
            hint = f"dockwright env rotate {same[0]} {filling.environment.name} changes both"
            raise RefusedError(f"the password in {name} is that of {same[0]}", path=path, line=line, hint=hint)
    elif not filling.is_secret(name):
        raise UsageError(f"{name} is no secret by its name", path=path, line=line, hint="edit it in its file")
    if encrypts(name) and value and not is_placeholder(value) and not re_encrypted:
        raise RefusedError(
            f"{name} encrypts what is stored: without it the data are lost",
            path=path,
            line=line,
            hint="let the program read both keys (MultiFernet([new, old])), have it write everything anew "
            "(MultiFernet.rotate), then run this with --re-encrypted",
        )


def _one(environment: Environment, files: Mapping[str, dotenv.EnvFile], name: str) -> dotenv.Entry:
    """The entry that is meant; UsageError where files have several values for one name: two services' passwords."""
    found = {path: entry for path, file in files.items() if (entry := file.get(name)) is not None}
    if len({plain(entry) for entry in found.values()}) > 1:
        path = next(iter(found))
        raise UsageError(
            f"{name} has several values in {environment.name}: {', '.join(found)}",
            hint=f"name the file: dockwright env rotate {name} {path}",
        )
    return next(iter(found.values()))


class _Repeated:
    """Where an environment's files repeat a value."""

    def __init__(self, project: Project, environment: Environment) -> None:
        self.files = environment.there(project)
        self.values = {
            entry.key: plain(entry)
            for file in self.files.values()
            for entry in file.entries
            if entry.separator is not None
        }

    def aliases(self, name: str, old: str) -> frozenset[str]:
        """Other variables with the same value, for the same service's password or by more than chance."""
        kinds = _kinds(name)
        return frozenset(
            entry.key
            for file in self.files.values()
            for entry in file.entries
            if old and entry.key != name and plain(entry) == old and "://" not in old
            if kinds & _kinds(entry.key) or (_is_telling(old) and is_secret(entry.key))
        )

    def changed(self, name: str, old: str, new: str) -> Iterator[Changed]:
        """The files with the new value wherever the old one was; it is gone from their comments, too."""
        names = {name, *self.aliases(name, old)}
        for path, file in self.files.items():
            edits: list[Edit] = []
            following = []
            for entry in file.entries:
                if entry.separator is None:
                    continue
                if entry.key in names and plain(entry) == old:
                    edits.append(edit_of(file, entry, new))
                elif _has_password(entry, old, name):
                    edits.append(edit_of(file, entry, rewritten(plain(entry), {"password": new})))
                    following.append(entry.key)
            if not edits:
                continue
            for entry in file.commented:
                if _is_telling(old) and old in entry.value.text:
                    edits.append(Edit(path, entry.value_span, ""))
            yield Changed(path, splice(file.source.text, edits), tuple(following))


def _kinds(name: str) -> frozenset[str]:
    return frozenset(each.title for each in named(name, "password"))


def _has_password(entry: dotenv.Entry, password: str, name: str) -> bool:
    """Whether a URL holds the password of a variable: the same one, and for the same service unless it is telling."""
    url = read(plain(entry)) if password and "://" in entry.value.text and not entry.uses else None
    if url is None or url.password != password:
        return False
    reached, kinds = connection(url.scheme), _kinds(name)
    return _is_telling(password) or reached is None or not kinds or reached.title in kinds


def _is_telling(value: str) -> bool:
    """Whether two places that have a value have it by more than chance."""
    return len(value) >= _TELLING and not is_placeholder(value)


def _held(held: Mapping[str, bytes], old: str, new: str) -> Iterator[ChangedSecret]:
    """The secrets' files that hold a value, with the new one; a line ending behind it stays."""
    for path, data in held.items():
        if old and data.rstrip(b"\r\n") == encode(old):
            yield ChangedSecret(path, encode(new) + data[len(data.rstrip(b"\r\n")) :])


def _also(project: Project, old: str, changed: set[str]) -> Iterator[Site]:
    """Where else the old value is written, in this project's files."""
    if not _is_telling(old):
        return
    for path, source in project.sources.items():
        at = -1 if path in changed else source.text.find(old)
        if at >= 0:
            yield Site(path, Span(at, at + len(old)))


def _stacks(project: Project, environment: Environment, changed: Iterable[Changed]) -> Iterable[Stack]:
    """The environment's stacks, and any other that reads one of the files; the editor's starts in its own way."""
    readers = readers_of_env_files(project)
    others = (stack for file in changed for stack in readers.get(file.path, ()) if stack.name != EDITOR)
    return dict.fromkeys((*environment.stacks, *others))


def _void(name: str, in_url: bool) -> tuple[str, ...]:
    """What becomes void with the old value."""
    if in_url:
        return ("the server behind the URL has to know the new password as well",)
    if signs(name):
        return (
            "sessions and tokens that the old key has signed are void: everybody logs in again. Django takes the old "
            "one for a while in SECRET_KEY_FALLBACKS",
        )
    if encrypts(name):
        return ("what the old key has encrypted can be read no more",)
    return ()
