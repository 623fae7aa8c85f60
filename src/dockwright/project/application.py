"""The project's Python applications: what a server is told to run, where it answers, and what migrates its database."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from msgspec import Struct

from dockwright.facts.frameworks import (
    FRAMEWORKS,
    HEALTH_SEGMENTS,
    HEALTH_SEGMENTS_IN_FRONT,
    INCLUDES,
    INTERFACE_OF_CALL,
    MIGRATIONS,
    ROUTE_CALLS,
    ROUTE_DECORATORS,
    ROUTE_METHODS,
    ROUTERS,
    Interface,
    Role,
)
from dockwright.project.modules import ancestors, definition, folder_of, in_tests, module_file, python_files, under
from dockwright.project.serving import (
    ScriptServer,
    Server,
    framework_of,
    frameworks_of_names,
    server_of_script,
    servers,
)
from dockwright.syntax import python_code
from dockwright.syntax.python_code import Parse, PythonFile
from dockwright.text import Source, Span, lazy_regex

if TYPE_CHECKING:
    import ast

__all__ = [
    "Application",
    "DjangoProject",
    "HealthRoute",
    "Migrations",
    "ScriptServer",
    "Server",
    "applications",
    "django_projects",
    "health_routes",
    "import_folder",
    "migrations",
    "server_of_script",
    "servers",
]

MigrationTool: TypeAlias = Literal["alembic", "flask-migrate", "django", "aerich"]


class Application(Struct, frozen=True):
    """An app object, or the script that is one.

    `app` is what a server is told: `src.main:app`, `src.main:create_app` (then `factory` is set), a module for what
    works through queues, a script's path for what runs by itself. `folder` is where Python has to look for `module`:
    a working directory or an `--app-dir`, relative to the root. `named` counts the files other than Python that
    name it: commands and settings. `mounted`: another app of the file serves it.
    """

    framework: str
    app: str
    module: str
    folder: str
    path: str
    span: Span
    interface: Interface | None
    role: Role
    factory: bool = False
    named: int = 0
    mounted: bool = False
    in_tests: bool = False


class DjangoProject(Struct, frozen=True):
    """A Django project, told by its `manage.py`: the settings module that this sets, and the app objects found."""

    manage: str
    settings: str | None
    span: Span
    wsgi: str | None
    asgi: str | None


class HealthRoute(Struct, frozen=True):
    """A route that looks like a health endpoint. `complete`: the app answers under exactly this path.

    Otherwise it hangs below a prefix that only the running program knows.
    """

    route: str
    complete: bool
    path: str
    span: Span


class Migrations(Struct, frozen=True):
    """Database migrations in the project: the tool, the folder to run its command in, and the file that shows it."""

    tool: MigrationTool
    folder: str
    path: str

    @property
    def command(self) -> tuple[str, ...]:
        """The command that brings the database up to date."""
        return MIGRATIONS[self.tool]


# Applications

# By the root package of a framework, how the calls that make its app, and classes derived from its own, begin.
_SIGNS: Mapping[str, tuple[str, ...]] = {
    package: tuple(
        sorted(
            sign
            for row in FRAMEWORKS.values()
            for call in row.calls
            if call.partition(".")[0] == package
            for sign in (f"{call.rpartition('.')[2]}(", f"({call.rpartition('.')[2]}")
        )
    )
    for package in sorted({call.partition(".")[0] for row in FRAMEWORKS.values() for call in row.calls})
}
_IMPORTED = lazy_regex(r"^[ \t]*(?:from|import)[ \t]+([A-Za-z_]\w*(?:\.\w+)*)", re.M)
_NAMES_IN_ORDER = ("app", "application", "api", "server", "asgi", "wsgi", "celery", "create_app")


def applications(
    sources: Mapping[str, Source], listing: frozenset[str], parse: Parse = python_code.parse
) -> tuple[Application, ...]:
    """Every app object of the project, the likeliest first: web before workers, those that a command names before
    the rest, objects before factories.
    """
    return told(apps(sources, parse), sources, listing)


def apps(sources: Mapping[str, Source], parse: Parse = python_code.parse) -> tuple[App, ...]:
    """Every app object as the Python files alone say it; nothing else of the sources is looked at."""
    files = [parse(source) for source in python_files(sources, _mentions_a_framework)]
    factories = {(file.source.path, name): made for file in files for name, made in _factories(file).items()}
    signs = {f"{name}(" for _, name in factories}
    callers = python_files(sources, lambda text: any(sign in text for sign in signs)) if signs else []
    known = {file.source.path for file in files}
    found: list[App] = []
    for file in (*files, *(parse(source) for source in callers if source.path not in known)):
        found += _objects(file, factories, sources, parse)
        found += _without_object(file)
    # A factory whose own module calls it to make its app is no app of its own.
    called = {each.factory for each in found if each.factory and each.factory[0] == each.file.source.path}
    by_path = {file.source.path: file for file in files}
    found += [
        App(by_path[path], name, each.framework, each.call, each.node)
        for (path, name), each in factories.items()
        if (path, name) not in called and FRAMEWORKS[each.framework].role == "web"
    ]
    return tuple(found)


def told(found: Iterable[App], sources: Mapping[str, Source], listing: frozenset[str]) -> tuple[Application, ...]:
    """App objects as a server is told to run them, by what the other files say, the likeliest first."""
    folders = {path: import_folder(path, sources, listing) for path in {each.file.source.path for each in found}}
    texts = [source.text for path, source in sources.items() if not path.endswith(".py")]
    made = [_application(each, folders[each.file.source.path], texts) for each in found]
    return tuple(sorted(made, key=_wanted))


def _mentions_a_framework(text: str) -> bool:
    return any(package in text and any(sign in text for sign in signs) for package, signs in _SIGNS.items())


def _wanted(app: Application) -> tuple[object, ...]:
    name = app.app.rpartition(":")[2]
    rank = _NAMES_IN_ORDER.index(name) if name in _NAMES_IN_ORDER else len(_NAMES_IN_ORDER)
    worker, depth = app.role != "web", app.path.count("/")
    return app.in_tests, worker, app.mounted, -app.named, app.factory, rank, depth, app.path, app.span


class _Made(NamedTuple):
    """An app that a factory makes: the framework, the call, and the function."""

    framework: str
    call: str
    node: ast.FunctionDef


class App(NamedTuple):
    """An app in its file: its name there ("" for what has none), framework, call and place."""

    file: PythonFile
    name: str
    framework: str
    call: str
    node: ast.AST
    factory: tuple[str, str] | None = None
    mounted: bool = False


def _factories(file: PythonFile) -> dict[str, _Made]:
    """The module's functions that make an app object and return it."""
    import ast

    lines = [call.lineno for call in file.nodes(ast.Call) if framework_of(file, call)]
    found = {}
    for function in file.tree.body if file.tree else ():
        if not isinstance(function, ast.FunctionDef):
            continue
        if not any(function.lineno <= line <= (function.end_lineno or 0) for line in lines):
            continue
        returned: set[str] = set()
        made: dict[str, tuple[str, str]] = {}
        for node in ast.walk(function):
            if isinstance(node, ast.Return):
                direct = framework_of(file, node.value)
                if direct:
                    made[""] = direct
                    returned.add("")
                elif isinstance(node.value, ast.Name):
                    returned.add(node.value.id)
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                told = framework_of(file, node.value)
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if told:
                    made.update({target.id: told for target in targets if isinstance(target, ast.Name)})
        for name in sorted(returned & made.keys()):
            found[function.name] = _Made(*made[name], function)
    return found


