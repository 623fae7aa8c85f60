"""Programs of the host that wait on the ports which stacks publish: how their service is called, to stop it."""

from __future__ import annotations

from collections.abc import Mapping

UNITS: Mapping[str, str] = {
    "postgres": "postgresql", "postmaster": "postgresql", "redis-server": "redis-server", "valkey-server": "valkey",
    "mysqld": "mysql", "mariadbd": "mariadb", "mongod": "mongod", "nginx": "nginx", "apache2": "apache2",
    "httpd": "httpd", "caddy": "caddy", "haproxy": "haproxy", "memcached": "memcached",
    "rabbitmq-server": "rabbitmq-server", "beam.smp": "rabbitmq-server",
}  # fmt: skip
"""A process's name to its systemd unit. Source: the packages of Debian and Fedora."""

PROXIES = frozenset(
    {"docker-proxy", "rootlesskit", "com.docker.backend", "com.docker.back", "containers-rootlessport", "OrbStack"}
)
"""Processes that hold a port for some container."""
