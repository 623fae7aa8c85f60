from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from src import oauth
from src.config import Settings
from src.oauth import OAuthClient, OAuthError


def test_challenge_is_the_one_of_rfc_7636_appendix_b() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert oauth.challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_verifiers_are_well_formed_and_never_the_same() -> None:
    verifiers = {oauth.new_verifier() for _ in range(100)}
    assert len(verifiers) == 100
    assert all(re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", verifier) for verifier in verifiers)


def test_authorization_url_carries_the_challenge_and_not_the_verifier(settings: Settings) -> None:
    verifier = oauth.new_verifier()
    url = oauth.authorization_url(settings, "some-state", verifier)
    query = parse_qs(urlsplit(url).query)
    assert query["state"] == ["some-state"]
    assert query["code_challenge"] == [oauth.challenge_of(verifier)]
    assert query["code_challenge_method"] == ["S256"]
    assert verifier not in url


@pytest.mark.anyio
@pytest.mark.parametrize(
    "answer", [httpx.Response(400, json={"error": "invalid_grant"}), httpx.Response(200, text="hm")]
)
async def test_an_answer_that_is_no_token_is_an_oauth_error(settings: Settings, answer: httpx.Response) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda request: answer)) as http:
        with pytest.raises(OAuthError):
            await OAuthClient(http, settings).exchange("code", oauth.new_verifier())
