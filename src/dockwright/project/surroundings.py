"""Surroundings: the folder that a shell is in and the variables that it has set, as far as its text tells."""

from __future__ import annotations

from posixpath import dirname
from typing import Generic, TypeVar

from dockwright.project.references import is_relative, join
from dockwright.syntax import shell
from dockwright.text import Mapped, lazy_regex

# What stands for a folder before a path, without the signs around it: the folder that the command runs in, and the
# repository's root.
_HERE = frozenset({"PWD", "CURDIR", "pwd", "pwd -P", "shell pwd"})
_TOP = frozenset(
    {
        "GITHUB_WORKSPACE",
        "github.workspace",
        "CI_PROJECT_DIR",
        "BUILD_SOURCESDIRECTORY",
        "WORKSPACE",
        "REPO_ROOT",
        "PROJECT_ROOT",
        "ROOT_DIR",
        "ROOT",
        "workspaceFolder",
        "localWorkspaceFolder",
        "git rev-parse --show-toplevel",
        "shell git rev-parse --show-toplevel",
    }
)
_OWN_PATH = frozenset({"$0", "${0}", "$BASH_SOURCE", "${BASH_SOURCE}", "${BASH_SOURCE[0]}", "${BASH_SOURCE[0]:-$0}"})
_OWN_FOLDER = frozenset(
    {
        "${{ github.action_path }}",
        "$GITHUB_ACTION_PATH",
        "${GITHUB_ACTION_PATH}",
        "${0%/*}",
        "${BASH_SOURCE%/*}",
        "${BASH_SOURCE[0]%/*}",
        "%~dp0",
    }
)

State = TypeVar("State")

_SUBSHELLS = frozenset({"(", "$(", "`", "<(", ">("})
CALL = lazy_regex(r"(?:docker[ -]|podman[ -])compose(?![\w.-])")
"""The beginning of a text that calls Compose."""


class Subshells(Generic[State]):
    """What a shell changes inside `( )` and `$( )` ends with them."""

    def __init__(self) -> None:
        self._outside: list[State] = []

    def before(self, command: shell.Simple, state: State) -> State:
        """The state that a command meets, where `state` is the one behind the command before it."""
        depth = sum(kind in _SUBSHELLS for kind in command.enclosing)
        begins = command.operator is None and command.inside in _SUBSHELLS
        while len(self._outside) > depth or (begins and self._outside and len(self._outside) == depth):
            state = self._outside.pop()
        while len(self._outside) < depth:
            self._outside.append(state)
        return state


