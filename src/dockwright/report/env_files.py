"""What was done to env files, for people and as parts of the JSON reports: names and places, never a value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from dockwright.env.comparing import DIFFERENT, ONLY_LEFT, ONLY_RIGHT, SAME, Compared, Row, Side
from dockwright.env.creating import PASSWORD_NAMES, Created, Left, MadeFile
from dockwright.env.rotating import Rotated
from dockwright.env.syncing import Synced
from dockwright.project.model import Project
from dockwright.report.json import place
from dockwright.report.style import paint, width, wrapped
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
    for path in made.unmade:
        lines.append(_row("left out", f"{path}, which has no example", "dim"))
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
        "unmade": [printable(path) for path in made.unmade],
        "secrets": [printable(secret.path) for secret in made.secrets],
        "missing_secrets": [
            {"secret": printable(missing.path), **place(project, missing.at)} for missing in made.missing
        ],
        "unreadable_for": list(unreadable),
    }


def left_json(project: Project, left: Iterable[Left]) -> list[dict[str, Any]]:
    """What got no value: a place, `name` and `why` each."""
    return [{"name": printable(each.name), "why": printable(each.why), **place(project, each.at)} for each in left]


# Two environments compared


def compared_text(project: Project, seen: Compared) -> str:
    """Secrets that both have and names that one lacks first; then what differs, and what is the same."""
    a, b = seen.left.name, seen.right.name
    if a == b:
        a, b = " + ".join(seen.left_files), " + ".join(seen.right_files)
    lines = [note(f"{path} stands for {name}'s env file, which is not there") for name, path in _examples(seen)]
    for each in seen.reused:
        names = each.left_name if each.left_name == each.right_name else f"{each.left_name} and {each.right_name}"
        places = f"{_where(project, each.left)} and {_where(project, each.right)}"
        serious = seen.left.production != seen.right.production
        said = "production has the same secret as what is not production" if serious else "both have the same secret"
        lines.append(_row("reused", f"{names}: {said}, at {places}", "error" if serious else "warning"))
        if serious:
            name = each.left_name if seen.left.production else each.right_name
            lines.append(f"{_INDENT}-> dockwright env rotate {name} {a if seen.left.production else b}")
    for verdict, title, style in (
        (ONLY_LEFT, f"only in {a}", "warning"),
        (ONLY_RIGHT, f"only in {b}", "warning"),
        (DIFFERENT, "different", "info"),
        (SAME, "the same", "dim"),
    ):
        rows = [row for row in seen.rows if row.verdict == verdict]
        if rows:
            lines.append(f"{paint(printable(title), style)} ({len(rows)})")
            lines.append(wrapped(", ".join(_said(row) for row in rows), "  ", "  "))
    return "\n".join(lines or ["neither has a variable"]) + "\n"


def _said(row: Row) -> str:
    """A name, and what is to say of it: `SECRET_KEY`, `DOMAIN (empty)`, `TOKEN (empty | placeholder)`."""
    states = [side.state for side in (row.left, row.right) if side is not None]
    if all(state == "set" for state in states):
        return printable(row.name)
    return f"{printable(row.name)} ({' | '.join(dict.fromkeys(states))})"


def _examples(seen: Compared) -> Iterator[tuple[str, str]]:
    for environment, files in ((seen.left, seen.left_files), (seen.right, seen.right_files)):
        paths = {pair.path for pair in environment.files}
        yield from ((environment.name, path) for path in files if path not in paths)


def compared_json(project: Project, seen: Compared) -> dict[str, Any]:
    """The report's own keys; `docs/json.md` describes them."""

    def side(found: Side | None) -> dict[str, Any] | None:
        return None if found is None else {"state": found.state, **place(project, found.at)}

    return {
        "left": {"environment": seen.left.name, "files": list(map(printable, seen.left_files))},
        "right": {"environment": seen.right.name, "files": list(map(printable, seen.right_files))},
        "variables": [
            {
                "name": printable(row.name),
                "verdict": row.verdict,
                "secret": row.secret,
                "left": side(row.left),
                "right": side(row.right),
            }
            for row in seen.rows
        ],
        "reused": [
            {
                "names": [printable(each.left_name), printable(each.right_name)],
                "left": place(project, each.left),
                "right": place(project, each.right),
            }
            for each in seen.reused
        ],
    }


