"""The block that is added to a Makefile: one target of each kind for every environment, and what they need."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dockwright.project.model import Project
from dockwright.project.stacks import compose_files
from dockwright.refactor.make.environments import Environment, example_of
from dockwright.refactor.make.tasks import VERBS, Task, of_environments, tasks
from dockwright.refactor.make.user_file import HelpStyle, UserFile

_OWN_NUMBERS = re.compile(r"\$\{?(?:UID|GID)\b")
_STARTS = frozenset({"up", "run", "build", "create", "start", "watch"})


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
        self.tasks: list[Task] = [task for task in tasks(project, known) if not self._has(task.name)]
        self.families = list(self._families())
        everywhere = [verb.name for verb in VERBS if all(verb.run(each) is not None for each in known)]
        self.verbs = everywhere
        self.new = [
            *(name for _, _, names, _ in self.families for name in names),
            *(task.name for task in self.tasks),
        ]
        """The targets that the block adds."""

    def paragraphs(self) -> Iterator[str]:
        """The block without the help; nothing where the Makefile has all of it."""
        if not self.new:
            return
        yield self._variables()
        yield from self._numbers()
        yield self._phony()
        yield from self._env_files()
        yield from self._rules()

    def _has(self, name: str) -> bool:
        return self.user is not None and self.user.makes(name)

    def _free(self, name: str) -> str:
        return f"DOCKER_{name}" if self.user is not None and name in self.user.tree.definitions else name

    def _families(self) -> Iterator[tuple[str, str, tuple[str, ...], str]]:
        """Each target with what the help says of it, the environments' names for it, and its recipe."""
        for verb in VERBS:
            recipes: dict[str, list[str]] = {}
            for each in self.known:
                run, name = verb.run(each), f"{each.tag}-{verb.name}"
                if run is not None and not self._has(name):
                    recipes.setdefault(f"@$(compose_$*) {run}", []).append(name)
            for recipe, names in recipes.items():
                yield verb.name, verb.told.format(of_environments(self.known)), tuple(names), recipe

    def _variables(self) -> str:
        lines = [f"{self.envs} = {' '.join(self.tags)}"]
        if self.verbs:
            every = f"$({self.envs}:%=%-$(task))"
            lines.append(f"{self.targets} = $(foreach task,{' '.join(self.verbs)},{every})")
        lines += [f"compose_{each.tag} = {each.call}" for each in self.known]
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

    def _phony(self) -> str:
        """The names of the block; what the user's list has already stays there alone."""
        listed = frozenset[str]() if self.user is None else self.user.program.phony
        implied = {f"{tag}-{verb}" for tag in self.tags for verb in self.verbs}
        names = [name for name in self.new if name not in implied and name not in listed]
        return " ".join([".PHONY:", *([f"$({self.targets})"] if self.verbs else []), *names])

    def _env_files(self) -> Iterator[str]:
        """Each environment's targets need its env file: made once from its example, or by hand for production."""
        made: list[str] = []
        needed: list[str] = []
        rules: list[str] = []
        for each in self.known:
            for path in each.env_files:
                example = example_of(self.project, path)
                if (example is None and not each.production) or re.search(r"[\s$:%#]", path):
                    continue
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
            rules.insert(0, f'{" ".join(made)}: %: | %.example\n\t@install -m 600 $| $@ && echo "made $@ from $|"')
        if needed:
            production = any(each.production and each.env_files for each in self.known)
            comment = "# Env files are made once from their examples"
            comment += "; production's is written by hand." if production else "."
            yield "\n".join([comment, *dict.fromkeys(needed), *dict.fromkeys(rules)])

    def _others(self, each: Environment, path: str) -> Iterator[str]:
        """Targets of other names that start something with this env file: the user's, then those of the block."""
        listed = {f"{tag}-{verb}" for tag in self.tags for verb in self.verbs}
        for name in () if self.user is None else self.user.names - listed:
            calls = self.user.calls(name) if self.user is not None else ()
            if any(call.subcommand in _STARTS and path in {ref.target for ref in call.env_files} for call in calls):
                yield name
        yield from (task.name for task in self.tasks if each.tag in task.uses)
        partly = (name for _, _, names, _ in self.families for name in names)
        yield from (name for name in partly if name.startswith(f"{each.tag}-") and name not in listed)

    def _rules(self) -> Iterator[str]:
        told: set[str] = set()
        lines: list[str] = []
        for verb, words, names, recipe in self.families:
            if verb not in told:
                told.add(verb)
                lines.append(self.style.line(f"ENV-{verb}", words))
            whole = len(names) == len(self.tags)
            listed = f"$({self.envs}:%=%-{verb})" if whole else " ".join(names)
            lines.append(f"{listed}: %-{verb}:\n\t{recipe}")
        if lines:
            yield "\n".join(lines)
        for task in self.tasks:
            comment = self.style.line(task.name, task.told)
            if self.user is not None and self.user.helps_with(task.name):
                comment = ""
            recipe = "".join(f"\t{line}\n" for line in task.recipe)
            yield f"{comment}\n{task.name}:\n{recipe}".strip("\n")
