"""Which images a plan changes, how each is built, and what the plan declares of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import example
from dockwright.plan import Patch, Plan, make_plan
from dockwright.project.discover import discover
from dockwright.project.model import Project, changes_between
from dockwright.project.stacks import stacks
from dockwright.proof.loaded import LoadedCompose
from dockwright.proof.pairs import Pair, pairs, unread
from dockwright.proof.static import asked
from dockwright.refactor.steps import to_target_layout
from dockwright.text import Change, Create, Delete, Edit, Move, Span
from dockwright.tools import ImageBuild, Tools
from projects import project

DOCKERFILE = "FROM python:3.13-slim\nWORKDIR /app\nRUN pip install -r requirements.txt\nCOPY . .\nCMD uvicorn app:app\n"
FILES = {
    "compose.yml": (
        "services:\n"
        "  app:\n    build: {context: ., args: {UID: '${UID:-7}', MODE: '${MODE}'}}\n    image: shop\n"
        "    volumes: ['data:/data', '.:/app']\n"
        "  worker:\n    image: shop\n    command: celery -A app worker\n    volumes: ['data:/data']\n"
        "  db:\n    image: postgres:17\nvolumes: {data: }\n"
    ),
    ".env": "MODE=fast\n",
    "Dockerfile": DOCKERFILE,
    "app.py": "",
    "requirements.txt": "fastapi==1.0\n",
}


def changed(files: Mapping[str, str], *patches: tuple[str, Sequence[Change]]) -> Plan:
    """The plan of these owners' changes, each made after the one before."""
    before = state = project(files)
    made = []
    for owner, changes in patches:
        after = state.replace(changes)
        moves = [(each.old, each.new) for each in changes if isinstance(each, Move)]
        made.append(Patch(owner, owner, changes_between(state, after, moves), "refit", (), state, after))
        state = after
    return Plan(before, state, tuple(made), ())


def found(plan: Plan, **environ: str) -> list[Pair]:
    compose = LoadedCompose()
    before, after = (compose.resolve(*asked(state)) for state in (plan.before, plan.after))
    made, unproved = pairs(plan, before, after, environ)
    assert unproved == []
    return made


def edit(of: Project | Mapping[str, str], path: str, old: str, new: str) -> Edit:
    text = of.sources[path].text if isinstance(of, Project) else of[path]
    at = text.index(old)
    return Edit(path, Span(at, at + len(old)), new)


def test_services_that_run_one_image_are_one_pair_with_its_arguments_filled_in() -> None:
    [pair] = found(changed(FILES, ("dockerfile", [edit(FILES, "Dockerfile", "slim", "slim-trixie")])), UID="1000")
    assert pair.before == pair.after == ImageBuild("", "Dockerfile", None, (("MODE", "fast"), ("UID", "1000")))
    assert [use.service for use in pair.declared.uses] == ["default / app", "default / worker"]
    assert pair.declared.uses[1].command_after == ("celery", "-A", "app", "worker")
    assert (pair.image, pair.changed) == ("Dockerfile", True)
    assert pair.declared.mounted == {"/data"}


def test_an_owner_is_who_changed_what_decides_an_aspect() -> None:
    named = edit(FILES, "compose.yml", "., ", "., dockerfile: docker/Dockerfile, ")
    plan = changed(
        FILES,
        ("layout", [Move("Dockerfile", "docker/Dockerfile"), named]),
        ("DW101", [Edit("docker/Dockerfile", Span(len(DOCKERFILE), len(DOCKERFILE)), "USER 1000:1000\n")]),
        ("packaging", [Create("uv.lock", "version = 1\n"), Delete("requirements.txt")]),
        ("DW202", [Create("docker/Dockerfile.dockerignore", "*.md\n")]),
    )  # fmt: skip
    [pair] = found(plan)
    assert (pair.image, pair.before.dockerfile) == ("docker/Dockerfile", "Dockerfile")
    owners = {aspect: names for aspect, names in pair.declared.owners.items() if names}
    assert owners == {"user": ("DW101",), "lock": ("packaging",), "files": ("DW202",)}
    assert pair.declared.gone == {
        "Dockerfile": ("the plan moves it", "layout"),
        "requirements.txt": ("the plan deletes it", "packaging"),
    }
    assert {path: owner for path, (_, owner) in pair.declared.written.items()} == {
        "compose.yml": "layout",
        "docker/Dockerfile": "layout, DW101",
        "docker/Dockerfile.dockerignore": "DW202",
        "uv.lock": "packaging",
    }


