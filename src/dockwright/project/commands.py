"""Docker's command lines inside shell text: which files they name, and from which folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from dockwright.project.references import Reference, ReferenceKind, is_relative, join, reference
from dockwright.project.surroundings import CALL, Surroundings, content
from dockwright.syntax import shell
from dockwright.text import Edit, Mapped, Site, Source, Span, lazy_regex

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

_DECLARES = frozenset({"export", "readonly", "local", "declare", "typeset"})
_ELSEWHERE = frozenset({"ssh", "grep", "sed", "awk"})
"""Commands whose words are run on another machine, or are no commands."""
_ALL_ARGUMENTS = frozenset({"$@", "$*", "${@}", "${*}"})
_ASSIGNMENT = lazy_regex(r"(\w+)=")
_RUNS_TEXT = frozenset({"-c", "-ec", "-lc", "-exc", "-euc", "-xc"})
_ENV_FILE = lazy_regex(r"\.env(?:[\w.-]*\w)?")
_LEAD = lazy_regex(r"\$\{[\w.]+\}(?=/)")


class Invocation(Struct, frozen=True):
    """One `docker compose` call as it is really made.

    `cwd` is the folder it runs in, relative to the root. `implicit` says that no file is named, so that Compose looks
    for one by its name. `insert_at` is the offset behind `compose` and the files that are named, where more options
    may go; None where the call is put together from variables or is a list of words. In a list `listed` is that
    offset, and the quotes that its words stand in. `whole` is whether all that decides the stack is known. `arguments`
    are the words behind the subcommand, as they are written.
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
    listed: tuple[int, str] | None = None
    arguments: tuple[str, ...] = ()

    def adding(self, words: Iterable[str]) -> Edit | None:
        """The edit that adds options to the call, in its own style; None where no text in one place does."""
        if self.insert_at is not None:
            at, added = self.insert_at, "".join(f" {word}" for word in words)
        elif self.listed is not None:
            at, quote = self.listed
            added = "".join(f", {quote}{word}{quote}" for word in words)
        else:
            return None
        return Edit(self.at.path, Span(at, at), added)


class BuildCall(Struct, frozen=True):
    """One `docker build` call: its Dockerfile and context, relative to the root, and the target stage.

    `implicit` says that no Dockerfile is named, so that the one in the context is taken; `insert_at` is then the
    offset where `-f` may go, None where the call is put together from several places. `cwd` is the folder it runs in.
    """

    at: Site
    context: str
    dockerfile: str
    target: str | None
    implicit: bool = False
    insert_at: int | None = None
    cwd: str = ""


class Commands(Struct, frozen=True):
    """What shell text says of other files."""

    references: tuple[Reference, ...]
    invocations: tuple[Invocation, ...]
    builds: tuple[BuildCall, ...]


