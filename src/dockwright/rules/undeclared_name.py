"""DW343: a service, volume, network, secret or config that is used and declared nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding
from dockwright.project.compose import elements, text
from dockwright.project.interpolated import stack_calls
from dockwright.project.merged import Merged, merged
from dockwright.project.model import Project
from dockwright.project.stacks import Stack, compose_files
from dockwright.rule import Example, Rule
from dockwright.syntax import yaml
from dockwright.text import Site

_KINDS = {"volumes": "volume", "networks": "network", "secrets": "secret", "configs": "config"}


class UndeclaredName(Rule):
    """Declare what the services name

    ## What it finds

    A name in `depends_on` that is no service of the stack, and a named volume, a network, a secret or a config that
    no file of the stack declares at the top level.

    ## Why it matters

    Compose refuses the whole stack: `service "app" depends on undefined service "dp"`.

    ## How to mend it

    Correct the name, or declare it: `volumes:` at the top level with the name below it and nothing behind.

    ## Fix safety

    There is no fix: a misspelt name and a missing declaration look alike.

    ## Source

    compose-go, `loader/validate.go`, `checkConsistency`.
    """

    code, name, severity = "DW343", "undeclared-name", "error"
    invalid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    depends_on: [⟦dp⟧]\n"
                "    volumes:\n      - ⟦data⟧:/data\n    networks: [⟦back⟧]\n    secrets: [⟦key⟧]\n"
                "  db:\n    image: postgres:17.6\n"
            }
        ),
    )
    valid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    depends_on: [db]\n"
                "    volumes: ['data:/data', './src:/src', '/anonymous']\n    networks: [default, back]\n"
                "    secrets: [key]\n  db:\n    image: postgres:17.6\n"
                "volumes: {data: }\nnetworks: {back: }\nsecrets: {key: {file: key.pem}}\n",
                "key.pem": "",
            }
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    depends_on:\n"
                "      db: {condition: service_started, required: false}\n"
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        told = set()
        for stack, services in merged(project):
            # A file that nobody calls may be a part of something, and included files may declare what is missing.
            files = [compose_files(project)[path] for path in stack.files]
            if any(file.includes or file.tree.problems for file in files) or _is_part(project, stack):
                continue
            declared = {kind: {name for file in files for name, _ in file.top_level(kind)} for kind in _KINDS}
            declared["networks"].add("default")
            for service in services.values():
                for kind, name, at in _used(service):
                    known = services.keys() if kind == "service" else declared[kind]
                    if name not in known and "$" not in name and at not in told:
                        told.add(at)
                        from difflib import get_close_matches  # Slow to import, and seldom needed.

                        close = get_close_matches(name, sorted(known), 1, 0.6)
                        advice = f"did you mean {close[0]}?" if close else f"declare {name} at the top level"
                        what = _KINDS.get(kind, kind)
                        yield self.found(at, f"no {what} of this stack is called {name}", advice=advice)


def _is_part(project: Project, stack: Stack) -> bool:
    """Whether more files may belong to the stack: others are there, and no tool's call says that these are all."""
    # What Compose finds by itself, it finds together with an override that is not committed.
    named = not stack.implicit and any(stack_calls(project, stack))
    return len(compose_files(project)) > 1 and not named


def _used(service: Merged) -> Iterator[tuple[str, str, Site]]:
    for dependency in service.dependencies.values():
        if dependency.required:
            yield "service", dependency.name, dependency.site
    for layer, _ in service.written("volumes"):
        for volume in layer.volumes:
            mount = isinstance(volume.node, yaml.Mapping) and text(volume.node.get("type")) != "volume"
            if volume.source is not None and not volume.bind and not mount and volume.source.text:
                yield "volumes", volume.source.text, Site(layer.path, volume.source.span)
    for kind in ("networks", "secrets", "configs"):
        for layer, node in service.written(kind):
            names: list[yaml.Node | None] = [key for key, _ in node.entries()] if kind == "networks" else []
            for element in elements(node):
                names.append(element if isinstance(element, yaml.Scalar) else element.get("source"))
            for each in names:
                name = text(each)
                if name and each is not None:
                    yield kind, name, Site(layer.path, each.span)
