"""Whether the service and what it depends on work."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import Literal

from fastapi import APIRouter, Response, status
from pydantic import BaseModel
from sqlalchemy import text

from src.api.dependencies import ResourcesDep
from src.resources import Resources

logger = logging.getLogger(__name__)
router = APIRouter(tags=["health"])

TIMEOUT_SECONDS = 2
State = Literal["ok", "failed"]


class Health(BaseModel):
    status: State
    database: State
    redis: State


@router.get("/health", responses={503: {"model": Health}})
async def health(resources: ResourcesDep, response: Response) -> Health:
    database, redis = await asyncio.gather(
        probe("database", ask_database(resources)),
        probe("redis", ask_redis(resources)),
    )
    overall: State = "ok" if database == redis == "ok" else "failed"
    if overall == "failed":
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    return Health(status=overall, database=database, redis=redis)


async def probe(name: str, question: Awaitable[None]) -> State:
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await question
    except Exception as error:  # drivers raise whatever their sockets do
        logger.warning("%s does not answer: %r", name, error)
        return "failed"
    return "ok"


async def ask_database(resources: Resources) -> None:
    async with resources.engine.connect() as connection:
        await connection.execute(text("SELECT 1"))


async def ask_redis(resources: Resources) -> None:
    await resources.redis.ping()