# Files brought in line


def synced_text(synced: Synced, journal: str | None, *, named: bool) -> str:
    """What each file is given, by name; the pairs that lack a file where somebody asked for them by name."""
    lines: list[str] = []
    for file in synced.files:
        lines.append(paint(printable(file.path), "path"))
        wide = min(32, max(len(each.name) for each in file.added))
        for each in file.added:
            below = f", below {each.below}" if each.below else ""
            lines.append(wrapped(printable(f"{each.value}{below}"), "      ", f"  + {printable(each.name):{wide}}  "))
    for file in synced.files:
        if file.left:
            lines.append(note(f"{file.path} has no value yet for {', '.join(file.left)}"))
    for pair in synced.absent if named else ():
        missing = f"{pair.path}.example" if pair.example is None else pair.path
        lines.append(note(f"{missing} is not there, so that nothing can be brought in line with it"))
    if not synced.files:
        lines.append("everything is in line")
    elif journal is None:
        lines.append("nothing was written")
    else:
        lines.append(f"done; `dockwright undo {journal}` takes it back")
    return "\n".join(lines) + "\n"


def synced_json(synced: Synced, journal: str | None) -> dict[str, Any]:
    """The report's own keys; `docs/json.md` describes them."""
    return {
        "files": [
            {
                "path": printable(file.path),
                "added": [
                    {"name": printable(each.name), "value": each.value, "below": each.below} for each in file.added
                ],
                "left_empty": list(file.left),
            }
            for file in synced.files
        ],
        "absent": [{"path": printable(pair.path), "example": pair.example} for pair in synced.absent],
        "journal": journal,
    }


# A secret replaced


def rotated_text(project: Project, done: Rotated, journals: Sequence[str]) -> str:
    """The files that were changed, what is to be done now, and where the old value still is."""
    lines = []
    for file in done.files:
        lines.append(_row("replaced", f"{done.name} in {file.path}", "good"))
        if file.following:
            lines.append(_list("in line with it", file.following))
    lines += [_row("replaced", secret.path, "good") for secret in done.secrets]
    for said in done.consequences:
        lines.append(note(said))
    if done.also:
        places = ", ".join(_where(project, at) for at in done.also)
        lines.append(note(f"the old value is also written at {places}"))
    if journals:
        lines.append(
            note(f"{', '.join(journals)} holds the old value for undo; remove it once you need to take nothing back")
        )
    for number, step in enumerate(done.steps, 1):
        if number == 1:
            lines += ["", paint("What is to be done now:", "title")]
        lines.append(wrapped(printable(step.what), "     ", f"{number:3}. "))
        lines += [f"     {line}" for command in step.commands for line in _command(command)]
    if not done.steps:
        lines.append(note("no stack here gets it: restart whatever reads the file"))
    return "\n".join(lines) + "\n"


def _command(command: str) -> Iterator[str]:
    """A command on lines that fit the page. A line may end inside of quotes: the container's shell joins it again."""
    room = width() - 8
    line = ""
    for word in command.split(" "):
        if line and len(line) + 1 + len(word) > room:
            yield f"{line} \\"
            line = f"  {word}"
        else:
            line = f"{line} {word}" if line else word
    yield line


def rotated_json(project: Project, done: Rotated, journals: Sequence[str]) -> dict[str, Any]:
    """The report's own keys; `docs/json.md` describes them."""
    return {
        "name": done.name,
        "environment": done.environment.name,
        "files": [{"path": printable(file.path), "following": list(file.following)} for file in done.files],
        "steps": [
            {"what": printable(step.what), "commands": list(map(printable, step.commands))} for step in done.steps
        ],
        "consequences": list(done.consequences),
        "also": [place(project, at) for at in done.also],
        "journals": list(journals),
    }
