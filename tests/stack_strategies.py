"""Strategies that build the files of Compose stacks: several files, all features, values as people write them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from posixpath import normpath
from typing import Any, NamedTuple

from hypothesis import strategies as st

from compose_peer import Case
from dockwright.project.loader import Call

Strategy = st.SearchStrategy[Any]


class Plain(str):
    """A text that stands in the YAML as it is, without quotes."""

    __slots__ = ()


class Tagged(NamedTuple):
    """A value with a tag before it."""

    tag: str
    value: Any


class Anchored(NamedTuple):
    """A mapping with an anchor, for the files' extension fields."""

    name: str
    value: Mapping[str, Any]


def rendered(value: Any, indent: str = "") -> str:
    """A value as YAML that begins on the line of its key."""
    if isinstance(value, Anchored):
        return f" &{value.name}{rendered(dict(value.value), indent)}"
    if isinstance(value, Tagged):
        return f" {value.tag}{rendered(value.value, indent)}"
    if isinstance(value, dict) and value:
        lines = "".join(f"{indent}{_key(key)}:{rendered(inner, indent + '  ')}" for key, inner in value.items())
        return f"\n{lines}"
    if isinstance(value, list) and value:
        return "\n" + "".join(f"{indent}-{rendered(inner, indent + '  ')}" for inner in value)
    return f" {value if isinstance(value, Plain) else json.dumps(value, ensure_ascii=False)}\n"


def _key(key: str) -> str:
    return key if isinstance(key, Plain) or key.replace("_", "").isalnum() else json.dumps(key)


def document(model: Mapping[str, Any]) -> str:
    """A model as a YAML file."""
    return rendered(dict(model)).lstrip("\n")


# Values

VARIABLES = ("SET", "EMPTY", "UNSET", "FROM_FILE", "NUMBER")
names = st.sampled_from(VARIABLES)
texts = st.sampled_from(
    [
        "",
        "a",
        "x y",
        "a=b",
        "1",
        "0123",
        "true",
        "yes",
        "null",
        "é",
        "a: b",
        "#c",
        "it's",
        'say "x"',
        "a\\b",
        "a\nb",
        "-1",
    ]
)
variables = st.one_of(
    names.map(lambda name: f"${name}"),
    names.map(lambda name: f"${{{name}}}"),
    st.builds(
        lambda name, operator, default: f"${{{name}{operator}{default}}}",
        names,
        st.sampled_from([":-", "-", ":+", "+"]),
        st.sampled_from(["", "d", "a/b", "${SET}", "${UNSET:-deep}", "$$", "x}y", "${EMPTY:+z}", ":80"]),
    ),
    st.just("${SET:?needed}"),
    st.just("${NUMBER?needed}"),
    st.just("$$literal"),
    st.just("$${SET}"),
)
mixed = st.one_of(texts, variables, st.builds(lambda before, use: f"{before}{use}", texts, variables))
plains = st.sampled_from(
    "yes on off 0o17 017 1_000 1e3 .5 1.0 0x1F ~ null true False 2024-01-02 1:30 -1 +1 1000000.0 1234567.5 0.00001 "
    "12345678901234567890 1.10 plain .inf! 0b11 08".split()
).map(Plain)
scalars = st.one_of(mixed, plains, st.integers(-3, 2**40), st.booleans(), st.none())
wholes = st.one_of(st.integers(0, 2000), st.just("${NUMBER}"), st.just("12"))
flags = st.sampled_from([True, False, "true", "${UNSET:-false}", "yes", "No"])
numbers = st.sampled_from([0, 1, 2, 0.5, 1.0, "0.25", "1", "${NUMBER}", 0.1, 1.3])
sizes = st.sampled_from([0, 1024, "512m", "1g", "1.5G", "64MiB", "10kb", "100", "${UNSET:-2m}", "7b", "1 gb"])
times = st.sampled_from(["30s", "1m30s", "1h", "500ms", "1.5s", "0s", "2d", "1w", "90", "1h0m0.5s", "3us"]).filter(
    lambda text: not text.isdigit()
)
keys = st.sampled_from(["A", "B", "C_D", "com.example.x", "lower", "SET", "UNSET", "FROM_FILE"])


