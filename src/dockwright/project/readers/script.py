"""What a shell script says of other files."""

from __future__ import annotations

from dockwright.project.commands import Commands, read_script
from dockwright.project.readers.collect import Around, where_more_is_found
from dockwright.syntax import shell
from dockwright.text import Mapped, Source


def read(around: Around, source: Source) -> Commands:
    """A script is mostly run from the root; where more of what it names lies beside it, from its own folder."""
    script = shell.parse(Mapped.whole(source.text))
    return where_more_is_found(around, source.path, lambda cwd: read_script(source.path, script, cwd, around.is_file))
