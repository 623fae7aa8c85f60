"""Env files checked: against what their readers want, against their examples, each other, git and the disk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from posixpath import dirname

from msgspec import Struct

from dockwright.env.comparing import compare, values_of
from dockwright.env.dialects import PYTHON, disagreements
from dockwright.env.environments import Environment, Pair, environments, model_of
from dockwright.env.filling import sure
from dockwright.env.places import Place
from dockwright.env.schema import Variable, schema
from dockwright.env.types import fits
from dockwright.env.urls import read
from dockwright.errors import DockwrightError
from dockwright.facts.host_variables import HOST_VARIABLES, READ_BY_TOOLS
from dockwright.facts.placeholders import holds_a_place, is_placeholder, is_stand_in
from dockwright.facts.secret_forms import is_made_up, is_secret
from dockwright.facts.secret_names import holds_credentials
from dockwright.project.env_names import git_ignores
from dockwright.project.interpolated import needed
from dockwright.project.merged import Merged
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.project.service_env_files import interpolation_files, listed, services_of
from dockwright.project.stacks import ENVIRONMENTS, Stack
from dockwright.syntax import dotenv
from dockwright.syntax.interpolation import interpolate, uses
from dockwright.text import Mapped, Site

_A_SLIP = 0.85  # how alike two names are, by difflib, that one is a slip for the other

ERROR, WARNING, INFO = LEVELS = ("error", "warning", "info")

KINDS: Mapping[str, str] = {
    "no file": "an env file that a stack reads is not there",
    "broken": "a line that Compose refuses",
    "twice": "a name that a file has twice, with two values",
    "missing": "a name that a reader needs, or that the example has, and no env file gives",
    "empty": "a name without a value where a reader needs one, or where the example has one",
    "placeholder": "a value that only holds the place of one",
    "type": "a value of another type than the code reads",
    "unknown": "a name that nothing reads",
    "undocumented": "a name that the file's own example lacks",
    "elsewhere": "a name that another environment lacks and needs, or a secret that production shares",
    "shadowed": "a value that another one takes the place of",
    "quoting": "a line that python-dotenv reads otherwise than Compose",
    "git": "an env file that git has, or would take",
    "readable": "an env file that others on this machine can read",
}
"""What can be found."""


class Outside(Struct, frozen=True):
    """What no file says: the paths that git has, whether there is a repository at all, the caller's environment."""

    tracked: Collection[str] = ()
    repository: bool = False
    environ: Mapping[str, str] = {}


class Trouble(Struct, frozen=True):
    """Something that is wrong: its kind, its level, its place, and the way out; a path alone is a whole file."""

    kind: str
    level: str
    environment: str
    name: str | None
    path: str
    at: Site | None
    message: str
    way_out: str


def check(
    project: Project, wanted: Iterable[Environment], outside: Outside, *, asked: bool = False
) -> tuple[Trouble, ...]:
    """What is wrong with these environments' files. `asked` is whether somebody named them: then they have to be there.

    Each trouble is told once, by the first environment that has it.
    """
    wanted = tuple(wanted)
    found: dict[tuple[object, ...], Trouble] = {}
    for environment in wanted:
        for trouble in _Check(project, environment, outside, wanted, asked=asked).troubles():
            found.setdefault((trouble.kind, trouble.path, trouble.at, trouble.name), trouble)
    return tuple(found.values())


