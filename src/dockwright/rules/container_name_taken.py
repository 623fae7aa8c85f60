"""DW313: one container name for two services or two stacks."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Related
from dockwright.project.merged import Merged, every_service
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.text import Site


class ContainerNameTaken(Rule):
    """Let no two services fight for one container name

    ## What it finds

    The same `container_name` on two services of a stack, or in two stacks with different project names.

    ## Why it matters

    Names of containers are unique on a host. The second one does not start: `The container name "/db" is already in
    use`. For two stacks it means that development and tests cannot run at the same time.

    ## How to mend it

    Take `container_name` away: Compose calls it `<project>-<service>-1` by itself.

    ## Fix safety

    There is no fix here: DW314, on fixed container names, takes the name away.

    ## Source

    Compose's documentation of `container_name`.
    """

    code, name, severity = "DW313", "container-name-taken", "error"
    equivalents = ("dclint:no-duplicate-container-names",)
    traps = (21,)
    invalid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    container_name: shop\n"
                "  worker:\n    image: shop\n    container_name: ⟦shop⟧\n"
            }
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n    container_name: db\n",
                "compose.test.yaml": "name: shop-test\nservices:\n  db:\n    image: postgres:17.6\n"
                "    container_name: ⟦db⟧\n",
            }
        ),
    )
    valid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    container_name: shop-app\n"
                "  worker:\n    image: shop\n    container_name: shop-worker\n"
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        taken: dict[str, list[tuple[Merged, Site]]] = {}
        told: set[Site] = set()
        # Development first: the others are the ones that come to it.
        ordered = sorted(every_service(project), key=lambda service: service.stack.name not in ("default", "dev"))
        for service in ordered:
            name, last = service.text("container_name"), service.last("container_name")
            if not name or last is None:
                continue
            at = Site(last[0].path, last[1].span)
            before = taken.setdefault(name, [])
            other = next((each for each in before if _clash(service, each[0]) and each[1] != at), None)
            before.append((service, at))
            if other is not None and at not in told and all(at != site for _, site in before[:-1]):
                told.add(at)
                first, place = other
                where = first.name if first.stack is service.stack else f"the {first.stack.name} stack"
                message = f"the container name {name} belongs to {where} already"
                yield self.found(at, message, advice="take container_name away", related=[Related(place, "first here")])


def _clash(service: Merged, other: Merged) -> bool:
    """Whether two services may want the name at one time: in one stack, or in two projects of the same repository."""
    if service.stack is other.stack:
        return service.name != other.name
    pair = {service.stack.name, other.stack.name}
    beside = bool(pair & {"test", "ci"}) and bool(pair & {"dev", "default"})
    return beside and service.stack.project_name != other.stack.project_name
