"""Connections that live as long as the application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from src.config import Settings


class Resources(NamedTuple):
    settings: Settings
    engine: AsyncEngine
    database: async_sessionmaker[AsyncSession]
    redis: Redis


@asynccontextmanager
async def open_resources(settings: Settings) -> AsyncIterator[Resources]:
    """Open the connection pools, and close them at the end. Nothing connects before it is used."""
    engine = create_async_engine(settings.database_url, pool_pre_ping=True)
    redis = Redis.from_url(settings.redis_url, decode_responses=True, socket_timeout=2, socket_connect_timeout=2)
    try:
        yield Resources(settings, engine, async_sessionmaker(engine, expire_on_commit=False), redis)
    finally:
        await redis.aclose()
        await engine.dispose()
