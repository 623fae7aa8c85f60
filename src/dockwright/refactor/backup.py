"""The step `backup`: what the journal keeps of former files stays out of images."""

from __future__ import annotations

from dockwright.finding import Fix
from dockwright.project.images import Image, ignore_file_read, images, left_out
from dockwright.project.model import Project
from dockwright.refactor.step import Proposal
from dockwright.syntax import dockerfile
from dockwright.text import Change, Create, Edit, Source, Span, lazy_regex

JOURNAL = ".dockwright"

# A bind mount of the build that names no source, or the context's top.
_MOUNTED = lazy_regex(r"--mount=(?=\S*type=bind)(?!\S*(?:source|src|from)=(?!\.?/?(?:,|\s)))")


class Backup:
    """Has every build from the root leave the journal out. It is taken last, and only where something changes."""

    name = "backup"
    title = "The journal of former files kept out of the build context"

    def propose(self, project: Project) -> Proposal:
        """One line in each ignore file that a build from the root reads and that lets the journal in."""
        changes: dict[str, Change] = {}
        for image in images(project):
            # The journal holds former env files, passwords and all: `COPY . .` would put them into a layer.
            if image.context or not _takes_all(image) or left_out(project, image)(f"{JOURNAL}/journal"):
                continue
            path = ignore_file_read(project, image)
            if path is None:
                changes[".dockerignore"] = Create(".dockerignore", f"{JOURNAL}\n")
            elif path in project.sources:
                changes[path] = _appended(project.sources[path])
        if not changes:
            return Proposal()
        return Proposal((Fix(f"leave {JOURNAL} out of the build context", tuple(changes.values()), "safe"),))


def _takes_all(image: Image) -> bool:
    """Whether an instruction copies the context's top or mounts it; others see what they name."""
    for instruction in image.tree.instructions:
        if isinstance(instruction, (dockerfile.Copy, dockerfile.Add)) and instruction.from_ is None:
            if any(word.value.strip("./") in ("", "*") for word in instruction.sources):
                return True
        elif isinstance(instruction, dockerfile.Run) and _MOUNTED.search(image.tree.source.slice(instruction.span)):
            return True
    return False


def _appended(source: Source) -> Edit:
    end = len(source.text)
    lead = "" if not source.text or source.text.endswith("\n") else source.newline
    return Edit(source.path, Span(end, end), f"{lead}{JOURNAL}{source.newline}")
