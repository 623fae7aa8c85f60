"""Which server a command line or a script starts, and on which host, port and scheme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from msgspec import Struct

from dockwright.facts.frameworks import (
    FRAMEWORKS,
    MODULES,
    PYTHON_VALUES,
    SCRIPT_CALLS,
    SCRIPT_METHODS,
    SERVERS,
    WRAPPERS,
    Role,
    ScriptCall,
    ServerProgram,
    Wrapper,
)
from dockwright.syntax import python_code
from dockwright.syntax.python_code import Parse, PythonFile
from dockwright.text import Source, Span, lazy_regex

if TYPE_CHECKING:
    import ast

Scheme: TypeAlias = Literal["http", "https"]

_ASSIGNMENT = lazy_regex(r"[A-Za-z_]\w*=")
_PYTHON = lazy_regex(r"(?:python|pypy)[\d.]*w?")
_ENDPOINT_PART = lazy_regex(r"(?<!\\):")
_ALL_INTERFACES = "0.0.0.0"  # noqa: S104  # what an empty host means to servers, told and not bound


class ServerWords(NamedTuple):
    """Which word of the command line gives what; None for what no word gives."""

    program: int | None = None
    app: int | None = None
    host: int | None = None
    port: int | None = None
    certificate: int | None = None
    key: int | None = None
    reload: int | None = None
    workers: int | None = None
    config: int | None = None


class Server(Struct, frozen=True):
    """What a command starts.

    `program` is a name of `facts.frameworks.SERVERS`, or `python` for a script or module that serves itself: `app` is
    then its path or its dotted name. `port` is text where a variable gives it, and None for a Unix socket, for a
    worker and for what only a configuration file or the script says.
    """

    program: str
    app: str | None
    host: str | None
    port: int | str | None
    scheme: Scheme = "http"
    reload: bool = False
    workers: int | str | None = None
    role: Role = "web"
    factory: bool = False
    certificate: str | None = None
    key: str | None = None
    config: str | None = None
    words: ServerWords = ServerWords()


class ScriptServer(Struct, frozen=True):
    """The server that a script starts by itself, and the call that does so."""

    server: Server
    path: str
    span: Span


class _Word(NamedTuple):
    text: str
    place: int


def servers(words: Sequence[str]) -> Server | None:
    """The server that a command line starts, given as its words; None where it starts none that is known.

    Wrappers such as `uv run`, `exec`, `tini --` or `ddtrace-run` are seen through. A shell's `-c` is the caller's.
    """
    return _server([_Word(text, index) for index, text in enumerate(words)], reload=None)


def _server(words: list[_Word], reload: int | None) -> Server | None:
    at = 0
    module = script = False
    while at < len(words):
        word = words[at]
        name = word.text if module else word.text.rpartition("/")[2]
        if not module and _ASSIGNMENT.match(word.text):
            at += 1
        elif _PYTHON.fullmatch(name) and not module:
            at, module = _past_options(words, at + 1, PYTHON_VALUES, ("-m", "-c"))
            if module and words[at - 1].text == "-c":
                return None
            script = True
        elif name in WRAPPERS and not (script and not module):
            wrapper = WRAPPERS[name]
            if wrapper.reloads:
                reload = word.place
            ahead = _past_wrapper(words, at + 1, wrapper)
            if ahead is None:
                return None
            at, module = ahead
            script = wrapper.python
            if wrapper.quoted and at < len(words):
                return _server(_split(words[at]), reload)
        else:
            return _of_program(words[at:], module, script, reload)
    return None


def _past_wrapper(words: list[_Word], at: int, wrapper: Wrapper) -> tuple[int, bool] | None:
    """Where a wrapper's command begins, and whether it is a module; None where the wrapper runs nothing."""
    module = False
    if wrapper.subcommands:
        at, _ = _past_options(words, at, wrapper.values, ())
        if at >= len(words) or words[at].text not in wrapper.subcommands:
            return None
        at += 1
    for operand in range(wrapper.operands + 1):
        at, module = _past_options(words, at, wrapper.values, wrapper.module)
        while wrapper.assignments and at < len(words) and _ASSIGNMENT.match(words[at].text):
            at += 1
        if operand < wrapper.operands:
            at += 1
    return at, module


