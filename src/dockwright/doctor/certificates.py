"""Certificates: missing, over, not yet begun, for other names, beside another key; keys that no reader can read."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.doctor.case import Case
from dockwright.doctor.diagnosis import Command, Diagnosis, Hands, Mend, Place, Severity
from dockwright.doctor.mounts import user_of
from dockwright.doctor.remedies import making_certificates
from dockwright.project.stacks import Stack
from dockwright.project.tls import Pair, Served, served
from dockwright.syntax import shell

_SYMPTOMS = ("container-exited", "container-restarting", "unhealthy", "mount-missing")


def examine(case: Case) -> Iterator[Diagnosis]:
    """What is wrong with the certificates that the stacks' services read."""
    for stack in case.stacks:
        readers: dict[Pair, list[Served]] = {}
        for each in served(case.project, stack):
            readers.setdefault(each.pair, []).append(each)
        for pair, reading in readers.items():
            yield from _of_pair(case, stack, pair, reading)


def _of_pair(case: Case, stack: Stack, pair: Pair, reading: list[Served]) -> Iterator[Diagnosis]:
    files = {path: case.host.file(case.absolute(path)) for path in (pair.certificate, pair.key)}
    gone = [path for path, found in files.items() if found is None]
    if gone and not any(each.told for each in reading):
        mounted = {bind.source for bind in case.binds(stack)}
        if not any(case.absolute(path) in mounted for path in files):
            return  # A folder that is called so, and may hold anything.
    if gone:
        cause = f"{' and '.join(gone)} {'is' if len(gone) == 1 else 'are'} not there: git does not keep keys"
        seen = tuple(f"{path}: no such file" for path in gone)
        yield _found(case, stack, "certificate-missing", pair, reading, cause, seen, certify=True)
        return
    folders = [path for path, found in files.items() if found is not None and found.kind == "folder"]
    if folders:
        cause = f"{folders[0]} is a folder: Docker makes one where the file that it mounts is missing"
        ways = (Command("rmdir " + " ".join(map(shell.quote, folders))), making_certificates(case.project))
        yield _found(case, stack, "certificate-missing", pair, reading, cause, (f"{folders[0]}: a folder",), ways)
        return
    yield from _judged(case, stack, pair, reading)
    yield from _unreadable(case, stack, pair, reading)


def _judged(case: Case, stack: Stack, pair: Pair, reading: list[Served]) -> Iterator[Diagnosis]:
    certificate = case.host.read(case.absolute(pair.certificate))
    key = case.host.read(case.absolute(pair.key))
    try:
        from dockwright.certs.hosts import uncovered
        from dockwright.certs.issuing import seen as read
    except ImportError:  # The library that reads certificates is an extra.
        return
    if certificate is None:
        return
    found = read(certificate, key or b"", None)
    if found is None:
        cause = f"{pair.certificate} holds no certificate, or {pair.key} no key, that a server could read"
        lines = (f"{pair.certificate}: {len(certificate)} bytes",) if key is not None else ()
        if key is not None:
            yield _found(case, stack, "certificate-mismatch", pair, reading, cause, lines)
        return
    span = (f"{pair.certificate}: from {found.begins:%Y-%m-%d %H:%M} to {found.ends:%Y-%m-%d %H:%M} UTC",)
    if case.now >= found.ends:
        cause = f"the certificate {pair.certificate} ended on {found.ends:%Y-%m-%d}"
        yield _found(case, stack, "certificate-expired", pair, reading, cause, span, certify=found.ours)
    elif case.now < found.begins:
        cause = (
            f"the certificate {pair.certificate} only begins on {found.begins:%Y-%m-%d}: some clock is, or was, wrong"
        )
        told = (*span, f"it is {case.now:%Y-%m-%d %H:%M} UTC")
        yield _found(case, stack, "certificate-not-yet-valid", pair, reading, cause, told, certify=found.ours)
    missing = uncovered(["localhost"], found.names)
    if missing:
        cause = f"the certificate {pair.certificate} is not for localhost, by which it is reached"
        seen = (f"{pair.certificate}: for {', '.join(found.names) or 'no name'}",)
        yield _found(
            case, stack, "certificate-foreign-name", pair, reading, cause, seen, certify=found.ours, severity="hurts"
        )
    if key is not None and not found.fits:
        cause = f"{pair.key} is not the key of {pair.certificate}: no server starts with the two"
        seen = (f"the public keys of {pair.certificate} and {pair.key} differ",)
        yield _found(case, stack, "certificate-mismatch", pair, reading, cause, seen, certify=found.ours)


def _unreadable(case: Case, stack: Stack, pair: Pair, reading: list[Served]) -> Iterator[Diagnosis]:
    """A key that is for its owner alone, and whose reader in the container is another number."""
    key = case.host.file(case.absolute(pair.key))
    if key is None or not case.local:
        return
    allowed = case.host.listed_readers(case.absolute(pair.key))
    for each in reading:
        user = user_of(case, stack, each.service)
        if not user or user in (key.owner, *allowed) or key.mode & 0o004:
            continue
        cause = f"the user {user} of {each.service} may not read {pair.key}: its numbers are those of the host's files"
        seen = (f"{pair.key}: mode {key.mode:o}, user {key.owner}; bind mounts keep both, whatever `uid:` says",)
        ways = (
            Command("dockwright certs", "gives that user access and nobody else"),
            Command(f"setfacl -m u:{user}:r {shell.quote(pair.key)}", "the same by hand"),
        )
        yield _found(case, stack, "key-unreadable", pair, [each], cause, seen, ways, certify=True)
        return


def _found(
    case: Case,
    stack: Stack,
    fault: str,
    pair: Pair,
    reading: list[Served],
    cause: str,
    seen: tuple[str, ...],
    ways: tuple[Command, ...] = (),
    *,
    certify: bool = False,
    severity: Severity = "stops",
) -> Diagnosis:
    making = ways or (
        (making_certificates(case.project),)
        if fault == "certificate-missing"
        else (Command("dockwright certs"),)
        if certify
        else (Command("dockwright certs --renew", "replaces it and its key, which cannot be undone"),)
    )
    title = "let the container's user read the key" if fault == "key-unreadable" else "make the certificate anew"
    explains = tuple(f"{each}:{one.service}" for each in _SYMPTOMS for one in reading)
    path = pair.key if fault == "key-unreadable" else pair.certificate
    return Diagnosis(
        fault,
        path,
        cause,
        seen,
        making,
        severity,
        case.label(stack),
        (*explains, "mount-unreadable"),
        Mend(title, (pair.certificate, pair.key), _certified) if certify else None,
        Place(path),
    )


def _certified(hands: Hands) -> str:
    return hands.certify()