class _Reader:
    """Walks the commands of one text."""

    def __init__(self, path: str, cwd: str, exists: Callable[[str], bool]) -> None:
        self.path = path
        self.where = Surroundings(path, cwd)
        self.exists = exists
        self.references: list[Reference] = []
        self.invocations: list[Invocation] = []
        self.builds: list[BuildCall] = []
        self._own: dict[str, shell.Word] = {}

    def read(self, script: shell.Script) -> None:
        """Take in a script's commands."""
        for command in script.commands:
            self.where.follow_subshells(command)
            self._command(shell.unwrap(command))

    def finish(self) -> None:
        """Take in the calls that are put into a variable for somebody else to make."""
        for name in [name for name in self.where.values if name not in self.where.used]:
            words = self.where.values[name]
            if len(words) > 1:
                self.words(list(words), Site(self.path, Span(words[0].span.start, words[-1].span.end)))

    def words(self, words: list[shell.Word], at: Site, listed_in: str | None = None) -> bool:
        """Take in a command by its words; whether it is one of Docker's.

        `listed_in` is the text of the file where the words stand apart, as strings of a list.
        """
        name = (words[0].value or "").rpartition("/")[2] if words else ""
        if name in ("docker", "podman", "nerdctl"):
            index = _first_plain(words, 1, _DOCKER_VALUES)
            verb = words[index].value if index < len(words) else None
            if verb in ("buildx", "image", "builder") and index + 1 < len(words):
                index, verb = index + 1, words[index + 1].value
            if verb == "compose":
                self._compose(words, index, at, listed_in)
                return True
            if verb == "build":
                self._build(words, index, at)
                return True
        if name in ("docker-compose", "podman-compose"):
            self._compose(words, 0, at, listed_in)
            return True
        return False

    def _command(self, command: shell.Simple) -> None:
        words = self.where.replaced(command.words)
        for assignment in command.assignments:
            self._word(assignment.word)
            if not words:
                self.where.assign(assignment.name, assignment.word, assignment.elements)
        for redirect in command.redirects:
            if redirect.target is not None:
                self._word(redirect.target)
        name = (words[0].value or "").rpartition("/")[2] if words else ""
        if name in ("cd", "pushd", "popd"):
            self.where.change_folder(name, words)
        elif name == "git" and len(words) > 2 and words[1].value == "clone":
            self.where.clone(words)
        elif name in _DECLARES:
            for word in words[1:]:
                self._word(word)
                match = _ASSIGNMENT.match(word.prefix)
                if match is not None:
                    self.where.assign(match[1], word.after(match.end()), ())
        elif name in ("sh", "bash", "ash", "dash") and len(words) > 2 and words[1].value in _RUNS_TEXT:
            inner = content(words[2])
            if inner is not None:
                self._run(inner)
        else:
            self._own = {assignment.name: assignment.word for assignment in command.assignments}
            if not self.words(words, Site(self.path, command.span)):
                for word in words:
                    inner = content(word) if name not in _ELSEWHERE else None
                    if inner is not None and CALL.match(inner.text):
                        self._run(inner)
                    else:
                        self._word(word)

    def _run(self, inner: Mapped) -> None:
        """Take in a script that a process of its own runs: what it changes ends with it."""
        before = self.where.begin_process()
        self.read(shell.parse(inner))
        self.where.end_process(before)

    def _compose(self, words: list[shell.Word], at: int, site: Site, listed_in: str | None) -> None:
        files: list[Reference] = []
        env_files: list[Reference] = []
        directory = name = None
        whole = self.where.cwd is not None
        implicit = True
        behind = words[at]
        subcommand = None
        dynamic: shell.Word | None = None
        rest: list[shell.Word] = []
        for option, value, word in shell.options(words[at + 1 :], _COMPOSE_VALUES):
            if option is None:
                subcommand = word.value
                dynamic = word if word.value is None and word.text.startswith('"') else None
                rest = words[next(i for i, other in enumerate(words) if other is word) + 1 :]
                break
            if option in ("-p", "--project-name"):
                name = value.text.strip("\"'") if value is not None else None
            if option not in _COMPOSE_KINDS or value is None:
                continue
            kind = _COMPOSE_KINDS[option]
            found = self._part(value, kind)
            if kind == "compose file":
                implicit, behind = False, value
            if found is None or found.pattern:
                whole = whole and kind == "env file"
            elif kind == "project directory":
                directory = found.target
            elif kind == "env file":
                env_files.append(found)
            else:
                files.append(found)
        if implicit:
            files += self._compose_file_variable()
            implicit = not files
        for word in rest:
            self._word(word)
        insert_at: int | None = None
        listed: tuple[int, str] | None = None
        if behind.end > behind.start and behind.mapped.contiguous(behind.start, behind.end):
            insert_at = behind.mapped.offset(behind.end - 1) + 1
        if dynamic is not None and dynamic.text.strip('"') in _ALL_ARGUMENTS:
            # Whoever calls this may name files: nothing can be put before them with certainty.
            insert_at = None
        if listed_in is not None and insert_at is not None:
            quote = listed_in[insert_at : insert_at + 1]
            listed = (insert_at + 1, quote) if quote in ("'", '"') else None
            insert_at = None
        self.invocations.append(
            Invocation(
                site,
                self.where.cwd or "",
                tuple(files),
                tuple(env_files),
                directory,
                name or self._given("COMPOSE_PROJECT_NAME"),
                subcommand,
                insert_at,
                whole,
                implicit and (subcommand in SUBCOMMANDS or (dynamic is not None and listed_in is None)),
                listed,
                tuple(word.text for word in rest),
            )
        )

    def _given(self, variable: str) -> str | None:
        """A variable's static value, set for this command or before it."""
        word = self._own.get(variable)
        if word is None and len(self.where.values.get(variable, ())) == 1:
            word = self.where.values[variable][0]
        return None if word is None else word.value

    def _compose_file_variable(self) -> list[Reference]:
        """The files that COMPOSE_FILE names."""
        value = self._given("COMPOSE_FILE")
        word = self._own.get("COMPOSE_FILE") or next(iter(self.where.values.get("COMPOSE_FILE", ())), None)
        bounds = None if word is None else _static(word)
        if not value or word is None or bounds is None or self.where.cwd is None:
            return []
        self.where.used.add("COMPOSE_FILE")
        found = listed_files(self.path, word.mapped, *bounds, self.where.cwd)
        self.references += found
        return found

    def _build(self, words: list[shell.Word], at: int, site: Site) -> None:
        dockerfile: Reference | None = None
        context: Reference | None = None
        target = None
        context_word = None
        for option, value, word in shell.options(words[at + 1 :], _BUILD_VALUES):
            if option is None:
                context_word = word
            elif option in ("-f", "--file") and value is not None:
                dockerfile = self._part(value, "dockerfile")
            elif option == "--target" and value is not None:
                target = value.value
            elif value is not None:
                self._word(value)
        if context_word is not None:
            context = self._part(context_word, "build context")
        if context is not None and not context.pattern and (dockerfile is None or not dockerfile.pattern):
            file = dockerfile.target if dockerfile is not None else join(context.target, "Dockerfile")
            verb = words[at]
            contiguous = verb.end > verb.start and verb.mapped.contiguous(verb.start, verb.end)
            insert_at = verb.mapped.offset(verb.end - 1) + 1 if contiguous and dockerfile is None else None
            cwd = self.where.cwd or ""
            self.builds.append(BuildCall(site, context.target, file, target, dockerfile is None, insert_at, cwd))

    def _part(self, word: shell.Word, kind: ReferenceKind) -> Reference | None:
        """A reference that the word's place in the command makes, whether or not the file is there."""
        bounds = _static(word)
        if bounds is None:
            return self._led(word, kind) or self._pattern(word, kind)
        if self.where.cwd is None:
            return None
        found = reference(self.path, word.mapped, *bounds, self.where.cwd, kind)
        if found is not None:
            self.references.append(found)
        return found

    def _led(self, word: shell.Word, kind: ReferenceKind) -> Reference | None:
        """A reference whose folder is a variable or a substitution: `$(PWD)/compose.yaml`, or all of it is `$ROOT`."""
        lead = self.where.lead(word)
        if lead is None:
            return None
        folder, start, end = lead
        if start == end:
            site = Site(self.path, word.span)
            return Reference(site, word.text, folder, folder, kind, None, False) if kind != "path" else None
        found = reference(self.path, word.mapped, start, end, folder, kind)
        if found is not None and (kind != "path" or self.exists(found.target)):
            self.references.append(found)
            return found
        return None

    def _pattern(self, word: shell.Word, kind: ReferenceKind) -> Reference | None:
        """`docker-compose.$name.yml`: every file that fits, known by what stands still."""
        first = word.parts[0] if word.parts else None
        if self.where.cwd is None or not isinstance(first, shell.Literal) or first.quoted != word.quoted:
            return None
        glob = "".join(part.text if isinstance(part, shell.Literal) else "*" for part in word.parts)
        if not is_relative(glob):
            return None
        site = Site(self.path, word.mapped.span(first.start, word.end))
        certain = word.mapped.contiguous(first.start, first.end)
        written = word.mapped.text[first.start : word.end]
        found = Reference(site, written, join(self.where.cwd, glob), self.where.cwd, kind, None, certain, True, True)
        self.references.append(found)
        return found

    def _word(self, word: shell.Word) -> None:
        """A reference that a word makes because it, or a part of it, is the path of a file that is there."""
        bounds = _static(word)
        if bounds is None:
            self._led(word, "path")
            return
        if self.where.cwd is None:
            return
        start, end = bounds
        written = word.mapped.text[start:end]
        cuts = [(start, end)]
        if "=" in written:
            cuts.append((start + written.rindex("=") + 1, end))
        if ":" in written:
            cuts.append((cuts[-1][0], start + written.index(":")))
        for low, high in cuts:
            # A bare word such as `app` or `tests` names a service or a folder: only a file's path is certain.
            target = join(self.where.cwd, word.mapped.text[low:high]) if low < high else ""
            if self.exists(target) or _ENV_FILE.fullmatch(target.rpartition("/")[2]):
                found = reference(self.path, word.mapped, low, high, self.where.cwd, "path")
                if found is not None:
                    self.references.append(found)
                    return