def _objects(
    file: PythonFile,
    factories: Mapping[tuple[str, str], _Made],
    sources: Mapping[str, Source],
    parse: Parse,
) -> Iterator[App]:
    """The app objects that a module binds to names of its own, made by a framework's call or by a factory."""
    import ast

    mounted = _mounted(file)
    seen = set()
    for statement in _module_statements(file):
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        else:
            continue
        told = framework_of(file, statement.value)
        factory = None
        if told is None and factories and isinstance(statement.value, ast.Call):
            dotted = file.dotted(statement.value.func)
            if dotted and any(dotted.rpartition(".")[2] == name for _, name in factories):
                factory = definition(dotted, file.source.path, sources, parse)
            made = factories.get(factory) if factory else None
            told = (made.framework, made.call) if made else None
        if told is None or FRAMEWORKS[told[0]].told != "object":
            continue
        for target in targets:
            if isinstance(target, ast.Name) and target.id not in seen:
                seen.add(target.id)
                yield App(file, target.id, *told, statement, factory, target.id in mounted)


def _module_statements(file: PythonFile) -> Iterator[ast.stmt]:
    """The statements that run when the module is imported, those of `if`, `try` and `with` blocks as well."""
    import ast

    pending: list[ast.stmt] = list(reversed(file.tree.body)) if file.tree else []
    while pending:
        statement = pending.pop()
        yield statement
        if isinstance(statement, (ast.If, ast.Try, ast.With)):
            inner = [*statement.body, *getattr(statement, "orelse", ()), *getattr(statement, "finalbody", ())]
            pending.extend(reversed(inner))


