"""What BuildKit refuses in a Dockerfile that could be cut into instructions.

The checks are those of frontend/dockerfile/instructions in BuildKit, and of its shell lexer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from dockwright.syntax.dockerfile.blanks import BLANKS
from dockwright.syntax.dockerfile.lexer import complaint
from dockwright.syntax.dockerfile.nodes import (
    KINDS,
    Add,
    Arg,
    Copy,
    Dockerfile,
    Env,
    Expose,
    Flag,
    From,
    Healthcheck,
    Instruction,
    Label,
    Maintainer,
    Onbuild,
    Shell,
    Stopsignal,
    Unknown,
    User,
    Volume,
    Word,
    Workdir,
)
from dockwright.syntax.dockerfile.words import is_mixed_array
from dockwright.syntax.problem import Problem
from dockwright.text import Span, lazy_regex

_STAGE_NAME = lazy_regex(r"[a-z][a-z0-9\-_.]*")

# What a flag takes: a value once, values, or a truth value.
_ONCE, _MANY, _TRUTH = "once", "many", "truth"
_FLAGS: Mapping[str, Mapping[str, str]] = {
    "ADD": {
        "chown": _ONCE,
        "chmod": _ONCE,
        "link": _TRUTH,
        "keep-git-dir": _TRUTH,
        "checksum": _ONCE,
        "unpack": _TRUTH,
        "exclude": _MANY,
    },
    "COPY": {"chown": _ONCE, "from": _ONCE, "chmod": _ONCE, "link": _TRUTH, "exclude": _MANY, "parents": _TRUTH},
    "FROM": {"platform": _ONCE},
    "HEALTHCHECK": {
        "interval": _ONCE,
        "timeout": _ONCE,
        "start-period": _ONCE,
        "start-interval": _ONCE,
        "retries": _ONCE,
    },
    # `security` and `device` are known to the labs channel of the frontend only.
    "RUN": {"mount": _MANY, "network": _ONCE, "security": _ONCE, "device": _MANY},
}
_FLAGS_IGNORED = frozenset(("ARG", "STOPSIGNAL"))

_NETWORKS = frozenset(("default", "none", "host"))
_MOUNT_TYPES = frozenset(("bind", "cache", "tmpfs", "secret", "ssh"))
_MOUNT_SHARING = frozenset(("shared", "private", "locked"))
_MOUNT_SWITCHES = frozenset(("readonly", "ro", "readwrite", "rw", "required"))
_MOUNT_KEYS = _MOUNT_SWITCHES | frozenset(
    (
        "type",
        "from",
        "source",
        "src",
        "target",
        "dst",
        "destination",
        "size",
        "id",
        "sharing",
        "mode",
        "uid",
        "gid",
        "env",
    )
)
_DURATION = lazy_regex(r"[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)", re.ASCII)
# github.com/moby/sys/signal on Linux
_SIGNALS = frozenset(
    (
        *(
            "ABRT",
            "ALRM",
            "BUS",
            "CHLD",
            "CLD",
            "CONT",
            "FPE",
            "HUP",
            "ILL",
            "INT",
            "IO",
            "IOT",
            "KILL",
            "PIPE",
            "POLL",
        ),
        *(
            "PROF",
            "PWR",
            "QUIT",
            "SEGV",
            "STKFLT",
            "STOP",
            "SYS",
            "TERM",
            "TRAP",
            "TSTP",
            "TTIN",
            "TTOU",
            "URG",
            "USR1",
        ),
        *("USR2", "VTALRM", "WINCH", "XCPU", "XFSZ", "RTMIN", "RTMAX"),
        *(f"RTMIN+{number}" for number in range(1, 16)),
        *(f"RTMAX-{number}" for number in range(1, 15)),
    )
)
_PORT = lazy_regex(r"(\d{1,5})(?:-(\d{1,5}))?(?:/(?:tcp|udp|sctp)?)?", re.ASCII | re.IGNORECASE)
_NUMBER = lazy_regex(r"\+?\d{1,10}", re.ASCII)


def check(file: Dockerfile) -> tuple[Problem, ...]:
    """Everything that BuildKit's parser would refuse, in the order of the file."""
    found = list(file.lexical_problems)
    in_stage = False
    for each in file.instructions:
        in_stage = in_stage or isinstance(each, From)
        if not in_stage and not isinstance(each, (Arg, Unknown)):
            found.append(Problem(each.keyword_span, f"{each.keyword} stands before the first FROM"))
        found.extend(_refusals(each))
    if not in_stage:
        nothing = Span(len(file.source.text), len(file.source.text))
        found.append(Problem(nothing, "there is no FROM, so there is nothing to build"))
    found.sort(key=lambda problem: problem.span)
    return tuple(found)