def listed(element: Strategy, least: int = 0, most: int = 3) -> Strategy:
    return st.lists(element, min_size=least, max_size=most)


def distinct(element: Strategy, least: int = 0, most: int = 3) -> Strategy:
    return st.lists(element, min_size=least, max_size=most, unique_by=str)


def some(**fields: Strategy) -> Strategy:
    return st.fixed_dictionaries({}, optional=fields)


pairs = st.one_of(
    st.dictionaries(keys, scalars, max_size=4),
    distinct(st.one_of(keys, st.builds(lambda key, value: f"{key}={value}", keys, st.one_of(mixed, st.just("1"))))),
)
words = st.sampled_from(
    [
        "run",
        "python -m app",
        "sh -c 'a && b'",
        "a && b",
        'echo "x y" z',
        "x\\ y",
        "a | b",
        "",
        "  spaced   out ",
        "--flag=${SET}",
        "echo 'it''s'",
        "a 2>b",
        "a > b",
        "`x y` z",
        "$(a b) c",
        '""',
        "a;b",
        "tab\there",
    ]
)
commands = st.one_of(words, listed(mixed), st.none())
services = st.sampled_from(["app", "db", "worker", "web.1"])
paths = st.sampled_from(
    [
        ".",
        "./data",
        "../shared",
        "/abs/x",
        "sub/dir/",
        "./a/../b",
        "~/x",
        "${SET}/x",
        "./${UNSET:-d}",
        "a//b",
        "..",
        "~",
    ]
)
ports = st.one_of(
    st.sampled_from(
        [
            "80",
            "8080:80",
            "127.0.0.1:81:80",
            "9000-9002:9-11",
            "9000-9003:90",
            "53:53/udp",
            "[::1]:82:80",
            "::1:83:80",
            "7000-7002",
            ":84",
            "${NUMBER}:85",
            "${UNSET:-86}:86",
            "127.0.0.1::87",
            "8-12",
            "443:443/TCP",
        ]
    ),
    st.integers(88, 99),
    st.fixed_dictionaries(
        {"target": wholes.filter(lambda number: number != 0)},
        optional={
            "published": st.one_of(st.integers(100, 200), st.just("300"), st.just("${NUMBER}"), st.just("400-410")),
            "protocol": st.sampled_from(["tcp", "udp"]),
            "mode": st.sampled_from(["host", "ingress"]),
            "host_ip": st.sampled_from(["127.0.0.1", "::1"]),
            "name": st.just("http"),
            "app_protocol": st.just("http"),
        },
    ),
)
targets = st.sampled_from(["/a", "/b", "/c/", "/d/../e", "/f//g", "/h:x"[:2], "/data/x"])
sources = st.sampled_from(["data", "logs", "./src", "../up", "/abs", "~/home", "./a b"])
mounts = st.one_of(
    st.builds(
        lambda source, target, options: f"{source}:{target}{options}",
        sources,
        targets,
        st.sampled_from(["", "", ":ro", ":rw", ":z", ":ro,Z", ":nocopy", ":rshared", ":ro,cached", ":delegated"]),
    ),
    st.sampled_from(["/anonymous", "/x/", "${UNSET:-data}:/v", "./${SET}:/w", "${SET:-./q}:/u"]),
    st.fixed_dictionaries(
        {"type": st.just("bind"), "source": paths, "target": targets},
        optional={
            "read_only": flags,
            "bind": some(create_host_path=flags, propagation=st.just("rshared"), selinux=st.just("z")),
            "consistency": st.just("cached"),
        },
    ),
    st.fixed_dictionaries(
        {"type": st.just("volume"), "target": targets},
        optional={
            "source": st.sampled_from(["data", "logs"]),
            "volume": some(nocopy=flags, subpath=st.just("s"), labels=pairs),
            "read_only": flags,
        },
    ),
    st.fixed_dictionaries(
        {"type": st.just("tmpfs"), "target": targets},
        optional={"tmpfs": some(size=sizes, mode=st.sampled_from([0o1777, 448]))},
    ),
    st.fixed_dictionaries({"type": st.just("image"), "source": st.just("img"), "target": targets}),
)
references = st.fixed_dictionaries(
    {"source": st.sampled_from(["key", "token"])},
    optional={
        "target": st.sampled_from(["/etc/x", "y"]),
        "uid": st.just("1000"),
        "gid": st.just("0"),
        "mode": st.sampled_from([0o440, "0400", 288]),
    },
)
secrets_used = distinct(st.one_of(st.sampled_from(["key", "token"]), references))
configs_used = distinct(
    st.one_of(
        st.sampled_from(["conf", "inline"]),
        st.fixed_dictionaries({"source": st.just("conf")}, optional={"target": st.just("/c"), "mode": st.just(0o444)}),
    )
)
hosts = st.one_of(
    st.dictionaries(
        st.sampled_from(["h1", "h2"]), st.one_of(st.just("1.2.3.4"), st.just("::1"), st.just(["1.1.1.1", "[::2]"]))
    ),
    distinct(st.sampled_from(["h1=1.2.3.4", "h2:1.2.3.5", "h3=::1", "host.docker.internal:host-gateway", "h1=[::1]"])),
)
ulimits = st.dictionaries(
    st.sampled_from(["nofile", "nproc"]),
    st.one_of(st.integers(1, 70000), st.fixed_dictionaries({"soft": st.integers(1, 9), "hard": st.integers(9, 20)})),
)
waits = st.fixed_dictionaries(
    {"condition": st.sampled_from(["service_started", "service_healthy", "service_completed_successfully"])},
    optional={"required": st.booleans(), "restart": flags},
)
builds = st.one_of(
    paths.filter(bool),
    st.sampled_from(["https://example.org/x.git#main", "git@example.org:x.git"]),
    some(
        context=st.one_of(paths, st.just("https://example.org/x.git")),
        dockerfile=st.sampled_from(["Dockerfile.dev", "../Dockerfile", "docker/Dockerfile", "${SET}"]),
        args=pairs,
        target=st.one_of(st.just("prod"), variables),
        labels=pairs,
        cache_from=listed(st.just("type=gha")),
        tags=listed(texts.filter(lambda text: "=" not in text)),
        platforms=st.just(["linux/amd64", "linux/arm64"]),
        network=st.just("host"),
        extra_hosts=hosts,
        shm_size=sizes.filter(lambda size: not isinstance(size, float)),
        ssh=st.just(["default"]),
        secrets=secrets_used,
        additional_contexts=st.one_of(
            st.just({"one": "./one", "img": "docker-image://alpine"}), st.just(["two=../two", "three=/abs"])
        ),
        no_cache=flags,
        pull=flags,
        provenance=st.sampled_from([True, "mode=max"]),
        ulimits=ulimits,
        entitlements=st.just(["network.host"]),
        privileged=flags,
    ),
    st.fixed_dictionaries({"dockerfile_inline": st.just("FROM scratch\n")}),
)
resources = some(
    cpus=st.sampled_from([1, 0.5, "1.5", "${NUMBER}"]),
    memory=st.sampled_from(["512m", "1G", "${UNSET:-1g}"]),
    pids=st.integers(1, 9),
)
devices_reserved = listed(
    st.fixed_dictionaries(
        {"capabilities": st.just(["gpu"])},
        optional={"driver": st.just("nvidia"), "options": pairs, "device_ids": st.just(["0"])},
    )
)
updates = some(
    parallelism=wholes,
    delay=times,
    order=st.sampled_from(["start-first", "stop-first"]),
    monitor=times,
    max_failure_ratio=st.sampled_from([0, 0.1, "0.3"]),
    failure_action=st.just("rollback"),
)
deploys = some(
    mode=st.just("replicated"),
    labels=pairs,
    resources=some(
        limits=resources,
        reservations=some(
            memory=st.just("64m"),
            devices=devices_reserved,
            generic_resources=st.just([{"discrete_resource_spec": {"kind": "gpu", "value": 2}}]),
        ),
    ),
    restart_policy=some(condition=st.just("any"), delay=times, max_attempts=wholes, window=times),
    update_config=updates,
    rollback_config=updates,
    placement=some(
        constraints=listed(st.just("node.role==manager")),
        preferences=st.just([{"spread": "zone"}]),
        max_replicas_per_node=wholes,
    ),
    endpoint_mode=st.just("vip"),
)
healthchecks = some(
    test=st.one_of(
        st.sampled_from(["curl localhost", ["CMD", "true"], ["CMD-SHELL", "x || exit 1"], ["NONE"]]),
        st.just("x ${SET}"),
    ),
    interval=times,
    timeout=times,
    retries=wholes,
    start_period=times,
    start_interval=times,
    disable=flags,
)
hooks = listed(
    st.fixed_dictionaries(
        {"command": commands.filter(lambda command: command is not None)},
        optional={"user": st.just("root"), "environment": pairs, "privileged": flags, "working_dir": st.just("/x")},
    )
)
env_file_entries = st.one_of(
    st.sampled_from(["a.env", "./b.env"]),
    st.fixed_dictionaries(
        {"path": st.sampled_from(["a.env", "b.env"])},
        optional={"required": st.sampled_from([True, False, "false"]), "format": st.just("raw")},
    ),
    st.fixed_dictionaries({"path": st.just("missing.env"), "required": st.just(False)}),
)
networks_used = st.one_of(
    distinct(st.sampled_from(["front", "back", "default"])),
    st.dictionaries(
        st.sampled_from(["front", "back", "default"]),
        st.one_of(
            st.none(),
            some(
                aliases=distinct(st.sampled_from(["x", "y"])),
                ipv4_address=st.just("10.0.0.2"),
                priority=st.integers(0, 9),
                driver_opts=st.dictionaries(keys, st.one_of(texts, st.integers(0, 3)), max_size=2),
                mac_address=st.just("02:42:ac:11:00:01"),
                gw_priority=st.just(1),
                link_local_ips=st.just(["57.123.22.11"]),
            ),
        ),
        max_size=2,
    ),
)
watches = listed(
    st.fixed_dictionaries(
        {
            "path": paths.filter(lambda path: not path.startswith("~")),
            "action": st.sampled_from(["sync", "rebuild"]),
            "target": st.just("/app"),
        },
        optional={
            "ignore": st.one_of(st.just("x/"), st.just(["y/"])),
            "include": st.just(["*.py"]),
            "initial_sync": st.booleans(),
            "exec": st.just({"command": "reload"}),
        },
    )
)

