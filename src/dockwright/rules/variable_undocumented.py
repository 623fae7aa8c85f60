"""DW405: a variable that the program cannot do without and no example names."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import commonpath, dirname

from dockwright.facts.host_variables import HOST_VARIABLES
from dockwright.finding import Finding, Related
from dockwright.project.env_names import is_example
from dockwright.project.env_reads import EnvRead
from dockwright.project.model import Project
from dockwright.project.python_side import reads
from dockwright.project.variables import variables
from dockwright.rule import Example, Rule
from dockwright.text import Site

# Modules that are read when the program starts; others may be a script's or a corner's.
_SETTINGS = ("settings", "config", "conf", "configuration", "environment", "env", "constants")
_CODE = "import os\n\nDEBUG = os.environ.get('DEBUG')\nKEY = os.environ['{name}']\n"


class VariableUndocumented(Rule):
    """Name every variable that the program needs in the example

    ## What it finds

    An environment variable that the settings read without a default, in a project that has an example env file, where
    neither an env file nor a compose file, a Dockerfile, a Makefile, a script or a workflow names it.

    ## Why it matters

    Whoever sets the project up copies the example, and the program stops at its start with `KeyError`, or with a
    validation error, for a name that is written nowhere but in the code.

    ## How to mend it

    Write it into the example, with a value for development or an empty one.

    ## Fix safety

    There is no fix: the value is for a person to say.

    ## Source

    The twelve-factor app, «Config».
    """

    code, name, severity = "DW405", "variable-undocumented", "warning"
    traps = (29,)
    invalid = (
        Example(
            {
                "shop/settings.py": _CODE.format(name="⟦STRIPE_KEY⟧"),
                ".env.example": "DEBUG=true\n",
            }
        ),
    )
    valid = (
        Example({"shop/settings.py": _CODE.format(name="STRIPE_KEY"), ".env.example": "DEBUG=1\n# STRIPE_KEY=\n"}),
        Example({"shop/settings.py": _CODE.format(name="STRIPE_KEY")}),
        Example({"shop/settings.py": _CODE.format(name="HOME"), ".env.example": "DEBUG=true\n"}),
        Example(
            {
                "shop/settings.py": _CODE.format(name="STRIPE_KEY"),
                ".env.example": "DEBUG=true\n",
                "run.sh": "#!/bin/sh\nexport STRIPE_KEY=$(cat /run/secrets/stripe)\n",
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        examples = [path for path in project.env_files if is_example(path)]
        if not examples:
            return
        needed: dict[str, list[EnvRead]] = {}
        for read in reads(project):
            if not read.in_tests:
                needed.setdefault(read.name, []).append(read)
        named = {entry.key for file in project.env_files.values() for entry in file.commented}
        for name, found in needed.items():
            if name in named or name in HOST_VARIABLES or variables(project)[name].defined:
                continue
            if all(_is_needed(project, read) for read in found) and not _is_mentioned(project, name):
                near = max(examples, key=lambda path: _shared(path, found[0].path))
                yield self.found(
                    Site(found[0].path, found[0].span),
                    f"the program needs {name}, and neither {near} nor anything else names it",
                    advice=f"add {name} to {near}",
                    related=[Related(Site(read.path, read.span), "read here, too") for read in found[1:]],
                )


def _is_needed(project: Project, read: EnvRead) -> bool:
    """Whether a read fails whenever the program starts: in the settings, and under no condition.

    What a function of the project reads may have its own way of doing without.
    """
    in_settings = any(part in _SETTINGS for part in read.path.removesuffix(".py").lower().split("/"))
    if not read.required or not in_settings or read.via.endswith("()"):
        return False
    if read.via == "pydantic-settings":
        # Pydantic 1 takes None for an Optional that is not set; a value may be handed to the class as well.
        handed = (f'"{read.name}":', f"{read.name}=", f"'{read.name}':")
        optional = read.type is not None and ("Optional" in read.type or "None" in read.type)
        texts = (source.text for source in project.of_kind("python"))
        return not optional and not any(sign in text for text in texts for sign in handed)
    source = project.sources[read.path]
    line = source.line(source.position(read.span.start).line)
    return line[:1] not in (" ", "\t")


def _is_mentioned(project: Project, name: str) -> bool:
    sources = project.of_kind("compose", "dockerfile", "make", "shell", "ci", "task", "devcontainer")
    return any(name in source.text for source in sources)


def _shared(path: str, other: str) -> int:
    folders = [dirname(path), dirname(other)]
    return len(commonpath(folders)) if all(folders) else 0
