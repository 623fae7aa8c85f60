"""What `plan` and `apply` share: the options that choose what goes into a plan, and the making of it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dockwright.cli.progress import telling
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
from dockwright.tools import Engine

if TYPE_CHECKING:
    from dockwright.proof.images import ImageProof


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


def add_image_proof(options: argparse.ArgumentParser) -> None:
    """--prove-images."""
    options.add_argument(
        "--prove-images",
        action="store_true",
        help="also build the images as they are and as planned, and compare them; a build runs the project's own "
        "code, in the engine's sandbox, which nothing else here does",
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

    return prove(plan, installed(), home=_home())


@contextmanager
def proving(project: Project) -> Iterator[Callable[[Plan], Proof]]:
    """What proves a plan for a project: Compose resolves what is there while the plan is made."""
    from dockwright.engine.compose import installed

    compose = installed()
    if compose is None:
        yield lambda plan: prove(plan, home=_home())
        return
    with compose.resolving(*asked(project)) as resolved:
        yield lambda plan: prove(plan, compose, resolved, home=_home())


def image_prover(project: Project, given: argparse.Namespace) -> Callable[[Plan], list[ImageProof]] | None:
    """What proves a plan's images where --prove-images asks for it.

    Raises UsageError with --offline, and DockwrightError where no engine answers: before anything is planned.
    """
    if not given.prove_images:
        return None
    if given.offline:
        raise UsageError("--prove-images builds, and builds fetch packages", hint="leave out --offline or it")
    from dockwright.engine.docker import reached

    engine = reached(project.root)
    return lambda plan: _images_proved(plan, engine)


def _images_proved(plan: Plan, engine: Engine) -> list[ImageProof]:
    from dockwright.engine.building import building
    from dockwright.engine.compose import installed
    from dockwright.engine.docker import environment
    from dockwright.proof.built import prove_images
    from dockwright.proof.images import ImageProof
    from dockwright.proof.pairs import pairs, unread

    if not plan.patches:
        return []
    compose = installed() or _loader()
    before, after = (compose.resolve(*asked(state)) for state in (plan.before, plan.after))
    found, unproved = pairs(plan, before, after, environment())
    builds = {(build, at) for pair in found if pair.changed for at, build in enumerate((pair.before, pair.after))}
    with (
        telling(f"{len(builds)} images are built and looked into"),
        building(engine, plan.before.root, plan.changes.files, unread(plan, found)) as builder,
    ):
        proved = prove_images(found, engine, builder)
    return [*proved, *(ImageProof(place, (place,), 0, unproved=(f"{place}: {reason}",)) for place, reason in unproved)]


def _loader() -> LoadedCompose:
    return LoadedCompose(_home())


def _home() -> str:
    return os.path.expanduser("~")