FIELDS: dict[str, Strategy] = {
    "annotations": pairs,
    "attach": flags,
    "blkio_config": some(
        weight=st.integers(10, 1000), device_read_bps=st.just([{"path": "/dev/sda", "rate": "12mb"}])
    ),
    "build": builds,
    "cap_add": distinct(st.sampled_from(["NET_ADMIN", "SYS_TIME", "ALL"])),
    "cap_drop": distinct(st.sampled_from(["ALL", "CHOWN"])),
    "cgroup": st.sampled_from(["host", "private"]),
    "cgroup_parent": texts,
    "command": commands,
    "configs": configs_used,
    "cpu_count": wholes,
    "cpu_percent": st.integers(0, 100),
    "cpu_shares": wholes,
    "cpu_quota": wholes,
    "cpu_period": wholes,
    "cpus": numbers,
    "cpuset": st.just("0-1"),
    "credential_spec": some(file=st.just("spec.json"), registry=st.just("r")),
    "deploy": deploys,
    "develop": some(watch=watches),
    "device_cgroup_rules": st.just(["c 1:3 mr"]),
    "devices": distinct(
        st.one_of(
            st.sampled_from(["/dev/a", "/dev/a:/dev/b", "/dev/c:/dev/d:r", "vendor.com/x=y"]),
            st.just({"source": "/dev/e", "target": "/dev/f", "permissions": "rw"}),
        )
    ),
    "dns": st.one_of(st.just("8.8.8.8"), distinct(st.sampled_from(["1.1.1.1", "8.8.8.8", "${UNSET}"]))),
    "dns_opt": distinct(st.sampled_from(["use-vc", "no-tld-query"])),
    "dns_search": st.one_of(st.just("example.org"), distinct(st.sampled_from(["a.org", "b.org"]))),
    "domainname": texts,
    "entrypoint": commands,
    "env_file": st.one_of(st.just("a.env"), listed(env_file_entries)),
    "environment": pairs,
    "expose": distinct(st.one_of(st.integers(1, 9), st.sampled_from(["10", "11-12", "13/udp"]))),
    "external_links": distinct(texts),
    "extra_hosts": hosts,
    "gpus": st.one_of(st.just("all"), st.just([{"driver": "nvidia", "count": 2}]), devices_reserved),
    "group_add": distinct(st.one_of(st.just("staff"), st.integers(1, 9))),
    "healthcheck": healthchecks,
    "hostname": mixed,
    "init": flags,
    "ipc": st.sampled_from(["host", "shareable", "service:db"]),
    "isolation": texts,
    "label_file": st.one_of(st.just("labels.env"), st.just(["labels.env"])),
    "labels": pairs,
    "logging": some(
        driver=st.sampled_from(["json-file", "local"]),
        options=st.dictionaries(
            st.sampled_from(["max-size", "max-file"]), st.one_of(texts, st.integers(1, 9), st.none())
        ),
    ),
    "mac_address": st.just("02:42:ac:11:00:02"),
    "mem_limit": sizes,
    "mem_reservation": sizes,
    "mem_swappiness": st.integers(0, 100),
    "memswap_limit": st.one_of(sizes, st.just(-1)),
    "networks": networks_used,
    "oom_kill_disable": flags,
    "oom_score_adj": st.integers(-100, 100),
    "pid": st.sampled_from(["host", "service:db", None]),
    "pids_limit": wholes,
    "platform": st.just("linux/amd64"),
    "ports": distinct(ports, most=4),
    "post_start": hooks,
    "pre_stop": hooks,
    "privileged": flags,
    "profiles": distinct(st.sampled_from(["dev", "ops", "p q"])),
    "pull_policy": st.sampled_from(["always", "if_not_present", "missing", "never", "build", "daily"]),
    "read_only": flags,
    "restart": st.sampled_from(["no", "always", "on-failure:3", "${UNSET:-unless-stopped}"]),
    "runtime": texts,
    "scale": st.integers(0, 1),
    "secrets": secrets_used,
    "security_opt": distinct(st.sampled_from(["no-new-privileges:true", "seccomp:x"])),
    "shm_size": sizes,
    "stdin_open": flags,
    "stop_grace_period": times,
    "stop_signal": st.just("SIGINT"),
    "storage_opt": st.dictionaries(st.just("size"), st.one_of(st.just("1G"), st.integers(1, 9))),
    "sysctls": pairs,
    "tmpfs": st.one_of(st.just("/run"), distinct(st.sampled_from(["/run", "/tmp:size=1m"]))),
    "tty": flags,
    "ulimits": ulimits,
    "use_api_socket": st.booleans(),
    "user": st.sampled_from(["1000:1000", "root", "${NUMBER}"]),
    "userns_mode": st.just("host"),
    "uts": st.just("host"),
    "volumes": st.lists(mounts, max_size=4, unique_by=str),
    "volumes_from": distinct(st.sampled_from(["db", "db:ro", "container:x"])),
    "working_dir": mixed,
    "x-own": scalars,
}  # fmt: skip

