"""Values of secrets are masked in whatever line they stand; what only says where a value comes from is shown."""

from __future__ import annotations

from time import perf_counter

import pytest

from dockwright.facts.secret_names import masked


@pytest.mark.parametrize(
    "line",
    [
        "ENV PASSWORD=hunter2 oops",
        "ENV SECRET_KEY hunter2",
        "+ARG API_TOKEN=hunter2",
        "      POSTGRES_PASSWORD: hunter2",
        "  - API_TOKEN=hunter2",
        "DATABASE_URL=postgres://user:hunter2@db/shop",
        "  POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-hunter2}",
        '  "password": "hunter2 and more",',
        "POSTGRES_PASSWORD='hunter2 and more'",
        "-SECRET_KEY=a#hunter2",
        "docker run -e DB_PASS=hunter2 shop",
    ],
)
def test_a_value_is_masked(line: str) -> None:
    assert "hunter2" not in masked(line)
    assert "***" in masked(line)


@pytest.mark.parametrize(
    "line",
    [
        "  POSTGRES_PASSWORD: ${POSTGRES_PASSWORD}",
        "  POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?}",
        "  DATABASE_URL: postgres://${USER}:${PASSWORD}@db/shop",
        "  POSTGRES_PASSWORD_FILE: /run/secrets/db",
        "secrets: [db_password]",
        "RUN pip install tokenizers==1.2",
        "    image: shop:1",
        "GITHUB_TOKEN: ${{ secrets.GITHUB_TOKEN }}",
        "COPY token.txt /app/",
    ],
)
def test_a_line_without_a_value_stays(line: str) -> None:
    assert masked(line) == line


def test_a_long_line_is_looked_at_once() -> None:
    started = perf_counter()
    masked("x" * 300_000)
    assert perf_counter() - started < 1
