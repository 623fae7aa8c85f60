"""DW315: a volume where the database does not keep its data."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.facts.data_services import POSTGRES_VOLUME_SINCE_18, data_service, postgres_major
from dockwright.finding import Finding, Fix, Intent
from dockwright.project.compose import Service, Volume, colon_parts
from dockwright.project.merged import Merged, every_service, with_layer
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import yaml
from dockwright.text import Edit, Site


class DataVolumeMisplaced(Rule):
    """Mount PostgreSQL's volume where its version keeps the data

    ## What it finds

    A PostgreSQL image up to 17 with a volume at `/var/lib/postgresql`, or one from 18 on with a volume at
    `/var/lib/postgresql/data`. `PGDATA` in the service's environment settles it, and the rule is silent.

    ## Why it matters

    Up to 17 the image declares a volume of its own at `/var/lib/postgresql/data`. The data go there, into a volume
    without a name, the named one stays empty, and `docker compose down` loses the database. From 18 on the image
    refuses to start with a mount at the old place.

    ## How to mend it

    Mount `/var/lib/postgresql/data` up to 17, `/var/lib/postgresql` from 18 on. Dump the data first: they are in the
    volume without a name.

    ## Fix safety

    Unsafe: the database comes up empty until the dump is restored.

    ## Source

    The image's documentation, «PGDATA»; docker-library/postgres, pull request 1259.
    """

    code, name, severity, consent = "DW315", "data-volume-misplaced", "error", "unsafe"
    traps = (22,)
    invalid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n    volumes:\n"
                "      - ⟦data:/var/lib/postgresql⟧\nvolumes:\n  data:\n"
            },
            becomes={
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n    volumes:\n"
                "      - data:/var/lib/postgresql/data\nvolumes:\n  data:\n"
            },
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:18-alpine\n    volumes:\n"
                "      - ⟦data:/var/lib/postgresql/data⟧\nvolumes:\n  data:\n"
            },
            becomes={
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:18-alpine\n    volumes:\n"
                "      - data:/var/lib/postgresql\nvolumes:\n  data:\n"
            },
        ),
    )
    valid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n    volumes:\n"
                "      - data:/var/lib/postgresql/data/\nvolumes:\n  data:\n"
            }
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:18\n"
                "    environment: {PGDATA: /var/lib/postgresql/data/pgdata}\n    volumes:\n"
                "      - data:/var/lib/postgresql/data\nvolumes:\n  data:\n"
            }
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:${VERSION}\n    volumes:\n"
                "      - data:/var/lib/postgresql\nvolumes:\n  data:\n"
            }
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: pgvector/pgvector:0.8.1-pg18\n    volumes:\n"
                "      - data:/var/lib/postgresql\nvolumes:\n  data:\n"
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        told = set()
        for service in every_service(project):
            image = service.image
            major = None if image is None else postgres_major(image)
            known = data_service(image)
            if image is None or major is None or known is None or known.data is None or _moved(service):
                continue
            right, wrong = known.data, POSTGRES_VOLUME_SINCE_18
            if major >= 18:
                right, wrong = wrong, right
            mounts = [(layer, volume) for layer in service.layers for volume in layer.volumes]
            targets = {volume.target.rstrip("/") for _, volume in mounts}
            for layer, volume in mounts:
                at = Site(layer.path, volume.node.span)
                if volume.target.rstrip("/") == wrong and right not in targets and at not in told:
                    told.add(at)
                    yield self.found(
                        at,
                        f"PostgreSQL {major} keeps its data in {right}: this volume stays empty"
                        if major < 18
                        else f"PostgreSQL {major} wants its volume at {right}, and does not start with this one",
                        advice=f"mount it at {right}, with a dump of the data at hand",
                        fix=_fix(project, layer, volume, right),
                    )


def _moved(service: Merged) -> bool:
    """Whether the service says itself where the data are, or an env file may."""
    return any("PGDATA" in layer.environment for layer in service.layers)


def _fix(project: Project, layer: Service, volume: Volume, right: str) -> Fix | None:
    node = volume.node
    if isinstance(node, yaml.Mapping):
        own = node.item("target")
        if own is None or not isinstance(own.value, yaml.Scalar):
            return None
        edits = yaml.set_scalar(project.yaml(project.sources[layer.path]), own.value, right)
    elif isinstance(node, yaml.Scalar) and (parts := colon_parts(node.mapped))[1:]:
        edits = [Edit(layer.path, parts[1].span, right)]
    else:
        return None
    intends = []
    for service in with_layer(project, layer):
        mounts = [each for other in service.layers for each in other.volumes]
        if len(service.written("volumes")) != 1:
            return None
        index = next(at for at, each in enumerate(mounts) if each.node is node)
        intends.append(Intent(service.at(f"volumes / {index} / target"), volume.target, right))
    return Fix(f"mount the data at {right}", tuple(edits), "unsafe", tuple(intends))
