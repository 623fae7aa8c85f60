"""The image proof: two contracts of an image held against each other, and each difference against the plan.

A difference is meant where two things hold: it is of a kind that the target layout has on purpose, which the functions
below say, and a patch of the plan changed what decides it. All others are broken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from posixpath import basename, normpath

from msgspec import Struct

from dockwright.facts.python_installers import BUILD_SETTING, OWN_FOLDER, TOOLS
from dockwright.facts.runtime_files import TEST_FOLDERS, needed
from dockwright.facts.secret_names import MASK, holds_credentials, names_a_secret
from dockwright.facts.start_commands import IDLE, migrates, waits
from dockwright.facts.system_packages import BUILD_ONLY, PROGRAMS, library_of_headers, library_of_runtime
from dockwright.project.kinds import kind_of
from dockwright.project.processes import of_words
from dockwright.project.serving import servers
from dockwright.proof.contract import Content, ImageContract
from dockwright.proof.declared import Declared
from dockwright.proof.static import Difference

_BUILD_SETTING = re.compile(BUILD_SETTING)
_INSTALLERS = re.compile(r"(?:PIP|UV|POETRY|PIPENV|PDM)_")
_OWN_FOLDER = re.compile(OWN_FOLDER)
APPUSER = "1000:1000"
"""The user of every image of the target layout."""

_HIDDEN = re.compile(r"(?:^|/)\.")
_TEST_FILE = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test|conftest)\.py$")
_METADATA = re.compile(r"(?:^|/)[^/]+\.(?:egg|dist)-info/|(?:^|/)(?:build|dist)/")
_PRIVATE = re.compile(r"(?:^|/)\.env(?:\.|$)|\.(?:pem|key|py[co]|log)$")
_OURS = frozenset({"PYTHONUNBUFFERED"})
# What is written for people and tools, in whatever folder it lies.
_FOR_OTHERS = frozenset({"document", "compose", "dockerfile", "ignore", "make", "env", "ci", "devcontainer", "task"})
_WRAPPERS = (("exec",), ("uv", "run"), ("poetry", "run"), ("pipenv", "run"), ("pdm", "run"), ("tini", "--"))


class ImageDifference(Difference, frozen=True):
    """A difference of two images; `reason` says why it may be, where its owner meant it."""

    reason: str = ""

    @property
    def values(self) -> tuple[str | None, str | None]:
        """What stood there before and after, masked where the name says that it is a secret, or the value does."""
        shown = [MASK if value and holds_credentials(value) else value for value in super().values]
        return shown[0], shown[1]


class ImageProof(Struct, frozen=True):
    """What became of one image that services run.

    `kept` facts are equal. `before` and `after` are its contracts, None where it was not built: for `unproved` reasons,
    or since nothing that its build reads is changed.
    """

    image: str
    services: tuple[str, ...]
    kept: int
    intended: tuple[ImageDifference, ...] = ()
    broken: tuple[ImageDifference, ...] = ()
    unproved: tuple[str, ...] = ()
    before: ImageContract | None = None
    after: ImageContract | None = None

    @property
    def built(self) -> bool:
        """Whether both images were built."""
        return self.before is not None and self.after is not None


class _Held:
    """The facts that were compared so far."""

    def __init__(self, image: str, declared: Declared) -> None:
        self.image, self.declared = image, declared
        self.kept = 0
        self.intended: list[ImageDifference] = []
        self.broken: list[ImageDifference] = []
        self.unproved: list[str] = []

    def fact(self, place: str, old: str | None, new: str | None, reason: str | None, *aspects: str) -> None:
        """One fact: `reason` says why it may differ, None that it may not; `aspects` who has to have changed it."""
        self.difference(place, old, new, reason, self.declared.owner(*aspects) if old != new else None)

    def difference(self, place: str, old: str | None, new: str | None, reason: str | None, owner: str | None) -> None:
        """The same, with its owner."""
        where = f"image {self.image} / {place}"
        if old == new:
            self.kept += 1
        elif reason is None or owner is None:
            self.broken.append(ImageDifference(where, old, new))
        else:
            self.intended.append(ImageDifference(where, old, new, owner, reason))


def compare(image: str, before: ImageContract, after: ImageContract, declared: Declared) -> ImageProof:
    """Hold an image's two contracts against each other, and each difference against what the plan declares."""
    held = _Held(image, declared)
    held.fact("user", before.user, after.user, _user(before.user, after.user), "user")
    _starts(held, before, after)
    _environment(held, before, after)
    listened = set(_listened(after, declared))
    for port in sorted(before.ports | after.ports):
        old, new = (port if port in each.ports else None for each in (before, after))
        reason = "its server listens on it" if port.partition("/")[0] in listened and old is None else None
        held.fact(f"ports / {port}", old, new, reason, "ports")
    held.fact("working directory", normpath(before.workdir), normpath(after.workdir), None)
    held.fact("stop signal", before.stop_signal, after.stop_signal, None)
    for volume in sorted(before.volumes | after.volumes):
        old, new = (volume if volume in each.volumes else None for each in (before, after))
        mounted = volume in declared.mounted and new is None
        held.fact(
            f"volumes / {volume}", old, new, "each service that runs it mounts one" if mounted else None, "volumes"
        )
    if before.content is None or after.content is None:
        which = "either image" if before.content is after.content else "one of the images"
        held.unproved.append(f"image {image}: what lies in it: there is no Python in {which} to look with")
    else:
        _contents(held, before, after, before.content, after.content)
    services = tuple(use.service for use in declared.uses)
    return ImageProof(
        image, services, held.kept, tuple(held.intended), tuple(held.broken), tuple(held.unproved), before, after
    )


