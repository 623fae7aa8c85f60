"""DW403: a placeholder where production reads a secret."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.facts.placeholders import is_placeholder
from dockwright.facts.secret_names import names_a_secret
from dockwright.finding import Finding
from dockwright.project.env_names import environment, is_example
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.project.stacks import services, stacks
from dockwright.rule import Example, Rule
from dockwright.text import Site


class PlaceholderInProduction(Rule):
    """Put real secrets where production reads them

    ## What it finds

    An env file that production reads and that still has a placeholder for a secret: `changeme`, `your_password_here`,
    `<token>`, or a password that everybody tries first, such as `postgres`. Production reads what its compose file or
    its calls name, and what its name says.

    ## Why it matters

    Nothing fails: the database starts with a password that is printed in the documentation, and sessions are signed
    with a key that everybody has.

    ## How to mend it

    Make a value of its own for each: `openssl rand -hex 32`. Let the program refuse to start with the placeholder.

    ## Fix safety

    There is no fix: the data may have been made with the old value already, and the new one has to be kept somewhere.

    ## Source

    CWE-1392, «Use of Default Credentials»; OWASP, «Secrets Management Cheat Sheet».
    """

    code, name, severity = "DW403", "placeholder-in-production", "error"
    traps = (28,)
    invalid = (
        Example({".env.prod": "DEBUG=false\n⟦POSTGRES_PASSWORD⟧=changeme\n⟦SECRET_KEY⟧=your-secret-key-here\n"}),
        Example(
            {
                "compose.prod.yml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n    env_file: db.env\n",
                "db.env": "⟦POSTGRES_PASSWORD⟧=postgres\n",
            }
        ),
    )
    valid = (
        Example({".env.prod": "POSTGRES_PASSWORD=w8Jq3ZtX0vPa7LmN2bRk\nSECRET_KEY=\n"}),
        Example({".env.prod.example": "POSTGRES_PASSWORD=changeme\n"}),
        Example({".env.dev": "POSTGRES_PASSWORD=changeme\n"}),
        Example({".env.prod": "POSTGRES_PASSWORD_FILE=/run/secrets/db\nSECRET_KEY=${SECRET_KEY}\nTOKEN_MINUTES=30\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        read = _read_in_production(project)
        for path, file in project.env_files.items():
            own = environment(path)
            if is_example(path) or not (own == "prod" or (own is None and path in read)):
                continue
            for entry in file.entries:
                if names_a_secret(entry.key) and is_placeholder(entry.value.text) and file.get(entry.key) is entry:
                    yield self.found(
                        Site(path, entry.key_span),
                        f"production reads {entry.key} from {path}, where it is only a placeholder",
                        advice="give it a value of its own: openssl rand -hex 32",
                    )


def _read_in_production(project: Project) -> frozenset[str]:
    """The env files that the production stacks read."""
    found: set[str] = set()
    for stack in stacks(project):
        if stack.name == "prod":
            found.update(stack.env_files)
            for written in services(project, stack).values():
                found.update(
                    join(stack.project_directory, entry.path.value)
                    for service in written
                    for entry in service.env_files
                )
    return frozenset(found)
