"""Keys that a script makes for the host's user alone, and that the containers' user has to read."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname

from dockwright.finding import Fix
from dockwright.project.command_lines import CommandLine, command_lines
from dockwright.project.images import images
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.project.stacks import compose_files
from dockwright.refactor.env.hidden import OWNER
from dockwright.refactor.step import Proposal
from dockwright.syntax import dockerfile
from dockwright.text import Edit, Span, lazy_regex

_FOR_ITS_OWNER = lazy_regex(r"0?[46]00")
_KEY = lazy_regex(r".*(?:key[^/]*\.pem|\.key)")
# Bind mounts and file secrets keep the host's owner and mode: Compose ignores what it is told of them (trap 23).
_READABLE = (
    '[ "$(id -u)" -ne 0 ] || chown 1000:1000 {key}',
    "if command -v setfacl >/dev/null; then setfacl -m u:1000:r {key}; fi",
)
_WHY = "# The containers run as 1000: that user reads the key, too, and nobody else."


class Keys:
    """Has the script that makes a key let the containers' user read it."""

    name = OWNER
    title = "Keys that the containers' user can read"

    def propose(self, project: Project) -> Proposal:
        """One patch a script."""
        if not _runs_as_1000(project):
            return Proposal()
        fixes = []
        for line in command_lines(project):
            edit = _edit(project, line) if project.kinds[line.path] == "shell" else None
            if edit is not None:
                fixes.append(Fix("let the containers' user read the key", (edit,), "refit"))
        return Proposal(tuple(fixes))


def _runs_as_1000(project: Project) -> bool:
    """Whether an image of the project ends as the user of the target layout."""
    users = (image.last(stage, dockerfile.User) for image in images(project) for stage in image.shipped)
    return any(user is not None and user.value.value.partition(":")[0] == "1000" for user in users)


def _edit(project: Project, line: CommandLine) -> Edit | None:
    words = [word.value or "" for word in line.command.words]
    if line.name != "chmod" or len(words) != 3 or not _FOR_ITS_OWNER.fullmatch(words[1]):
        return None
    key, source = words[2], project.sources[line.path]
    if not _KEY.fullmatch(key) or not any(_given(project, key)):
        return None
    start = source.text.rfind("\n", 0, line.span.start) + 1
    end = source.text.find("\n", line.span.end) + 1
    indent = source.text[start : line.span.start]
    alone = not indent.strip() and not source.text[line.span.end : end].strip()
    if not end or not alone or "setfacl" in source.text:
        return None
    lines = (_WHY, *(each.format(key=key) for each in _READABLE))
    return Edit(line.path, Span(end, end), "".join(f"{indent}{each}{source.newline}" for each in lines))


def _given(project: Project, key: str) -> Iterator[bool]:
    """Whether some service gets the key, or the folder that it lies in, from the host."""
    for file in compose_files(project).values():
        base = dirname(file.path)
        for _, node in file.top_level("secrets"):
            written = node.get("file")
            yield written is not None and any(join(base, each.value) == key for each in written.strings())
        for service in file.services.values():
            for volume in service.volumes:
                source = join(base, volume.source.text) if volume.bind and volume.source is not None else None
                yield source is not None and (source in ("", dirname(key), key))