def _mounted(file: PythonFile) -> set[str]:
    """The names of objects that another app mounts."""
    import ast

    if ".mount(" not in file.source.text:
        return set()
    calls = [
        call for call in file.nodes(ast.Call) if isinstance(call.func, ast.Attribute) and call.func.attr == "mount"
    ]
    given = [each for call in calls for each in (*call.args, *(keyword.value for keyword in call.keywords))]
    return {each.id for each in given if isinstance(each, ast.Name)}


def _without_object(file: PythonFile) -> Iterator[App]:
    """Scripts and modules that are an app as a whole, one for each framework."""
    import ast

    seen = set()
    for call in file.nodes(ast.Call):
        told = framework_of(file, call)
        if told and FRAMEWORKS[told[0]].told != "object" and told[0] not in seen:
            seen.add(told[0])
            yield App(file, "", *told, call)


def _application(found: App, folder: str, texts: Iterable[str]) -> Application:
    import ast

    row = FRAMEWORKS[found.framework]
    path = found.file.source.path
    module = _module(path, folder)
    factory = isinstance(found.node, ast.FunctionDef)
    app = {"object": f"{module}:{found.name}", "module": module, "script": path}[row.told]
    span = found.file.span(found.node)
    if isinstance(found.node, ast.FunctionDef):
        # A function's place is its first line: the whole of it would be a page.
        line = found.file.source.line_span(found.file.source.position(span.start).line)
        span = Span(span.start, line.start + len(found.file.source.text[line.start : line.end].rstrip()))
    # gunicorn and Celery are told the module alone, where the object has the name that they look for.
    told = module if found.framework in ("django", "celery") else app
    boundary = re.compile(rf"(?<![\w./-]){re.escape(told)}(?![\w./-])")
    return Application(
        found.framework,
        app,
        module,
        folder,
        path,
        span,
        INTERFACE_OF_CALL.get(found.call, row.interface),
        row.role,
        factory,
        sum(told in text and boundary.search(text) is not None for text in texts),
        found.mounted,
        in_tests(path),
    )


def _module(path: str, folder: str) -> str:
    relative = path[len(folder) + 1 :] if folder else path
    return relative.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def import_folder(path: str, sources: Mapping[str, Source], listing: frozenset[str]) -> str:
    """The folder that Python has to search so that a module is found under the name that the project itself uses.

    Taken from what the project shows, the surest first: Django's `manage.py`, whose folder Python searches; a command
    that names `module:name`; the imports of the module itself; those of other modules that import it; the packages
    and manifests around it.
    """
    folders = ancestors(path)
    if len(folders) == 1:
        return ""
    modules = {folder: _module(path, folder) for folder in folders}
    manage = next((folder for folder in folders if under(folder, "manage.py") in listing), None)
    if manage is not None:
        return manage
    last = modules[folders[0]]
    told = re.compile(r"(?<![\w./])(" + "|".join(re.escape(each) for each in modules.values()) + r"):[A-Za-z_]\w*")
    for source in sources.values():
        match = told.search(source.text) if not source.path.endswith(".py") and f"{last}:" in source.text else None
        if match:
            return next(folder for folder, module in modules.items() if match[1] == module)
    imported = {each for each in _IMPORTED.findall(sources[path].text) if each not in sys.stdlib_module_names}
    counts = {folder: sum(_is_there(folder, each, path, sources) for each in imported) for folder in folders}
    best = max(folders, key=lambda folder: counts[folder])
    if counts[best]:
        return best
    for folder, module in reversed(modules.items()):
        needle = f"from {module} import"
        if any(needle in source.text for source in sources.values()):
            return folder
    if under(folders[0], "__init__.py") in listing:
        return next(folder for folder in folders if under(folder, "__init__.py") not in listing)
    manifests = ("pyproject.toml", "requirements.txt", "Pipfile", "setup.py")
    return next((folder for folder in folders if any(under(folder, each) in listing for each in manifests)), "")


