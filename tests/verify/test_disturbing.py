"""What interrupts a stack: services that are killed, data over `down` and `up`, images that are built again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from dockwright.tools import Ran
from dockwright.verify import cache, data, restart
from dockwright.verify.evidence import Evidence
from dockwright.verify.live import Container, Live
from projects import project
from verify.pretended import Pretended, container, inspected, live, verdicts


def one(evidence: Any) -> Evidence:
    (found,) = evidence
    assert isinstance(found, Evidence)
    return found


# restart

ALWAYS = {"build": {"context": "/project"}, "restart": "always"}
LATER = {"StartedAt": "2026-01-01T01:00:00Z"}
GONE = {"Running": False, "Status": "exited", "ExitCode": 137}


def killed(after: Mapping[str, Any], timeout: float = 5.0) -> tuple[Evidence, Pretended]:
    engine = Pretended(
        {
            "run --pid host": "id-app\n",
            "ps -aq": "id-app",
            "inspect id-app": inspected(container(state=after)),
            "start id-app": "",
        }
    )
    return one(restart.check(live(container(state={"Pid": 4711}), app=ALWAYS), engine, timeout)), engine


def test_a_service_that_is_killed_and_comes_back_is_well() -> None:
    seen, engine = killed({**LATER, "Health": {"Status": "healthy"}})
    assert (seen.verdict, "healthy again" in seen.reason) == ("pass", True)
    assert engine.asked[0].endswith(" 4711:id-app")


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (GONE, "does not come back"),
        ({**LATER, "Health": {"Status": "unhealthy"}}, "comes back and is unhealthy"),
    ],
)
def test_one_that_stays_away_or_sick_fails_and_is_started(
    after: dict[str, Any], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restart, "_SURELY_GONE", 0.0)
    seen, engine = killed(after)
    assert (seen.verdict, reason in seen.reason) == ("fail", True)
    assert engine.asked[-1] == "start id-app"


def test_one_that_is_still_starting_when_time_is_up_fails() -> None:
    assert killed({**LATER, "Health": {"Status": "starting"}}, timeout=0.0)[0].verdict == "fail"


@pytest.mark.parametrize(("actual", "verdict"), [("always", "pass"), ("no", "fail")])
def test_a_database_is_not_killed_and_its_policy_is_compared(actual: str, verdict: str) -> None:
    there = container("db", image="postgres:17.6")
    there.about["HostConfig"] = {"RestartPolicy": {"Name": actual}}  # type: ignore[index]
    engine = Pretended()
    assert verdicts(restart.check(live(there, db={"restart": "always"}), engine, 1.0)) == [("db", verdict)]
    assert engine.asked == []


@pytest.mark.parametrize(
    ("service", "said"),
    [
        ({}, "no"),
        ({"restart": "on-failure:3"}, "on-failure"),
        ({"deploy": {"restart_policy": {"condition": "any"}}}, "always"),
    ],
)
def test_a_policy_is_read_wherever_it_is_written(service: dict[str, Any], said: str) -> None:
    assert restart.policy(service) == said


def test_where_nothing_is_to_come_back_nothing_is_killed() -> None:
    engine = Pretended()
    assert verdicts(restart.check(live(container()), engine, 1.0)) == [("project", "skip")]
    assert engine.asked == []


# data

VOLUME = {"type": "volume", "source": "db_data", "target": "/var/lib/postgresql/data"}


class Database(Pretended):
    """A database in a stack that can be taken down and up; `keeps` is whether it then knows its words."""

    def __init__(self, there: Container, *, keeps: bool = True, comes_up: bool = True) -> None:
        super().__init__()
        self.there, self.keeps, self.up, self.comes_up = there, keeps, True, comes_up
        self.word = ""

    def docker(self, *arguments: str, given: str = "", seconds: float = 60) -> Ran:
        call = " ".join(arguments)
        self.asked.append(call)
        if arguments[0] == "exec":
            if "CREATE" in call or " set " in call:
                self.word = arguments[-1]
            elif "DROP" in call or " del " in call:
                self.word = ""
            return Ran(0, f"{self.word}\n")
        if arguments[:2] == ("compose", "down"):
            self.up, self.word = False, self.word if self.keeps else ""
        if arguments[:2] == ("compose", "up"):
            self.up = self.comes_up or "--no-deps" in arguments
            return Ran(0 if self.up else 1, "", "no such network")
        if arguments[0] == "ps":
            return Ran(0, self.there.id if self.up else "")
        if arguments[0] == "inspect":
            return Ran(0, inspected(self.there))
        return Ran(0)


def stack_with(image: str, **service: Any) -> tuple[Container, Live]:
    there = container("db", image=image)
    return there, live(there, db=service)


@pytest.mark.parametrize(("keeps", "verdict"), [(True, "pass"), (False, "fail")])
def test_what_a_database_has_written_is_there_after_down_and_up(keeps: bool, verdict: str) -> None:
    there, stack = stack_with("postgres:17.6", volumes=[VOLUME])
    engine = Database(there, keeps=keeps)
    assert one(data.check(stack, engine, 1.0)).verdict == verdict
    assert engine.word == ""


def test_a_mark_is_removed_though_the_stack_does_not_come_up_again() -> None:
    there, stack = stack_with("postgres:17.6", volumes=[VOLUME])
    engine = Database(there, comes_up=False)
    assert "does not come up again" in one(data.check(stack, engine, 1.0)).reason
    assert engine.word == ""


@pytest.mark.parametrize(
    ("image", "service", "for_tests"),
    [
        ("redis:8.2", {}, False),
        ("postgres:17.6", {"tmpfs": ["/var/lib/postgresql/data"]}, False),
        ("postgres:17.6", {}, True),
    ],
)
def test_what_is_not_there_to_keep_anything_is_skipped_and_stays_up(
    image: str, service: dict[str, Any], for_tests: bool
) -> None:
    there = container("db", image=image)
    engine = Database(there)
    stack = live(there, for_tests=for_tests, db=service)
    assert verdicts(data.check(stack, engine, 1.0)) == [("db", "skip")]
    assert engine.up
    assert engine.word == ""


def test_a_database_without_a_volume_loses_what_it_has() -> None:
    there, stack = stack_with("postgres:17.6")
    seen = one(data.check(stack, Database(there, keeps=False), 1.0))
    assert (seen.verdict, seen.way_out) == ("fail", "mount a named volume at /var/lib/postgresql/data")


def test_a_volume_beside_the_data_does_not_count() -> None:
    there, stack = stack_with("postgres:17.6", volumes=[{**VOLUME, "target": "/var/lib/postgresql-backup"}])
    assert "mount a named volume" in one(data.check(stack, Database(there, keeps=False), 1.0)).way_out


# cache

PRINTED = """\
#1 [internal] load build definition from Dockerfile
#1 DONE 0.0s
#4 [builder 1/3] FROM docker.io/library/python:3.13-slim
#4 DONE 0.0s
#5 [builder 2/3] RUN --mount=type=cache,target=/root/.cache/uv uv sync --locked --no-install-project
#5 CACHED
#6 [linux/amd64 builder 3/3] COPY --chown=1000:1000 src src
{last}
#7 exporting to image
#7 DONE 0.1s
"""
CACHED, ANEW = "#6 CACHED", "#6 DONE 0.1s"
FILES = {
    "Dockerfile": "FROM python:3.13-slim AS builder\nRUN uv sync\nCOPY src src\nFROM builder\n",
    "src/main.py": "import other\n",
    "src/deep/er.py": "",
    "conftest.py": "",
    "other.py": "",
}


def build(*printed: str | Ran, built: bool = True) -> tuple[list[Evidence], Pretended]:
    engine = Pretended()
    answers = [each if isinstance(each, Ran) else Ran(0, each) for each in printed]

    def docker(*arguments: str, given: str = "", seconds: float = 60) -> Ran:
        engine.asked.append(" ".join(arguments))
        return answers.pop(0)

    engine.docker = docker  # type: ignore[method-assign]
    known = cache.context(project(FILES), "", "Dockerfile", "")
    found = list(cache.check(live(), engine, lambda *_: known, "dockwright-verify:1", built=built))
    return found, engine


def test_a_rebuild_from_the_cache_that_keeps_the_dependencies_is_well() -> None:
    found, engine = build(PRINTED.format(last=CACHED), PRINTED.format(last=ANEW))
    assert verdicts(found) == [("project:dev", "pass"), ("project:dev", "pass")]
    assert "reuses the dependencies' layer, and makes 1 of 2 steps anew" in found[1].reason
    assert engine.asked[1] == "copy /project with src/main.py"


def test_a_step_that_is_made_anew_without_a_change_is_named() -> None:
    found, _ = build(PRINTED.format(last=ANEW), PRINTED.format(last=ANEW))
    assert [each.verdict for each in found] == ["fail", "pass"]
    assert found[0].detail["anew"] == ["COPY src src"]


def test_images_that_were_not_built_just_now_are_built_before_they_are_judged() -> None:
    found, engine = build(
        PRINTED.format(last=ANEW), PRINTED.format(last=CACHED), PRINTED.format(last=ANEW), built=False
    )
    assert [each.verdict for each in found] == ["pass", "pass"]
    assert sum(call.startswith("compose") for call in engine.asked) == 3


def test_a_build_that_fails_says_why() -> None:
    found, _ = build(Ran(1, "", "#5 ...\nfailed to solve: no such file"))
    assert (found[0].verdict, "no such file" in found[0].reason) == ("fail", True)


def test_a_build_that_tells_no_steps_is_not_judged() -> None:
    assert [each.verdict for each in build("#1 DONE 0.0s\n", "#1 DONE 0.0s\n")[0]] == ["skip", "skip"]


def steps(*written: tuple[str, bool]) -> list[cache.Step]:
    return [cache.Step(instruction, cached) for instruction, cached in written]


@pytest.mark.parametrize(
    ("built", "verdict"),
    [
        ([("RUN pip install -r requirements.txt", True), ("COPY . .", False)], "pass"),
        ([("COPY . .", False), ("RUN pip install -r requirements.txt", False)], "fail"),
        ([("RUN pip install --no-cache-dir uv", True), ("COPY . .", False), ("RUN uv sync --locked", False)], "fail"),
        ([("RUN uv sync --no-install-project", True), ("COPY . .", False), ("RUN uv sync --locked", False)], "pass"),
        ([("RUN pip install -U pip", False), ("RUN pip install -r a.txt", True)], "pass"),
        ([("COPY . .", False), ("RUN python -m compileall .", False)], "pass"),
        ([("COPY . .", True)], "skip"),
    ],
)
def test_dependencies_are_not_installed_again_for_a_change_of_the_source(
    built: list[tuple[str, bool]], verdict: str
) -> None:
    assert cache.changed_source("project:dev", "src/main.py", steps(*built), 1.0).verdict == verdict


def test_what_is_built_is_what_the_files_say_under_another_name() -> None:
    build_ = {
        "context": "/project",
        "args": {"A": "a$b"},
        "target": "production",
        "tags": ["ours:latest"],
        "secrets": [{"source": "token"}],
    }
    model = {"services": {"app": {"build": build_}}, "secrets": {"token": {"file": "t"}, "other": {"file": "o"}}}
    found = msgspec.json.decode(cache.described(model, "app", "dockwright-verify:1", "/copy"))
    assert found == {
        "name": "dockwright-verify-1",
        "services": {
            "app": {
                "image": "dockwright-verify:1",
                "build": {
                    "context": "/copy",
                    "args": {"A": "a$$b"},
                    "target": "production",
                    "secrets": [{"source": "token"}],
                    "dockerfile": "/project/Dockerfile",
                },
            }
        },
        "secrets": {"token": {"file": "t"}},
    }
