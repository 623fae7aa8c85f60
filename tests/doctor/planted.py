"""A healthy project, and the faults that are planted in it: each with its cause and the command that mends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from dockwright.certs.issuing import authority, issued, new_authority
from dockwright.tools import Account, HostFile, Listener, Ran, Space

from doctor.pretended import GIGABYTE, NOW, PretendedHost, container, running  # isort: skip

CANARY = "kQ8vN2xT7pLw"
"""A password that no output may hold."""

COMPOSE = """\
name: shop
services:
  app:
    build: .
    image: shop:dev
    env_file: .env
    ports: ["8000:8000"]
    volumes: ["./src:/app/src"]
    environment:
      DATABASE_URL: postgresql://shop:${DB_PASSWORD:?}@db:5432/shop
  db:
    image: postgres:17.6
    ports: ["127.0.0.1:5432:5432"]
    environment:
      POSTGRES_PASSWORD: ${DB_PASSWORD:?}
"""
DOCKERFILE = """\
FROM python:3.13-slim
RUN useradd --uid 1000 appuser
WORKDIR /app
COPY start.sh ./
COPY src src
USER 1000:1000
ENTRYPOINT ["./start.sh"]
"""
PYPROJECT = """\
[project]
name = "shop"
version = "1.0"
requires-python = ">=3.13"
dependencies = ["fastapi>=0.115,<1", "uvicorn[standard]"]

[dependency-groups]
dev = ["pytest>=8"]

[tool.uv]
package = false
"""
LOCK = """\
version = 1
revision = 3
requires-python = ">=3.13"

[[package]]
name = "shop"
version = "1.0"
source = { virtual = "." }

[package.metadata]
requires-dist = [
    { name = "fastapi", specifier = ">=0.115,<1" },
    { name = "uvicorn", extras = ["standard"] },
]

[package.metadata.requires-dev]
dev = [{ name = "pytest", specifier = ">=8" }]

