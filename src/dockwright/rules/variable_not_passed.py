"""DW303: a call that lacks the env file which the other calls of its stack pass."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Fix, Intent, Related
from dockwright.project.commands import Invocation
from dockwright.project.interpolated import Needed, names_by_default, names_in, needed, stack_calls
from dockwright.project.model import Project
from dockwright.project.stacks import Stack, stacks
from dockwright.rule import Example, Rule

_COMPOSE = (
    "name: shop\nservices:\n  db:\n    image: postgres:17.6\n"
    "    environment:\n      POSTGRES_PASSWORD: ${DB_PASSWORD:?}\n"
)


class VariableNotPassed(Rule):
    """Pass the same env file to every call of a stack

    ## What it finds

    A `docker compose` call without the `--env-file` that other calls of the same stack pass, where a compose file
    cannot do without the variables in it: `${DB_PASSWORD:?}`. Most often it is `down`, `ps`, `logs` or `exec`.

    ## Why it matters

    Compose reads the whole file for every command. `down` ends with `required variable DB_PASSWORD is missing a
    value`, and the stack that `up` has started cannot be stopped, looked at or entered by its own Make targets.

    ## How to mend it

    Pass the same `--env-file` everywhere: put the whole call into one Make variable and use that.

    ## Fix safety

    Safe: the call fails as it is.

    ## Source

    Compose's documentation, «Interpolation» and «Set environment variables».
    """

    code, name, severity, consent = "DW303", "variable-not-passed", "error", "safe"
    traps = (18,)
    invalid = (
        Example(
            {
                "compose.yaml": _COMPOSE,
                ".env.dev.example": "DB_PASSWORD=\n",
                "Makefile": "up:\n\tdocker compose -f compose.yaml --env-file .env.dev up -d\n\n"
                "down:\n\t⟦docker compose -f compose.yaml down⟧\n",
            },
            becomes={
                "Makefile": "up:\n\tdocker compose -f compose.yaml --env-file .env.dev up -d\n\n"
                "down:\n\tdocker compose -f compose.yaml --env-file .env.dev down\n"
            },
        ),
    )
    valid = (
        Example(
            {
                "compose.yaml": _COMPOSE,
                "Makefile": "C = docker compose -f compose.yaml --env-file .env.dev\n\n"
                "up:\n\t$(C) up -d\n\ndown:\n\t$(C) down\n",
            }
        ),
        Example(
            {
                "compose.yaml": _COMPOSE.replace(":?", ":-x"),
                "Makefile": "up:\n\tdocker compose -f compose.yaml --env-file .env.dev up -d\n\n"
                "down:\n\tdocker compose -f compose.yaml down\n",
            }
        ),
        Example(
            {
                "compose.yaml": _COMPOSE,
                "Makefile": "export DB_PASSWORD = x\nup:\n\tdocker compose -f compose.yaml --env-file .env.dev up -d\n"
                "\ndown:\n\tdocker compose -f compose.yaml down\n",
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        done = set()
        for stack in stacks(project):
            required = [use for use in needed(project, stack) if use.required]
            calls = list(stack_calls(project, stack))
            passing = [call for _, call, _ in calls if call.env_files]
            for path, call, number in calls:
                if call.env_files or not passing or call.at in done or not required:
                    continue
                text = project.sources[path].text
                known = names_by_default(project, stack)
                missing = [use for use in required if use.name not in text and use.name not in known]
                if missing and _knows(project, passing[0], missing):
                    done.add(call.at)
                    yield self._found(stack, path, call, number, missing, passing[0])

    def _found(
        self, stack: Stack, path: str, call: Invocation, number: int, missing: list[Needed], passing: Invocation
    ) -> Finding:
        names = ", ".join(dict.fromkeys(use.name for use in missing[:3]))
        words = [word for ref in passing.env_files for word in ("--env-file", ref.written)]
        same = path == passing.at.path and call.cwd == passing.cwd
        edit = call.adding(words) if same else None
        fix = None
        if edit is not None:
            read = " ".join(stack.files)
            more = " ".join(ref.target for ref in passing.env_files)
            intend = Intent(f"{path} / docker compose call {number}", read, f"{read} {more}")
            fix = Fix("pass the env file that the stack's other calls pass", (edit,), "safe", (intend,))
        written = " ".join(words)
        return self.found(
            call.at,
            f"{call.subcommand or 'this call'} passes no --env-file: {names} has no value, and Compose refuses",
            advice=f"write `{written}` behind `docker compose`",
            related=[Related(missing[0].at, "required here"), Related(passing.at, "passed here")],
            fix=fix,
        )


def _knows(project: Project, call: Invocation, missing: list[Needed]) -> bool:
    """Whether the env files that a call passes give one of the names, or may do so."""
    given = [names_in(project, ref.target) for ref in call.env_files]
    return any(names is None or any(use.name in names for use in missing) for names in given)
