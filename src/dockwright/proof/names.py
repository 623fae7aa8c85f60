"""The names that files and stacks had before a change: both states speak of them under these."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from posixpath import normpath, relpath

from msgspec import Struct

from dockwright.plan import Patch
from dockwright.project.leading import kind_of
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.project.stacks import Stack, label, stacks
from dockwright.text import lazy_regex

CALL = " / docker compose call "

_DOCKERFILE = " / build / dockerfile"
_DEFAULT = lazy_regex(r"(\$\{\w+:?-)([^${}]*)(\})")


class Former(Struct, frozen=True):
    """What files and stacks are called now, to what they were called; what keeps its name is left out."""

    files: Mapping[str, str] = {}
    stacks: Mapping[str, str] = {}

    def path(self, path: str) -> str:
        """A file's former path."""
        return self.files.get(path, path)

    def place(self, place: str) -> str:
        """A place of the proof under its former name."""
        head, slash, rest = place.partition(" / ")
        if head.startswith("stack "):
            name = head.removeprefix("stack ")
            return f"stack {self.stacks.get(name, name)}{slash}{rest}"
        kind = kind_of(rest)
        return f"{self.path(head)}{slash}{kind}{self.path(rest.removeprefix(kind)) if kind else rest}"

    def text(self, place: str, text: str | None) -> str | None:
        """What stands at a place, its paths under their former names."""
        if text is None or not self.files:
            return text
        if CALL in place:
            return " ".join(map(self.path, text.split(" ")))
        if not place.startswith("stack "):
            return text
        # A Dockerfile's path is relative to its context, which is the root nearly always.
        return self.files.get(normpath(text), text) if place.endswith(_DOCKERFILE) else self.below_root(text)

    def below_root(self, text: str) -> str:
        """A path of a model, which begins with `./`, as it was."""
        return f"./{self.files[text[2:]]}" if text.startswith("./") and text[2:] in self.files else text

    def leaves(self, leaves: Mapping[str, str], old: Mapping[str, str]) -> Mapping[str, str]:
        """A model's leaves with each moved file under its former path, as `old` writes it: it is no difference."""
        return dict(self._leaves(leaves, old)) if self.files else leaves

    def _leaves(self, leaves: Mapping[str, str], old: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        for place, value in leaves.items():
            if place.endswith(_DOCKERFILE):
                context = leaves.get(f"{place.removesuffix(_DOCKERFILE)} / build / context", ".")
                # `${NAME:-Dockerfile}`: what stands there is a path unless somebody sets NAME.
                found = _DEFAULT.fullmatch(value)
                lead, written, tail = found.groups() if found is not None else ("", value, "")
                path = join(context, written)
                if path in self.files:
                    value = f"{lead}{relpath(self.path(path), context)}{tail}"
                    known = old.get(place, value)
                    value = known if normpath(known) == normpath(value) else value
                yield place, value
            else:
                yield place, self.below_root(value)

    def before(self, earlier: Former) -> Former:
        """The names before an earlier change, of what is called so after this one."""
        return Former(_chained(self.files, earlier.files), _chained(self.stacks, earlier.stacks))


def _chained(later: Mapping[str, str], earlier: Mapping[str, str]) -> Mapping[str, str]:
    if not later:
        return earlier
    left = {new: old for new, old in earlier.items() if new not in later.values()}
    return {**left, **{new: earlier.get(old, old) for new, old in later.items()}}


def former_names(before: Project, after: Project, moves: Iterable[tuple[str, str]]) -> Former:
    """What files and stacks of `after` are called in `before`, given how files moved."""
    files = {new: old for old, new in moves}
    if stacks(before) == stacks(after):
        return Former(files)
    known = {stack.files: label(before, stack) for stack in stacks(before)}
    names = {
        label(after, stack): known.get(tuple(files.get(path, path) for path in stack.files)) for stack in stacks(after)
    }
    changed = {new: old for new, old in names.items() if old not in (None, new) and new not in known.values()}
    return Former(files, {new: old for new, old in changed.items() if old is not None})


def former_of(patch: Patch, before: Project, after: Project) -> Former:
    """What a patch's files and stacks are called before it."""
    return former_names(before, after, patch.changes.moves)


def pairs(before: Project, after: Project, former: Former) -> Iterator[tuple[str, Stack, Stack | None]]:
    """Each stack with what has become of it, under its former label."""
    later: dict[tuple[str, ...], list[Stack]] = {}
    for stack in stacks(after):
        later.setdefault(tuple(map(former.path, stack.files)), []).append(stack)
    for stack in stacks(before):
        found = later.get(stack.files, [])
        same = [one for one in found if one.project_directory == stack.project_directory]
        yield label(before, stack), stack, next(iter(same or found), None)