def read_commands(
    path: str, mapped: Mapped, cwd: str, is_file: Callable[[str], bool], opaque: Mapping[int, int] = {}
) -> Commands:
    """What shell text in the file `path`, run in the folder `cwd`, says of other files.

    `is_file` tells whether a path relative to the root is a file of the project. `opaque` are the stretches
    that something else replaces before a shell reads them, as offsets of the text and their ends.
    """
    return read_script(path, shell.parse(mapped, opaque), cwd, is_file)


def read_script(path: str, script: shell.Script, cwd: str, is_file: Callable[[str], bool]) -> Commands:
    """Like `read_commands`, of a script that is parsed already."""
    reader = _Reader(path, cwd, is_file)
    reader.read(script)
    reader.finish()
    return Commands(tuple(reader.references), tuple(reader.invocations), tuple(reader.builds))


def read_words(
    source: Source, words: Iterable[Mapped | None], cwd: str, is_file: Callable[[str], bool], *, one_list: bool = True
) -> Commands:
    """What a command says that is written as a list of words, as Python's `subprocess` and editors' tasks take it.

    None stands for a word that only the running program knows. A list that is no command of Docker's says nothing.
    `one_list` is whether the words stand in one list, into which more can be put.
    """
    listed = [_opaque_word() if word is None else _listed_word(word) for word in words]
    known = [word for word in listed if word.value is not None]
    reader = _Reader(source.path, cwd, is_file)
    if known and listed[0] is known[0]:
        at = Site(source.path, Span(known[0].span.start, known[-1].span.end))
        reader.words(listed, at, source.text if one_list else "")
    return Commands(tuple(reader.references), tuple(reader.invocations), tuple(reader.builds))


