"""Units: a RUN's commands, each told by what it is for, as far as a table knows it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import basename
from typing import Literal, TypeAlias

from msgspec import Struct

from dockwright.project.runs import PackageCall, Step
from dockwright.syntax import shell

Purpose: TypeAlias = Literal[
    "install", "clean", "python", "user", "owner", "folder", "mode", "endings", "silent", "other"
]

_SILENT = frozenset({"set", "echo", "true", ":", "printf", "[", "[[", "test", "if"})
_USER = frozenset({"groupadd", "useradd", "addgroup", "adduser", "usermod", "groupmod", "passwd"})
_PYTHON_TOOLS = frozenset(
    {"pip", "pip3", "poetry", "pipenv", "pdm", "uv", "virtualenv", "pip-compile", "pip-sync", "hatch"}
)
_OF_TOOLS = frozenset({
    "install", "sync", "config", "export", "venv", "lock", "wheel", "download", "check", "freeze", "list", "env",
    "cache", "self", "update", "upgrade", "requirements", "debug", "--version", "-V", "pip", "show", "uninstall",
    "python", "add", "clear",
})  # fmt: skip
_POETRY_SCRIPT = ("install.python-poetry.org", "get-poetry.py", "astral.sh/uv", "bootstrap.pypa.io")
_CACHES = re.compile(
    r"[\"']?(?:/var/lib/apt|/var/cache|/var/log|/tmp|/var/tmp|/root/\.cache|~/\.cache|/usr/share/(?:doc|man)|/var/apt)\b.*"
)
_CARRIAGE = re.compile(r"s/\\r(?:\$|\\\$)?//g?")
# Options with which an installation is no plain one: it comes from another suite or repository.
_ELSEWHERE = frozenset({"-t", "--target-release", "-X", "--repository", "--allow-untrusted", "-o", "--root", "-p"})


class Unit(Struct, frozen=True):
    """Commands of a RUN that belong together: one, or those of a pipe.

    `text` is what the shell reads, on one line. `call` is what a package manager is told by a unit that installs, and
    `packages` are those that it installs or removes.
    """

    purpose: Purpose
    text: str
    simples: tuple[shell.Simple, ...]
    call: PackageCall | None = None
    packages: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The words of its only command, without those that expand to something else."""
        return tuple(word.value or word.text for word in self.simples[0].words)


def units(step: Step) -> tuple[Unit, ...] | None:
    """The units of a RUN in their order; None where its commands stand in `if`, `for` and the like and are not known.

    The units of a compound command whose every command is known for what it is are given like plain ones.
    """
    calls = {id(call.simple): call for call in step.packages}
    lists = _lists(step, calls)
    groups: list[list[shell.Simple]] = []
    for simple in step.commands:
        if simple.nested:
            continue
        if groups and (simple.operator in ("|", "|&", "||")):
            groups[-1].append(simple)
        else:
            groups.append([simple])
    found = tuple(_unit(group, calls, lists) for group in groups)
    compound = any(simple.enclosing for group in groups for simple in group)
    return None if compound and any(unit.purpose == "other" for unit in found) else found


def _lists(step: Step, calls: dict[int, PackageCall]) -> dict[str, tuple[str, ...]]:
    """The variables of a RUN that only hold the names of packages: `BUILD_DEPS="gcc make"`, by name."""
    found: dict[str, tuple[str, ...]] = {}
    for simple in step.commands:
        if not simple.words and not simple.enclosing:
            found.update({each.name: tuple(each.word.value.split()) for each in simple.assignments if each.word.value})
    others = [simple.text for simple in step.commands if id(simple) not in calls and simple.words]
    return {
        name: words
        for name, words in found.items()
        if not any(f"${name}" in text or f"${{{name}" in text for text in others)
    }


