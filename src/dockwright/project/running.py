"""Running: what each service of each stack runs in the end, from its compose files and from the image that it has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from posixpath import join as below

from msgspec import Struct

from dockwright.project.compose import settled
from dockwright.project.images import Image, images
from dockwright.project.merged import Merged, merged
from dockwright.project.model import Project, Trees, view
from dockwright.project.modules import module_file
from dockwright.project.processes import Process, of_command, of_compose
from dockwright.project.references import is_relative, join
from dockwright.project.serving import Server, server_of_script
from dockwright.project.stacks import Stack
from dockwright.syntax import dockerfile, python_code, yaml
from dockwright.text import Mapped


class Running(Struct, frozen=True):
    """A service with the processes that its container starts, in order.

    `image` and `stage` are what its image is built from, by itself or by the service of its stack that builds the same
    name; None for an image from elsewhere. `own_command` is whether a compose file says the command.
    """

    service: Merged
    image: Image | None
    stage: dockerfile.Stage | None
    processes: tuple[Process, ...]
    own_command: bool

    @property
    def server(self) -> Server | None:
        """The server that it starts, if it starts one."""
        return next((process.server for process in self.processes if process.server is not None), None)

    @property
    def folder(self) -> str | None:
        """The folder that it starts in; None where nothing here says it, or only a variable knows."""
        said = self.service.text("working_dir")
        if said is not None or self.image is None or self.stage is None:
            return said
        found = "/"
        for stage in reversed(list(self.image.lineage(self.stage))):
            for instruction in stage.instructions:
                if isinstance(instruction, dockerfile.Workdir):
                    found = below(found, instruction.value.value)
        return None if "$" in found else found


@view
def running(project: Project) -> tuple[tuple[Stack, Mapping[str, Running]], ...]:
    """Every stack with what its services run."""
    by_place = {(image.path, image.context): image for image in images(project)}
    found = []
    for stack, services in merged(project):
        built = {name: _built(service, by_place) for name, service in services.items()}
        tags = {
            service.image: built[name]
            for name, service in reversed(list(services.items()))
            if service.image and built[name] is not None
        }
        found.append(
            (
                stack,
                {
                    name: _running(project.trees, service, built[name] or tags.get(service.image or ""))
                    for name, service in services.items()
                },
            )
        )
    return tuple(found)


def of_layers(project: Project, services: Iterable[Merged]) -> tuple[Running, ...]:
    """What these services run."""
    wanted = {(service.place, service.name) for service in services}
    return tuple(
        each
        for _, run in running(project)
        for each in run.values()
        if (each.service.place, each.service.name) in wanted
    )


def full_server(project: Project, run: Running) -> Server | None:
    """The server of a service, with the host, port and scheme that its script says where the command does not."""
    server = run.server
    if server is None or server.program != "python" or server.app is None:
        return server
    path = script(project, run, server.app)
    source = project.sources.get(path or "")
    said = None if source is None else server_of_script(source, lambda each: project.trees.of(python_code.parse, each))
    return server if said is None else said.server


def script(project: Project, run: Running, app: str) -> str | None:
    """The file of a script or module that a service runs by name; looked for where the image is built."""
    context = "" if run.image is None else run.image.context
    for folder in dict.fromkeys((context, "")):
        path = join(folder, app)
        if path in project.sources:
            return path
        module = module_file(app, join(folder, "x"), project.sources)
        if module is not None:
            return module
        main = join(folder, f"{app.replace('.', '/')}/__main__.py")
        if main in project.sources:
            return main
    return None


def _built(service: Merged, by_place: Mapping[tuple[str, str], Image]) -> tuple[Image, dockerfile.Stage | None] | None:
    """The image and stage that a service builds, each part as the last layer that writes it says."""
    builds = [layer.build for layer, _ in service.written("build") if layer.build is not None]
    if not builds or any(build.inline is not None for build in builds):
        return None
    said = {
        key: next(
            (written.value for build in reversed(builds) if (written := getattr(build, key)) is not None), default
        )
        for key, default in (("context", "."), ("dockerfile", "Dockerfile"), ("target", ""))
    }
    context, name, target = (settled(text) for text in said.values())
    if context is None or name is None or not is_relative(context) or not is_relative(name):
        return None
    where = join(service.stack.project_directory, context)
    image = by_place.get((join(where, name), where))
    if image is None or target is None or not image.tree.stages:
        return None
    return image, image.by_name.get(target.lower()) if target else image.tree.stages[-1]


def _running(trees: Trees, service: Merged, built: tuple[Image, dockerfile.Stage | None] | None) -> Running:
    image, stage = built or (None, None)
    read = (*service.layers, None if image is None else image.tree, stage)
    processes = trees.kept(_processes, service.place, read, lambda: _processes(service, image, stage))
    own_command = any(service.last(key) is not None for key in ("command", "entrypoint"))
    return Running(service, image, stage, processes, own_command)


def _processes(service: Merged, image: Image | None, stage: dockerfile.Stage | None) -> tuple[Process, ...]:
    """What a container starts, as the layers of its service and the instructions of its image say."""
    entrypoint, command = service.last("entrypoint"), service.last("command")
    processes: list[Process] = []
    for said, kind in ((entrypoint, dockerfile.Entrypoint), (command, dockerfile.Cmd)):
        if said is not None:
            processes += of_compose(_words(said[1]))
        elif image is not None and stage is not None and (said is entrypoint or entrypoint is None):
            instruction = image.last(stage, kind)
            processes += of_command(instruction.command) if instruction is not None else ()
    return tuple(processes)


def _words(node: yaml.Node) -> Mapped | tuple[yaml.Scalar, ...]:
    return node.mapped if isinstance(node, yaml.Scalar) else node.strings()
