from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from fake_provider.main import ProviderSettings, create_app
from src import oauth

REDIRECT_URI = "https://localhost:8182/callback"

pytestmark = pytest.mark.anyio


@pytest.fixture
async def provider() -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(ProviderSettings(oauth_client_id="us", oauth_client_secret="ours"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://provider") as client:
        yield client


async def authorize(provider: httpx.AsyncClient, verifier: str, **changes: str) -> httpx.Response:
    query = {
        "response_type": "code",
        "client_id": "us",
        "redirect_uri": REDIRECT_URI,
        "state": "some-state",
        "code_challenge": oauth.challenge_of(verifier),
        "code_challenge_method": "S256",
    }
    return await provider.get("/authorize", params=query | changes)


async def exchange(provider: httpx.AsyncClient, code: str, verifier: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "client_id": "us",
        "client_secret": "ours",
        "code_verifier": verifier,
    }
    return await provider.post("/token", data=form)


def code_of(response: httpx.Response) -> str:
    return parse_qs(urlsplit(response.headers["location"]).query)["code"][0]


async def test_a_code_is_good_once(provider: httpx.AsyncClient) -> None:
    verifier = oauth.new_verifier()
    code = code_of(await authorize(provider, verifier))
    first, second = await exchange(provider, code, verifier), await exchange(provider, code, verifier)
    assert first.status_code == 200
    assert second.status_code == 400


async def test_another_verifier_is_refused(provider: httpx.AsyncClient) -> None:
    code = code_of(await authorize(provider, oauth.new_verifier()))
    assert (await exchange(provider, code, oauth.new_verifier())).status_code == 400


@pytest.mark.parametrize(("field", "value"), [("code_challenge_method", "plain"), ("code_challenge", "short")])
async def test_only_s256_challenges_are_taken(provider: httpx.AsyncClient, field: str, value: str) -> None:
    assert (await authorize(provider, oauth.new_verifier(), **{field: value})).status_code == 422


async def test_another_client_is_refused(provider: httpx.AsyncClient) -> None:
    assert (await authorize(provider, oauth.new_verifier(), client_id="them")).status_code == 400
