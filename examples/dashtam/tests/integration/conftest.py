"""These tests need the database, Redis and the fake provider: `make test`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import delete

import callback_server
from src import main
from src.config import Settings
from src.models import Account
from src.resources import open_resources


@pytest.fixture(autouse=True)
async def clean(settings: Settings, anyio_backend: str) -> None:
    async with open_resources(settings) as resources:
        await resources.redis.flushdb()
        async with resources.database() as session, session.begin():
            await session.execute(delete(Account))


@pytest.fixture
async def client(settings: Settings, anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser: the API and the callback server in this process, the provider over the network."""
    async with AsyncExitStack() as stack:

        async def serve(app: FastAPI) -> httpx.ASGITransport:
            await stack.enter_async_context(app.router.lifespan_context(app))
            return httpx.ASGITransport(app)

        mounts = {
            settings.app_url: await serve(main.create_app(settings)),
            "https://localhost:8182": await serve(callback_server.create_app(settings)),
        }
        yield await stack.enter_async_context(httpx.AsyncClient(mounts=mounts, base_url=settings.app_url))


@pytest.fixture
async def user(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """A browser whose user is logged in."""
    response = await client.get("/auth/login", follow_redirects=True)
    response.raise_for_status()
    return client
