from __future__ import annotations

import httpx
import pytest

from src.sessions import COOKIE

pytestmark = pytest.mark.anyio


async def test_a_login_goes_through_the_provider_and_comes_back(client: httpx.AsyncClient) -> None:
    response = await client.get("/auth/login", follow_redirects=True)
    assert [step.url.path for step in (*response.history, response)] == [
        "/auth/login",
        "/authorize",
        "/callback",
        "/auth/me",
    ]
    assert response.json() == {"subject": "alice"}


async def test_the_session_changes_its_id_at_login(client: httpx.AsyncClient) -> None:
    await client.get("/auth/login")
    before = client.cookies[COOKIE]
    await client.get("/auth/login", follow_redirects=True)
    assert client.cookies[COOKIE] != before


async def test_a_wrong_state_is_refused(client: httpx.AsyncClient) -> None:
    await client.get("/auth/login")
    response = await client.get("https://localhost:8182/callback", params={"code": "any", "state": "forged"})
    assert response.status_code == 400


async def test_a_callback_without_a_login_is_refused(client: httpx.AsyncClient) -> None:
    response = await client.get("https://localhost:8182/callback", params={"code": "any", "state": "any"})
    assert response.status_code == 400


async def test_a_code_that_the_provider_does_not_know_is_refused(client: httpx.AsyncClient) -> None:
    to_provider = (await client.get("/auth/login")).next_request
    assert to_provider is not None
    state = to_provider.url.params["state"]
    response = await client.get("https://localhost:8182/callback", params={"code": "unknown", "state": state})
    assert response.status_code == 502


async def test_nobody_is_logged_in_after_logging_out(user: httpx.AsyncClient) -> None:
    assert (await user.get("/auth/me")).status_code == 200
    assert (await user.post("/auth/logout")).status_code == 204
    assert (await user.get("/auth/me")).status_code == 401