def _is_there(folder: str, module: str, importer: str, sources: Mapping[str, Source]) -> bool:
    """Whether an imported module is a file of the project, looked for in a folder; no module imports itself."""
    base = under(folder, module.replace(".", "/"))
    return (f"{base}.py" in sources and f"{base}.py" != importer) or under(base, "__init__.py") in sources


# Django

_SETTINGS = "DJANGO_SETTINGS_MODULE"
_OBJECT_SETTING = lazy_regex(r"^(WSGI|ASGI)_APPLICATION[ \t]*=[ \t]*[\"']([\w.]+)\.(\w+)[\"']", re.M)


def django_projects(
    sources: Mapping[str, Source], apps: Iterable[Application], parse: Parse = python_code.parse
) -> tuple[DjangoProject, ...]:
    """The Django projects, by the paths of their `manage.py`; `apps` is what `applications` found."""
    import ast

    apps = tuple(apps)
    found = []
    for path in sorted(sources):
        if path.rpartition("/")[2] != "manage.py" or "django" not in sources[path].text:
            continue
        file = parse(sources[path])
        settings, span = None, Span(0, 0)
        for call in file.nodes(ast.Call):
            name = file.constant(call.args[0]) if len(call.args) > 1 else None
            value = file.constant(call.args[1]) if name is not None and name.value == _SETTINGS else None
            if value is not None and isinstance(value.value, str):
                settings, span = value.value, file.content(value) or file.span(value)
        folder = folder_of(path)
        mine = [app for app in apps if app.framework == "django" and folder in ancestors(app.path) and not app.in_tests]
        objects: dict[str | None, str] = {app.interface: app.app for app in reversed(mine)}
        # What the settings name is what Django's own server runs.
        home = module_file(settings, path, sources) if settings else None
        for source in python_files(sources, lambda text: "SGI_APPLICATION" in text):
            if home is not None and folder_of(source.path) == folder_of(home):
                for kind, module, name in _OBJECT_SETTING.findall(source.text):
                    objects[kind.lower()] = f"{module}:{name}"
        found.append(DjangoProject(path, settings, span, objects.get("wsgi"), objects.get("asgi")))
    return tuple(found)


# Health endpoints

_ROUTING = ("route", ".get(", "path(", "url(", "Route(", "@get(", "add_")
_SEGMENTS = "|".join(sorted(map(re.escape, HEALTH_SEGMENTS | HEALTH_SEGMENTS_IN_FRONT)))
_HEALTHY = lazy_regex(rf"[\"'/^](?:{_SEGMENTS})[\"'/$]")
_INCLUDING = (*(f".{name}(" for name in INCLUDES), "include(")
_ROOT = lazy_regex(r"^ROOT_URLCONF[ \t]*=[ \t]*[\"']([\w.]+)[\"']", re.M)
_URLS = "urlpatterns"
_APPS = frozenset(("app", "application"))
_MOST_PREFIXES = 16  # of one router: more are made by code that no person wrote


class _Route(NamedTuple):
    """A literal route, and the app, the router or the list of URLs that it belongs to; None for one in no list."""

    receiver: str | None
    route: str
    span: Span


class _Include(NamedTuple):
    """A router, or a Django URL list, taken into another: below which prefix, by whom; no file for Django's root."""

    prefix: str | None
    file: PythonFile | None
    receiver: str


def health_routes(sources: Mapping[str, Source], parse: Parse = python_code.parse) -> tuple[HealthRoute, ...]:
    """The routes outside the tests that look like health endpoints, those of whole known path first."""
    routing: _Routing | None = None
    found = set()
    for source in python_files(sources, lambda text: any(word in text for word in _ROUTING) and _HEALTHY.search(text)):
        file = parse(source)
        for route in _routes(file) if not in_tests(source.path) else ():
            # Only now: most projects with such a word in a string have no such route.
            routing = routing if routing is not None else _Routing(sources, parse)
            for prefix, complete in routing.prefixes(file, route.receiver):
                whole = f"{prefix}{route.route}" or "/"
                if _is_health(whole):
                    found.add(HealthRoute(whole, complete, source.path, route.span))
    return tuple(sorted(found, key=lambda each: (not each.complete, each.path, each.span, each.route)))


