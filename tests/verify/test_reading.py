"""What the engine, Compose and the kernel say becomes a stack; values of secrets stay in memory."""

from __future__ import annotations

import msgspec
import pytest

from dockwright.errors import DockwrightError
from dockwright.tools import Ran
from dockwright.verify import starting
from dockwright.verify.live import Container, containers, read, resolved
from dockwright.verify.run import checked
from dockwright.verify.secrets import secrets
from verify.pretended import STACK, Pretended, container, inspected, status

MODEL = {"name": "project", "services": {"db": {"image": "postgres:17.6"}, "app": {"build": {"context": "/project"}}}}


def listing(*there: Container) -> dict[str, str]:
    return {"ps -aq": " ".join(each.id for each in there), "inspect id-": inspected(*there)}


def test_dollars_that_compose_doubles_are_single_in_containers() -> None:
    model = {"services": {"app": {"environment": {"A": "a$$b", "B": ["$$$$"]}}}}
    found = resolved(Pretended({"compose config": msgspec.json.encode(model).decode()}), STACK)
    assert found["services"]["app"]["environment"] == {"A": "a$b", "B": ["$$"]}


def test_a_stack_that_compose_refuses_is_an_error_with_its_reason() -> None:
    engine = Pretended({"compose config": Ran(1, "", "time=x\nenv file /p/env/.env.dev not found")})
    with pytest.raises(DockwrightError, match="not found") as error:
        resolved(engine, STACK)
    assert "example" in str(error.value.hint)


def test_containers_come_in_the_order_of_the_services_without_those_of_run() -> None:
    once = container("app", Labels={"com.docker.compose.service": "app", "com.docker.compose.oneoff": "True"})
    engine = Pretended(listing(container("app"), container("db"), once))
    assert [each.service for each in containers(engine, MODEL)] == ["db", "app"]


def test_an_engine_that_lists_nothing_is_an_error() -> None:
    with pytest.raises(DockwrightError):
        containers(Pretended(), MODEL)


def test_a_container_in_which_nothing_can_be_asked_is_skipped_and_not_failed() -> None:
    engine = Pretended({**listing(container("app")), "exec": Ran(126, "", "exec: sh: not found"), "info": "{}"})
    live = read(engine, STACK, MODEL)
    found = {each.check: each.verdict for each in checked(live, engine, None) if each.subject == "app"}
    assert {found[check] for check in ("user", "ownership", "limits")} == {"skip"}


def test_the_kernel_is_asked_once_a_container() -> None:
    said = f"{status()}#user\n1000\nappuser\n#mounts\n#limits\n"
    engine = Pretended({**listing(container("app")), "exec": said, "info": "{}"})
    live = read(engine, STACK, MODEL)
    assert [each.kernel is not None for each in live.containers] == [True]
    assert sum(call.startswith("exec") for call in engine.asked) == 1


@pytest.mark.parametrize(
    ("name", "value", "known"),
    [
        ("DB_PASSWORD", "hunter2hunter2", "hunter2hunter2"),
        ("DATABASE_URL", "postgresql://me:hunter2hunter2@db/x", "hunter2hunter2"),
        ("OAUTH_TOKEN_URL", "https://provider/token", None),
        ("TOKEN_SECONDS", "36000000", None),
        ("SECRET_KEY", "short", None),
        ("POSTGRES_PASSWORD_FILE", "/run/secrets/password", None),
        ("POSTGRES_PASSWORD", "postgres", None),
    ],
)
def test_what_can_be_told_in_a_log_is_a_secret(name: str, value: str, known: str | None) -> None:
    found = secrets([{name: value, "POSTGRES_USER": "postgres"}], {}, "")
    assert found.values == ({} if known is None else {name: known})
    assert value not in repr(found)


