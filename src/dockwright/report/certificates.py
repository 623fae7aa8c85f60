"""The report of `dockwright certs`: for people as text, and its part of the JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os.path import join
from typing import Any

from dockwright.certs.outcome import Certificate, Outcome
from dockwright.facts.trust_stores import TRUST_STORES
from dockwright.project.tls import Exposed
from dockwright.report.style import paint, wrapped
from dockwright.syntax import shell
from dockwright.text import printable

_STYLES = {"refused": "bad", "left": "dim", "fine": "dim"}
_SAID = {
    "fine": "it is fine, and nothing was written",
    "mended": "it is fine; who may read its key, or the authority beside it, was put right",
    "left": "dockwright has not made it, and leaves it as it is",
    "refused": "dockwright has not made it; --renew replaces it, its key too, which cannot be undone",
}


def text(outcome: Outcome, exposed: Sequence[Exposed], hints: Iterable[tuple[str, tuple[str, ...]]]) -> str:
    """What became of each certificate, what is left to do, and how to trust the authority where that was asked."""
    lines: list[str] = []
    for each in outcome.certificates:
        lines += _certificate(each)
    if outcome.new:
        made = "made, yours for all projects; `dockwright certs --trust-hint` says how to trust it"
        lines.append(wrapped(made, " " * 11, f"{paint('authority', 'good')}  "))
    for note in notes(outcome, exposed):
        lines.append(wrapped(printable(note), "      ", "note: "))
    for name, commands in hints:
        lines += ["", paint(name, "title"), *(f"  {command}" for command in commands)]
    return "\n".join(lines) + "\n"


def json(
    outcome: Outcome, exposed: Sequence[Exposed], hints: Iterable[tuple[str, tuple[str, ...]]] | None
) -> dict[str, Any]:
    """The report's own keys; `docs/json.md` describes them."""
    return {
        "certificates": [
            {
                "certificate": printable(each.certificate),
                "key": printable(each.key),
                "authority": printable(each.authority),
                "state": each.state,
                "reasons": [printable(reason) for reason in each.reasons],
                "names": list(each.names),
                "ends": None if each.ends is None else each.ends.isoformat().replace("+00:00", "Z"),
            }
            for each in outcome.certificates
        ],
        "authority": {"fingerprint": outcome.fingerprint, "made": outcome.new},
        "unreadable_for": list(outcome.left_out),
        "exposed": [{"path": printable(each.path), "line": printable(each.line), "by": each.by} for each in exposed],
        "trust": None if hints is None else [{"store": name, "commands": list(lines)} for name, lines in hints],
    }


def notes(outcome: Outcome, exposed: Sequence[Exposed]) -> list[str]:
    """What somebody has to see to."""
    found = []
    if outcome.left_out:
        users = " and ".join(map(str, outcome.left_out))
        key = outcome.certificates[0].key
        found.append(
            f"the containers' user {users} cannot read {key}, and this file system has no access-control lists: "
            "keep the project on one that has, or let the container run as your own number"
        )
    found += [f"{each.by} does not leave the key out: add the line `{each.line}` to {each.path}" for each in exposed]
    return found


def trust_hints(root: str, outcome: Outcome) -> list[tuple[str, tuple[str, ...]]]:
    """For each store, the commands that make it trust the project's authority."""
    ours = [each for each in outcome.certificates if each.state not in ("left", "refused")]
    if not ours:
        return []
    ca = shell.quote(join(root, ours[0].authority))
    return [(store.name, tuple(line.format(ca=ca) for line in store.lines)) for store in TRUST_STORES]


def _certificate(each: Certificate) -> list[str]:
    until = "" if each.ends is None else f", valid until {each.ends:%Y-%m-%d}"
    first = f"{paint(each.state, _STYLES.get(each.state, 'good'))}{' ' * max(1, 11 - len(each.state))}"
    said = [f"{each.certificate} with {each.key}{until}"]
    if each.state in _SAID:
        said.append(_SAID[each.state])
    lines = [wrapped(printable(said[0]), " " * 11, first)]
    lines += [wrapped(text, " " * 11, " " * 11) for text in said[1:]]
    if each.reasons:
        lines.append(wrapped(printable("; ".join(each.reasons)), " " * 11, " " * 11 + "why: "))
    if each.names:
        lines.append(wrapped(f"{', '.join(each.names)}", " " * 11, " " * 11 + "for: "))
    return lines