# Those that refuse with others, or that only make sense once.
_SOLE = ("cpus", "mem_limit", "mem_reservation", "pids_limit", "platform", "cgroup")


@st.composite
def service(draw: st.DrawFn, name: str, *, override: bool = False) -> dict[str, Any]:
    """A service: of an override also what takes away from the file before it."""
    chosen = draw(st.lists(st.sampled_from(sorted(FIELDS)), max_size=7, unique=True))
    found: dict[str, Any] = {}
    for key in chosen:
        value = draw(FIELDS[key])
        tag = draw(st.sampled_from(["", "", "", "", "!override", "!reset"])) if override else ""
        found[key] = Tagged(tag, None if tag == "!reset" else value) if tag else value
    if "deploy" in found:
        for key in _SOLE:
            found.pop(key, None)
    if "build" not in found and not override:
        found["image"] = draw(st.sampled_from(["img", "img:1", "${SET:-img}:${UNSET:-2}"]))
    if name not in ("db",) and draw(st.booleans()):
        found["depends_on"] = (
            draw(st.sampled_from([["db"], {"db": {"condition": "service_healthy"}}]))
            if override
            else draw(st.one_of(st.just(["db"]), waits.map(lambda wait: {"db": wait})))
        )
    if name not in ("db",) and "networks" not in found and draw(st.integers(0, 7)) == 0:
        found["network_mode"] = draw(st.sampled_from(["host", "none", "service:db"]))
    if name not in ("db",) and draw(st.integers(0, 5)) == 0:
        found["links"] = draw(st.sampled_from([["db"], ["db:database"]]))
    for key in ("ipc", "pid", "volumes_from"):
        if name == "db" and "db" in str(found.get(key, "")):
            del found[key]
    return found


