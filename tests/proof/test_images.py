"""The image proof: what two contracts may differ in, and who has to have meant it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from msgspec import structs

from dockwright.proof.contract import Content, ImageContract
from dockwright.proof.declared import Declared, Use
from dockwright.proof.images import ImageProof, compare, same_start

SERVER = ("uvicorn", "app:app", "--port", "8000")
SHELL = ("/bin/sh", "-c", "alembic upgrade head && uvicorn app:app --port 8000")
CONTENT = Content(
    distributions={"fastapi": "1.0", "pip": "25.0", "pytest": "8.0", "pluggy": "1.6"},
    needs={"fastapi": [], "pytest": ["pluggy"], "pluggy": [], "pip": []},
    packages={"bash": "5", "gcc": "14", "cpp": "14", "curl": "8", "ffmpeg": "7"},
    files={"app.py": "a" * 64, "README.md": "b" * 64, "tests/test_app.py": "c" * 64, "data/seed.json": "d" * 64},
    imports={"fastapi": (True, "app.py"), "os": (True, "app.py")},
)
BEFORE = ImageContract(
    user="0:0",
    entrypoint=(),
    command=SHELL,
    environment={"PATH": "/usr/bin:/bin", "MODE": "fast", "API_TOKEN": "hunter2-and-more", "PYTHON_VERSION": "3.13.1"},
    ports=frozenset({"8000/tcp"}),
    workdir="/app",
    volumes=frozenset(),
    stop_signal="SIGTERM",
    size=900_000_000,
    layers=8,
    content=CONTENT,
)
ASPECTS = ("user", "command", "environment", "ports", "distributions", "packages", "files")
DECLARED = Declared(
    owners={**dict.fromkeys(ASPECTS, ("dockerfile",)), "lock": ("packaging",)},
    uses=(Use("prod / app", migrated=True),),
    locked={"fastapi": frozenset({"1.0"}), "pytest": frozenset({"8.0"}), "pluggy": frozenset({"1.6"})},
    development=frozenset({"pytest", "pluggy"}),
    pinned={"fastapi": frozenset({"1.0"})},
    there=frozenset(CONTENT.files),
    before_there=frozenset(CONTENT.files),
    named=frozenset({"gcc", "curl", "ffmpeg"}),
)


def proved(declared: Declared = DECLARED, **after: Any) -> ImageProof:
    """The proof of an image that becomes otherwise in these settings."""
    return compare("Dockerfile", BEFORE, structs.replace(BEFORE, **after), declared)


def within(declared: Declared = DECLARED, **content: Any) -> ImageProof:
    """The proof of an image in which other things lie."""
    return proved(declared, content=structs.replace(CONTENT, **content))


def without(mapping: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in mapping.items() if name not in names}


def broken(proof: ImageProof) -> list[str]:
    return [each.place.removeprefix("image Dockerfile / ") for each in proof.broken]


def meant(proof: ImageProof) -> dict[str, str]:
    """Owner and reason of each difference that is meant."""
    return {each.place.removeprefix("image Dockerfile / "): f"{each.owner}: {each.reason}" for each in proof.intended}


def test_an_image_that_stays_the_same_keeps_every_fact() -> None:
    proof = proved()
    assert (proof.broken, proof.intended, proof.unproved) == ((), (), ())
    assert proof.kept == 25


SABOTAGES: list[tuple[str, dict[str, Any]]] = [
    ("working directory", {"workdir": "/srv"}),
    ("ports / 8000/tcp", {"ports": frozenset()}),
    ("ports / 22/tcp", {"ports": frozenset({"8000/tcp", "22/tcp"})}),
    ("environment / MODE", {"environment": {**BEFORE.environment, "MODE": "slow"}}),
    ("environment / MODE", {"environment": without(BEFORE.environment, "MODE")}),
    ("environment / NEW", {"environment": {**BEFORE.environment, "NEW": "1"}}),
    ("environment / API_TOKEN", {"environment": {**BEFORE.environment, "API_TOKEN": "another-one"}}),
    ("environment / PATH", {"environment": {**BEFORE.environment, "PATH": "/opt/venv/bin:/bin"}}),
    ("environment / PYTHON_VERSION", {"environment": {**BEFORE.environment, "PYTHON_VERSION": "3.11.0"}}),
    ("volumes / /data", {"volumes": frozenset({"/data"})}),
    ("stop signal", {"stop_signal": "SIGINT"}),
    ("command", {"command": ("uvicorn", "other:app", "--port", "8000")}),
    ("command", {"command": ("uvicorn", "app:app", "--port", "9000")}),
    ("command", {"command": ("pytest",)}),
    ("entry point", {"entrypoint": ("/bin/false",)}),
]


@pytest.mark.parametrize(("place", "after"), SABOTAGES, ids=[f"{place} {i}" for i, (place, _) in enumerate(SABOTAGES)])
def test_a_setting_that_is_another_is_broken_whoever_wrote_it(place: str, after: dict[str, Any]) -> None:
    assert broken(proved(**after)) == [place]


CONTENTS: list[tuple[str, dict[str, Any]]] = [
    ("distributions / fastapi", {"distributions": without(CONTENT.distributions, "fastapi")}),
    ("distributions / fastapi", {"distributions": {**CONTENT.distributions, "fastapi": "1.1"}}),
    ("distributions / stranger", {"distributions": {**CONTENT.distributions, "stranger": "1"}}),
    ("distributions / pluggy", {"distributions": without(CONTENT.distributions, "pluggy")}),
    ("imports / fastapi", {"imports": {**CONTENT.imports, "fastapi": (False, "app.py")}}),
    ("libraries / libpq.so.5", {"missing": {"libpq.so.5": "_psycopg.so"}}),
    ("packages / ffmpeg", {"packages": without(CONTENT.packages, "ffmpeg")}),
    ("files / app.py", {"files": without(CONTENT.files, "app.py")}),
    ("files / app.py", {"files": {**CONTENT.files, "app.py": "e" * 64}}),
    ("files / app.py", {"files": {**CONTENT.files, "app.py": "a" * 64 + " executable"}}),
    ("files / app.py", {"files": {**CONTENT.files, "app.py": "unreadable"}}),
    ("files / data/seed.json", {"files": without(CONTENT.files, "data/seed.json")}),
    ("files / stranger.bin", {"files": {**CONTENT.files, "stranger.bin": "e" * 64}}),
]


@pytest.mark.parametrize(("place", "after"), CONTENTS, ids=[f"{place} {i}" for i, (place, _) in enumerate(CONTENTS)])
def test_content_that_is_lost_or_another_is_broken_whoever_wrote_it(place: str, after: dict[str, Any]) -> None:
    assert broken(within(**after)) == [place]


def test_nothing_is_meant_that_no_patch_made() -> None:
    nobody = structs.replace(DECLARED, owners={})
    assert broken(proved(nobody, user="1000:1000", command=SERVER)) == ["user", "command"]
    assert broken(within(nobody, packages=without(CONTENT.packages, "gcc"))) == ["packages / gcc"]
    assert broken(within(nobody, files=without(CONTENT.files, "README.md"))) == ["files / README.md"]


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("0:0", "1000:1000", "root no more"),
        ("0:0", "501:20", "root no more"),
        ("999:999", "1000:1000", "the user of the target layout"),
        ("999:999", "998:998", None),
        ("1000:1000", "0:0", None),
        ("1000:1000", "root", None),
    ],
)
def test_a_user_becomes_less_and_never_more(before: str, after: str, reason: str | None) -> None:
    proof = compare("Dockerfile", structs.replace(BEFORE, user=before), structs.replace(BEFORE, user=after), DECLARED)
    assert meant(proof) == ({} if reason is None else {"user": f"dockerfile: {reason}"})
    assert broken(proof) == (["user"] if reason is None else [])


def test_a_secret_and_what_only_a_build_reads_leave_the_environment() -> None:
    environment = {
        **without(BEFORE.environment, "API_TOKEN"),
        "PYTHONUNBUFFERED": "1",
        "PATH": "/opt/venv/bin:/usr/bin:/bin",
    }
    proof = proved(environment=environment)
    assert broken(proof) == []
    assert meant(proof).keys() == {"environment / API_TOKEN", "environment / PYTHONUNBUFFERED", "environment / PATH"}


@pytest.mark.parametrize("name", ["PIP_INDEX_URL", "POETRY_HOME", "PYTHONDONTWRITEBYTECODE", "HOME"])
def test_settings_of_what_built_the_image_leave_it(name: str) -> None:
    before = structs.replace(BEFORE, environment={**BEFORE.environment, name: "/root"})
    assert list(meant(compare("Dockerfile", before, BEFORE, DECLARED))) == [f"environment / {name}"]


def test_no_value_of_a_secret_is_shown() -> None:
    url = {"DATABASE": "postgres://me:hunter2@db/x"}
    before = structs.replace(BEFORE, environment={**BEFORE.environment, **url})
    after = structs.replace(BEFORE, environment={**BEFORE.environment, "API_TOKEN": "hunter3"})
    shown = [value for each in compare("Dockerfile", before, after, DECLARED).broken for value in each.values]
    assert shown == ["***", "***"]


def test_a_volume_may_go_where_every_service_mounts_one() -> None:
    before = structs.replace(BEFORE, volumes=frozenset({"/data"}))
    assert broken(compare("Dockerfile", before, BEFORE, DECLARED)) == ["volumes / /data"]
    mounting = structs.replace(
        DECLARED, mounted=frozenset({"/data"}), owners={**DECLARED.owners, "volumes": ("dockerfile",)}
    )
    assert meant(compare("Dockerfile", before, BEFORE, mounting)) == {
        "volumes / /data": "dockerfile: each service that runs it mounts one"
    }


def test_the_base_images_own_variables_follow_the_base() -> None:
    declared = structs.replace(DECLARED, owners={**DECLARED.owners, "base": ("DW105",)})
    proof = proved(declared, environment={**BEFORE.environment, "PYTHON_VERSION": "3.13.9"})
    assert meant(proof) == {"environment / PYTHON_VERSION": "DW105: the base image sets it"}
    own = structs.replace(declared, settings=frozenset({"MODE"}))
    assert broken(proved(own, environment={**BEFORE.environment, "MODE": "slow"})) == ["environment / MODE"]


def test_a_port_is_new_where_the_server_listens_on_it() -> None:
    before = structs.replace(BEFORE, ports=frozenset())
    assert list(meant(compare("Dockerfile", before, BEFORE, DECLARED))) == ["ports / 8000/tcp"]


def test_the_server_is_the_same_without_a_shell_and_with_its_migrations_elsewhere() -> None:
    assert meant(proved(command=SERVER)) == {"command": "dockerfile: the same program, which gets its signals"}
    alone = structs.replace(DECLARED, uses=(Use("prod / app"),))
    assert broken(proved(alone, command=SERVER)) == ["command"]


def test_a_command_that_no_service_starts_with_may_be_another() -> None:
    own = structs.replace(DECLARED, uses=(Use("test / app", command_before=("serve",), command_after=("serve",)),))
    assert meant(proved(own, command=("pytest",))) == {
        "command": "dockerfile: each service that runs it has a command of its own"
    }


def test_an_entry_point_counts_for_services_that_only_say_a_command() -> None:
    own = structs.replace(DECLARED, uses=(Use("test / app", command_before=("serve",), command_after=("serve",)),))
    assert broken(proved(own, entrypoint=("./other.sh",))) == ["entry point"]


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        (("uv", "run", *SERVER), SERVER, True),
        (("sh", "-c", "exec uvicorn app:app --port 8000"), SERVER, True),
        (("/opt/venv/bin/uvicorn", *SERVER[1:]), SERVER, True),
        (SERVER, (*SERVER, "--timeout-graceful-shutdown", "10"), True),
        (("sh", "-c", "sleep 5 && uvicorn app:app --port 8000"), SERVER, True),
        (("sh", "-c", "./prepare.sh && uvicorn app:app --port 8000"), SERVER, False),
        (SERVER, ("sh", "-c", "rm -rf data && uvicorn app:app --port 8000"), False),
        (("python", "worker.py"), ("python", "other.py"), False),
        (("./start.sh", *SERVER), ("./start.sh", *SERVER, "--reload"), True),
        (("./start.sh", *SERVER), ("./other.sh", *SERVER), False),
        (("./start.sh", "web"), ("./start.sh", "worker"), False),
        (("python", "worker.py"), ("python", "worker.py"), True),
        ((), ("bash",), False),
        ((), (), True),
    ],
)
def test_what_is_the_same_start(old: tuple[str, ...], new: tuple[str, ...], same: bool) -> None:
    assert same_start(old, new, migrated=True) is same


def test_what_is_for_development_leaves_production_all_or_none() -> None:
    production = without(CONTENT.distributions, "pytest", "pluggy", "pip")
    proof = within(distributions=production)
    assert broken(proof) == []
    assert meant(proof) == {
        "distributions / pip": "dockerfile: an installer",
        "distributions / pluggy": "dockerfile: only for development",
        "distributions / pytest": "dockerfile: only for development",
    }
    developing = structs.replace(DECLARED, production=False)
    assert broken(within(developing, distributions=production)) == ["distributions / pluggy", "distributions / pytest"]


def test_an_installer_that_the_lock_wants_stays() -> None:
    declared = structs.replace(DECLARED, locked={**DECLARED.locked, "pip": frozenset({"25.0"})})
    assert broken(within(declared, distributions=without(CONTENT.distributions, "pip"))) == ["distributions / pip"]


def test_what_only_an_installer_asked_for_goes_with_it() -> None:
    former = structs.replace(
        CONTENT,
        distributions={**CONTENT.distributions, "poetry": "2", "cleo": "2", "rich": "14"},
        needs={**CONTENT.needs, "poetry": ["cleo"], "cleo": ["rich"], "rich": []},
    )
    before = structs.replace(BEFORE, content=former)
    assert broken(compare("Dockerfile", before, BEFORE, DECLARED)) == []
    shared = structs.replace(former, needs={**former.needs, "fastapi": ["rich"]})
    assert broken(compare("Dockerfile", structs.replace(BEFORE, content=shared), BEFORE, DECLARED)) == [
        "distributions / rich"
    ]


def test_a_version_that_nothing_named_is_the_locks() -> None:
    declared = structs.replace(DECLARED, pinned={}, locked={**DECLARED.locked, "fastapi": frozenset({"1.1"})})
    proof = within(declared, distributions={**CONTENT.distributions, "fastapi": "1.1"})
    assert meant(proof) == {"distributions / fastapi": "packaging: nothing named a version before, and the lock does"}


def test_what_hangs_on_a_marker_may_go_with_the_base() -> None:
    declared = structs.replace(DECLARED, conditional=frozenset({"fastapi"}))
    distributions = without(CONTENT.distributions, "fastapi")
    assert broken(within(declared, distributions=distributions)) == ["distributions / fastapi"]
    other = structs.replace(declared, owners={**DECLARED.owners, "base": ("DW105",)})
    assert broken(within(other, distributions=distributions)) == []


def test_compilers_and_probes_leave_and_what_they_had_brought() -> None:
    proof = within(packages=without(CONTENT.packages, "gcc", "cpp", "curl"))
    assert broken(proof) == []
    assert meant(proof)["packages / curl"] == "dockerfile: no command and no probe calls it"
    called = structs.replace(DECLARED, spoken=frozenset({"curl"}))
    assert broken(within(called, packages=without(CONTENT.packages, "curl"))) == ["packages / curl"]


def test_a_library_that_a_distribution_loads_stays() -> None:
    former = structs.replace(CONTENT, packages={**CONTENT.packages, "libpq5": "17"})
    before = structs.replace(BEFORE, content=former)
    assert broken(compare("Dockerfile", before, BEFORE, DECLARED)) == []
    loading = {**CONTENT.distributions, "psycopg": "3.2"}
    with_it = structs.replace(BEFORE, content=structs.replace(former, distributions=loading))
    after = structs.replace(BEFORE, content=structs.replace(CONTENT, distributions=loading))
    assert broken(compare("Dockerfile", with_it, after, DECLARED)) == ["packages / libpq5"]


def test_files_that_no_program_needs_leave_the_image() -> None:
    files = without(CONTENT.files, "README.md", "tests/test_app.py")
    assert broken(within(files=files)) == []
    developing = structs.replace(DECLARED, production=False)
    assert broken(within(developing, files=files)) == ["files / tests/test_app.py"]


def test_what_a_build_leaves_comes_and_goes() -> None:
    left = {"shop.egg-info/PKG-INFO": "f" * 64, "build/lib/app.py": "a" * 64}
    assert broken(within(files={**CONTENT.files, **left})) == []
    before = structs.replace(BEFORE, content=structs.replace(CONTENT, files={**CONTENT.files, **left}))
    assert set(meant(compare("Dockerfile", before, BEFORE, DECLARED)).values()) == {"dockerfile: left by a build"}
    own = structs.replace(DECLARED, before_there=frozenset(left))
    assert "files / shop.egg-info/PKG-INFO" in broken(compare("Dockerfile", before, BEFORE, own))


def test_a_script_that_a_service_names_stays() -> None:
    former = structs.replace(CONTENT, files={**CONTENT.files, "scripts/wait.sh": "f" * 64})
    before = structs.replace(BEFORE, content=former)
    assert broken(compare("Dockerfile", before, BEFORE, DECLARED)) == []
    named = structs.replace(DECLARED, spoken=frozenset({"scripts/wait.sh"}))
    assert broken(compare("Dockerfile", before, BEFORE, named)) == ["files / scripts/wait.sh"]


def test_files_are_what_the_plan_makes_of_them() -> None:
    declared = structs.replace(
        DECLARED,
        written={"app.py": ("e" * 64, "env"), "uv.lock": ("f" * 64, "packaging")},
        gone={"data/seed.json": ("the plan deletes it", "packaging")},
    )
    files = {**without(CONTENT.files, "data/seed.json"), "app.py": "e" * 64, "uv.lock": "f" * 64}
    proof = within(declared, files=files)
    assert broken(proof) == []
    assert meant(proof) == {
        "files / app.py": "env: as the plan writes it",
        "files / data/seed.json": "packaging: the plan deletes it",
        "files / uv.lock": "packaging: the plan writes it",
    }


def test_what_cannot_be_looked_at_is_unproved() -> None:
    proof = proved(content=None)
    assert proof.unproved == (
        "image Dockerfile: what lies in it: there is no Python in one of the images to look with",
    )
    root = structs.replace(BEFORE, workdir="/")
    assert compare("Dockerfile", root, root, DECLARED).unproved == (
        "image Dockerfile: files: its working directory is the root of all",
    )
    assert within(complete=False).unproved == ("image Dockerfile: files: there are too many",)
