"""What hands a container more of the host than it should have.

Sources: capabilities(7), Docker's default profile of capabilities, OWASP's Docker cheat sheet.
"""

from __future__ import annotations

SOCKETS = frozenset(
    {
        "/var/run/docker.sock",
        "/run/docker.sock",
        "/var/run/podman/podman.sock",
        "/run/podman/podman.sock",
        "/run/containerd/containerd.sock",
        "/var/run/containerd/containerd.sock",
    }
)
"""The engines' sockets: who may write to one of them is root on the host."""

ROOT_PATHS = frozenset({"/", "/etc", "/proc", "/sys", "/boot", "/root", "/lib", "/usr", "/var/lib/docker", "/var/run"})
"""Folders of the host with which a container that may write there becomes root."""

HOST_CAPABILITIES = frozenset({"ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO"})
"""Capabilities that reach code on the host by supported calls alone."""

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
