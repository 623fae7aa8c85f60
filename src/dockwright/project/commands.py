"""Docker's command lines inside shell text: which files they name, and from which folder."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from posixpath import dirname

from msgspec import Struct

from dockwright.project.references import Reference, ReferenceKind, join, reference
from dockwright.syntax import shell
from dockwright.text import Mapped, Site

_COMPOSE_VALUES = frozenset(
    [
        "-f",
        "--file",
        "--env-file",
        "-p",
        "--project-name",
        "--project-directory",
        "--profile",
        "--parallel",
        "--progress",
        "--ansi",
        "--workdir",
    ]
)
_DOCKER_VALUES = frozenset(
    ["-c", "--context", "-H", "--host", "--config", "-l", "--log-level", "--tlscacert", "--tlscert", "--tlskey"]
)
_BUILD_VALUES = frozenset(
    [
        "-f",
        "--file",
        "-t",
        "--tag",
        "--target",
        "--build-arg",
        "--platform",
        "--cache-from",
        "--cache-to",
        "--label",
        "--network",
        "--output",
        "-o",
        "--progress",
        "--secret",
        "--ssh",
        "--iidfile",
        "--metadata-file",
        "--build-context",
        "--builder",
        "--add-host",
        "--shm-size",
        "--ulimit",
        "--allow",
        "--attest",
        "--annotation",
        "--provenance",
        "--sbom",
        "-m",
        "--memory",
        "--cpuset-cpus",
        "--isolation",
        "--no-cache-filter",
        "--call",
    ]
)
_COMPOSE_KINDS: dict[str, ReferenceKind] = {
    "-f": "compose file",
    "--file": "compose file",
    "--env-file": "env file",
    "--project-directory": "project directory",
}

SUBCOMMANDS = frozenset(
    "attach build config cp create down events exec export images kill logs ls pause port ps publish pull push restart "
    "rm run scale start stats stop top unpause up version volumes wait watch".split()
)
"""What follows `docker compose` in a call; in prose, anything does."""

# Ways to say «the folder I run in» and «the root of the repository» that stand before a path.
_HERE = re.compile(r"""["']?(?:\$PWD|\$\{PWD\}|\$\((?:PWD|CURDIR|pwd)\)|\$\{CURDIR\}|`pwd`)["']?/""")
_TOP = re.compile(
    r"""["']?(?:\$\{?(?:GITHUB_WORKSPACE|CI_PROJECT_DIR|REPO_ROOT|PROJECT_ROOT|ROOT_DIR|ROOT)\}?|\$\{\{\s*github\.workspace\s*\}\}"""
    r"""|\$\(git\s+rev-parse\s+--show-toplevel\)|\$\{(?:localW|w)orkspaceFolder\})["']?/"""
)
_OWN_FOLDER = re.compile(
    r"""["']?\$\((?:cd\s+)?["']?(?:\$\()?dirname\s+(?:--\s+)?["']?\$(?:0|\{?BASH_SOURCE(?:\[0\]\})?)["']?\)["']?"""
)


class Invocation(Struct, frozen=True):
    """One `docker compose` call as it is really made.

    `cwd` is the folder it runs in, relative to the root. `implicit` says that no file is named, so that Compose looks
    for one by its name. `insert_at` is the offset behind `compose` and the files that are named, where more options
    may go; None where the call is put together from variables. `whole` is whether all that decides the stack is known.
    """

    at: Site
    cwd: str
    files: tuple[Reference, ...]
    env_files: tuple[Reference, ...]
    project_directory: str | None
    project_name: str | None
    subcommand: str | None
    insert_at: int | None
    whole: bool = True
    implicit: bool = False


class BuildCall(Struct, frozen=True):
    """One `docker build` call: its Dockerfile and context, relative to the root, and the target stage."""

    at: Site
    context: str
    dockerfile: str
    target: str | None


class Commands(Struct, frozen=True):
    """What shell text says of other files."""

    references: tuple[Reference, ...]
    invocations: tuple[Invocation, ...]
    builds: tuple[BuildCall, ...]


class _Reader:
    """Walks the commands of one text, following `cd`."""

    def __init__(self, path: str, cwd: str, exists: Callable[[str], bool]) -> None:
        self.path = path
        self.cwd: str | None = cwd
        self.exists = exists
        self.references: list[Reference] = []
        self.invocations: list[Invocation] = []
        self.builds: list[BuildCall] = []

    def read(self, mapped: Mapped, opaque: Mapping[int, int] = {}) -> None:
        for command in shell.parse(mapped, opaque).commands:
            self._command(mapped, shell.unwrap(command))

    def _command(self, mapped: Mapped, command: shell.Simple) -> None:
        for assignment in command.assignments:
            self._word(mapped, assignment.word)
        for redirect in command.redirects:
            if redirect.target is not None:
                self._word(mapped, redirect.target)
        words = list(command.words)
        name = (command.name or "").rpartition("/")[2]
        if name in ("cd", "pushd") and len(words) > 1:
            self.cwd = self._folder(words[1])
            return None
        if name in ("docker", "podman", "nerdctl"):
            at = _first_plain(words, 1, _DOCKER_VALUES)
            verb = words[at].value if at < len(words) else None
            if verb == "compose":
                return self._compose(mapped, command, words, at)
            if verb in ("buildx", "image", "builder") and at + 1 < len(words) and words[at + 1].value == "build":
                return self._build(mapped, command, words, at + 1)
            if verb == "build":
                return self._build(mapped, command, words, at)
        if name in ("docker-compose", "podman-compose"):
            return self._compose(mapped, command, words, 0)
        if name in ("sh", "bash", "ash", "dash") and len(words) > 2 and words[1].value in ("-c", "-ec", "-lc", "-exc"):
            inner = _content(mapped, words[2])
            if inner is not None:
                self.read(inner)
                return None
        for word in words:
            self._word(mapped, word)
        return None

    def _folder(self, word: shell.Word) -> str | None:
        """Where `cd WORD` leads; None where only the shell can know."""
        if self.cwd is None:
            return None
        if word.value is not None:
            # `cd /srv/shop` in a deployment script leads to a checkout of this very project.
            return join(self.cwd, word.value) if not word.value.startswith(("/", "~")) else ""
        own = _OWN_FOLDER.match(word.text)
        if own is not None:
            return join(dirname(self.path), word.text[own.end() :].strip("\"'/ ") or ".")
        for pattern, base in ((_HERE, self.cwd), (_TOP, "")):
            match = pattern.match(word.text + "/")
            if match is not None:
                return join(base, word.text[match.end() :].strip("\"'/") or ".")
        return None

    def _compose(self, mapped: Mapped, command: shell.Simple, words: list[shell.Word], at: int) -> None:
        files: list[Reference] = []
        env_files: list[Reference] = []
        directory = name = None
        whole = self.cwd is not None
        implicit = True
        behind = words[at]
        options = shell.options(words[at + 1 :], _COMPOSE_VALUES)
        subcommand = None
        for option, value, word in options:
            if option is None:
                subcommand = word.value
                break
            if option in ("-p", "--project-name"):
                name = value.text if value is not None else None
            if option in _COMPOSE_KINDS and value is not None:
                found = self._part(mapped, value, _COMPOSE_KINDS[option])
                if _COMPOSE_KINDS[option] == "compose file":
                    implicit, behind = False, value
                if found is None:
                    whole = whole and option == "--env-file"
                    continue
                if option == "--project-directory":
                    directory = found.target
                elif option == "--env-file":
                    env_files.append(found)
                else:
                    files.append(found)
        last = _index_of(words, subcommand, at)
        for word in words[last:]:
            self._word(mapped, word)
        insert_at = None
        if mapped.contiguous(behind.start, behind.end):
            insert_at = mapped.offset(behind.end - 1) + 1
        self.invocations.append(
            Invocation(
                Site(self.path, command.span),
                self.cwd or "",
                tuple(files),
                tuple(env_files),
                directory,
                name,
                subcommand,
                insert_at,
                whole,
                implicit and subcommand in SUBCOMMANDS,
            )
        )

    def _build(self, mapped: Mapped, command: shell.Simple, words: list[shell.Word], at: int) -> None:
        dockerfile: Reference | None = None
        context: Reference | None = None
        target = None
        context_word = None
        for option, value, word in shell.options(words[at + 1 :], _BUILD_VALUES):
            if option is None:
                context_word = word
            elif option in ("-f", "--file") and value is not None:
                dockerfile = self._part(mapped, value, "dockerfile")
            elif option == "--target" and value is not None:
                target = value.value
            elif value is not None:
                self._word(mapped, value)
        if context_word is not None:
            context = self._part(mapped, context_word, "build context")
        if context is not None:
            file = dockerfile.target if dockerfile is not None else join(context.target, "Dockerfile")
            self.builds.append(BuildCall(Site(self.path, command.span), context.target, file, target))

    def _part(self, mapped: Mapped, word: shell.Word, kind: ReferenceKind) -> Reference | None:
        """A reference that the word's place in the command makes, whether or not the file is there."""
        bounds = _static(mapped, word)
        if bounds is None:
            found = self._prefixed(mapped, word, kind)
            if found is None:
                self._pattern(mapped, word, kind)
            return found
        if self.cwd is None:
            return None
        found = reference(self.path, mapped, *bounds, self.cwd, kind)
        if found is not None:
            self.references.append(found)
        return found

    def _prefixed(self, mapped: Mapped, word: shell.Word, kind: ReferenceKind) -> Reference | None:
        for pattern, base in ((_HERE, self.cwd), (_TOP, "")):
            match = pattern.match(mapped.text, word.start, word.end)
            if match is None or base is None:
                continue
            end = word.end
            while end > match.end() and mapped.text[end - 1] in "\"'":
                end -= 1
            rest = mapped.text[match.end() : end]
            if "$" in rest or "`" in rest:
                continue
            found = reference(self.path, mapped, match.end(), end, base, kind)
            if found is not None and (kind != "path" or self.exists(found.target)):
                self.references.append(found)
                return found
        return None

    def _pattern(self, mapped: Mapped, word: shell.Word, kind: ReferenceKind) -> None:
        """`docker-compose.$name.yml`: every file that fits, known by what stands still."""
        first = word.parts[0] if word.parts else None
        if self.cwd is None or not isinstance(first, shell.Literal) or first.quoted != word.quoted:
            return
        glob = "".join(part.text if isinstance(part, shell.Literal) else "*" for part in word.parts)
        site = Site(self.path, mapped.span(first.start, word.end))
        certain = mapped.contiguous(first.start, first.end)
        written = mapped.text[first.start : word.end]
        target = join(self.cwd, glob)
        self.references.append(Reference(site, written, target, self.cwd, kind, None, certain, True, True))

    def _word(self, mapped: Mapped, word: shell.Word) -> None:
        """A reference that a word makes because it, or a part of it, is the path of a file that is there."""
        bounds = _static(mapped, word)
        if bounds is None:
            self._prefixed(mapped, word, "path")
            return
        if self.cwd is None:
            return
        start, end = bounds
        written = mapped.text[start:end]
        cuts = [(start, end)]
        if "=" in written:
            cuts.append((start + written.rindex("=") + 1, end))
        if ":" in written:
            cuts.append((cuts[-1][0], start + written.index(":")))
        for low, high in cuts:
            # A bare word such as `app` or `tests` names a service or a folder: only a file's path is certain.
            found = reference(self.path, mapped, low, high, self.cwd, "path") if low < high else None
            if found is not None and (self.exists(found.target) or found.target.rpartition("/")[2].startswith(".env")):
                self.references.append(found)
                return


def read_commands(
    path: str, mapped: Mapped, cwd: str, is_file: Callable[[str], bool], opaque: Mapping[int, int] = {}
) -> Commands:
    """What shell text in the file `path`, run in the folder `cwd`, says of other files.

    `is_file` tells whether a path relative to the root is a file of the project. `opaque` are the stretches
    that something else replaces before a shell reads them, as offsets of the text and their ends.
    """
    reader = _Reader(path, cwd, is_file)
    reader.read(mapped, opaque)
    return Commands(tuple(reader.references), tuple(reader.invocations), tuple(reader.builds))


def _static(mapped: Mapped, word: shell.Word) -> tuple[int, int] | None:
    """Bounds of a word's text inside its quotes; None where it is not static, or quoted in the middle."""
    if word.value is None:
        return None
    start, end = word.start, word.end
    if end - start >= 2 and mapped.text[start] in "\"'" and mapped.text[end - 1] == mapped.text[start]:
        start, end = start + 1, end - 1
    return (start, end) if mapped.text[start:end] == word.value else None


def _content(mapped: Mapped, word: shell.Word) -> Mapped | None:
    """The script that a quoted word holds, where it stands there to the letter."""
    text = mapped.text[word.start : word.end]
    if len(text) >= 2 and text[0] in "\"'" and text[-1] == text[0] and "\\" not in text:
        return mapped.slice(word.start + 1, word.end - 1)
    return None


def _first_plain(words: list[shell.Word], at: int, takes_value: frozenset[str]) -> int:
    """The index of the first word from `at` on that is neither an option nor an option's value."""
    while at < len(words):
        text = words[at].text
        if not text.startswith("-"):
            return at
        at += 2 if text in takes_value else 1
    return at


def _index_of(words: list[shell.Word], subcommand: str | None, at: int) -> int:
    return next((i for i in range(at + 1, len(words)) if words[i].value == subcommand), len(words)) + 1
