"""DW120: migrations that run with each start of the server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from posixpath import basename, normpath

from dockwright.finding import Finding, Related
from dockwright.project import processes
from dockwright.project.compose import Service
from dockwright.project.images import images
from dockwright.project.model import Project
from dockwright.project.processes import Process
from dockwright.project.stacks import written_services
from dockwright.rule import Example, Rule
from dockwright.rules._developers import FOR_DEVELOPERS
from dockwright.syntax import dockerfile, shell
from dockwright.text import Mapped, Site, Source


class MigrationsWithServer(Rule):
    """Migrate the database in a job of its own

    ## What it finds

    A `CMD`, `ENTRYPOINT` or compose `command` that runs `alembic upgrade`, `manage.py migrate`, `flask db upgrade` or
    `aerich upgrade` and then the server, by itself or in a script that it runs. What a script does only under a
    condition, and stacks for development, tests and CI, are left alone, and so is a service with its source mounted.

    ## Why it matters

    Every replica migrates when it starts, and two at once race: one fails with a lock or a duplicate table, or both
    half succeed. A migration that takes long keeps the server from answering, its health check kills it, and the
    next start begins again. A rollback of the server migrates nothing back.

    ## How to mend it

    Make the migration a service of its own with the same image, and let the server wait for it with
    `depends_on: {migrate: {condition: service_completed_successfully}}`. In Kubernetes it is a Job.

    ## Fix safety

    There is no fix: when a deployment migrates is its owner's to decide.

    ## Source

    Compose, «Control startup order»; Alembic's documentation on running migrations.
    """

    code, name, severity = "DW120", "migrations-with-server", "warning"
    traps = (8,)
    invalid = (
        Example(
            {"Dockerfile": 'FROM python:3.13-slim\nCMD sh -c "⟦alembic upgrade head⟧ && uvicorn src.main:app"\n'},
        ),
        Example(
            {
                "Dockerfile": 'FROM python:3.13-slim\nENTRYPOINT ["./start.sh"]\n',
                "start.sh": "#!/bin/sh\n⟦python manage.py migrate --noinput⟧\nexec gunicorn shop.wsgi\n",
            },
        ),
        Example(
            {
                "compose.prod.yaml": "name: shop\nservices:\n  app:\n    image: shop\n"
                "    command: bash -c '⟦flask db upgrade⟧ && gunicorn shop:app'\n"
            },
        ),
    )
    valid = (
        Example({"Dockerfile": 'FROM python:3.13-slim\nCMD ["uvicorn", "src.main:app"]\n'}),
        Example(
            {
                "compose.prod.yaml": "name: shop\nservices:\n  migrate:\n    image: shop\n"
                "    command: alembic upgrade head\n  app:\n    image: shop\n    command: uvicorn src.main:app\n"
            },
        ),
        Example(
            {
                "Dockerfile": 'FROM python:3.13-slim\nENTRYPOINT ["./start.sh"]\n',
                "start.sh": '#!/bin/sh\nif [ "$MIGRATE" = 1 ]; then alembic upgrade head; fi\n'
                "exec uvicorn src.main:app\n",
            },
        ),
        Example(
            {
                "compose.dev.yaml": "name: shop\nservices:\n  app:\n    image: shop\n"
                "    command: sh -c 'alembic upgrade head && uvicorn src.main:app --reload'\n"
            },
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    build: .\n    volumes: ['./:/app']\n"
                "    command: sh -c 'alembic upgrade head && uvicorn src.main:app'\n"
            },
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        found: dict[Site, Finding] = {}
        for image in images(project):
            for stage in image.shipped:
                parts = [image.last(stage, kind) for kind in (dockerfile.Entrypoint, dockerfile.Cmd)]
                run = [process for part in parts if part is not None for process in processes.of_command(part.command)]
                self._look(project, image.path, run, found)
        for stack, written in written_services(project):
            if stack.name in FOR_DEVELOPERS or any(_mounts_source(service) for service in written):
                continue
            for service in written:
                run = [process for part in service.command for process in processes.of_compose(part)]
                self._look(project, service.path, run, found)
        yield from found.values()

    def _look(self, project: Project, path: str, run: list[Process], found: dict[Site, Finding]) -> None:
        serves = any(_serves(process) for process in run)
        for process in run:
            if serves and _migrates(process.words):
                self._add(Site(path, process.span), None, found)
            for script in _scripts(project, process):
                inside = shell.parse(Mapped.whole(script.text)).commands
                own = list(_plain(inside))
                if serves or any(_serves(each) or '"$@"' in each.words or "$@" in each.words for each in own):
                    for each in own:
                        if _migrates(each.words):
                            self._add(Site(script.path, each.span), Site(path, process.span), found)

    def _add(self, at: Site, caller: Site | None, found: dict[Site, Finding]) -> None:
        related = [] if caller is None else [Related(caller, "run here")]
        found.setdefault(
            at,
            self.found(
                at,
                "every start of the server migrates the database, and replicas race",
                advice="make the migration a service of its own, and let the server wait for it",
                related=related,
            ),
        )


def _mounts_source(service: Service) -> bool:
    """Whether a service builds its image from a folder that it mounts as well, as one for developers does."""
    if service.build is None:
        return False
    context = "." if service.build.context is None else service.build.context.value
    sources = [volume.source.text for volume in service.volumes if volume.bind and volume.source is not None]
    return any(normpath(source) == normpath(context) for source in sources)


def _serves(process: Process) -> bool:
    server = process.server
    return server is not None and server.role == "web" and not _migrates(process.words)


def _plain(commands: Iterable[shell.Simple]) -> Iterator[Process]:
    """The commands of a script that run whatever happens."""
    for simple in commands:
        if simple.words and not simple.nested and not {"if", "case", "function", "while"} & set(simple.enclosing):
            bare = shell.unwrap(simple)
            words = tuple(word.text if word.value is None else word.value for word in bare.words)
            if simple.operator != "||" and words:
                yield Process(words, simple.span, True)


def _scripts(project: Project, process: Process) -> Iterator[Source]:
    names = {basename(word) for word in process.words[:3] if not word.startswith("-")}
    for source in project.of_kind("shell"):
        if basename(source.path) in names and source.text.count("\n") < 500:
            yield source


def _migrates(words: tuple[str, ...]) -> bool:
    names = [basename(word) for word in words]
    if "upgrade" in names:
        return "alembic" in names or "aerich" in names or ("flask" in names and "db" in names)
    return "migrate" in names and ("manage.py" in names or "django-admin" in names)
