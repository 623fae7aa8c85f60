"""What a lock file says of the program's distributions, and of what has to be compiled."""

from __future__ import annotations

import pytest

from dockwright.project.lock import Lock, Locked, compiled, lock
from projects import project

LOCK = """\
version = 1

[[package]]
name = "shop"
source = { virtual = "." }
dependencies = [{ name = "flask" }]

[package.dev-dependencies]
dev = [{ name = "pytest" }]

[package.optional-dependencies]
postgres = [{ name = "psycopg2" }]

[[package]]
name = "flask"
source = { registry = "https://example.com/simple" }
dependencies = [{ name = "werkzeug" }]

[[package]]
name = "werkzeug"

[[package]]
name = "pytest"

[[package]]
name = "psycopg2"
source = { git = "https://example.com/psycopg2?rev=1" }
"""


def read(text: str) -> Lock:
    found = lock(project({"uv.lock": text}), "")
    assert found is not None
    return found


def test_what_the_program_needs_is_all_that_its_dependencies_lead_to() -> None:
    assert read(LOCK).at_run_time().keys() == {"flask", "werkzeug"}
    assert read(LOCK).at_run_time(["[postgres]", "dev"]).keys() == {"flask", "werkzeug", "psycopg2", "pytest"}
    assert read(LOCK).distributions["psycopg2"].origin == "git"


def test_a_file_that_is_no_lock_is_none() -> None:
    assert lock(project({"uv.lock": "version = 1\n"}), "") is None
    assert lock(project({}), "") is None


MANY = ("manylinux_2_17_x86_64", "manylinux_2_17_aarch64")


@pytest.mark.parametrize(
    ("wheels", "python", "musl", "built"),
    [
        (["py3-none-any"], None, False, False),
        ([f"cp313-cp313-{each}" for each in MANY], "3.13", False, False),
        ([f"cp313-cp313-{each}" for each in MANY], "3.14", False, True),
        ([f"cp39-abi3-{each}" for each in MANY], "3.14", False, False),
        ([f"cp313-cp313t-{each}" for each in MANY], "3.13", False, True),
        ([f"cp313-cp313-{each}" for each in MANY], "3.13", True, True),
        (["cp313-cp313-musllinux_1_2_x86_64", "cp313-cp313-musllinux_1_2_aarch64"], "3.13", True, False),
        ([f"cp313-cp313-{MANY[0]}"], "3.13", False, True),
        (["cp313-cp313-win_amd64"], "3.13", False, True),
        ([], "3.13", False, True),
    ],
)
def test_what_has_no_wheel_for_common_machines_is_compiled(
    wheels: list[str], python: str | None, musl: bool, built: bool
) -> None:
    locked = Locked("fast", "registry", tuple(f"fast-1.0-{tags}.whl" for tags in wheels), ())
    assert bool(compiled([locked], python, musl=musl)) is built
