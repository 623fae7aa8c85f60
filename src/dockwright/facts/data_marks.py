"""Marks: how each data service is told to keep a word, to say it again, and to forget it.

By the client of its own image, as the user that its variables name, so that what is asked is what the application's
data goes through. Sources: the clients' manuals, and the images' documentation on Docker Hub for the variables.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from dockwright.facts.data_services import DataService
from dockwright.facts.database_clients import CLIENTS


class Mark(NamedTuple):
    """Commands for the container's shell, where `$1` is the word.

    `write` may be run where a mark stands already, `remove` where none does. `kept` is whether the service is there to
    keep data; else it is a cache, which keeps some only where it is given a volume.
    """

    write: str
    read: str
    remove: str
    kept: bool = True


def _sql(client: str) -> Mark:
    remove = f'{client} "DROP TABLE IF EXISTS dockwright_verify"'
    write = f"{remove[:-1]}; CREATE TABLE dockwright_verify AS SELECT '$1' AS word\""
    return Mark(write, f'{client} "TABLE dockwright_verify"', remove)


def _redis(program: str, password: str) -> Mark:
    client = f'REDISCLI_AUTH="${{{password}:-$REDISCLI_AUTH}}" {program}'
    # It forgets by itself what nobody could remove.
    return Mark(
        f'{client} set dockwright:verify "$1" EX 3600',
        f"{client} get dockwright:verify",
        f"{client} del dockwright:verify",
        kept=False,
    )


def _mongo(what: str) -> str:
    login = (
        "const name = process.env.MONGO_INITDB_ROOT_USERNAME; "
        'if (name) db.getSiblingDB("admin").auth(name, process.env.MONGO_INITDB_ROOT_PASSWORD); '
    )
    return f'WORD="$1" mongosh --quiet --eval \'{login}const kept = db.getSiblingDB("dockwright_verify"); {what}\''


MARKS: Mapping[str, Mark] = {
    "PostgreSQL": _sql(f"{CLIENTS['PostgreSQL']} -v ON_ERROR_STOP=1 -qtAc"),
    "MySQL": _sql(
        'MYSQL_PWD="${MYSQL_PASSWORD:-$MYSQL_ROOT_PASSWORD}" '
        'mysql -u "${MYSQL_USER:-root}" -N "${MYSQL_DATABASE:-mysql}" -e'
    ),
    "MariaDB": _sql(
        'MYSQL_PWD="${MARIADB_PASSWORD:-${MYSQL_PASSWORD:-${MARIADB_ROOT_PASSWORD:-$MYSQL_ROOT_PASSWORD}}}" '
        'mariadb -u "${MARIADB_USER:-${MYSQL_USER:-root}}" -N "${MARIADB_DATABASE:-${MYSQL_DATABASE:-mysql}}" -e'
    ),
    "MongoDB": Mark(
        _mongo('kept.words.replaceOne({_id: "word"}, {said: process.env.WORD}, {upsert: true})'),
        _mongo('print(kept.words.findOne({_id: "word"})?.said)'),
        _mongo("kept.dropDatabase()"),
    ),
    "Redis": _redis("redis-cli", "REDIS_PASSWORD"),
    "Valkey": _redis("valkey-cli", "VALKEY_PASSWORD"),
}
"""By the service's title in `facts.data_services`."""


def mark(service: DataService) -> Mark | None:
    """How a data service keeps a word; None where no client of its image is known."""
    return MARKS.get(service.title)
