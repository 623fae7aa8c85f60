from __future__ import annotations

import httpx
import pytest

from src import main
from src.config import Settings

pytestmark = pytest.mark.anyio


async def test_everything_answers(client: httpx.AsyncClient) -> None:
    response = await client.get("/health")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "database": "ok", "redis": "ok"}


@pytest.mark.parametrize(
    ("broken", "setting"),
    [
        ("database", {"database_url": "postgresql+asyncpg://nobody:nothing@localhost:1/none"}),
        ("redis", {"redis_url": "redis://localhost:1/0"}),
    ],
)
async def test_what_does_not_answer_is_named(settings: Settings, broken: str, setting: dict[str, str]) -> None:
    app = main.create_app(settings.model_copy(update=setting))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as client,
    ):
        response = await client.get("/health")
    assert response.status_code == 503
    assert [name for name in ("database", "redis") if response.json()[name] == "failed"] == [broken]
