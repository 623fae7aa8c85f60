from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockwright.facts.frameworks import FRAMEWORKS
from dockwright.project.application import (
    Application,
    applications,
    django_projects,
    health_routes,
    migrations,
    server_of_script,
)
from dockwright.text import Source


def sources(files: Mapping[str, str]) -> dict[str, Source]:
    return {path: Source(path, text) for path, text in files.items()}


def found(files: Mapping[str, str]) -> tuple[Application, ...]:
    return applications(sources(files), frozenset(files))


def told(files: Mapping[str, str]) -> list[str]:
    """`framework app` of each application, with its folder where that is not the root."""
    return [f"{app.framework} {app.app}" + (f" in {app.folder}" if app.folder else "") for app in found(files)]


FASTAPI = "from fastapi import FastAPI\n"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (FASTAPI + "app = FastAPI()", ["fastapi main:app"]),
        ("import fastapi as f\napi: f.FastAPI = f.FastAPI(title='x')", ["fastapi main:api"]),
        ("from starlette.applications import Starlette\napp = Starlette()", ["starlette main:app"]),
        ("from flask import Flask\napplication = Flask(__name__)", ["flask main:application"]),
        ("from flask import Flask\nclass My(Flask): ...\napp = My(__name__)", ["flask main:app"]),
        ("from quart import Quart\nif True:\n    app = Quart(__name__)", ["quart main:app"]),
        ("from aiohttp import web\napp = web.Application()", ["aiohttp main:app"]),
        ("from celery import Celery\ncelery = Celery('x')", ["celery main:celery"]),
        ("import streamlit as st\nst.set_page_config()\nst.title('x')", ["streamlit main.py"]),
        ("import gradio as gr\nwith gr.Blocks() as demo: ...", ["gradio main.py"]),
        ("from nicegui import ui\nui.run()", ["nicegui main.py"]),
        ("from dramatiq import set_broker\nset_broker(x)", ["dramatiq main"]),
        (FASTAPI + "def create_app() -> FastAPI:\n    app = FastAPI()\n    return app", ["fastapi main:create_app"]),
        (FASTAPI + "def make():\n    return FastAPI()\napp = make()", ["fastapi main:app"]),
        (FASTAPI + "def helper():\n    x = FastAPI()\n    return 3", []),
        (
            FASTAPI + "api = FastAPI()\napp = FastAPI()\napp.mount('/api', api)",
            ["fastapi main:app", "fastapi main:api"],
        ),
        ("class FastAPI: ...\napp = FastAPI()", []),
        ("from .fastapi import FastAPI\napp = FastAPI()", []),
        (FASTAPI + "app = FastAPI(", []),
    ],
)
def test_apps_of_one_file(code: str, expected: list[str]) -> None:
    assert told({"main.py": code}) == expected


def test_a_factory_is_marked_and_stands_at_its_first_line() -> None:
    text = FASTAPI + "\ndef create_app(x):\n    return FastAPI()\n"
    (app,) = found({"main.py": text})
    assert app.factory
    assert text[slice(*app.span)] == "def create_app(x):"


def test_an_app_that_another_module_makes_with_a_factory() -> None:
    files = {
        "web/__init__.py": "from flask import Flask\ndef create_app():\n    app = Flask(__name__)\n    return app\n",
        "run.py": "from web import create_app\napp = create_app()\n",
    }
    assert told(files) == ["flask run:app", "flask web:create_app"]


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ({"Dockerfile": 'CMD ["uvicorn", "src.main:app"]'}, "src.main:app"),
        ({"Dockerfile": "WORKDIR src\nCMD uvicorn main:app"}, "main:app in src"),
        ({"src/main.py": FASTAPI + "from src.config import x\napp = FastAPI()", "src/config.py": ""}, "src.main:app"),
        ({"src/main.py": FASTAPI + "import config\napp = FastAPI()", "src/config.py": ""}, "main:app in src"),
        ({"tests/test_main.py": "from src.main import app"}, "src.main:app"),
        ({"src/__init__.py": ""}, "src.main:app"),
        ({"src/pyproject.toml": ""}, "main:app in src"),
        ({"pyproject.toml": ""}, "src.main:app"),
        ({}, "src.main:app"),
    ],
    ids=[
        "command",
        "command inside",
        "own import",
        "sibling import",
        "importer",
        "package",
        "manifest",
        "root",
        "none",
    ],
)
def test_the_module_has_the_name_that_the_project_uses(extra: dict[str, str], expected: str) -> None:
    assert told({"src/main.py": FASTAPI + "app = FastAPI()", **extra}) == [f"fastapi {expected}"]