def _is_health(route: str) -> bool:
    segments = [each for each in route.lower().split("/") if each]
    if not segments or "{" in route or "<" in route or "(" in route:
        return False
    last, before = segments[-1], segments[-2] if len(segments) > 1 else ""
    in_front = len(segments) == 1 or before in HEALTH_SEGMENTS or before in ("-", "_", "api")
    return last in HEALTH_SEGMENTS or (last in HEALTH_SEGMENTS_IN_FRONT and in_front)


def _routes(file: PythonFile) -> Iterator[_Route]:
    """Every route whose path is literal."""
    import ast

    decorators = {id(each) for handler in file.nodes(ast.FunctionDef) for each in handler.decorator_list}
    decorators |= {id(each) for handler in file.nodes(ast.AsyncFunctionDef) for each in handler.decorator_list}
    lists = _list_of_call(file)
    for call in file.nodes(ast.Call):
        dotted = file.dotted(call.func)
        position, receiver = ROUTE_CALLS.get(dotted or ""), lists.get(id(call))
        if position is None and isinstance(call.func, ast.Attribute):
            position = ROUTE_METHODS.get(call.func.attr)
            if call.func.attr in ROUTE_DECORATORS and id(call) in decorators:
                position = 0
            receiver = file.dotted(call.func.value)
        if position is None:
            continue
        named = next((each.value for each in call.keywords if each.arg in ("path", "rule", "uri")), None)
        constant = file.constant(call.args[position] if position < len(call.args) else named)
        if constant is not None and isinstance(constant.value, str):
            path = constant.value.removeprefix("^").removesuffix("$").removesuffix("\\Z").removesuffix("/?")
            route = path if path.startswith("/") or not path else f"/{path}"
            yield _Route(receiver, route, file.content(constant) or file.span(constant))


def _list_of_call(file: PythonFile) -> dict[int, str]:
    """The name of the list that a call is an element of, by the call's identity: Django's `urlpatterns = [...]`."""
    import ast

    lists = [(assign.targets[0], assign.value) for assign in file.nodes(ast.Assign)]
    lists += [(assign.target, assign.value) for assign in file.nodes(ast.AugAssign)]
    found = {}
    for target, value in lists:
        if isinstance(target, ast.Name) and isinstance(value, (ast.List, ast.Tuple)):
            found.update({id(each): target.id for each in value.elts})
    return found


