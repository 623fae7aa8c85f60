"""Sessions in Redis."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TypeVar

from pydantic import BaseModel
from redis.asyncio import Redis

COOKIE = "dashtam_session"

S = TypeVar("S", bound=BaseModel)


class PendingLogin(BaseModel):
    """What has to be remembered between /auth/login and the provider's redirect."""

    state: str
    verifier: str


class UserSession(BaseModel):
    """A user who is logged in."""

    subject: str
    access_token: str
    token_type: str


class SessionStore:
    """Keeps sessions under a keyed hash of their id: who can read Redis still cannot use them."""

    def __init__(self, redis: Redis, secret_key: str) -> None:
        self._redis = redis
        self._secret_key = secret_key.encode()

    async def create(self, session: BaseModel, ttl_seconds: int) -> str:
        """Store a session and return its new id."""
        session_id = secrets.token_urlsafe(32)
        await self._redis.set(self._key(type(session), session_id), session.model_dump_json(), ex=ttl_seconds)
        return session_id

    async def get(self, kind: type[S], session_id: str) -> S | None:
        stored = await self._redis.get(self._key(kind, session_id))
        return None if stored is None else kind.model_validate_json(stored)

    async def take(self, kind: type[S], session_id: str) -> S | None:
        """Read a session and remove it, so that nobody can read it twice."""
        stored = await self._redis.getdel(self._key(kind, session_id))
        return None if stored is None else kind.model_validate_json(stored)

    def _key(self, kind: type[BaseModel], session_id: str) -> str:
        digest = hmac.new(self._secret_key, session_id.encode(), hashlib.sha256).hexdigest()
        return f"{kind.__name__}:{digest}"
