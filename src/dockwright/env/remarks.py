"""Why a variable does not arrive, or arrives as something else: what stands out on the ways of a trace."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from posixpath import basename, dirname

from msgspec import Struct

from dockwright.env.dialects import MAKE, PYTHON, disagreements
from dockwright.env.dialects import SHELL as SHELL_READS
from dockwright.env.trace import (
    CALL,
    FEEDS,
    GIVEN,
    LISTED,
    LOSES,
    SHELL,
    STARTS,
    UNUSED,
    WINS,
    Route,
    Station,
    Trace,
    Tracer,
)
from dockwright.project.command_lines import lines_of
from dockwright.project.compose import pairs, text
from dockwright.project.env_names import environment, is_example
from dockwright.project.interpolated import CALLERS, stack_calls
from dockwright.project.model import Project
from dockwright.project.python_env_files import PythonEnvFile, python_env_files
from dockwright.project.references import join
from dockwright.project.roles import role
from dockwright.project.service_env_files import Listed, listed
from dockwright.project.stacks import compose_files
from dockwright.syntax import yaml
from dockwright.syntax.interpolation import uses
from dockwright.text import Mapped, Site


class Remark(Struct, frozen=True):
    """What stands out: where, and what to do; `problem` is whether it keeps the value from arriving as written."""

    message: str
    at: Site | None = None
    way_out: str = ""
    problem: bool = True


def remarks(tracer: Tracer, found: Trace) -> tuple[Remark, ...]:
    """What stands out, problems first, each once."""
    all_of_them = dict.fromkeys(_remarks(tracer, found))
    return tuple(sorted(all_of_them, key=lambda remark: not remark.problem))


def _remarks(tracer: Tracer, found: Trace) -> Iterator[Remark]:
    if found.refused:
        yield Remark(f"Compose would not start this stack: {found.refused}")
    for route in found.routes:
        yield from _of_route(tracer, found, route)
    yield from _passed_on(found)
    yield from _only_filled_in(found)
    if all(route.value is None for route in found.routes):
        yield from _nowhere(tracer, found)
    yield from _of_call(tracer, found)
    yield from _of_entries(tracer, found)
    yield from _of_interpolation(tracer, found)
    yield from _of_build(found)
    yield from _of_commands(found)
    yield from _of_other_readers(tracer, found)
    yield from _of_included(tracer, found)
    yield from _of_prefix(tracer, found)
    yield from _of_python(tracer, found)


def _of_route(tracer: Tracer, found: Trace, route: Route) -> Iterator[Remark]:
    service, name = route.service, found.name
    wins = route.winner
    for station in route.stations:
        if station.name != name:
            continue
        if station.kind == LISTED and station.does == LOSES and wins is not None:
            yield Remark(
                f"{service}: {_file(station)} gives {name}, and {wins.what} is stronger",
                station.at,
                "take one of the two out",
            )
        if station.kind == LISTED and station.does == LOSES and wins is None:
            yield Remark(
                f"{service}: `environment:` names {name} without a value, so {_file(station)} does not count",
                station.at,
                f"take {name} out of `environment:`, or give it to whoever calls Compose",
            )
    shells = [station for station in route.stations if station.kind == SHELL and station.does == FEEDS]
    for shell in shells:
        if any(each.name == shell.name and each.kind == CALL for each in route.stations):
            yield Remark(
                f"{service}: {shell.name} of the shell that calls Compose is stronger than the env file's",
                way_out=f"unset {shell.name} in that shell, if the file is meant to count",
            )
    if wins is not None and wins.kind == GIVEN and route.value is not None and route.value.text == "":
        yield from _emptied(tracer, service, name, wins)


def _passed_on(found: Trace) -> Iterator[Remark]:
    """`environment:` with a name alone, or with a variable, that nobody gives a value."""
    removed = [route for route in found.routes if route.removed and _without_files(route)]
    if removed:
        services = ", ".join(route.service for route in removed)
        yield Remark(
            f"{services}: `environment:` passes {found.name} on, and whoever calls Compose has no value for it",
            next((station.at for station in removed[0].stations if station.kind == GIVEN), None),
            f"export {found.name}, put it into the --env-file, or write a value",
        )


def _without_files(route: Route) -> bool:
    return not any(station.kind == LISTED for station in route.stations)


def _only_filled_in(found: Trace) -> Iterator[Remark]:
    """An env file of the call, or the shell, that gives it, while no service takes it in."""
    if any(route.value is not None or route.removed for route in found.routes):
        return
    unused = {
        station.what: station
        for route in found.routes
        for station in route.stations
        if station.kind in (CALL, SHELL) and station.does == UNUSED
    }
    for what, station in unused.items():
        yield Remark(
            f"{what} gives {found.name}, which only fills in ${{{found.name}}} in compose files",
            station.at,
            f"list the file as `env_file:` of the service, or write `{found.name}: ${{{found.name}}}` below its "
            "`environment:`",
        )


def _file(station: Station) -> str:
    return station.what.partition(" of ")[0]


def _emptied(tracer: Tracer, service: str, name: str, wins: Station) -> Iterator[Remark]:
    raw = tracer.given(service).get(name) or ""
    for use in uses(Mapped.whole(raw)):
        value = tracer.variables.get(use.name)
        if value is None and use.default is None and not use.operator:
            yield Remark(
                f"{service}: ${{{use.name}}} is not set anywhere, so {name} is empty, with a warning only",
                wins.at,
                f"give {use.name} a value, or write ${{{use.name}:?}} so that Compose refuses",
            )
        elif value == "" and use.operator == "-":
            yield Remark(
                f"{service}: {use.name} is set and empty, and `-` takes its default for an unset variable only",
                wins.at,
                f"write ${{{use.name}:-…}}: with the colon an empty value takes the default, too",
            )


def _nowhere(tracer: Tracer, found: Trace) -> Iterator[Remark]:
    """Nothing gives it: who nearly does."""
    name, stack, project = found.name, tracer.stack, tracer.project
    ours = {each.path for each in listed(project, stack)} | set(found.env_files)
    own = role(project, stack) or stack.name
    elsewhere = []
    for path, file in project.env_files.items():
        entry = file.get(name)
        if entry is not None and path not in ours:
            if environment(path) in (None, own):
                yield _beside(tracer, found, path, Site(path, entry.key_span))
            elif not is_example(path):
                elsewhere.append(path)
        for commented in file.commented:
            if commented.key == name and path in ours:
                yield Remark(f"{path} has it in a comment", Site(path, commented.key_span), "take the # away")
    if elsewhere:
        yield Remark(f"other environments have it: {', '.join(elsewhere)}", problem=False)
    for path in stack.files:
        for key in _in_extensions(compose_files(project)[path].root, name):
            message = f"{path} writes it below an `x-` key that no service takes in"
            yield Remark(message, Site(path, key.span), "merge it into `environment:` with `<<: *anchor`")
    known = {*tracer.schema.variables, *tracer.environ} - {name}
    near = [each for each in known if each.casefold() == name.casefold()]
    near = near or get_close_matches(name, sorted(tracer.schema.variables.keys() - {name}), 2, 0.85)
    for each in near:
        variable = tracer.schema.get(each)
        if variable is not None and variable.given_by("env file", "environment"):
            yield Remark(f"{each} is set, and {name} is not: names count to the letter", variable.defined[0].at)
    if f"{name}_FILE" in tracer.schema.variables:
        yield Remark(f"{name}_FILE is there: the value may come out of a file", problem=False)
    if not near and found.variable is None:
        yield Remark(f"no file here names {name}")


def _beside(tracer: Tracer, found: Trace, path: str, at: Site) -> Remark:
    """An env file that has it, and that this stack does not read."""
    directory, first = tracer.stack.project_directory, dirname(tracer.stack.files[0])
    if is_example(path):
        return Remark(f"{path} has it, which is an example that nothing reads", at, "copy it to the env file")
    if path == join(directory, ".env") and found.env_files:
        return Remark(f"{path} is not read, since the call passes --env-file", at, f"pass --env-file {path} as well")
    if path == join(first, ".env") and directory != first:
        where = directory or "the project's root"
        message = f"{path} lies beside the compose file, and Compose looks in the project directory, {where}"
        return Remark(message, at, f"pass --env-file {path}, or move it")
    message = f"{path} gives it, and nothing in {found.label} reads that file"
    return Remark(message, at, "list it as `env_file:`, or pass it with --env-file")


def _in_extensions(root: yaml.Mapping | None, name: str) -> Iterator[yaml.Node]:
    for item in root.items if root is not None else ():
        if (item.name or "").startswith("x-"):
            todo: list[yaml.Node | None] = [item.value]
            while todo:
                node = yaml.resolve(todo.pop())
                if isinstance(node, yaml.Mapping):
                    for key, value in node.entries():
                        if text(key) == name:
                            yield key
                        todo.append(value)
                elif isinstance(node, yaml.Sequence):
                    yield from (pair[0] for each, pair in pairs(node).items() if each == name)


def _of_call(tracer: Tracer, found: Trace) -> Iterator[Remark]:
    """Calls that pass other env files than this environment's, or none where others pass some."""
    own = role(tracer.project, tracer.stack) or tracer.stack.name
    for path in found.env_files:
        named = environment(path)
        if named is not None and named != own and own in ("dev", "test", "ci", "staging", "prod"):
            yield Remark(f"the call for {found.label} passes {path}, which is named for {named}", found.called_at)
    calls = {
        tuple(ref.target for ref in call.env_files): call for _, call, _ in stack_calls(tracer.project, tracer.stack)
    }
    for files, call in calls.items():
        if files != found.env_files and found.env_files and call.subcommand in STARTS:
            said = f"passes {', '.join(files)}" if files else "passes no --env-file"
            yield Remark(f"another call of {found.label} {said}, and this one {', '.join(found.env_files)}", call.at)


