"""Clients: the command in each database's own image that opens a shell of the database.

Sources: the images' documentation on Docker Hub for the variables, the clients' manuals for their options. The
clients ask for a password where the server wants one, so that none stands on a command line.
"""

from __future__ import annotations

from collections.abc import Mapping

CLIENTS: Mapping[str, str] = {
    "PostgreSQL": 'psql -U "${POSTGRES_USER:-postgres}" -d "${POSTGRES_DB:-postgres}"',
    "MySQL": 'mysql -u "${MYSQL_USER:-root}" -p "$MYSQL_DATABASE"',
    "MariaDB": ('mariadb -u "${MARIADB_USER:-${MYSQL_USER:-root}}" -p "${MARIADB_DATABASE:-$MYSQL_DATABASE}"'),
    "MongoDB": 'mongosh ${MONGO_INITDB_ROOT_USERNAME:+-u "$MONGO_INITDB_ROOT_USERNAME"}',
}
"""By the service's title in `facts.data_services`: a command of the container's own shell."""
