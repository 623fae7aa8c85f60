"""What was seen of a stack, as text that fits, as JSON that stays, and as Markdown."""

from __future__ import annotations

import msgspec
import pytest

from dockwright.report import verified
from dockwright.verify.evidence import failed, passed, skipped
from dockwright.verify.run import Verified
from dockwright.verify.starting import Sick

SEEN = Verified(
    "dev",
    "shop",
    (
        passed("health", "app", "healthy", state="running"),
        skipped("network", "postgres", "is published on purpose: 127.0.0.1:5432->5432"),
        failed(
            "ports",
            "postgres",
            "a data service is open to every host: 0.0.0.0:5432->5432",
            'write "127.0.0.1:5432:5432", or publish nothing',
            published=["0.0.0.0:5432->5432"],
        ),
    ),
    2.34,
)


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)


def test_failures_come_first_each_with_the_way_out() -> None:
    assert verified.text(SEEN) == (
        "fail  ports    postgres  a data service is open to every host:\n"
        "                         0.0.0.0:5432->5432\n"
        '                         -> write "127.0.0.1:5432:5432", or publish nothing\n'
        "skip  network  postgres  is published on purpose: 127.0.0.1:5432->5432\n"
        "pass  health   app       healthy\n"
        "\n"
        "dev (shop): 1 failed, 1 skipped, 1 passed, in 2.3 s\n"
    )


def test_no_line_is_wider_than_80_columns() -> None:
    path = "/app/" + "long-" * 40
    long = failed("ownership", "registry.example.com/team/service:latest", f"{path} belongs to 0", f"chown {path}")
    seen = Verified("prod", "shop", (*SEEN.evidence, long), 1.0, (Sick("app", "it ended with 1", ("x" * 200,)),))
    assert max(map(len, verified.text(seen).splitlines())) <= 80


def test_colour_is_for_verdicts_and_only_where_it_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\033" not in verified.text(SEEN)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\033[1;31mfail\033[0m  ports" in verified.text(SEEN)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\033" not in verified.text(SEEN)


def test_the_last_lines_of_who_is_sick_are_shown() -> None:
    seen = Verified("dev", "shop", SEEN.evidence, 1.0, (Sick("app", "it ended with 1", ("boom\033[2J",)),))
    assert "The last lines of app: it ended with 1\n  boom" in verified.text(seen)
    assert "\033" not in verified.text(seen)


def test_json_is_stable() -> None:
    document = msgspec.json.decode(verified.json(SEEN))
    assert document.pop("tool")["name"] == "dockwright"
    evidence = document.pop("evidence")
    assert document == {
        "schema_version": 1,
        "stack": {"name": "dev", "project_name": "shop"},
        "sick": [],
        "summary": {"pass": 1, "fail": 1, "skip": 1},
        "seconds": 2.34,
    }
    assert [list(each) for each in evidence] == [["check", "subject", "verdict", "reason", "seconds", "detail"]] * 3
    assert evidence[0] == {
        "check": "health",
        "subject": "app",
        "verdict": "pass",
        "reason": "healthy",
        "seconds": 0.0,
        "detail": {"state": "running"},
    }
    assert evidence[2]["detail"] == {
        "published": ["0.0.0.0:5432->5432"],
        "way_out": 'write "127.0.0.1:5432:5432", or publish nothing',
    }


def test_markdown_is_a_table_whose_cells_hold_what_was_said() -> None:
    odd = failed("logs", "app", "a | b <script> _x_", "see `logs`")
    text = verified.markdown(Verified("dev", "shop", (odd, *SEEN.evidence), 1.0))
    assert text.startswith("### dockwright verify dev: 2 checks failed\n\n| | Check | Subject | Seen |\n")
    assert "| fail | logs | app | a \\| b &lt;script> \\_x\\_<br>→ see \\`logs\\` |" in text
    assert text.endswith("1 pass, 2 fail, 1 skip, in 1.0 s\n")