def test_the_layout_with_src_strips_it_from_a_package() -> None:
    files = {"src/pkg/__init__.py": "", "src/pkg/main.py": FASTAPI + "app = FastAPI()", "pyproject.toml": ""}
    assert told(files) == ["fastapi pkg.main:app in src"]


def test_the_likeliest_app_comes_first() -> None:
    files = {
        "a/tasks.py": "from celery import Celery\napp = Celery()",
        "a/fake.py": FASTAPI + "app = FastAPI()",
        "z/main.py": FASTAPI + "app = FastAPI()",
        "tests/conftest.py": FASTAPI + "app = FastAPI()",
        "compose.yml": "command: uvicorn z.main:app\n",
    }
    assert told(files) == [
        "fastapi z.main:app",
        "fastapi a.fake:app",
        "celery a.tasks:app",
        "fastapi tests.conftest:app",
    ]
    assert [app.in_tests for app in found(files)] == [False, False, False, True]


def test_a_django_project() -> None:
    files = {
        "api/manage.py": 'import os, django\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")',
        "api/config/wsgi.py": "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()",
        "api/config/asgi.py": "from django.core.asgi import get_asgi_application\napplication = get_asgi_application()",
        "api/config/settings/__init__.py": "",
        "api/config/settings/prod.py": "WSGI_APPLICATION = 'config.other.application'\n",
        "api/blog/migrations/0001_initial.py": "",
    }
    apps = found(files)
    assert [(app.app, app.folder, app.interface) for app in apps] == [
        ("config.asgi:application", "api", "asgi"),
        ("config.wsgi:application", "api", "wsgi"),
    ]
    (project,) = django_projects(sources(files), apps)
    assert (project.settings, project.wsgi, project.asgi) == (
        "config.settings.prod",
        "config.other:application",
        "config.asgi:application",
    )
    assert files["api/manage.py"][slice(*project.span)] == "config.settings.prod"
    (migration,) = migrations(sources(files), frozenset(files))
    assert (migration.tool, migration.folder) == ("django", "api")


def routes(files: Mapping[str, str]) -> list[str]:
    """Each health route, with `…` before it where its whole path is not known."""
    return [("" if each.complete else "…") + each.route for each in health_routes(sources(files))]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (FASTAPI + "app = FastAPI()\n@app.get('/health')\nasync def f(): ...", ["/health"]),
        (FASTAPI + "app = FastAPI()\n@app.get(path='/-/health')\ndef f(): ...", ["/-/health"]),
        (FASTAPI + "app = FastAPI()\napp.add_api_route('/healthz', f)", ["/healthz"]),
        ("from flask import Flask\napp = Flask(__name__)\n@app.route('/ping')\ndef f(): ...", ["/ping"]),
        (
            "from fastapi import APIRouter\nr = APIRouter(prefix='/api')\n@r.get('/health/ready')\ndef f(): ...",
            ["…/api/health/ready"],
        ),
        ("from aiohttp import web\nx = [web.get('/health', f)]", ["…/health"]),
        ("from starlette.routing import Route\nRoute('/readyz', f)", ["/readyz"]),
        (FASTAPI + "app = FastAPI()\n@app.get('/orders/status')\ndef f(): ...", []),
        (FASTAPI + "app = FastAPI()\n@app.get('/{id}/health')\ndef f(): ...", []),
        (FASTAPI + "app = FastAPI()\n@app.post('/health')\ndef f(): ...", []),
        ("import httpx\nhttpx.get('/health')\nclient.get('/health')", []),
    ],
)
def test_health_routes_of_one_file(code: str, expected: list[str]) -> None:
    assert routes({"main.py": code}) == expected


