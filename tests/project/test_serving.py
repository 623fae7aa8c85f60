from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockwright.facts.frameworks import FRAMEWORKS, MODULES, SERVERS, WRAPPERS
from dockwright.project.serving import Server, server_of_script, servers
from dockwright.text import Source


def summary(server: Server | None) -> str | None:
    """`program app scheme://host:port`, with `reload` and the number of workers where there are any."""
    if server is None:
        return None
    text = f"{server.program} {server.app} {server.scheme}://{server.host}:{server.port}"
    return text + " reload" * server.reload + (f" x{server.workers}" if server.workers else "")


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (
            "uvicorn src.main:app --host 0.0.0.0 --port 80 --ssl-certfile c --ssl-keyfile k",
            "uvicorn src.main:app https://0.0.0.0:80",
        ),
        ("uvicorn app:app --port=$PORT --reload", "uvicorn app:app http://127.0.0.1:$PORT reload"),
        ("uvicorn --factory --workers 4 app:create", "uvicorn app:create http://127.0.0.1:8000 x4"),
        ("/opt/venv/bin/uvicorn app:app", "uvicorn app:app http://127.0.0.1:8000"),
        (
            "gunicorn -k uvicorn.workers.UvicornWorker -b :8000 -w 2 app:app",
            "gunicorn app:app http://0.0.0.0:8000 x2",
        ),
        ("gunicorn -w4 -b0.0.0.0:${PORT:-80} app:app", "gunicorn app:app http://0.0.0.0:${PORT:-80} x4"),
        ("gunicorn app:app --bind unix:/run/a.sock", "gunicorn app:app http://None:None"),
        ("gunicorn -c gunicorn.conf.py app:app", "gunicorn app:app http://None:None"),
        ("gunicorn app:app --certfile=c --keyfile=k", "gunicorn app:app https://127.0.0.1:8000"),
        ("hypercorn app:app --bind [::]:8443 --certfile c", "hypercorn app:app https://:::8443"),
        (
            "granian --interface asgi app:app --ssl-certificate c --ssl-keyfile k",
            "granian app:app https://127.0.0.1:8000",
        ),
        ("daphne -b 0.0.0.0 -p 8001 a.asgi:application", "daphne a.asgi:application http://0.0.0.0:8001"),
        ("daphne -e ssl:443:privateKey=k:certKey=c a:b", "daphne a:b https://0.0.0.0:443"),
        ("uwsgi --http :8000 --module a:b", "uwsgi a:b http://0.0.0.0:8000"),
        ("waitress-serve --listen=*:8080 a:b", "waitress-serve a:b http://0.0.0.0:8080"),
        ("fastapi run", "fastapi None http://0.0.0.0:8000"),
        ("fastapi dev src/main.py --port 80", "fastapi src/main.py http://127.0.0.1:80 reload"),
        ("flask --app web run --cert adhoc -p 80", "flask web https://127.0.0.1:80"),
        ("flask run --debug", "flask None http://127.0.0.1:5000 reload"),
        ("python manage.py runserver 0.0.0.0:8000", "manage.py None http://0.0.0.0:8000 reload"),
        ("./manage.py runserver 8001 --noreload", "manage.py None http://127.0.0.1:8001"),
        ("celery -A proj worker -l info -c 4", "celery proj http://None:None x4"),
        ("celery --app=proj beat", "celery proj http://None:None"),
        ("streamlit run app.py --server.port=80", "streamlit app.py http://0.0.0.0:80 reload"),
        ("python callback_server.py", "python callback_server.py http://None:None"),
        ("python -m service --port 1", "python service http://None:None"),
        ("python3.13 -u -m uvicorn app:app", "uvicorn app:app http://127.0.0.1:8000"),
        ("python -m http.server 9000", "http.server None http://0.0.0.0:9000"),
        ("python -c 'import uvicorn'", None),
        ("python manage.py migrate", None),
        ("celery -A proj inspect ping", None),
        ("uv sync --locked", None),
        ("sleep infinity", None),
        ("", None),
    ],
)
def test_a_command_line_says_what_it_serves(command: str, expected: str | None) -> None:
    assert summary(servers(shlex.split(command))) == expected


@pytest.mark.parametrize(
    "wrapper",
    [
        "uv run",
        "uv run --no-sync --group dev",
        "uv --project /app run --frozen --",
        "uv run -m",
        "poetry run",
        "pipenv run",
        "exec",
        "env -u C A=b D=e",
        "A=b C=d",
        "tini --",
        "/usr/bin/tini -g --",
        "dumb-init --",
        "gosu app:app",
        "opentelemetry-instrument --service_name api",
        "ddtrace-run",
        "newrelic-admin run-program",
        "wait-for-it.sh db:5432 -t 30 --",
        "python -m debugpy --listen 0.0.0.0:5678 -m",
        "coverage run --source src -m",
        "exec tini -- uv run python -m",
    ],
)
def test_wrappers_are_seen_through(wrapper: str) -> None:
    words = shlex.split(wrapper)
    server = servers([*words, "uvicorn", "app:app", "--port", "80"])
    assert summary(server) == "uvicorn app:app http://127.0.0.1:80"
    assert server is not None
    assert server.words.program == len(words)
    assert server.words.port == len(words) + 3


