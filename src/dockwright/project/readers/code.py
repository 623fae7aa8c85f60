"""What Python code says of other files: task files that run Docker, and literals that are a file's path."""

from __future__ import annotations

from dockwright.project.commands import Commands, read_commands
from dockwright.project.model import Project
from dockwright.project.readers.collect import Collector
from dockwright.project.references import reference
from dockwright.syntax import python_code
from dockwright.text import Mapped, Source


def read(project: Project, source: Source) -> Commands:
    """Code is read as if it ran at the root, and a list of words as `subprocess` takes it as the command it is."""
    found = Collector()
    if "docker" not in source.text and "compose" not in source.text and ".env" not in source.text:
        return found.commands()
    code = project.trees.of(python_code.parse, source)
    for literal in code.strings():
        if literal.content is None:
            continue
        mapped = Mapped.whole(source.slice(literal.content), literal.content.start)
        if "docker" in mapped.text and " " in mapped.text and "\n" not in mapped.text:
            found.add(read_commands(source.path, mapped, "", project.is_file))
            continue
        ref = reference(source.path, mapped, 0, len(mapped.text), "", "path")
        if ref is not None and project.is_file(ref.target):
            found.references.append(ref)
    return found.commands()
