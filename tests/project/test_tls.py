"""Which certificate and key a project's services read, by which names they are reached, where the key would show."""

from __future__ import annotations

import pytest

from dockwright.project.tls import Exposed, Pair, Serving, exposed, serving
from projects import project

DOCKERFILE = (
    "FROM python:3.13-slim\nWORKDIR /srv\nUSER 1000:1000\n"
    'CMD ["uvicorn", "m:app", "--ssl-certfile", "tls/server.crt", "--ssl-keyfile", "tls/server.key"]\n'
)
DEFAULT = Pair("certs/cert.pem", "certs/key.pem")


def of(compose: str, **files: str) -> Serving:
    return serving(project({"compose/docker-compose.dev.yml": compose, **files}))


def test_a_project_that_serves_no_tls_gets_the_usual_files() -> None:
    assert of("services:\n  app: {image: shop}\n") == Serving((DEFAULT,), (), (1000,))


def test_what_the_server_is_told_is_found_in_the_image_s_context() -> None:
    found = of("services:\n  web: {build: ..}\n", Dockerfile=DOCKERFILE)
    assert found == Serving((Pair("tls/server.crt", "tls/server.key"),), ("web",), (1000,))


def test_what_the_server_is_told_is_found_through_a_mount() -> None:
    found = of("services:\n  web:\n    build: ..\n    volumes: [../local/tls:/srv/tls]\n", Dockerfile=DOCKERFILE)
    assert found.pairs == (Pair("local/tls/server.crt", "local/tls/server.key"),)


def test_what_the_server_is_told_is_found_through_secrets() -> None:
    found = of(
        "services:\n  web:\n    build: ..\n    secrets:\n"
        "      - {source: cert, target: /srv/tls/server.crt}\n      - {source: key, target: /srv/tls/server.key}\n"
        "secrets:\n  cert: {file: ../certs/a.pem}\n  key: {file: ../certs/b.pem}\n",
        Dockerfile=DOCKERFILE,
    )
    assert found.pairs == (Pair("certs/a.pem", "certs/b.pem"),)


def test_a_proxy_that_gets_two_files_serves_by_them() -> None:
    found = of(
        "services:\n  proxy:\n    image: nginx:1.29\n    hostname: shop.test\n    user: '101'\n    volumes:\n"
        "      - ../ssl/shop.crt:/etc/nginx/shop.crt:ro\n      - ../ssl/shop.key:/etc/nginx/shop.key:ro\n"
        "      - ../ssl/root-ca.pem:/etc/nginx/ca.pem:ro\n"
    )
    assert found == Serving((Pair("ssl/shop.crt", "ssl/shop.key"),), ("proxy", "shop.test"), (101,))


@pytest.mark.parametrize(
    ("mount", "pair"),
    [
        ("../certs:/etc/nginx/certs", DEFAULT),
        ("../nginx/ssl:/ssl:ro", Pair("nginx/ssl/cert.pem", "nginx/ssl/key.pem")),
        ("../certs:/usr/local/share/ca-certificates:ro", DEFAULT),
        ("/etc/letsencrypt:/etc/certs", DEFAULT),
    ],
)
def test_a_mounted_folder(mount: str, pair: Pair) -> None:
    assert of(f"services:\n  proxy:\n    image: nginx\n    volumes: ['{mount}']\n").pairs == (pair,)


def test_a_folder_of_those_who_are_trusted_is_no_server_s() -> None:
    assert of("services:\n  a:\n    image: b\n    volumes: ['../certs:/etc/ssl/certs:ro']\n").names == ()


def test_nothing_outside_the_project_is_named() -> None:
    found = of("services:\n  web:\n    build: ..\n    volumes: [../../tls:/srv/tls]\n", Dockerfile=DOCKERFILE)
    assert all(not path.startswith("..") for pair in found.pairs for path in (pair.certificate, pair.key))


def test_a_key_that_git_or_a_build_would_take_is_named_with_the_line_that_helps() -> None:
    open_to = project({"Dockerfile": DOCKERFILE, "api/Dockerfile": "FROM a\nCOPY x /\n", "api/x": ""})
    assert list(exposed(open_to, "certs/key.pem")) == [
        Exposed(".gitignore", "certs/", "git"),
        Exposed(".dockerignore", "certs", "the build of Dockerfile"),
    ]
    shut = project({"Dockerfile": DOCKERFILE, ".gitignore": "*.pem\n", ".dockerignore": "certs\n"})
    assert list(exposed(shut, "certs/key.pem")) == []
    nested = project({"api/Dockerfile": "FROM a\nCOPY x /\n", "api/x": "", ".gitignore": "certs/\n"})
    assert list(exposed(nested, "api/certs/key.pem")) == [
        Exposed("api/.dockerignore", "certs", "the build of api/Dockerfile")
    ]


def test_the_lines_that_are_named_help() -> None:
    open_to = {"Dockerfile": DOCKERFILE}
    lines = {each.path: each.line + "\n" for each in exposed(project(open_to), "certs/key.pem")}
    assert list(exposed(project({**open_to, **lines}), "certs/key.pem")) == []
