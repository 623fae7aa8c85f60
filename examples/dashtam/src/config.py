"""Settings, from the environment and from .env."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    app_name: str = "Dashtam API"
    environment: str = "development"
    debug: bool = False
    log_level: str = "INFO"
    log_file: Path | None = None

    # Where browsers reach the API.
    app_url: str = "https://localhost:8000"
    secret_key: str = "changeme"
    session_ttl_seconds: int = 8 * 60 * 60
    login_ttl_seconds: int = 10 * 60

    database_url: str = "postgresql+asyncpg://dashtam_user:changeme@localhost:5432/dashtam_db"
    redis_url: str = "redis://localhost:6379/0"

    oauth_client_id: str = "dashtam"
    oauth_client_secret: str = "changeme"
    oauth_redirect_uri: str = "https://localhost:8182/callback"
    # Browsers open the first; the callback server calls the other two.
    oauth_authorize_url: str = "http://localhost:9000/authorize"
    oauth_token_url: str = "http://localhost:9000/token"
    oauth_userinfo_url: str = "http://localhost:9000/userinfo"

    @property
    def secure_cookies(self) -> bool:
        return self.app_url.startswith("https://")


@lru_cache
def get_settings() -> Settings:
    return Settings()