def _contents(held: _Held, before: ImageContract, after: ImageContract, former: Content, content: Content) -> None:
    _distributions(held, former, content)
    _imports(held, former, content)
    _packages(held, former, content)
    if "/" in (normpath(before.workdir), normpath(after.workdir)):
        held.unproved.append(f"image {held.image}: files: its working directory is the root of all")
    elif not (former.complete and content.complete):
        held.unproved.append(f"image {held.image}: files: there are too many")
    else:
        _files(held, former, content)


# Who runs what


def _user(old: str, new: str) -> str | None:
    if _is_root(new):
        return None
    return "root no more" if _is_root(old) else "the user of the target layout" if new == APPUSER else None


def _is_root(user: str) -> bool:
    return user.partition(":")[0] in ("0", "root", "")


def _starts(held: _Held, before: ImageContract, after: ImageContract) -> None:
    """How the image starts: judged by what comes of it in each service that says nothing else."""
    reason: str | None = "each service that runs it has a command of its own"
    for use in held.declared.starts:
        old = _words(before, use.entrypoint_before, use.command_before)
        new = _words(after, use.entrypoint_after, use.command_after)
        if old is None and new is None:
            continue
        started = _started(before, use.entrypoint_before, use.command_before)
        starts = _started(after, use.entrypoint_after, use.command_after)
        if not same_start(started, starts, migrated=use.migrated):
            reason = None
            break
        reason = "the same program, which gets its signals"
    for key, old, new in (
        ("entry point", before.entrypoint, after.entrypoint),
        ("command", before.command, after.command),
    ):
        held.fact(key, _shown(old), _shown(new), reason, "command", "base")


def _listened(image: ImageContract, declared: Declared) -> Iterator[str]:
    """The ports that servers of the image listen on, as its services start it."""
    for use in declared.starts:
        for process in of_words(_started(image, use.entrypoint_after, use.command_after)):
            if process.server is not None and process.server.port is not None:
                yield str(process.server.port)


def _words(image: ImageContract, entrypoint: object, command: object) -> tuple[str, ...] | None:
    """What of a start is the image's own; None where the service says all of it."""
    if entrypoint is not None or (command is not None and not image.entrypoint):
        return None
    return image.entrypoint + (image.command if command is None else ())


def _started(
    image: ImageContract, entrypoint: tuple[str, ...] | None, command: tuple[str, ...] | None
) -> tuple[str, ...]:
    """The words that a container starts with: a service's entry point makes the image's command count no more."""
    if entrypoint is not None:
        return entrypoint + (command or ())
    return image.entrypoint + (image.command if command is None else command)


def same_start(old: tuple[str, ...], new: tuple[str, ...], *, migrated: bool) -> bool:
    """Whether two commands start the same program in the end, and the new one leaves out nothing but what may go.

    That is waiting, which the stack's health checks do, and migrations where they are `migrated` elsewhere.
    """
    former = [_plain(process.words) for process in of_words(old)]
    latter = [_plain(process.words) for process in of_words(new)]
    if not former or not latter:
        return former == latter
    if not _same_program(former[-1], latter[-1]) or any(each not in former for each in latter[:-1]):
        return False
    left = [each for each in former[:-1] if each not in latter]
    return all((migrates(each) and migrated) or waits(each) or (each[:1] and each[0] in IDLE) for each in left)


