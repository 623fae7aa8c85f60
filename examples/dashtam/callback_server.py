"""Takes the OAuth provider's redirect, in a process and on a port of its own."""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import httpx
import uvicorn
from fastapi import Cookie, FastAPI, HTTPException, Query, status
from fastapi.responses import RedirectResponse

from src.config import Settings, get_settings
from src.logs import configure_logging
from src.oauth import OAuthClient, OAuthError
from src.resources import open_resources
from src.sessions import COOKIE, PendingLogin, SessionStore, UserSession

logger = logging.getLogger(__name__)

CERT_FILE = "certs/cert.pem"
KEY_FILE = "certs/key.pem"


def create_app(settings: Settings) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        configure_logging(settings)
        async with open_resources(settings) as resources, httpx.AsyncClient(timeout=5) as http:
            app.state.sessions = SessionStore(resources.redis, settings.secret_key)
            app.state.oauth = OAuthClient(http, settings)
            yield

    app = FastAPI(title=f"{settings.app_name} callback", lifespan=lifespan, docs_url=None, redoc_url=None)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/callback")
    async def callback(
        state: Annotated[str, Query()],
        code: Annotated[str | None, Query()] = None,
        error: Annotated[str | None, Query()] = None,
        session_id: Annotated[str | None, Cookie(alias=COOKIE)] = None,
    ) -> RedirectResponse:
        sessions: SessionStore = app.state.sessions
        oauth: OAuthClient = app.state.oauth

        pending = await sessions.take(PendingLogin, session_id) if session_id else None
        if pending is None or not secrets.compare_digest(pending.state.encode(), state.encode()):
            raise HTTPException(status.HTTP_400_BAD_REQUEST, "This login was not started here, or has expired")
        if code is None:
            raise HTTPException(status.HTTP_403_FORBIDDEN, f"The provider refused: {error or 'no code'}")
        try:
            token = await oauth.exchange(code, pending.verifier)
            user = await oauth.user_info(token)
        except OAuthError as failure:
            logger.warning("login failed: %s", failure)
            raise HTTPException(status.HTTP_502_BAD_GATEWAY, "The provider did not complete the login") from failure

        session = UserSession(subject=user.sub, access_token=token.access_token, token_type=token.token_type)
        # A new id: one that was known before the login must not be worth anything after it.
        response = RedirectResponse(f"{settings.app_url}/auth/me", status.HTTP_303_SEE_OTHER)
        response.set_cookie(
            COOKIE,
            await sessions.create(session, settings.session_ttl_seconds),
            max_age=settings.session_ttl_seconds,
            httponly=True,
            secure=settings.secure_cookies,
            samesite="lax",
        )
        logger.info("%s logged in", user.sub)
        return response

    return app


if __name__ == "__main__":
    uvicorn.run(create_app(get_settings()), host="0.0.0.0", port=8182, ssl_certfile=CERT_FILE, ssl_keyfile=KEY_FILE)
