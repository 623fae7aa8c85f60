"""Image tags as releases of what they are made of."""

from __future__ import annotations

import pytest

from dockwright.facts.releases import ENDS, family, floats, releases


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("python:3.9-slim", ["Python 3.9"]),
        ("docker.io/library/python:3.13.2-slim-bookworm", ["Python 3.13", "Debian bookworm"]),
        ("python:3.12-alpine3.20@sha256:0", ["Python 3.12", "Alpine 3.20"]),
        ("ghcr.io/astral-sh/uv:python3.12-bookworm-slim", ["Python 3.12", "Debian bookworm"]),
        ("ghcr.io/astral-sh/uv:0.9.5-python3.14-alpine", ["Python 3.14"]),
        ("node:18.20-alpine", ["Node.js 18"]),
        ("postgres:9.6.1", ["PostgreSQL 9.6"]),
        ("postgres:16.2-alpine", ["PostgreSQL 16"]),
        ("debian:12.5-slim", ["Debian bookworm"]),
        ("ubuntu:focal-20240101", ["Ubuntu 20.04"]),
        ("alpine:3.18.4", ["Alpine 3.18"]),
        ("python:3", []),
        ("python", []),
        ("example/python:3.6", []),
        ("registry.example.org/postgres:12", []),
    ],
)
def test_a_tag_names_releases(image: str, expected: list[str]) -> None:
    assert [str(release) for release in releases(image)] == expected


@pytest.mark.parametrize(
    "image", ["python", "python:latest", "python:3", "python:slim", "node:lts", "debian:stable-slim", "alpine:edge"]
)
def test_names_that_move_are_known(image: str) -> None:
    assert floats(image)


@pytest.mark.parametrize(
    "image",
    [
        "python:3.13",
        "python:latest@sha256:0",
        "node:22",
        "debian:trixie",
        "scratch",
        "alpine:3.22",
        "localhost:5000/a:1",
    ],
)
def test_names_that_are_settled_are_left_alone(image: str) -> None:
    assert floats(image) is None


def test_families_are_told_apart() -> None:
    assert family("python:3.13-alpine") == family("alpine:3.22") == "Alpine"
    assert family("python:3.13-slim") == family("debian:trixie") == "Debian"
    assert family("example/python:3.13") is None


def test_every_end_is_a_day() -> None:
    assert all(len(end) == 10 and end[4] == end[7] == "-" for ends in ENDS.values() for end in ends.values())
