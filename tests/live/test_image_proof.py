"""The image proof on an engine: the example loses nothing, and each sabotage of a small project is seen."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from msgspec import structs

import example
from dockwright.cli.tools import TOOLS
from dockwright.engine.building import NAME, building
from dockwright.engine.docker import environment, reached
from dockwright.plan import Plan, make_plan
from dockwright.project.discover import discover
from dockwright.proof.built import prove_images
from dockwright.proof.images import ImageProof
from dockwright.proof.loaded import LoadedCompose
from dockwright.proof.pairs import pairs, unread
from dockwright.proof.static import asked
from dockwright.refactor.steps import CLOSING, to_target_layout
from dockwright.rule import all_rules
from dockwright.text import Edit, Span

pytestmark = pytest.mark.live

FILES = {
    "Dockerfile": """\
FROM python:3.13-slim
ENV MODE=fast API_TOKEN=not-a-secret-of-anybody
WORKDIR /app
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY . .
EXPOSE 8000
CMD uvicorn shop.main:app --host 0.0.0.0 --port 8000
""",
    "compose.yml": "name: shop\nservices:\n  app:\n    build: .\n",
    "requirements.txt": "itsdangerous==2.2.0\nuvicorn==0.38.0\nclick==8.3.0\nh11==0.16.0\n",
    "shop/__init__.py": "",
    "shop/main.py": "from itsdangerous import Signer\n\n\nasync def app(scope, receive, send):\n    Signer('')\n",
    "shop/prices.json": "{}\n",
    "shop/lost.json": "[]\n",
    "README.md": "# Shop\n",
}
PACKAGES = "/opt/venv/lib/python3.13/site-packages"


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """The plan for the small project."""
    root = tmp_path_factory.mktemp("image proof") / "shop"  # a path with a blank
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    (root / "shop" / "logo.bin").write_bytes(b"\x89PNG\0\xff")  # which no reader of projects takes in
    made = make_plan(discover(str(root)), all_rules(), to_target_layout(TOOLS), closing=CLOSING)
    assert "uv.lock" in made.after.sources, [each.reason for each in made.deferred]
    return made


def proved(plan: Plan) -> ImageProof:
    """The proof of the production image."""
    engine, compose = reached(plan.before.root), LoadedCompose()
    before, after = (compose.resolve(*asked(state)) for state in (plan.before, plan.after))
    found, unproved = pairs(plan, before, after, environment())
    assert unproved == []
    wanted = [pair for pair in found if pair.after.target == "production"]
    with building(engine, plan.before.root, plan.changes.files, unread(plan, wanted)) as builder:
        (proof,) = prove_images(wanted, engine, builder)
    return proof


def sabotaged(plan: Plan, path: str, old: str, new: str) -> Plan:
    """The plan, whose result is not what its patches made: the last such text in a file is another."""
    at = plan.after.sources[path].text.rindex(old)
    return structs.replace(plan, after=plan.after.replace([Edit(path, Span(at, at + len(old)), new)]))


def left_behind() -> str:
    done = subprocess.run(["docker", "images", "--quiet", NAME], capture_output=True, text=True, check=True)
    return done.stdout


def test_the_small_project_loses_nothing_and_leaves_no_image(plan: Plan) -> None:
    there = left_behind()
    proof = proved(plan)
    assert left_behind() == there
    assert (proof.broken, proof.unproved, proof.built) == ((), (), True)
    assert proof.kept > 100
    assert {"docker/Dockerfile production", "dockerfile", "packaging", "layout"} == {
        proof.image, *(each.owner for each in proof.intended)
    }  # fmt: skip


LAST = "USER 1000:1000"
AS_ROOT = f"""\
RUN rm -r {PACKAGES}/itsdangerous* {PACKAGES}/h11*
RUN sed -i 's/^Version: .*/Version: 9.9/' {PACKAGES}/click-*/METADATA
RUN rm shop/lost.json && truncate -s 1 shop/logo.bin
RUN chown 0:0 shop/prices.json && chmod 600 shop/prices.json
{LAST}"""
SABOTAGES = {
    "what lies in it": (
        LAST,
        AS_ROOT,
        {
            "distributions / itsdangerous", "imports / itsdangerous", "distributions / h11", "distributions / click",
            "files / shop/lost.json", "files / shop/logo.bin", "files / shop/prices.json",
        },
    ),
    "how it is set": (
        f"{LAST}\nEXPOSE 8000\n",
        f"{LAST}\nENV MODE=slow API_TOKEN=nobody-s-either PYTHONOPTIMIZE=2\nSTOPSIGNAL SIGINT\n",
        {
            "ports / 8000/tcp", "environment / MODE", "environment / API_TOKEN", "environment / PYTHONOPTIMIZE",
            "stop signal",
        },
    ),
    "what it starts": ('CMD ["uvicorn", "shop.main:app"', 'CMD ["uvicorn", "shop.other:app"', {"command"}),
    "where it starts": (LAST, f"{LAST}\nWORKDIR /srv", {"working directory"}),
    "a build that fails": (LAST, f"RUN echo no such thing && false\n{LAST}", {"build"}),
}  # fmt: skip


@pytest.mark.parametrize("sabotage", SABOTAGES)
def test_a_sabotage_is_seen(plan: Plan, sabotage: str) -> None:
    old, new, expected = SABOTAGES[sabotage]
    proof = proved(sabotaged(plan, "docker/Dockerfile", old, new))
    broken = {each.place.partition(" / ")[2] for each in proof.broken}
    # Where it starts no file lies at all.
    assert (broken & expected if sabotage == "where it starts" else broken) == expected
    shown = " ".join(value or "" for each in (*proof.broken, *proof.intended) for value in each.values)
    assert "anybody" not in shown
    assert "nobody" not in shown
    assert ("no such thing" in shown) == (sabotage == "a build that fails")


def test_a_file_that_the_ignore_file_hides_is_missed(plan: Plan) -> None:
    proof = proved(sabotaged(plan, "docker/Dockerfile.dockerignore", "**/*.key", "**/*.key\n**/p*.json"))
    assert [each.place.partition(" / ")[2] for each in proof.broken] == ["files / shop/prices.json"]


def test_the_example_loses_nothing_and_is_left_as_it_was(tmp_path: Path) -> None:
    root = example.copy(tmp_path)
    before = example.snapshot(root)
    said = json.loads(example.dockwright(root, "plan", "--prove-images", "--format", "json"))
    images = {image["image"].split()[-1]: image for image in said["proof"]["images"]}
    assert set(images) == {"development", "test", "production"}
    for image in images.values():
        assert (image["broken"], image["unproved"], image["built"]) == ([], [], True)
    production = images["production"]
    assert production["after"]["bytes"] < production["before"]["bytes"]
    gone = {each["place"].rpartition(" / ")[2] for each in production["intended"] if each["after"] is None}
    assert {"pytest", "mypy", "gcc", "SECRET_KEY", "tests/conftest.py"} <= gone
    assert "dev-secret-key-change-me" not in json.dumps(said)
    assert example.snapshot(root) == before
