"""DW326: a password that stands in the compose file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dockwright.facts.secret_names import names_a_secret
from dockwright.finding import Finding, Fix
from dockwright.project.compose import Service, settled
from dockwright.project.compose_changes import ComposeChanges
from dockwright.project.merged import every_service, merged
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.rules._compose_fixes import fix_of
from dockwright.text import Edit, Site, Span

_FOR_DEVELOPERS = frozenset({"dev", "test", "ci", "devcontainer"})
_IN_URL = re.compile(r"://[^/@\s:]*:(?P<password>[^/@\s]+)@")
# Settings about secrets, and names of files: none of them is one.
_NO_SECRET = re.compile(r"(?i)true|false|yes|no|null|none|\d{1,5}|/.*|[A-Za-z]+://[^@]*|.*\.(?:pem|key|crt|json|txt)|")
_ABOUT = ("_FILE", "_PATH", "_URL", "_NAME", "_ID", "_HOST", "_ALGORITHM", "_EXPIRY", "_MINUTES", "_SECONDS", "_DAYS")


_DEFAULT = re.compile(r"\$\{(?P<name>\w+)(?P<default>:?-[^${}]*)\}")


class PasswordInCompose(Rule):
    """Take passwords from the environment, not from the compose file

    ## What it finds

    A variable in a service's `environment` that is named like a secret and has a value written out, or a default
    that is one: `${DB_PASSWORD:-changeme}`. URLs with a password in them count. Stacks for development, tests and
    pipelines are left alone.

    ## Why it matters

    The file is in git, so the password is in every clone. A default is worse than none: where the variable is
    forgotten, production starts with the password that everybody can read, and nothing says so.

    ## How to mend it

    Write `${DB_PASSWORD:?}`, which stops Compose where there is none, and keep the value in an env file that git
    ignores; or use `secrets:`. Then change the password: the history still has it.

    ## Fix safety

    `apply` takes away a default that everybody can read: `${DB_PASSWORD:-changeme}` becomes `${DB_PASSWORD:?}`, and
    Compose stops where the variable is not set. A value that is written out stays: somebody has to put it where it
    belongs first.

    ## Source

    OWASP, «Secrets Management Cheat Sheet»; CWE-798.
    """

    code, name, severity, consent = "DW326", "password-in-compose", "warning", "refit"
    equivalents = ("compose-lint:CL-0020", "compose-lint:CL-0021")
    traps = (28,)
    invalid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n    environment:\n"
                "      ⟦POSTGRES_PASSWORD⟧: geheim\n  app:\n    image: shop\n    environment:\n"
                "      - ⟦DATABASE_URL=postgresql://shop:geheim@db/shop⟧\n"
            }
        ),
        Example(
            {
                "compose.prod.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n    environment:\n"
                "      ⟦POSTGRES_PASSWORD⟧: ${DB_PASSWORD:-changeme}\n"
            },
            becomes={
                "compose.prod.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n    environment:\n"
                "      POSTGRES_PASSWORD: ${DB_PASSWORD:?}\n"
            },
        ),
        Example(
            {
                "compose.prod.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    environment:\n"
                "      - ⟦DATABASE_URL=postgresql://${DB_USER:-shop}:${DB_PASSWORD:-geheim}@db/shop⟧\n"
            },
            becomes={
                "compose.prod.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    environment:\n"
                "      - DATABASE_URL=postgresql://${DB_USER:-shop}:${DB_PASSWORD:?}@db/shop\n"
            },
        ),
    )
    valid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n    environment:\n"
                "      POSTGRES_PASSWORD: ${DB_PASSWORD:?}\n      POSTGRES_PASSWORD_FILE: /run/secrets/db\n"
                "      TOKEN_MINUTES: 30\n      API_TOKEN:\n      PASSWORD_RESET_ENABLED: 'true'\n"
                "      DATABASE_URL: postgresql://shop:${DB_PASSWORD}@db/shop\n"
            }
        ),
        Example(
            {
                "compose.dev.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n    environment:\n"
                "      POSTGRES_PASSWORD: postgres\n"
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        told = set()
        for stack, services in merged(project):
            if stack.name in _FOR_DEVELOPERS:
                continue
            for service in services.values():
                for layer in service.layers:
                    for name, (node, value) in layer.environment.items():
                        at = Site(layer.path, node.span)
                        if value and at not in told and _is_secret(name, value):
                            told.add(at)
                            what = "a default that everybody can read" if "$" in value else "its value in the file"
                            yield self.found(
                                at,
                                f"{name} of {service.name} has {what}",
                                advice=_advice(name, value),
                                fix=_fix(project, layer, name),
                            )


def _fix(project: Project, layer: Service, name: str) -> Fix | None:
    """The defaults of the secrets in one variable taken away."""
    changes = ComposeChanges(project)
    path = layer.path
    node, value = layer.environment[name]
    source = project.sources[path]
    item = layer.node.get("environment")
    written = item.get(name) if item is not None else None
    span = written.full_span if written is not None else node.span
    edits = [
        Edit(path, Span(span.start + match.start("default"), span.start + match.end("default")), ":?")
        for match in _DEFAULT.finditer(source.slice(span))
        if names_a_secret(match["name"])
    ]
    if not edits or value is None:
        return None
    changes.edit(path, edits)
    changes.mean(
        service.at("environment")
        for service in every_service(project)
        if any(
            name in each.environment and each.environment[name][0].span == node.span and each.path == path
            for each in service.layers
        )
    )
    return fix_of(changes, f"let {name} have no default that everybody knows")


def _advice(name: str, value: str) -> str:
    if "://" in value:
        return "write ${DB_PASSWORD:?} for the password in it, and keep that in an env file that git ignores"
    return f"write {name}: ${{{name}:?}}, and keep the value in an env file that git ignores"


def _is_secret(name: str, written: str) -> bool:
    value = settled(written)
    if value is None:
        return False
    if _IN_URL.search(value) is not None:
        return True
    named = names_a_secret(name) and not name.upper().endswith(_ABOUT)
    return named and _NO_SECRET.fullmatch(value) is None and " " not in value
