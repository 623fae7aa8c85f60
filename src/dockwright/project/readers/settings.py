"""What an env file says of other files: the compose files of a plain `docker compose`, and calls in its comments."""

from __future__ import annotations

from posixpath import dirname

from dockwright.project.commands import Commands, listed_files
from dockwright.project.readers import lines
from dockwright.project.readers.collect import Around, Collector
from dockwright.syntax import dotenv
from dockwright.text import Source


def read(around: Around, source: Source) -> Commands:
    """COMPOSE_FILE is relative to the folder of the env file."""
    found = Collector()
    found.add(lines.comments(around, source))
    for entry in around.trees.of(dotenv.parse, source).entries:
        if entry.key == "COMPOSE_FILE":
            value = entry.value
            found.references += listed_files(source.path, value, 0, len(value.text), dirname(source.path))
    return found.commands()
