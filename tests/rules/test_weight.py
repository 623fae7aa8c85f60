"""What a finding weighs and advises where it has less of a consequence than others of its rule."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from dockwright.finding import Finding
from dockwright.rule import all_rules, run
from projects import project
from recorded import TOOLS

BUILT = "FROM golang:1.26 AS build\nWORKDIR /src\nCOPY . .\nRUN make\nFROM debian:13\nCOPY --from=build"
BEHIND = {"compose.yaml": "name: a\nservices:\n  a:\n    build:\n      dockerfile: docker/Dockerfile\n"}


def only(code: str, files: Mapping[str, str]) -> Finding:
    rule = next(rule for rule in all_rules() if rule.code == code)
    [finding] = run([rule], project(files), TOOLS)
    return finding


@pytest.mark.parametrize(("taken", "severity"), [("/src/shop", "info"), ("/src", "warning"), ("/", "warning")])
def test_a_context_that_stays_with_the_builder_weighs_less(taken: str, severity: str) -> None:
    assert only("DW202", {"Dockerfile": f"{BUILT} {taken} /app\n"}).severity == severity


@pytest.mark.parametrize(("copy", "severity"), [(". .", "error"), ("src src", "warning")])
def test_an_unread_ignore_file_is_an_error_where_all_is_copied(copy: str, severity: str) -> None:
    files = {"docker/Dockerfile": f"FROM debian:13\nCOPY {copy}\n", "docker/.dockerignore": ".git\n", **BEHIND}
    assert only("DW201", files).severity == severity


@pytest.mark.parametrize(("end", "severity"), [("bash", "warning"), ("tar xz", "info"), ("gpg --dearmor -o k", "info")])
@pytest.mark.parametrize("code", ["DW173", "DW177"])
def test_a_download_weighs_less_where_the_pipe_ends_in_what_refuses_it(code: str, end: str, severity: str) -> None:
    assert only(code, {"Dockerfile": f"FROM debian:13\nRUN curl -sSL https://x.org/a | {end}\n"}).severity == severity


def test_a_pipe_that_reads_the_images_own_files_weighs_less() -> None:
    assert (
        only("DW173", {"Dockerfile": "FROM debian:13\nRUN awk '{ print $1 }' list | xargs make\n"}).severity == "info"
    )


def test_the_advice_names_the_shell_that_the_image_has() -> None:
    assert "/bin/ash" in (only("DW173", {"Dockerfile": "FROM alpine:3.22\nRUN wget -O- $U | sh\n"}).advice or "")


def test_the_advice_names_what_the_context_holds() -> None:
    node = {"web/Dockerfile": "FROM node:24\nCOPY . .\n", "web/package.json": "{}"}
    compose = {"compose.yaml": "name: a\nservices:\n  a:\n    build: web\n"}
    assert only("DW202", node | compose).advice == "write web/.dockerignore: **/.env*, **/node_modules"


def test_uv_run_without_the_development_group_is_not_said_to_install_it() -> None:
    files = {"Dockerfile": 'FROM python:3.13-slim\nENV UV_NO_DEV=1\nCMD ["uv", "run", "uvicorn", "app:app"]\n'}
    assert "development" not in only("DW152", files).message