def _of_entries(tracer: Tracer, found: Trace) -> Iterator[Remark]:
    """Lines of the env files on the way that say less, or more, than they seem to."""
    name = found.name
    entries: dict[str, Listed] = {each.path: each for each in listed(tracer.project, tracer.stack)}
    for each in entries.values():
        if each.path not in tracer.project.listing:
            if each.entry.required:
                continue
            yield Remark(
                f"{each.path} is not there, and `required: false` passes over that",
                Site(each.layer.path, each.entry.path.span),
                "make it, or write `required: true`",
                problem=found.routes != () and all(route.value is None for route in found.routes),
            )
    for path in (*entries, *found.env_files, join(tracer.stack.project_directory, ".env")):
        file = tracer.project.env_files.get(path)
        entry = None if file is None else file.get(name)
        if file is None or entry is None:
            continue
        at = Site(path, entry.key_span)
        same = [each for each in file.entries if each.key == name]
        if len(same) > 1:
            yield Remark(f"{path} has {name} {len(same)} times, and the last one counts", at, "leave one")
        if entry.comment_span is not None and "#" not in entry.raw and entry.quote is None and not entry.raw:
            yield Remark(f"{path}: all behind the # is a comment, so {name} is empty", at, "quote the value")
        elif entry.comment_span is not None and entry.quote is None:
            yield Remark(f"{path}: what follows the # is a comment, not part of {name}", at, problem=False)
        if entry.separator is None:
            yield Remark(f"{path} has the name alone: the value is that of whoever calls Compose", at, problem=False)
        for use in entry.uses:
            if use.name not in tracer.variables and file.get(use.name) is None and use.default is None:
                yield Remark(
                    f"{path}: a $ in {name} is taken for the variable {use.name}, which is not set",
                    at,
                    "put the value in single quotes, or write $$",
                )
        if entry.quote is not None and any(
            station.kind == LISTED and station.does == WINS and "to the letter" in station.what
            for route in found.routes
            for station in route.stations
        ):
            yield Remark(f"{path} is read with `format: raw`: the quotes stay in {name}", at, "take them off")
        if entry.raw == "" and entry.separator is not None:
            yield Remark(f"{path} sets {name} to nothing, which is not the same as not setting it", at, problem=False)


