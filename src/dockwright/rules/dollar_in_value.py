"""DW408: a dollar sign in an env file's value that Compose takes for a variable."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.facts.host_variables import HOST_VARIABLES
from dockwright.finding import Finding
from dockwright.project.model import Project
from dockwright.project.stacks import compose_files
from dockwright.project.variables import variables
from dockwright.rule import Example, Rule
from dockwright.syntax import dotenv
from dockwright.syntax.interpolation import Use
from dockwright.text import Site


class DollarInValue(Rule):
    """Quote a dollar sign that is meant as one

    ## What it finds

    A `$` in the value of an env file, in no quotes or in double ones, behind which a name stands that nothing in the
    project gives a value.

    ## Why it matters

    Compose and the shell replace `$word` by nothing, python-dotenv leaves it as it is: the password `pa$word` becomes
    `pa` in the container, and the whole of it in a program that reads the file itself. Each is right by its own
    manual, and the login fails in one of them.

    ## How to mend it

    Put the value in single quotes: all of them then read it to the letter.

    ## Fix safety

    There is no fix: a database that was made meanwhile has the shortened password.

    ## Source

    Compose's documentation, «Interpolation», and of env files: «Single-quoted values are used literally».
    """

    code, name, severity = "DW408", "dollar-in-value", "error"
    traps = (30,)
    invalid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    env_file: .env\n",
                ".env": "DB_PASSWORD=pa⟦$word12⟧\nURL=http://$HOST/\nHOST=db\n",
            }
        ),
    )
    valid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    env_file: .env\n",
                ".env": "A='pa$word'\nB=pa$$word\nC=${OTHER}\nD=$HOME/data\n",
            }
        ),
        Example({".env": "DB_PASSWORD=pa$word12\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        if not compose_files(project):
            return
        for path, file in project.env_files.items():
            for entry in file.entries:
                for use in entry.uses if "$" in entry.raw else ():
                    if _is_chance(project, entry, use):
                        yield self.found(
                            Site(path, use.span),
                            f"Compose and the shell put nothing in place of this part of {entry.key}'s value: "
                            "no such variable is set",
                            advice="put the value in single quotes, or write `$$` for the sign in a file of Compose's",
                        )


def _is_chance(project: Project, entry: dotenv.Entry, use: Use) -> bool:
    """Whether a use looks like a part of a password: no braces, and a name that nobody gives a value."""
    bare = not use.operator and use.span.end - use.span.start == len(use.name) + 1
    known = variables(project).get(use.name)
    return bare and not use.depth and use.name not in HOST_VARIABLES and (known is None or not known.defined)