def _past_options(words: list[_Word], at: int, values: frozenset[str], module: tuple[str, ...]) -> tuple[int, bool]:
    """Past all options from here; stops behind one that names a module, and says so."""
    while at < len(words) and words[at].text.startswith("-") and words[at].text != "-":
        text = words[at].text
        at += 1
        if text == "--":
            break
        if text in module:
            return at, True
        if text in values:
            at += 1
    return at, False


def _split(word: _Word) -> list[_Word]:
    import shlex

    try:
        return [_Word(text, word.place) for text in shlex.split(word.text)]
    except ValueError:
        return []


def _of_program(words: list[_Word], module: bool, script: bool, reload: int | None) -> Server | None:
    first = words[0]
    name = MODULES.get(first.text, "") if module else first.text.rpartition("/")[2].removesuffix(".exe")
    program = _program(name, words[1:])
    if program is not None:
        row, rest = program
        return _Reading(row).read(name, first, rest, reload)
    if not (module or script or name.endswith(".py")) or name == "manage.py" or first.text.startswith("-"):
        return None
    places = ServerWords(program=first.place, app=first.place, reload=reload)
    return Server("python", first.text, None, None, reload=reload is not None, words=places)


def _program(name: str, words: list[_Word]) -> tuple[ServerProgram, list[_Word]] | None:
    """The row of the table that reads this command line, and its words without the subcommand."""
    if (name, "") in SERVERS:
        return SERVERS[name, ""], words
    rows = {subcommand: row for (program, subcommand), row in SERVERS.items() if program == name}
    for row in rows.values():
        for place in _positionals(row, words)[:1]:
            if words[place].text in rows:
                return rows[words[place].text], words[:place] + words[place + 1 :]
        break
    return None


def _positionals(row: ServerProgram, words: list[_Word]) -> list[int]:
    found = []
    skip = False
    for place, word in enumerate(words):
        if skip:
            skip = False
        elif word.text.startswith("-") and len(word.text) > 1:
            skip = _takes_next(row, word.text)
        else:
            found.append(place)
    return found


def _takes_next(row: ServerProgram, text: str) -> bool:
    """Whether an option's value is the next word."""
    if text in row.flags or text in row.reloads or text in row.tls or text == "--":
        return False
    return "=" not in text if text.startswith("--") else len(text) == 2


class _Reading:
    """One pass over the options of a server's command line."""

    def __init__(self, row: ServerProgram) -> None:
        self.row = row
        self.values: dict[str, _Word] = {}
        self.switches: dict[str, int] = {}
        self.positional: _Word | None = None

    def read(self, name: str, first: _Word, words: list[_Word], reload: int | None) -> Server:
        row = self.row
        self._options(words)
        app = self._value(row.app)
        if row.positional == "app" and self.positional is not None:
            app = self.positional
        host, port = self._value(row.host), self._value(row.port)
        certificate, key = self._value(row.certificate), self._value(row.key)
        config, workers = self._value(row.config), self._value(row.workers)
        address = self._value(row.bind)
        if row.positional == "address" and self.positional is not None:
            address = self.positional
        unknown = address is None and port is None and config is not None
        host_text = host.text if host else None if unknown else row.default_host
        port_text: int | str | None = number(port.text) if port else None if unknown else row.default_port
        if address is not None:
            told_host, told_port = _address(address.text)
            host_text = told_host if told_host is not None else host_text
            port_text = told_port if told_port is not None or _is_socket(address.text) else port_text
            host_text = None if _is_socket(address.text) else host_text
            host, port = host or address, port or address
        endpoint = self._value(row.endpoint)
        tls = bool(certificate or key or row.implied_tls or any(word in self.switches for word in row.tls))
        if endpoint is not None:
            parts = _endpoint(endpoint.text)
            port_text, host_text = number(parts.get("port", "")), parts.get("interface", _ALL_INTERFACES)
            host, port = endpoint, endpoint
            tls = parts[""] == "ssl"
        if reload is None:
            reload = next((self.switches[word] for word in row.reloads if word in self.switches), None)
        implied = row.implied_reload and not {"--noreload", "--no-reload"} & self.switches.keys()
        return Server(
            name,
            app.text if app else None,
            host_text,
            port_text,
            "https" if tls else "http",
            reload is not None or implied,
            number(workers.text) if workers else None,
            row.role,
            "--factory" in self.switches,
            certificate.text if certificate else None,
            key.text if key else None,
            config.text if config else None,
            ServerWords(
                first.place, _index(app), _index(host), _index(port), _index(certificate), _index(key), reload,
                _index(workers), _index(config),
            ),
        )  # fmt: skip

    def _options(self, words: list[_Word]) -> None:
        at = 0
        while at < len(words):
            word = words[at]
            at += 1
            if not word.text.startswith("-") or len(word.text) == 1:
                self.positional = self.positional or word
            elif word.text.startswith("--") and "=" in word.text:
                option, _, value = word.text.partition("=")
                self.values.setdefault(option, _Word(value, word.place))
                self.switches.setdefault(option, word.place)
            elif not _takes_next(self.row, word.text):
                self.switches.setdefault(word.text, word.place)
                if not word.text.startswith("--"):
                    self.values.setdefault(word.text[:2], _Word(word.text[2:].removeprefix("="), word.place))
            elif at < len(words):
                self.values.setdefault(word.text, words[at])
                at += 1

    def _value(self, options: tuple[str, ...]) -> _Word | None:
        return next((self.values[option] for option in options if option in self.values), None)


