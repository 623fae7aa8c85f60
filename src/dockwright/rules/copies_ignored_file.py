"""DW143: a COPY of what the ignore file leaves out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dockwright.finding import Finding, Related
from dockwright.project.images import Image, ignore_file_read, images, left_out
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.syntax.ignorefile import IgnoreFile
from dockwright.text import Site, Span

# The context itself, as the path of a source without its slashes.
_WHOLE = ("", ".")


class CopiesIgnoredFile(Rule):
    """Copy only what the ignore file lets through

    ## What it finds

    A `COPY` or `ADD` of a file or folder of the build context that the ignore file which is read for this build
    leaves out altogether, and of `.` where it leaves out everything.

    ## Why it matters

    BuildKit never gets the file. The build fails with «not found», though everybody can see that the file is there;
    with `.` it goes on, and the image holds nothing of the project.

    ## How to mend it

    Write `!path` at the end of the ignore file, or leave the copy out.

    ## Fix safety

    There is no fix: the file may be ignored because it must not be in an image.

    ## Source

    BuildKit's check CopyIgnoredFile.
    """

    code, name, severity = "DW143", "copies-ignored-file", "error"
    equivalents = ("buildkit:CopyIgnoredFile",)
    traps = (14,)
    invalid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nCOPY ⟦README.md⟧ src/ /app/\nUSER 1000\n",
                "README.md": "",
                "src/a.py": "",
                ".dockerignore": "*.md\n",
            }
        ),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nCOPY ⟦.⟧ /app/\nUSER 1000\n",
                "src/a.py": "",
                ".dockerignore": "*\n",
            }
        ),
    )
    valid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nCOPY app /app/\nCOPY . /x/\nCOPY built /b/\nUSER 1000\n",
                "app/main.py": "",
                ".dockerignore": "*\n!app/main.py\n",
            }
        ),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nCOPY . /x/\nUSER 1000\n",
                "setup.py": "",
                ".dockerignore": "*\n!dist\n",
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        found: dict[tuple[str, Span], Finding] = {}
        fine: set[tuple[str, Span]] = set()
        for image in images(project):
            path = ignore_file_read(project, image)
            ignore = None if path is None else project.ignore_file(path)
            if path is None or ignore is None:
                continue
            ignored = left_out(project, image)
            for copy in image.tree.instructions:
                if not isinstance(copy, (dockerfile.Copy, dockerfile.Add)) or copy.from_ is not None:
                    continue
                for word in copy.sources:
                    name = word.value.removeprefix("./").strip("/")
                    place = (image.path, word.span)
                    if not _gone(project, image, name, ignore, ignored):
                        fine.add(place)
                    elif place not in found:
                        whole = name in _WHOLE
                        said = "everything: nothing is copied" if whole else f"{name}: the build does not find it"
                        let = "what is needed" if whole else name
                        found[place] = self.found(
                            Site(*place),
                            f"{path} leaves out {said}",
                            advice=f"write !{let} at the end of {path}, or leave it out here",
                            related=[Related(Site(path, Span(0, 0)), "this ignore file is read")],
                        )
        # A Dockerfile may be built from several contexts: what one of them has is not missing.
        yield from (finding for place, finding in found.items() if place not in fine)


def _gone(project: Project, image: Image, name: str, ignore: IgnoreFile, ignored: Callable[[str], bool]) -> bool:
    whole = name in _WHOLE
    if whole and any(pattern.negated for pattern in ignore.patterns):
        # What is let through may be made before the build.
        return False
    if any(sign in name for sign in "*?[$<") or "://" in name or not (whole or ignored(name)):
        return False
    target = image.context if whole else join(image.context, name)
    if not project.exists(target):
        # What a build step makes may be named by a pattern that is not seen here.
        return False
    prefix, top = (f"{folder}/" if folder else "" for folder in (image.context, target))
    return all(ignored(path.removeprefix(prefix)) for path in project.listing if path.startswith(top))