def test_a_plan_that_touches_nothing_that_a_build_reads_builds_nothing() -> None:
    files = {**FILES, ".dockerignore": "Makefile\n", "Makefile": "up:\n"}
    [pair] = found(changed(files, ("make", [edit(files, "Makefile", "up", "down")])))
    assert not pair.changed
    [pair] = found(changed(files, ("env", [edit(files, "app.py", "", "import os\n")])))
    assert pair.changed


def test_what_pins_and_what_is_locked_is_read_from_both_states() -> None:
    lock = """\
version = 1
[[package]]
name = "shop"
version = "0"
source = { virtual = "." }
dependencies = [{ name = "fastapi" }, { name = "tomli", marker = "python_version < '3.11'" }]
[package.dev-dependencies]
dev = [{ name = "pytest" }]
[[package]]
name = "fastapi"
version = "1.0"
[[package]]
name = "pytest"
version = "8.0"
[[package]]
name = "tomli"
version = "2.0"
"""
    pyproject = '[project]\nname = "shop"\nversion = "0"\ndependencies = ["fastapi==1.0"]\n'
    plan = changed(FILES, ("packaging", [Create("uv.lock", lock), Create("pyproject.toml", pyproject)]))
    [pair] = found(plan)
    declared = pair.declared
    assert declared.pinned == {"fastapi": {"1.0"}}
    assert declared.locked == {"shop": {"0"}, "fastapi": {"1.0"}, "pytest": {"8.0"}, "tomli": {"2.0"}}
    assert declared.development == {"pytest"}
    assert declared.conditional == {"tomli"}
    assert declared.own == {"shop"}


def test_a_dockerfile_that_no_stack_builds_is_a_pair_where_the_plan_changes_it() -> None:
    files = {"Dockerfile": DOCKERFILE, "tools/Dockerfile": "FROM python:3.13-slim\n", "app.py": ""}
    plan = changed(files, ("dockerfile", [edit(files, "Dockerfile", "slim", "slim-trixie")]))
    assert [(pair.image, pair.declared.uses) for pair in found(plan)] == [("Dockerfile", ())]


def test_what_cannot_be_built_here_is_said() -> None:
    builds = {
        "a": "{context: ., ssh: [default]}",
        "b": "{context: https://example.com/x.git}",
        "c": "{context: ., secrets: [token]}",
        "d": "{dockerfile_inline: FROM python}",
        "e": "{context: '${CONTEXT:?}'}",
    }
    text = "services:\n" + "".join(f"  {name}:\n    build: {build}\n" for name, build in builds.items())
    files = {"compose.yml": text + "secrets:\n  token: {environment: TOKEN}\n", "Dockerfile": DOCKERFILE}
    plan = changed(files, ("dockerfile", [edit(files, "Dockerfile", "slim", "slim-trixie")]))
    compose = LoadedCompose()
    before, after = (compose.resolve(*asked(state)) for state in (plan.before, plan.after))
    made, unproved = pairs(plan, before, after, {})
    assert [service for service, _ in unproved] == [f"default / {name}" for name in builds]
    assert all(reason for _, reason in unproved)
    assert [pair.image for pair in made] == ["Dockerfile"]


def test_the_copy_holds_what_builds_read_and_nothing_else() -> None:
    files = {**FILES, ".dockerignore": "*\n!app.py\n!requirements.txt\n"}
    plan = changed(files, ("dockerfile", [edit(files, "Dockerfile", "slim", "slim-trixie")]))
    is_unread = unread(plan, found(plan))
    assert [path for path in (*files, ".git", ".git/HEAD") if is_unread(path)] == [
        "compose.yml", ".env", ".git", ".git/HEAD",
    ]  # fmt: skip
    assert not is_unread(".dockerignore")


def test_the_example_has_an_image_for_each_purpose() -> None:
    before = discover(str(example.LEGACY))
    steps = [step for step in to_target_layout(Tools()) if step.name in ("layout", "compose")]
    plan = make_plan(before, (), steps)
    made = found(plan)
    assert {pair.image for pair in made} == {"docker/Dockerfile"}
    assert {use.service.partition(" / ")[0] for pair in made for use in pair.declared.uses} == {
        stack.name for stack in stacks(before)
    }
