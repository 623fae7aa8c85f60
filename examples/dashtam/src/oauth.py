"""The authorization code flow with PKCE (RFC 6749 and RFC 7636), seen from the client."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import TypeVar
from urllib.parse import urlencode

import httpx
from pydantic import BaseModel

from src.config import Settings

M = TypeVar("M", bound=BaseModel)


class OAuthError(Exception):
    """The provider refused, or answered with something else than OAuth."""


class Token(BaseModel):
    access_token: str
    token_type: str
    expires_in: int


class UserInfo(BaseModel):
    sub: str


def new_verifier() -> str:
    """A PKCE code verifier: 64 characters from the unreserved set."""
    return secrets.token_urlsafe(48)


def challenge_of(verifier: str) -> str:
    """The S256 code challenge of a verifier."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def authorization_url(settings: Settings, state: str, verifier: str) -> str:
    """Where to send the browser for its user to agree."""
    query = {
        "response_type": "code",
        "client_id": settings.oauth_client_id,
        "redirect_uri": settings.oauth_redirect_uri,
        "state": state,
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
    }
    return f"{settings.oauth_authorize_url}?{urlencode(query)}"


class OAuthClient:
    """Calls the provider's back channel."""

    def __init__(self, http: httpx.AsyncClient, settings: Settings) -> None:
        self._http = http
        self._settings = settings

    async def exchange(self, code: str, verifier: str) -> Token:
        """Turn an authorization code into a token."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._settings.oauth_redirect_uri,
            "client_id": self._settings.oauth_client_id,
            "client_secret": self._settings.oauth_client_secret,
            "code_verifier": verifier,
        }
        return await self._answer(Token, "POST", self._settings.oauth_token_url, data=form)

    async def user_info(self, token: Token) -> UserInfo:
        """Ask whose token it is."""
        headers = {"Authorization": f"Bearer {token.access_token}"}
        return await self._answer(UserInfo, "GET", self._settings.oauth_userinfo_url, headers=headers)

    async def _answer(
        self,
        kind: type[M],
        method: str,
        url: str,
        *,
        data: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> M:
        try:
            response = await self._http.request(method, url, data=data, headers=headers)
            response.raise_for_status()
            return kind.model_validate_json(response.content)
        except (httpx.HTTPError, ValueError) as error:
            raise OAuthError(str(error)) from error
