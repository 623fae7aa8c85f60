"""When a certificate is renewed, when it is left alone, and what is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from dockwright.certs.hosts import host, uncovered
from dockwright.certs.judging import Seen, judged
from dockwright.errors import UsageError

NOW = datetime(2026, 11, 23, tzinfo=UTC)
GOOD = Seen(("localhost", "app"), NOW - timedelta(days=335), NOW + timedelta(days=355), True, True, True)


@pytest.mark.parametrize(
    ("seen", "state", "reasons"),
    [
        (GOOD, "fine", ()),
        (replace(GOOD, ends=NOW + timedelta(days=30)), "fine", ()),
        (replace(GOOD, ends=NOW + timedelta(days=29)), "renewed", ("it ends on 2026-12-22",)),
        (replace(GOOD, ends=NOW - timedelta(days=1)), "renewed", ("it ended on 2026-11-22",)),
        (replace(GOOD, begins=NOW + timedelta(days=1)), "renewed", ("it begins on 2026-11-24",)),
        (replace(GOOD, names=("localhost",)), "renewed", ("it is not for app",)),
        (replace(GOOD, fits=False), "renewed", ("the key beside it is not its own",)),
        (replace(GOOD, current=False), "renewed", ("another authority made it",)),
        (replace(GOOD, ours=False), "left", ()),
        (replace(GOOD, ours=False, current=False, names=()), "refused", ("it is not for localhost, app",)),
    ],
)
def test_judgement(seen: Seen, state: str, reasons: tuple[str, ...]) -> None:
    verdict = judged(seen, ("localhost", "app"), NOW, there=True)
    assert (verdict.state, verdict.reasons) == (state, reasons)


def test_a_short_one_is_not_renewed_at_once() -> None:
    short = replace(GOOD, begins=NOW, ends=NOW + timedelta(days=9))
    assert judged(short, (), NOW + timedelta(days=5), there=True).state == "fine"
    assert judged(short, (), NOW + timedelta(days=7), there=True).state == "renewed"


def test_a_lone_key_is_never_written_over_unasked() -> None:
    assert judged(None, ("localhost",), NOW, there=True).state == "refused"
    assert judged(None, ("localhost",), NOW, there=True, renew=True).state == "renewed"
    assert judged(None, ("localhost",), NOW, there=False).state == "made"


def test_renew_renews_what_is_fine() -> None:
    assert judged(GOOD, (), NOW, there=True, renew=True).reasons == ("--renew asks for it",)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Shop.Test", "shop.test"), ("*.shop.test", "*.shop.test"), ("shop.test.", "shop.test"),
        ("0:0:0:0:0:0:0:1", "::1"), ("[::1]", "::1"), ("192.168.0.10", "192.168.0.10"), ("my_app", "my_app"),
    ],
)  # fmt: skip
def test_hosts(written: str, meant: str) -> None:
    assert host(written) == meant


@pytest.mark.parametrize(
    "written", ["", "https://shop.test", "shop.test:443", "*", "*.test", "a..b", "-a", "müller.test", "a" * 64, "a b"]
)
def test_what_is_no_host_is_refused(written: str) -> None:
    with pytest.raises(UsageError):
        host(written)


def test_a_wildcard_stands_for_one_label() -> None:
    wanted = ("a.shop.test", "a.b.shop.test", "shop.test")
    assert uncovered(wanted, ("*.shop.test",)) == ("a.b.shop.test", "shop.test")