def _plain(words: tuple[str, ...]) -> tuple[str, ...]:
    """A command without what only wraps it, its program without its folder where it is an installed one."""
    for wrapper in _WRAPPERS:
        while words[: len(wrapper)] == wrapper and len(words) > len(wrapper):
            words = words[len(wrapper) :]
    if words and "/bin/" in words[0]:
        words = (basename(words[0]), *words[1:])
    return words


def _same_program(old: tuple[str, ...], new: tuple[str, ...]) -> bool:
    if old == new:
        return True
    one, other = servers(old), servers(new)
    if one is None and other is None and old[:1] == new[:1] and "/" in old[0] and min(len(old), len(new)) > 1:
        return _same_program(_plain(old[1:]), _plain(new[1:]))  # An entry point, which gets its command as arguments.
    return (
        one is not None
        and other is not None
        and (one.program, one.app, one.host, one.port, one.scheme, one.role)
        == (other.program, other.app, other.host, other.port, other.scheme, other.role)
    )


def _shown(words: tuple[str, ...]) -> str | None:
    return " ".join(words) if words else None


def _environment(held: _Held, before: ImageContract, after: ImageContract) -> None:
    for name in sorted(before.environment.keys() | after.environment.keys()):
        old, new = before.environment.get(name), after.environment.get(name)
        reason, aspects = _variable(name, old, new, held.declared)
        held.fact(f"environment / {name}", old, new, reason, *aspects)


def _variable(name: str, old: str | None, new: str | None, declared: Declared) -> tuple[str | None, tuple[str, ...]]:
    """Why a variable may differ, and who has to have changed it."""
    if old is None and (name in _OURS or _BUILD_SETTING.fullmatch(name)):
        return "a setting of the target layout", ("environment", "base")
    if name == "PATH" and old is not None and new is not None:
        left = set(old.split(":")) - set(new.split(":"))
        kept = all(_OWN_FOLDER.fullmatch(each) and each != "/usr/local/bin" for each in left)
        return ("programs are found in the environment first" if kept else None), ("environment", "base")
    if old is not None and new is None and (names_a_secret(name) or holds_credentials(old)):
        return "a secret is given when it starts, and is in no image", ("environment",)
    if new is None and (_BUILD_SETTING.fullmatch(name) or _INSTALLERS.match(name)):
        return "only what built the image read it", ("environment", "base")
    if name == "HOME" and new is None:
        return "it is the user's own", ("environment",)
    # What the base image sets is its own business, where a patch changes the base.
    return (None if name in declared.settings else "the base image sets it"), ("base",)


# What is installed


def _distributions(held: _Held, former: Content, content: Content) -> None:
    declared = held.declared
    gone = former.distributions.keys() - content.distributions.keys()
    left = dict(_left_out(former, content, declared, gone))
    for name in sorted(former.distributions.keys() | content.distributions.keys()):
        old, new = former.distributions.get(name), content.distributions.get(name)
        locked = new is not None and new in declared.locked.get(name, ())
        if new is None:
            reason = left.get(name)
        elif old is None:
            reason = _one_more(name, declared, locked=locked)
        else:
            pinned = old in declared.pinned.get(name, ())
            reason = "nothing named a version before, and the lock does" if locked and not pinned else None
        aspects = ("distributions", "lock") if new is None else ("lock", "distributions")
        held.fact(f"distributions / {name}", old, new, reason, *aspects)


def _one_more(name: str, declared: Declared, *, locked: bool) -> str | None:
    if name in declared.own or name in TOOLS:
        return "the project itself" if name in declared.own else "an installer"
    if declared.production and name in declared.development:
        return None
    return "the lock has it" if locked else None


def _left_out(former: Content, content: Content, declared: Declared, gone: Set[str]) -> Iterator[tuple[str, str]]:
    """The distributions that may be gone, and why.

    Those for development go from images that nobody develops in, all or none: one that is missing alone is missed.
    """
    wanted = declared.locked.keys() - declared.development - declared.conditional
    reasons = dict.fromkeys((gone & TOOLS) - wanted, "an installer")
    reasons |= dict.fromkeys(gone & declared.own, "the project runs from its source")
    if declared.production and not declared.development & content.distributions.keys():
        reasons |= dict.fromkeys(gone & declared.development, "only for development")
    if declared.owner("base") is not None:
        reasons |= dict.fromkeys(gone & declared.conditional, "the lock leaves it out for the new base's Python")
    asking: dict[str, set[str]] = {}
    for name, needs in former.needs.items():
        for need in needs:
            asking.setdefault(need, set()).add(name)
    # What only they had asked for goes with them, where no lock and no manifest names it.
    pending = True
    while pending:
        more = {
            name: "only an installer asked for it"
            for name in gone - reasons.keys() - declared.locked.keys() - declared.pinned.keys()
            if asking.get(name) and asking[name] & former.distributions.keys() <= reasons.keys()
        }
        reasons |= more
        pending = bool(more)
    yield from reasons.items()


