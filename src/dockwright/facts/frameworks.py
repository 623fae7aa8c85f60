"""How Python frameworks and servers show themselves, and how a server's command line reads.

Options and defaults are those of each tool's own command line. An option that no row lists is taken to have a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeAlias

Interface: TypeAlias = Literal["asgi", "wsgi"]
Role: TypeAlias = Literal["web", "worker", "scheduler"]
Told: TypeAlias = Literal["object", "module", "script"]


class Framework(NamedTuple):
    """A framework: its distributions, the calls that make its app object, and what serves it by default.

    `calls` are dotted names as imported. `interface` is None where the framework brings its own server.
    `server` names a row of `SERVERS`; None where a script is run directly. `told` is what a server is told to run: the
    object that the call makes (`module:name`), the module with the call in it, or that module's file.
    """

    distributions: tuple[str, ...]
    calls: tuple[str, ...]
    interface: Interface | None
    server: str | None
    port: int | None
    role: Role = "web"
    told: Told = "object"


# The order decides between frameworks that build on one another: NiceGUI and FastAPI are Starlette as well.
FRAMEWORKS: Mapping[str, Framework] = {
    "fastapi": Framework(("fastapi",), ("fastapi.FastAPI", "fastapi.applications.FastAPI"), "asgi", "uvicorn", 8000),
    "litestar": Framework(("litestar",), ("litestar.Litestar", "litestar.app.Litestar"), "asgi", "uvicorn", 8000),
    "starlette": Framework(
        ("starlette",), ("starlette.applications.Starlette", "starlette.Starlette"), "asgi", "uvicorn", 8000
    ),
    "quart": Framework(("quart",), ("quart.Quart", "quart.app.Quart"), "asgi", "hypercorn", 5000),
    "flask": Framework(
        ("flask", "apiflask", "connexion"),
        ("flask.Flask", "flask.app.Flask", "apiflask.APIFlask", "connexion.FlaskApp", "flask_openapi3.OpenAPI"),
        "wsgi",
        "gunicorn",
        5000,
    ),
    "django": Framework(
        ("django",),
        (
            "django.core.wsgi.get_wsgi_application",
            "django.core.asgi.get_asgi_application",
            "channels.routing.ProtocolTypeRouter",
        ),
        "wsgi",
        "gunicorn",
        8000,
    ),
    "sanic": Framework(("sanic",), ("sanic.Sanic", "sanic.app.Sanic"), "asgi", "sanic", 8000),
    "aiohttp": Framework(("aiohttp",), ("aiohttp.web.Application",), None, None, 8080),
    "falcon": Framework(("falcon",), ("falcon.App", "falcon.asgi.App"), "wsgi", "gunicorn", 8000),
    "celery": Framework(("celery",), ("celery.Celery", "celery.app.Celery"), None, "celery", None, "worker"),
    "dramatiq": Framework(("dramatiq",), ("dramatiq.set_broker",), None, "dramatiq", None, "worker", "module"),
    "rq": Framework(("rq",), ("rq.Worker", "rq.worker.Worker"), None, "rq", None, "worker", "module"),
    "arq": Framework(("arq",), ("arq.run_worker", "arq.worker.run_worker"), None, "arq", None, "worker", "module"),
    "streamlit": Framework(
        ("streamlit",), ("streamlit.set_page_config", "streamlit.title"), None, "streamlit", 8501, "web", "script"
    ),
    "gradio": Framework(
        ("gradio",), ("gradio.Blocks", "gradio.Interface", "gradio.ChatInterface"), None, None, 7860, "web", "script"
    ),
    "nicegui": Framework(("nicegui",), ("nicegui.ui.run",), None, None, 8080, "web", "script"),
}

# The interface where it depends on which call of a framework made the app.
INTERFACE_OF_CALL: Mapping[str, Interface] = {
    "django.core.asgi.get_asgi_application": "asgi",
    "channels.routing.ProtocolTypeRouter": "asgi",
    "falcon.asgi.App": "asgi",
}


class ServerProgram(NamedTuple):
    """How one server's command line reads.

    `host`, `port` and the rest name the options that give each; `bind` those that give host and port in one.
    `flags` are the options without a value: every other option takes the next word, or what follows its `=`.
    `app` are options that name the app; `positional` tells what the first word that is no option means.
    `reloads` and `tls` are the words that alone switch on reloading and TLS; `implied_reload` and `implied_tls` hold
    without any. `endpoint` options take a Twisted endpoint: `ssl:443:privateKey=k:certKey=c`.
    """

    host: tuple[str, ...] = ()
    port: tuple[str, ...] = ()
    bind: tuple[str, ...] = ()
    endpoint: tuple[str, ...] = ()
    certificate: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    workers: tuple[str, ...] = ()
    app: tuple[str, ...] = ()
    config: tuple[str, ...] = ()
    reloads: tuple[str, ...] = ()
    flags: frozenset[str] = frozenset()
    positional: Literal["app", "address", "none"] = "app"
    default_host: str | None = "127.0.0.1"
    default_port: int | None = 8000
    interface: Interface | None = None
    role: Role = "web"
    implied_reload: bool = False
    tls: tuple[str, ...] = ()
    implied_tls: bool = False


def _flags(words: str) -> frozenset[str]:
    return frozenset(words.split())


_UVICORN = ServerProgram(
    host=("--host",),
    port=("--port",),
    certificate=("--ssl-certfile",),
    key=("--ssl-keyfile",),
    workers=("--workers",),
    reloads=("--reload",),
    flags=_flags(
        "--reload --factory --proxy-headers --no-proxy-headers --server-header --no-server-header --date-header "
        "--no-date-header --access-log --no-access-log --use-colors --no-use-colors --version --help"
    ),
    interface="asgi",
)
_GUNICORN = ServerProgram(
    bind=("-b", "--bind"),
    certificate=("--certfile",),
    key=("--keyfile",),
    workers=("-w", "--workers"),
    config=("-c", "--config"),
    reloads=("--reload",),
    flags=_flags(
        "--reload --spew --check-config --print-config --preload --no-sendfile --sendfile --reuse-port -D --daemon "
        "--initgroups --capture-output --log-syslog -R --enable-stdio-inheritance --disable-redirect-access-to-syslog "
        "--proxy-protocol --suppress-ragged-eofs --do-handshake-on-connect --strip-header-spaces --no-control-socket "
        "--permit-obsolete-folding --permit-unconventional-http-method --permit-unconventional-http-version "
        "--casefold-http-method -h --help -v --version"
    ),
    interface="wsgi",
)
_HYPERCORN = ServerProgram(
    bind=("-b", "--bind"),
    certificate=("--certfile",),
    key=("--keyfile",),
    workers=("-w", "--workers"),
    config=("-c", "--config"),
    reloads=("--reload",),
    flags=_flags("--reload --debug -h --help"),
    interface="asgi",
)
_GRANIAN = ServerProgram(
    host=("--host",),
    port=("--port",),
    certificate=("--ssl-certificate",),
    key=("--ssl-keyfile",),
    workers=("--workers",),
    reloads=("--reload",),
    flags=_flags(
        "--reload --no-reload --ws --no-ws --http1-keep-alive --no-http1-keep-alive --log --no-log --access-log "
        "--no-access-log --factory --no-factory --ssl-client-verify --no-ssl-client-verify --respawn-failed-workers "
        "--no-respawn-failed-workers --blocking-threads-idle --http2-adaptive-window --no-http2-adaptive-window "
        "--http2-enable-connect-protocol --no-http2-enable-connect-protocol --reload-ignore-worker-failure "
        "--http1-pipeline-flush --no-http1-pipeline-flush --static-path-precompressed --version --help"
    ),
)
_DAPHNE = ServerProgram(
    host=("-b", "--bind"),
    port=("-p", "--port"),
    endpoint=("-e", "--endpoint"),
    flags=_flags("--proxy-headers --no-server-name --help -h"),
    interface="asgi",
)
_FLASK = ServerProgram(
    host=("-h", "--host"),
    port=("-p", "--port"),
    certificate=("--cert",),
    key=("--key",),
    app=("--app", "-A"),
    reloads=("--reload", "--debug"),
    flags=_flags(
        "--reload --no-reload --debug --no-debug --debugger --no-debugger --with-threads --without-threads --version"
    ),
    positional="none",
    default_port=5000,
    interface="wsgi",
)
_RUNSERVER = ServerProgram(
    certificate=("--cert-file", "--cert", "--certificate"),
    key=("--key-file", "--key"),
    flags=_flags(
        "--noreload --nothreading --nostatic --insecure --ipv6 -6 --force-color --no-color --skip-checks --traceback "
        "--noasgi --nopin --pm --threaded --print-sql --keep-meta-shutdown --reloader-type-stat"
    ),
    positional="address",
    interface="wsgi",
    implied_reload=True,
)
_FASTAPI = ServerProgram(
    host=("--host",),
    port=("--port",),
    workers=("--workers",),
    app=("--app", "-e", "--entrypoint"),
    reloads=("--reload",),
    flags=_flags("--reload --no-reload --proxy-headers --no-proxy-headers --verbose --version --help"),
    interface="asgi",
)
_WORKER = ServerProgram(default_host=None, default_port=None, role="worker")
_CELERY = _WORKER._replace(
    app=("-A", "--app"),
    workers=("-c", "--concurrency"),
    positional="none",
    flags=_flags(
        "-E --task-events --events --purge --discard --without-gossip --without-mingle --without-heartbeat "
        "-B --beat --detach -D --no-color -C -q --quiet --skip-checks --version --help"
    ),
)
_LITESTAR = ServerProgram(
    host=("-H", "--host"),
    port=("-p", "--port"),
    certificate=("--ssl-certfile",),
    key=("--ssl-keyfile",),
    workers=("-W", "--wc", "--web-concurrency", "--workers"),
    app=("--app",),
    reloads=("-r", "--reload"),
    tls=("--create-self-signed-cert",),
    flags=_flags("-r --reload -d --debug -P --pdb --use-pdb --create-self-signed-cert --quiet-console"),
    positional="none",
    interface="asgi",
)
_SANIC = ServerProgram(
    host=("-H", "--host"),
    port=("-p", "--port"),
    certificate=("--cert",),
    key=("--key",),
    workers=("-w", "--workers"),
    reloads=("-r", "--reload", "--auto-reload", "-d", "--dev"),
    flags=_flags(
        "-r --reload --auto-reload -d --dev --debug --fast --single-process --access-logs --no-access-logs --factory "
        "--simple --repl --no-motd --motd -v --verbosity --coffee --no-coffee --noisy-exceptions --tls-strict-host"
    ),
    interface="asgi",
)

# A program, then the subcommand that serves. "" is a program that has none; the longest match wins.
SERVERS: Mapping[tuple[str, str], ServerProgram] = {
    ("uvicorn", ""): _UVICORN,
    ("gunicorn", ""): _GUNICORN,
    ("hypercorn", ""): _HYPERCORN,
    ("granian", ""): _GRANIAN,
    ("daphne", ""): _DAPHNE,
    ("waitress-serve", ""): ServerProgram(
        host=("--host",),
        port=("--port",),
        bind=("--listen",),
        app=("--app",),
        flags=_flags("--call --ipv4 --no-ipv4 --ipv6 --no-ipv6 --expose-tracebacks --no-expose-tracebacks --help"),
        default_host="0.0.0.0",  # noqa: S104  # the server's default, told and not bound
        default_port=8080,
        interface="wsgi",
    ),
    ("uwsgi", ""): ServerProgram(
        bind=("--http", "--http-socket", "--https"),
        workers=("-p", "--processes", "--workers"),
        app=("-w", "--module", "--wsgi", "--wsgi-file", "--file"),
        config=("--ini", "--yaml", "--json", "--xml"),
        reloads=("--py-autoreload", "--python-autoreload"),
        flags=_flags("-M --master --enable-threads --vacuum --die-on-term --need-app --lazy-apps --single-interpreter"),
        positional="none",
        default_host=None,
        default_port=None,
        interface="wsgi",
    ),
    ("fastapi", "run"): _FASTAPI._replace(default_host="0.0.0.0"),  # noqa: S104  # as above
    ("fastapi", "dev"): _FASTAPI._replace(implied_reload=True),
    ("flask", "run"): _FLASK,
    ("quart", "run"): _FLASK._replace(certificate=("--certfile",), key=("--keyfile",), interface="asgi"),
    ("sanic", ""): _SANIC,
    ("litestar", "run"): _LITESTAR,
    ("manage.py", "runserver"): _RUNSERVER,
    ("manage.py", "runserver_plus"): _RUNSERVER,
    ("manage.py", "runsslserver"): _RUNSERVER._replace(implied_tls=True),
    ("django-admin", "runserver"): _RUNSERVER,
    ("celery", "worker"): _CELERY,
    ("celery", "beat"): _CELERY._replace(role="scheduler", workers=()),
    ("celery", "flower"): _CELERY._replace(
        host=("--address",),
        port=("--port",),
        certificate=("--certfile",),
        key=("--keyfile",),
        default_host="0.0.0.0",  # noqa: S104  # as above
        default_port=5555,
        role="web",
    ),
    ("dramatiq", ""): _WORKER._replace(
        workers=("-p", "--processes"), reloads=("--watch",), flags=_flags("--skip-logging --watch-use-polling -v")
    ),
    ("dramatiq-gevent", ""): _WORKER._replace(workers=("-p", "--processes"), flags=_flags("--skip-logging -v")),
    ("rq", "worker"): _WORKER._replace(
        config=("-c", "--config"),
        positional="none",
        flags=_flags("-b --burst -s --with-scheduler -q --quiet -v --verbose --disable-default-exception-handler"),
    ),
    ("rqworker", ""): _WORKER._replace(positional="none", flags=_flags("-b --burst --with-scheduler")),
    ("arq", ""): _WORKER._replace(flags=_flags("--burst --no-burst --check -v --verbose"), reloads=("--watch",)),
    ("manage.py", "rqworker"): _WORKER._replace(positional="none", flags=_flags("--burst --with-scheduler")),
    ("manage.py", "qcluster"): _WORKER._replace(positional="none"),
    ("manage.py", "run_huey"): _WORKER._replace(positional="none"),
    ("manage.py", "rundramatiq"): _WORKER._replace(workers=("-p", "--processes"), positional="none"),
    ("streamlit", "run"): ServerProgram(
        host=("--server.address",),
        port=("--server.port",),
        certificate=("--server.sslCertFile",),
        key=("--server.sslKeyFile",),
        default_host="0.0.0.0",  # noqa: S104  # as above
        default_port=8501,
        implied_reload=True,
    ),
    ("http.server", ""): ServerProgram(
        host=("-b", "--bind"),
        flags=_flags("--cgi -h --help"),
        certificate=("--tls-cert",),
        key=("--tls-key",),
        positional="address",
        default_host="0.0.0.0",  # noqa: S104  # as above
    ),
    ("gradio", ""): ServerProgram(default_port=7860, implied_reload=True),
}

# Modules that `python -m` runs as a server, and a server's name for each; the rest of the words read alike.
MODULES: Mapping[str, str] = {
    "uvicorn": "uvicorn",
    "gunicorn": "gunicorn",
    "gunicorn.app.wsgiapp": "gunicorn",
    "hypercorn": "hypercorn",
    "granian": "granian",
    "daphne": "daphne",
    "waitress": "waitress-serve",
    "fastapi": "fastapi",
    "flask": "flask",
    "quart": "quart",
    "sanic": "sanic",
    "litestar": "litestar",
    "celery": "celery",
    "dramatiq": "dramatiq",
    "rq": "rq",
    "arq": "arq",
    "streamlit": "streamlit",
    "streamlit.web.cli": "streamlit",
    "django": "django-admin",
    "http.server": "http.server",
}


class Wrapper(NamedTuple):
    """A command that runs the command after it.

    `subcommands` are those that do so, where it has any. `values` are its options that take a value; any other option
    is one word. `operands` counts words of its own before the command. `module` options name a Python module to run,
    and `python` says that a plain word is a script. `quoted`: the command is a single word, to be split again.
    """

    subcommands: tuple[str, ...] = ()
    values: frozenset[str] = frozenset()
    operands: int = 0
    quoted: bool = False
    module: tuple[str, ...] = ()
    assignments: bool = False
    python: bool = False
    reloads: bool = False


_RUN = ("run",)
WRAPPERS: Mapping[str, Wrapper] = {
    "uv": Wrapper(
        _RUN,
        _flags(
            "--with --with-editable --with-requirements --extra --no-extra --group --no-group --only-group --env-file "
            "--package -p --python --project --directory --config-file --index --default-index -i --index-url "
            "--extra-index-url -f --find-links --index-strategy --keyring-provider --resolution --prerelease "
            "--fork-strategy --exclude-newer --link-mode -C --config-setting --refresh-package --reinstall-package "
            "-P --upgrade-package --cache-dir --color --python-preference --allow-insecure-host -w --no-binary-package "
            "--no-build-package --no-build-isolation-package --python-platform"
        ),
        module=("-m", "--module"),
    ),
    "uvx": Wrapper((), _flags("--from --with -p --python --index --with-editable --env-file")),
    "poetry": Wrapper(_RUN, _flags("-C --directory -P --project")),
    "pipenv": Wrapper(_RUN, _flags("--python")),
    "pdm": Wrapper(_RUN, _flags("-p --project -s --site-packages --venv")),
    "hatch": Wrapper(_RUN, _flags("-e --env -p --project")),
    "rye": Wrapper(_RUN),
    "pixi": Wrapper(_RUN, _flags("-e --environment --manifest-path")),
    "conda": Wrapper(_RUN, _flags("-n --name -p --prefix --cwd")),
    "micromamba": Wrapper(_RUN, _flags("-n --name -p --prefix --cwd")),
    "exec": Wrapper((), _flags("-a")),
    "command": Wrapper(),
    "env": Wrapper((), _flags("-u --unset -C --chdir"), assignments=True),
    "nice": Wrapper((), _flags("-n --adjustment")),
    "nohup": Wrapper(),
    "time": Wrapper(),
    "setsid": Wrapper(),
    "stdbuf": Wrapper((), _flags("-i -o -e")),
    "timeout": Wrapper((), _flags("-k --kill-after -s --signal"), operands=1),
    "dumb-init": Wrapper((), _flags("-r --rewrite")),
    "tini": Wrapper((), _flags("-p -e")),
    "catatonit": Wrapper(),
    "gosu": Wrapper(operands=1),
    "su-exec": Wrapper(operands=1),
    "chpst": Wrapper((), _flags("-u -U -e")),
    "setpriv": Wrapper((), _flags("--reuid --regid --groups")),
    "runuser": Wrapper((), _flags("-u --user -g")),
    "sudo": Wrapper((), _flags("-u --user -g --group"), assignments=True),
    "s6-setuidgid": Wrapper(operands=1),
    "chroot": Wrapper((), operands=1),
    "opentelemetry-instrument": Wrapper(
        (),
        _flags(
            "--traces_exporter --metrics_exporter --logs_exporter --service_name --exporter_otlp_endpoint "
            "--id_generator"
        ),
    ),
    "ddtrace-run": Wrapper(),
    "newrelic-admin": Wrapper(("run-program",)),
    "elastic-apm-run": Wrapper((), _flags("--config")),
    "sentry-cli": Wrapper(_RUN),
    "watchfiles": Wrapper(
        (),
        _flags("--filter --ignore-paths --target-type --args --grace-period --sigint-timeout --sigkill-timeout"),
        quoted=True,
        reloads=True,
    ),
    "watchmedo": Wrapper(
        ("auto-restart",), _flags("-d --directory -p --pattern --patterns -i --ignore-patterns --signal"), reloads=True
    ),
    "debugpy": Wrapper((), _flags("--listen --connect --configure-subProcess --log-to"), module=("-m",), python=True),
    "coverage": Wrapper(_RUN, _flags("--rcfile --source --omit --include --data-file"), module=("-m",), python=True),
    "memray": Wrapper(_RUN, _flags("-o --output -p"), module=("-m",), python=True),
    "wait-for-it": Wrapper((), _flags("-t --timeout -h --host -p --port"), operands=1),
    "wait-for-it.sh": Wrapper((), _flags("-t -h -p"), operands=1),
    "wait-for": Wrapper((), _flags("-t"), operands=1),
    "wait-for.sh": Wrapper((), _flags("-t"), operands=1),
    "dockerize": Wrapper((), _flags("-wait -timeout -template -stdout -stderr -wait-retry-interval")),
    "doppler": Wrapper(_RUN, _flags("-p --project -c --config -t --token")),
    "infisical": Wrapper(_RUN, _flags("--env --path --projectId --token")),
    "op": Wrapper(_RUN, _flags("--env-file")),
    "chamber": Wrapper(("exec",), operands=1),
}

# Python's own options that take a value. https://docs.python.org/3/using/cmdline.html
PYTHON_VALUES = _flags("-W -X --check-hash-based-pycs")


class ScriptCall(NamedTuple):
    """A call by which a script serves itself: the names of its arguments, and the defaults that hold without them.

    `host` and `port` are keyword names, with the position of each where it can be passed without its name.
    `address`: the position of a `(host, port)` pair.
    """

    program: str
    app: int | None = 0
    host: str = "host"
    port: str = "port"
    host_position: int | None = None
    port_position: int | None = None
    address: int | None = None
    certificate: tuple[str, ...] = ("ssl_certfile", "certfile")
    key: tuple[str, ...] = ("ssl_keyfile", "keyfile")
    context: tuple[str, ...] = ()
    reloads: tuple[str, ...] = ("reload",)
    default_host: str | None = "127.0.0.1"
    default_port: int | None = 8000
    implied_reload: bool = False


_ANY = "0.0.0.0"  # noqa: S104  # the libraries' default, told and not bound
_HTTP_SERVER = ScriptCall("http.server", None, address=0, default_host=None, default_port=None)

# By the dotted name of the call.
SCRIPT_CALLS: Mapping[str, ScriptCall] = {
    "uvicorn.run": ScriptCall("uvicorn"),
    "uvicorn.Config": ScriptCall("uvicorn"),
    "granian.Granian": ScriptCall(
        "granian", host="address", certificate=("ssl_cert",), key=("ssl_key",), default_port=8000
    ),
    "waitress.serve": ScriptCall("waitress", default_host=_ANY, default_port=8080),
    "aiohttp.web.run_app": ScriptCall("aiohttp", context=("ssl_context",), default_host=_ANY, default_port=8080),
    "nicegui.ui.run": ScriptCall("nicegui", None, default_host=_ANY, default_port=8080, implied_reload=True),
    "http.server.HTTPServer": _HTTP_SERVER,
    "http.server.ThreadingHTTPServer": _HTTP_SERVER,
    "socketserver.TCPServer": _HTTP_SERVER,
    "socketserver.ThreadingTCPServer": _HTTP_SERVER,
    "wsgiref.simple_server.make_server": ScriptCall(
        "wsgiref", 2, host_position=0, port_position=1, default_host=None, default_port=None
    ),
    "gevent.pywsgi.WSGIServer": ScriptCall("gevent", 1, address=0, default_host=None, default_port=None),
    "prometheus_client.start_http_server": ScriptCall(
        "prometheus", None, host="addr", port_position=0, host_position=1, default_host=_ANY, default_port=None
    ),
}

# By the framework of the object and the method called on it: `app.run(...)`, `demo.launch(...)`.
SCRIPT_METHODS: Mapping[tuple[str, str], ScriptCall] = {
    ("flask", "run"): ScriptCall(
        "flask", None, host_position=0, port_position=1, context=("ssl_context",), reloads=("debug",), default_port=5000
    ),
    ("quart", "run"): ScriptCall(
        "quart", None, host_position=0, port_position=1, reloads=("debug",), default_port=5000, implied_reload=True
    ),
    ("sanic", "run"): ScriptCall(
        "sanic", None, host_position=0, port_position=1, context=("ssl",), reloads=("auto_reload", "dev", "debug")
    ),
    ("gradio", "launch"): ScriptCall("gradio", None, host="server_name", port="server_port", default_port=7860),
}

# Distributions that are a server, and its name in `SERVERS`.
SERVER_DISTRIBUTIONS: Mapping[str, str] = {
    "uvicorn": "uvicorn",
    "gunicorn": "gunicorn",
    "hypercorn": "hypercorn",
    "granian": "granian",
    "daphne": "daphne",
    "waitress": "waitress-serve",
    "uwsgi": "uwsgi",
    "pyuwsgi": "uwsgi",
    "fastapi-cli": "fastapi",
    "celery": "celery",
    "dramatiq": "dramatiq",
    "rq": "rq",
    "arq": "arq",
    "streamlit": "streamlit",
}

# Segments of a path that only a health endpoint has, and those that mean one where they stand first or behind another.
HEALTH_SEGMENTS = frozenset(
    (
        "health", "healthz", "health-check", "healthcheck", "health_check", "_health", "livez", "liveness", "readyz",
        "readiness", "heartbeat", "__heartbeat__", "__lbheartbeat__", "startupz",
    )
)  # fmt: skip
HEALTH_SEGMENTS_IN_FRONT = frozenset(("live", "ready", "ping", "alive", "up", "status", "startup", "ht"))

# Calls that tie a path to a handler, and the position of the path.
ROUTE_CALLS: Mapping[str, int] = {
    "django.urls.path": 0,
    "django.urls.re_path": 0,
    "django.conf.urls.url": 0,
    "starlette.routing.Route": 0,
    "fastapi.routing.APIRoute": 0,
    "aiohttp.web.get": 0,
    "aiohttp.web.route": 1,
    "litestar.get": 0,
    "litestar.handlers.get": 0,
}
# Methods that do so on an app or a router; those of the second table only as decorators, since clients have them too.
ROUTE_METHODS: Mapping[str, int] = {
    "add_api_route": 0,
    "add_route": 0,
    "add_url_rule": 0,
    "add_get": 0,
    "add_resource": 1,
}
ROUTE_DECORATORS = frozenset(("get", "head", "route", "api_route"))
# Classes of routers, with the keyword of their prefix; and methods that include one, with the keyword of theirs.
ROUTERS: Mapping[str, str] = {
    "fastapi.APIRouter": "prefix",
    "fastapi.routing.APIRouter": "prefix",
    "flask.Blueprint": "url_prefix",
    "quart.Blueprint": "url_prefix",
    "sanic.Blueprint": "url_prefix",
    "apiflask.APIBlueprint": "url_prefix",
    "flask_smorest.Blueprint": "url_prefix",
}
INCLUDES: Mapping[str, str] = {
    "include_router": "prefix",
    "register_blueprint": "url_prefix",
    "blueprint": "url_prefix",
}

# The command that brings a database up to date, by tool, to be run in the folder of its configuration.
MIGRATIONS: Mapping[str, tuple[str, ...]] = {
    "alembic": ("alembic", "upgrade", "head"),
    "flask-migrate": ("flask", "db", "upgrade"),
    "django": ("python", "manage.py", "migrate", "--noinput"),
    "aerich": ("aerich", "upgrade"),
}