def _refusals(each: Instruction) -> Iterator[Problem]:
    if isinstance(each, Unknown):
        yield _unknown(each)
        return
    if each.keyword in _ARRAYS and is_mixed_array(each.arguments.text):
        yield Problem(each.arguments.span(), "a JSON array here may hold strings only")
        return
    if each.keyword not in _FLAGS_IGNORED:
        yield from _flags(each)
    if (specific := _CHECKS.get(each.keyword)) is not None:
        yield from specific(each)


# Instructions whose arguments may be a JSON array.
_ARRAYS = frozenset(("ADD", "CMD", "COPY", "ENTRYPOINT", "RUN", "SHELL", "VOLUME"))


def _unknown(each: Unknown) -> Problem:
    from difflib import get_close_matches

    near = get_close_matches(each.keyword, KINDS, n=1)
    hint = f"did you mean {near[0]}?" if near else None
    return Problem(
        each.keyword_span,
        f"unknown instruction: {each.keyword}" if each.keyword else "an instruction without a word",
        hint,
    )


def _flags(each: Instruction) -> Iterator[Problem]:
    if isinstance(each, Healthcheck) and each.none:
        return
    known = _FLAGS.get(each.keyword, {})
    seen: set[str] = set()
    for flag in each.flags:
        takes = known.get(flag.name)
        if takes is None:
            yield Problem(flag.span, f"{each.keyword} has no flag --{flag.name}", _flag_hint(known))
            continue
        if flag.name in seen and takes is not _MANY:
            yield Problem(flag.span, f"--{flag.name} is given twice")
        seen.add(flag.name)
        if flag.value is None and takes is not _TRUTH:
            yield Problem(flag.span, f"--{flag.name} needs a value")
        elif takes is _TRUTH and flag.value is not None and flag.value.lower() not in ("true", "false"):
            yield Problem(flag.span, f"--{flag.name} is true or false")
        elif flag.name == "mount":
            yield from _mount(flag)
        elif flag.name == "network" and flag.value not in _NETWORKS:
            yield Problem(flag.value_span or flag.span, f"no such network mode: {flag.value}", "default, none or host")


def _flag_hint(known: Mapping[str, str]) -> str | None:
    return "it has " + ", ".join(f"--{name}" for name in sorted(known)) if known else None


def _mount(flag: Flag) -> Iterator[Problem]:
    for field in flag.parts:
        if field.key not in _MOUNT_KEYS:
            yield Problem(field.span, f"a mount has no option '{field.key}'")
        elif field.value is None:
            if field.key not in _MOUNT_SWITCHES:
                yield Problem(field.span, f"the mount option '{field.key}' needs a value")
        elif field.key == "from" and 0 <= field.value.find("$") < len(field.value) - 1:
            yield Problem(
                field.span, "a mount's 'from' may hold no variable", "name a stage after the image, and use its name"
            )
        elif "$" not in field.value and not _is_allowed(field.key, field.value.lower()):
            yield Problem(field.value_span or field.span, f"no such {field.key} of a mount: {field.value}")


def _is_allowed(key: str, value: str) -> bool:
    return value in {"type": _MOUNT_TYPES, "sharing": _MOUNT_SHARING}.get(key, (value,))


def _from(each: From) -> Iterator[Problem]:
    if len(each.words) != 1 and each.alias is None:
        yield Problem(each.span, "FROM takes an image, or an image, AS and a name")
    elif each.alias and not _STAGE_NAME.fullmatch(each.alias.text.lower()):
        yield Problem(
            each.alias.span, f"no name for a stage: {each.alias.text}", "letters, digits and -_. after a letter"
        )
    yield from _lexed(each.image)


def _pairs(each: Env | Label) -> Iterator[Problem]:
    if not each.pairs:
        yield Problem(each.span, f"{each.keyword} needs at least one pair")
    yield from _halves(each)
    for pair in each.pairs:
        if pair.value is not None:
            if not pair.key.text:
                yield Problem(pair.span, f"{each.keyword} has a pair without a name")
            yield from _lexed(pair.key, pair.value)


def _halves(each: Env | Label) -> Iterator[Problem]:
    for pair in each.pairs:
        if pair.value is None:
            missing = "a value" if pair.legacy else "a '='"
            yield Problem(pair.span, f"{missing} is missing after {pair.key.text}")


def _arg(each: Arg) -> Iterator[Problem]:
    if not each.pairs:
        yield Problem(each.span, "ARG needs at least one name")
    for pair in each.pairs:
        if not pair.key.text:
            yield Problem(pair.span, "ARG has a default without a name")
        yield from _lexed(pair.key, *((pair.value,) if pair.value else ()))


