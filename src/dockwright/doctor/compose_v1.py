"""The first Compose: files that call `docker-compose` where only `docker compose` is installed."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.doctor.case import Case
from dockwright.doctor.diagnosis import Command, Diagnosis, Hands, Mend
from dockwright.project.command_lines import command_lines
from dockwright.syntax import shell
from dockwright.text import Edit


def examine(case: Case) -> Iterator[Diagnosis]:
    """Makefiles and scripts that call what is not there."""
    if case.host.program("docker-compose") is not None:
        return
    lines = [
        line
        for line in command_lines(case.project)
        if line.name == "docker-compose"
        and case.project.kinds.get(line.path) in ("make", "shell")
        and "{{" not in line.path
    ]
    if not lines:
        return
    paths = tuple(dict.fromkeys(line.path for line in lines))
    first, *others = [case.place(line.word_at(line.command.words[0])) for line in lines]
    words = [(line.path, line.command.words[0]) for line in lines]
    plain = all(word.contiguous and word.text == "docker-compose" for _, word in words)
    edits = tuple(Edit(path, word.span, "docker compose") for path, word in words)
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    yield Diagnosis(
        "compose-v1",
        f"{paths[0]}{more}",
        "docker-compose, the first Compose, is called and is not installed here: it is `docker compose` now",
        ("docker-compose: no such command on PATH", *(f"called in {each}, too" for each in others[:3])),
        (Command(f"sed -i 's/docker-compose /docker compose /' {' '.join(map(shell.quote, paths))}"),),
        fix=_mend(paths, edits) if plain else None,
        place=first,
    )


def _mend(paths: tuple[str, ...], edits: tuple[Edit, ...]) -> Mend:
    def how(hands: Hands) -> str:
        return hands.change(edits, "doctor: docker compose")

    return Mend("call docker compose", paths, how)
