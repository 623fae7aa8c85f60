"""Dockerfiles to their folder, with the ignore file where BuildKit reads it for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from posixpath import basename, dirname

from dockwright.project.compose import scalar
from dockwright.project.images import images
from dockwright.project.model import Project
from dockwright.project.naming import mentions
from dockwright.project.python_side import packagings
from dockwright.project.references import Reference, is_relative, join
from dockwright.project.stacks import commands, compose_files, services, stacks
from dockwright.refactor.layout.rewriting import OWNER, Rewriting, relative
from dockwright.refactor.step import Proposal
from dockwright.syntax import yaml
from dockwright.text import Edit, Site, Span

DOCKER_FOLDER = "docker"

_FINDS_IT_BY_NAME = frozenset(
    ["fly.toml", "render.yaml", "railway.json", "railway.toml", "captain-definition", "app.yaml", "koyeb.yaml"]
)
"""Files of platforms that build the Dockerfile of the root unless they name another.

Sources: the platforms' references of their configuration files.
"""


class Dockerfiles:
    """Moves the Dockerfiles of the root to `docker/`."""

    name = OWNER
    title = "Dockerfiles in their own folder, every reference to them rewritten"

    def propose(self, project: Project) -> Proposal:
        """The Dockerfiles' move; the build context stays the root."""
        moves = _moves(project)
        if not moves:
            return Proposal()
        moving = _Moving(project, moves)
        mentioned = [ref for ref in mentions(project, moves) if moving.is_path(ref)]
        edits = [*moving.following(mentioned), *moving.services(), *moving.calls()]
        moving.platforms()
        names = [path for path in moves if not path.endswith(".dockerignore")]
        what = "the Dockerfile" if len(names) == 1 else f"{len(names)} Dockerfiles"
        return moving.proposal(f"move {what} to {DOCKER_FOLDER}/", f"{', '.join(names)}: stays in the root", edits)


def _moves(project: Project) -> dict[str, str]:
    """The Dockerfiles of a Python project's root that are built from the root; the ignore file of an only one too."""
    if not any(packaging.folder == "" for packaging in packagings(project)):
        return {}
    found: dict[str, str] = {}
    stay = {image.path for image in images(project) if image.context}
    at_root = [image.path for image in images(project) if not image.context]
    for path in dict.fromkeys(at_root):
        new = join(DOCKER_FOLDER, path)
        if not dirname(path) and path not in stay and not project.exists(new) and project.sources[path].link is None:
            found[path] = new
            own = f"{path}.dockerignore"
            if project.is_file(own):
                found[own] = f"{new}.dockerignore"
    ignore = ".dockerignore"
    if len(set(at_root)) == len(found) == 1 and ignore in project.sources:
        found[ignore] = f"{next(iter(found.values()))}.dockerignore"
    return found


class _Moving(Rewriting):
    """The edits that go with the moves of Dockerfiles."""

    def __init__(self, project: Project, moves: Mapping[str, str]) -> None:
        super().__init__(project, moves)
        self.implied = moves.get("Dockerfile")
        """Where the Dockerfile goes that a build takes which names none."""

    def is_path(self, ref: Reference) -> bool:
        """Whether a mention is meant as a path: `Dockerfile` is a noun, too."""
        if basename(ref.target).lower() not in ("dockerfile", "containerfile"):
            return True
        text = self.project.sources[ref.at.path].text
        before, after = text[: ref.at.span.start], text[ref.at.span.end : ref.at.span.end + 2]
        if before.endswith("`") and after.startswith("`"):
            return self.project.kinds.get(ref.at.path) == "document"
        lead = before[before.rfind("\n") + 1 :]
        if ref.at.path.endswith(".dockerignore"):
            return lead in ("", "!") and not after[:1].strip()
        # A tree of the files: its lines begin with their names, and say in a column what they are.
        return self.project.kinds.get(ref.at.path) == "document" and not lead.strip("│├└─| +-`") and after == "  "

    def services(self) -> Iterator[Edit]:
        """A service that only names its context names its Dockerfile, too."""
        if self.implied is None:
            return
        done: set[Site] = set()
        for stack in stacks(self.project):
            for layers in services(self.project, stack).values():
                named = any(layer.build is not None and layer.build.dockerfile is not None for layer in layers)
                for layer in layers:
                    build = layer.build
                    if build is None or named or build.inline is not None or layer.site in done:
                        continue
                    written = "." if build.context is None else build.context.value
                    context = join(stack.project_directory, written) if is_relative(written) else None
                    if context != "" or (build.context is None and len(layers) > 1):
                        continue
                    done.add(layer.site)
                    tree = compose_files(self.project)[layer.path].tree
                    if isinstance(build.node, yaml.Mapping):
                        yield from yaml.insert_item(tree, build.node, "dockerfile", self.implied, after="context")
                    elif layer.node.item("build") is not None:
                        # A context that another file of the stack shall move is given in this one's terms already.
                        text = f"context: {yaml.quote(written)}\ndockerfile: {self.implied}\n"
                        yield from yaml.set_value(tree, layer.node, "build", text)

    def calls(self) -> Iterator[Edit]:
        """`docker build .` and a workflow's build step name the Dockerfile."""
        if self.implied is None:
            return
        for path, said in commands(self.project).items():
            for call in said.builds:
                if not call.implicit or call.dockerfile != "Dockerfile":
                    continue
                edits = list(self._action(path, call.at))
                if call.insert_at is not None:
                    added = f" -f {relative(self.implied, call.cwd)}"
                    edits = [Edit(path, Span(call.insert_at, call.insert_at), added)]
                yield from edits
                if not edits:
                    self.stay(call.at, f"add -f {self.implied} to this call", "it is put together from several places")

    def _action(self, path: str, at: Site) -> Iterator[Edit]:
        """A step of a workflow gets `file`, beside its other inputs."""
        if self.implied is None or self.project.kinds[path] != "ci" or not path.endswith((".yml", ".yaml")):
            return
        file = self.project.yaml(self.project.sources[path])
        for step in _mappings(file.root):
            uses = scalar(step.get("uses"))
            if uses is None or uses.span != at.span:
                continue
            inputs = yaml.resolve(step.get("with"))
            if isinstance(inputs, yaml.Mapping):
                yield from yaml.insert_item(file, inputs, "file", f"./{self.implied}", after="context")
            elif inputs is None:
                yield from yaml.insert_item(file, step, "with", f"file: ./{self.implied}\n", after="uses")

    def platforms(self) -> None:
        """A platform's file that names no Dockerfile finds the one in the root, and no other."""
        for path in self.project.kinds:
            if basename(path) in _FINDS_IT_BY_NAME and "Dockerfile" not in self.project.sources[path].text:
                at = Site(path, Span(0, 0))
                self.stay(at, f"name {self.implied} here", "the platform builds the Dockerfile of the root")


def _mappings(node: yaml.Node | None) -> Iterator[yaml.Mapping]:
    if isinstance(node, yaml.Mapping):
        yield node
        for item in node.items:
            yield from _mappings(item.value)
    elif isinstance(node, yaml.Sequence):
        for element in node.items:
            yield from _mappings(element)
