"""Questions: the command in each data service's own image that makes it really answer.

A health check often asks whether a port is open; these run a query. Sources: the clients' manuals, and the images'
documentation on Docker Hub for the variables. Passwords go by the environment, where no list of processes shows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from dockwright.facts.data_services import DataService
from dockwright.facts.database_clients import CLIENTS


class Question(NamedTuple):
    """A command for the container's shell, how it is called, and what a good answer has in it."""

    command: str
    title: str
    answer: str


_MYSQL = 'MYSQL_PWD="${MYSQL_PASSWORD:-$MYSQL_ROOT_PASSWORD}" mysql -u "${MYSQL_USER:-root}" -N -e "SELECT 1"'
_MARIADB = (
    'MYSQL_PWD="${MARIADB_PASSWORD:-${MYSQL_PASSWORD:-${MARIADB_ROOT_PASSWORD:-$MYSQL_ROOT_PASSWORD}}}" '
    'mariadb -u "${MARIADB_USER:-${MYSQL_USER:-root}}" -N -e "SELECT 1"'
)

QUESTIONS: Mapping[str, Question] = {
    "PostgreSQL": Question(f'{CLIENTS["PostgreSQL"]} -tAc "SELECT 1"', "SELECT 1", "1"),
    "MySQL": Question(_MYSQL, "SELECT 1", "1"),
    "MariaDB": Question(_MARIADB, "SELECT 1", "1"),
    "Redis": Question('REDISCLI_AUTH="${REDIS_PASSWORD:-$REDISCLI_AUTH}" redis-cli ping', "PING", "PONG"),
    "Valkey": Question('REDISCLI_AUTH="${VALKEY_PASSWORD:-$REDISCLI_AUTH}" valkey-cli ping', "PING", "PONG"),
    "MongoDB": Question("mongosh --quiet --eval 'db.adminCommand({ping: 1}).ok'", "ping", "1"),
    "RabbitMQ": Question("rabbitmq-diagnostics -q ping", "ping", "succeeded"),
}
"""By the service's title in `facts.data_services`."""


def question(service: DataService) -> Question | None:
    """What to ask a data service; None where no client of its image is known."""
    return QUESTIONS.get(service.title)