def _packages(call: PackageCall, lists: dict[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    """The packages of a call, lists of them filled in; None where one is not known."""
    found: list[str] = []
    for word in call.packages:
        if word.value is not None:
            found.append(word.value)
        elif (name := word.text.strip('"${}')) in lists:
            found += lists[name]
        elif not _is_remark(word):
            return None
    return tuple(found)


def _unit(group: list[shell.Simple], calls: dict[int, PackageCall], lists: dict[str, tuple[str, ...]]) -> Unit:
    text = group[0].mapped.text[group[0].start : group[-1].end]
    text = " ".join(text.split("\n")) if "<<" not in text else text
    made = [_purpose(simple, calls, lists) for simple in group]
    call = next((calls[id(simple)] for simple in group if id(simple) in calls), None)
    packages = (_packages(call, lists) if call is not None else None) or ()
    if len(group) > 1:
        if any(name in text for name in _POETRY_SCRIPT):
            return Unit("python", text, tuple(group))
        # What may fail, `rm x || true`, is what it is when it does not.
        harmless = group[-1].operator == "||" and made[-1] == "silent"
        return Unit(made[0] if harmless and len(group) == 2 else "other", text, tuple(group), call, packages)
    return Unit(made[0], text, tuple(group), call, packages)


def _purpose(simple: shell.Simple, calls: dict[int, PackageCall], lists: dict[str, tuple[str, ...]]) -> Purpose:
    call = calls.get(id(simple))
    if call is not None and call.manager.system:
        if call.verb == "install":
            apk = call.manager.name == "apk"
            elsewhere = call.options & _ELSEWHERE - ({"-t"} if apk else set())
            plain = call.sure and not elsewhere and call.manager.name in ("apt-get", "apk")
            known = _packages(call, lists) is not None
            return "install" if plain and known else "other"
        return "clean" if call.verb in ("refresh", "clean", "remove") else "other"
    if not simple.words:
        return "silent" if all(each.name in lists for each in simple.assignments) else "other"
    words = [word.value or word.text for word in simple.words]
    name = basename(words[0])
    if name in _SILENT and not any(redirect.operator in (">", ">>") for redirect in simple.redirects):
        return "silent"
    if name in ("apt-get", "apt", "apk", "apt-mark"):
        return "clean" if {"autoremove", "remove", "purge", "clean", "del", "autoclean"} & set(words[1:4]) else "other"
    if name in ("export", ".", "source"):
        quiet = all(word.startswith(("DEBIAN_FRONTEND", "PIP_", "POETRY_")) for word in words[1:])
        return "silent" if (name == "export" and quiet) or words[-1].endswith("bin/activate") else "other"
    if name in ("rm", "find"):
        targets = [word for word in words[1:] if not word.startswith("-")]
        cached = all(
            _CACHES.match(word) or word.endswith(("requirements.txt", "/wheels", "/wheels/*")) for word in targets
        )
        return "clean" if name == "rm" and targets and cached else "other"
    if name in _USER:
        return "user"
    if name == "chown":
        return "owner"
    if name in ("mkdir", "install"):
        return "folder" if name == "mkdir" or {"-d", "--directory"} & set(words) else "other"
    if name == "chmod" and "-R" in words:
        # What belongs to the user needs no wider rights.
        return "owner"
    if name == "chmod":
        return (
            "mode"
            if any("x" in word or word in ("755", "0755", "775", "777", "744") for word in words[1:2])
            else "other"
        )
    if name == "sed" and any(_CARRIAGE.fullmatch(word) for word in words):
        return "endings"
    if name == "dos2unix":
        return "endings"
    return "python" if _is_python_tool(words) else "other"


def _is_remark(word: shell.Word) -> bool:
    """Whether a word is a comment inside a command, as a substitution that runs nothing."""
    return word.text.startswith("`#")


def packages_of(unit: Unit) -> tuple[str, ...]:
    """The packages that a unit installs, as written."""
    return unit.packages if unit.purpose == "install" else ()


def _is_python_tool(words: list[str]) -> bool:
    name = re.sub(r"[\d.]+$", "", basename(words[0]))
    if name == "python" and len(words) > 2 and words[1][:2] == "-m":
        words = [words[1][2:], *words[2:]] if words[1] != "-m" else words[2:]
        name = words[0]
        if name == "venv":
            return True
    if name == "poetry" and words[1:2] == ["run"]:
        return words[2:4] == ["pip", "install"]
    return name in _PYTHON_TOOLS and len(words) > 1 and any(word in _OF_TOOLS for word in words[1:3])


def removed_later(found: tuple[Unit, ...]) -> frozenset[str]:
    """The packages and virtual packages that a RUN takes away again."""
    removing = [
        unit
        for unit in found
        if unit.purpose == "clean" and {"purge", "remove", "del", "autoremove"} & set(unit.words[1:4])
    ]
    return frozenset(word for unit in removing for word in (*unit.words[2:], *unit.packages))


def virtual_names(call: PackageCall) -> Iterator[str]:
    """The names that `apk add --virtual` gives to what it installs."""
    words = [word.value or "" for word in call.simple.words]
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word in ("-t", "--virtual"):
            yield following
        elif word.startswith("--virtual="):
            yield word.partition("=")[2]