@st.composite
def sections(draw: st.DrawFn) -> dict[str, Any]:
    """The resources that the services use, and some that nobody does."""
    labelled = some(labels=pairs, name=st.sampled_from(["own", "${SET}-n"]))
    return {
        "networks": {
            "front": draw(
                st.one_of(
                    st.none(),
                    some(
                        driver=st.just("bridge"),
                        internal=flags,
                        attachable=flags,
                        enable_ipv6=flags,
                        labels=pairs,
                        driver_opts=st.dictionaries(keys, st.one_of(texts, st.integers(1, 3)), max_size=2),
                        ipam=st.just({"driver": "default", "config": [{"subnet": "10.0.0.0/24"}]}),
                        name=mixed.filter(bool),
                    ),
                )
            ),
            "back": draw(st.one_of(st.none(), st.just({"external": True}), st.just({"external": True, "name": "n"}))),
            **draw(st.sampled_from([{}, {"default": None}, {"default": {"name": "d"}}, {"unused": None}])),
        },
        "volumes": {
            "data": draw(st.one_of(st.none(), labelled)),
            "logs": draw(
                st.one_of(
                    st.just({"external": True}),
                    st.just({"driver": "local", "driver_opts": {"type": "none", "o": "bind", "device": "./logs"}}),
                    st.just({"external": {"name": "old"}}),
                )
            ),
        },
        "secrets": {
            "key": {"file": "./key.pem"},
            "token": draw(st.sampled_from([{"environment": "SET"}, {"file": "~/t"}])),
        },
        "configs": {
            "conf": draw(st.sampled_from([{"file": "./c.conf"}, {"environment": "SET"}, {"external": True}])),
            "inline": {"content": draw(mixed.filter(bool))},
        },
    }  # fmt: skip


