"""Launch: what the new image starts, in exec form, and how it is asked whether it is well."""

from __future__ import annotations

import re

import msgspec
from msgspec import Struct

from dockwright.facts.frameworks import SERVERS
from dockwright.project import application
from dockwright.project.images import Image
from dockwright.project.model import Project
from dockwright.project.preparation import Preparation, innermost, of_script, of_shell
from dockwright.project.processes import of_command
from dockwright.project.references import join
from dockwright.project.serving import Server, servers
from dockwright.refactor.dockerfile.reading import Noted, Reading, paths_in
from dockwright.refactor.dockerfile.refusal import Refused
from dockwright.syntax import dockerfile, python_code
from dockwright.text import Span

_RUNNERS = re.compile(
    r"\b(?:poetry|pipenv|pdm|uv|rye)[ \t]+run[ \t]+(?:--(?:no-sync|frozen|locked|no-dev|no-project)[ \t]+)*"
)
_RUNNER_WORDS = frozenset({"poetry", "pipenv", "pdm", "uv", "rye"})
_RUNNER_SWITCHES = frozenset({"--no-sync", "--frozen", "--locked", "--no-dev", "--no-project", "--"})
_GONE = re.compile(r"(?m)^[^#\n]*\b(?:(?:poetry|pipenv|pdm|uv)[ \t]+(?:run|install|sync)|pip3?[ \t]+install)\b")
_PROGRAMS = "|".join(sorted({re.escape(name) for name, _ in SERVERS} - {"manage\\.py"}))
_IN_FOLDER = re.compile(
    rf"(?:/usr/local|/usr|(?:.*/)?\.?v?env|/venv|/root/\.local)/bin/(python[\d.]*|alembic|{_PROGRAMS})"
)
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "/bin/sh", "/bin/bash", "/bin/ash", "/usr/bin/bash"})
_URL = re.compile(
    r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::\S*?)?(?P<path>/[^\s\"'|;]*)?(?=[\s\"'|;]|$)"
)
_VARIABLE = re.compile(r"\$\{?(?P<name>\w+)(?::?-(?P<default>[^}]*))?\}?")


class Launch(Struct):
    """What is started. `entrypoint` and `cmd` are arguments as they are to be written; None for none.

    `reloading` is the command for development, `server` what `cmd` starts. `scripts` are files of the context that are
    needed for it, `mode` those among them that are not executable. `migrations` stay in the command, or were taken
    out of it, as `moved` tells.
    """

    composed: bool = False
    migrated: bool = False
    entrypoint: str | None = None
    cmd: str | None = None
    reloading: str | None = None
    server: Server | None = None
    scripts: tuple[str, ...] = ()
    mode: tuple[str, ...] = ()
    migrations: tuple[str, ...] = ()
    moved: bool = False
    dropped: tuple[str, ...] = ()
    """Scripts of the context that nothing calls any more."""
    passes_on: bool = True
    """Whether what is given behind the image's name is run."""


def launch(project: Project, image: Image, reading: Reading, *, composed: bool, migrated: bool) -> Launch:
    """What the image starts. `composed`: a compose stack runs it, and can wait on its own.

    `migrated`: each stack that runs it migrates in a job of its own.
    """
    made = Launch(composed=composed, migrated=migrated)
    words = _entry_words(reading)
    if reading.entrypoint is not None and not _dropped(project, image, reading, made, words):
        made.entrypoint = _written(reading.entrypoint.command)
        made.passes_on = reading.entrypoint.command.words is not None and (
            not made.scripts or _forwards(project, image, made)
        )
        if made.cmd is None and reading.cmd is not None:
            _command(project, image, reading, made, reading.cmd.command)
        _set_server_of_entrypoint(reading, made)
        return made
    if made.cmd is None and reading.cmd is not None:
        _command(project, image, reading, made, reading.cmd.command)
    return made


def _entry_words(reading: Reading) -> tuple[str, ...]:
    if reading.entrypoint is None:
        return ()
    command = reading.entrypoint.command
    if command.words is not None:
        return tuple(word.value for word in command.words)
    return tuple((command.shell.text if command.shell is not None else "").split())


def _dropped(project: Project, image: Image, reading: Reading, made: Launch, words: tuple[str, ...]) -> bool:
    """Whether the entry point only prepares for the program, so that the program can be started by itself."""
    found = _script(project, image, reading, words)
    if found is None:
        return not words
    path, preparation = found
    if _GONE.search(project.sources[path].text):
        raise Refused(f"{path} calls a package manager that the new image does not have", reading.entrypoint.span)  # type: ignore[union-attr]
    if _may_go(made, preparation) and (preparation.passes_on or _static(preparation)):
        made.migrations = tuple(" ".join(each) for each in preparation.migrations)
        made.moved = True
        made.dropped = (_relative(image, path),)
        if not preparation.passes_on:
            _program(made, preparation.words or ())
        return True
    _need(project, image, made, path, words)
    return False


def _may_go(made: Launch, preparation: Preparation) -> bool:
    """Whether a stack does itself what is done here before the program."""
    return preparation.plain and made.composed and (made.migrated or not preparation.migrations)


def _need(project: Project, image: Image, made: Launch, path: str, words: tuple[str, ...]) -> None:
    relative = _relative(image, path)
    made.scripts = (*made.scripts, relative)
    called = not any(word in _SHELLS for word in words)
    if called and not project.sources[path].mode & 0o111:
        made.mode = (*made.mode, relative)


def _relative(image: Image, path: str) -> str:
    return path[len(image.context) + 1 :] if image.context else path


def _forwards(project: Project, image: Image, made: Launch) -> bool:
    return all(re.search(r'"\$@"', project.sources[join(image.context, path)].text) for path in made.scripts)


def _script(project: Project, image: Image, reading: Reading, words: tuple[str, ...]) -> tuple[str, Preparation] | None:
    """The script that a command runs, and what it does."""
    for word in words[:4]:
        if word in _SHELLS or word.startswith("-") or word.rpartition("/")[2] in ("tini", "dumb-init", "env"):
            continue
        for relative in paths_in(reading, word):
            path = join(image.context, relative)
            source = project.sources.get(path)
            if source is not None and not path.endswith(".py") and "python" not in source.text.partition("\n")[0]:
                return path, of_script(source)
        return None
    return None


def _static(preparation: Preparation) -> bool:
    return preparation.words is not None and not any("$" in word for word in preparation.words)


def _command(project: Project, image: Image, reading: Reading, made: Launch, command: dockerfile.Command) -> None:
    """CMD: a server by itself where that is what it comes to."""
    if command.words is not None:
        words = tuple(word.value for word in command.words)
        if len(words) == 3 and words[0] in _SHELLS and words[1] in ("-c", "-ec", "-lc"):
            _shell_command(project, image, reading, made, of_shell(command.words[2].lexeme), words[2])
            return
    else:
        text = "" if command.shell is None else command.shell
        if isinstance(text, str) or command.heredoc is not None:
            made.cmd = None if isinstance(text, str) else _written(command)
            return
        first = tuple(text.text.split())
        if _script(project, image, reading, first[:1]) is None:
            inner = innermost(text)
            _shell_command(project, image, reading, made, of_shell(inner), inner.text)
            return
        words = first
    found = _script(project, image, reading, words)
    if found is not None:
        path, preparation = found
        if _GONE.search(project.sources[path].text):
            raise Refused(f"{path} calls a package manager that the new image does not have", reading.cmd.span)  # type: ignore[union-attr]
        if _may_go(made, preparation) and not preparation.passes_on and _static(preparation):
            made.migrations = (*made.migrations, *(" ".join(each) for each in preparation.migrations))
            made.moved = True
            made.dropped = (*made.dropped, _relative(image, path))
            _program(made, preparation.words or ())
            return
        _need(project, image, made, path, words)
        made.cmd = _json(words)
        return
    _program(made, words)


def _shell_command(
    project: Project,
    image: Image,
    reading: Reading,
    made: Launch,
    preparation: Preparation,
    text: str,
) -> None:
    migrations = tuple(" ".join(each) for each in preparation.migrations)
    if (
        preparation.plain
        and preparation.words is not None
        and not preparation.passes_on
        and (made.migrated or not migrations)
    ):
        made.migrations, made.moved = tuple(_RUNNERS.sub("", each) for each in migrations), True
        _program(made, preparation.words)
        return
    made.migrations = migrations
    processes = of_command(reading.cmd.command) if reading.cmd is not None else ()
    made.server = next((process.server for process in processes if process.server is not None), None)
    plain = _RUNNERS.sub("", " ".join(text.split()))
    if preparation.words is None and len(processes) == 1 and not any(sign in text for sign in "&|;<>`("):
        # One program that no table knows: exec form unless a variable needs the shell.
        _program(made, processes[0].words)
        return
    head, between, last = plain.rpartition("&& ")
    if between and not last.startswith("exec ") and "|" not in last:
        plain = f"{head}{between}exec {last}"
    made.cmd = _json(("sh", "-c", plain))


def _program(made: Launch, words: tuple[str, ...]) -> None:
    """A program's words as the command, without what ran it, and reloading for development alone."""
    words = without_runner(words)
    server = servers(words)
    row = None if server is None else next((row for (name, _), row in SERVERS.items() if name == server.program), None)
    made.server = server
    switch = row.reloads[0] if row is not None and row.reloads and server is not None and server.role == "web" else None
    if server is not None and server.reload and not any(word in (row.reloads if row else ()) for word in words):
        switch = None  # it reloads by itself
    if switch is not None and row is not None and switch in row.flags:
        plain = tuple(word for word in words if word not in row.reloads)
        made.reloading = command_text((*plain, switch))
        words = plain
    made.server = servers(words) or server
    made.cmd = command_text(words)


def without_runner(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a command behind `poetry run` and its like; a program of the environment is found by its name.

    `/usr/local/bin/python` would be an interpreter that has none of the packages.
    """
    place = _IN_FOLDER.fullmatch(words[0]) if words else None
    if place is not None:
        words = (place[1], *words[1:])
    if words[:1] and words[0] in _RUNNER_WORDS and words[1:2] == ("run",):
        at = 2
        while at < len(words) and words[at] in _RUNNER_SWITCHES:
            at += 1
        if at < len(words) and not words[at].startswith("-"):
            return words[at:]
    return words


def command_text(words: tuple[str, ...]) -> str:
    """A command in exec form; where a variable has to be filled in, a shell gives its place to the program."""
    if any("$" in word for word in words):
        return _json(("sh", "-c", "exec " + " ".join(words)))
    return _json(words)


def _json(words: tuple[str, ...]) -> str:
    return "[" + ", ".join(msgspec.json.encode(word).decode() for word in words) + "]"


def _written(command: dockerfile.Command) -> str:
    if command.words is not None:
        return _json(without_runner(tuple(word.value for word in command.words)))
    text = command.shell.text if command.shell is not None else ""
    words = text.split()
    plain = not any(sign in text for sign in "&|;<>`$(\"'*?\\")
    return _json(without_runner(tuple(words))) if plain else _RUNNERS.sub("", text)


def _set_server_of_entrypoint(reading: Reading, made: Launch) -> None:
    """`ENTRYPOINT ["uvicorn"]` and its arguments in CMD are one command."""
    entry = reading.entrypoint.command.words if reading.entrypoint is not None else None
    rest = reading.cmd.command.words if reading.cmd is not None else ()
    if entry is not None and made.server is None:
        made.server = servers(without_runner((*(word.value for word in entry), *(word.value for word in rest or ()))))


# Probes


def probe(project: Project, image: Image, reading: Reading, made: Launch) -> Noted | None:
    """The HEALTHCHECK: the user's own program, or a request that Python's standard library makes."""
    old = reading.healthcheck
    text = "" if old is None else " ".join(old.arguments.text.split())
    url = _URL.search(text)
    asks = url is not None and re.search(r"\b(?:curl|wget|http|urllib|requests|httpx)\b", text) is not None
    if old is not None and (old.none or not asks) and not re.search(r"\b(?:curl|wget)\b", text):
        return Noted(image.tree.source.slice(old.span), reading.healthcheck_comment, old.span)
    server = _of_script(project, image, reading, made.server)
    if server is None or server.role != "web" or server.port is None or (server.program == "python" and old is None):
        if old is None:
            return None
        return Noted(image.tree.source.slice(old.span), reading.healthcheck_comment, old.span)
    route = (url["path"] or "/") if url is not None else _route(project, server)
    flags = [] if old is None else [image.tree.source.slice(flag.span) for flag in old.flags]
    named = {flag.split("=")[0] for flag in flags}
    for name, value in (
        ("--interval", "30s"),
        ("--timeout", "3s"),
        ("--start-period", "10s"),
        ("--start-interval", "1s"),
    ):
        if name not in named:
            flags.append(f"{name}={value}")
    code = question(server, route)
    # json writes the code's own quotes with a backslash only where they are double ones.
    line = f"HEALTHCHECK {' '.join(flags)} \\\n    CMD {_json(('python', '-c', code))}"
    return Noted(line, reading.healthcheck_comment, Span(0, 0) if old is None else old.span)


def _of_script(project: Project, image: Image, reading: Reading, server: Server | None) -> Server | None:
    """The server that a Python script starts by itself, where it is started with one."""
    if server is None or server.program != "python" or server.app is None:
        return server
    for relative in paths_in(reading, server.app):
        source = project.sources.get(join(image.context, relative))
        if source is not None:
            found = application.server_of_script(source, lambda each: project.trees.of(python_code.parse, each))
            return server if found is None else found.server
    return server


def question(server: Server, route: str | None) -> str:
    """Python code that fails where the server does not answer; without a known route, where it takes no connection."""
    port = _port(server.port)
    plain = isinstance(server.port, int)
    if route is None:
        number = f"{port}" if plain else f"int({port})"
        lead = "import socket" if plain else "import os, socket"
        return f"{lead}; socket.create_connection(('localhost', {number}), timeout=2)"
    url = (
        f"'{server.scheme}://localhost:{port}{route}'"
        if plain
        else f"'{server.scheme}://localhost:' + {port} + '{route}'"
    )
    modules = ["os"] if not plain else []
    context = ""
    if server.scheme == "https":
        modules.append("ssl")
        context = ", context=ssl._create_unverified_context()"
    lead = ", ".join([*modules, "urllib.request as r"])
    return f"import {lead}; r.urlopen({url}, timeout=2{context})"


def _port(port: int | str | None) -> str:
    found = _VARIABLE.fullmatch(port) if isinstance(port, str) else None
    if found is None:
        return str(port)
    return (
        f"os.environ['{found['name']}']"
        if found["default"] is None
        else f"os.environ.get('{found['name']}', '{found['default']}')"
    )


def _route(project: Project, server: Server) -> str | None:
    """The server's health route, where the project has exactly one whose whole path is known."""
    routes = application.health_routes(project.sources, lambda source: project.trees.of(python_code.parse, source))
    complete = {each.route for each in routes if each.complete}
    if len(complete) == 1:
        return complete.pop()
    module = (server.app or "").partition(":")[0].replace(".", "/")
    own = {
        each.route
        for each in routes
        if each.complete and module and each.path.endswith((f"{module}.py", f"{module}/__init__.py"))
    }
    return own.pop() if len(own) == 1 else None
