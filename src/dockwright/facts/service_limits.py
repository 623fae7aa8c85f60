"""What a service in production may take of its host, by what it is; starting points that a person adjusts.

No limit of processors is above one: Compose refuses to start a container that may have more than the host has.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class Limits(Struct, frozen=True):
    """Limits and reservations in Compose's words; `pids` is how many processes and threads, None for no limit."""

    cpus: str
    memory: str
    reserved: str
    pids: int | None = None


WEB = Limits("1.0", "2G", "256M", 512)
WORKER = Limits("1.0", "2G", "256M", 512)
ONE_SHOT = Limits("1.0", "512M", "64M", 128)

DATA: Mapping[str, Limits] = {
    "PostgreSQL": Limits("1.0", "2G", "256M"),
    "MySQL": Limits("1.0", "2G", "512M"),
    "MariaDB": Limits("1.0", "2G", "256M"),
    "MongoDB": Limits("1.0", "2G", "256M"),
    "Redis": Limits("0.5", "512M", "64M"),
    "Valkey": Limits("0.5", "512M", "64M"),
    "Memcached": Limits("0.5", "256M", "64M"),
    "RabbitMQ": Limits("1.0", "1G", "256M"),
}
"""By the title of the data service."""
