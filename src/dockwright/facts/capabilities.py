"""Capabilities of Linux: their numbers, and those that a container has when nobody says otherwise.

Sources: `include/uapi/linux/capability.h` of Linux, `oci/caps/defaults.go` of Docker Engine.
"""

from __future__ import annotations

from collections.abc import Iterable

NAMES = (
    "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE "
    "NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN "
    "SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP "
    "MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE"
).split()
"""By number."""

DEFAULT = frozenset(
    "CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL "
    "AUDIT_WRITE".split()
)
"""What a container may have that nothing is taken from or added to."""


def declared(drop: Iterable[str], add: Iterable[str]) -> frozenset[str]:
    """What a container may have after `cap_drop` and `cap_add`."""
    dropped, added = ({name.upper().removeprefix("CAP_") for name in names} for names in (drop, add))
    kept = frozenset() if "ALL" in dropped else DEFAULT - dropped
    return frozenset(NAMES) - dropped if "ALL" in added else kept | added


def of_mask(mask: str) -> frozenset[str]:
    """The names in a mask as `/proc/PID/status` has it, in hexadecimal digits; numbers for those without a name."""
    bits = int(mask, 16)
    names = (NAMES[bit] if bit < len(NAMES) else str(bit) for bit in range(bits.bit_length()) if bits >> bit & 1)
    return frozenset(names)
