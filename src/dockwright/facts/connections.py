"""Connections: the variables that say with one another how a data service is reached, and the schemes of its URLs.

Sources: the images' documentation on Docker Hub, libpq's environment variables, and what frameworks' templates call
theirs (cookiecutter-django, full-stack-fastapi-template, Laravel-like `DB_*`).
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

PARTS = ("user", "password", "host", "port", "database")
"""The parts of a URL that variables may say by themselves."""


class Connection(Struct, frozen=True):
    """One kind of data service: its title in `facts.data_services`, its URLs' schemes, and the names for each part."""

    title: str
    schemes: frozenset[str]
    names: Mapping[str, tuple[str, ...]]


_ANY = {
    "user": ("DB_USER", "DB_USERNAME", "DATABASE_USER", "DATABASE_USERNAME", "SQL_USER"),
    "password": ("DB_PASSWORD", "DB_PASS", "DATABASE_PASSWORD", "SQL_PASSWORD"),
    "host": ("DB_HOST", "DATABASE_HOST", "SQL_HOST", "DB_HOSTNAME"),
    "port": ("DB_PORT", "DATABASE_PORT", "SQL_PORT"),
    "database": ("DB_NAME", "DATABASE_NAME", "SQL_DATABASE", "DB_DATABASE", "DATABASE"),
}


def _with_any(own: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    return {part: (*own.get(part, ()), *_ANY[part]) for part in PARTS}


CONNECTIONS: tuple[Connection, ...] = (
    Connection(
        "PostgreSQL",
        frozenset({"postgres", "postgresql", "postgis", "asyncpg", "psql", "cockroachdb"}),
        _with_any(
            {
                "user": ("POSTGRES_USER", "POSTGRES_USERNAME", "POSTGRESQL_USERNAME", "PGUSER", "PG_USER"),
                "password": ("POSTGRES_PASSWORD", "POSTGRES_PASS", "POSTGRESQL_PASSWORD", "PGPASSWORD", "PG_PASSWORD"),
                "host": ("POSTGRES_HOST", "POSTGRES_SERVER", "PGHOST", "PG_HOST"),
                "port": ("POSTGRES_PORT", "PGPORT", "PG_PORT"),
                "database": ("POSTGRES_DB", "POSTGRES_DATABASE", "POSTGRESQL_DATABASE", "PGDATABASE", "PG_DATABASE"),
            }
        ),
    ),
    Connection(
        "MySQL",
        frozenset({"mysql", "mariadb"}),
        _with_any(
            {
                "user": ("MYSQL_USER", "MARIADB_USER"),
                "password": ("MYSQL_PASSWORD", "MARIADB_PASSWORD"),
                "host": ("MYSQL_HOST", "MARIADB_HOST"),
                "port": ("MYSQL_PORT", "MARIADB_PORT"),
                "database": ("MYSQL_DATABASE", "MARIADB_DATABASE", "MYSQL_DB"),
            }
        ),
    ),
    Connection(
        "MongoDB",
        frozenset({"mongodb"}),
        {
            "user": ("MONGO_INITDB_ROOT_USERNAME", "MONGO_USER", "MONGO_USERNAME", "MONGODB_USER", "MONGODB_USERNAME"),
            "password": ("MONGO_INITDB_ROOT_PASSWORD", "MONGO_PASSWORD", "MONGODB_PASSWORD"),
            "host": ("MONGO_HOST", "MONGODB_HOST"),
            "port": ("MONGO_PORT", "MONGODB_PORT"),
            "database": ("MONGO_INITDB_DATABASE", "MONGO_DB", "MONGO_DATABASE", "MONGODB_DATABASE"),
        },
    ),
    Connection(
        "Redis",
        frozenset({"redis", "rediss", "valkey", "valkeys"}),
        {
            "user": ("REDIS_USER", "REDIS_USERNAME"),
            "password": ("REDIS_PASSWORD", "REDIS_PASS", "VALKEY_PASSWORD"),
            "host": ("REDIS_HOST", "VALKEY_HOST"),
            "port": ("REDIS_PORT", "VALKEY_PORT"),
            "database": ("REDIS_DB",),
        },
    ),
    Connection(
        "RabbitMQ",
        frozenset({"amqp", "amqps", "pyamqp"}),
        {
            "user": ("RABBITMQ_DEFAULT_USER", "RABBITMQ_USER", "RABBITMQ_USERNAME", "AMQP_USER"),
            "password": ("RABBITMQ_DEFAULT_PASS", "RABBITMQ_PASSWORD", "RABBITMQ_PASS", "AMQP_PASSWORD"),
            "host": ("RABBITMQ_HOST", "AMQP_HOST"),
            "port": ("RABBITMQ_PORT", "AMQP_PORT"),
            "database": ("RABBITMQ_DEFAULT_VHOST", "RABBITMQ_VHOST"),
        },
    ),
)


def connection(scheme: str) -> Connection | None:
    """What a URL's scheme reaches, its driver left out: `postgresql+asyncpg` is PostgreSQL."""
    plain = scheme.lower().partition("+")[0]
    return next((each for each in CONNECTIONS if plain in each.schemes), None)


def named(name: str, part: str) -> tuple[Connection, ...]:
    """The connections of which a variable says a part by itself."""
    return tuple(each for each in CONNECTIONS if name in each.names.get(part, ()))
