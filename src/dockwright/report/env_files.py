"""What was done to env files, for people and as parts of the JSON reports: names and places, never a value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dockwright.env.creating import PASSWORD_NAMES, Created, Left, MadeFile
from dockwright.project.model import Project
from dockwright.report.json import place
from dockwright.report.style import paint, wrapped
from dockwright.text import Site, printable

_INDENT = " " * 10


def created_text(
    project: Project, made: Created, unreadable: Sequence[int], exposed: Iterable[str], shown: Iterable[str]
) -> str:
    """The files that were made, what each holds by name, and what is left to do.

    `unreadable` are the containers' users who cannot read a secret, `exposed` the files that git would take, `shown`
    the names of the values that stood on the command line.
    """
    lines: list[str] = []
    for file in made.files:
        lines += _made(file)
    for secret in made.secrets:
        lines.append(_row("made", f"{secret.path}, a secret that {_where(project, secret.at)} names", "good"))
    for path in made.kept:
        lines.append(_row("kept", f"{path}, which was there", "dim"))
    lines += _notes(project, made, unreadable, exposed, shown)
    return "\n".join(lines) + "\n"


def _made(file: MadeFile) -> list[str]:
    lines = [_row("made", f"{file.path} from {file.model}, mode 600", "good")]
    for title, names in (("fresh", file.fresh), ("given", file.given), ("in line with them", file.following)):
        if names:
            lines.append(_list(title, names))
    lines += left_lines(file.left)
    return lines


def left_lines(left: Iterable[Left]) -> list[str]:
    """What is still as the example has it, by reason."""
    by_reason: dict[str, list[str]] = {}
    for each in left:
        by_reason.setdefault(each.why, []).append(each.name)
    return [_list("as in the example", names, f"; {why}") for why, names in by_reason.items()]


def _list(title: str, names: Iterable[str], more: str = "") -> str:
    return wrapped(printable(", ".join(names) + more), _INDENT + "  ", f"{_INDENT}{title}: ")


def _row(word: str, said: str, style: str) -> str:
    return wrapped(printable(said), _INDENT, f"{paint(word, style)}{' ' * (10 - len(word))}")


def note(said: str) -> str:
    """A note to the reader."""
    return wrapped(printable(said), "      ", "note: ")


def _notes(
    project: Project, made: Created, unreadable: Sequence[int], exposed: Iterable[str], shown: Iterable[str]
) -> list[str]:
    found = []
    if made.missing:
        paths = " and ".join(missing.path for missing in made.missing)
        found.append(
            f"{_where(project, made.missing[0].at)} wants {paths}, not there yet: dockwright certs makes certificates "
            "for development, and production's come from who gives them out"
        )
    if unreadable:
        users = " and ".join(map(str, unreadable))
        found.append(
            f"the containers' user {users} cannot read the secrets' files: this file system has no access-control lists"
        )
    passwords = PASSWORD_NAMES.intersection(name for file in made.files for name in file.fresh)
    if passwords:
        found.append(
            "a database that holds data already keeps the password that it was made with: "
            f"dockwright env rotate {min(passwords)} {made.environment.name} says how to change it"
        )
    found += [f"git would take {path}: add it to .gitignore" for path in exposed]
    named = ", ".join(shown)
    if named:
        found.append(f"the command line showed {named} to the list of processes and your shell's history: NAME=- asks")
    return [note(each) for each in found]


def _where(project: Project, at: Site) -> str:
    return f"{at.path}:{project.sources[at.path].position(at.span.start).line}"


def created_json(project: Project, made: Created, unreadable: Sequence[int]) -> dict[str, Any]:
    """The report's own keys; `docs/json.md` describes them."""
    return {
        "environment": made.environment.name,
        "files": [
            {
                "path": printable(file.path),
                "example": printable(file.model),
                "fresh": list(file.fresh),
                "given": list(file.given),
                "following": list(file.following),
                "left": left_json(project, file.left),
            }
            for file in made.files
        ],
        "kept": [printable(path) for path in made.kept],
        "secrets": [printable(secret.path) for secret in made.secrets],
        "missing_secrets": [
            {"secret": printable(missing.path), **place(project, missing.at)} for missing in made.missing
        ],
        "unreadable_for": list(unreadable),
    }


def left_json(project: Project, left: Iterable[Left]) -> list[dict[str, Any]]:
    """What got no value: a place, `name` and `why` each."""
    return [{"name": printable(each.name), "why": printable(each.why), **place(project, each.at)} for each in left]