entries = st.sampled_from(
    [
        "A=1",
        "B='x y'",
        'C="$SET-z"',
        "FROM_FILE=file",
        "EMPTY=",
        "UNSET2",
        "SET",
        "E=${A:-q}",
        "# note",
        "F=a # b",
        "export D=e",
        'G="l1\nl2"',
    ]
)
env_texts = st.lists(entries, max_size=4).map(lambda lines: "".join(f"{line}\n" for line in lines))
# `format: raw` takes neither `export` nor values of several lines.
raw_env_texts = st.lists(entries.filter(lambda line: line[0] not in "eG"), max_size=4).map(
    lambda lines: "".join(f"{line}\n" for line in lines)
)

Model = dict[str, Any]
INCLUDES = (
    ["included/compose.yml"],
    [{"path": "included/compose.yml"}],
    [{"path": ["included/compose.yml", "included/more.yml"]}],
    [{"path": "included/compose.yml", "project_directory": "."}],
    [{"path": "./included/compose.yml", "env_file": "inc.env"}],
)
OVER_SECTIONS: tuple[Model, ...] = (
    {},
    {"networks": {"front": {"internal": True}}},
    {"volumes": {"data": None}},
    {"name": "later"},
)


@st.composite
def main_models(draw: st.DrawFn) -> Model:
    """The first file: a few services, of which one may extend another."""
    model: Model = {}
    if draw(st.booleans()):
        model["name"] = draw(st.sampled_from(["shop", "Shop-${SET}", "${UNSET:-named}"]))
    if draw(st.integers(0, 4)) == 0:
        model["version"] = "3.8"
    shared = draw(st.integers(0, 2)) == 0
    if shared:
        labels = draw(st.dictionaries(keys, texts))
        model["x-shared"] = Anchored("shared", {"restart": "always", "labels": labels})
    model["services"] = {}
    for name in draw(st.lists(services, max_size=2, unique=True)):
        written = draw(service(name))
        merged: Model = {Plain("<<"): Plain("*shared")} if shared and draw(st.booleans()) else {}
        model["services"][name] = {**merged, **written}
    model["services"].setdefault("db", {"image": "postgres"})
    if draw(st.integers(0, 2)) == 0:
        extends = draw(st.sampled_from(["db", {"service": "db"}]))
        model["services"]["child"] = {**draw(service("child", override=True)), "extends": extends}
    return {**model, **draw(sections())}


