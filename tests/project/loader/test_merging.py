"""Files over files: what is merged, what replaces, what goes."""

from __future__ import annotations

from typing import Any

import pytest

from loaded import app, full, raw


def over(below: str, above: str, *, key: str) -> Any:
    """What a service's key comes to when a second file is laid over the first."""
    given = {"compose.yml": app(below), "over.yml": f"services:\n  app:\n    {above}\n"}
    return raw(given, "compose.yml", "over.yml")["services"]["app"].get(key)


@pytest.mark.parametrize(
    ("below", "above", "merged"),
    [
        ("hostname: a", "hostname: b", "b"),
        ("command: [a, b]", "command: [c]", ["c"]),
        ("entrypoint: a b", "entrypoint: null", None),
        ("dns: 1.1.1.1", "dns: [8.8.8.8, 1.1.1.1]", ["1.1.1.1", "8.8.8.8"]),
        ("environment: {A: 1, B: 2}", "environment: [B=3, C]", ["A=1", "B=3", "C"]),
        ("labels: [a=1]", "labels: {a: 2, b: true}", ["a=2", "b=true"]),
        ("expose: [80]", "expose: ['80', 81]", ["80", 81]),
        ("cap_add: [A, B]", "cap_add: [B, C]", ["A", "B", "C"]),
        ("tmpfs: /run", "tmpfs: [/tmp]", ["/run", "/tmp"]),
        ("networks: [a]", "networks: {b: {aliases: [x]}}", {"a": None, "b": {"aliases": ["x"]}}),
        (
            "logging: {driver: json-file, options: {a: b}}",
            "logging: {driver: local}",
            {"driver": "local"},
        ),
        (
            "logging: {driver: local, options: {a: b}}",
            "logging: {options: {c: d}}",
            {"driver": "local", "options": {"a": "b", "c": "d"}},
        ),
        ("ulimits: {nofile: {soft: 1, hard: 2}}", "ulimits: {nofile: 5}", {"nofile": 5}),
        ("healthcheck: {test: a, retries: 1}", "healthcheck: {test: [CMD, b]}", {"test": ["CMD", "b"], "retries": 1}),
        (
            "build: ./a",
            "build: {target: t}",
            {"context": "./a", "target": "t", "dockerfile": "Dockerfile"},
        ),
        (
            "depends_on: [a]",
            "depends_on: {a: {condition: service_healthy}, b: {condition: service_started}}",
            {
                "a": {"condition": "service_healthy", "required": True},
                "b": {"condition": "service_started", "required": True},
            },
        ),
    ],
)
def test_each_key_has_its_own_way(below: str, above: str, merged: object) -> None:
    assert over(below, above, key=below.partition(":")[0]) == merged


def test_a_mount_is_known_by_its_target_and_a_port_by_all_of_it() -> None:
    mounts = over("volumes: ['data:/data', 'logs:/logs']", "volumes: ['./x:/data/']", key="volumes")
    assert [(mount["source"], mount["target"]) for mount in mounts] == [("./x", "/data"), ("logs", "/logs")]
    ports = over("ports: ['80:80', '81:81']", "ports: ['80:80', '82:80']", key="ports")
    assert [(port["published"], port["target"]) for port in ports] == [("80", 80), ("81", 81), ("82", 80)]


@pytest.mark.parametrize(
    ("above", "left"),
    [
        ("ports: !reset []", None),
        ("ports: !override ['90:90']", ["90"]),
        ("ports: ['90:90']", ["80", "90"]),
        ("ports: null", ["80"]),
    ],
)
def test_tags_take_away_and_replace(above: str, left: list[str] | None) -> None:
    ports = over("ports: ['80:80']", above, key="ports")
    assert (ports and [port["published"] for port in ports]) == left


def test_a_service_can_be_taken_away() -> None:
    given = {
        "compose.yml": "services:\n  a: {image: x}\n  b: {image: y}\n",
        "over.yml": "services:\n  b: !reset null\n",
    }
    assert list(raw(given, "compose.yml", "over.yml")["services"]) == ["a"]


def test_documents_of_one_file_are_merged_like_files() -> None:
    model = raw("services:\n  a: {image: x}\n---\nservices:\n  a: {image: y}\n")
    assert model["services"]["a"]["image"] == "y"


def test_anchors_and_merge_keys_are_followed() -> None:
    text = """
x-common: &common
  restart: always
  environment: &env {A: "1"}
services:
  app:
    <<: *common
    image: x
    environment: {<<: *env, B: "2"}
"""
    assert full(text)["services"]["app"]["environment"] == {"A": "1", "B": "2"}
    assert full(text)["services"]["app"]["restart"] == "always"
