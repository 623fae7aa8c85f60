"""user: every container's processes run as a number that is not root's, and ours as who they were declared to be."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.tools import Engine
from dockwright.verify.evidence import Evidence, failed, passed, skipped, some
from dockwright.verify.kernel import Kernel
from dockwright.verify.live import Container, Live

CHECK = "user"
_ROOT = frozenset({"", "0", "root"})


def check(live: Live, engine: Engine) -> Iterator[Evidence]:
    """Evidence for each container. Of a data service that starts as root, what its entry point leaves counts."""
    for container in live.containers:
        ours = container.service in live.ours
        if container.running and container.kernel is not None:
            yield _of_processes(container, container.kernel, live.declared_user(container), ours=ours)
        elif container.unasked:
            yield skipped(CHECK, container.name, container.unasked)
        elif ours:
            yield _of_declared(container)


def _of_processes(container: Container, kernel: Kernel, user: str, *, ours: bool) -> Evidence:
    roots = sorted({each.name for each in kernel.own if each.uid == 0})
    numbers = sorted({each.uid for each in kernel.own})
    detail = {"processes": len(kernel.own), "uids": numbers, "declared": user, "name": kernel.user}
    if roots:
        way_out = (
            "end its stage with USER 1000:1000" if ours else "run the image's own user: `user:` in the compose file"
        )
        return failed(CHECK, container.name, f"{some(roots)} runs as root", way_out, **detail)
    if not ours:
        return passed(CHECK, container.name, f"runs as {some(map(str, numbers))}", **detail)
    if kernel.uid == 0:
        reason = f"declared as root: a command in it is root, though it runs as {some(map(str, numbers))}"
        return failed(CHECK, container.name, reason, "end its stage with USER 1000:1000", **detail)
    number = user.partition(":")[0]
    declared = kernel.uid if not number.isdigit() else int(number)
    if numbers != [declared] or kernel.uid != declared:
        reason = f"declared as {declared}, and runs as {some(map(str, numbers))}"
        way_out = "let nothing in its command change the user; docker compose up -d makes it as declared"
        return failed(CHECK, container.name, reason, way_out, **detail)
    name = f" ({kernel.user})" if kernel.user else ", a number that has no name in the image"
    return passed(CHECK, container.name, f"runs as {declared}{name}", **detail)


def _of_declared(container: Container) -> Evidence:
    """What has ended left no process to look at."""
    if container.user.partition(":")[0] in _ROOT:
        return failed(CHECK, container.name, "ran as root", "end its stage with USER 1000:1000", declared="root")
    return passed(CHECK, container.name, f"ran as {container.user}", declared=container.user)
