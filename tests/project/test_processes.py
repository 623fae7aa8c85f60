"""The processes that a container runs, through shells and chains."""

from __future__ import annotations

import pytest

from dockwright.project.processes import Process, of_command, of_compose
from dockwright.project.stacks import compose_files
from dockwright.syntax import dockerfile
from dockwright.text import Source
from projects import project


def in_dockerfile(instruction: str) -> tuple[Process, ...]:
    last = dockerfile.parse(Source("Dockerfile", f"FROM python\n{instruction}\n")).instructions[-1]
    assert isinstance(last, (dockerfile.Cmd, dockerfile.Entrypoint, dockerfile.Run, dockerfile.Healthcheck))
    assert last.command is not None
    return of_command(last.command)


def in_compose(command: str) -> tuple[Process, ...]:
    files = compose_files(project({"compose.yaml": f"services:\n  app:\n    command: {command}\n"}))
    return of_compose(files["compose.yaml"].services["app"].command[0])


def shown(processes: tuple[Process, ...]) -> list[tuple[str, bool]]:
    return [(" ".join(process.words), process.in_shell) for process in processes]


SERVER = "uvicorn app:app --port 8000"


@pytest.mark.parametrize(
    ("instruction", "expected"),
    [
        ('CMD ["uvicorn", "app:app", "--port", "8000"]', [(SERVER, False)]),
        (f"CMD {SERVER}", [(SERVER, True)]),
        (f"CMD alembic upgrade head && {SERVER}", [("alembic upgrade head", True), (SERVER, True)]),
        (f'CMD ["sh", "-c", "migrate; {SERVER}"]', [("migrate", True), (SERVER, True)]),
        (f'CMD ["/bin/sh", "-e", "-c", "{SERVER}"]', [(SERVER, True)]),
        (f'CMD ["/usr/bin/env", "bash", "-c", "{SERVER}"]', [(SERVER, True)]),
        (f'ENTRYPOINT ["bash", "-lc", "{SERVER}"]', [(SERVER, True)]),
        ('ENTRYPOINT ["sh", "start.sh"]', [("sh start.sh", False)]),
        (f"CMD sh -c '{SERVER}'", [(SERVER, True)]),
        ("HEALTHCHECK CMD curl -f http://localhost || exit 1", [("curl -f http://localhost", True), ("exit 1", True)]),
        ("RUN echo $(date)", [("echo $(date)", True)]),
        ("CMD []", []),
    ],
)
def test_what_a_dockerfile_runs(instruction: str, expected: list[tuple[str, bool]]) -> None:
    assert shown(in_dockerfile(instruction)) == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (SERVER, [(SERVER, False)]),
        (f"[{', '.join(SERVER.split())}]", [(SERVER, False)]),
        (f'sh -c "migrate && {SERVER}"', [("migrate", True), (SERVER, True)]),
        (f'["bash", "-c", "migrate && exec {SERVER}"]', [("migrate", True), (f"exec {SERVER}", True)]),
        (f">\n      bash -c 'migrate\n      && {SERVER}'", [("migrate", True), (SERVER, True)]),
        ('""', []),
    ],
)
def test_what_a_service_runs(command: str, expected: list[tuple[str, bool]]) -> None:
    assert shown(in_compose(command)) == expected


def test_a_process_knows_its_server_and_its_place() -> None:
    text = f'FROM python\nCMD ["sh", "-c", "migrate && {SERVER}"]\n'
    command = dockerfile.parse(Source("Dockerfile", text)).stages[0].last(dockerfile.Cmd)
    assert command is not None
    migrate, serve = of_command(command.command)
    assert migrate.server is None
    assert serve.server is not None
    assert text[serve.span.start : serve.span.end] == SERVER