def test_health_routes_of_routers_are_followed_to_the_app() -> None:
    files = {
        "main.py": FASTAPI + "from api import router as r\napp = FastAPI()\napp.include_router(r, prefix='/v1')\n",
        "api/__init__.py": "from fastapi import APIRouter\nfrom api import health\nrouter = APIRouter(prefix='/api')\n"
        "router.include_router(health.router)\nrouter.include_router(health.other, prefix=settings.X)\n",
        "api/health.py": "from fastapi import APIRouter\nrouter = APIRouter()\nother = APIRouter()\n"
        "@router.get('/health')\ndef a(): ...\n@other.get('/ready')\ndef b(): ...\n",
    }
    assert routes(files) == ["/v1/api/health", "…/v1/api/ready"]


def test_health_routes_of_django_are_followed_to_its_root() -> None:
    django = "from django.urls import include, path\n"
    files = {
        "config/settings.py": "ROOT_URLCONF = 'config.urls'\n",
        "config/urls.py": django + "urlpatterns = [path('health/', f), path('api/', include('shop.urls'))]\n",
        "shop/urls.py": django + "inner = [path('status/', f)]\n"
        "urlpatterns = [path('ready', f), path('healthz', f), path('x/', include(inner))]\n",
    }
    assert routes(files) == ["/health/", "/api/ready", "/api/healthz"]


def test_a_router_that_includes_itself_ends() -> None:
    code = "from fastapi import APIRouter\nr = APIRouter()\n@r.get('/health')\ndef f(): ...\n"
    assert routes({"main.py": code + "r.include_router(r)\n" * 20}) == ["…/health"]


def test_health_routes_of_tests_are_left_out() -> None:
    assert routes({"tests/app.py": FASTAPI + "app = FastAPI()\n@app.get('/health')\ndef f(): ..."}) == []


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["alembic.ini"], [("alembic", "")]),
        (["api/alembic.ini", "api/migrations/env.py"], [("alembic", "api")]),
        (["migrations/alembic.ini", "migrations/env.py"], [("flask-migrate", "")]),
        (["app/migrations/0001_initial.py"], []),
        (["manage.py", "app/migrations/0001_initial.py"], [("django", "")]),
        (["tests/alembic.ini"], []),
    ],
)
def test_migrations_are_told_by_their_files(files: list[str], expected: list[tuple[str, str]]) -> None:
    assert [(each.tool, each.folder) for each in migrations({}, frozenset(files))] == expected


def test_migrations_are_told_by_pyproject() -> None:
    files = {"pyproject.toml": "[tool.aerich]\nx = 1\n[tool.alembic]\n"}
    assert [each.command for each in migrations(sources(files), frozenset(files))] == [
        ("aerich", "upgrade"),
        ("alembic", "upgrade", "head"),
    ]


def test_a_script_that_serves_itself_is_an_application_of_its_factory() -> None:
    text = FASTAPI + "import uvicorn\ndef create_app():\n    return FastAPI()\nuvicorn.run(create_app(), port=8182)\n"
    assert told({"callback_server.py": text}) == ["fastapi callback_server:create_app"]
    script = server_of_script(Source("callback_server.py", text))
    assert script is not None
    assert script.server.port == 8182


_PIECES = st.sampled_from(
    [
        FASTAPI, "app = FastAPI()\n", "app = app\n", "def f():\n    return f()\n", "f = f()\n",
        "from b import f, app\n", "from a import f, app\n", "class FastAPI(FastAPI): ...\n", "app.mount(app)\n",
        "x = [path('health/', f)]\n",
        "from django.urls import path, include\n", "urlpatterns = [path('', include('a'))]\n", "ROOT_URLCONF = 'b'\n",
        "app.include_router(app)\n", "@app.get('/health')\ndef g(): return app\n", "def h():\n    return FastAPI()\n",
        "app = h()\n", "include_router(h)\n", "from . import a\n",
        "from fastapi import APIRouter\napp = APIRouter(prefix=f)\n",
    ]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=8), st.lists(_PIECES, max_size=8))
def test_any_code_is_read_without_raising(first: list[str], second: list[str]) -> None:
    files = {"a.py": "".join(first), "b.py": "".join(second), "manage.py": "django", "x/c.py": "".join(first + second)}
    apps = found(files)
    assert all(0 <= app.span.start <= app.span.end <= len(files[app.path]) for app in apps)
    assert {app.framework for app in apps} <= FRAMEWORKS.keys()
    django_projects(sources(files), apps)
    assert all(route.route.startswith("/") for route in health_routes(sources(files)))