def _of_interpolation(tracer: Tracer, found: Trace) -> Iterator[Remark]:
    """`${NAME}` in the stack's compose files, which is no container's variable by itself."""
    places = found.variable.read_by("interpolation") if found.variable is not None else ()
    for place in places:
        if place.at.path not in tracer.stack.files:
            continue
        if (place.wanted or place.required) and found.name not in tracer.variables:
            message = f"{place.at.path} uses ${{{found.name}}}, and nothing gives it a value"
            yield Remark(
                message, place.at, f"put {found.name} into the --env-file, or write ${{{found.name}:-default}}"
            )
            return
    if places and all(route.value is None and not route.removed for route in found.routes):
        ours = [place for place in places if place.at.path in tracer.stack.files]
        if ours:
            yield Remark(f"${{{found.name}}} is filled in where the compose file has it", ours[0].at, problem=False)


def _of_build(found: Trace) -> Iterator[Remark]:
    variable = found.variable
    if variable is None or all(route.value is not None for route in found.routes):
        return
    arguments = variable.given_by("Dockerfile ARG", "build argument") or variable.read_by("Dockerfile ARG")
    for place in arguments[:1]:
        if not variable.given_by("Dockerfile ENV"):
            yield Remark(
                f"{found.name} is a build argument ({place.at.path}), which is gone when the container starts",
                place.at,
                f"a setting, no secret: `ENV {found.name}=${found.name}` below the ARG; else `environment:`",
            )


def _of_commands(found: Trace) -> Iterator[Remark]:
    for place in found.variable.given_by("make", "shell") if found.variable is not None else ():
        said = "whoever calls Compose through it has that value"
        yield Remark(f"{place.at.path}: {found.name} is {place.what}; {said}", place.at, problem=False)


