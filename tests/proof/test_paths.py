"""Paths in the proof: references, Make targets and jobs that were there."""

from __future__ import annotations

import pytest

from dockwright.finding import Fix, Intent
from dockwright.plan import make_plan
from dockwright.project.model import Project
from dockwright.proof.static import Difference, prove
from dockwright.refactor.step import Proposal
from dockwright.text import Delete, Edit, Span
from projects import project

FILES = {
    "Makefile": "up: build\n\tdocker compose -f compose.yaml up\nbuild:\n\t./scripts/build.sh\n\t./scripts/build.sh\n",
    "compose.yaml": "services:\n  app:\n    image: shop\n",
    "scripts/build.sh": "docker build .\n",
    ".github/workflows/ci.yml": "on:\n  push:\n    paths: ['scripts/*.sh']\njobs:\n  test:\n"
    "    runs-on: ubuntu-latest\n    steps:\n      - run: ./scripts/build.sh\n",
    "README.md": "See [the script](scripts/build.sh).\n",
}


class Replaced:
    """A step that replaces one text by another."""

    title = "a step"
    name = "step"

    def __init__(self, path: str, old: str, new: str, *intends: Intent) -> None:
        self.path, self.old, self.new, self.intends = path, old, new, intends

    def propose(self, project: Project) -> Proposal:
        at = FILES[self.path].index(self.old)
        edit = Edit(self.path, Span(at, at + len(self.old)), self.new)
        return Proposal((Fix("change", (edit,), "refit", self.intends),))


@pytest.mark.parametrize(
    ("path", "old", "new", "place"),
    [
        ("Makefile", "\t./scripts/build.sh\n", "\ttrue\n", "Makefile / path scripts/build.sh"),
        ("Makefile", "build:\n", "image:\n", "Makefile / target build"),
        (".github/workflows/ci.yml", "test:", "tests:", ".github/workflows/ci.yml / job test"),
        (".github/workflows/ci.yml", "/*.sh", "/*.py", ".github/workflows/ci.yml / path filter scripts/build.sh"),
        (".github/workflows/ci.yml", "./scripts/build.sh", "make", ".github/workflows/ci.yml / path scripts/build.sh"),
        ("README.md", "scripts/build.sh", "scripts/make.sh", "README.md / link scripts/build.sh"),
    ],
)
def test_what_was_named_and_is_named_no_more_is_broken(path: str, old: str, new: str, place: str) -> None:
    proof = prove(make_plan(project(FILES), [], [Replaced(path, old, new)]))
    assert place in {difference.place for difference in proof.broken}
    declared = [Intent(each.place, each.before, each.after) for each in proof.broken]
    assert prove(make_plan(project(FILES), [], [Replaced(path, old, new, *declared)])).broken == ()


def test_one_of_two_that_go_is_one_difference() -> None:
    (lost,) = prove(make_plan(project(FILES), [], [Replaced("Makefile", "\t./scripts/build.sh\n", "")])).broken
    assert lost == Difference("Makefile / path scripts/build.sh", "found", None, "step")


def test_a_file_that_goes_is_missed_by_all_that_name_it() -> None:
    class Gone(Replaced):
        def propose(self, project: Project) -> Proposal:
            return Proposal((Fix("delete", (Delete("scripts/build.sh"),), "refit"),))

    broken = prove(make_plan(project(FILES), [], [Gone("README.md", "See", "See")])).broken
    assert {difference.place.partition(" / ")[0] for difference in broken} >= {
        "Makefile",
        ".github/workflows/ci.yml",
        "README.md",
    }


def test_a_new_reference_that_leads_nowhere_is_broken_and_one_to_a_file_that_people_make_is_not() -> None:
    said = ("docker build -f more.Dockerfile .", "test -f .env || cp .env.example .env")
    steps = [Replaced("Makefile", "up\nbuild", f"up\n\t{line}\nbuild") for line in said]
    broken = [prove(make_plan(project(FILES), [], [step])).broken for step in steps]
    assert broken == [(Difference("Makefile / dockerfile more.Dockerfile", None, "not there", "step"),), ()]