class _Check:
    """One environment's files, with what they hold and who reads it."""

    def __init__(
        self,
        project: Project,
        environment: Environment,
        outside: Outside,
        checked: tuple[Environment, ...],
        *,
        asked: bool,
    ) -> None:
        self.project, self.environment, self.outside, self.asked = project, environment, outside, asked
        self.checked = frozenset(each.name for each in checked)
        self.schema = schema(project)
        self.files = environment.there(project)
        self.examples = {
            pair.path: project.env_files[pair.example] for pair in environment.files if pair.example is not None
        }
        self.given = {entry.key for file in self.files.values() for entry in file.entries}
        self.stacks = frozenset(stack.name for stack in environment.stacks)
        self.told: set[str] = set()

    def troubles(self) -> Iterator[Trouble]:
        """All of them."""
        for pair in self.environment.files:
            if pair.path not in self.project.listing:
                yield self._no_file(pair)
        yield from self._unfilled()
        yield from self._required_by_code()
        for path, file in self.files.items():
            yield from self._lines(path, file)
            yield from self._against_example(path, file)
            yield from self._kept(path, file)
        for stack in self.environment.stacks:
            yield from self._shadowed(stack)
            yield from self._by_the_shell(stack)
        if self.files:
            yield from self._elsewhere()

    def _found(
        self, kind: str, level: str, name: str | None, at: Site | None, message: str, way_out: str, path: str = ""
    ) -> Trouble:
        place = at.path if at is not None else path
        return Trouble(kind, level, self.environment.name, name, place, at, message, way_out)

    # Whole files

    def _no_file(self, pair: Pair) -> Trouble:
        level = INFO if not self.asked else ERROR if pair.needed else WARNING
        way_out = f"dockwright env create {self.environment.name}" + (
            " --production" if self.environment.production else ""
        )
        if model_of(self.project, pair) is None:
            way_out = "write it: dockwright env schema lists what belongs into it"
        at = next(self._naming(pair.path), None)
        return self._found("no file", level, None, at, f"{pair.path} is not there", way_out, pair.path)

    def _naming(self, path: str) -> Iterator[Site]:
        """Where a stack names an env file."""
        for stack in self.environment.stacks:
            for each in listed(self.project, stack):
                if each.path == path:
                    yield Site(each.layer.path, each.entry.path.span)
            if path in stack.env_files:
                yield from stack.invoked_from

    def _kept(self, path: str, file: dotenv.EnvFile) -> Iterator[Trouble]:
        """Who can see a file with secrets: git, and others on this machine."""
        secret = next((entry for entry in file.entries if self._is_secret(entry) and entry.value.text), None)
        if secret is None:
            return
        at, production = Site(path, secret.key_span), self.environment.production
        if path in self.outside.tracked:
            way_out = f"git rm --cached {path}, add it to .gitignore, and rotate what it holds: the history keeps it"
            level = ERROR if production else WARNING
            yield self._found("git", level, None, at, f"git has {path}, with {secret.key} in it", way_out)
        elif self.outside.repository and not git_ignores(self.project)(path):
            way_out = f"add {path} to .gitignore"
            yield self._found("git", WARNING, None, at, f"git would take {path} with the next `git add .`", way_out)
        mode = self.project.sources[path].mode
        # What git has is no secret of this machine's; disks that keep no modes show all of them.
        if mode & 0o077 and mode != 0o777 and path not in self.outside.tracked:
            who = "everybody on this machine" if mode & 0o007 else "its group"
            level = INFO if not mode & 0o007 else ERROR if production else WARNING
            message = f"{who} can read {path}, mode {mode:03o}"
            yield self._found("readable", level, None, at, message, f"chmod 600 {path}")

    # Lines

    def _lines(self, path: str, file: dotenv.EnvFile) -> Iterator[Trouble]:
        for problem in file.problems:
            at = Site(path, problem.span)
            yield self._found(
                "broken", ERROR, None, at, f"Compose refuses it: {problem.message}", problem.hint or "mend it"
            )
        seen: dict[str, dotenv.Entry] = {}
        for entry in file.entries:
            before = seen.get(entry.key)
            if before is not None and before.raw != entry.raw:
                line = file.source.position(entry.key_span.start).line
                message = f"{entry.key} is given again in line {line}, which wins"
                at = Site(path, before.key_span)
                yield self._found("twice", WARNING, entry.key, at, message, "keep one of them")
            seen[entry.key] = entry
        for name, entry in seen.items():
            if name and entry.separator is not None:
                yield from self._value(path, file, entry)

    def _value(self, path: str, file: dotenv.EnvFile, entry: dotenv.Entry) -> Iterator[Trouble]:
        name, value, at = entry.key, entry.value.text, Site(path, entry.key_span)
        variable = self.schema.get(name)
        if not value:
            yield from self._empty(path, entry, variable)
        elif not entry.uses:
            yield from self._placeholder(entry, at)
            if variable is not None and variable.typed and not fits(value, variable.type, variable.choices):
                wanted = f"one of {', '.join(variable.choices)}" if variable.choices else f"of the type {variable.type}"
                reader = next(iter(variable.read_by("code")), None)
                where = f" at {self._line(reader.at)}" if reader is not None else ""
                way_out = "write it as the code wants it"
                yield self._found("type", ERROR, name, at, f"{name} is not {wanted}, as it is read{where}", way_out)
        for each in disagreements(file, entry):
            if each.reader == PYTHON:
                level = WARNING if self._reads_env_files() else INFO
                quoting = "put a value with anything but plain characters into single quotes"
                way_out = "write ${NAME}, with braces" if entry.uses else quoting
                message = f"python-dotenv {each.effect} where Compose takes {name}: {each.why}"
                yield self._found("quoting", level, name, at, message, way_out)
        if variable is None or not variable.read:
            yield from self._unread(path, name, at)

    def _empty(self, path: str, entry: dotenv.Entry, variable: Variable | None) -> Iterator[Trouble]:
        name, at = entry.key, Site(path, entry.key_span)
        read = variable.read if variable is not None else ()
        readers = [place for place in read if self._is_here(place) and sure(self.project, place)]
        required = next((place for place in readers if place.required and self._refuses_nothing(place)), None)
        wanting = next((place for place in readers if place.wanted or place.required), None)
        example = self.examples.get(path)
        told = example.get(name) if example is not None else None
        if required is not None:
            self.told.add(name)
            message = f"{name} is empty, and {self._line(required.at)} refuses that"
            yield self._found("empty", ERROR, name, at, message, self._way_to_a_value(name))
        elif wanting is not None and (self._is_secret(entry) or (told is not None and told.value.text)):
            message = f"{name} is empty, and {self._line(wanting.at)} has nothing else"
            yield self._found("empty", WARNING, name, at, message, self._way_to_a_value(name))
        elif told is not None and told.value.text and not self._is_secret(entry):
            message = f"{name} is empty, and its example has a value"
            yield self._found("empty", INFO, name, at, message, "give it a value, or comment it out")

    def _refuses_nothing(self, place: Place) -> bool:
        """Whether Compose refuses an empty value as it does none at all: `${NAME:?}`, and not `${NAME?}`."""
        text = self.project.sources[place.at.path].text
        return place.kind != "code" and text[place.at.span.end : place.at.span.end + 1] == ":"

    def _way_to_a_value(self, name: str) -> str:
        made = is_secret(name) and is_made_up(name)
        return f"dockwright env rotate {name} {self.environment.name}" if made else f"give {name} a value"

    def _placeholder(self, entry: dotenv.Entry, at: Site) -> Iterator[Trouble]:
        name, value = entry.key, entry.value.text
        url = read(value) if "://" in value else None
        secret = is_secret(name) or (url is not None and bool(url.password))
        if url is not None and url.password:
            value = url.password
        holds = is_stand_in(value) or (is_placeholder(value) if secret else holds_a_place(value))
        if not holds:
            return
        if self.environment.production:
            level = ERROR if secret else WARNING
        elif secret and not is_made_up(name) and not is_stand_in(value):
            level = INFO  # What works on a developer's machine without it, nobody has to ask for.
        else:
            return
        message = f"{name} is only a placeholder"
        yield self._found("placeholder", level, name, at, message, self._way_to_a_value(name))

    def _unread(self, path: str, name: str, at: Site) -> Iterator[Trouble]:
        if name in HOST_VARIABLES or name.startswith(READ_BY_TOOLS) or "__" in name:
            return
        if self.project.is_file(join(dirname(path), "package.json")):
            return  # Another language's code is not looked at.
        others = (source for other, source in self.project.sources.items() if other not in self.project.env_files)
        if any(name in source.text for source in others):
            return
        from difflib import get_close_matches

        lacking = sorted(
            each
            for each, variable in self.schema.variables.items()
            if each not in self.given and any(self._is_here(place) for place in variable.read)
        )
        near = get_close_matches(name, lacking, 1, _A_SLIP)
        if near:
            message = f"nothing reads {name}, and {near[0]} is missing"
            yield self._found("unknown", WARNING, name, at, message, f"did you mean {near[0]}? rename it")
        else:
            yield self._found("unknown", INFO, name, at, f"nothing here reads {name}", "take it out, if that is so")

    # What is missing

    def _unfilled(self) -> Iterator[Trouble]:
        """`${NAME}` in compose files that no env file of the stack fills."""
        for stack in self.environment.stacks:
            files = [path for path in interpolation_files(stack) if path in self.project.env_files]
            if not files and any(pair.path in interpolation_files(stack) for pair in self.environment.files):
                continue  # The whole file is missing, which is told.
            names = {entry.key for path in files for entry in self.project.env_files[path].entries}
            for use in needed(self.project, stack):
                if use.name in names or use.name in self.told or use.default or self._set_elsewhere(use.name):
                    continue
                self.told.add(use.name)
                where = files[0] if files else join(stack.project_directory, ".env")
                effect = "Compose refuses the file" if use.required else "it is empty"
                message = f"{use.name} is in no env file of {self.environment.name}, and {effect} without it"
                guessed = not stack.invoked_from and len(self.environment.stacks) > 1
                level = INFO if guessed else ERROR if use.required else WARNING
                yield self._found("missing", level, use.name, use.at, message, self._way_to_add(use.name, where))

    def _set_elsewhere(self, name: str) -> bool:
        variable = self.schema.get(name)
        return name in HOST_VARIABLES or (variable is not None and bool(variable.given_by("make", "shell", "workflow")))

    def _way_to_add(self, name: str, path: str) -> str:
        example = self.examples.get(path)
        if example is not None and example.get(name) is not None:
            return f"dockwright env sync {self.environment.name}"
        return f"add {name} to {path}"

    def _required_by_code(self) -> Iterator[Trouble]:
        """What the code does not start without and nothing gives it."""
        if not self.files or not any(
            service.builds for stack in self.environment.stacks for service in services_of(self.project, stack).values()
        ):
            return
        for name, variable in self.schema.variables.items():
            reader = next(
                (place for place in variable.read_by("code") if place.required and sure(self.project, place)), None
            )
            given = name in self.given or name in self.told or self._set_elsewhere(name)
            if reader is None or given or variable.given_by("environment", "Dockerfile ENV"):
                continue
            self.told.add(name)
            path = next(iter(self.files))
            message = f"the code does not start without {name}, and no env file of {self.environment.name} has it"
            yield self._found("missing", WARNING, name, reader.at, message, self._way_to_add(name, path))

    def _against_example(self, path: str, file: dotenv.EnvFile) -> Iterator[Trouble]:
        example = self.examples.get(path)
        if example is None:
            return
        sync = f"dockwright env sync {self.environment.name}"
        known = {entry.key for entry in (*file.entries, *file.commented)}
        for entry in example.entries:
            if entry.key not in known | self.told:
                at = Site(example.source.path, entry.key_span)
                yield self._found(
                    "missing", WARNING, entry.key, at, f"{path} lacks {entry.key}, which its example has", sync
                )
        documented = {entry.key for entry in (*example.entries, *example.commented)}
        for entry in file.entries:
            if entry.key and entry.key not in documented:
                at = Site(path, entry.key_span)
                message = f"{example.source.path} does not name {entry.key}: nobody else knows of it"
                yield self._found("undocumented", WARNING, entry.key, at, message, sync)

    # Other environments, other values

    def _elsewhere(self) -> Iterator[Trouble]:
        for other in environments(self.project).values():
            if other.name == self.environment.name or other.name not in ENVIRONMENTS.values() or not other.files:
                continue
            yield from self._shared(other)
            if other.name not in self.checked:  # else it tells by itself
                yield from self._lacked_by(other)

    def _lacked_by(self, other: Environment) -> Iterator[Trouble]:
        models = {pair.path if pair.path in self.project.env_files else pair.example for pair in other.files}
        names = {entry.key for path in models if path is not None for entry in self.project.env_files[path].entries}
        if not any(path is not None for path in models):
            return
        stacks = {stack.name for stack in other.stacks}
        for path, file in self.files.items():
            for entry in file.entries:
                variable = self.schema.get(entry.key)
                if entry.key in names or variable is None:
                    continue
                given = bool(variable.given_by("environment", "Dockerfile ENV"))
                reader = next(
                    (
                        place
                        for place in variable.read
                        if (place.required or place.wanted)
                        and (not place.envs or not stacks.isdisjoint(place.envs))
                        and not (given and place.kind == "code")
                        and sure(self.project, place)
                    ),
                    None,
                )
                if reader is not None:
                    message = f"{entry.key} is here and not in {other.name}, where {self._line(reader.at)} reads it"
                    way_out = f"add it to {other.name}: dockwright env check {other.name}"
                    yield self._found("elsewhere", WARNING, entry.key, Site(path, entry.key_span), message, way_out)

    def _shared(self, other: Environment) -> Iterator[Trouble]:
        """Secrets that production has in common with what is none; told by production's side, if that is looked at."""
        if self.environment.production == other.production or not other.there(self.project):
            return
        if not self.environment.production and other.name in self.checked:
            return
        for each in compare(self.project, self.environment, other).reused:
            production = self.environment if self.environment.production else other
            name = each.left_name if self.environment.production else each.right_name
            message = f"{each.left_name} has the value of {each.right_name} at {self._line(each.right)}"
            way_out = f"dockwright env rotate {name} {production.name}"
            yield self._found("elsewhere", ERROR, each.left_name, each.left, message, way_out)

    def _shadowed(self, stack: Stack) -> Iterator[Trouble]:
        """Entries of a service's env files that `environment:` or a later file takes the place of."""
        readers: dict[str, dict[str, Merged]] = {}
        for each in listed(self.project, stack):
            readers.setdefault(each.path, {})[each.service.name] = each.service
        filled = self._filled(stack)
        for path, services in readers.items():
            if path not in self.files:
                continue
            values = values_of(self.files[path])
            for name, value in values.items():
                over = {
                    service.name: at
                    for service in services.values()
                    if (at := _over(self.project, stack, service, path, name, value, filled)) is not None
                }
                entry = self.files[path].get(name)
                if over and entry is not None:
                    by = self._line(next(iter(over.values())))
                    # Files over files are meant so: the last one has what is special.
                    whole = len(over) == len(services) and all(site.path not in readers for site in over.values())
                    message = f"{name} does nothing for {', '.join(over)}: {by} takes its place"
                    level = WARNING if whole else INFO
                    at = Site(path, entry.key_span)
                    yield self._found("shadowed", level, name, at, message, "keep one of the two")

    def _filled(self, stack: Stack) -> dict[str, str]:
        """The values that fill in a stack's variables, as far as files say."""
        found: dict[str, str] = {}
        for path in interpolation_files(stack):
            if path in self.project.env_files:
                found |= values_of(self.project.env_files[path], found)
        return found

    def _by_the_shell(self, stack: Stack) -> Iterator[Trouble]:
        """Variables of a compose file that the caller's own environment gives another value than the env file."""
        filled = self._filled(stack)
        for use in needed(self.project, stack):
            own = self.outside.environ.get(use.name)
            if own is None or use.name in HOST_VARIABLES or filled.get(use.name, own) == own:
                continue
            for path, file in self.files.items():
                entry = file.get(use.name)
                if entry is not None and path in interpolation_files(stack):
                    message = f"your shell has another {use.name}, and Compose takes that"
                    at = Site(path, entry.key_span)
                    yield self._found("shadowed", WARNING, use.name, at, message, f"unset {use.name}")

    # Small questions

    def _is_secret(self, entry: dotenv.Entry) -> bool:
        return is_secret(entry.key) or (not entry.uses and holds_credentials(entry.value.text))

    def _is_here(self, place: Place) -> bool:
        return not place.envs or not self.stacks.isdisjoint(place.envs)

    def _reads_env_files(self) -> bool:
        """Whether the code may read env files by itself."""
        signs = ("dotenv", "env_file", "read_env", "decouple", "AutoConfig")
        return any(sign in source.text for source in self.project.of_kind("python") for sign in signs)

    def _line(self, at: Site) -> str:
        return f"{at.path}:{self.project.sources[at.path].position(at.span.start).line}"


def _over(
    project: Project, stack: Stack, service: Merged, path: str, name: str, value: str, filled: Mapping[str, str]
) -> Site | None:
    """What gives a service another value than one of its env files does; None where nothing does."""
    for layer in reversed(service.layers):
        if name in layer.environment:
            node, written = layer.environment[name]
            if written is None:
                return None
            try:
                given = interpolate(written, filled.get)
            except DockwrightError:
                return None
            return None if given == value or _uses(written, name) else Site(layer.path, node.span)
    later = False
    for each in listed(project, stack):
        if each.service.name != service.name:
            continue
        if later and each.path in project.env_files and each.path != path:
            file = project.env_files[each.path]
            entry = file.get(name)
            if entry is not None and values_of(file).get(name) != value:
                return Site(each.path, entry.key_span)
        later = later or each.path == path
    return None


def _uses(written: str, name: str) -> bool:
    return any(use.name == name for use in uses(Mapped.whole(written)))
