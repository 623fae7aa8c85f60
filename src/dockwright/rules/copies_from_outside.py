"""DW146: a COPY that wants to leave the build context."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import normpath

from dockwright.finding import Finding
from dockwright.project.images import images
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Site, Span


class CopiesFromOutside(Rule):
    """Copy from inside of the build context

    ## What it finds

    A `COPY` or `ADD` whose source leads with `..` out of the build context, unless the context has a file of
    that name, which BuildKit takes instead.

    ## Why it matters

    The build sees its context alone. BuildKit cuts the `../` off without a word and looks for the rest at the
    context's top: the build fails with «not found», or one day copies another file.

    ## How to mend it

    Build from the folder above (`context: ..` and `dockerfile: app/Dockerfile` in compose, `docker build -f
    app/Dockerfile ..`) and write the paths from there, or give the other folder as a named context:
    `additional_contexts:` and `COPY --from=`.

    ## Fix safety

    There is no fix: another context changes every other path and the ignore file.

    ## Source

    Dockerfile reference, `COPY`: sources are relative to the root of the build context, and cannot leave it.
    """

    code, name, severity = "DW146", "copies-from-outside", "error"
    equivalents = ("dockerfilelint:add_src_invalid",)
    invalid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    build: app\n",
                "requirements.txt": "flask==3.1.2\n",
                "app/Dockerfile": "FROM python:3.13-slim\nCOPY ⟦../requirements.txt⟧ ./a/../b /app/\nUSER 1000\n",
            }
        ),
        Example({"Dockerfile": "FROM python:3.13-slim\nADD ⟦src/../../lib/⟧ /lib/\nUSER 1000\n"}),
    )
    valid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim AS a\nCOPY ../app.py $UP/x /app/\nUSER 1000\n",
                "app.py": "import os\n",
            }
        ),
        Example(
            {"Dockerfile": "FROM debian AS a\nFROM debian\nCOPY --from=a ../etc/x /x\nADD https://x.org/../y /y\n"}
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        found: dict[tuple[str, Span], Finding] = {}
        fine: set[tuple[str, Span]] = set()
        for image in images(project):
            for copy in image.tree.instructions:
                if not isinstance(copy, (dockerfile.Copy, dockerfile.Add)) or copy.from_ is not None:
                    continue
                for word in copy.sources:
                    path = normpath(word.value) if word.value else ""
                    if path.partition("/")[0] != ".." or "$" in path:
                        continue
                    place, inside = (image.path, word.span), normpath(f"/{path}")[1:]
                    if inside and project.exists(join(image.context, inside)):
                        fine.add(place)
                    elif place not in found:
                        found[place] = self.found(
                            Site(*place),
                            f"{word.value} is outside of the build context: the build does not see it",
                            advice="build from the folder above, or give that folder as a named context",
                        )
        # A Dockerfile may be built from several contexts: what one of them has is not missing.
        yield from (finding for place, finding in found.items() if place not in fine)