def _copy(each: Copy | Add) -> Iterator[Problem]:
    if not each.destination.text:
        yield Problem(each.span, f"{each.keyword} needs a source and a destination")
    elif any(heredoc.marker == each.destination.span for heredoc in each.heredocs):
        yield Problem(each.destination.span, "a heredoc cannot be the destination")
    yield from _lexed(*each.sources, each.destination)


def _healthcheck(each: Healthcheck) -> Iterator[Problem]:
    if not each.kind.text:
        yield Problem(each.span, "HEALTHCHECK needs NONE or CMD")
    elif each.none:
        if len(each.arguments.text) > len(each.kind.text):
            yield Problem(each.arguments.span(), "HEALTHCHECK NONE takes no arguments")
    elif each.command is None:
        yield Problem(each.kind.span, f"HEALTHCHECK is NONE or CMD, not {each.kind.text}")
    else:
        arguments = each.arguments.text[len(each.kind.text) :].lstrip(BLANKS)
        if not arguments or each.command.words == ():
            yield Problem(each.span, "HEALTHCHECK CMD needs a command")
        elif is_mixed_array(arguments):
            yield Problem(each.arguments.span(), "a JSON array here may hold strings only")
        for flag in each.flags:
            pattern = _NUMBER if flag.name == "retries" else _DURATION
            if flag.value and flag.name in _FLAGS["HEALTHCHECK"] and not pattern.fullmatch(flag.value):
                kind = "whole number" if flag.name == "retries" else "duration such as 30s"
                yield Problem(flag.value_span or flag.span, f"--{flag.name} takes a {kind}")


def _onbuild(each: Onbuild) -> Iterator[Problem]:
    inner = each.inner
    if not inner.logical.text:
        yield Problem(each.span, "ONBUILD needs an instruction")
    elif inner.keyword in ("ONBUILD", "FROM", "MAINTAINER"):
        yield Problem(inner.keyword_span, f"ONBUILD cannot keep {inner.keyword}")
    # The rest is checked only when an image is built from this one.
    elif inner.keyword in _ARRAYS and is_mixed_array(inner.arguments.text):
        yield Problem(inner.arguments.span(), "a JSON array here may hold strings only")
    elif isinstance(inner, (Env, Label)):
        yield from _halves(inner)


def _valued(each: User | Workdir | Stopsignal | Maintainer) -> Iterator[Problem]:
    if not each.value.text:
        yield Problem(each.span, f"{each.keyword} needs an argument")
    elif isinstance(each, Stopsignal) and "$" not in each.value.text and not _is_signal(each.value.value):
        yield Problem(each.value.span, f"no such signal: {each.value.value}")
    yield from _lexed(each.value)


def _listed(each: Expose | Volume) -> Iterator[Problem]:
    if not each.values:
        yield Problem(each.span, f"{each.keyword} needs at least one argument")
    for word in each.values:
        if isinstance(each, Volume) and not word.lexeme.text.strip(BLANKS):
            yield Problem(word.span, "a volume's path cannot be empty")
        elif isinstance(each, Expose) and "$" not in word.text and not _is_port(word.value):
            yield Problem(word.span, f"no such port: {word.value}", "a number up to 65535, or two with a dash between")
    yield from _lexed(*each.values)


def _is_signal(value: str) -> bool:
    return value.upper().removeprefix("SIG") in _SIGNALS or (_NUMBER.fullmatch(value) is not None and int(value) != 0)


def _is_port(value: str) -> bool:
    # The address and port of a host may stand before a colon; they are ignored.
    found = _PORT.fullmatch(value.rpartition(":")[2])
    return found is not None and int(found[1]) <= int(found[2] or found[1]) <= 65535


def _shell(each: Shell) -> Iterator[Problem]:
    if not each.command.words:
        yield Problem(each.span, "SHELL takes a JSON array of strings", 'for instance SHELL ["/bin/bash", "-c"]')


def _lexed(*words: Word) -> Iterator[Problem]:
    for word in words:
        if word.escape is not None and (why := complaint(word.lexeme.text, word.escape)):
            yield Problem(word.span, why)


_CHECKS: Mapping[str, Callable[..., Iterator[Problem]]] = {
    "ADD": _copy,
    "ARG": _arg,
    "COPY": _copy,
    "ENV": _pairs,
    "EXPOSE": _listed,
    "FROM": _from,
    "HEALTHCHECK": _healthcheck,
    "LABEL": _pairs,
    "MAINTAINER": _valued,
    "ONBUILD": _onbuild,
    "SHELL": _shell,
    "STOPSIGNAL": _valued,
    "USER": _valued,
    "VOLUME": _listed,
    "WORKDIR": _valued,
}
