"""Targets: every environment can be started, stopped and looked into by the same words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dockwright.finding import Fix
from dockwright.project.commands import Invocation
from dockwright.project.model import Project
from dockwright.refactor.make.block import Block
from dockwright.refactor.make.environments import Environment, environments
from dockwright.refactor.make.tasks import VERBS
from dockwright.refactor.make.user_file import NAMES, HelpStyle, UserFile, user_file
from dockwright.refactor.step import Deferred, Proposal
from dockwright.text import Create, Edit, Site, Span

OWNER = "make"
_OTHER_RUNNERS = ("justfile", "Justfile", ".justfile", "Taskfile.yml", "Taskfile.yaml", "taskfile.yml")


class Targets:
    """Adds the targets that are missing, in one block at the end; makes a Makefile where there is none."""

    name = OWNER
    title = "A Make target of each kind for every environment"

    def propose(self, project: Project) -> Proposal:
        """The block, or the file, and what keeps it from being written."""
        user = user_file(project)
        known, shared = environments(project, None if user is None else user.tree)
        left = [
            Deferred(OWNER, f"write the {tag} targets by hand", "several stacks are for it, and none is called more")
            for tag in shared
        ]
        if not known:
            return Proposal((), tuple(left))
        if user is None:
            return self._new(project, known, left)
        block = Block(project, known, user)
        if not block.new:
            return Proposal((), tuple(left))
        reason = _in_the_way(user)
        if reason is not None:
            at = Site(user.tree.source.path, Span(0, 0))
            left.append(Deferred(OWNER, f"write these targets by hand: {', '.join(block.new)}", reason, at))
            return Proposal((), tuple(left))
        left += _clashes(user, known)
        title = f"add the targets of {', '.join(each.tag for each in known)} that were missing"
        return Proposal((Fix(title, (_appended(user, block),), "refit"),), tuple(left))

    def _new(self, project: Project, known: Sequence[Environment], left: list[Deferred]) -> Proposal:
        if any(project.exists(name) for name in NAMES):
            return Proposal((), tuple(left))  # there, and a template or broken
        other = next((name for name in _OTHER_RUNNERS if project.exists(name)), None)
        if other is not None:
            left.append(Deferred(OWNER, "no Makefile is made", f"{other} runs the project's tasks", None))
            return Proposal((), tuple(left))
        paragraphs = list(Block(project, known, None).paragraphs())
        text = "\n\n".join([_HEAD.format(known[0].tag), *paragraphs]) + "\n"
        return Proposal((Fix("make a Makefile", (Create("Makefile", text),), "refit"),), tuple(left))


_HEAD = (
    "# Works from anywhere: `make {0}-up`, or `make -C path {0}-up`.\n\n"
    ".DEFAULT_GOAL := help\n"
    ".PHONY: help\n"
    f"{HelpStyle().line('help', 'show this help')}\n"
    "help:\n"
    "\t@sed -n 's/^#? /  /p' $(MAKEFILE_LIST)"
)


def _in_the_way(user: UserFile) -> str | None:
    """Why nothing can be added to the Makefile."""
    if not user.program.complete:
        return "the Makefile includes what cannot be read here, or makes rules while it runs"
    if user.tree.problems:
        return f"the Makefile does not parse: {user.tree.problems[0].message}"
    return None


def _appended(user: UserFile, block: Block) -> Edit:
    source = user.tree.source
    heading = "# Every environment" if len(block.tags) > 1 else f"# The environment {block.tags[0]}"
    text = "\n\n".join([heading, *block.paragraphs()])
    if user.tree.recipe_prefix != "\t":
        text = text.replace("\n\t", f"\n{user.tree.recipe_prefix}")
    end = len(source.text.rstrip())
    kept = source.text[end:]
    newline = source.newline
    text = f"\n\n{text}\n".replace("\n", newline)
    return Edit(source.path, Span(end, end + len(kept)), text)


def _clashes(user: UserFile, known: Sequence[Environment]) -> Iterator[Deferred]:
    """Targets of the user's that do something else than their names promise."""
    for each in known:
        for verb in VERBS:
            name = f"{each.tag}-{verb.name}"
            if name not in user.names:
                continue
            rule = user.program.targets[name]
            calls = user.calls(name)
            subcommands = {call.subcommand for call in calls}
            reason = None
            if calls and None not in subcommands and not subcommands & verb.expected:
                reason = f"it runs `docker compose {' and '.join(sorted(filter(None, subcommands)))}`"
            elif verb.name == "down" and each.tag not in ("test", "ci") and any(map(_takes_data, calls)):
                reason = "it takes the volumes along, and the data with them"
            if reason is not None:
                at = Site(user.tree.source.path, rule.line_span)
                yield Deferred(
                    OWNER,
                    f"{name} stays as it is",
                    f"{reason}; elsewhere {verb.name} means to {verb.told.format('it')}{verb.more}",
                    at,
                )


def _takes_data(call: Invocation) -> bool:
    return call.subcommand == "down" and not {"-v", "--volumes"}.isdisjoint(call.arguments)
