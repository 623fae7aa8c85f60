"""What route functions ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Cookie, Depends, HTTPException, Request, status
from sqlalchemy.ext.asyncio import AsyncSession

from src.resources import Resources
from src.sessions import COOKIE, SessionStore, UserSession


def get_resources(request: Request) -> Resources:
    resources: Resources = request.app.state.resources
    return resources


ResourcesDep = Annotated[Resources, Depends(get_resources)]
SessionId = Annotated[str | None, Cookie(alias=COOKIE)]


async def get_database(resources: ResourcesDep) -> AsyncIterator[AsyncSession]:
    async with resources.database() as session, session.begin():
        yield session


def get_sessions(resources: ResourcesDep) -> SessionStore:
    return SessionStore(resources.redis, resources.settings.secret_key)


SessionsDep = Annotated[SessionStore, Depends(get_sessions)]


async def get_user(sessions: SessionsDep, session_id: SessionId = None) -> UserSession:
    user = await sessions.get(UserSession, session_id) if session_id else None
    if user is None:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "Log in at /auth/login")
    return user


DatabaseDep = Annotated[AsyncSession, Depends(get_database, scope="function")]
UserDep = Annotated[UserSession, Depends(get_user)]
