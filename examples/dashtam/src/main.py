"""The Dashtam API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from src.api import accounts, auth, health
from src.config import Settings, get_settings
from src.logs import configure_logging
from src.resources import open_resources


def create_app(settings: Settings) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        configure_logging(settings)
        async with open_resources(settings) as resources:
            app.state.resources = resources
            yield

    openapi_url = None if settings.environment == "production" else "/openapi.json"
    app = FastAPI(title=settings.app_name, debug=settings.debug, lifespan=lifespan, openapi_url=openapi_url)
    app.include_router(health.router)
    app.include_router(auth.router)
    app.include_router(accounts.router)
    return app


app = create_app(get_settings())
