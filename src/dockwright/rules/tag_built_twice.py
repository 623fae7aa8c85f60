"""DW334: two services that build one image."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Related
from dockwright.project.merged import Merged, merged
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.text import Site


class TagBuiltTwice(Rule):
    """Build each image in one service

    ## What it finds

    Two or more services of one stack that have a `build` and the same `image` name: one finding an image.

    ## Why it matters

    `docker compose build` builds both at once and lets both write the name. On the containerd image store, Docker
    Desktop's default, one of them fails now and then with `already exists`. Where the two builds differ, the last
    one wins for both services.

    ## How to mend it

    Keep `build` in one of them. In the other write `image` alone, and `depends_on` the first where they start
    together.

    ## Fix safety

    There is no fix: which of them is the one that builds is for a person to say.

    ## Source

    docker/compose issues 963 and 7343: Compose builds an image for each service, also where the name is the same.
    """

    code, name, severity = "DW334", "tag-built-twice", "warning"
    traps = (39,)
    invalid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    build: .\n    image: shop:latest\n"
                "  worker:\n    ⟦build⟧: .\n    image: shop:latest\n",
                "Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\n",
            }
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    build: .\n    image: shop:latest\n"
                "  worker:\n    ⟦build⟧: .\n    image: shop:latest\n  beat:\n    build: .\n    image: shop:latest\n",
                "Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\n",
            }
        ),
    )
    valid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    build: .\n    image: shop:latest\n"
                "  worker:\n    image: shop:latest\n  other:\n    build: .\n",
                "Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\n",
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        told: set[Site] = set()
        for _, services in merged(project):
            built: dict[str, dict[Site, Merged]] = {}
            for service in services.values():
                at = _build(service)
                if service.builds and service.image and at is not None:
                    built.setdefault(service.image, {}).setdefault(at, service)
            for image, ((place, first), *others) in ((image, found.items()) for image, found in built.items()):
                others = [(at, service) for at, service in others if at not in told]
                if others:
                    told.update(at for at, _ in others)
                    (at, service), *more = others
                    related = [(place, "built here, too"), *((site, f"{other.name}, too") for site, other in more)]
                    yield self.found(
                        at,
                        f"{service.name} and {first.name} both build {image}",
                        advice=f"keep `image: {image}` here, and build it in {first.name} alone",
                        related=[Related(site, said) for site, said in related],
                    )


def _build(service: Merged) -> Site | None:
    """The key of the `build` that counts, where the service or what it extends writes it itself."""
    for layer in reversed(service.layers):
        item = layer.node.item("build")
        if item is not None:
            return Site(layer.path, item.key.span)
    return None
