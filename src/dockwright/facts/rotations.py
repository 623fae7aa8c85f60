"""Rotations: what a data service wants besides a new value in its container's environment.

Most images look at a password only while they initialise an empty volume. Sources: the images' documentation on Docker
Hub; PostgreSQL's ALTER ROLE, MySQL's and MariaDB's ALTER USER, rabbitmqctl(8), MongoDB's db.changeUserPassword,
Elasticsearch's elasticsearch-reset-password; ClickHouse, MinIO, Redis and Valkey read theirs at each start.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class Rotation(Struct, frozen=True):
    """How a service takes a new value for the variables of its container in `names`.

    `command` is for its container's shell, once that has the new value. Where the server wants the old password first,
    `session` opens one in the container that still has it, and `statement` is what to say there, with `NEW` for the
    new value. With neither, its start is enough.
    """

    names: frozenset[str]
    command: str | None = None
    session: str | None = None
    statement: str | None = None


def _names(*names: str) -> frozenset[str]:
    return frozenset(names)


# `\047` is a quote, which the words on a command line cannot have inside of quotes. The local socket asks no password.
_POSTGRES = Rotation(
    _names("POSTGRES_PASSWORD"),
    command=(
        r'printf "ALTER ROLE CURRENT_USER PASSWORD :\047new\047" | psql -q -U "${POSTGRES_USER:-postgres}" '
        r'-d "${POSTGRES_DB:-${POSTGRES_USER:-postgres}}" '
        r'-v new="${POSTGRES_PASSWORD:-$(cat "$POSTGRES_PASSWORD_FILE")}"'
    ),
)


def _mysql(client: str, prefix: str) -> tuple[Rotation, Rotation]:
    def value(name: str) -> str:
        return f'${{{prefix}_{name}:-$(cat "${prefix}_{name}_FILE")}}'

    said = f'ALTER USER \\"${prefix}_USER\\"@\\"%\\" IDENTIFIED BY \\"{value("PASSWORD")}\\"'
    return (
        Rotation(
            _names(f"{prefix}_PASSWORD"),
            command=f'MYSQL_PWD="{value("ROOT_PASSWORD")}" {client} -u root -e "{said}"',
        ),
        Rotation(
            _names(f"{prefix}_ROOT_PASSWORD"),
            session=f'MYSQL_PWD="{value("ROOT_PASSWORD")}" {client} -u root',
            statement="ALTER USER 'root'@'%' IDENTIFIED BY 'NEW', 'root'@'localhost' IDENTIFIED BY 'NEW';",
        ),
    )


ROTATIONS: Mapping[str, tuple[Rotation, ...]] = {
    "PostgreSQL": (_POSTGRES,),
    "MySQL": _mysql("mysql", "MYSQL"),
    "MariaDB": (*_mysql("mariadb", "MARIADB"), *_mysql("mariadb", "MYSQL")),
    "MongoDB": (
        Rotation(
            _names("MONGO_INITDB_ROOT_PASSWORD"),
            session='mongosh -u "$MONGO_INITDB_ROOT_USERNAME" -p "$MONGO_INITDB_ROOT_PASSWORD" admin',
            statement="db.changeUserPassword(process.env.MONGO_INITDB_ROOT_USERNAME, 'NEW')",
        ),
    ),
    "RabbitMQ": (
        Rotation(
            _names("RABBITMQ_DEFAULT_PASS"),
            command='rabbitmqctl change_password "$RABBITMQ_DEFAULT_USER" "$RABBITMQ_DEFAULT_PASS"',
        ),
    ),
    "Elasticsearch": (
        Rotation(
            _names("ELASTIC_PASSWORD"),
            session="bin/elasticsearch-reset-password -i -u elastic",
            statement="NEW",
        ),
    ),
}
"""By the service's title in `facts.data_services`."""


def rotation(title: str, names: frozenset[str]) -> Rotation | None:
    """How a data service takes a new value for one of these variables of its container; None where a start will do."""
    return next((each for each in ROTATIONS.get(title, ()) if not each.names.isdisjoint(names)), None)