def listed_files(path: str, mapped: Mapped, start: int, end: int, base: str) -> list[Reference]:
    """The references that a value of COMPOSE_FILE makes: paths with colons between them."""
    found = []
    for piece in mapped.text[start:end].split(":"):
        ref = reference(path, mapped, start, start + len(piece), base, "compose file")
        start += len(piece) + 1
        if ref is not None:
            found.append(ref)
    return found


def _listed_word(text: Mapped) -> shell.Word:
    size = len(text.text)
    lead = _LEAD.match(text.text)
    if lead is None:
        return shell.Word(text, 0, size, (shell.Literal(text.text, 0, size),))
    end = lead.end()
    opened = shell.Expansion("opaque", 0, end, text.span(0, end))
    return shell.Word(text, 0, size, (opened, shell.Literal(text.text[end:], end, size)))


def _opaque_word() -> shell.Word:
    return shell.Word(Mapped("", ()), 0, 0, (shell.Expansion("opaque", 0, 0, Span(0, 0)),))


def _static(word: shell.Word) -> tuple[int, int] | None:
    """Bounds of a word's text inside its quotes; None where it is not static, or quoted in the middle."""
    if word.value is None:
        return None
    text, start, end = word.mapped.text, word.start, word.end
    if end - start >= 2 and text[start] in "\"'" and text[end - 1] == text[start]:
        start, end = start + 1, end - 1
    return (start, end) if text[start:end] == word.value else None


def _first_plain(words: list[shell.Word], at: int, takes_value: frozenset[str]) -> int:
    """The index of the first word from `at` on that is neither an option nor an option's value."""
    while at < len(words):
        text = words[at].text
        if not text.startswith("-"):
            return at
        at += 2 if text in takes_value else 1
    return at
