"""Help: `make help` shows every target."""

from __future__ import annotations

from dockwright.finding import Fix
from dockwright.project.model import Project
from dockwright.refactor.make.environments import environments
from dockwright.refactor.make.targets import OWNER
from dockwright.refactor.make.tasks import VERBS
from dockwright.refactor.make.user_file import UserFile, user_file
from dockwright.refactor.step import Deferred, Proposal
from dockwright.syntax import makefile
from dockwright.text import Edit, Span, lazy_regex

_DOCUMENTED = lazy_regex(r"(?m)^#\? (\S+)")

_WIDTH = 72
"""Columns of a list of names, with room behind it."""


class Help:
    """Has the user's `help` print the documenting comments too, and name the targets that nothing tells of."""

    name = OWNER
    title = "Help that shows every target"

    def propose(self, project: Project) -> Proposal:
        """Lines at the end of the recipe of `help`, or a `help` of its own."""
        user = user_file(project)
        known, _ = environments(project, None if user is None else user.tree)
        told = set() if user is None else set(_DOCUMENTED.findall(user.tree.source.text))
        if user is None or not known or not told or "#? " in user.help_text:
            return Proposal()
        families = {f"{each.tag}-{verb.name}" for each in known for verb in VERBS if f"ENV-{verb.name}" in told}
        lines = [f"@sed -n 's/^#? /{user.style.lead}/p' $(MAKEFILE_LIST)"]
        lines += [f'@echo "{line}"' for line in _listed(user.style.lead, list(user.untold(told | families)))]
        source = user.tree.source
        recipe = "".join(f"{source.newline}{user.tree.recipe_prefix}{line}" for line in lines)
        rule = user.help
        if rule is None and "help" in user.names:
            left = Deferred(OWNER, f"add this to the help: {lines[0]}", "it is in an included file")
            return Proposal((), (left,))
        if rule is None:
            title, edits = "add a help that shows every target", _own(user, recipe)
        else:
            title, edits = "show the other targets in the help, too", (_behind(user, rule, recipe),)
        return Proposal((Fix(title, edits, "refit"),))


def _listed(lead: str, names: list[str]) -> list[str]:
    """The names that nothing is said of, in lines that a terminal holds."""
    if not names:
        return []
    lines = [lead + names[0]]
    for name in names[1:]:
        if len(lines[-1]) + len(name) > _WIDTH:
            lines[-1] += ","
            lines.append(" " * len(lead) + name)
        else:
            lines[-1] += f", {name}"
    lines[-1] += ": see the Makefile"
    return lines


def _behind(user: UserFile, rule: makefile.Rule, recipe: str) -> Edit:
    return Edit(user.tree.source.path, Span(rule.span.end, rule.span.end), recipe)


def _own(user: UserFile, recipe: str) -> tuple[Edit, ...]:
    """`help` at the end, so that the default goal stays what it is."""
    source = user.tree.source
    end = len(source.text)
    lead = "" if source.text.endswith("\n") else source.newline
    lines = ["", ".PHONY: help", user.style.line("help", "show this help"), f"help:{recipe}", ""]
    return (Edit(source.path, Span(end, end), lead + source.newline.join(lines)),)
