"""Dockerfiles to measure with: as many as are wanted, no two alike, the same ones on every machine.

Each is put together from fragments as people write them: an image, what its package manager installs, tools that are
downloaded and unpacked, accounts, entry points written in place, builds in stages, and what is run in the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from random import Random
from typing import NamedTuple

SEED = 20

_APT = """build-essential curl git ca-certificates libpq-dev libxml2-dev libxslt1-dev libjpeg-dev zlib1g-dev gettext
libmagic1 libffi-dev libssl-dev netcat-openbsd tini gosu procps locales postgresql-client default-libmysqlclient-dev
pkg-config jq unzip wget gnupg xz-utils cron supervisor nginx ffmpeg graphviz imagemagick openssh-client
rsync""".split()
_APK = """bash build-base curl git libpq-dev libffi-dev openssl-dev musl-dev jpeg-dev zlib-dev linux-headers tzdata
ca-certificates su-exec tini jq postgresql-client mariadb-connector-c-dev libxml2-dev libxslt-dev nodejs npm make
nginx supervisor openssh-client gettext icu-libs libstdc++ gcompat imagemagick""".split()
_DNF = """gcc gcc-c++ make git tar gzip unzip which findutils openssl-devel libffi-devel postgresql-devel python3-devel
nginx cronie procps-ng jq wget rsync shadow-utils hostname iproute bind-utils""".split()
_PIP = """fastapi uvicorn[standard] gunicorn django celery redis psycopg[binary] sqlalchemy alembic pydantic httpx
flask requests boto3 numpy pandas pillow lxml cryptography sentry-sdk structlog orjson""".split()
_TOOLS = "dumb-init dockerize wait-for migrate kubectl helm terraform yq grpcurl mc restic goose task just hugo".split()
_NAMES = """shop billing orders catalog search mailer worker gateway auth reports media feeds ledger planner tracker
metrics notify ingest export portal wiki forum quiz booking stock payroll survey""".split()
_SETTINGS = """APP_ENV LOG_LEVEL PORT WORKERS TZ LANG DATA_DIR CACHE_DIR CONFIG_FILE STATIC_ROOT MAX_CONNECTIONS TIMEOUT
BIND_ADDRESS SENTRY_RELEASE FEATURE_FLAGS JAVA_OPTS NODE_OPTIONS GUNICORN_CMD_ARGS""".split()


class _Chance:
    """Random choices for one file."""

    def __init__(self, random: Random):
        self.random = random
        self.name = f"{self.one(_NAMES)}-{self.one(_NAMES)}"

    def one(self, choices: list[str] | tuple[str, ...]) -> str:
        return self.random.choice(choices)

    def some(self, choices: list[str], least: int, most: int) -> list[str]:
        return self.random.sample(choices, self.random.randint(least, min(most, len(choices))))

    def often(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def version(self) -> str:
        return f"{self.random.randrange(4)}.{self.random.randrange(30)}.{self.random.randrange(12)}"

    def port(self) -> str:
        return self.one(("80", "3000", "5000", "8000", "8080", "8443", "9000"))

    def digits(self, number: int) -> str:
        return "".join(self.random.choices("0123456789abcdef", k=number))


Lines = Iterator[str]
Fragment = Callable[[_Chance], Lines]


def _joined(first: str, words: list[str], rest: str = "") -> str:
    return first + "".join(f" \\\n        {word}" for word in words) + rest


def _apt(chance: _Chance) -> Lines:
    packages = sorted(chance.some(_APT, 2, 12))
    quiet, lean = chance.one(("", "-q ", "-qq ")), chance.one(("", "--no-install-recommends "))
    clean = chance.one(
        ("", " \\\n    && rm -rf /var/lib/apt/lists/*", " && apt-get clean && rm -rf /var/lib/apt/lists/*")
    )
    if chance.often(10):
        yield "RUN apt-get update"
        yield f"RUN apt-get install -y {' '.join(packages)}"
    else:
        program = chance.one(("apt-get", "apt-get", "apt-get", "apt"))
        yield _joined(f"RUN {program} {quiet}update && {program} install -y {lean}".rstrip(), packages, clean)


def _apk(chance: _Chance) -> Lines:
    packages = sorted(chance.some(_APK, 2, 10))
    if chance.often(30):
        yield _joined("RUN apk add --no-cache --virtual .build-deps", packages, f" \\\n    && {_built(chance)} \\\n"
                      "    && apk del .build-deps")  # fmt: skip
    else:
        yield _joined(f"RUN apk {chance.one(('add --no-cache', 'add --no-cache --update', 'add'))}", packages)


def _dnf(chance: _Chance) -> Lines:
    program = chance.one(("dnf", "microdnf", "yum"))
    clean = chance.one(("", f" && {program} clean all", f" && {program} clean all && rm -rf /var/cache/{program}"))
    yield _joined(f"RUN {program} install -y", sorted(chance.some(_DNF, 2, 9)), clean)


def _built(chance: _Chance) -> str:
    return chance.one(
        (
            "pip install -r requirements.txt",
            'make -j"$(nproc)" install',
            "./configure --prefix=/usr/local && make && make install",
            "npm ci --omit=dev",
            "cd /tmp/build && cmake -DCMAKE_BUILD_TYPE=Release . && make install",
            "for dir in libs/*; do (cd $dir && make install); done",
        )
    )


def _download(chance: _Chance) -> Lines:
    tool, version = chance.one(_TOOLS), chance.version()
    name = tool.upper().replace("-", "_")
    place = f"https://downloads.example.com/{tool}"
    if chance.often(50):
        yield f"ARG {name}_VERSION={version}"
    else:
        yield f"ENV {name}_VERSION {version}"
    yield chance.one(
        (
            f"RUN curl -fsSL {place}/v${{{name}_VERSION}}/{tool}-linux-amd64.tar.gz | tar -xz -C /usr/local/bin {tool}",
            f"RUN wget -q {place}/${name}_VERSION/{tool}.zip -O /tmp/{tool}.zip \\\n"
            f"    && unzip /tmp/{tool}.zip -d /opt/{tool} \\\n    && rm /tmp/{tool}.zip \\\n"
            f"    && ln -s /opt/{tool}/bin/{tool} /usr/local/bin/{tool}",
            "RUN set -eux; \\\n    arch=\"$(uname -m)\"; \\\n    case \"$arch\" in \\\n"
            "        x86_64) arch=amd64; sha=" + chance.digits(64) + " ;; \\\n"
            "        aarch64) arch=arm64; sha=" + chance.digits(64) + " ;; \\\n"
            "        *) echo >&2 \"unsupported architecture: $arch\"; exit 1 ;; \\\n    esac; \\\n"
            f"    curl -fsSLo /usr/local/bin/{tool} \"{place}/${{{name}_VERSION}}/{tool}-$arch\"; \\\n"
            f"    echo \"$sha  /usr/local/bin/{tool}\" | sha256sum -c -; \\\n"
            f"    chmod +x /usr/local/bin/{tool}; \\\n    {tool} --version",
            f"RUN export DIR=/opt/{tool} && mkdir -p $DIR && cd $DIR \\\n"
            f"    && curl -L {place}/{version}/{tool}.tgz > {tool}.tgz && tar xzf {tool}.tgz && rm {tool}.tgz \\\n"
            f"    && [ -x $DIR/{tool} ] && echo export PATH=$DIR:'$PATH' >> /etc/profile",
            f"ADD {place}/{version}/{tool} /usr/local/bin/{tool}\nRUN chmod 755 /usr/local/bin/{tool}",
        )
    )  # fmt: skip


def _account(chance: _Chance) -> Lines:
    user, number = chance.one(("app", "web", chance.name.partition("-")[0])), chance.one(("999", "1000", "10001"))
    yield chance.one(
        (
            f"RUN groupadd -r {user} && useradd -r -g {user} -u {number} -d /{user} {user}",
            f"RUN addgroup -S {user} && adduser -S -G {user} -u {number} {user}",
            f"RUN useradd --create-home --uid {number} {user} \\\n    && mkdir -p /data/{chance.name} \\\n"
            f"    && chown -R {user}:{user} /data",
            f"RUN if ! id {user} >/dev/null 2>&1; then adduser --disabled-password --gecos '' {user}; fi",
        )
    )


def _settings(chance: _Chance) -> Lines:
    names = chance.some(_SETTINGS, 1, 5)
    values = [chance.one(("production", "info", chance.port(), "/srv/data", "4", "C.UTF-8", "'a b'")) for _ in names]
    if chance.often(50):
        yield "ENV " + " \\\n    ".join(f"{name}={value}" for name, value in zip(names, values, strict=True))
    else:
        yield from (f"ENV {name} {value}" for name, value in zip(names, values, strict=True))


def _setup(chance: _Chance) -> Lines:
    folder, file = f"/srv/{chance.name}", chance.one(("app.conf", "settings.ini", "nginx.conf", "logging.yaml"))
    yield chance.one(
        (
            f'RUN for f in {folder}/*.template; do \\\n        envsubst < "$f" > "${{f%.template}}"; \\\n    done',
            f"RUN sed -i 's/worker_processes .*/worker_processes {chance.random.randrange(1, 9)};/' /etc/nginx/{file} "
            f"&& mkdir -p {folder}/static",
            f"RUN <<EOF\nset -e\nmkdir -p {folder}\ncat > {folder}/{file} <<END\nlisten = {chance.port()}\n"
            f"name = {chance.name}\nEND\nchown -R 1000 {folder}\nEOF",
            f'RUN test -n "$BUILD_ID" || BUILD_ID=$(date +%s); echo $BUILD_ID > {folder}/build',
            f"RUN find {folder} -name '*.pyc' -delete; find {folder} -type d -empty -exec rmdir {{}} +",
            f"RUN --mount=type=cache,target=/root/.cache,id={chance.name} \\\n    {_built(chance)}",
            f"RUN mkdir {folder} && cd {folder} && git clone https://git.example.com/{chance.name}.git . "
            f"&& git checkout {chance.digits(8)} && {_built(chance)}",
            "RUN echo '#!/bin/sh' > /entrypoint.sh && echo 'exec \"$@\"' >> /entrypoint.sh && chmod +x /entrypoint.sh",
            f"RUN ls -1 {folder}/migrations | grep -c sql | xargs -I % echo found % in `hostname`",
        )
    )


def _python(chance: _Chance) -> Lines:
    yield f"WORKDIR {chance.one(('/app', '/code', '/srv/app', f'/opt/{chance.name}'))}"
    yield chance.one(
        (
            "COPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt",
            "COPY requirements*.txt ./\nRUN pip install --upgrade pip && pip install -r requirements.txt",
            f"RUN pip3 install {' '.join(f'{name}' for name in chance.some(_PIP, 1, 6))}",
            f"RUN pip install --no-cache-dir {' '.join(f'{x}=={chance.version()}' for x in chance.some(_PIP, 1, 4))}",
            "COPY pyproject.toml poetry.lock ./\nRUN pip install poetry && poetry config virtualenvs.create false \\\n"
            "    && poetry install --no-root --no-interaction",
            "COPY --from=ghcr.io/astral-sh/uv:0.9 /uv /bin/uv\nCOPY pyproject.toml uv.lock ./\nRUN uv sync --frozen",
        )
    )
    yield chance.one(("COPY . .", "COPY src ./src", "ADD . .", "COPY --chown=1000:1000 . ."))
    if chance.often(30):
        yield f"RUN SECRET_KEY={chance.digits(8)} python manage.py collectstatic --noinput && rm -rf tests"


def _node(chance: _Chance) -> Lines:
    yield f"WORKDIR /usr/src/{chance.name}"
    yield "COPY package*.json ./"
    install = chance.one(("npm ci", "npm install", "yarn install --frozen-lockfile", "npm install -g pnpm && pnpm i"))
    yield f"RUN {install}"
    yield "COPY . ."
    yield f"RUN npm run build && mkdir -p dist/{chance.name} && cp -r public/* dist/{chance.name}"


def _compiled(chance: _Chance) -> Lines:
    yield "WORKDIR /src"
    yield chance.one(
        (
            f"COPY go.mod go.sum ./\nRUN go mod download\nCOPY . .\nRUN CGO_ENABLED=0 GOOS=linux go build -ldflags "
            f'"-s -w -X main.version={chance.version()}" -o /out/{chance.name} ./cmd/{chance.name}',
            f"COPY Cargo.toml Cargo.lock ./\nRUN mkdir src && echo 'fn main() {{}}' > src/main.rs "
            "&& cargo build --release && rm -rf src\nCOPY . .\n"
            f"RUN cargo build --release && strip target/release/{chance.name}",
            f"COPY pom.xml .\nRUN mvn -B dependency:go-offline\nCOPY src src\nRUN mvn -B package -DskipTests "
            f"&& mv target/*.jar /out/{chance.name}.jar",
            f"COPY . .\nRUN ./gradlew --no-daemon bootJar && cp build/libs/{chance.name}-$VERSION.jar /app.jar",
        )
    )


class _Image(NamedTuple):
    names: tuple[str, ...]
    installs: Fragment
    builds: Fragment
    starts: tuple[str, ...]


_IMAGES = (
    _Image(
        ("python:3.9", "python:3.11-slim", "python:3.12-slim-bookworm", "python:3.13", "python:latest"), _apt, _python,
        ('["gunicorn", "-b", "0.0.0.0:8000", "app.wsgi"]', "python main.py", "uvicorn app.main:app --host 0.0.0.0",
         '["celery", "-A", "app", "worker"]', '["python", "-m", "app"]', "./start.sh"),
    ),
    _Image(
        ("python:3.12-alpine", "python:3.13-alpine3.22", "alpine:3.20", "alpine"), _apk, _python,
        ('["python", "app.py"]', "gunicorn app:app -w 4", '["/entrypoint.sh"]',
         'sh -c "python migrate.py && exec app"'),
    ),
    _Image(
        ("node:20", "node:22-bookworm-slim", "node:lts", "node"), _apt, _node,
        ('["node", "server.js"]', "npm start", '["npm", "run", "serve"]', "node dist/main.js"),
    ),
    _Image(
        ("ubuntu:22.04", "ubuntu:24.04", "debian:bookworm-slim", "debian:12", "ubuntu"), _apt, _python,
        ('["nginx", "-g", "daemon off;"]', "service cron start && tail -f /dev/null", '["supervisord", "-n"]'),
    ),
    _Image(("golang:1.23", "rust:1.82", "maven:3-eclipse-temurin-21", "gradle:8"), _apt, _compiled, ('["/out/app"]',)),
    _Image(
        ("fedora:41", "rockylinux:9", "registry.access.redhat.com/ubi9/ubi-minimal", "almalinux:9"), _dnf, _python,
        ('["python3", "-m", "http.server"]', "/usr/sbin/httpd -DFOREGROUND"),
    ),
)  # fmt: skip
_LAST = (
    "gcr.io/distroless/static",
    "alpine:3.21",
    "debian:bookworm-slim",
    "eclipse-temurin:21-jre",
    "nginx:1.27-alpine",
)


def _end(chance: _Chance, image: _Image) -> Lines:
    port = chance.port()
    if chance.often(30):
        yield f'LABEL org.opencontainers.image.title="{chance.name}" maintainer="team@example.com"'
    if chance.often(60):
        yield f"EXPOSE {port}{chance.one(('', '', '/tcp'))}"
    if chance.often(15):
        yield chance.one(("VOLUME /data", 'VOLUME ["/var/lib/data"]'))
    if chance.often(30):
        yield f"HEALTHCHECK --interval=30s --timeout=3s CMD curl -f http://localhost:{port}/health || exit 1"
    if chance.often(50):
        yield f"USER {chance.one(('app', '1000', '1000:1000', 'nobody', 'root'))}"
    if chance.often(25):
        yield 'ENTRYPOINT ["/entrypoint.sh"]'
    yield f"CMD {chance.one(image.starts)}"


def _dockerfile(chance: _Chance) -> Lines:
    image = _IMAGES[chance.random.randrange(len(_IMAGES))]
    staged = image.builds is _compiled or chance.often(25)
    if chance.often(20):
        yield "# syntax=docker/dockerfile:1"
    if chance.often(20):
        yield f"ARG VERSION={chance.version()}"
    yield f"FROM {chance.one(image.names)}" + (f" {chance.one(('AS', 'AS', 'as'))} build" if staged else "")
    if chance.often(15):
        yield 'SHELL ["/bin/bash", "-o", "pipefail", "-c"]'
    if chance.often(25):
        yield f"# {chance.name}: what the service needs"
    yield from _settings(chance)
    yield from image.installs(chance)
    for fragment in (_download, _account, _setup, _setup):
        if chance.often(40):
            yield ""
            yield from fragment(chance)
    yield ""
    yield from image.builds(chance)
    if staged:
        yield f"\nFROM {chance.one(_LAST)}"
        yield f"COPY --from=build {chance.one(('/out', '/app', '/src/dist'))} /{chance.name}"
        yield from _settings(chance)
        if chance.often(30):
            yield from _setup(chance)
    yield from _end(chance, image)


def dockerfiles(number: int, seed: int = SEED) -> list[str]:
    """So many different Dockerfiles; fewer of the same seed are the first of more."""
    return list(islice(_distinct(Random(seed)), number))


def _distinct(random: Random) -> Iterator[str]:
    seen = set()
    while True:
        text = "\n".join(_dockerfile(_Chance(random))) + "\n"
        if text not in seen:
            seen.add(text)
            yield text
