from __future__ import annotations

import pytest

from src.config import Settings


def test_the_environment_beats_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SESSION_TTL_SECONDS", "60")
    assert Settings().session_ttl_seconds == 60


@pytest.mark.parametrize(("url", "secure"), [("https://localhost:8000", True), ("http://localhost:8000", False)])
def test_cookies_are_secure_where_the_api_is(url: str, secure: bool) -> None:
    assert Settings(app_url=url).secure_cookies is secure
