"""What a project keeps from the states before it: nothing that a fresh look at its files would not say."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, TypeVar

import dockwright
from dockwright.plan import make_plan
from dockwright.project.discover import discover
from dockwright.project.model import Project, Trees, view
from dockwright.refactor.steps import CLOSING, to_target_layout
from dockwright.rule import all_rules
from dockwright.text import Source
from dockwright.tools import Tools
from example import LEGACY

Tree = TypeVar("Tree")


class Parsed(Trees):
    """Parses each text once, with others of its kind: nodes of YAML are equal only to themselves."""

    def __init__(self, trees: dict[tuple[object, Source], Any]) -> None:
        super().__init__()
        self.trees = trees

    def of(self, parse: Callable[[Source], Tree], source: Source) -> Tree:
        if (parse, source) not in self.trees:
            self.trees[parse, source] = parse(source)
        return self.trees[parse, source]  # type: ignore[no-any-return]


def test_every_view_after_every_patch_is_what_a_fresh_look_says() -> None:
    views = list(every_view())
    parsed = Parsed({})
    start = with_trees(discover(str(LEGACY)), parsed)
    plan = make_plan(start, all_rules(), to_target_layout(Tools()), closing=CLOSING)
    states = [patch.after for patch in plan.patches if patch.after is not None]
    assert len(views) > 30
    assert len(states) > 30
    for state in states:
        fresh = with_trees(state, Parsed(parsed.trees))
        for each in views:
            kept = each(state)
            assert callable(kept) or kept == each(fresh), each


def with_trees(state: Project, trees: Trees) -> Project:
    """A state of which nothing is known but what these trees hold."""
    return Project(**{name: getattr(state, name) for name in Project.__struct_fields__} | {"trees": trees})


def every_view() -> Iterator[Callable[[Project], object]]:
    """Every function of the package that is a view."""
    code = view(lambda project: project).__code__
    for module in pkgutil.walk_packages(dockwright.__path__, "dockwright."):
        if not module.name.endswith("__main__"):
            for found in vars(import_module(module.name)).values():
                if getattr(found, "__code__", None) is code and found.__module__ == module.name:
                    yield found
