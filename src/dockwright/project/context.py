"""The build context: what COPY and ADD take out of it, and which of it ends in an image that somebody runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from posixpath import basename, normpath

from msgspec import Struct

from dockwright.facts.context_files import HARMLESS_FOLDERS, is_private
from dockwright.facts.secret_names import names_a_secret
from dockwright.project.images import Image, images, left_out
from dockwright.project.model import Project, view
from dockwright.syntax import dockerfile
from dockwright.text import Site, lazy_regex

# `.env.sample` and `.env_circleci`, but not `.env.latest` or `.env.social`.
_HARMLESS_ENV = lazy_regex(r"example|sample|template|tmpl|tpl|circleci|(?<![a-z])(?:dist|test|build|ci(?![a-z]))")


class Taken(Struct, frozen=True):
    """One source of a COPY or ADD that is a path of the context, without variables; `path` is relative to the context.

    The context's root is the empty string.
    """

    image: Image
    stage: dockerfile.Stage
    instruction: dockerfile.Copy | dockerfile.Add
    word: dockerfile.Word
    path: str

    @property
    def site(self) -> Site:
        """Where the source stands."""
        return Site(self.image.path, self.word.span)

    def covers(self, path: str) -> bool:
        """Whether a path, relative to the context, is the source or lies below it."""
        return not self.path or path == self.path or path.startswith(self.path + "/")


def taken(image: Image) -> Iterator[Taken]:
    """Every static source in the context that the Dockerfile's stages take."""
    for stage in image.tree.stages:
        for instruction in stage.of(dockerfile.Copy, dockerfile.Add):
            if not isinstance(instruction, (dockerfile.Copy, dockerfile.Add)) or instruction.from_ is not None:
                continue
            excludes = instruction.flag("exclude") is not None
            for word in instruction.sources:
                written = word.value
                if not excludes and not any(sign in written for sign in "*?[$\\<") and "://" not in written:
                    path = normpath(written.lstrip("/") or ".")
                    if not path.startswith("..") and not written.startswith("git@"):
                        yield Taken(image, stage, instruction, word, "" if path == "." else path)


def shipped(image: Image) -> frozenset[int]:
    """The stages whose files are in an image that somebody runs: the shipped ones and what they build upon."""
    return frozenset(above.index for stage in image.shipped for above in image.lineage(stage))


def by_image(project: Project, wanted: Callable[[Taken], bool]) -> Iterator[tuple[Image, list[Taken]]]:
    """The images with those of their sources that end in an image and are wanted, each place once."""
    known: set[Site] = set()
    for image in images(project):
        kept = shipped(image)
        found = [
            source
            for source in taken(image)
            if source.stage.index in kept and source.site not in known and wanted(source)
        ]
        known.update(source.site for source in found)
        if found:
            yield image, found


@view
def secret_files(project: Project) -> tuple[str, ...]:
    """The files that hold secrets: keys by their names, and env files that give a secret's name a value."""
    found = {path for path in project.listing if is_private(path)}
    for path, file in project.env_files.items():
        harmless = _HARMLESS_ENV.search(basename(path).lower()) is not None
        harmless = harmless or not HARMLESS_FOLDERS.isdisjoint(path.lower().split("/")[:-1])
        if not harmless and any(names_a_secret(entry.key) and entry.value.text.strip() for entry in file.entries):
            found.add(path)
    return tuple(sorted(found))


def below(project: Project, image: Image, paths: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Those of the paths that lie in the image's context and are not left out: from the context, and from the root."""
    prefix = f"{image.context}/" if image.context else ""
    ignored: Callable[[str], bool] = left_out(project, image)
    for path in paths:
        if path.startswith(prefix) and not ignored(path[len(prefix) :]):
            yield path[len(prefix) :], path
