"""Fresh secrets have the form that their reader wants."""

from __future__ import annotations

import base64
import re
from urllib.parse import quote
from uuid import UUID

import pytest
from cryptography.fernet import Fernet

from dockwright.env.generating import fresh
from dockwright.facts.secret_forms import FERNET_KEY, PASSWORD, SIGNING_KEY, Form, encrypts, form, is_secret, signs
from dockwright.syntax import dotenv


@pytest.mark.parametrize("made", [PASSWORD, SIGNING_KEY, FERNET_KEY, Form("hex", 32), Form("uuid", 16)])
def test_a_value_needs_no_quotes_anywhere(made: Form) -> None:
    value = fresh(made)
    assert dotenv.quote(value) == value
    assert made.kind == "fernet" or quote(value, safe="") == value
    assert fresh(made) != value


def test_a_password_has_letters_of_both_cases_and_digits_and_begins_with_a_letter() -> None:
    for _ in range(200):
        assert re.fullmatch(r"(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[A-Za-z][A-Za-z0-9]{31}", fresh(PASSWORD))


def test_fernet_takes_its_key() -> None:
    key = Fernet(fresh(FERNET_KEY))
    assert key.decrypt(key.encrypt(b"shop")) == b"shop"


def test_sizes_are_those_of_the_form() -> None:
    assert re.fullmatch("[0-9a-f]{64}", fresh(Form("hex", 32)))
    assert len(base64.b64decode(fresh(Form("base64", 48)))) == 48
    assert UUID(fresh(Form("uuid", 16))).version == 4


@pytest.mark.parametrize(
    ("name", "value", "comment", "wanted"),
    [
        ("POSTGRES_PASSWORD", "changeme", "", PASSWORD),
        ("SECRET_KEY", "", "", SIGNING_KEY),
        ("JWT_SECRET", "x", "", SIGNING_KEY),
        ("DJANGO_SECRET_KEY", "django-insecure-x", "", SIGNING_KEY),
        ("FERNET_KEY", "", "", FERNET_KEY),
        ("AIRFLOW__CORE__FERNET_KEY", "", "", FERNET_KEY),
        ("FIELD_ENCRYPTION_KEY", "", "", FERNET_KEY),
        ("ENCRYPTION_KEY", "0" * 64, "", Form("hex", 32)),
        ("SECRET_KEY", "ab" * 32, "", Form("hex", 32)),
        ("APP_TOKEN", "", "# openssl rand -hex 20", Form("hex", 20)),
        ("API_KEY", "", "# python -c 'import secrets; print(secrets.token_urlsafe(32))'", Form("text", 43)),
        ("SECRET_KEY", "", "# openssl rand -base64 32", Form("base64", 32)),
        ("SECRET_KEY", "6f1b2c1e-9d0a-4c3b-8f27-0d4b6a1c2e3f", "", Form("uuid", 16)),
        ("OAUTH2_PROXY_COOKIE_SECRET", "", "", Form("text", 32)),
        ("MINIO_ROOT_PASSWORD", "minioadmin", "", Form("text", 32)),
        ("MINIO_SECRET_KEY", "minioadmin", "", Form("text", 32)),
        ("REDIS_PASSWORD", "", "", PASSWORD),
    ],
)
def test_the_form_is_told_by_name_value_and_comment(name: str, value: str, comment: str, wanted: Form) -> None:
    assert form(name, value, comment) == wanted


@pytest.mark.parametrize(
    "name",
    [
        "STRIPE_SECRET_KEY", "AWS_SECRET_ACCESS_KEY", "OPENAI_API_KEY", "OAUTH_CLIENT_SECRET", "SENTRY_DSN",
        "EMAIL_HOST_PASSWORD", "SMTP_PASSWORD", "GITHUB_TOKEN", "JWT_PRIVATE_KEY", "API_KEY", "GOOGLE_CLIENT_SECRET",
        "SLACK_SIGNING_SECRET", "TELEGRAM_BOT_TOKEN", "LICENSE_KEY",
    ],
)  # fmt: skip
def test_what_somebody_else_gives_out_is_not_made_up(name: str) -> None:
    assert form(name, "changeme") is None


def test_a_password_is_one_whatever_it_is_the_password_of() -> None:
    names = ("REDIS_CACHE_PASSWORD", "DB_USER_PASSWORD", "SENTRY_AUTH_TOKEN", "RABBITMQ_ERLANG_COOKIE")
    assert all(map(is_secret, names))
    assert not any(map(is_secret, ("ALLOW_EMPTY_PASSWORD", "MYSQL_RANDOM_ROOT_PASSWORD", "PASSWORD_MIN", "DEBUG")))


def test_keys_are_told_apart_by_what_is_lost_with_them() -> None:
    names = ("SECRET_KEY", "JWT_SECRET", "FERNET_KEY", "DATA_ENCRYPTION_KEY", "DB_PASSWORD")
    assert [name for name in names if signs(name)] == ["SECRET_KEY", "JWT_SECRET"]
    assert [name for name in names if encrypts(name)] == ["FERNET_KEY", "DATA_ENCRYPTION_KEY"]
