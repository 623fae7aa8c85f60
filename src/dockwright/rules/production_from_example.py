"""DW509: a target that makes production's env file from its example and starts production."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename

from dockwright.finding import Finding, Related
from dockwright.project.command_lines import CommandLine, command_lines
from dockwright.project.env_names import environment, is_example
from dockwright.project.kinds import kind_of
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import makefile, shell

_STARTS = frozenset({"up", "start", "run", "create"})


class ProductionFromExample(Rule):
    """Let nobody start production from an example

    ## What it finds

    A Make target, or a script, that copies an example onto an env file and starts production afterwards: the file, the
    target, the script or the compose file is called so, or it deploys.

    ## Why it matters

    On a machine where the file is missing, and that is every new one, the database is made with the placeholder
    password of the example, and the application starts with its published key. Nothing fails.

    ## How to mend it

    Let the target stop and say what to do: `@test -f env/.env.prod || { echo "write env/.env.prod first"; exit 1; }`.

    ## Fix safety

    There is no fix: how production gets its secrets is for a person to decide.

    ## Source

    OWASP, «Secrets Management Cheat Sheet»; CWE-1392, «Use of Default Credentials».
    """

    code, name, severity = "DW509", "production-from-example", "error"
    traps = (37,)
    invalid = (
        Example(
            {
                "Makefile": ".PHONY: prod-up\nprod-up:\n"
                "\t@test -f env/.env.prod || ⟦cp env/.env.prod.example env/.env.prod⟧\n"
                "\tdocker compose -f compose.prod.yml --env-file env/.env.prod up -d\n",
                "env/.env.prod.example": "POSTGRES_PASSWORD=changeme\n",
            }
        ),
        Example(
            {
                "Makefile": ".PHONY: prod-env prod-up\nprod-env:\n\t⟦cp -n .env.example .env.prod⟧\n\n"
                "prod-up: prod-env\n\tdocker compose --env-file .env.prod up -d\n",
            }
        ),
        Example({"deploy.sh": "#!/bin/sh\n⟦cp .env.example .env.production⟧\ndocker compose up -d\n"}),
        Example({"start.sh": "#!/bin/sh\n⟦cp .env.example .env⟧\ndocker compose -f compose.prod.yml up -d\n"}),
        Example({"deploy.sh": "#!/bin/sh\n⟦cp .env.example .env⟧\ndocker compose up -d\n"}),
    )
    valid = (
        Example({"Makefile": "dev-up:\n\tcp -n .env.dev.example .env.dev\n\tdocker compose up -d\n"}),
        Example({"Makefile": "prod-env:\n\tcp -n .env.prod.example .env.prod\n\nup:\n\tdocker compose up -d\n"}),
        Example({"deploy.sh": "#!/bin/sh\ntest -f .env || exit 1\ndocker compose up -d\n"}),
        Example({"setup.sh": "#!/bin/sh\ncp -n .env.example .env\ndocker compose up -d\n"}),
        Example({"README.md": "```bash\ncp .env.prod.example .env.prod\ndocker compose up -d\n```\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        lines = [line for line in command_lines(project) if project.kinds[line.path] in ("make", "shell", "ci")]
        copies = [line for line in lines if _copies_example(line)]
        starts = [line for line in lines if _starts(line)] if copies else []
        for copy in copies:
            name = copy.target or basename(copy.path)
            own = "deploy" in name.lower() or "prod" in (environment(copy.command.words[-1].text), environment(name))
            together = (start for start in starts if _together(project, copy, start))
            started = next((start for start in together if own or _is_production(start)), None)
            if started is not None:
                yield self.found(
                    copy.at,
                    "production starts with the placeholders of the example where its env file is missing",
                    advice="stop there, and say that the file has to be written first",
                    related=[Related(started.at, "started here")],
                )


def _copies_example(line: CommandLine) -> bool:
    if line.name not in ("cp", "install"):
        return False
    operands = [option.word for option in shell.options(line.command.arguments) if option.name is None]
    if len(operands) != 2 or operands[0].value is None or operands[1].value is None:
        return False
    source, target = operands[0].value, operands[1].value
    env = kind_of(basename(source)) == "env" or kind_of(basename(target)) == "env"
    named = environment(target) or (environment(line.target) if line.target else None)
    return env and is_example(source) and not is_example(target) and named in ("prod", None)


def _starts(line: CommandLine) -> bool:
    words = [word.value for word in line.command.words]
    compose = line.name == "docker-compose" or words[:2] == ["docker", "compose"] or "$(" in line.command.words[0].text
    return compose and not _STARTS.isdisjoint(words)


def _is_production(line: CommandLine) -> bool:
    """Whether a call names production's compose file."""
    return any(environment(word.text) == "prod" for word in line.command.words if ".y" in word.text)


def _together(project: Project, copy: CommandLine, start: CommandLine) -> bool:
    """Whether who copies also starts: in one script, in one target, or in a target that needs the other."""
    if copy.path != start.path or (copy.span.start >= start.span.start and copy.target is None):
        return False
    if copy.target is None or start.target is None:
        return copy.target is start.target
    tree = project.trees.of(makefile.parse, project.sources[copy.path])
    rules = makefile.targets(tree)
    todo, seen = [start.target], set()
    while todo:
        name = todo.pop()
        if name == copy.target:
            return True
        if name not in seen and name in rules:
            seen.add(name)
            todo += [word.text for word in (*rules[name].prerequisites, *rules[name].order_only)]
    return False
