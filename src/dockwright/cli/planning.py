"""What `plan` and `apply` share: the options that choose what goes into a plan, and the making of it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from dockwright.cli.settings import choice
from dockwright.cli.tools import OFFLINE, TOOLS
from dockwright.config import Configured
from dockwright.errors import UsageError
from dockwright.finding import Consent
from dockwright.plan import Plan, make_plan
from dockwright.project.model import Project
from dockwright.proof.loaded import LoadedCompose
from dockwright.proof.static import Proof, asked, prove
from dockwright.refactor.steps import CLOSING, to_target_layout
from dockwright.rule import all_rules


def add_choices(options: argparse.ArgumentParser) -> None:
    """--only, --skip and --unsafe-fixes."""
    options.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="only this step or rule; repeatable"
    )
    options.add_argument(
        "--skip", action="append", default=[], metavar="NAME", help="not this step or rule; repeatable"
    )
    options.add_argument(
        "--unsafe-fixes",
        action=argparse.BooleanOptionalAction,
        help="also the fixes that guess about the application: read the diff",
    )
    options.add_argument(
        "--offline", action="store_true", help="no network: uv locks from its cache, or the step packaging is left"
    )


def planned(project: Project, settings: Configured, given: argparse.Namespace) -> Plan:
    """The plan that the options and the settings ask for; what comments leave out is not changed.

    Raises UsageError for a step or rule that does not exist.
    """
    layout = to_target_layout(OFFLINE if given.offline else TOOLS)
    steps = {step.name for step in (*layout, *CLOSING)}
    names = steps | {name for rule in all_rules() for name in (rule.code, rule.name)}
    for name in (*given.only, *given.skip):
        if name not in names:
            raise UsageError(
                f"no step or rule is called {name}",
                hint=f"`dockwright rules` lists them; steps: {', '.join(sorted(steps))}",
            )
    rules = [name for name in given.only if name not in steps]
    chosen = choice(settings, select=rules)
    skip = set(given.skip)
    if given.only:
        skip |= {step.name for step in layout if step.name not in given.only}
    looking = () if given.only and not rules else chosen.rules
    unsafe = settings.settings.unsafe_fixes if given.unsafe_fixes is None else given.unsafe_fixes
    consents: Sequence[Consent] = ("safe", "refit", "unsafe") if unsafe else ("safe", "refit")
    return make_plan(project, looking, layout, closing=CLOSING, consents=consents, skip=skip, wanted=chosen.wanted)


def proved(plan: Plan) -> Proof:
    """The plan's proof, with real Compose where it is installed, else by dockwright's own loader."""
    from dockwright.engine.compose import installed

    return prove(plan, installed() or _loader())


@contextmanager
def proving(project: Project) -> Iterator[Callable[[Plan], Proof]]:
    """What proves a plan for a project: Compose resolves what is there while the plan is made."""
    from dockwright.engine.compose import installed

    compose = installed()
    if compose is None:
        yield lambda plan: prove(plan, _loader())
        return
    with compose.resolving(*asked(project)) as resolved:
        yield lambda plan: prove(plan, compose, resolved)


def _loader() -> LoadedCompose:

    return LoadedCompose(os.path.expanduser("~"))
