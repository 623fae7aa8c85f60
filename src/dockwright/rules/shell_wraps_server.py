"""DW150: a server below a shell that stays."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.facts.shells import shell_of
from dockwright.finding import Finding, Fix, Intent
from dockwright.project.compose import Service, elements
from dockwright.project.images import Image, images
from dockwright.project.model import Project
from dockwright.project.stacks import service_places
from dockwright.rule import Example, Rule
from dockwright.rules._launch import (
    Hidden,
    Launch,
    hidden_server,
    image_launches,
    json_form,
    script_word,
    service_images,
    started_scripts,
)
from dockwright.syntax import dockerfile, shell, yaml
from dockwright.text import Edit, Mapped, Site, Span


class ShellWrapsServer(Rule):
    """Give the server the shell's place

    ## What it finds

    A server that is started by a shell which stays as its parent: `CMD` in shell form, `sh -c "migrate && serve"`, or
    a start script that ends in the server's command without `exec`. The rule knows the shells: Debian's `sh` (dash)
    stays for every command; bash and busybox's ash hand their process over to the last command of `-c`; none does so
    for a script's last line.

    ## Why it matters

    `docker stop` sends SIGTERM to the first process. That is the shell, which passes nothing on: the server goes on
    until it is killed ten seconds later. Requests are cut off, and every stop and every deployment takes ten seconds
    more and ends in code 137.

    ## How to mend it

    Write `CMD` as a JSON array where no shell is needed, else put `exec` in front of the server's command.

    ## Fix safety

    Safe: the same program runs with the same arguments, as process 1.

    ## Source

    Dockerfile reference, «Shell and exec form»; POSIX.1-2024, `exec`; measured with dash 0.5.12 and bash 5.2.
    """

    code, name, severity, consent = "DW150", "shell-wraps-server", "warning", "safe"
    equivalents = (
        "hadolint:DL3025", "buildkit:JSONArgsRecommended",
    )  # fmt: skip
    traps = (6,)
    invalid = (
        Example(
            {"Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\nCMD ⟦uvicorn app:app --port 8000⟧\n"},
            becomes={
                "Dockerfile": 'FROM python:3.13-slim\nUSER 1000:1000\nCMD ["uvicorn", "app:app", "--port", "8000"]\n'
            },
        ),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\n"
                'CMD ["sh", "-c", "alembic upgrade head && ⟦uvicorn app:app --port $PORT⟧"]\n'
            },
            becomes={
                "Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\n"
                'CMD ["sh", "-c", "alembic upgrade head && exec uvicorn app:app --port $PORT"]\n'
            },
        ),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\n"
                'CMD sh -c "alembic upgrade head && ⟦uvicorn app:app⟧"\n'
            },
            becomes={
                "Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\n"
                'CMD ["sh", "-c", "alembic upgrade head && exec uvicorn app:app"]\n'
            },
        ),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\n",
                "compose.yaml": "name: shop\nservices:\n  app:\n    build: .\n"
                '    command: sh -c "alembic upgrade head && ⟦uvicorn app:app --port ${PORT:-80}⟧"\n',
            },
            becomes={
                "compose.yaml": "name: shop\nservices:\n  app:\n    build: .\n"
                '    command: sh -c "alembic upgrade head && exec uvicorn app:app --port ${PORT:-80}"\n',
            },
        ),
        Example(
            {
                "Dockerfile": 'FROM python:3.13-slim\nUSER 1000:1000\nCOPY start.sh /\nCMD ["/start.sh"]\n',
                "start.sh": "#!/bin/bash\nset -e\nalembic upgrade head\n⟦gunicorn shop.wsgi⟧\n",
            },
            becomes={"start.sh": "#!/bin/bash\nset -e\nalembic upgrade head\nexec gunicorn shop.wsgi\n"},
        ),
    )
    valid = (
        Example({"Dockerfile": 'FROM python:3.13-slim\nUSER 1000:1000\nCMD ["uvicorn", "app:app"]\n'}),
        Example({"Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\nCMD exec uvicorn app:app --port $PORT\n"}),
        Example(
            {"Dockerfile": 'FROM python:3.13-slim\nUSER 1000:1000\nCMD ["bash", "-c", "true && uvicorn app:app"]\n'}
        ),
        Example({"Dockerfile": "FROM python:3.13-alpine\nUSER 1000:1000\nCMD uvicorn app:app --port $PORT\n"}),
        Example({"Dockerfile": 'FROM python:3.13\nENTRYPOINT ["tini", "-g", "--"]\nCMD ["sh", "-c", "uvicorn a:b"]\n'}),
        Example({"Dockerfile": "FROM internal/base\nCMD uvicorn app:app\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        found: dict[Site, Finding] = {}
        for image in images(project):
            for stage in image.shipped:
                for instruction, launch in image_launches(image, stage):
                    hidden = hidden_server(launch, image.base(stage))
                    if hidden is not None:
                        found.setdefault(hidden.at, self._found(hidden, _image_fix(image, stage, instruction, hidden)))
        for service, base in service_images(project):
            for key in ("entrypoint", "command"):
                for hidden, fix in _of_service(project, service, key, base):
                    found.setdefault(hidden.at, self._found(hidden, fix))
        for path in started_scripts(project):
            launch = Launch(path, Mapped.whole(project.sources[path].text), None, script=True)
            hidden = hidden_server(launch, None)
            if hidden is not None:
                found.setdefault(hidden.at, self._found(hidden, _exec(path, hidden)))
        yield from found.values()

    def _found(self, hidden: Hidden, fix: Fix) -> Finding:
        message = f"a shell stays the parent of {hidden.server.program}, and SIGTERM never reaches it"
        return self.found(hidden.at, message, advice="put `exec` in front of the server's command", fix=fix)


def _exec(path: str, hidden: Hidden, intends: tuple[Intent, ...] = ()) -> Fix:
    edits = tuple(Edit(path, Span(offset, offset), "exec ") for offset in sorted(hidden.offsets))
    return Fix(f"run {hidden.server.program} in the shell's place", edits, "safe", intends)


def _image_fix(
    image: Image, stage: dockerfile.Stage, instruction: dockerfile.Cmd | dockerfile.Entrypoint, hidden: Hidden
) -> Fix:
    # An entry point sees the words of CMD: those of a shell's call now, and others in JSON form.
    seen = isinstance(instruction, dockerfile.Cmd) and image.last(stage, dockerfile.Entrypoint) is not None
    written = None if seen or image.last(stage, dockerfile.Shell) else json_form(instruction)
    if written is None:
        return _exec(image.path, hidden)
    edit = Edit(image.path, instruction.arguments.span(), written)
    return Fix(f"start {hidden.server.program} without a shell", (edit,))


def _of_service(project: Project, service: Service, key: str, base: str | None) -> Iterator[tuple[Hidden, Fix]]:
    node = yaml.resolve(service.get(key))
    if isinstance(node, yaml.Scalar):
        first = next(iter(shell.parse(node.mapped).commands), None)
        words = [] if first is None else [word.inner for word in first.words]
    elif isinstance(node, yaml.Sequence):
        words = [item.mapped for item in elements(node) if isinstance(item, yaml.Scalar)]
    else:
        return
    number = script_word([word.text for word in words])
    if number is None:
        return
    text = words[number]
    kind = None if base is None else shell_of(base, words[0].text)
    hidden = hidden_server(Launch(service.path, text, kind), base)
    if hidden is None:
        return
    # Compose keeps a text as it is written, and a list word by word.
    whole, place = (node.mapped, key) if isinstance(node, yaml.Scalar) else (text, f"{key} / {number}")
    after = whole.text
    for offset in sorted(hidden.offsets, reverse=True):
        at = next(at for at in range(len(whole.text)) if whole.offset(at) == offset)
        after = f"{after[:at]}exec {after[at:]}"
    intends = tuple(Intent(each, whole.text, after) for each in service_places(project, service, place))
    yield hidden, _exec(service.path, hidden, intends)
