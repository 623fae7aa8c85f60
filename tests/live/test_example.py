"""The example works before dockwright touches it, and with its files moved and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

import example
from running_example import APP, Browser, applied, copied, ports_held

pytestmark = pytest.mark.live


def test_as_it_is_its_development_stack_serves_who_logs_in() -> None:
    with ports_held(), copied(example.LEGACY) as running:
        browser = Browser()
        try:
            running.run("make", "certs", "dev-up")
            running.wait_until_well("dev", browser, healthy=False)  # its own checks are wrong
            assert browser.call("GET", f"{APP}/auth/login") == (200, {"subject": "alice"})
            assert browser.call("GET", f"{APP}/accounts") == (200, [])
        finally:
            running.remove("dev")


def test_with_its_files_moved_its_own_tests_pass(tmp_path: Path) -> None:
    with ports_held(), copied(applied(tmp_path, "--only", "layout")) as running:
        try:
            output = running.run("make", "certs", "test")
        finally:
            running.remove("test")
    assert " passed" in output
    assert " skipped" not in output
