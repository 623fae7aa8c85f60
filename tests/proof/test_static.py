"""The static proof: equal but for what a patch declared, and every path that led somewhere still does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from dockwright.engine.compose import RealCompose
from dockwright.finding import Fix, Intent
from dockwright.plan import Plan, make_plan
from dockwright.project.discover import discover
from dockwright.proof.loaded import LoadedCompose
from dockwright.proof.static import Difference, prove
from dockwright.refactor.layout.compose_files import ComposeFiles
from dockwright.refactor.step import Proposal
from dockwright.refactor.steps import to_target_layout
from dockwright.rule import all_rules
from dockwright.text import Change, Delete, Edit, Span
from dockwright.tools import Resolved, StackFiles, Tools
from projects import project

FILES = {
    "compose/docker-compose.dev.yml": "name: shop\nservices:\n  app:\n    image: shop\n    ports: ['80:80']\n",
    "Makefile": "up:\n\tdocker compose -f compose/docker-compose.dev.yml up\n",
}


class Replaced:
    """A step that replaces one text by another, or deletes its file, and declares `intends`."""

    title = "a step"

    def __init__(self, name: str, path: str, old: str, new: str, *intends: Intent) -> None:
        self.name, self.path, self.old, self.new, self.intends = name, path, old, new, intends

    def propose(self, project: Any) -> Proposal:
        at = project.sources[self.path].text.index(self.old)
        edit = Edit(self.path, Span(at, at + len(self.old)), self.new)
        change: Change = edit if self.new else Delete(self.path)
        return Proposal((Fix("change", (change,), "refit", self.intends),))


def changed(old: str, new: str, *intends: Intent, path: str = "compose/docker-compose.dev.yml") -> Plan:
    """The plan of one such step."""
    return make_plan(project(FILES), [], [Replaced("step", path, old, new, *intends)])


PORT = "stack dev / services / app / ports / 0 / published"


def test_an_undeclared_difference_is_broken() -> None:
    proof = prove(changed("80:80", "81:80"))
    assert [(d.place, d.before, d.after) for d in proof.broken] == [(PORT, "80", "81")]
    assert proof.kept > 0


def test_a_declared_difference_is_intended_and_names_its_owner() -> None:
    proof = prove(changed("80:80", "81:80", Intent(PORT, "80", "81")))
    assert proof.broken == ()
    assert [(d.place, d.owner) for d in proof.intended] == [(PORT, "step")]


@pytest.mark.parametrize(
    "intent", [Intent(PORT, "80", "82"), Intent(PORT, None, "81"), Intent("stack dev", "80", "81")]
)
def test_an_intent_covers_exactly_one_difference(intent: Intent) -> None:
    assert len(prove(changed("80:80", "81:80", intent)).broken) == 1


def test_patches_may_change_a_place_one_after_the_other() -> None:
    proof = prove(in_turn(("80:80", "81:80", Intent(PORT, "80", "81")), ("81:80", "82:80", Intent(PORT, "81", "82"))))
    assert proof.broken == ()
    assert proof.intended == (Difference(PORT, "80", "82", "first, second"),)


def test_each_patch_is_held_to_its_own_intents() -> None:
    late = Intent(PORT, "80", "82")
    proof = prove(in_turn(("80:80", "81:80"), ("81:80", "82:80", late)))
    assert proof.broken == (Difference(PORT, "80", "81", "first"), Difference(PORT, "81", "82", "second"))


def test_what_a_later_patch_changes_back_is_broken_all_the_same() -> None:
    proof = prove(in_turn(("80:80", "81:80"), ("81:80", "80:80", Intent(PORT, "81", "80"))))
    assert proof.broken == (Difference(PORT, "80", "81", "first"),)


def in_turn(*said: tuple[Any, ...]) -> Plan:
    """The plan of several such steps, called first and second."""
    path = "compose/docker-compose.dev.yml"
    steps = [Replaced(name, path, *each) for name, each in zip(("first", "second"), said, strict=True)]
    return make_plan(project(FILES), [], steps)


def test_what_is_added_or_dropped_is_broken_too() -> None:
    proof = prove(changed("    image: shop\n", "    init: true\n"))
    assert [(d.before, d.after) for d in proof.broken] == [("shop", None), (None, "True")]


def test_a_comment_changes_nothing() -> None:
    proof = prove(changed("    image", "    # The shop\n    image"))
    assert (proof.broken, proof.intended) == ((), ())


def test_a_call_that_names_another_file_is_broken() -> None:
    proof = prove(changed("docker-compose.dev.yml", "docker-compose.prod.yml", path="Makefile"))
    places = [difference.place for difference in proof.broken]
    assert "Makefile / docker compose call 1" in places
    assert "Makefile / compose file compose/docker-compose.dev.yml" in places


def test_a_stack_that_does_not_resolve_any_more_is_broken() -> None:
    proof = prove(changed("name: shop", "- shop"))
    assert any(difference.before == "resolves" for difference in proof.broken)


def test_a_stack_that_never_resolved_is_said_to_be_unproved() -> None:
    files = {path: text.replace("['80:80']", "7") for path, text in FILES.items()}
    step = Replaced("step", "compose/docker-compose.dev.yml", "image: shop", "image: other")
    proof = prove(make_plan(project(files), [], [step]))
    assert proof.broken == ()
    assert "ports must be a array" in proof.unproved[0]


def test_an_empty_plan_needs_no_proof() -> None:
    assert prove(make_plan(project(FILES), [])).kept == 0


@pytest.mark.compose
def test_real_compose_sees_no_difference_in_a_move() -> None:
    files = {
        "docker-compose.dev.yml": "services:\n  app:\n    build: .\n    env_file: .env.dev\n"
        "    volumes: ['.:/app', 'd:/d']\nvolumes:\n  d:\n",
        "docker-compose.test.yml": "services:\n  app:\n    image: shop:${TAG:?}\n"
        "    volumes: ['d:/d']\nvolumes:\n  d:\n",
        ".env.dev": "A=b\n",
        "Dockerfile": "FROM scratch\n",
    }
    proof = prove(make_plan(project(files), [], [ComposeFiles()]), RealCompose())
    assert proof.broken == ()
    assert proof.unproved == ()
    assert [(d.place, d.before, d.after) for d in proof.intended] == [
        ("stack test / name", "shop", "shop-test"),
        ("stack test / networks / default / name", "shop_default", "shop-test_default"),
        ("stack test / volumes / d / name", "shop_d", "shop-test_d"),
    ]


@pytest.mark.compose
def test_real_compose_says_why_a_stack_does_not_resolve() -> None:
    contents = {"c.yml": b"services:\n  app:\n    image: x\n    ports: 7\n"}
    (resolved,) = RealCompose().resolve(contents, [StackFiles(("c.yml",), (), "", "shop")])
    assert resolved.model is None
    assert resolved.error
    assert "ports" in resolved.error


@pytest.mark.compose
def test_a_rule_may_declare_what_it_changes_in_a_stack_whose_files_have_moved() -> None:
    app = "name: {}\nservices:\n  app:\n    image: shop:1\n    depends_on: [db]\n  db:\n    image: redis:8.2.1\n"
    files = {"docker-compose.yml": app.format("shop"), "admin/docker-compose.yml": app.format("admin")}
    rules = [rule for rule in all_rules() if rule.code == "DW309"]
    proof = prove(make_plan(project(files), rules, [ComposeFiles()]), RealCompose())
    assert proof.broken == ()
    assert {difference.place.partition(" / ")[0] for difference in proof.intended} == {
        "stack default (docker-compose.yml)",
        "stack default (admin/docker-compose.yml)",
    }


def test_the_loader_says_why_a_stack_does_not_resolve() -> None:
    contents = {"c.yml": b"services:\n  app:\n    image: x\n    ports: 7\n"}
    (resolved,) = LoadedCompose().resolve(contents, [StackFiles(("c.yml",), (), "", "shop")])
    assert resolved == Resolved(None, "c.yml:4: services.app.ports must be a array")


def test_a_file_that_changes_is_read_again() -> None:
    compose = LoadedCompose()
    called = [StackFiles(("c.yml",), ("none.env",), "", "shop")]
    images = []
    for image in ("one", "two"):
        (found,) = compose.resolve({"c.yml": f"services:\n  app:\n    image: {image}\n".encode()}, called)
        assert found.model is not None
        images.append(found.model["services"]["app"]["image"])
    assert images == ["one", "two"]


def test_two_resolvers_that_disagree_are_told_apart() -> None:
    class Other(LoadedCompose):
        def resolve(self, contents: Mapping[str, bytes], stacks: Sequence[StackFiles]) -> list[Resolved]:
            return [Resolved({**(found.model or {}), "name": "other"}) for found in super().resolve(contents, stacks)]

    plan = changed("80:80", "81:80")
    assert prove(plan, Other()).unproved == ("stack dev: two resolvers disagree at name",)
    assert prove(plan, LoadedCompose()).unproved == ()


@pytest.mark.compose
def test_the_example_is_proved_alike_by_compose_and_by_the_loader() -> None:
    example = discover(str(Path(__file__).parents[2] / "examples" / "dashtam-legacy"))
    plan = make_plan(example, [], to_target_layout(Tools()))
    proof = prove(plan)
    assert proof == prove(plan, RealCompose())
    assert (proof.broken, proof.unproved) == ((), ())
    assert proof.kept > 100
