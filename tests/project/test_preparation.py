"""What a container's command does before its program starts."""

from __future__ import annotations

import pytest

from dockwright.project.preparation import of_script, of_shell
from dockwright.text import Mapped, Source

WAITS = """\
#!/bin/sh
set -e
for address in $WAIT_FOR; do
    python - "$address" <<'EOF'
import socket, sys
socket.create_connection(sys.argv[1].split(":"), timeout=1)
EOF
done
"""


@pytest.mark.parametrize(
    ("text", "words", "migrations"),
    [
        ("uvicorn a:b", ("uvicorn", "a:b"), 0),
        ("alembic upgrade head && exec uvicorn a:b", ("uvicorn", "a:b"), 1),
        ("sh -c 'python manage.py migrate && gunicorn a:b'", ("gunicorn", "a:b"), 1),
        ("until nc -z db 5432; do sleep 1; done; flask db upgrade; gunicorn a:b", ("gunicorn", "a:b"), 1),
        ("while ! pg_isready > /dev/null; do sleep 1; done && uvicorn a:b --port $PORT", None, 0),
    ],
)
def test_waiting_and_migrating_is_told_from_the_server(
    text: str, words: tuple[str, ...] | None, migrations: int
) -> None:
    found = of_shell(Mapped.whole(text))
    assert found.plain
    assert len(found.migrations) == migrations
    assert words is None or found.words == words


@pytest.mark.parametrize(
    "text",
    [
        "python manage.py collectstatic && gunicorn a:b",
        "if [ $MIGRATE ]; then alembic upgrade head; fi; uvicorn a:b",
        "alembic upgrade head || true; uvicorn a:b",
        "echo $KEY > /key && uvicorn a:b",
        "TZ=UTC uvicorn a:b",
        "uvicorn a:b & celery -A a worker",
        "start() { uvicorn a:b; }; start",
        "python -c 'import socket, shop; shop.connect()' && uvicorn a:b",
        "alembic upgrade head",
    ],
)
def test_whatever_else_happens_is_more_than_a_preparation(text: str) -> None:
    assert not of_shell(Mapped.whole(text)).plain


def test_a_script_may_pass_on_what_it_is_given() -> None:
    found = of_script(Source("wait.sh", f'{WAITS}exec "$@"\n'))
    assert found.plain
    assert found.passes_on
