"""Every check tells what is well from what is not, and says when it cannot tell."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from dockwright.project.lock import lock
from dockwright.tools import Answer, Ran
from dockwright.verify import (
    answers,
    environment,
    health,
    image,
    limits,
    logs,
    network,
    ownership,
    ports,
    stop,
    user,
)
from dockwright.verify.evidence import Evidence
from dockwright.verify.kernel import kernel
from projects import project
from verify.pretended import Pretended, container, kernel_says, live, status, verdicts

QUIET = Pretended()


def one(evidence: Any) -> Evidence:
    (found,) = evidence
    assert isinstance(found, Evidence)
    return found


# user


def test_processes_of_a_number_that_is_not_roots_are_well() -> None:
    seen = one(user.check(live(container()), QUIET))
    assert (seen.verdict, seen.reason) == ("pass", "runs as 1000 (appuser)")


def test_a_process_of_roots_fails_whoever_the_first_one_is() -> None:
    seen = kernel_says(status(), status("worker", 7, 1, uid=0))
    assert one(user.check(live(container(seen=seen)), QUIET)).verdict == "fail"


def test_what_health_checks_and_execs_run_is_not_the_containers_own() -> None:
    inner = kernel_says(status("postgres", uid=999), status("sh", 30, 0, uid=0), status("cat", 31, 30, uid=0), uid=0)
    seen = one(user.check(live(container("db", image="postgres:17.6", seen=inner, User="")), QUIET))
    assert (seen.verdict, seen.detail["uids"]) == ("pass", [999])


def test_ours_that_is_declared_as_root_fails_though_its_entry_point_drops_it() -> None:
    seen = one(user.check(live(container(seen=kernel_says(uid=0, user="root"), User="")), QUIET))
    assert (seen.verdict, "declared as root" in seen.reason) == ("fail", True)


def test_ours_that_runs_as_another_than_declared_fails() -> None:
    seen = kernel_says(status(uid=33))
    assert "declared as 1000" in one(user.check(live(container(seen=seen)), QUIET)).reason


@pytest.mark.parametrize(
    ("service", "image", "verdict"),
    [({}, "1000:1000", "pass"), ({}, "1001", "fail"), ({"user": "1000"}, "1001", "pass"), ({"user": "7"}, "7", "fail")],
)
def test_who_it_runs_as_is_compared_with_the_files_and_the_image(
    service: dict[str, str], image: str, verdict: str
) -> None:
    there = live(
        container(),
        images={"sha256:app": {"Config": {"User": image}}},
        app={"build": {"context": "/project"}, **service},
    )
    assert one(user.check(there, QUIET)).verdict == verdict


@pytest.mark.parametrize(("declared", "verdict"), [("1000:1000", "pass"), ("", "fail"), ("root", "fail")])
def test_what_has_ended_is_told_by_what_was_declared(declared: str, verdict: str) -> None:
    ended = container(state={"Status": "exited", "Running": False}, User=declared)
    assert one(user.check(live(ended), QUIET)).verdict == verdict


# health


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        ({"Health": {"Status": "healthy"}}, "pass"),
        ({"Health": {"Status": "unhealthy"}}, "fail"),
        ({}, "skip"),
        ({"Restarting": True, "ExitCode": 1}, "fail"),
        ({"Running": False, "Status": "created"}, "fail"),
        ({"Running": False, "Status": "exited", "ExitCode": 1}, "fail"),
    ],
)
def test_a_service_is_as_healthy_as_it_says(state: dict[str, Any], verdict: str) -> None:
    assert one(health.check(live(container(state=state)), QUIET)).verdict == verdict


@pytest.mark.parametrize(("code", "verdict"), [(0, "pass"), (1, "fail")])
def test_what_others_wait_for_ends_with_0(code: int, verdict: str) -> None:
    ended = container("migrate", state={"Status": "exited", "Running": False, "ExitCode": code})
    waiting = {"depends_on": {"migrate": {"condition": "service_completed_successfully"}}}
    stack = live(ended, container(), migrate={"restart": "always"}, app=waiting)
    assert verdicts(health.check(stack, QUIET))[0] == ("migrate", verdict)


def test_a_server_that_ended_with_0_is_not_well() -> None:
    ended = container(state={"Status": "exited", "Running": False, "ExitCode": 0})
    assert one(health.check(live(ended, app={"ports": [{}]}), QUIET)).verdict == "fail"


def test_a_service_without_a_container_fails_unless_none_is_wanted() -> None:
    stack = live(worker={}, spare={"deploy": {"replicas": 0}})
    assert verdicts(health.check(stack, QUIET)) == [("app", "fail"), ("worker", "fail")]


# answers

PUBLISHED = {"8000/tcp": [("0.0.0.0", "8443"), ("::", "8443")]}
PROBE = {"Test": ["CMD", "python", "-c", "urlopen('https://localhost:8000/health')"]}


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (Answer(200), "pass"),
        (Answer(404), "pass"),
        (Answer(503), "fail"),
        (Answer(None, "its certificate is refused: certificate has expired"), "fail"),
    ],
)
def test_a_server_is_asked_as_its_health_check_asks_on_its_published_port(answer: Answer, verdict: str) -> None:
    engine = Pretended(servers={"https://localhost:8443/health": answer})
    seen = one(answers.check(live(container(ports=PUBLISHED, Healthcheck=PROBE)), engine))
    assert (seen.verdict, seen.detail["status"]) == (verdict, answer.status)


def test_a_port_that_nobody_listens_at_is_told_with_those_that_somebody_does() -> None:
    seen = kernel(f"{status()}#user\n1000\nappuser\n#mounts\n#limits\n{LISTENS}")
    found = one(answers.check(live(container(seen=seen, ports=PUBLISHED)), QUIET))
    assert (found.verdict, "listens on 8000; it does on 9000" in found.reason) == ("fail", True)


def test_without_a_health_check_https_is_tried_where_http_is_not_spoken() -> None:
    nothing = Answer(None, "the connection is closed without an answer")
    servers = {"http://localhost:8443/": nothing, "https://localhost:8443/": Answer(200)}
    seen = one(answers.check(live(container(ports=PUBLISHED)), Pretended(servers=servers)))
    assert (seen.verdict, seen.detail["url"]) == ("pass", "https://localhost:8443/")


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        (Ran(0, "1\n"), "pass"),
        (Ran(2, "", "FATAL: password authentication failed"), "fail"),
        (Ran(127, "", "sh: psql: not found"), "skip"),
    ],
)
def test_a_database_answers_a_query_of_its_own_client(said: Ran, verdict: str) -> None:
    engine = Pretended({"exec id-db psql SELECT": said})
    assert one(answers.check(live(container("db", image="postgres:17.6")), engine)).verdict == verdict


def inside(*answers_: list[Any]) -> Pretended:
    return Pretended({"exec id-app python 9000": msgspec.json.encode(answers_).decode()})


LISTENS = "#sockets\n0: 00000000:2328 00000000:0000 0A 0\n1: 0B00007F:8AE1 00000000:0000 0A 0\n2: 1:1 2:2 01 0\n"
PROBE_9000 = {"Test": ["CMD", "urlopen", "http://localhost:9000/health"]}


@pytest.mark.parametrize(
    ("engine", "probe", "verdict"),
    [
        (inside(["http", 404, ""]), {}, "pass"),
        (inside(["http", 500, ""]), {}, "fail"),
        (inside(["http", None, "reset"], ["https", 200, ""]), {}, "pass"),
        (inside(["http", None, "reset"], ["https", None, "its certificate is refused"]), {}, "fail"),
        (inside(["http", None, "BadStatusLine"]), {}, "skip"),
        (inside(["http", None, "refused"]), PROBE_9000, "fail"),
        (QUIET, {}, "skip"),
    ],
)
def test_a_server_that_publishes_nothing_is_asked_from_inside(
    engine: Pretended, probe: dict[str, Any], verdict: str
) -> None:
    seen = kernel(f"{status()}#user\n1000\nappuser\n#mounts\n#limits\n{LISTENS}")
    assert one(answers.check(live(container(seen=seen, Healthcheck=probe)), engine)).verdict == verdict


# ownership


def owned(**seen: Any) -> dict[str, Any]:
    return {"files": 3, "foreign": 0, "owners": [], "first": [], "unreadable": [], **seen}


def ownership_of(areas: dict[str, Any], mounts: dict[str, str]) -> Evidence:
    there = container()
    there.about["Mounts"].extend({"Destination": folder, "Type": kind} for folder, kind in mounts.items())
    engine = Pretended({"exec python /app 1000": msgspec.json.encode(areas).decode()})
    return one(ownership.check(live(there), engine))


FOREIGN = owned(foreign=1, owners=[0], first=["/app/a.py"])


def test_files_of_another_fail_in_the_image_and_on_volumes() -> None:
    assert ownership_of({"/app": owned()}, {}).verdict == "pass"
    assert ownership_of({"/app": FOREIGN}, {}).verdict == "fail"
    assert ownership_of({"/app": owned(), "/app/logs": FOREIGN}, {"/app/logs": "volume"}).verdict == "fail"


def test_files_of_the_host_are_told_apart_and_have_to_be_readable() -> None:
    on_host = {"/app": "bind"}
    assert ownership_of({"/app": owned()}, on_host).verdict == "pass"
    assert ownership_of({"/app": FOREIGN}, on_host).verdict == "skip"
    assert ownership_of({"/app": {**FOREIGN, "unreadable": ["/app/a.py"]}}, on_host).verdict == "fail"


def test_an_image_without_python_is_not_looked_into() -> None:
    assert one(ownership.check(live(container()), QUIET)).verdict == "skip"


# ports

DECLARED = {"target": 8000, "published": "8443", "protocol": "tcp"}
LOCAL = {"5432/tcp": [("127.0.0.1", "5432")]}


@pytest.mark.parametrize(
    ("declared", "published", "verdict"),
    [
        ([DECLARED], PUBLISHED, "pass"),
        ([{**DECLARED, "host_ip": "127.0.0.1"}], PUBLISHED, "fail"),
        ([{**DECLARED, "published": "8400-8500"}], PUBLISHED, "pass"),
        ([], PUBLISHED, "fail"),
        ([DECLARED], {}, "fail"),
    ],
)
def test_what_is_published_is_what_is_declared(declared: Any, published: Any, verdict: str) -> None:
    stack = live(container(ports=published), app={"build": {"context": "/project"}, "ports": declared})
    assert one(ports.check(stack, QUIET)).verdict == verdict


@pytest.mark.parametrize(("address", "verdict"), [("127.0.0.1", "pass"), ("0.0.0.0", "fail"), ("::", "fail")])
def test_a_database_is_not_open_to_every_host(address: str, verdict: str) -> None:
    there = container("db", image="postgres:17.6", ports={"5432/tcp": [(address, "5432")]})
    declared = {"target": 5432, "published": "5432", "host_ip": address}
    assert one(ports.check(live(there, db={"ports": [declared]}), QUIET)).verdict == verdict


# environment


@pytest.mark.parametrize(
    ("actual", "missing", "different"),
    [
        ({"A": "1", "B": "secret-2", "C": "x"}, [], []),
        ({"A": "1"}, ["B"], []),
        ({"A": "1", "B": "secret-3"}, [], ["B"]),
    ],
)
def test_variables_arrive_and_only_their_names_are_told(
    actual: dict[str, str], missing: list[str], different: list[str]
) -> None:
    declared = {"A": "1", "B": "secret-2", "FROM_SHELL": None}
    seen = one(environment.check(live(container(env=actual), app={"environment": declared}), QUIET))
    assert seen.verdict == ("fail" if missing or different else "pass")
    assert (seen.detail["missing"], seen.detail["different"]) == (missing, different)
    assert "secret" not in repr(seen)


# logs


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ("INFO ready", "pass"),
        ("PermissionError: [Errno 13] Permission denied: '/app/logs'", "fail"),
        ("Traceback (most recent call last):", "fail"),
        ("OSError: [Errno 30] Read-only file system: 'x'", "fail"),
        ("a.py:3: DeprecationWarning: old", "pass"),
        ("\n".join(["a.py:3: DeprecationWarning: old"] * 11), "fail"),
        ("connecting with hunter2hunter2", "fail"),
    ],
)
def test_logs_are_read_for_trouble_and_secrets(line: str, verdict: str) -> None:
    stack = live(container(), secrets={"DB_PASSWORD": "hunter2hunter2"})
    seen = one(logs.check(stack, Pretended({"logs id-app": Ran(0, "", line)})))
    assert seen.verdict == verdict
    assert "hunter2" not in repr(seen)


def test_logs_that_cannot_be_read_are_said_to_be() -> None:
    assert one(logs.check(live(container()), QUIET)).verdict == "skip"


# limits

HARD = {
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
    "read_only": True,
    "deploy": {"resources": {"limits": {"memory": "536870912", "cpus": 0.5, "pids": 128}}},
}
HELD = {"CapBnd": "0", "NoNewPrivs": "1"}
V2 = {"memory_max": "536870912", "cpu_max": "50000 100000", "pids_max": "128"}
V1 = {
    "memory__memory.limit_in_bytes": "536870912",
    "cpu__cpu.cfs_quota_us": "50000",
    "cpu__cpu.cfs_period_us": "100000",
    "pids__pids.max": "128",
}


def raw(limits: dict[str, str]) -> str:
    names = {name: name.replace("__", "/") if "__" in name else name.replace("_", ".") for name in limits}
    return "".join(f"{names[name]} {value}\n" for name, value in limits.items())


def hardened(fields: dict[str, Any], root: str, limits_: dict[str, str]) -> Evidence:
    said = f"{status(**fields)}#user\n1000\napp\n#mounts\noverlay / overlay {root},x 0 0\n#limits\n{raw(limits_)}"
    return one(limits.check(live(container(seen=kernel(said)), app=HARD), QUIET))


@pytest.mark.parametrize("version", [V1, V2], ids=["cgroup v1", "cgroup v2"])
def test_limits_hold_by_the_kernels_word(version: dict[str, str]) -> None:
    assert hardened(HELD, "ro", version).verdict == "pass"


@pytest.mark.parametrize(
    ("fields", "root", "version", "seen"),
    [
        ({**HELD, "CapBnd": "400"}, "ro", V2, "NET_BIND_SERVICE"),
        ({**HELD, "NoNewPrivs": "0"}, "ro", V2, "may gain privileges"),
        ({**HELD, "Seccomp": "0"}, "ro", V2, "seccomp"),
        (HELD, "rw", V2, "its root can be written"),
        (HELD, "ro", {**V2, "memory_max": "max"}, "memory: no limit"),
        (HELD, "ro", {**V1, "memory__memory.limit_in_bytes": "9223372036854771712"}, "memory: no limit"),
        (HELD, "ro", {**V1, "cpu__cpu.cfs_quota_us": "-1"}, "cpus: no limit"),
        (HELD, "ro", {**V2, "pids_max": "max"}, "pids: no limit"),
    ],
)
def test_each_limit_that_is_not_held_is_named(
    fields: dict[str, Any], root: str, version: dict[str, str], seen: str
) -> None:
    found = hardened(fields, root, version)
    assert (found.verdict, seen in found.reason) == ("fail", True)
    assert ";" not in found.reason


def test_a_capability_that_is_declared_and_not_had_is_named() -> None:
    service = {"build": {}, "cap_add": ["SYS_TIME"]}
    assert "lacks the capabilities SYS_TIME" in one(limits.check(live(container(), app=service), QUIET)).reason


def test_what_may_do_more_than_nothing_declares_fails() -> None:
    privileged = kernel_says(status(CapBnd="000001ffffffffff"))
    assert one(limits.check(live(container(seen=privileged)), QUIET)).verdict == "fail"
    assert one(limits.check(live(container()), QUIET)).verdict == "pass"


# network


@pytest.mark.parametrize(
    ("outside", "inside", "verdict"),
    [
        ("", "172.18.0.2:5432\n", "pass"),
        ("172.18.0.2:5432\n", "172.18.0.2:5432\n", "fail"),
        ("", "", "skip"),
        (Ran(125, "", "no such network"), "172.18.0.2:5432\n", "skip"),
    ],
)
def test_a_database_is_out_of_reach_from_outside(outside: str | Ran, inside: str, verdict: str) -> None:
    there = container("db", image="postgres:17.6", ExposedPorts={"5432/tcp": {}})
    engine = Pretended({"run --pull never bridge": outside, "run --pull never project_default": inside})
    assert one(network.check(live(there), engine)).verdict == verdict


def test_a_database_that_is_open_to_others_is_reached_on_purpose() -> None:
    there = container("db", image="postgres:17.6", ports={"5432/tcp": [("10.0.0.7", "5432")]})
    assert one(network.check(live(there), QUIET)).verdict == "skip"


def test_a_database_that_only_the_host_reaches_is_out_of_reach_for_containers() -> None:
    there = container("db", image="postgres:17.6", ports=LOCAL, ExposedPorts={"5432/tcp": {}})
    reached = "172.18.0.2:5432\n"
    engine = Pretended({"run --pull never bridge": reached, "run --pull never project_default": reached})
    assert one(network.check(live(there), engine)).verdict == "fail"


# stop


@pytest.mark.parametrize(("code", "verdict"), [("0", "pass"), ("143", "pass"), ("137", "fail"), ("1", "fail")])
def test_a_service_ends_by_itself_and_is_started_again(code: str, verdict: str) -> None:
    engine = Pretended({"stop id-app": "", "inspect id-app": f"{code}\n", "start id-app": ""})
    stack = live(container(), container("db", image="postgres:17.6"))
    assert one(stop.check(stack, engine)).verdict == verdict
    stop.start_again(stack, engine)
    assert [re.match(r"\w+", call)[0] for call in engine.asked] == ["stop", "inspect", "start"]  # type: ignore[index]


# image

LOCK = """
version = 1
[[package]]
name = "service"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "web" }, { name = "colour", marker = "sys_platform == 'win32'" }]
[package.dev-dependencies]
dev = [{ name = "tester" }]
[[package]]
name = "web"
version = "2.0"
source = { registry = "https://index.example/simple" }
[[package]]
name = "colour"
version = "3.0"
source = { registry = "https://index.example/simple" }
[[package]]
name = "tester"
version = "4.0"
source = { registry = "https://index.example/simple" }
"""


def image_of(found: list[list[str]], installed: dict[str, str], *, env: tuple[str, ...] = ()) -> list[Evidence]:
    content = {"found": found, "distributions": installed, "venv": True, "biggest": [["/bin/x", 9]]}
    about = [{"Size": 1000, "RootFS": {"Layers": ["a"]}, "Config": {"Env": list(env)}}]
    said = {"image inspect": msgspec.json.encode(about).decode(), "run python": msgspec.json.encode(content).decode()}
    locked = lock(project({"uv.lock": LOCK}), "")
    return list(image.check(live(container(), production=True), Pretended(said), locked, []))


def test_an_image_with_the_program_and_what_it_needs_is_well() -> None:
    assert verdicts(image_of([], {"web": "2.0"})) == [("project:dev", "pass"), ("project:dev packages", "pass")]


@pytest.mark.parametrize("what", [["key", "/app/key.pem"], ["env file", "/app/.env"], ["history", "/app/.git"]])
def test_what_need_not_be_in_an_image_is_named(what: list[str]) -> None:
    content, _ = image_of([["cache", "/root/.cache"], what], {"web": "2.0"})
    assert (content.verdict, what[1] in content.reason.split(",")[0]) == ("fail", True)


def test_a_secret_among_an_images_variables_is_named_without_its_value() -> None:
    content, _ = image_of([], {"web": "2.0"}, env=("PATH=/bin", "API_TOKEN=abcdef123"))
    assert content.verdict == "fail"
    assert "API_TOKEN" in content.reason
    assert "abcdef123" not in repr(content)


@pytest.mark.parametrize(
    ("installed", "key"),
    [
        ({"web": "2.0", "tester": "4.0"}, "development"),
        ({"web": "2.1"}, "different"),
        ({"web": "2.0", "other": "1"}, "unknown"),
        ({}, "missing"),
    ],
)
def test_what_is_installed_is_what_the_lock_says(installed: dict[str, str], key: str) -> None:
    _, packages = image_of([], installed)
    assert packages.verdict == "fail"
    assert [name for name in ("development", "different", "unknown", "missing") if packages.detail[name]] == [key]


@pytest.mark.parametrize(
    ("said", "found"), [({"--entrypoint python3": "[1]"}, [1]), ({"--entrypoint python": "no JSON"}, None), ({}, None)]
)
def test_an_image_is_looked_into_by_the_python_that_it_has(said: dict[str, str], found: Any) -> None:
    assert image.looked_at(Pretended(said), "sha256:app", "program", "/app") == found


def test_development_images_are_not_looked_into() -> None:
    assert list(image.check(live(container()), QUIET, None, [])) == []
