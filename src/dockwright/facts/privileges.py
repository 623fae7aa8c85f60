"""What hands a container more of the host than it should have.

Sources: capabilities(7), mount_namespaces(7), Docker's default profile of capabilities, OWASP's Docker cheat sheet,
CIS Docker Benchmark 5.6, 5.18 and 5.20.
"""

from __future__ import annotations

SOCKETS = ("docker.sock", "containerd.sock", "podman.sock", "crio.sock", "systemd/private")
"""How paths of the control sockets end: who may talk to one of them is root on the host."""

SOCKET_FOLDERS = frozenset({"/", "/var", "/run", "/run/containerd", "/run/crio", "/run/podman", "/run/systemd"})
"""Folders of the host in which such a socket lies; `:ro` protects the file, not what is said through it."""

ROOT_PATHS = frozenset(
    {
        "/boot",
        "/etc",
        "/etc/cron.d",
        "/etc/cron.daily",
        "/etc/cron.hourly",
        "/etc/ld.so.preload",
        "/etc/pam.d",
        "/etc/passwd",
        "/etc/profile.d",
        "/etc/shadow",
        "/etc/ssh",
        "/etc/sudoers",
        "/etc/sudoers.d",
        "/etc/systemd",
        "/etc/systemd/system",
        "/lib",
        "/proc",
        "/root",
        "/root/.ssh",
        "/usr",
        "/var/lib",
        "/var/lib/containerd",
        "/var/lib/docker",
    }
)
"""Paths of the host with which a container that may write there becomes root.

What lies deeper in `/etc` is often the application's own: `/etc/letsencrypt`, `/etc/nginx`.
"""

SHOWN_PATHS = frozenset(
    {
        "/boot",
        "/dev",
        "/dev/hugepages",
        "/dev/shm",  # noqa: S108  # told, not used
        "/etc",
        "/etc/shadow",
        "/etc/ssh",
        "/etc/sudoers",
        "/home",
        "/proc",
        "/root",
        "/run/dbus",
        "/run/dbus/system_bus_socket",
        "/run/libvirt",
        "/run/libvirt/libvirt-sock",
        "/sys",
        "/var/lib",
        "/var/lib/containerd",
        "/var/lib/docker",
    }
)
"""Paths of the host that show a container its secrets, its services or its hardware, though it may only read there."""

HOME_SECRETS = frozenset({".aws", ".azure", ".docker", ".gnupg", ".kube", ".netrc", ".ssh"})
"""What holds a person's keys, in a home folder."""

ENGINE_TOOLS = (
    "traefik", "portainer", "watchtower", "nginx-proxy", "acme-companion", "docker-gen", "caddy-docker-proxy", "ofelia",
    "autoheal", "dozzle", "diun", "swarm-cronjob", "socket-proxy", "dockge", "yacht", "localstack", "testcontainers",
    "ryuk", "jupyterhub", "docker-volume-backup",
)  # fmt: skip
"""Parts of the names of images whose work it is to talk to the engine."""

HOST_MONITORS = (
    "node-exporter", "node_exporter", "cadvisor", "netdata", "datadog", "telegraf", "glances", "beszel", "alloy",
    "promtail", "fluent-bit", "fluentd", "vector", "filebeat", "metricbeat", "otel", "opentelemetry", "newrelic",
    "dozzle", "falco", "wazuh", "zabbix-agent", "process-exporter", "dcgm-exporter",
)  # fmt: skip
"""Parts of the names of images whose work it is to look at the host: what they are shown, they are meant to see."""

DISKS = (
    "/dev/sd", "/dev/nvme", "/dev/vd", "/dev/xvd", "/dev/mmcblk", *(f"/dev/md{digit}" for digit in range(10)),
    "/dev/md/", "/dev/disk/", "/dev/dm-", "/dev/mapper/", "/dev/loop", "/dev/rbd", "/dev/zfs",
)  # fmt: skip
"""How the names of disks begin, under `/dev`. `/dev/mem` is closed without the capability SYS_RAWIO."""

SHARED_PROPAGATION = frozenset({"shared", "rshared"})
"""Modes of a mount with which what the container mounts appears on the host."""

_HOST = ("SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO")
HOST_CAPABILITIES = frozenset({"ALL", *_HOST, *(f"CAP_{name}" for name in _HOST)})
"""Capabilities that reach code on the host by supported calls alone. The engine knows ALL, and no CAP_ALL."""

STRONG_CAPABILITIES = frozenset(
    {
        "NET_ADMIN",
        "BPF",
        "SYS_BOOT",
        "SYS_PTRACE",
        "DAC_READ_SEARCH",
        "PERFMON",
        "SYS_TIME",
        "SYS_NICE",
        "IPC_LOCK",
        "LEASE",
        "SYSLOG",
    }
)
"""Capabilities that reach other containers, or parts of the host."""
