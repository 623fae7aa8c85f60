"""DW406: a variable in an example that nothing reads."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname

from dockwright.facts.host_variables import HOST_VARIABLES, READ_BY_TOOLS
from dockwright.finding import Finding, Related
from dockwright.project.env_names import is_example
from dockwright.project.model import Project
from dockwright.project.python_side import reads
from dockwright.project.references import join
from dockwright.project.variables import variables
from dockwright.rule import Example, Rule
from dockwright.syntax import dotenv
from dockwright.text import Site

_CODE = "import os\n\nDEBUG = os.environ.get('DEBUG')\nURL = os.environ['DATABASE_URL']\n"


class ExampleVariableUnread(Rule):
    """Take variables out of the example that nothing reads

    ## What it finds

    Variables of an example env file whose names stand in no other file of the project, where most of the example's
    variables are read. Names that well-known programs and libraries read for themselves are left alone. One finding an
    example.

    ## Why it matters

    People fill in what they are asked for: they look for a key that nobody needs, or set a switch that is dead and
    wonder why nothing changes. Often it is a name that was changed in the code alone.

    ## How to mend it

    Take them out, or write the names that the code reads.

    ## Fix safety

    There is no fix: a library may read the name.

    ## Source

    The twelve-factor app, «Config».
    """

    code, name, severity = "DW406", "example-variable-unread", "info"
    traps = (29,)
    invalid = (Example({"app.py": _CODE, ".env.example": "DEBUG=1\nDATABASE_URL=\n⟦OLD_API_URL⟧=\n"}),)
    valid = (
        Example({"app.py": _CODE, ".env.example": "DEBUG=1\nDATABASE_URL=\nGUNICORN_CMD_ARGS=\nOPENAI_API_KEY=\n"}),
        Example({"app.py": _CODE, ".env.example": "CKAN_SITE_ID=x\nCKAN_VERSION=2\nCKAN_PORT=1\nDEBUG=1\n"}),
        Example({"app.py": _CODE, "app.sh": "echo $A_B\n", ".env.example": "DEBUG=1\nDATABASE_URL=\nA_B=1\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        if not reads(project):
            return
        for path, file in project.env_files.items():
            # Another language's variables are read by files that are not looked at.
            if not is_example(path) or project.is_file(join(dirname(path), "package.json")):
                continue
            unread = [entry for entry in file.entries if _is_unread(project, path, entry)]
            if unread and len(unread) * 3 <= len(file.entries):
                names = ", ".join(entry.key for entry in unread[:6]) + (" and more" if len(unread) > 6 else "")
                yield self.found(
                    Site(path, unread[0].key_span),
                    f"nothing in the project reads {names}",
                    advice="take it out, or write the name that is read",
                    related=[Related(Site(path, entry.key_span), "not read either") for entry in unread[1:]],
                )


def _is_unread(project: Project, path: str, entry: dotenv.Entry) -> bool:
    name = entry.key
    if name in HOST_VARIABLES or name.startswith(READ_BY_TOOLS) or "__" in name or variables(project)[name].read:
        return False
    return not any(name in source.text for other, source in project.sources.items() if other not in project.env_files)
