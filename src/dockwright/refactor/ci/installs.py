"""Installs: what people and tools other than workflows install from former manifests comes from `uv.lock`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from posixpath import basename

from dockwright.facts.uv_equals import INSTALLERS
from dockwright.finding import Fix
from dockwright.project.model import Project
from dockwright.project.requirements import normalised
from dockwright.refactor.ci.calls import Call, Wish, calls, pip_of_uv, sync, wish
from dockwright.refactor.ci.texts import Text, texts
from dockwright.refactor.packaging.former import Former, former, manifests
from dockwright.refactor.step import Deferred, Proposal, letting_go
from dockwright.text import Edit, Span, lazy_regex

OWNER = "ci"

_PYTHON = lazy_regex(r"python[\d.]*")
_BRINGS_ITS_OWN = lazy_regex(r"python3?-pip\b|get-pip|ensurepip|READTHEDOCS|\bconda\b")
"""What shows that a script installs pip itself, or has an environment that is not uv's."""

_NO_UV = "what runs it may have no uv: add that first"


class Installs:
    """Rewrites the install commands of Makefiles, scripts, task files, devcontainers and documents."""

    name = OWNER
    title = "Commands install from uv.lock"

    def propose(self, project: Project) -> Proposal:
        """One patch; a scope in which one command has no equal stays as it is as a whole."""
        known = former(project)
        if not known:
            return Proposal()
        scopes: dict[tuple[str, int], list[Text]] = {}
        for text in texts(project):
            scopes.setdefault(text.scope, []).append(text)
        edits: list[Edit] = []
        deferred: list[Deferred] = []
        for members in scopes.values():
            made, left = _scope(project, members, known)
            edits += made
            deferred += left
        deferred += _not_in_it(scopes, edits, known)
        if not edits:
            return Proposal((), tuple(deferred))
        edits = list(in_order(edits))
        paths = ", ".join(dict.fromkeys(edit.path for edit in edits))
        fix = Fix(f"install from uv.lock in {paths}", tuple(edits), "refit")
        return Proposal((letting_go(project, fix, manifests(known)),), tuple(deferred))


def _scope(project: Project, members: list[Text], known: tuple[Former, ...]) -> tuple[list[Edit], list[Deferred]]:
    read = [(text, list(calls(text.path, text.mapped, text.cwd, text.opaque))) for text in members]
    wishes = {id(call): found for _, said in read for call in said if (found := wish(call, known)) is not None}
    ours = [each for each in wishes.values() if each.former is not None]
    if not ours:
        return [], []
    source = project.sources[members[0].path]
    stuck = [(each, each.reason) for each in ours if each.kind == "keep"]
    stuck += [
        (found, "it is put together from several places")
        for text, said in read
        for call in said
        if (found := wishes.get(id(call))) in ours and found is not None and not _stands(text, call, source.text)
    ]
    installs = [each.call.simple.span.start for each in ours if each.kind == "install"]
    stuck += [
        (each, f"`uv pip` has no equal for `{each.call.simple.text}`")
        for each in wishes.values()
        if installs and each.kind == "pip" and _follows(each, installs) and not (pip_of_uv(each) and _beside(ours))
    ]
    if not stuck and (members[0].kind == "ci" or _elsewhere(project, members[0])):
        stuck = [(each, _NO_UV) for each in ours]
    if stuck:
        return [], [left(each, reason) for each, reason in stuck]
    edits: list[Edit] = []
    needs: frozenset[str] = frozenset()
    installed: Former | None = None
    for text, said in read:
        for call in said:
            found = wishes.get(id(call))
            if found is None:
                if call.simple.name in ("cd", "deactivate"):
                    installed = None
                if text.kind != "devcontainer" and _stands(text, call, source.text):
                    edits += _run_by_uv(call, installed)
                continue
            if found.kind == "install" and found.former is not None:
                needs |= found.needs
                edits.append(Edit(call.path, call.place(0, -1), sync(found, found.former, needs)))
                installed = found.former if call.cwd == found.former.folder else None
            elif found.kind == "replace":
                edits.append(Edit(call.path, call.place(0, found.until), found.text))
            elif found.kind == "pip" and installs and _follows(found, installs):
                edits.append(Edit(call.path, call.place(0, call.head - 1), "uv pip"))
            elif found.kind == "tool" and any(each.call.words[0] in INSTALLERS for each in ours):
                edits.append(Edit(call.path, call.place(call.head, -1), "install uv"))
    return edits, []


def _stands(text: Text, call: Call, whole: str) -> bool:
    """Whether a command stands in its text to the letter."""
    inside = text.within is None or text.within.covers(call.simple.span)
    return inside and call.is_written(whole, len(call.simple.words))


def _beside(installs: list[Wish]) -> bool:
    """Whether all installs run where uv makes the environment, so that `uv pip` finds it there."""
    return all(each.former is not None and each.call.cwd == each.former.folder for each in installs)


def _follows(each: Wish, installs: list[int]) -> bool:
    """Whether a command of pip means the environment that uv has made before it."""
    return each.call.simple.span.start > min(installs) and "/" not in (each.call.simple.words[0].value or "/")


def left(each: Wish, reason: str) -> Deferred:
    """A command that stays."""
    words = " ".join(each.call.simple.text.split())
    return Deferred(OWNER, f"install from uv.lock instead of `{words}`", reason, each.call.at)


def _elsewhere(project: Project, text: Text) -> bool:
    """Whether a script may run where nobody has installed uv: in an image, on a new machine, by a service for docs."""
    if text.kind != "shell":
        return False
    if _BRINGS_ITS_OWN.search(text.mapped.text):
        return True
    name = re.compile(rf"(?<![\w.-]){re.escape(basename(text.path))}(?![\w.-])")
    return any(name.search(source.text) is not None for source in project.of_kind("dockerfile", "compose"))


def _not_in_it(
    scopes: dict[tuple[str, int], list[Text]], edits: list[Edit], known: tuple[Former, ...]
) -> Iterator[Deferred]:
    """What stands in another block or target than the install, once a file: only its readers know where it runs."""
    done = {(edit.path, edit.span.start) for edit in edits}
    ends = {edit.path: edit.span.end for edit in edits if edit.text.startswith("uv sync")}
    for members in scopes.values():
        for text in members:
            if text.kind == "devcontainer" or text.path not in ends:
                continue
            for call in calls(text.path, text.mapped, text.cwd, text.opaque):
                runs = any(True for each in known for _ in _run_by_uv(call, each))
                start = call.simple.span.start
                if runs and start > ends[text.path] and (text.path, start) not in done and wish(call, known) is None:
                    words = " ".join(call.simple.text.split())
                    yield Deferred(OWNER, f"write `uv run {words}`", "uv has made an environment for it", call.at)
                    del ends[text.path]
                    break
            if text.path not in ends:
                break


def _run_by_uv(call: Call, installed: Former | None) -> Iterator[Edit]:
    """What is typed after the install runs in the environment that uv has made, unless one is activated."""
    name = call.words[0] or ""
    if installed is None or call.environment is not None or call.own_program or call.words[1:3] == ("-m", "venv"):
        return
    if _PYTHON.fullmatch(name) or normalised(name) in installed.locked:
        at = call.simple.words[0].span.start
        yield Edit(call.path, Span(at, at), "uv run ")


def in_order(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Edits by place, each once."""
    return tuple(sorted(set(edits), key=lambda edit: (edit.path, edit.span)))
