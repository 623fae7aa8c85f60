"""DW309: a database that others wait for, and that nobody asks whether it is ready."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.facts.data_services import DataService, data_service, probe, probe_fits
from dockwright.finding import Finding, Fix, Intent, Related
from dockwright.project.compose import Service
from dockwright.project.compose_changes import neighbour
from dockwright.project.merged import Dependency, Merged, merged, with_layer
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.rules._waiting import waits_by_itself
from dockwright.syntax import yaml

# Asked each second while it starts, so that what waits for it starts as soon as it is there.
_TIMES = (("interval", "10s"), ("timeout", "5s"), ("retries", "5"))
_START = (("start_period", "30s"), ("start_interval", "1s"))
_SLOW_START = (("start_period", "90s"), ("start_interval", "1s"))


class DependencyUnprobed(Rule):
    """Give databases a health check

    ## What it finds

    A database, queue or cache that another service depends on and that has no `healthcheck`. Its image brings none.
    It is an information for Redis, Valkey and Memcached, which take connections as soon as they run. A service that
    only sleeps, as development containers do, or that waits by itself (`wait-for-it.sh`, `dockerize -wait`) does not
    count.

    ## Why it matters

    Without one Compose can only wait until the container is started, which is seconds before PostgreSQL takes its
    first connection, and much longer at the first start. The application dies, or is started again and again, and
    whoever runs `up` sees it work at the second try.

    ## How to mend it

    Write a `healthcheck` with the image's own tool, and `condition: service_healthy` where it is depended on.

    ## Fix safety

    `apply` writes it for the images whose tool is known. `docker compose up --wait` waits for it from then on, so
    `audit --fix` leaves it alone.

    ## Source

    Compose's documentation, «Control startup and shutdown order»; the images' documentation.
    """

    code, name, severity, consent = "DW309", "dependency-unprobed", "warning", "refit"
    traps = (20,)
    invalid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    depends_on: [cache]\n"
                "  ⟦cache⟧:\n    image: redis:8.2\n"
            },
            becomes={
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    depends_on: [cache]\n"
                "  cache:\n    image: redis:8.2\n    healthcheck:\n      test: [CMD, redis-cli, ping]\n"
                "      interval: 10s\n      timeout: 5s\n      retries: 5\n"
                "      start_period: 30s\n      start_interval: 1s\n"
            },
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    depends_on: [db]\n"
                "  ⟦db⟧:\n    image: postgres:17.6\n"
            },
            becomes={
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    depends_on: [db]\n"
                "  db:\n    image: postgres:17.6\n    healthcheck:\n"
                "      test: [CMD-SHELL, 'pg_isready -h 127.0.0.1 "
                '-U "$${POSTGRES_USER:-postgres}" -d "$${POSTGRES_DB:-postgres}"'
                "']\n"
                "      interval: 10s\n      timeout: 5s\n      retries: 5\n"
                "      start_period: 30s\n      start_interval: 1s\n"
            },
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    depends_on: [db]\n"
                "  ⟦db⟧:\n    image: mongo:4.4\n"
            }
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    depends_on: [db]\n"
                "  ⟦db⟧:\n    image: mariadb:10.6\n"
            },
            becomes={
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    depends_on: [db]\n"
                "  db:\n    image: mariadb:10.6\n    healthcheck:\n      test: [CMD, healthcheck.sh, --connect]\n"
                "      interval: 10s\n      timeout: 5s\n      retries: 5\n"
                "      start_period: 90s\n      start_interval: 1s\n"
            },
        ),
    )
    valid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    depends_on: [cache]\n"
                "  cache:\n    image: redis:8.2\n    healthcheck:\n      test: [CMD, redis-cli, ping]\n"
            }
        ),
        Example({"compose.yaml": "name: shop\nservices:\n  cache:\n    image: redis:8.2\n"}),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    depends_on: [db]\n"
                "    command: [sleep, infinity]\n  worker:\n    image: shop\n    depends_on: [db]\n"
                "    command: ./wait-for-it.sh db:5432 -- celery -A shop worker\n"
                "  db:\n    image: postgres:17.6\n"
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        told = set()
        for _, services in merged(project):
            for service in services.values():
                known = data_service(service.image)
                if known is None or service.last("healthcheck") is not None or service.builds:
                    continue
                waiting = [
                    found
                    for other in services.values()
                    if (found := other.dependencies.get(service.name)) and not waits_by_itself(other)
                ]
                if waiting and service.site not in told:
                    told.add(service.site)
                    yield self._found(project, service, known, waiting[0])

    def _found(self, project: Project, service: Merged, known: DataService, waiting: Dependency) -> Finding:
        test = probe(service.image or "")
        advice = f"write a healthcheck: {_flow(test)}" if test else "write a healthcheck"
        return self.found(
            service.site,
            f"others start before {known.title} is ready: {service.name} has no health check",
            advice=advice,
            related=[Related(waiting.site, "depended on here")],
            fix=_fix(project, service, known, test),
            severity="info" if known.quick else None,
        )


def _fix(project: Project, service: Merged, known: DataService, test: tuple[str, ...]) -> Fix | None:
    layer = next((each for each in reversed(service.layers) if each.site == service.site), None)
    # A command may move the port or ask for a password, which the probe would have to know.
    words = [word.value for _, node in service.written("command") for word in node.strings()]
    if layer is None or not test or not probe_fits(known, words) or service.written("entrypoint"):
        return None
    times = (*_TIMES, *(_SLOW_START if known.slow else _START))
    text = f"test: {_flow(test)}\n" + "".join(f"{key}: {value}\n" for key, value in times)
    file = project.yaml(project.sources[layer.path])
    edits = yaml.insert_item(file, layer.node, "healthcheck", text, after=neighbour(layer.node, "healthcheck"))
    intends = [intent for each in _reached(project, layer) for intent in _intents(each, test, times)]
    return Fix(f"ask {service.name} whether it is ready", tuple(edits), "refit", tuple(intends))


def _reached(project: Project, layer: Service) -> list[Merged]:
    return [service for service in with_layer(project, layer) if service.last("healthcheck") is None]


def _intents(service: Merged, test: tuple[str, ...], times: tuple[tuple[str, str], ...]) -> Iterator[Intent]:
    for index, word in enumerate(test):
        yield Intent(service.at(f"healthcheck / test / {index}"), None, word)
    for key, value in times:
        yield Intent(service.at(f"healthcheck / {key}"), None, value)


def _flow(test: tuple[str, ...]) -> str:
    return "[" + ", ".join(yaml.quote(word) for word in test) + "]"
