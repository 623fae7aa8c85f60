"""The first Compose: files that call `docker-compose` where only `docker compose` is installed."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.doctor.case import Case
from dockwright.doctor.diagnosis import Command, Diagnosis, Hands, Mend
from dockwright.project.command_lines import CommandLine, command_lines
from dockwright.syntax import shell
from dockwright.text import Edit


def examine(case: Case) -> Iterator[Diagnosis]:
    """Makefiles and scripts that call what is not there."""
    if case.host.program("docker-compose") is not None:
        return
    calls: dict[str, list[CommandLine]] = {}
    for line in command_lines(case.project):
        if line.name == "docker-compose" and case.project.kinds.get(line.path) in ("make", "shell"):
            calls.setdefault(line.path, []).append(line)
    for path, lines in calls.items():
        first, *others = [case.place(line.word_at(line.command.words[0])) for line in lines]
        words = [line.command.words[0] for line in lines]
        edits = tuple(Edit(path, word.span, "docker compose") for word in words if word.contiguous)
        plain = len(edits) == len(words) and all(word.text == "docker-compose" for word in words)
        yield Diagnosis(
            "compose-v1",
            path,
            f"{path} calls docker-compose, the first Compose, which is not installed here: it is `docker compose` now",
            ("docker-compose: no such command on PATH", *(f"called in {each}, too" for each in others[:3])),
            (Command(f"sed -i 's/docker-compose /docker compose /' {shell.quote(path)}"),),
            fix=_mend(path, edits) if plain else None,
            place=first,
        )


def _mend(path: str, edits: tuple[Edit, ...]) -> Mend:
    def how(hands: Hands) -> str:
        return hands.change(edits, f"doctor: docker compose in {path}")

    return Mend("call docker compose", (path,), how)