[[package]]
name = "fastapi"
version = "0.115.0"
source = { registry = "https://packages.example/simple" }
"""
HEALTHY: Mapping[str, str | bytes] = {
    "compose.yaml": COMPOSE,
    "Dockerfile": DOCKERFILE,
    ".dockerignore": ".git\n.env\n",
    ".env": f"DB_PASSWORD={CANARY}\nSESSION_SECRET={CANARY}2\n",
    ".env.example": "DB_PASSWORD=\nSESSION_SECRET=\n",
    ".gitignore": ".env\ncerts/\n",
    "start.sh": '#!/bin/sh\nexec "$@"\n',
    "src/main.py": "import os\n\nSESSION_SECRET = os.environ['SESSION_SECRET']\n",
    "pyproject.toml": PYPROJECT,
    "uv.lock": LOCK,
}
TLS = COMPOSE.replace(
    '    ports: ["8000:8000"]\n',
    '    ports: ["8000:8000"]\n'
    "    command: uvicorn main:app --port 8000 --ssl-certfile certs/cert.pem --ssl-keyfile certs/key.pem\n",
).replace('["./src:/app/src"]', '["./src:/app/src", "./certs:/app/certs:ro"]')


class Planted(NamedTuple):
    """What differs from the healthy project and machine, and what is to be found.

    `files` with None are taken away. `mended` is whether `--fix` claims it.
    """

    fault: str
    subject: str
    command: str
    files: Mapping[str, str | bytes | None] = {}
    said: Mapping[str, Ran | str] = {}
    host: Callable[[], PretendedHost] = PretendedHost
    plain: tuple[str, ...] = ()
    """Files that are not executable."""
    environ: Mapping[str, str] = {}
    installed: bool = True
    mended: bool = False
    variant: str = ""

    @property
    def name(self) -> str:
        return f"{self.fault}{f'-{self.variant}' if self.variant else ''}"


def write(root: Path, planted: Planted | None = None) -> Path:
    """The project on disk, with a fault in it."""
    root.mkdir(parents=True, exist_ok=True)
    files: dict[str, Any] = {**HEALTHY, **(planted.files if planted else {})}
    for name, content in files.items():
        if content is not None:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            path.chmod(0o755 if name.endswith(".sh") and not (planted and name in planted.plain) else 0o644)
    return root


def certificate(begins: int = 0, ends: int = 90, name: str = "localhost") -> dict[str, str | bytes]:
    """Certificate and key, in days from now; those that dockwright makes."""
    made = authority(new_authority(NOW - timedelta(days=400)))
    assert made is not None
    leaf = issued(made, [name], NOW + timedelta(days=begins), ends - begins)
    return {"compose.yaml": TLS, "certs/cert.pem": leaf.certificate, "certs/key.pem": leaf.key}


INSTALL = "COPY pyproject.toml uv.lock ./\nRUN uv sync --locked\n"
TESTS = "name: shop-test\nservices:\n  db:\n    image: postgres:17.6\n"
OWN_START = "    entrypoint: /app/src/run.sh\n"
INIT = "    volumes: ['./init.sql:/docker-entrypoint-initdb.d/init.sql']\n"

NO_ANSWER = Ran(
    1, '{"Client":{"Version":"28.5.2"},"Server":null}', "Cannot connect to the Docker daemon at {}. Is it running?"
)
DENIED = Ran(
    1, "", "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock"
)
OLD = '{"Client":{"Version":"28.5.2"},"Server":{"Version":"20.10.24","Arch":"amd64","Os":"linux"}}'
TOO_NEW = Ran(
    1, "", "Error response from daemon: client version 1.51 is too new. Maximum supported API version is 1.41"
)
NO_COMPOSE = Ran(1, "", "docker: 'compose' is not a docker command.")
ARM = "arm64\n"
OWN = HostFile("file", 0o600, 1000, 1000, True, True, NOW.timestamp())


def with_socket(why: str, account: Account | None = None) -> PretendedHost:
    return PretendedHost(sockets={"/var/run/docker.sock": why}, account=account, files={"/run/systemd/system": OWN})


PLANTED: tuple[Planted, ...] = (
    # The engine
    Planted("engine-absent", "the engine", "curl -fsSL https://get.docker.com | sh", installed=False),
    Planted("engine-stopped", "the engine", "sudo systemctl start docker", said={"version --format": NO_ANSWER},
            host=lambda: with_socket("missing")),
    Planted("engine-stopped", "the engine", "colima start", variant="colima",
            said={"version --format": NO_ANSWER, "context inspect": "unix:///Users/ada/.colima/docker.sock colima\n"},
            host=lambda: PretendedHost(system="darwin", sockets={"/var/run/docker.sock": "missing",
                                                                 "/Users/ada/.colima/docker.sock": "missing"})),
    Planted("engine-denied", "the engine", "sudo usermod -aG docker ada", said={"version --format": DENIED},
            host=lambda: with_socket("denied", Account(1000, 1000, "ada"))),
    Planted("engine-denied", "the engine", "newgrp docker", said={"version --format": DENIED}, variant="old-session",
            host=lambda: with_socket("denied", Account(1000, 1000, "ada", frozenset(), frozenset({"docker"})))),
    Planted("engine-elsewhere", "the engine", "unset DOCKER_HOST", environ={"DOCKER_HOST": "tcp://10.0.0.9:2375"},
            said={"version --format": NO_ANSWER, "context inspect": "tcp://10.0.0.9:2375 default\n"}),
    Planted("engine-elsewhere", "the engine", "docker context use default", variant="context",
            said={"version --format": NO_ANSWER, "context inspect": "unix:///home/ada/.colima/docker.sock colima\n"}),
    Planted("engine-elsewhere", "the engine", "docker context use default", variant="remote-mounts",
            said={"context inspect": "ssh://build.example.com build\n"}),
    Planted("engine-old", "the engine", "curl -fsSL https://get.docker.com | sh", said={"version --format": OLD}),
    Planted("engine-old", "the engine", "export DOCKER_API_VERSION=1.41", said={"version --format": TOO_NEW},
            variant="api"),
    Planted("compose-absent", "Compose", "sudo apt-get install docker-compose-plugin",
            said={"compose version": NO_COMPOSE}),
    Planted("compose-old", "Compose", "sudo apt-get install docker-compose-plugin",
            said={"compose version": "2.17.2\n"}),
    Planted("buildx-absent", "Buildx", "sudo apt-get install docker-buildx-plugin", said={"buildx version": Ran(1)}),
    Planted("buildx-old", "Buildx", "sudo apt-get install docker-buildx-plugin",
            said={"buildx version": "github.com/docker/buildx v0.10.4\n"}),
    # The machine
    Planted("disk-full", "the engine's disk", "docker builder prune",
            host=lambda: PretendedHost(spaces={"/var/lib/docker": Space(10**7, 50 * GIGABYTE)})),
    Planted("inodes-full", "the engine's disk", "docker image prune",
            host=lambda: PretendedHost(spaces={"/var/lib/docker": Space(9 * GIGABYTE, 50 * GIGABYTE, 12, 3_000_000)})),
    Planted("clock-skew", "the engine", "sudo timedatectl set-ntp true",
            said={"info SystemTime": f"{NOW - timedelta(minutes=20):%Y-%m-%dT%H:%M:%S}.5Z\n"}),
    Planted("clock-skew", "this machine", "sudo timedatectl set-ntp true", variant="files-from-the-future",
            host=lambda: PretendedHost(now=NOW - timedelta(days=900))),
    Planted("port-taken", "db", "sudo systemctl stop postgresql",
            host=lambda: PretendedHost(listeners=[Listener(5432, "127.0.0.1", "tcp", "postgres", 812)])),
    Planted("port-taken", "app", "kill 4711", variant="unknown",
            host=lambda: PretendedHost(listeners=[Listener(8000, "::", "tcp", "python3", 4711)])),
    Planted("port-taken", "app", "sudo ss -Hlnp 'sport = :8000'", variant="of-another-user",
            host=lambda: PretendedHost(listeners=[Listener(8000, "0.0.0.0")])),
    Planted("port-taken", "app", "docker stop web", variant="container",
            said=running(container("web", ports={"80/tcp": "8000"}))),
    Planted("port-taken", "app, db", "docker compose -p blog stop", variant="stack", said=running(
        container("blog-app-1", project="blog", service="app", ports={"80/tcp": "8000"}),
        container("blog-db-1", project="blog", service="db", ports={"5432/tcp": "5432"}))),
    Planted("project-name-taken", "shop", "docker compose -p shop stop",
            said=running(container("shop-app-1", project="shop", service="web", folder="/home/ada/old"))),
    Planted("container-name-taken", "db", "docker rename postgres postgres-old", said=running(container("postgres")),
            files={"compose.yaml": COMPOSE.replace("17.6\n", "17.6\n    container_name: postgres\n")}),
    # Env files and variables
    Planted("env-file-missing", ".env", "install -m 600 .env.example .env", files={".env": None}),
    Planted("env-file-missing", ".env", "make .env", variant="made-by-make",
            files={".env": None, "Makefile": ".env: | .env.example\n\tinstall -m 600 $| $@\n"}),
    Planted("env-file-missing", "env/.env.dev", "dockwright env create dev", variant="of-an-environment",
            files={"compose.yaml": COMPOSE.replace("env_file: .env", "env_file: env/.env.dev"),
                   "env/.env.dev.example": "SESSION_SECRET=\n"}),
    Planted("env-file-mangled", ".env", "sed -i -e '1s/^\\xef\\xbb\\xbf//' -e 's/\\r$//' .env", mended=True,
            files={".env": f"\ufeffDB_PASSWORD={CANARY}\r\nSESSION_SECRET={CANARY}2\r\n",
                   "run.sh": "#!/bin/sh\nset -a\n. ./.env\nexec uvicorn src.main:app\n"}),
    Planted("env-file-quotes", "DB_PASSWORD", "sed -i 's/[\u201c\u201d\u201e]/\"/g' .env",
            files={".env": f"DB_PASSWORD=\u201c{CANARY}\u201d\nSESSION_SECRET=x\n"}),
    Planted("variable-required", "DB_PASSWORD", "dockwright env trace DB_PASSWORD",
            files={".env": f"SESSION_SECRET={CANARY}\n"}),
    Planted("variable-required", "DB_PASSWORD", "printf '%s\\n' 'DB_PASSWORD=' >> .env", variant="empty",
            files={".env": f"DB_PASSWORD=\nSESSION_SECRET={CANARY}\n"}),
    Planted("variable-blank", "DATA", "printf '%s\\n' 'DATA=' >> .env",
            files={"compose.yaml": COMPOSE.replace("17.6\n", "17.6\n    volumes: ['${DATA}/init.sql:/init.sql']\n")}),
    Planted("variable-unread", "SESSION_SECRET", "dockwright env trace SESSION_SECRET",
            files={"compose.yaml": COMPOSE.replace("    env_file: .env\n", "")}),
    # What Compose and the build read
    Planted("compose-refused", "compose.yaml", "docker compose -f compose.yaml config --quiet",
            files={"compose.yaml": COMPOSE.replace("    build: .\n", "    biuld: .\n")}),
    Planted("file-broken", "compose.yaml", "dockwright explain DW001", variant="yaml",
            files={"compose.yaml": COMPOSE + "  cache: {image: redis\n"}),
    Planted("compose-v1", "Makefile", "sed -i 's/docker-compose /docker compose /' Makefile", mended=True,
            files={"Makefile": "up:\n\tdocker-compose up -d\n"}),
    Planted("path-missing", "compose.yaml", "dockwright explain DW501",
            files={"compose.yaml": COMPOSE.replace("build: .", "build: {context: ., dockerfile: docker/Dockerfile}"),
                   "Dockerfile": None}),
    Planted("copy-ignored", "Dockerfile", "echo '!start.sh' >> .dockerignore", files={".dockerignore": "*.sh\n.env\n"}),
    Planted("file-broken", "Dockerfile", "dockwright explain DW001", files={"Dockerfile": DOCKERFILE + "FRM base\n"}),
    Planted("lock-stale", "uv.lock", "uv lock", files={"pyproject.toml": PYPROJECT.replace("<1", "<2")}),
    Planted("lock-stale", "uv.lock", "uv lock", variant="new",
            files={"pyproject.toml": PYPROJECT.replace('"uvicorn', '"redis", "uvicorn')}),
    Planted("lock-stale", "uv.lock", "uv lock", variant="gone",
            files={"pyproject.toml": PYPROJECT.replace("pytest", "nox")}),
    Planted("lock-missing", "pyproject.toml", "uv lock",
            files={"uv.lock": None,
            "Dockerfile": DOCKERFILE.replace("COPY src", f"{INSTALL}COPY src")}),
    Planted("container-name-shared", "compose.test.yaml", "dockwright explain DW313",
            files={"compose.yaml": COMPOSE.replace("17.6\n", "17.6\n    container_name: db\n"),
                   "compose.test.yaml": TESTS.replace("17.6\n", "17.6\n    container_name: db\n")}),
    Planted("project-name-shared", "compose.test.yaml", "dockwright explain DW302",
            files={"compose.test.yaml": TESTS.replace("shop-test", "shop")}),
    # Scripts
    Planted("script-crlf", "start.sh", "sed -i 's/\\r$//' start.sh", mended=True,
            files={"start.sh": '#!/bin/sh\r\nexec "$@"\r\n'}),
    Planted("script-not-executable", "start.sh", "chmod +x start.sh", plain=("start.sh",), mended=True),
    Planted("script-not-executable", "src/run.sh", "chmod +x src/run.sh", plain=("src/run.sh",), mended=True,
            variant="mounted",
            files={"src/run.sh": "#!/bin/sh\nexec python main.py\n",
                   "compose.yaml": COMPOSE.replace("    env_file", f"{OWN_START}    env_file", 1)}),
    Planted("interpreter-missing", "start.sh", "sed -i '1s|.*|#!/bin/sh|' start.sh",
            files={"start.sh": '#!/bin/bash\nexec "$@"\n',
            "Dockerfile": DOCKERFILE.replace("3.13-slim", "3.13-alpine")}),
    # Certificates
    Planted("certificate-missing", "certs/cert.pem", "dockwright certs", files={"compose.yaml": TLS}, mended=True),
    Planted("certificate-missing", "certs/cert.pem", "make certs", variant="made-by-make", mended=True,
            files={"compose.yaml": TLS, "Makefile": "certs:\n\t./make-certs.sh\n", "make-certs.sh": "#!/bin/sh\n"}),
    Planted("certificate-expired", "certs/cert.pem", "dockwright certs", files=certificate(-100, -3), mended=True),
    Planted("certificate-not-yet-valid", "certs/cert.pem", "dockwright certs", files=certificate(5, 90), mended=True),
    Planted("certificate-foreign-name", "certs/cert.pem", "dockwright certs",
            files=certificate(name="shop.example.com"), mended=True),
    Planted("certificate-mismatch", "certs/cert.pem", "dockwright certs", mended=True,
            files={**certificate(), "certs/key.pem": certificate()["certs/key.pem"]}),
    Planted("key-unreadable", "certs/key.pem", "dockwright certs", files=certificate(), mended=True,
            host=lambda: PretendedHost(files={"certs/key.pem": HostFile("file", 0o600, 1234, 1234, True, True, 0)})),
    # Mounts and processors
    Planted("mount-missing", "db", "touch init.sql",
            files={"compose.yaml": COMPOSE.replace("17.6\n", f"17.6\n{INIT}")}),
    Planted("mount-missing", "db", "install -m 600 /dev/stdin db_password.txt", variant="secret",
            files={"compose.yaml": COMPOSE.replace("17.6\n", "17.6\n    secrets: [db_password]\n")
                   + "secrets:\n  db_password: {file: ./db_password.txt}\n"}),
    Planted("mount-unreadable", "app", "chmod o+rX src",
            host=lambda: PretendedHost(files={"/project/src": HostFile("folder", 0o700, 501, 20, True, True, 0)})),
    Planted("mount-owner", "app", "sudo chown -R 1000 src",
            host=lambda: PretendedHost(account=Account(501, 20, "ada"),
                                       files={"/project/src": HostFile("folder", 0o755, 501, 20, True, True, 0)})),
    Planted("mount-owner", "app", "UID=501 GID=20 docker compose -f compose.yaml up -d --build",
            variant="build-argument",
            files={"Dockerfile": DOCKERFILE.replace("USER 1000:1000", "ARG UID=1000\nUSER $UID")},
            host=lambda: PretendedHost(account=Account(501, 20, "ada"),
                                       files={"/project/src": HostFile("folder", 0o755, 501, 20, True, True, 0)})),
    Planted("mount-not-shared", "app", "systemctl --user restart docker-desktop",
            said={"info json": '{"OperatingSystem": "Docker Desktop"}'}),
    Planted("wrong-architecture", "db", "docker pull --platform linux/amd64 postgres:17.6",
            said={"image inspect --format postgres": ARM}),
    Planted("wrong-architecture", "db", "docker run --privileged --rm tonistiigi/binfmt --install arm64",
            variant="fixed",
            files={"compose.yaml": COMPOSE.replace("17.6\n", "17.6\n    platform: linux/arm64\n")}),
)  # fmt: skip
