"""DW335: a named volume at a folder that the image's user cannot write to."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname, join, normpath

from dockwright.finding import Finding, Related
from dockwright.project.compose import Service
from dockwright.project.images import Image, images
from dockwright.project.merged import Merged, every_service
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Site

# Commands that make folders or change their owners.
_MAKERS = ("mkdir", "chown", "install ", "chmod", "useradd", "adduser")

_DOCKERFILE = (
    "FROM python:3.13-slim\nRUN useradd --uid 1000 app\nWORKDIR /app\nCOPY src src\n"
    'USER 1000:1000\nCMD ["python", "-m", "src"]\n'
)
_COMPOSE = "name: shop\nservices:\n  app:\n    build: .\n    volumes:\n      - ⟦logs:/app/logs⟧\nvolumes:\n  logs:\n"


class VolumeNotWritable(Rule):
    """Make a volume's folder in the image, and give it to the user

    ## What it finds

    A service that is built here from an image with a user of its own, and that has a named volume at a folder which
    nothing in the Dockerfile makes or gives to that user.

    ## Why it matters

    A new volume takes owner and content from the image's folder. Where the image has none, Docker makes it for root,
    and the application stops with `Permission denied` at its first write. A volume that an earlier image filled as
    root stays root's, too, whatever the new image says.

    ## How to mend it

    Before `USER`: `RUN mkdir -p /app/logs && chown 1000:1000 /app/logs`. For a volume that is there already, once:
    `docker run --rm -v shop_logs:/v busybox chown -R 1000:1000 /v`.

    ## Fix safety

    There is no fix: an entry point may change the owner itself.

    ## Source

    Docker's documentation, «Populate a volume using a container».
    """

    code, name, severity = "DW335", "volume-not-writable", "warning"
    traps = (40, 24)
    invalid = (Example({"Dockerfile": _DOCKERFILE, "compose.yaml": _COMPOSE, "src/__main__.py": ""}),)
    valid = (
        Example(
            {
                "Dockerfile": _DOCKERFILE.replace("COPY", "RUN mkdir logs && chown 1000:1000 /app/logs\nCOPY"),
                "compose.yaml": _COMPOSE.replace("⟦", "").replace("⟧", ""),
                "src/__main__.py": "",
            }
        ),
        Example(
            {
                "Dockerfile": _DOCKERFILE.replace("COPY", "RUN chown -R 1000:1000 /app\nCOPY"),
                "compose.yaml": _COMPOSE.replace("⟦", "").replace("⟧", ""),
                "src/__main__.py": "",
            }
        ),
        Example(
            {
                "Dockerfile": _DOCKERFILE.replace("USER 1000:1000\n", ""),
                "compose.yaml": _COMPOSE.replace("⟦", "").replace("⟧", ""),
                "src/__main__.py": "",
            }
        ),
        Example(
            {
                "Dockerfile": _DOCKERFILE,
                "compose.yaml": _COMPOSE.replace("⟦", "")
                .replace("⟧", "")
                .replace("build: .", "build: .\n    user: root"),
                "src/__main__.py": "",
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        by_site = {call.at: image for image in images(project) for call in image.builds}
        told = set()
        for service in every_service(project):
            image = _image(service, by_site)
            # An entry point runs first, and may be what changes the owner; another user is the compose file's word.
            if image is None or not image.shipped or service.written("user") or service.written("entrypoint"):
                continue
            stage = _stage(image, service)
            user = None if stage is None else image.last(stage, dockerfile.User)
            if stage is None or user is None or _is_root(user.value.value) or image.last(stage, dockerfile.Entrypoint):
                continue
            for layer in service.layers:
                for volume in layer.volumes:
                    at = Site(layer.path, volume.node.span)
                    named = volume.source is not None and not volume.bind and "ro" not in volume.options.split(",")
                    if named and at not in told and not _is_made(image, stage, volume.target):
                        told.add(at)
                        yield self.found(
                            at,
                            f"user {user.value.value} cannot write to {volume.target}: the image does not have it",
                            advice=f"make it in the Dockerfile: RUN mkdir -p {volume.target} && chown "
                            f"{user.value.value} {volume.target}",
                            related=[Related(Site(image.path, user.value.span), "the user")],
                        )


def _image(service: Merged, by_site: dict[Site, Image]) -> Image | None:
    last = service.last("build")
    if last is None:
        return None
    layer: Service = last[0]
    build = layer.build
    return None if build is None else by_site.get(Site(layer.path, build.node.span))


def _stage(image: Image, service: Merged) -> dockerfile.Stage | None:
    target = None
    for layer in service.layers:
        if layer.build is not None:
            target = layer.build.target
    return image.tree.stages[-1] if target is None else image.by_name.get(target.value.lower())


def _is_root(user: str) -> bool:
    return user.partition(":")[0] in ("root", "0") or "$" in user


def _is_made(image: Image, stage: dockerfile.Stage, target: str) -> bool:
    """Whether an instruction of the stage or its parents may make the folder, or give it or one above it away.

    Whatever cannot be told counts as doing so.
    """
    if "$" in target or target.startswith(("/home/", "/tmp", "/var/tmp")):  # noqa: S108
        return True
    folders = [normpath(target)]
    while (above := dirname(folders[-1])) not in ("/", "", folders[-1]):
        folders.append(above)
    for ancestor in reversed(list(image.lineage(stage))):
        workdir = "/"
        for instruction in ancestor.instructions:
            if isinstance(instruction, dockerfile.Workdir):
                workdir = join(workdir, instruction.value.value)
                if "$" in workdir or workdir == folders[0]:
                    return True
            elif isinstance(instruction, dockerfile.Run):
                if _gives(instruction.arguments.text, folders, workdir):
                    return True
            elif isinstance(instruction, (dockerfile.Copy, dockerfile.Add)) and instruction.flag("chown") is not None:
                place = normpath(join(workdir, instruction.destination.value))
                if "$" in place or place in folders or place.startswith(folders[0]):
                    return True
    return False


def _gives(text: str, folders: list[str], workdir: str) -> bool:
    """Whether a RUN makes the folder, or changes the owner of it or of one above it."""
    if not any(word in text for word in _MAKERS):
        return False
    if "$" in text or ".sh" in text:
        return True
    # A name of a user is no folder: where none is made, only whole paths count.
    relative = any(word in text for word in ("mkdir", "chown", "install "))
    words = (word.strip("\"';") for word in text.split())
    written = {normpath(join(workdir, word)) for word in words if relative or word.startswith("/")}
    return not written.isdisjoint(folders)
