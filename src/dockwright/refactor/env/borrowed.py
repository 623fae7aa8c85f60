"""A stack that runs on another's example gets an example of its own, which works as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import dirname

from dockwright.finding import Fix, Intent
from dockwright.project.env_names import environment, is_example
from dockwright.project.model import Project
from dockwright.project.naming import references
from dockwright.project.references import Reference, join, rewritten
from dockwright.project.roles import role
from dockwright.project.stacks import Stack, commands, stacks
from dockwright.refactor.env.hidden import OWNER
from dockwright.refactor.env.values import without_secrets
from dockwright.refactor.step import Proposal, letting_go
from dockwright.text import Create, Edit, splice


class Borrowed:
    """Production's example loses the values that a demonstration started with: it keeps them in one of its own."""

    name = OWNER
    title = "No stack runs on production's example"

    def propose(self, project: Project) -> Proposal:
        """One patch a stack."""
        fixes = []
        for stack in stacks(project):
            if role(project, stack) is not None or stack.name == "default":
                continue
            for path in stack.env_files:
                own = join(dirname(path), f".env.{stack.name}.example")
                if _is_production_s(path) and path in project.env_files and not project.exists(own):
                    fixes.append(_fix(project, stack, path, own))
        return Proposal(tuple(fixes))


def _is_production_s(path: str) -> bool:
    return is_example(path) and environment(path) == "prod"


def _fix(project: Project, stack: Stack, path: str, own: str) -> Fix:
    file = project.env_files[path]
    text = _retold(splice(file.source.text, without_secrets(file, stack.name, filled=True)), stack, path)
    edits: list[Edit] = []
    intends: list[Intent] = []
    for ref, intent in _calls(project, stack, path, own):
        said = rewritten(ref, lambda old: own if old == path else old)
        if said is not None and ref.certain:
            edits.append(Edit(ref.at.path, ref.at.span, said))
            intends.append(intent)
    edits += _told(project, stack, path, own)
    title = f"let {stack.name} run on an example of its own"
    made = Create(own, text, file.source.mode)
    return letting_go(project, Fix(title, (made, *edits), "refit", tuple(intends)), {path})


def _retold(text: str, stack: Stack, path: str) -> str:
    """The text without the comment that says to copy it to production's file."""
    copied = re.compile(rf"(?m)^#.*{re.escape(path.removesuffix('.example'))}.*?(?=\r?$)")
    return copied.sub(f"# {stack.name.capitalize()}: read as it is, with stand-ins for secrets.", text)


def _told(project: Project, stack: Stack, path: str, own: str) -> Iterator[Edit]:
    """Where a document says on one line what the stack is made of."""
    for ref in references(project):
        if ref.target == path and ref.certain and project.kinds.get(ref.at.path) == "document":
            source = project.sources[ref.at.path]
            line = source.line(source.position(ref.at.span.start).line)
            said = rewritten(ref, lambda old: own if old == path else old)
            if stack.files[-1] in line and said is not None and " compose " not in line:
                yield Edit(ref.at.path, ref.at.span, said)


def _calls(project: Project, stack: Stack, path: str, own: str) -> Iterator[tuple[Reference, Intent]]:
    for caller, said in commands(project).items():
        for number, call in enumerate(said.invocations, 1):
            files = tuple(ref.target for ref in call.files)
            for ref in call.env_files:
                if files == stack.files and ref.target == path:
                    read = " ".join((*files, *(each.target for each in call.env_files)))
                    yield ref, Intent(f"{caller} / docker compose call {number}", read, read.replace(path, own))
