"""RUN lines: which shell reads them, and what package managers are told there."""

from __future__ import annotations

import pytest

from dockwright.project.runs import PackageCall, Step, runs
from projects import project


def steps(text: str) -> tuple[Step, ...]:
    return runs(project({"Dockerfile": text}))


def told(command: str) -> PackageCall | None:
    (step,) = steps(f"FROM a\nRUN {command}\n")
    return next(iter(step.packages), None)


@pytest.mark.parametrize(
    ("command", "manager", "verb", "packages"),
    [
        ("apt-get update", "apt-get", "refresh", []),
        ("sudo apt-get -y install --no-install-recommends gcc make", "apt-get", "install", ["gcc", "make"]),
        ("apk add --no-cache -t build gcc", "apk", "install", ["gcc"]),
        ("python3 -m pip install a", "pip", "install", ["a"]),
        ("pypy3 -m pip install a", "pip", "install", ["a"]),
        ("pip3.12 install -r b.txt a", "pip", "install", ["a"]),
        ("/usr/bin/dnf install gcc", "dnf", "install", ["gcc"]),
        ("yarn", "yarn", "install", []),
    ],
)
def test_what_a_manager_is_told(command: str, manager: str, verb: str, packages: list[str]) -> None:
    call = told(command)
    assert call is not None
    assert (call.manager.name, call.verb, [word.text for word in call.packages]) == (manager, verb, packages)


@pytest.mark.parametrize(
    "command", ["apt-get", "apt-get moo", "pip", "pipe install a", "python -m build", "echo pip", "yarn x"]
)
def test_what_tells_a_manager_nothing(command: str) -> None:
    assert told(command) is None


@pytest.mark.parametrize(
    ("command", "quiet"), [("-q", False), ("-qq", True), ("-q -q", True), ("-q=2", True), ("--quiet -q", True)]
)
def test_twice_quiet_answers_questions(command: str, quiet: bool) -> None:
    call = told(f"apt-get {command} install gcc")
    assert call is not None
    assert ("-qq" in call.options) is quiet


@pytest.mark.parametrize(
    ("word", "sure"), [("gcc", True), ("$APT_OPTS", False), ("$PACKAGES", True), ("gcc=$APT_ARGS", True)]
)
def test_a_variable_that_may_hold_options_leaves_doubt(word: str, sure: bool) -> None:
    call = told(f"apt-get install {word}")
    assert call is not None
    assert call.sure is sure


@pytest.mark.parametrize(
    ("lines", "commands"),
    [
        ("RUN a && b", ["a", "b"]),
        ('RUN ["a", "b c"]', ["a"]),
        ('RUN ["/bin/bash", "-o", "pipefail", "-ec", "a | b"]', ["a", "b"]),
        ('RUN ["bash", "--norc", "a.sh"]', ["bash"]),
        ('RUN ["bash", "a.sh"]', ["bash"]),
        ('SHELL ["/bin/bash", "-c"]\nRUN a; b', ["a", "b"]),
        ('SHELL ["pwsh", "-Command"]\nRUN a; b', []),
        ("RUN <<EOF\n#!/usr/bin/env python3\nimport os\nEOF", []),
        ("RUN <<EOF\n#!/bin/sh\na\nb\nEOF", ["a", "b"]),
        ("RUN []", []),
    ],
)
def test_which_commands_a_run_has(lines: str, commands: list[str]) -> None:
    (step,) = steps(f"FROM a\n{lines}\n")
    assert [simple.name for simple in step.written] == commands


def test_a_prefix_is_written_but_runs_nothing_of_its_own() -> None:
    (step,) = steps("FROM a\nRUN sudo env A=1 tool x\n")
    assert [simple.name for simple in step.written] == ["sudo"]
    assert [simple.name for simple in step.commands] == ["tool"]


def test_shell_and_variables_are_handed_down_to_later_stages() -> None:
    found = steps('FROM a AS base\nENV A=1 B=0\nARG C=yes\nSHELL ["pwsh", "-c"]\nFROM base\nRUN x\nFROM a\nRUN y\n')
    assert [(step.shell_words, step.environment) for step in found] == [
        (("pwsh", "-c"), {"A", "C"}),
        ((), frozenset()),
    ]


def test_a_variable_that_is_switched_off_again_is_off() -> None:
    before, after = steps("FROM a\nENV A=1\nRUN x\nENV A=no\nRUN y\n")
    assert [sorted(before.environment), sorted(after.environment)] == [["A"], []]


def test_what_is_run_in_an_image_that_ships() -> None:
    found = steps("FROM a AS base\nRUN one\nFROM a AS build\nRUN two\nFROM base\nRUN three\nONBUILD RUN four\n")
    assert [step.shipped for step in found] == [True, False, True, True]


def test_a_dockerfile_of_two_contexts_is_read_once() -> None:
    services = "".join(f"  {name}: {{build: {{context: {name}, dockerfile: ../Dockerfile}}}}\n" for name in "ab")
    assert len(runs(project({"Dockerfile": "FROM a\nRUN x\n", "compose.yaml": f"services:\n{services}"}))) == 1


def test_caches_and_temporary_file_systems_are_no_part_of_the_layer() -> None:
    (step,) = steps(
        "FROM a\nRUN --mount=type=cache,target=/a/ --mount=type=tmpfs,dst=/b --mount=type=bind,target=/c x\n"
    )
    assert step.mount_targets == ("/a", "/b")