def _index(word: _Word | None) -> int | None:
    return word.place if word else None


def number(text: str) -> int | str | None:
    """A port or a count: an integer, the text itself where a variable gives it, else None."""
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    return text if "$" in text or "%" in text else None


def _is_socket(address: str) -> bool:
    return address.startswith(("unix:", "fd:", "/", "fd@"))


def _address(text: str) -> tuple[str | None, int | str | None]:
    """Host and port of `host:port`, `:port`, `port` or `[::]:port`; uWSGI's own extras after a comma are left out."""
    if _is_socket(text):
        return None, None
    text = text.partition(",")[0].removeprefix("http://").removeprefix("https://").removeprefix("tcp://")
    variable = text.rfind("}")
    head, colon, tail = text.rpartition(":")
    if not colon or (variable > len(head) and "${" in head):
        # A colon inside `${PORT:-8000}` separates nothing.
        opening = text.find("${")
        if opening > 0 and text[opening - 1] == ":":
            return text[: opening - 1] or _ALL_INTERFACES, text[opening:]
        told = number(text)
        return (None, told) if told is not None else (text, None)
    return head.strip("[]").replace("*", "") or _ALL_INTERFACES, number(tail)


def _endpoint(text: str) -> dict[str, str]:
    """A Twisted endpoint: its kind under "", and its parameters; the first one without a name is the port."""
    parts = _ENDPOINT_PART.split(text)
    found = {"": parts[0]}
    for part in parts[1:]:
        name, equals, value = part.partition("=")
        found.setdefault(name if equals else "port", value if equals else part)
    return found


def server_of_script(source: Source, parse: Parse = python_code.parse) -> ScriptServer | None:
    """The server that a Python script starts by itself: `uvicorn.run(...)`, `app.run(...)`, `HTTPServer(...)`.

    Only what literal arguments, module constants and reads of the environment with a default say is filled in;
    `${PORT:-8000}` stands for such a read.
    """
    if not _SERVES.search(source.text):
        return None
    import ast

    file = parse(source)
    objects: dict[str, str] | None = None
    for call in file.nodes(ast.Call):
        name = file.dotted(call.func)
        row = SCRIPT_CALLS.get(name) if name else None
        if row is None and isinstance(call.func, ast.Attribute) and call.func.attr in _METHODS:
            objects = frameworks_of_names(file) if objects is None else objects
            receiver = call.func.value
            framework = objects.get(receiver.id) if isinstance(receiver, ast.Name) else None
            if framework is None and {keyword.arg for keyword in call.keywords} & {"host", "port", "ssl_context"}:
                # An app that another module made: `from service import app`.
                framework = "flask" if (file.dotted(receiver) or "").rpartition(".")[2] in _APP_NAMES else None
            row = SCRIPT_METHODS.get((framework, call.func.attr)) if framework else None
        if row is not None:
            return ScriptServer(_script_server(file, call, row), source.path, file.span(call))
    return None


_METHODS = frozenset(method for _, method in SCRIPT_METHODS)
_APP_NAMES = frozenset(("app", "application", "server", "api"))
_SERVES = lazy_regex(
    r"\b(?:" + "|".join(sorted({name.rpartition(".")[2] for name in SCRIPT_CALLS} | _METHODS)) + r")[ \t]*\("
)


_MAKERS: Mapping[str, str] = {call: framework for framework, row in FRAMEWORKS.items() for call in row.calls}


