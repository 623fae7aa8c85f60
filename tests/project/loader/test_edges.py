"""Odd corners, each asked of Docker Compose itself: whatever it does there, the loader does."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from compose_peer import Case, answers
from dockwright.project.loader import Call
from loaded import app

# A service's lines and what stands below the services: variables filled in.
FILLED = (
    ('hostname: "${A:-${B:?gone}}"', ""),
    ('hostname: "${NONE:+${B:?gone}}"', ""),
    ("environment: {A: !override 5, B: !foo bar, C: !!binary aGk=}", ""),
    ("labels: {x-foo: bar, y: z}", ""),
    ("environment: {x-foo: bar, y: z}", ""),
    ("extra_hosts: {x-foo: 1.2.3.4}", ""),
    ("x-foo: {a: 1}", "x-top: {b: [1, 2.0, ~], x-in: 5}\nx-d: 2024-05-06\n"),
    ("develop: {watch: [{path: ., action: sync+exec, target: /x, exec: {command: a b}}]}", ""),
    ("deploy:\ndevelop:", ""),
    ("build: {context: ., ssh: [default, k=~/.ssh/x]}", ""),
    ("build: {context: ., ssh: {default: }}", ""),
    ("gpus: all", ""),
    ("gpus: [{count: 1, x: y}]", ""),
    ("provider: {type: t, options: {a: 1, b: [x, 2]}}", ""),
    ("models: [m]", "models: {m: {model: ai/x, context_size: 5}}\n"),
    ("models: [m]", ""),
    ("networks: {default: }", "networks: {default: {ipam: {config: [{subnet: 10.0.0.0/8}], options: {a: b}}}}\n"),
    ("blkio_config: {weight_device: [{path: /d, weight: 4}], device_read_bps: [{path: /e, rate: 0}]}", ""),
    ('blkio_config: {weight_device: [{path: /d, weight: "4"}]}', ""),
    ('credential_spec: {file: x}\ndns: []\ndns_search: ""\ntmpfs: []', ""),
    ('dns: ["", 1.1.1.1]', ""),
    ("ports: [80.5]", ""),
    ("ports: [{target: 80.0}]", ""),
    ('ports: [{target: "80", published: 8080}]', ""),
    ("ports: [{target: 80, published: 80.0}]", ""),
    ("ports: [99999999]", ""),
    ("ports: ['::1:80:80']", ""),
    ("volumes: ['d:/data']", ""),
    ('volumes: [{type: bind, source: ., target: /x, bind: {create_host_path: "no"}}]', ""),
    ('volumes: [{type: tmpfs, target: /x, tmpfs: {size: 1.5, mode: "700"}}]', ""),
    ("volumes: [{type: volume, source: , target: /x}]", ""),
    ('volumes: [{type: volume, target: ""}]', ""),
    ("secrets: [{source: s, target: , mode: }]", "secrets: {s: {file: ./x, x-a: b}}\n"),
    ("secrets: [{source: s}]", "secrets: {s: {external: {name: q}}}\n"),
    ("secrets: [s]", "secrets: {s: {external: false}}\n"),
    ("secrets: [s]", "secrets: {s: {driver: d}}\n"),
    ("networks: [n]", 'networks: {n: {external: "yes", name: x}}\n'),
    ("volumes: ['vol:/x']", "volumes: {vol: {external: }}\n"),
    ('expose: [1, "1"]', ""),
    ("group_add: [1, x, 1.5]", ""),
    ('scale: "1"\ndeploy: {replicas: 1}', ""),
    ('cpus: 1.5\ndeploy: {resources: {limits: {cpus: "1.50"}}}', ""),
    ("cpus: 1\ndeploy: {resources: {limits: {memory: 1g}}}", ""),
    ("pid: ", ""),
    ("labels: {since: 2024-01-02}", ""),
    ("env_file: [{path: none, required: 'no'}]", ""),
)

# The same with variables as they are written.
WRITTEN = (
    ("environment: {A: !override 5, B: !foo 7}", ""),
    (
        "x-foo: {a: []}\ncap_add: []\nsecurity_opt: []\nenvironment: []\nports: []\nbuild: {args: []}",
        "x-top: {b: []}\n",
    ),
    ("build: {context: ., ssh: [default, k=~/.ssh/x]}", ""),
    ('ports: [{target: 80, host_ip: "${X}"}]', ""),
    ('ports: ["${X}:80", 81]', ""),
    ('volumes: ["${X}::/a"]', ""),
    ('ulimits: {nofile: "5"}', ""),
    ('volumes: ["vol:/x"]', 'volumes: {vol: {external: "true"}}\n'),
    ("networks: [n]", 'networks: {n: {external: "1"}}\n'),
    ("environment: [HOME, A]\nbuild: {context: ., args: [HOME, A=1]}", ""),
)

ONE = "services: {a: {image: x}}\n"
STACKS: tuple[Mapping[str, str | bytes], ...] = (
    {"compose.yml": b'services:\n  a:\n    image: "\xff"\n'},
    {"compose.yml": b"\xef\xbb\xbfservices:\n  a:\n    image: x\n"},
    {"compose.yml": "services:\r\n  a:\r\n    image: x\r\n    command: |\r\n      a b\r\n      c\r\n"},
    {"compose.yml": "# only\n"},
    {"compose.yml": f"---\n---\n{ONE}"},
    {"compose.yml": f"{ONE}---\n"},
    {"compose.yml": "name: x\n"},
    {"compose.yml": f"name: 123\n{ONE}"},
    {"compose.yml": f'name: "${{N}}"\n{ONE}'},
    {"compose.yml": "x-a: &a {image: x, labels: {k: v}}\nservices: {a: {<<: *a, labels: *a}}\n"},
    {"compose.yml": "x-a: &a {k: v}\nx-b: &b {k: w}\nservices: {a: {image: x, labels: {<<: [*a, *b], l: m}}}\n"},
    {"compose.yml": "x-a: &a {k: !reset v, l: m}\nservices: {a: {image: x, labels: *a}}\n"},
    {"compose.yml": "services: {a: {image: x, labels: {<<: null, l: own}}}\n"},
    {"compose.yml": 'services: {"a b": {image: x}}\n'},
    {"compose.yml": ONE, "over.yml": "services: {a.b: {image: y, ports: !reset []}, a: {labels: !override {q: r}}}\n"},
    {"compose.yml": "services: {a: {image: x, ports: [80]}}\n", "over.yml": "services: {a: {ports: {a: b}}}\n"},
    {
        "compose.yml": f"{ONE}networks: {{n: {{ipam: {{config: [{{subnet: A}}, {{subnet: B}}]}}}}}}\n",
        "over.yml": "networks: {n: {ipam: {config: [{subnet: B, gateway: g}, {subnet: C}]}}}\n",
    },
    {
        "compose.yml": "include: [sub/c.yml]\nservices: {q: {image: z, depends_on: [b]}}\n",
        "sub/c.yml": "include: [deep/d.yml, {path: deep/e.yml, project_directory: other}]\n"
        "services: {b: {image: x, build: ./b}}\n",
        "sub/deep/d.yml": 'services: {d: {image: "${V}", build: ./d, env_file: q.env}}\n',
        "sub/deep/e.yml": "services: {e: {image: x, build: ./e}}\n",
        "sub/deep/.env": "V=1\n",
        "sub/other/x.env": "A=1\n",
        "sub/deep/q.env": "Q=1\n",
    },
    {"compose.yml": ONE, ".env": "A B=1\n"},
    {"compose.yml": ONE, ".env": "A=${B:?x}\n"},
    {"compose.yml": ONE, ".env": "COMPOSE_PROJECT_NAME=Up\n"},
    {"compose.yml": app("env_file: a"), "a": b"A=\xff\n"},
    {"compose.yml": app("env_file: [{path: a, format: raw}]"), "a": b"A=\xff\n"},
    {"compose.yml": app("env_file: [{path: a, format: nope}]"), "a": "A=1\n"},
    {"compose.yml": app("env_file: sub"), "sub/x": "A=1\n"},
    {"compose.yml": app("label_file: a\nlabels: {a: own}"), "a": "a=1\nb=${a}\n"},
)


PROFILES = app("", "  b: {image: x, profiles: [p]}\n  c: {image: x, profiles: [q, r]}\n")


def _cases() -> list[Case]:
    one = Call(("compose.yml",))
    none = Call(("compose.yml",), profiles=())
    found = [Case({"compose.yml": app(*lines)}, one, True, {"A": "1"}) for lines in FILLED]
    found += [Case({"compose.yml": app(*lines)}, one, False, {"A": "1"}) for lines in WRITTEN]
    found += [Case({"compose.yml": PROFILES}, none, True, {"COMPOSE_PROFILES": said}) for said in ("p, r", "", "*")]
    found.append(Case({"compose.yml": PROFILES, ".env": "COMPOSE_PROFILES=q\n"}, none, True))
    for files in STACKS:
        names = tuple(name for name in ("compose.yml", "over.yml") if name in files)
        found += [Case(files, Call(names), interpolates) for interpolates in (True, False)]
    return found


@pytest.mark.compose
def test_every_odd_corner_is_the_same() -> None:
    assert [(answer.case.files, answer.differences) for answer in answers(_cases()) if not answer.agree] == []
