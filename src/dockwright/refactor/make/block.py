"""The block that is added to a Makefile: one target of each kind for every environment, and what they need."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from posixpath import normpath

from msgspec import Struct

from dockwright.project.command_lines import CommandLine, lines_of
from dockwright.project.commands import Invocation
from dockwright.project.model import Project
from dockwright.project.stacks import compose_files
from dockwright.refactor.make.environments import Environment, example_of
from dockwright.refactor.make.tasks import VERBS, Task, of_environments, tasks
from dockwright.refactor.make.user_file import HelpStyle, UserFile

CALL = "compose_"
"""What the variables that call Compose begin with, before the environment's name."""

_OWN_NUMBERS = re.compile(r"\$\{?(?:UID|GID)\b")
_UNFIT = re.compile(r"[\s$:%#\\]")
"""What make would not take to the letter in the name of a file."""

_STARTS = frozenset({"up", "run", "build", "create", "start", "watch"})


class _Family(Struct, frozen=True):
    """The targets of one kind for some environments, with what the help says of them."""

    verb: str
    told: str
    tags: tuple[str, ...]
    run: str

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"{tag}-{self.verb}" for tag in self.tags)


class Block:
    """What a project's Makefile does not have yet, as paragraphs of text."""

    def __init__(self, project: Project, known: Sequence[Environment], user: UserFile | None) -> None:
        self.project = project
        self.known = known
        self.user = user
        self.style = HelpStyle() if user is None else user.style
        self.tags = [each.tag for each in known]
        self.envs = self._free("ENVS")
        self.targets = self._free("ENV_TARGETS")
        defined = frozenset[str]() if user is None else user.tree.definitions.keys()
        taken = any(f"{CALL}{each.tag}" in defined and each.call != f"$({CALL}{each.tag})" for each in known)
        self.prefix = f"docker_{CALL}" if taken else CALL
        self.tasks: list[Task] = [task for task in tasks(project, known) if not self._has(task.name)]
        self.families = list(self._families())
        everywhere = [verb for verb in VERBS if all(verb.run(each) is not None for each in known)]
        # Make looks for no pattern rule for what is phony.
        named = [
            verb.name for verb in everywhere if not any(self._by_pattern(f"{tag}-{verb.name}") for tag in self.tags)
        ]
        self.verbs = named if len(known) > 1 else []
        """What every one of several environments has, whosever the targets are."""
        self.new = [*(name for family in self.families for name in family.names), *(task.name for task in self.tasks)]
        """The targets that the block adds."""

    def paragraphs(self) -> Iterator[str]:
        """The block without the help; nothing where the Makefile has all of it."""
        if not self.new:
            return
        yield self._variables()
        yield from self._numbers()
        yield from self._phony()
        yield from self._env_files()
        yield from self._images()
        yield from self._rules()

    def _has(self, name: str) -> bool:
        return self.user is not None and self.user.makes(name)

    def _is_told(self, name: str) -> bool:
        """Whether the help tells of it already: in its own lines, or by a documenting comment."""
        return self.user is not None and (self.user.helps_with(name) or f"\n#? {name} " in self.user.tree.source.text)

    def _by_pattern(self, name: str) -> bool:
        return self.user is not None and name not in self.user.names and self.user.makes(name)

    def _free(self, name: str) -> str:
        return f"DOCKER_{name}" if self.user is not None and name in self.user.tree.definitions else name

    def _families(self) -> Iterator[_Family]:
        """The targets that are missing, those of one kind with one recipe together."""
        for verb in VERBS:
            recipes: dict[str, list[Environment]] = {}
            for each in self.known:
                run = verb.run(each)
                if run is not None and not self._has(f"{each.tag}-{verb.name}"):
                    recipes.setdefault(run, []).append(each)
            alike = len(recipes) == 1 and sum(map(len, recipes.values())) == len(self.known)
            told = verb.told.format(of_environments(self.known)) + (verb.more if alike else "")
            for run, own in recipes.items():
                yield _Family(verb.name, told, tuple(each.tag for each in own), run)

    def _variables(self) -> str:
        lines = []
        if self.verbs:
            lines.append(f"{self.envs} = {' '.join(self.tags)}")
            every = f"$({self.envs}:%=%-$(task))"
            lines.append(f"{self.targets} = $(foreach task,{' '.join(self.verbs)},{every})")
        calls = [(f"{self.prefix}{each.tag}", each.call) for each in self.known]
        lines += [f"{name} = {call}" for name, call in calls if call != f"$({name})"]
        return "\n".join(lines)

    def _numbers(self) -> Iterator[str]:
        paths = {path for each in self.known for path in each.stack.files}
        read = any(_OWN_NUMBERS.search(compose_files(self.project)[path].source.text) for path in paths)
        if read and (self.user is None or not {"UID", "GID"} & self.user.tree.definitions.keys()):
            yield (
                "# The development image's user gets your numbers; root becomes 1000.\n"
                "export UID := $(or $(filter-out 0,$(shell id -u)),1000)\n"
                "export GID := $(or $(filter-out 0,$(shell id -g)),1000)"
            )

    def _phony(self) -> Iterator[str]:
        """The names of the block; what the user's list has already stays there alone."""
        listed = frozenset[str]() if self.user is None else self.user.program.phony
        implied = {f"{tag}-{verb}" for tag in self.tags for verb in self.verbs}
        names = [name for name in (*self.new, *self._certifying()) if name not in implied and name not in listed]
        words = [*([f"$({self.targets})"] if self.verbs else []), *names]
        if words:
            yield " ".join([".PHONY:", *words])

    def _certifying(self) -> Iterator[str]:
        """The user's targets whose script asks dockwright for certificates: the folder they made must not stop them."""
        if self.user is None:
            return
        for line in lines_of(self.project, self.user.tree.source.path):
            script = normpath(line.command.words[0].value or "") if line.command.words else ""
            called = lines_of(self.project, script) if self.project.kinds.get(script) == "shell" else ()
            if line.target is not None and any(_certifies(each) for each in called):
                yield line.target

    def _env_files(self) -> Iterator[str]:
        """Each environment's targets need its env file: made once from its example, or by hand for production."""
        made: list[str] = []
        needed: list[str] = []
        rules: list[str] = []
        shared = {path for each in self.known if not each.production for path in each.env_files}
        for each in self.known:
            for path in each.env_files:
                example = example_of(self.project, path)
                if (example is None and not each.production) or _UNFIT.search(path):
                    continue
                if each.production and path in shared:
                    continue  # made for development, it would be there for production, too
                own = [f"$(filter {each.tag}-%,$({self.targets}))"] if self.verbs else []
                needed.append(f"{' '.join([*own, *self._others(each, path)])}: {path}")
                if self._has(path):
                    continue
                if each.production:
                    told = f"; {example} lists what it holds" if example is not None else ""
                    rules.append(f'{path}:\n\t@echo "write {path} first{told}" >&2; exit 1')
                elif example == f"{path}.example":
                    made.append(path)
                else:
                    rules.append(f'{path}: | {example}\n\t@install -m 600 $| $@ && echo "made $@ from $|"')
        if made:
            paths = " ".join(dict.fromkeys(made))
            rules.insert(0, f'{paths}: %: | %.example\n\t@install -m 600 $| $@ && echo "made $@ from $|"')
        if needed:
            by_hand = any("exit 1" in rule for rule in rules)
            said = "production's is written by hand" if by_hand else ""
            if any("install" in rule for rule in rules):
                said = "env files are made once from their examples" + (f"; {said}" if said else "")
            comment = [f"# {said[0].upper()}{said[1:]}."] if said else []
            yield "\n".join([*comment, *dict.fromkeys(needed), *dict.fromkeys(rules)])

    def _images(self) -> Iterator[str]:
        """Targets that `run` a service build its image first, where others that it waits for start from that image."""
        lines = []
        for each in self.known:
            build = f"{each.tag}-build"
            if not _shares_an_image(each) or not (self._has(build) or build in self.new):
                continue
            names = [*self._users_that_run(each), *(task.name for task in self.tasks if _runs(task, each))]
            if names:
                lines.append(f"{' '.join(dict.fromkeys(names))}: {build}")
        if lines:
            yield "\n".join(["# What a service waits for starts from its image, and `run` builds none of it.", *lines])

    def _users_that_run(self, each: Environment) -> Iterator[str]:
        for name in self.user.program.targets if self.user is not None else ():
            calls = [call for call in self.user.calls(name) if self._is_of(call, each)] if self.user else []
            first = next((call for call in calls if call.subcommand in ("run", "build", "up")), None)
            if first is not None and first.subcommand == "run" and "--no-deps" not in first.arguments:
                yield name

    def _is_of(self, call: Invocation, each: Environment) -> bool:
        return tuple(ref.target for ref in call.files) == each.stack.files

    def _others(self, each: Environment, path: str) -> Iterator[str]:
        """Targets of other names that start something with this env file: the user's, then those of the block."""
        listed = {f"{tag}-{verb}" for tag in self.tags for verb in self.verbs}
        if self.user is not None:
            for name in self.user.program.targets:
                calls = self.user.calls(name) if name not in listed else ()
                if any(call.subcommand in _STARTS and path in {ref.target for ref in call.env_files} for call in calls):
                    yield name
        for family in self.families:
            yield from (
                name
                for tag, name in zip(family.tags, family.names, strict=True)
                if tag == each.tag and name not in listed
            )
        yield from (task.name for task in self.tasks if each.tag in task.uses)

    def _rules(self) -> Iterator[str]:
        told: set[str] = set()
        lines: list[str] = []
        for family in self.families:
            if family.verb not in told:
                told.add(family.verb)
                name = f"ENV-{family.verb}" if len(self.known) > 1 else family.names[0]
                lines += [] if self._is_told(name) else [self.style.line(name, family.told)]
            if len(family.names) == 1:
                lines.append(f"{family.names[0]}:\n\t@$({self.prefix}{family.tags[0]}) {family.run}")
                continue
            whole = len(family.names) == len(self.tags)
            listed = f"$({self.envs}:%=%-{family.verb})" if whole and self.verbs else " ".join(family.names)
            lines.append(f"{listed}: %-{family.verb}:\n\t@$({self.prefix}$*) {family.run}")
        if lines:
            yield "\n".join(lines)
        for task in self.tasks:
            comment = "" if self._is_told(task.name) else self.style.line(task.name, task.told)
            recipe = "".join(f"\t{line}\n" for line in task.recipe).replace(f"$({CALL}", f"$({self.prefix}")
            yield f"{comment}\n{task.name}:\n{recipe}".strip("\n")


def _certifies(line: CommandLine) -> bool:
    return line.name == "dockwright" and [word.value for word in line.command.words[1:2]] == ["certs"]


def _shares_an_image(each: Environment) -> bool:
    """Whether a service starts from an image that another one of the stack builds."""
    built = {run.service.image for run in each.runs.values() if run.service.builds}
    return any(run.service.image in built for run in each.runs.values() if not run.service.builds)


def _runs(task: Task, each: Environment) -> bool:
    if each.tag not in task.uses:
        return False
    calls = [line for line in task.recipe if f"{CALL}{each.tag})" in line]
    return bool(calls) and " run " in calls[0] and "--no-deps" not in calls[0]