class Surroundings:
    """What a command of the file `path` meets; it follows `cd`, variables, and how a script finds its own folder.

    `cwd` is the folder that the next command runs in, None where only the shell can know. `values` are the words
    of the variables that are set to static text, and `used` those of them that something has read.
    """

    def __init__(self, path: str, cwd: str) -> None:
        self.path = path
        self.start = cwd
        self.cwd: str | None = cwd
        self.values: dict[str, tuple[shell.Word, ...]] = {}
        self.used: set[str] = set()
        self._folders: dict[str, str] = {}
        self._left: list[str | None] = []
        self._cloned: set[str] = set()
        self._subshells: Subshells[str | None] = Subshells()

    def begin_process(self) -> tuple[str | None, Subshells[str | None]]:
        """A process of its own begins: what it changes ends with it, by `end_process` with what this returns."""
        before = self.cwd, self._subshells
        self._subshells = Subshells()
        return before

    def end_process(self, before: tuple[str | None, Subshells[str | None]]) -> None:
        """The process has ended."""
        self.cwd, self._subshells = before

    def follow_subshells(self, command: shell.Simple) -> None:
        """What `cd` does inside `( )` and `$( )` ends with them."""
        self.cwd = self._subshells.before(command, self.cwd)

    def replaced(self, words: tuple[shell.Word, ...]) -> list[shell.Word]:
        """The words with `$NAME` replaced where the text itself has said what it is."""
        found: list[shell.Word] = []
        for word in words:
            name = _variable(word)
            if name is not None and name in self.values:
                self.used.add(name)
                found += self.values[name]
            else:
                found.append(word)
        return found

    def assign(self, name: str, word: shell.Word, elements: tuple[shell.Word, ...]) -> None:
        """A variable is set: to the words of an array, to static text, or to a folder that can be known."""
        self._folders.pop(name, None)
        self.values.pop(name, None)
        self.used.discard(name)
        if elements:
            self.values[name] = elements
        elif word.value:
            text = content(word)
            first = None
            if text is not None and CALL.match(text.text):
                first = next(iter(shell.parse(text).commands), None)
            self.values[name] = (word,) if first is None else first.words
        else:
            place = self.place(word)
            if place is not None:
                self._folders[name] = place

    def clone(self, words: list[shell.Word]) -> None:
        """`git clone` with its words: `cd` into what it makes, as documents have it, leads to the root."""
        for word, after in zip(words, [*words[1:], None], strict=True):
            url = word.value or ""
            if "://" in url or url.startswith("git@"):
                named = "" if after is None else after.value or ""
                made = url.rstrip("/").rpartition("/")[2].removesuffix(".git")
                self._cloned.add(_plain(named) if named and not named.startswith("-") else made)

    def change_folder(self, name: str, words: list[shell.Word]) -> None:
        """`cd`, `pushd` or `popd` (`name`) with its words."""
        before = self.cwd
        if name == "popd":
            self.cwd = self._left.pop() if self._left else None
            return
        if len(words) < 2:
            self.cwd = None
        elif words[1].value == "-":
            self.cwd = self._left[-1] if self._left else None
        elif words[1].value is not None and words[1].value.startswith(("/", "~")):
            # `cd /srv/shop` in a deployment script leads to a checkout of this very project.
            self.cwd = ""
        elif _plain(words[1].value or "") in self._cloned:
            self.cwd = ""
        else:
            self.cwd = self.place(words[1])
        if name == "pushd":
            self._left.append(before)
        else:
            self._left[-1:] = [before]

    def place(self, word: shell.Word) -> str | None:
        """The path that a word names, relative to the root; None where only the shell can know."""
        if word.value is not None:
            known = self.cwd is not None and is_relative(word.value)
            return join(self.cwd or "", word.value) if known else None
        lead = self.lead(word)
        if lead is None:
            return None
        folder, start, end = lead
        rest = word.mapped.text[start:end]
        return join(folder, rest) if rest else folder

    def lead(self, word: shell.Word) -> tuple[str, int, int] | None:
        """The folder that a word begins with by a variable or a substitution, and the bounds of the text behind it."""
        first = word.parts[0] if word.parts else None
        if not isinstance(first, shell.Expansion):
            return None
        text = word.mapped.text
        folder = self._folder(word, first)
        start, end = first.end, word.end
        while end > start and text[end - 1] in "\"'":
            end -= 1
        while start < end and text[start] in "\"'":
            start += 1
        if folder is None or any(sign in text[start:end] for sign in "$`\"'"):
            return None
        if start < end and text[start] != "/" and "dir " not in text[first.start : first.end]:
            return None
        while start < end and text[start] == "/":
            start += 1
        return folder, start, end

    def _folder(self, word: shell.Word, part: shell.Expansion) -> str | None:
        """What an expansion stands for, where it is a path that can be known."""
        text = word.mapped.text[part.start : part.end]
        here = self.start if part.kind == "opaque" else self.cwd
        inner = text.strip("${}()` ")
        if part.kind == "parameter" and not part.operator and part.name is not None:
            if part.name in self._folders:
                return self._folders[part.name]
            if part.name in self.values and len(self.values[part.name]) == 1:
                self.used.add(part.name)
                return self.place(self.values[part.name][0])
        if text in _OWN_PATH:
            return self.path
        if text in _OWN_FOLDER or (part.kind == "opaque" and "MAKEFILE_LIST" in text):
            return dirname(self.path)
        if inner in _HERE:
            return here
        if inner in _TOP:
            return ""
        return self._substituted(word, part, text) if part.kind == "command" else None

    def _substituted(self, word: shell.Word, part: shell.Expansion, text: str) -> str | None:
        """`$(dirname X)`, `$(cd X && pwd)`, `$(realpath X)`, one in another as scripts write them."""
        opener = 1 if text.startswith("`") else 2
        script = shell.parse(word.mapped.slice(part.start + opener, part.end - 1))
        outer = [shell.unwrap(command) for command in script.commands if not command.nested]
        if not outer or len(outer[0].words) < 2:
            return None
        place = self.place(outer[0].words[-1])
        names = [command.name for command in outer]
        if names == ["dirname"]:
            return None if place is None else dirname(place)
        return place if names in (["cd", "pwd"], ["realpath"], ["readlink"]) else None


def _plain(folder: str) -> str:
    return folder.removeprefix("./").rstrip("/")


def _variable(word: shell.Word) -> str | None:
    """The name that a word stands for as a whole: `$NAME`, `"${NAME}"`, `"${NAME[@]}"`."""
    if len(word.parts) != 1:
        return None
    part = word.parts[0]
    plain = isinstance(part, shell.Expansion) and part.kind == "parameter" and not part.operator and not part.prefix
    return part.name if plain and isinstance(part, shell.Expansion) else None


def content(word: shell.Word) -> Mapped | None:
    """The text that a quoted word holds, where it stands there to the letter."""
    text = word.text
    # A line that goes on in the next one does so for both shells that read it.
    if len(text) >= 2 and text[0] in "\"'" and text[-1] == text[0] and "\\" not in text.replace("\\\n", ""):
        return word.mapped.slice(word.start + 1, word.end - 1)
    return None