def _of_other_readers(tracer: Tracer, found: Trace) -> Iterator[Remark]:
    """Makefiles that include an env file and scripts that source one: their callers' values, read by their rules."""
    for reader, path, at in (*_included_by_make(tracer.project), *_sourced(tracer.project)):
        file = tracer.project.env_files[path]
        entry = file.get(found.name)
        if entry is None:
            continue
        verb = "includes" if reader == MAKE else "sources"
        differs = [each for each in disagreements(file, entry) if each.reader == reader]
        for each in differs:
            yield Remark(f"{at.path} {verb} {path}: {reader} {each.effect} for {found.name}: {each.why}", at)
        if not differs:
            yield Remark(f"{at.path} {verb} {path}: what it exports is stronger than --env-file", at, problem=False)


def _included_by_make(project: Project) -> Iterator[tuple[str, str, Site]]:
    """The env files that Makefiles include and hand on, which a bare `export` does."""
    for tree in project.makefiles:
        path = tree.source.path
        exports = any(
            piece.kind == "directive" and tree.source.slice(piece.span).strip() == "export" for piece in tree.pieces
        )
        for include in tree.includes if exports else ():
            for word in include.words:
                target = join(dirname(path), word.text)
                if target in project.env_files:
                    yield MAKE, target, Site(path, include.span)


def _sourced(project: Project) -> Iterator[tuple[str, str, Site]]:
    """The env files that scripts and recipes read with `.` or `source`."""
    lines = (line for path in project.kinds if project.kinds[path] in CALLERS for line in lines_of(project, path))
    for line in lines:
        if line.name in (".", "source") and len(line.command.words) > 1:
            written = line.command.words[1].value or ""
            for base in (line.folder, dirname(line.path)):
                if written and join(base, written) in project.env_files:
                    yield SHELL_READS, join(base, written), line.at
                    break


def _of_included(tracer: Tracer, found: Trace) -> Iterator[Remark]:
    """Services of included files, whose variables are filled in from their own folder first."""
    project, files = tracer.project, compose_files(tracer.project)
    for path in tracer.stack.files:
        for written in files[path].includes:
            other = files.get(join(tracer.stack.project_directory, written.value))
            own = join(dirname(other.path), ".env") if other is not None else ""
            file = project.env_files.get(own)
            entry = None if file is None else file.get(found.name)
            if other is not None and entry is not None and other.path not in tracer.stack.files:
                services = ", ".join(other.services)
                message = f"{services}: included from {other.path}, where {own} fills in ${{{found.name}}} as well"
                yield Remark(message, Site(own, entry.key_span), problem=False)


def _of_prefix(tracer: Tracer, found: Trace) -> Iterator[Remark]:
    """The code reads the same name with a prefix, as settings classes with `env_prefix` do, or without one."""
    if found.variable is not None and found.variable.read_by("code"):
        return
    for other in tracer.schema.variables.values():
        places = other.read_by("code")
        shorter, longer = sorted((found.name, other.name), key=len)
        if (
            places
            and other.name != found.name
            and "_" in longer
            and longer.endswith(f"_{shorter}")
            and len(shorter) > 3
        ):
            given = {place.at for place in other.defined}
            if not given:
                message = f"the code reads {other.name}, and not {found.name}; nothing gives {other.name} a value"
                yield Remark(message, places[0].at, f"call it {other.name}")


def _of_python(tracer: Tracer, found: Trace) -> Iterator[Remark]:
    """Env files that the program reads by itself, beside what the container has."""
    name = found.name
    arrives = any(route.value is not None for route in found.routes)
    for read in python_env_files(tracer.project):
        yield from _of_python_file(tracer, name, read, arrives)


def _of_python_file(tracer: Tracer, name: str, read: PythonEnvFile, arrives: bool) -> Iterator[Remark]:
    what = f"{read.via} reads {read.path or '.env'} by itself"
    if read.override and arrives:
        yield Remark(f"{what} with override: a value there wins over the container's", read.at, problem=False)
    elif not arrives:
        yield Remark(f"{what}, in the container only if that file is in the image or mounted", read.at, problem=False)
    for path in {read.path, basename(read.path or ".env")}:
        file = tracer.project.env_files.get(path or "")
        entry = None if file is None else file.get(name)
        if file is not None and entry is not None:
            for each in disagreements(file, entry):
                if each.reader == PYTHON:
                    yield Remark(
                        f"{path}: {each.reader} {each.effect}: {each.why}", Site(file.source.path, entry.key_span)
                    )
            return
