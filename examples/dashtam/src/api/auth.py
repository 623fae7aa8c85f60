"""Logging in and out. The provider's redirect lands on callback_server.py."""

from __future__ import annotations

import secrets

from fastapi import APIRouter, status
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from src import oauth
from src.api.dependencies import ResourcesDep, SessionId, SessionsDep, UserDep
from src.sessions import COOKIE, PendingLogin, UserSession

router = APIRouter(prefix="/auth", tags=["auth"])


class Me(BaseModel):
    subject: str


@router.get("/login")
async def login(resources: ResourcesDep, sessions: SessionsDep) -> RedirectResponse:
    settings = resources.settings
    pending = PendingLogin(state=secrets.token_urlsafe(32), verifier=oauth.new_verifier())
    session_id = await sessions.create(pending, settings.login_ttl_seconds)
    url = oauth.authorization_url(settings, pending.state, pending.verifier)
    response = RedirectResponse(url, status.HTTP_303_SEE_OTHER)
    response.set_cookie(
        COOKIE,
        session_id,
        max_age=settings.login_ttl_seconds,
        httponly=True,
        secure=settings.secure_cookies,
        samesite="lax",
    )
    return response


@router.get("/me")
async def me(user: UserDep) -> Me:
    return Me(subject=user.subject)


@router.post("/logout", status_code=status.HTTP_204_NO_CONTENT)
async def logout(sessions: SessionsDep, response: Response, session_id: SessionId = None) -> None:
    if session_id:
        await sessions.take(UserSession, session_id)
    response.delete_cookie(COOKIE)