class _Routing:
    """Who includes which router, by the file and the name of what is included."""

    def __init__(self, sources: Mapping[str, Source], parse: Parse) -> None:
        self.sources = sources
        self.parse = parse
        self.includes: dict[tuple[str, str], list[_Include]] = {}
        self.answers: dict[tuple[str, str], tuple[tuple[str, bool], ...]] = {}
        for source in python_files(sources, lambda text: "ROOT_URLCONF" in text):
            for module in _ROOT.findall(source.text):
                urls = module_file(module, source.path, sources)
                if urls is not None:
                    self._add((urls, _URLS), _Include("", None, ""))
        for source in python_files(sources, lambda text: any(word in text for word in _INCLUDING)):
            if not in_tests(source.path):
                self._read(parse(source))

    def _add(self, target: tuple[str, str] | None, include: _Include) -> None:
        if target is not None:
            self.includes.setdefault(target, []).append(include)

    def _where(self, file: PythonFile, dotted: str | None) -> tuple[str, str] | None:
        return definition(dotted, file.source.path, self.sources, self.parse) if dotted else None

    def _read(self, file: PythonFile) -> None:
        import ast

        lists = _list_of_call(file)
        for call in file.nodes(ast.Call):
            if file.dotted(call.func) in ROUTE_CALLS and len(call.args) > 1:
                target = self._urls(file, call.args[1])
                prefix = file.constant(call.args[0])
                if target is not None:
                    told = prefix.value if prefix is not None and isinstance(prefix.value, str) else None
                    text = told.removeprefix("^").strip("/") if told is not None else None
                    self._add(target, _Include(f"/{text}" if text else text, file, lists.get(id(call), _URLS)))
            elif isinstance(call.func, ast.Attribute) and call.func.attr in INCLUDES and call.args:
                receiver = file.dotted(call.func.value)
                if receiver is not None:
                    include = _Include(_keyword_text(file, call, INCLUDES[call.func.attr]), file, receiver)
                    self._add(self._where(file, file.dotted(call.args[0])), include)

    def _urls(self, file: PythonFile, node: ast.expr) -> tuple[str, str] | None:
        """The URL list that Django's `include("module")`, `include(("module", "name"))` or `include(a_list)` names."""
        import ast

        if not isinstance(node, ast.Call) or not node.args or not (file.dotted(node.func) or "").endswith("include"):
            return None
        first = node.args[0]
        first = first.elts[0] if isinstance(first, ast.Tuple) and first.elts else first
        constant = file.constant(first)
        if constant is None:
            return self._where(file, file.dotted(first))
        path = module_file(str(constant.value), file.source.path, self.sources)
        return (path, _URLS) if path is not None else None

    def prefixes(self, file: PythonFile, receiver: str | None) -> tuple[tuple[str, bool], ...]:
        """Below which prefixes an app or a router answers, and whether each is all of it."""
        if receiver is None or receiver in frameworks_of_names(file):
            return (("", True),)
        where = self._where(file, receiver) if "." in receiver else None
        if where is not None:
            file, receiver = self.parse(self.sources[where[0]]), where[1]
        key = (file.source.path, receiver)
        if key not in self.answers:
            # What stands here while the answer is looked for ends a router that includes itself.
            self.answers[key] = (("", False),)
            found = dict.fromkeys(self._look_up(file, receiver, self.includes.get(key, [])))
            self.answers[key] = tuple(found)[:_MOST_PREFIXES]
        return self.answers[key]

    def _look_up(self, file: PythonFile, receiver: str, inclusions: list[_Include]) -> Iterator[tuple[str, bool]]:
        import ast

        own: str | None = ""
        router = receiver in _list_of_call(file).values()
        for assign in file.nodes(ast.Assign):
            call = assign.value
            if isinstance(call, ast.Call) and any(getattr(target, "id", None) == receiver for target in assign.targets):
                keyword = ROUTERS.get(file.dotted(call.func) or "")
                if keyword:
                    own, router = _keyword_text(file, call, keyword), True
        if not inclusions or own is None:
            # What is called an app and is no router here is one that another module made.
            yield own or "", own == "" and not router and receiver.rpartition(".")[2] in _APPS
            return
        for each in inclusions:
            if each.file is None:
                yield own, True
                continue
            for outer, complete in self.prefixes(each.file, each.receiver):
                yield f"{outer}{each.prefix or ''}{own}", complete and each.prefix is not None


def _keyword_text(file: PythonFile, call: ast.Call, name: str) -> str | None:
    """A keyword's text: "" where it is not given, None where it is not literal."""
    value = next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
    constant = file.constant(value)
    if value is None or (constant is not None and constant.value is None):
        return ""
    return constant.value if constant is not None and isinstance(constant.value, str) else None


# Migrations

_DJANGO_MIGRATION = lazy_regex(r"(?:.*/)?migrations/0001_\w+\.py")
_PYPROJECT_TOOL = lazy_regex(r"^\[tool\.(alembic|aerich)[\].]", re.M)


def migrations(sources: Mapping[str, Source], listing: frozenset[str]) -> tuple[Migrations, ...]:
    """The database migrations of the project, one for each tool and folder."""
    found: dict[tuple[MigrationTool, str], Migrations] = {}

    def add(tool: MigrationTool, folder: str, path: str) -> None:
        found.setdefault((tool, folder), Migrations(tool, folder, path))

    for path in sorted(listing):
        folder, _, name = path.rpartition("/")
        if in_tests(path):
            continue
        if name == "alembic.ini":
            # Flask-Migrate keeps its configuration inside the folder that it makes.
            flask = folder.rpartition("/")[2] == "migrations" and under(folder, "env.py") in listing
            add("flask-migrate" if flask else "alembic", folder_of(folder) if flask else folder, path)
        elif name == "pyproject.toml" and path in sources:
            for match in _PYPROJECT_TOOL.finditer(sources[path].text):
                add("alembic" if match[1] == "alembic" else "aerich", folder, path)
        elif _DJANGO_MIGRATION.fullmatch(path):
            manage = next((each for each in ancestors(path) if under(each, "manage.py") in listing), None)
            source = sources.get(under(manage, "manage.py")) if manage is not None else None
            if manage is not None and (source is None or "django" in source.text):
                add("django", manage, path)
    return tuple(found[key] for key in sorted(found))
