"""What BuildKit prints of a build that fails: the instruction, its own output, and the solver's reason.

Source: `util/progress` and `solver/errdefs` of moby/buildkit; Docker 23 to 28, with and without `bake`.
"""

from __future__ import annotations

import re

from msgspec import Struct

_PLACE = re.compile(r"(?m)^(?P<file>[^\n>|:]+):(?P<line>\d+)\n+-{8,}\n(?P<shown>(?:.*\n)*?)-{8,}$")
_MARKED = re.compile(r"(?m)^ *\d+ \| >>> ?(.*)$")
_FAILED = re.compile(r"(?m)^#(?P<step>\d+) ERROR: (?P<reason>.*)$")
_SAID = re.compile(r"(?m)^#(?P<step>\d+) (?P<at>\d+\.\d+) (?P<text>.*)$")
_BLOCK = re.compile(r"(?m)^ > (?P<head>.*):\n(?P<lines>(?:.*\n)*?)-{6}$")
_REASON = re.compile(r"(?m)^.*?failed to solve: (?P<reason>.*(?:\n(?!-).+)*)")
_SECONDS = re.compile(r"^\d+\.\d+ ?")
_TARGET = re.compile(r"(?m)^target (?P<target>[\w.-]+): failed to")


class Failure(Struct, frozen=True):
    """A build that failed.

    `instruction` is as it is written, `dockerfile` the file's name as the builder calls it and `line` where in it;
    None where it is no instruction that failed. `lines` is what the instruction printed, `reason` what the builder
    says of it.
    """

    instruction: str
    dockerfile: str
    line: int | None
    lines: tuple[str, ...]
    reason: str


def failure(printed: str) -> Failure:
    """What a build's output, both streams of it, says of the failure."""
    text = printed.replace("\r", "")
    # Compose doubles the line ends of its own part.
    place = _PLACE.search(re.sub(r"\n\n(?= *\d+ \||-{8}|[^\n]*failed to solve)", "\n", text))
    instruction = "\n".join(_MARKED.findall(place["shown"])) if place else ""
    reason = _REASON.search(text)
    failed = list(_FAILED.finditer(text))
    return Failure(
        instruction.strip(),
        place["file"].strip() if place else "",
        int(place["line"]) if place else None,
        _output(text, failed[-1]["step"] if failed else None),
        reason["reason"].strip() if reason else failed[-1]["reason"] if failed else _last(text),
    )


def _output(text: str, step: str | None) -> tuple[str, ...]:
    """The lines of the failed step; of an older builder, those that it repeats in the end."""
    said = [match["text"].rstrip() for match in _SAID.finditer(text) if match["step"] == step]
    if not said:
        block = _BLOCK.search(text)
        said = [_SECONDS.sub("", line).rstrip() for line in block["lines"].splitlines()] if block else []
    return tuple(line for line in said if line.strip())


def _last(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""
