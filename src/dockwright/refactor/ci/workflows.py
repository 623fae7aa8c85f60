"""Workflows: jobs on GitHub that installed from former manifests get uv, the same Python, and what the lock holds."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.facts.actions import SETUP_UV
from dockwright.facts.uv_equals import INSTALLERS, NEEDS_PIP, SETS_UP
from dockwright.finding import Fix
from dockwright.project.compose import scalar
from dockwright.project.model import Project
from dockwright.refactor.ci.calls import Call, Wish, pip_of_uv, sync, wish
from dockwright.refactor.ci.installs import OWNER, in_order, left
from dockwright.refactor.ci.jobs import Job, Step, jobs, steps_using
from dockwright.refactor.packaging.former import Former, former, manifests
from dockwright.refactor.step import Deferred, Proposal, letting_go
from dockwright.syntax import yaml
from dockwright.text import Edit, Span, lazy_regex

_COMMIT = lazy_regex(r"@[0-9a-f]{40}$")
_COMMENT = lazy_regex(r"[ \t]+#[ \t]*(ratchet:)?[^\s#]*[ \t]*(?=[\r\n]|\Z)")
_VERSION = lazy_regex(r"3(?:\.\d+){1,2}t?")
_NAMED = lazy_regex(r"\$\{\{\s*(matrix|env)\.([\w-]+)\s*\}\}")
_INPUTS = frozenset({"python-version", "python-version-file", "cache", "cache-dependency-path"})
_CACHES = frozenset(
    {"~/.cache/pip", "~/.cache/pypoetry", "~/.cache/pipenv", "~/.local/share/virtualenvs", "${{ env.pythonLocation }}"}
)
"""Folders that pip, Poetry and Pipenv keep between runs, and nothing else does."""


class StaysError(Exception):
    """A job cannot be rewritten, for this reason."""


class Workflows:
    """Rewrites the jobs of workflows that install from former manifests."""

    name = OWNER
    title = "Workflows set up uv and install from uv.lock"

    def propose(self, project: Project) -> Proposal:
        """One patch; a job in which one command has no equal stays as it is as a whole."""
        known = former(project)
        edits: list[Edit] = []
        deferred: list[Deferred] = []
        for job in jobs(project) if known else ():
            rewriting = _Rewriting(project, job, known)
            if not rewriting.ours:
                continue
            try:
                edits += rewriting.edits()
            except StaysError as stays:
                kept = [each for each in rewriting.ours if each.kind == "keep"]
                reasons = [(each, each.reason) for each in kept] or [(rewriting.ours[0], str(stays))]
                known_reasons = {(other.at.path, other.reason) for other in deferred if other.at is not None}
                deferred += [
                    left(each, reason) for each, reason in reasons if (each.call.path, reason) not in known_reasons
                ]
        if not edits:
            return Proposal((), tuple(deferred))
        fix = Fix("install from uv.lock in workflows", in_order(edits), "refit")
        return Proposal((letting_go(project, fix, manifests(known)),), tuple(deferred))


class _Rewriting:
    """What becomes of one job."""

    def __init__(self, project: Project, job: Job, known: tuple[Former, ...]) -> None:
        self.project = project
        self.job = job
        self.said: list[tuple[Step, list[Call]]] = [(step, job.calls(step)) for step in job.steps]
        self.wishes: dict[int, Wish] = {
            id(call): found for _, calls in self.said for call in calls if (found := wish(call, known)) is not None
        }
        self.ours = [each for each in self.wishes.values() if each.former is not None]

    def edits(self) -> Iterator[Edit]:
        """The edits; raises StaysError where the job has to stay as it is."""
        first, owner = self._first_install()
        uv = [step for step in steps_using(self.job, SETUP_UV.repository) if step.index < first]
        setup = None if uv else self._setup(first)
        caches = [] if setup is None else [step for step in self.job.steps if _keeps_packages(step)]
        replaced, dropped = self._decided(first, owner, switched=setup is not None)
        gone = [step for step in self.job.steps if step.uses in SETS_UP or step in caches]
        edits: list[Edit] = []
        for step, calls in self.said:
            own = [call for call in calls if id(call) in dropped]
            if own and len(own) == len(calls):
                gone.append(step)
                continue
            edits += [replaced[id(call)] for call in calls if id(call) in replaced]
            edits += [_without(self.job.source.text, call, calls) for call in own]
        for step in gone:
            edits += self._without_step(step)
        if setup is not None:
            edits += self._switched(setup, owner, cached=bool(caches))
        return iter(edits)

    def _first_install(self) -> tuple[int, Former]:
        """The number of the step that installs first, and the folder that everything here is installed for."""
        if any(each.kind == "keep" for each in self.ours):
            raise StaysError
        if self.job.in_container:
            raise StaysError("the job runs in an image, which may have no uv")
        owners = {each.former.folder: each.former for each in self.ours if each.former is not None}
        if len(owners) > 1:
            raise StaysError("the job installs for several folders")
        installing = [step for step, calls in self.said if any(self._kind(call) == "install" for call in calls)]
        if not installing:
            raise StaysError("nothing in the job installs what it uses")
        for step, calls in self.said:
            for call in calls:
                if self._kind(call) != "install":
                    continue
                if step.has_condition or call.simple.enclosing:
                    raise StaysError("it is only run at times")
                if call.environment is not None:
                    raise StaysError("it is run in an environment that the job makes by itself")
        return installing[0].index, next(iter(owners.values()))

    def _kind(self, call: Call) -> str:
        found = self.wishes.get(id(call))
        return "" if found is None else found.kind

    def _setup(self, first: int) -> Step:
        """The step that sets up Python, which becomes the one that sets up uv."""
        found = steps_using(self.job, "actions/setup-python")
        if len(found) != 1 or found[0].index > first or found[0].has_condition:
            raise StaysError("no step `actions/setup-python` stands before it, to become `astral-sh/setup-uv`")
        step = found[0]
        names = [item.name or "" for item in step.inputs.items] if step.inputs is not None else []
        foreign = [name for name in names if name not in _INPUTS]
        if foreign:
            raise StaysError(f"`astral-sh/setup-uv` has no input {foreign[0]}")
        version = step.input("python-version")
        if version is not None and not self._is_known(version):
            raise StaysError(f"which Python {version!r} means to uv is not certain")
        by_pip = steps_using(self.job, *NEEDS_PIP)
        if by_pip:
            raise StaysError(f"{by_pip[0].uses} calls pip, which an environment of uv does not have")
        if "outputs.python-path" in self.job.source.text:
            raise StaysError("`astral-sh/setup-uv` has no output python-path")
        return step

    def _is_known(self, version: str) -> bool:
        named = _NAMED.fullmatch(version)
        if named is None:
            return _VERSION.fullmatch(version) is not None
        if named[1] == "matrix":
            values = self.job.matrix(named[2])
        else:
            root = self.job.tree.root
            nodes = [self.job.node.at("env", named[2]), root.at("env", named[2]) if root is not None else None]
            values = [found.value for node in nodes if (found := scalar(node)) is not None][:1]
        return bool(values) and all(_VERSION.fullmatch(value) is not None for value in values or ())

    def _decided(self, first: int, owner: Former, *, switched: bool) -> tuple[dict[int, Edit], set[int]]:
        """The edits of the commands that become others, and the commands that go, by identity."""
        needs = frozenset().union(*(each.needs for each in self.ours))
        replaced: dict[int, Edit] = {}
        dropped: set[int] = set()
        installed = False
        managed = any(each.call.words[0] in INSTALLERS for each in self.ours)
        for step, calls in self.said:
            for call in calls:
                each = self.wishes.get(id(call))
                if each is None:
                    continue
                if each.kind == "install" and not installed:
                    installed = True
                    replaced[id(call)] = Edit(call.path, call.place(0, -1), sync(each, owner, needs, active=False))
                elif (
                    each.kind in ("install", "drop")
                    or (each.kind == "tool" and managed)
                    or (each.kind == "seed" and switched)
                ):
                    dropped.add(id(call))
                elif each.kind == "replace":
                    replaced[id(call)] = Edit(call.path, call.place(0, each.until), each.text)
                elif each.kind in ("pip", "tool") and switched:
                    if step.index < first or not installed:
                        raise StaysError(f"`uv sync` would take away what `{_first_words(call)}` brings before it")
                    if not pip_of_uv(each) or call.own_program or call.environment is not None:
                        raise StaysError(f"`uv pip` has no equal for `{_first_words(call)}`")
                    replaced[id(call)] = Edit(call.path, call.place(0, call.head - 1), "uv pip")
                touched = id(call) in replaced or id(call) in dropped
                if touched and not call.is_written(self.job.source.text, len(call.simple.words)):
                    raise StaysError("it is put together from several places")
        return replaced, dropped

    def _without_step(self, step: Step) -> list[Edit]:
        """The job without a step; nothing may speak of it."""
        identity = scalar(step.node.get("id"))
        if identity is not None and f"steps.{identity.value}." in self.job.source.text:
            raise StaysError(f"another step asks for what {identity.value} found")
        edits = yaml.delete_element(self.job.tree, self.job.list_, step.index)
        return [_with_blank_line(self.job.source.text, edit) for edit in edits]

    def _switched(self, step: Step, owner: Former, *, cached: bool) -> Iterator[Edit]:
        """The step that set up Python, as one that sets up uv with an environment of that Python."""
        job, uses = self.job, scalar(step.node.get("uses"))
        if uses is None:
            return
        pinned = _COMMIT.search(uses.value) is not None
        reference = f"{SETUP_UV.repository}@{SETUP_UV.commit}" if pinned else SETUP_UV.reference
        yield Edit(job.source.path, uses.mapped.span(0, len(uses.value)), reference)
        comment = _COMMENT.match(job.source.text, uses.span.end) if pinned else None
        if comment is not None:
            named = f"{comment[1]}{SETUP_UV.reference}" if comment[1] else SETUP_UV.tag
            yield Edit(job.source.path, Span(*comment.span()), f" # {named}")
        elif pinned:
            yield Edit(job.source.path, Span(uses.span.end, uses.span.end), f" # {SETUP_UV.tag}")
        yield from self._inputs(step, owner, cached)

    def _inputs(self, step: Step, owner: Former, cached: bool) -> Iterator[Edit]:
        added: list[tuple[str, str]] = []
        given = step.inputs
        cache = given.item("cache") if given is not None else None
        if cached and cache is None:
            added.append(("enable-cache", "true"))
        if any(call.words[0] in ("pip", "uv") for call in self._installing()) or self._in_one_environment():
            added.append(("activate-environment", "true"))
        if owner.folder:
            added.append(("working-directory", owner.folder))
        if given is None:
            text = "".join(f"{key}: {value}\n" for key, value in added)
            if added:
                yield from yaml.insert_item(self.job.tree, step.node, "with", text, after="uses")
            return
        path = self.job.source.path
        names = ["cache", "python-version", "python-version-file"]
        anchor = next((item for name in names if (item := given.item(name)) is not None), given.items[-1])
        separator = ", " if given.flow else self.job.source.newline + " " * _column(self.job.source.text, anchor.span)
        more = separator.join(f"{key}: {value}" for key, value in added)
        if cache is not None:
            yield Edit(path, cache.span, separator.join(["enable-cache: true", *([more] if more else [])]))
        elif anchor.name == "python-version-file":
            yield Edit(path, anchor.span, more)
        elif more:
            yield Edit(path, Span(anchor.span.end, anchor.span.end), separator + more)
        dependencies = given.item("cache-dependency-path")
        if dependencies is not None:
            glob = f"{owner.folder}/uv.lock" if owner.folder else "uv.lock"
            yield Edit(path, dependencies.span, f"cache-dependency-glob: {glob}")
        file = given.item("python-version-file")
        if file is not None and anchor is not file:
            # uv finds `.python-version` and `requires-python` by itself.
            yield from yaml.delete_item(self.job.tree, given, "python-version-file")

    def _installing(self) -> Iterator[Call]:
        return (each.call for each in self.ours if each.kind == "install")

    def _in_one_environment(self) -> bool:
        """Whether Poetry or Pipenv is told to install where every later command finds it."""
        text = self.job.source.slice(self.job.span)
        return "virtualenvs.create false" in text or "--system" in text


def _with_blank_line(text: str, edit: Edit) -> Edit:
    """Of two blank lines around a deleted step one goes with it."""
    start, end = edit.span
    before = text[:start].endswith("\n\n")
    following = text.find("\n", end)
    if edit.text or not before or following < 0 or text[end:following].strip():
        return edit
    return Edit(edit.path, Span(start, following + 1), "")


def _column(text: str, span: Span) -> int:
    return span.start - (text.rfind("\n", 0, span.start) + 1)


def _first_words(call: Call) -> str:
    return " ".join(word.text for word in call.simple.words[:4])


def _keeps_packages(step: Step) -> bool:
    """Whether a step does nothing but keep the packages that pip and its like have brought."""
    if step.uses != "actions/cache":
        return False
    paths = (step.input("path") or "").split()
    return bool(paths) and set(paths) <= _CACHES


def _without(text: str, call: Call, calls: list[Call]) -> Edit:
    """A text without one of its commands: its line, or its part of a list; raises StaysError where neither is clean."""
    mapped = call.simple.mapped
    start, end = call.simple.start, call.simple.end
    line_start = mapped.text.rfind("\n", 0, start) + 1
    line_end = mapped.text.find("\n", end)
    line_end = len(mapped.text) if line_end < 0 else line_end
    before, after = mapped.text[line_start:start].strip(), mapped.text[end:line_end].strip()
    span = mapped.span(start, end)
    if not before and (not after or after.startswith("#")) and "\n" in mapped.text:
        first = text.rfind("\n", 0, span.start) + 1
        last = text.find("\n", span.end) + 1 or len(text)
        return Edit(call.path, Span(first, last), "")
    number = calls.index(call)
    if after[:2] == "&&" and number + 1 < len(calls):
        return Edit(call.path, Span(span.start, mapped.offset(calls[number + 1].simple.start)), "")
    if before.endswith("&&") and not after and number:
        return Edit(call.path, Span(mapped.span(0, calls[number - 1].simple.end).end, span.end), "")
    raise StaysError(f"`{_first_words(call)}` cannot be taken out of its line")
