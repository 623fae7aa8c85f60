"""The work of `dockwright certs`: what is there is read and judged, and what is missing is made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from posixpath import dirname, join

from dockwright.certs.hosts import ALWAYS, known
from dockwright.certs.issuing import Authority, authority, is_authority, issued, new_authority, seen
from dockwright.certs.judging import Judged, judged
from dockwright.certs.outcome import Certificate, Outcome
from dockwright.change.access import Lists, kept_private, make_private
from dockwright.change.protocol import Disk, refusal
from dockwright.change.putting import NewFile, put
from dockwright.project.tls import Pair, Serving

AUTHORITY = "dockwright/authority.pem"
"""Where the authority is in the user's data folder: one for all projects, and where no container gets it to see."""


class Certifier:
    """Makes a project's certificates. `data` is the user's data folder, `lists` as `make_private` takes it."""

    def __init__(self, project: Disk, data: Disk, lists: Lists | None, now: datetime) -> None:
        self.project, self.data, self.lists, self.now = project, data, lists, now
        before = _read(data, AUTHORITY)
        self.by = None if before is None else authority(before)
        self.new = False
        self.left_out: set[int] = set()

    def certify(self, serving: Serving, hosts: Sequence[str], days: int, *, renew: bool) -> Outcome:
        """See to it that each pair is there, valid, and for the services' names and these hosts."""
        local, *addresses = ALWAYS
        services = [name for each in serving.names if (name := known(each)) is not None]
        wanted = tuple(dict.fromkeys((local, *services, *hosts, *addresses)))
        made = [self._pair(pair, wanted, serving.users, days, renew) for pair in serving.pairs]
        fingerprint = None if self.by is None else self.by.fingerprint
        return Outcome(tuple(made), fingerprint, self.new, tuple(sorted(self.left_out)))

    def _pair(self, pair: Pair, wanted: tuple[str, ...], users: tuple[int, ...], days: int, renew: bool) -> Certificate:
        certificate, key = _read(self.project, pair.certificate), _read(self.project, pair.key)
        beside = join(dirname(pair.certificate), "ca.pem")
        trusted = _read(self.project, beside)
        there = certificate is not None or key is not None
        found = None if certificate is None or key is None else seen(certificate, key, self.by)
        verdict = judged(found, wanted, self.now, there=there, renew=renew)
        if trusted is not None and not is_authority(trusted) and verdict.state in ("made", "renewed") and not renew:
            verdict = Judged("refused", (f"{beside} is somebody else's authority",))
        names = wanted
        if found is not None and (found.ours or verdict.state in ("left", "refused")):
            names = found.names if verdict.state != "renewed" else tuple(dict.fromkeys((*wanted, *found.names)))
        ends = None if found is None else found.ends
        state = verdict.state
        if state in ("made", "renewed"):
            by = self._authority(days)
            leaf = issued(by, names, self.now, days)
            files = (
                NewFile(beside, by.pem),
                NewFile(pair.key, leaf.key, users),
                NewFile(pair.certificate, leaf.certificate),
            )
            self.left_out.update(self._put(files))
            renewed = seen(leaf.certificate, leaf.key, by)
            ends = None if renewed is None else renewed.ends
        elif state == "fine" and self._mended(pair.key, beside, trusted, users):
            state = "mended"
        return Certificate(pair.certificate, pair.key, beside, state, verdict.reasons, names, ends)

    def _authority(self, days: int) -> Authority:
        """The authority, a new one where there is none that lasts for so many days."""
        if self.by is None or (self.by.ends - self.now).days < days:
            pem = new_authority(self.now)
            try:
                put(self.data, (NewFile(AUTHORITY, pem, ()),), None)
            except OSError as error:
                hint = "XDG_DATA_HOME names another folder for what belongs to you."
                raise refusal(error, hint) from error
            self.by, self.new = authority(pem), True
        assert self.by is not None  # noqa: S101 (what was just made can be read)
        return self.by

    def _mended(self, key: str, beside: str, trusted: bytes | None, users: tuple[int, ...]) -> bool:
        """Put right what is around a good certificate: who may read its key, and the authority beside it."""
        done = False
        if self.by is not None and trusted != self.by.pem:
            self._put((NewFile(beside, self.by.pem),))
            done = True
        if not kept_private(self.project, key, users, self.lists):
            try:
                left_out = make_private(self.project, key, users, self.lists)
            except PermissionError:  # Somebody else's file, such as one that root has made.
                left_out = tuple(users)
            self.left_out.update(left_out)
            done = done or not left_out
        return done

    def _put(self, files: Sequence[NewFile]) -> tuple[int, ...]:
        try:
            return put(self.project, files, self.lists)
        except OSError as error:
            raise refusal(error, "Allow writing there, then run dockwright certs again.") from error


def _read(disk: Disk, path: str) -> bytes | None:
    entry = disk.lstat(path)
    if entry is None or entry.kind != "file":
        return None
    try:
        return disk.read(path)
    except OSError as error:
        raise refusal(error, "Let your user read it: who owns it, ls -l says.") from error
