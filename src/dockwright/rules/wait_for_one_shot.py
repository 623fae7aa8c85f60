"""DW312: `up --wait` on a stack with a service that is meant to end."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Related
from dockwright.project.interpolated import stack_calls
from dockwright.project.merged import merged
from dockwright.project.model import Project
from dockwright.project.one_shots import unawaited
from dockwright.rule import Example, Rule


class WaitForOneShot(Rule):
    """Let `up --wait` know what is meant to end

    ## What it finds

    `docker compose up --wait` on a stack with a service that runs a migration and ends, where no other service
    depends on it with `condition: service_completed_successfully`.

    ## Why it matters

    `--wait` waits until every service is running or healthy. One that has ended, even with success, makes the whole
    command fail: the deployment is red although all is well.

    ## How to mend it

    Let the application depend on the migration with `condition: service_completed_successfully`. That is also what
    makes it start after the migration.

    ## Fix safety

    There is no fix: which service needs the migration is for a person to say.

    ## Source

    docker/compose issue 10596: `up --wait` ends with 1 where a container has ended with 0; pull request 9572: not so
    where something depends on it with `service_completed_successfully`.
    """

    code, name, severity = "DW312", "wait-for-one-shot", "error"
    traps = (20, 8)
    invalid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n"
                "  ⟦migrate⟧:\n    image: shop\n    command: alembic upgrade head\n",
                "Makefile": "up:\n\tdocker compose up -d --wait\n",
            }
        ),
    )
    valid = (
        Example(
            {
                "compose.dev.yaml": "name: shop-dev\nservices:\n  migrate:\n    image: shop\n"
                "    command: alembic upgrade head\n",
                "compose.prod.yaml": "name: shop\nservices:\n  app:\n    image: shop\n",
                "Makefile": "DEV = docker compose -f compose.dev.yaml\nprod-up:\n"
                "\tdocker compose -f compose.prod.yaml up -d --wait\ndev-up:\n\t$(DEV) up -d\n",
            }
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    depends_on:\n"
                "      migrate: {condition: service_completed_successfully}\n"
                "  migrate:\n    image: shop\n    command: alembic upgrade head\n",
                "Makefile": "up:\n\tdocker compose up -d --wait\n",
            }
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n"
                "  migrate:\n    image: shop\n    command: alembic upgrade head\n    profiles: [tools]\n"
                "  server:\n    image: shop\n    command: sh -c 'alembic upgrade head && uvicorn app:app'\n",
                "Makefile": "up:\n\tdocker compose up -d --wait\n",
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        told = set()
        for stack, services in merged(project):
            waiting = [
                call
                for _, call, _ in stack_calls(project, stack)
                if call.subcommand == "up" and "--wait" in call.arguments
            ]
            for service in unawaited(services.values()) if waiting else ():
                if service.site not in told:
                    told.add(service.site)
                    yield self.found(
                        service.site,
                        f"{service.name} ends, and `up --wait` fails because of it",
                        advice="let the application depend on it with condition: service_completed_successfully",
                        related=[Related(waiting[0].at, "called here")],
                    )
