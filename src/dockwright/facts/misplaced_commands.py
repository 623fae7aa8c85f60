"""Commands that do nothing of use while an image is built, and why."""

from __future__ import annotations

MISPLACED = {
    "free": "it shows the builder's memory",
    "htop": "it needs a terminal",
    "ifconfig": "the network is gone with the RUN",
    "kill": "what runs is gone with the RUN anyway",
    "mount": "a mount is gone with the RUN, and needs rights that builds have not",
    "ps": "it shows the builder's processes",
    "reboot": "there is nothing to boot",
    "service": "the service is gone with the RUN",
    "shutdown": "there is nothing to shut down",
    "ssh": "keys do not belong into a build",
    "systemctl": "systemd does not run in a build",
    "top": "it needs a terminal",
    "umount": "there is nothing to unmount",
    "vim": "it needs a terminal",
    "vi": "it needs a terminal",
    "nano": "it needs a terminal",
}

# Arguments with which they only write files, or say something.
FINE = {"systemctl": frozenset({"enable", "disable", "mask", "set-default", "preset"}), "ssh": frozenset({"-V"})}
