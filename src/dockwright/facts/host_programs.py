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

ENGINE_STARTS: Mapping[str, str] = {
    "/.colima/": "colima start", "/.orbstack/": "orb start", "/.rd/": "rdctl start", "/.lima/": "limactl start docker",
    "/podman/": "podman machine start", "/.docker/desktop/": "systemctl --user start docker-desktop",
    "/.docker/run/": "open -a Docker", "/run/user/": "systemctl --user start docker",
}  # fmt: skip
"""What starts an engine, by a part of its socket's path. Source: each one's manual."""

PROXIES = frozenset(
    {"docker-proxy", "rootlesskit", "com.docker.backend", "com.docker.back", "containers-rootlessport", "OrbStack"}
)
"""Processes that hold a port for some container."""