def framework_of(file: PythonFile, node: ast.AST | None) -> tuple[str, str] | None:
    """The framework whose app object a call makes, and the call's dotted name; None for any other expression.

    A class of the same file that inherits from a framework's own counts.
    """
    import ast

    dotted = file.dotted(node.func) if isinstance(node, ast.Call) else None
    for _ in range(4):
        if dotted is None or dotted in _MAKERS:
            break
        bases = next((each.bases for each in file.nodes(ast.ClassDef) if each.name == dotted), ())
        dotted = file.dotted(bases[0]) if bases else None
    return (_MAKERS[dotted], dotted) if dotted is not None and dotted in _MAKERS else None


def frameworks_of_names(file: PythonFile) -> dict[str, str]:
    """Which framework made the object behind a name, for all names that the file assigns, in functions as well."""
    import ast

    found: dict[str, str] = {}
    for assign in file.nodes(ast.Assign):
        made = framework_of(file, assign.value)
        if made:
            found.update({target.id: made[0] for target in assign.targets if isinstance(target, ast.Name)})
    for annotated in file.nodes(ast.AnnAssign):
        made = framework_of(file, annotated.value)
        if made and isinstance(annotated.target, ast.Name):
            found[annotated.target.id] = made[0]
    for block in file.nodes(ast.With):
        for item in block.items:
            made = framework_of(file, item.context_expr)
            if made and isinstance(item.optional_vars, ast.Name):
                found[item.optional_vars.id] = made[0]
    return found


def _script_server(file: PythonFile, call: ast.Call, row: ScriptCall) -> Server:
    import ast

    named = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    spread = len(named) < len(call.keywords)

    def argument(name: str, position: int | None) -> ast.expr | None:
        if name in named:
            return named[name]
        return call.args[position] if position is not None and position < len(call.args) else None

    host, port = argument(row.host, row.host_position), argument(row.port, row.port_position)
    if row.address is not None and row.address < len(call.args):
        pair = call.args[row.address]
        if isinstance(pair, ast.Tuple) and len(pair.elts) == 2:
            host, port = pair.elts
    host_text = row.default_host if host is None and not spread else literal(file, host)
    port_text = literal(file, port)
    if port is None and not spread and row.default_port is not None:
        port_text = str(row.default_port)
    tls = any(_given(named.get(name)) for name in (*row.certificate, *row.key, *row.context))
    if row.address is not None:
        tls = "wrap_socket" in file.source.text
    app = call.args[row.app] if row.app is not None and row.app < len(call.args) else named.get("app")
    app_text = literal(file, app)
    if app_text is None and app is not None:
        app_text = file.dotted(app)
    reload = row.implied_reload
    for name in row.reloads:
        if name in named:
            reload = literal(file, named[name]) != "False"
    certificate = next((literal(file, named[name]) for name in row.certificate if name in named), None)
    key = next((literal(file, named[name]) for name in row.key if name in named), None)
    workers = literal(file, named.get("workers"))
    return Server(
        row.program,
        app_text,
        _ALL_INTERFACES if host_text == "" else host_text,
        number(port_text) if port_text else None,
        "https" if tls else "http",
        reload,
        number(workers) if workers else None,
        certificate=certificate,
        key=key,
    )


def _given(node: ast.expr | None) -> bool:
    import ast

    return node is not None and not (isinstance(node, ast.Constant) and node.value is None)


def literal(file: PythonFile, node: ast.expr | None) -> str | None:
    """What an expression certainly says, as text: a constant, a name that the module binds to one, or `${X:-default}`.

    None for anything else, and for the constant None.
    """
    import ast

    for _ in range(8):
        if isinstance(node, ast.Constant):
            value = node.value
            return value if isinstance(value, str) else None if value is None else str(value)
        if isinstance(node, ast.Name):
            node = file.value(node.id)
        elif isinstance(node, ast.Call):
            name = file.dotted(node.func)
            if name in ("int", "str", "float") and len(node.args) == 1:
                node = node.args[0]
            elif name in ("os.getenv", "os.environ.get") and node.args:
                variable = literal(file, node.args[0])
                fallback = literal(file, node.args[1]) if len(node.args) > 1 else None
                return variable and (f"${{{variable}:-{fallback}}}" if fallback else f"${{{variable}}}")
            else:
                return None
        else:
            return None
    return None
