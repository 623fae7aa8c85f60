"""An OAuth 2 provider for development and tests. Everybody who comes is Alice, and she agrees to everything."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Annotated, Literal, NamedTuple
from urllib.parse import urlencode

from fastapi import FastAPI, Form, Header, HTTPException, Query, status
from fastapi.responses import RedirectResponse
from pydantic_settings import BaseSettings

SUBJECT = "alice"


class ProviderSettings(BaseSettings):
    oauth_client_id: str = "dashtam"
    oauth_client_secret: str = "changeme"


class Grant(NamedTuple):
    redirect_uri: str
    challenge: str


def create_app(settings: ProviderSettings) -> FastAPI:
    app = FastAPI(title="Fake OAuth provider")
    grants: dict[str, Grant] = {}
    tokens: set[str] = set()

    @app.get("/authorize")
    async def authorize(
        response_type: Annotated[Literal["code"], Query()],
        client_id: Annotated[str, Query()],
        redirect_uri: Annotated[str, Query()],
        state: Annotated[str, Query()],
        code_challenge: Annotated[str, Query(pattern="^[A-Za-z0-9_-]{43}$")],
        code_challenge_method: Annotated[Literal["S256"], Query()],
    ) -> RedirectResponse:
        if client_id != settings.oauth_client_id:
            raise HTTPException(status.HTTP_400_BAD_REQUEST, "unauthorized_client")
        code = secrets.token_urlsafe(16)
        grants[code] = Grant(redirect_uri, code_challenge)
        return RedirectResponse(f"{redirect_uri}?{urlencode({'code': code, 'state': state})}", status.HTTP_302_FOUND)

    @app.post("/token")
    async def token(
        grant_type: Annotated[Literal["authorization_code"], Form()],
        code: Annotated[str, Form()],
        redirect_uri: Annotated[str, Form()],
        client_id: Annotated[str, Form()],
        client_secret: Annotated[str, Form()],
        code_verifier: Annotated[str, Form(min_length=43, max_length=128)],
    ) -> dict[str, str | int]:
        if (client_id, client_secret) != (settings.oauth_client_id, settings.oauth_client_secret):
            raise HTTPException(status.HTTP_401_UNAUTHORIZED, "invalid_client")
        grant = grants.pop(code, None)
        if grant is None or grant != Grant(redirect_uri, s256(code_verifier)):
            raise HTTPException(status.HTTP_400_BAD_REQUEST, "invalid_grant")
        access_token = secrets.token_urlsafe(32)
        tokens.add(access_token)
        return {"access_token": access_token, "token_type": "Bearer", "expires_in": 3600}

    @app.get("/userinfo")
    async def userinfo(authorization: Annotated[str, Header()]) -> dict[str, str]:
        if authorization.removeprefix("Bearer ") not in tokens:
            raise HTTPException(status.HTTP_401_UNAUTHORIZED, "invalid_token")
        return {"sub": SUBJECT}

    return app


def s256(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


app = create_app(ProviderSettings())