def _imports(held: _Held, former: Content, content: Content) -> None:
    """What the application's files import has to be found, if it was before."""
    for name, (found, by) in sorted(content.imports.items()):
        before = former.imports.get(name)
        if before is not None and before[0]:
            held.fact(f"imports / {name}", "found", "found" if found else f"not found, and {by} imports it", None)
    for library, module in sorted(content.missing.items()):
        if library not in former.missing:
            held.fact(f"libraries / {library}", "found", f"not found, and {module} needs it", None)


def _packages(held: _Held, former: Content, content: Content) -> None:
    for name in sorted(former.packages.keys() | content.packages.keys()):
        # Versions are what the archive had on the day of the build: nobody named them.
        old, new = ("there" if name in each.packages else None for each in (former, content))
        reason = "came with what is installed now" if old is None else _package(name, held.declared, content)
        held.fact(f"packages / {name}", old, new, reason, "packages", "base")


def _package(name: str, declared: Declared, content: Content) -> str | None:
    """Why a package of the system may be gone."""
    library = library_of_runtime(name)
    if library is not None:
        needed_by = library.loaded & content.distributions.keys()
        return None if needed_by else "nothing that is installed loads it"
    if name in BUILD_ONLY or library_of_headers(name) is not None:
        return "only a build needs it"
    if name in PROGRAMS:
        return None if declared.spoken.intersection(PROGRAMS[name]) else "no command and no probe calls it"
    return None if name in declared.named else "came with what is gone"


# The application's files


def _files(held: _Held, former: Content, content: Content) -> None:
    declared = held.declared
    for path in sorted(former.files.keys() | content.files.keys()):
        old, new = former.files.get(path), content.files.get(path)
        said = (
            None if old == new
            else _one_more_file(path, declared) if old is None
            else _file_gone(path, declared) if new is None
            else _rewritten(path, new, declared)
        )  # fmt: skip
        reason, owner = said or (None, None)
        held.difference(f"files / {path}", _short(old), _short(new), reason, owner)


def _short(fact: str | None) -> str | None:
    """A digest as short as it can be told from others."""
    if fact is None or fact.startswith("->") or fact == "unreadable":
        return fact
    return f"{fact[:12]}{fact[64:]}"


def _rewritten(path: str, new: str, declared: Declared) -> tuple[str, str | None] | None:
    becomes = declared.written.get(path)
    return ("as the plan writes it", becomes[1]) if becomes is not None and becomes[0] == new else None


def _one_more_file(path: str, declared: Declared) -> tuple[str, str | None] | None:
    if path in declared.written:
        return "the plan writes it", declared.written[path][1]
    if path in declared.there:
        return "a file of the project", declared.owner("files")
    return ("left by a build", declared.owner("distributions", "files")) if _METADATA.search(path) else None


def _file_gone(path: str, declared: Declared) -> tuple[str, str | None] | None:
    if path in declared.gone:
        return declared.gone[path]
    reason = _not_needed(path, declared)
    return None if reason is None else (reason, declared.owner("files"))


def _not_needed(path: str, declared: Declared) -> str | None:
    """Why the image may do without a file."""
    if path in declared.spoken or basename(path) in declared.spoken:
        return None
    top, slash, _ = path.partition("/")
    tests = bool(_TEST_FILE.search(path)) or not TEST_FOLDERS.isdisjoint(path.split("/")[:-1])
    if tests:
        return "nobody tests in this image" if declared.production else None
    if _PRIVATE.search(path):
        return "keys, env files and logs are in no image"
    if _HIDDEN.search(path):
        return "hidden: no program reads it"
    if path not in declared.before_there and _METADATA.search(path):
        return "left by a build"
    if kind_of(path) in _FOR_OTHERS or not needed(top, folder=bool(slash)):
        return "no program needs it when it runs"
    return None
