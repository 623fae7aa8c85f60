"""What the number means that a container ended with.

Sources: POSIX `sh`, Exit Status for Commands; signal(7); `docker run`, Exit status; Python's `sys.exit`.
"""

from __future__ import annotations

from collections.abc import Mapping

_SIGNAL = 128

EXIT_CODES: Mapping[int, str] = {
    0: "it ended by itself, without an error",
    1: "the program ended with an error",
    2: "the program was called wrongly, or ended with an error",
    3: "the server could not load its application",
    125: "the engine could not make the container",
    126: "its command is there, and cannot be run: no run bit, or a folder",
    127: "its command is not there: a program that the image has not, or a script whose interpreter it has not",
    128: "it could not be started",
    132: "SIGILL: an instruction that this processor does not have",
    134: "SIGABRT: the program, or a library of it, gave up",
    135: "SIGBUS: a file that it had mapped became shorter, or /dev/shm is full",
    136: "SIGFPE: a division by zero in a library",
    137: "SIGKILL: it was killed",
    139: "SIGSEGV: a library in it crashed, often one that was built for another system",
    143: "SIGTERM: it was stopped",
    255: "the program ended with an error",
}
"""By exit status. 3 is what Uvicorn and Gunicorn end with."""

KILLED, STOPPED = 137, 143


def explained(status: int) -> str:
    """A status in words."""
    known = EXIT_CODES.get(status)
    if known is not None:
        return known
    return f"signal {status - _SIGNAL} ended it" if _SIGNAL < status < _SIGNAL + 65 else "the program's own error"
