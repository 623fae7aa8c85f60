"""What stands behind a download: a command that fails by itself where it is given something else than it expects."""

from __future__ import annotations

from dockwright.project.runs import Step
from dockwright.syntax import shell

_PIPES = ("|", "|&")
# Each ends with another status than 0 where it reads nothing, and where it reads a page of HTML: measured with GNU tar
# 1.35, gzip 1.12, GnuPG 2.2 and apt-key 2.6. grep, which finds nothing in nothing, is told with them.
_UNPACKERS = frozenset(
    {"tar", "bsdtar", "gpg", "gpg2", "apt-key", "gunzip", "unxz", "bunzip2", "grep", "egrep", "fgrep"}
)
_SUMS = frozenset({"md5sum", "sha1sum", "sha224sum", "sha256sum", "sha384sum", "sha512sum", "shasum", "b2sum"})
_CHECKS = frozenset({"-c", "--check"})


def end_of_pipe(step: Step, number: int) -> shell.Simple:
    """The last command of the pipe that a RUN's command stands in, the command itself where there is none."""
    last = step.commands[number]
    for simple in step.commands[number + 1 :]:
        if simple.nested:
            continue
        if simple.operator not in _PIPES:
            break
        last = simple
    return last


def unpacks(simple: shell.Simple) -> bool:
    """Whether a command takes its input apart, and fails where that is nothing or something else."""
    return simple.name in _UNPACKERS


def checks_a_sum(simple: shell.Simple) -> bool:
    """Whether a command compares a file or its input with a sum or a signature."""
    words = {word.text for word in simple.arguments}
    if simple.name in ("gpg", "gpg2", "gpgv"):
        return simple.name == "gpgv" or "--verify" in words
    return simple.name in _SUMS and any(
        word in _CHECKS or (word[:1] == "-" and word[1:2] != "-" and "c" in word) for word in words
    )