def test_a_watcher_reloads_the_command_that_it_quotes() -> None:
    server = servers(["watchfiles", "--filter", "python", "uvicorn app:app", "src"])
    assert summary(server) == "uvicorn app:app http://127.0.0.1:8000 reload"
    assert server is not None
    assert server.words.reload == 0
    assert server.words.app == 3


def test_words_say_where_each_part_stands() -> None:
    server = servers(shlex.split("uvicorn a:b --host 0 --ssl-keyfile k --ssl-certfile=c --reload --workers 2"))
    assert server is not None
    words = server.words
    assert (words.app, words.host, words.key, words.certificate, words.reload, words.workers) == (1, 3, 5, 6, 7, 9)
    assert words.port is None
    assert (server.certificate, server.key) == ("c", "k")


def test_workers_and_schedulers_are_told_from_servers() -> None:
    roles = {word: servers(["celery", "-A", "proj", word]) for word in ("worker", "beat", "flower")}
    assert {word: server and server.role for word, server in roles.items()} == {
        "worker": "worker",
        "beat": "scheduler",
        "flower": "web",
    }


_VOCABULARY = sorted(
    {name for name, _ in SERVERS}
    | {sub for _, sub in SERVERS}
    | WRAPPERS.keys()
    | MODULES.keys()
    | {"python", "--", "-m", "-b", ":80", "--port", "$PORT", "a:b", "run", "A=b", "-", "'", "--host=x", "-e", "ssl:"}
)


@given(st.lists(st.sampled_from(_VOCABULARY), max_size=12))
def test_any_words_are_read_and_places_lie_within_them(words: list[str]) -> None:
    server = servers(words)
    if server is not None:
        assert all(place is None or 0 <= place < len(words) for place in server.words)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import uvicorn\nuvicorn.run('a:app', host='0.0.0.0', port=80)", "uvicorn a:app http://0.0.0.0:80"),
        ("import uvicorn\nuvicorn.run(app)", "uvicorn app http://127.0.0.1:8000"),
        (
            "from uvicorn import run\nPORT = 8182\nrun(app, port=PORT, ssl_certfile='c', ssl_keyfile=KEY)",
            "uvicorn app https://127.0.0.1:8182",
        ),
        (
            "import os, uvicorn\nuvicorn.run(app, port=int(os.environ.get('PORT', 8000)), reload=True)",
            "uvicorn app http://127.0.0.1:${PORT:-8000} reload",
        ),
        ("import uvicorn\nuvicorn.run(app, port=settings.port)", "uvicorn app http://127.0.0.1:None"),
        ("import uvicorn\nuvicorn.run(app, **options)", "uvicorn app http://None:None"),
        (
            "from flask import Flask\napp = Flask(__name__)\napp.run('0.0.0.0', debug=True, ssl_context='adhoc')",
            "flask None https://0.0.0.0:5000 reload",
        ),
        ("from web import app\napp.run(host='0.0.0.0')", "flask None http://0.0.0.0:5000"),
        (
            "from http.server import HTTPServer\ns = HTTPServer(('', 8182), H)\ns.socket = c.wrap_socket(s.socket)",
            "http.server None https://0.0.0.0:8182",
        ),
        ("import gradio as gr\nwith gr.Blocks() as demo: ...\ndemo.launch()", "gradio None http://127.0.0.1:7860"),
        ("from nicegui import ui\nui.run(port=80, reload=False)", "nicegui None http://0.0.0.0:80"),
        ("import subprocess\nsubprocess.run(['x'])", None),
        ("uvicorn.run(", None),
    ],
)
def test_a_script_says_what_it_serves(code: str, expected: str | None) -> None:
    found = server_of_script(Source("script.py", code))
    assert summary(found.server if found else None) == expected


def test_a_script_server_stands_at_its_call() -> None:
    source = Source("script.py", "import uvicorn\n\nuvicorn.run('é:app', port=1)\n")
    found = server_of_script(source)
    assert found is not None
    assert source.slice(found.span) == "uvicorn.run('é:app', port=1)"


def test_every_framework_is_served_by_a_program_of_the_table() -> None:
    programs = {program for program, _ in SERVERS}
    assert {row.server for row in FRAMEWORKS.values() if row.server} <= programs
    assert set(MODULES.values()) <= programs
