"""What is asked inside containers with nothing but a shell."""

from __future__ import annotations

LISTENING = "cat /proc/net/tcp /proc/net/tcp6 2>/dev/null; exit 0"
"""The sockets of a container. Source: Linux, `Documentation/networking/proc_net_tcp.rst`."""

_LISTENS = "0A"


def listening(said: str) -> tuple[int, ...]:
    """The ports that something in the container waits on."""
    found = set()
    for line in said.splitlines():
        words = line.split()
        if len(words) > 3 and words[3] == _LISTENS:
            address, _, port = words[1].partition(":")
            # Docker's own resolver waits on 127.0.0.11.
            if address != "0B00007F":
                found.add(int(port, 16))
    return tuple(sorted(found))
