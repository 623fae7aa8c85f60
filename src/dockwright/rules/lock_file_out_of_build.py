"""DW602: a build that installs from a lock file which its context does not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockwright.finding import Finding, Related
from dockwright.project.images import Image, ignore_file_read, images, left_out
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile, shell
from dockwright.text import Site, Span

_LOCKS = {"uv": "uv.lock", "poetry": "poetry.lock", "pipenv": "Pipfile.lock", "pdm": "pdm.lock"}
# What installs from the lock file or fails: the verb, and the options of which one has to be there.
_ASSERTS: Mapping[tuple[str, str], frozenset[str]] = {
    ("uv", "sync"): frozenset({"--frozen", "--locked"}),
    ("pipenv", "sync"): frozenset(),
    ("pipenv", "install"): frozenset({"--deploy", "--ignore-pipfile"}),
    ("pdm", "sync"): frozenset(),
}


class LockFileOutOfBuild(Rule):
    """Let the build have its lock file

    ## What it finds

    A RUN that installs from the lock file, in an image whose ignore file leaves that file out of the build context;
    and a RUN that mounts a lock file which is not in the context.

    ## Why it matters

    The build stops: uv says that it cannot find the lock file, BuildKit that there is no such file to mount. Everybody
    can see the file in the repository, and looks for the mistake elsewhere.

    ## How to mend it

    Take the pattern out of the ignore file or write an exception below it: `!uv.lock`. Build from the folder that the
    lock file lies in.

    ## Fix safety

    There is no fix: the ignore file or the context, one of them is not meant.

    ## Source

    Docker's documentation of the build context; uv, «Using uv in Docker».
    """

    code, name, severity = "DW602", "lock-file-out-of-build", "error"
    traps = (34,)
    invalid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nCOPY . .\nRUN ⟦uv sync --locked⟧\nUSER 1000:1000\n",
                ".dockerignore": ".git\n*.lock\n",
                "uv.lock": "version = 1\n",
                "pyproject.toml": '[project]\nname = "shop"\n',
            }
        ),
        Example(
            {
                "api/Dockerfile": "FROM python:3.13-slim\n"
                "RUN --mount=type=bind,source=⟦uv.lock⟧,target=uv.lock uv sync --locked\nUSER 1000:1000\n",
                "compose.yaml": "name: shop\nservices:\n  api:\n    build: ./api\n",
                "uv.lock": "version = 1\n",
            }
        ),
    )
    valid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nCOPY . .\nRUN uv sync --locked\nUSER 1000:1000\n",
                ".dockerignore": "*.lock\n!uv.lock\n",
                "uv.lock": "version = 1\n",
            }
        ),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\n"
                "RUN --mount=type=bind,from=lock,source=uv.lock,target=uv.lock uv sync\n",
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        seen: set[tuple[str, Span]] = set()
        for image in images(project):
            for run in (each for each in image.tree.instructions if isinstance(each, dockerfile.Run)):
                for finding in (*self._mounts(project, image, run), *self._installs(project, image, run)):
                    if (image.path, finding.at.span) not in seen:
                        seen.add((image.path, finding.at.span))
                        yield finding

    def _mounts(self, project: Project, image: Image, run: dockerfile.Run) -> Iterator[Finding]:
        # Without a call that builds it, the context is an assumption.
        for mount in run.mounts if image.builds else ():
            source, kind = mount.part("source", "src"), mount.part("type")
            bind = kind is None or kind.value == "bind"
            if source is None or source.value not in _LOCKS.values() or not bind or mount.part("from"):
                continue
            path = join(image.context, source.value or "")
            elsewhere = sorted(other for other in project.listing if f"/{other}".endswith(f"/{source.value}"))
            if not project.is_file(path) and elsewhere:
                yield self.found(
                    Site(image.path, source.value_span or source.span),
                    f"{path} is not there to be mounted: the context is {image.context or 'the root'}",
                    advice=f"build from the folder of {elsewhere[0]}",
                )

    def _installs(self, project: Project, image: Image, run: dockerfile.Run) -> Iterator[Finding]:
        script = run.command.shell
        if script is None or not any(manager in script.text for manager in _LOCKS):
            return
        for simple in shell.parse(script).commands:
            command = shell.unwrap(simple)
            words = {word.value for word in command.arguments}
            verb = next((word.value for word in command.arguments if not word.text.startswith("-")), None)
            options = _ASSERTS.get((command.name or "", verb or ""))
            lock = _LOCKS.get(command.name or "")
            if options is None or lock is None or (options and options.isdisjoint(words)):
                continue
            ignored = project.is_file(join(image.context, lock)) and left_out(project, image)(lock)
            if ignored and not _named(image, lock):
                file = ignore_file_read(project, image) or ""
                yield self.found(
                    Site(image.path, command.span),
                    f"this installs from {lock}, which {file} leaves out of the build",
                    advice=f"write !{lock} at the end of {file}",
                    related=[Related(Site(file, Span(0, 0)), "the ignore file that is read")],
                )


def _named(image: Image, lock: str) -> bool:
    """Whether a COPY names the lock file itself: that it is left out is then told there."""
    return any(
        word.value.rpartition("/")[2] == lock
        for copy in image.tree.instructions
        if isinstance(copy, dockerfile.Copy) and copy.from_ is None
        for word in copy.sources
    )