def test_secrets_that_compose_makes_from_variables_are_known() -> None:
    model = {"secrets": {"password": {"environment": "DB_PASSWORD"}, "key": {"file": "key.pem"}}}
    found = secrets([], model, "OTHER=1\nDB_PASSWORD=hunter2hunter2\n")
    assert found.within("with hunter2hunter2") == ["DB_PASSWORD"]
    assert found.hidden("with hunter2hunter2") == "with ***"


KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w\nAoIBAQC7VJTUt9Us8cKj\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("text", "line", "known"),
    [
        ("hunter2hunter2\n", "with hunter2hunter2", ["key"]),
        (KEY, "half of it: AoIBAQC7VJTUt9Us8cKj", ["key"]),
        ("-----BEGIN CERTIFICATE-----\nMIIEvQIBADANBgkqhkiG9w\n", "MIIEvQIBADANBgkqhkiG9w", []),
        ("short", "a short line", []),
    ],
)
def test_what_is_in_the_files_of_secrets_is_known(text: str, line: str, known: list[str]) -> None:
    found = secrets([], {}, "", {"key": text})
    assert found.within(line) == known
    assert ("***" in found.hidden(line)) == bool(known)


UNHEALTHY = {"Health": {"Status": "unhealthy"}}


def test_a_service_that_stays_sick_is_told_with_its_last_lines_and_no_secret() -> None:
    sick = container("app", state=UNHEALTHY, env={"DB_PASSWORD": "hunter2hunter2"})
    engine = Pretended({**listing(sick), "compose": "", "logs --tail": Ran(0, "", "cannot use hunter2hunter2\n")})
    started = starting.up(engine, STACK, MODEL, 1.0)
    assert [(each.service, each.lines) for each in started.sick] == [("app", ("cannot use ***",))]


def test_a_stack_that_cannot_be_built_is_not_started() -> None:
    engine = Pretended({"compose build": Ran(1, "", "failed to solve: no such file")})
    assert "no such file" in starting.up(engine, STACK, MODEL, 1.0).error
    assert not any("up" in call.split() for call in engine.asked)


@pytest.mark.parametrize(
    ("complaint", "way_out"),
    [
        ("Bind for 0.0.0.0:8000 failed: port is already allocated", "docker ps"),
        ("pull access denied for nobody/nothing", "build or pull"),
        ("something else", "docker compose up shows"),
    ],
)
def test_what_compose_gives_up_is_not_waited_for(complaint: str, way_out: str) -> None:
    never = container("app", state={"Status": "created", "Running": False})
    engine = Pretended({**listing(never), "compose up": Ran(1, "", f"Error: {complaint}\n"), "compose build": ""})
    started = starting.up(engine, STACK, MODEL, 60.0)
    assert (complaint in started.error, way_out in started.way_out) == (True, True)
    assert "sleep" not in engine.asked


def test_a_long_complaint_ends_with_its_reason() -> None:
    said = "Error response from daemon: " + "driver failed programming external connectivity: " * 9 + "port is taken"
    engine = Pretended({"compose build": Ran(1, "", said)})
    error = starting.up(engine, STACK, MODEL, 1.0).error
    assert (error.endswith(": port is taken"), len(error) < 220) == (True, True)


def test_a_start_that_takes_too_long_names_who_is_not_well() -> None:
    slow = container("app", state={"Health": {"Status": "starting"}})
    engine = Pretended({**listing(slow), "compose up": Ran(None, "", ""), "compose build": "", "logs": "loading\n"})
    started = starting.up(engine, STACK, MODEL, 1.0)
    assert started.complaint == "app: its health check says starting"
    assert started.sick[0].lines == ("loading",)


def test_what_is_still_starting_is_waited_for() -> None:
    beginning, well = (container("app", state={"Health": {"Status": said}}) for said in ("starting", "healthy"))
    engine = Pretended({"ps -aq": "id-app", "inspect id-app": inspected(beginning)})
    engine.sleep = lambda seconds: engine.said.update({"inspect id-app": inspected(well)})  # type: ignore[method-assign]
    assert starting.settle(engine, MODEL, 5.0) == ()