@st.composite
def extended(draw: st.DrawFn) -> tuple[Model, Model]:
    """A file whose service is extended, and what extends it."""
    base = {"base": draw(service("base")), "lower": draw(service("lower"))}
    if draw(st.booleans()):
        base["base"]["extends"] = draw(st.sampled_from(["lower", {"service": "lower"}]))
    leaf = draw(service("leaf", override=True))
    for each in (*base.values(), leaf):
        for key in ("depends_on", "links", "network_mode"):
            each.pop(key, None)
    return {"services": base}, leaf


@st.composite
def included(draw: st.DrawFn) -> Model:
    """A file that is included."""
    inner = draw(service("inner"))
    inner.pop("depends_on", None)
    database = {"image": "x", "volumes": ["./d:/d", "idata:/i"]}
    return {"name": "ignored", "services": {"inner": inner, "innerdb": database}, "volumes": {"idata": None}}


def _at(folder: str, path: str) -> str:
    return normpath(f"{folder}/{path}")


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A stack of one to three files, which extend and include others, and how it is called."""
    folder = draw(st.sampled_from(["", "", "deploy"])) or "."
    files: dict[str, str] = {}
    model = draw(main_models())
    if draw(st.integers(0, 2)) == 0:
        where = draw(st.sampled_from(["common.yml", "common/base.yml", "outside/base.yml"]))
        if folder != "." and where.startswith("outside"):
            where = f"../{where}"
        base, leaf = draw(extended())
        files[_at(folder, where)] = document(base)
        model["services"]["leaf"] = {"extends": {"service": "base", "file": where}, **leaf}
    if draw(st.integers(0, 3)) == 0:
        model["include"] = draw(st.sampled_from(INCLUDES))
        files[_at(folder, "included/compose.yml")] = document(draw(included()))
        files[_at(folder, "included/more.yml")] = document({"services": {"innerdb": {"labels": {"more": "yes"}}}})
        files[_at(folder, "inc.env")] = draw(raw_env_texts)
        if draw(st.booleans()):
            files[_at(folder, "included/.env")] = "FROM_FILE=included\nUNSET=here\n"
    main = _at(folder, draw(st.sampled_from(["compose.yml", "docker-compose.dev.yml"])))
    files[main] = document(model)
    called = [main]
    for number in range(draw(st.sampled_from([0, 0, 1, 1, 2]))):
        over: Model = {"services": {}, **draw(st.sampled_from(OVER_SECTIONS))}
        for name in draw(st.lists(st.sampled_from(sorted(model["services"])), max_size=2, unique=True)):
            over["services"][name] = draw(service(name, override=True))
        called.append(_at(folder, f"override{number}.yml") if draw(st.booleans()) else f"other/o{number}.yml")
        files[called[-1]] = document(over)
    directory = draw(st.sampled_from([None, None, "", "deploy"]))
    # Wherever a path may come to start.
    for at in (".", "deploy", "common", "outside", "other", "included", "deploy/included", "deploy/common"):
        files.setdefault(_at(at, "a.env"), draw(raw_env_texts))
        files.setdefault(_at(at, "b.env"), "B2=${SET}\n")
        files.setdefault(_at(at, "labels.env"), "com.example.file=yes\n")
    env_files: tuple[str, ...] = ()
    if draw(st.booleans()):
        files[_at(folder if directory is None else directory or ".", ".env")] = draw(env_texts)
    if draw(st.integers(0, 3)) == 0:
        files["call.env"], files["call2.env"] = draw(env_texts), "SET=second\nFROM_FILE=${A:-none}\n"
        env_files = draw(st.sampled_from([("call.env",), ("call.env", "call2.env")]))
    name = draw(st.sampled_from([None, None, "given"]))
    profiles = draw(st.sampled_from([("*",), ("*",), (), ("dev",)]))
    call = Call(tuple(called), env_files, directory, name, profiles)
    return Case(files, call, draw(st.booleans()), {"SET": "value", "EMPTY": "", "NUMBER": "7", "TOKEN": "t"})
