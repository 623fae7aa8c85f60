from __future__ import annotations

from uuid import uuid4

import httpx
import pytest
from sqlalchemy import update

from src.config import Settings
from src.models import Account
from src.resources import open_resources

pytestmark = pytest.mark.anyio

SAVINGS = {"name": "Savings", "institution": "First Bank", "currency": "EUR", "balance": "12.50"}


async def test_strangers_see_nothing(client: httpx.AsyncClient) -> None:
    assert (await client.get("/accounts")).status_code == 401


async def test_an_account_is_created_read_changed_and_deleted(user: httpx.AsyncClient) -> None:
    created = await user.post("/accounts", json=SAVINGS)
    assert created.status_code == 201
    url = f"/accounts/{created.json()['id']}"
    assert (await user.get(url)).json() == created.json()

    changed = await user.patch(url, json={"balance": "99.99"})
    assert changed.json() == created.json() | {"balance": "99.99"}
    assert (await user.get("/accounts")).json() == [changed.json()]

    assert (await user.delete(url)).status_code == 204
    assert (await user.get(url)).status_code == 404


@pytest.mark.parametrize("change", [{"name": "  "}, {"currency": "euro"}, {"balance": "1.234"}])
async def test_nonsense_is_refused(user: httpx.AsyncClient, change: dict[str, str]) -> None:
    assert (await user.post("/accounts", json=SAVINGS | change)).status_code == 422


async def test_the_accounts_of_others_do_not_exist(user: httpx.AsyncClient, settings: Settings) -> None:
    created = (await user.post("/accounts", json=SAVINGS)).json()
    async with open_resources(settings) as resources, resources.database() as session, session.begin():
        await session.execute(update(Account).values(owner="bob"))
    for account_id in (created["id"], uuid4()):
        assert (await user.get(f"/accounts/{account_id}")).status_code == 404
    assert (await user.get("/accounts")).json() == []
