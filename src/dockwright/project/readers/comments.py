"""What the comments of a file say of other files: calls of Compose that somebody is told to make."""

from __future__ import annotations

import re

from dockwright.project.commands import Commands, read_commands
from dockwright.project.model import Project
from dockwright.project.readers.collect import Collector
from dockwright.text import Mapped, Source

_CALL = re.compile(r"^[^#\n]*#.*?(?P<call>\bdocker[ -]compose [^`'\"\n]*)", re.M)


def read(project: Project, source: Source) -> Commands:
    """Each call is read as if typed at the root."""
    found = Collector()
    for match in _CALL.finditer(source.text):
        found.add(read_commands(source.path, Mapped.whole(match["call"], match.start("call")), "", project.is_file))
    return found.commands()
