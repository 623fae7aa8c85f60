"""DW326: a password that stands in the compose file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from dockwright.facts.secret_names import names_a_secret
from dockwright.finding import Finding, Offer, Related
from dockwright.project.compose import Service, settled
from dockwright.project.compose_changes import ComposeChanges
from dockwright.project.merged import Merged, every_service
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.rules._compose_fixes import offer
from dockwright.rules._developers import mounts_its_source, named_for_developers
from dockwright.syntax.interpolation import uses
from dockwright.text import Edit, Mapped, Site, Span, lazy_regex

_IN_URL = lazy_regex(r"://[^/@\s:]*:(?P<password>[^/@\s]+)@")
# Settings about secrets, and names of files: none of them is one.
_NO_SECRET = lazy_regex(r"(?i)true|false|yes|no|null|none|[01]|/.*|[A-Za-z]+://[^@]*|.*\.(?:pem|key|crt|json|txt)|")
_ABOUT = (
    "_FILE", "_PATH", "_URL", "_NAME", "_ID", "_HOST", "_ALGORITHM", "_EXPIRY", "_MINUTES", "_SECONDS", "_DAYS",
    "_TYPE", "_DOMAIN", "PUBLIC_KEY", "IDEMPOTENCY_KEY", "CACHE_KEY",
)  # fmt: skip
# `TOKEN_LIFE: 30m` is how long, `POSTGRES_PASSWORD: 1234` is a password.
_QUANTITY = lazy_regex(r"\d{1,5}(?:\.\d+)?(?:ms|[smhdw])?")
_HELD = ("PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "SECRET_KEY", "_PASS", "_PWD")
_UNKNOWN = "\0"
_DEFAULT = lazy_regex(r"\$\{(?P<name>\w+)(?P<default>:?-[^${}]*)\}")


class PasswordInCompose(Rule):
    """Take passwords from the environment, not from the compose file

    ## What it finds

    A variable in a service's `environment` that is named like a secret and has a value written out, or a default
    that is one: `${DB_PASSWORD:-changeme}`. URLs with a password in them count; a value that several services have is
    told once a file. Stacks for development, tests and pipelines are left alone; where a stack does not say so by its
    name, but runs the sources from the folder, it is an information.

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
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    environment:\n"
                "      ⟦DB_PASSWORD⟧: 1234\n      ⟦BROKER⟧: amqp://${USER:?who}:geheim@mq/${HOST_NAME}\n"
            }
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    environment:\n"
                "      ⟦DB_PASSWORD⟧: geheim\n  worker:\n    image: shop\n    environment:\n      DB_PASSWORD: geheim\n"
            }
        ),
    )
    valid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n    environment:\n"
                "      POSTGRES_PASSWORD: ${DB_PASSWORD:?}\n      POSTGRES_PASSWORD_FILE: /run/secrets/db\n"
                "      TOKEN_MINUTES: 30\n      TOKEN_LIFE: 1.5h\n      PUBLIC_KEY: abc\n"
                "      TOKENSERVER_TYPE: mysql\n      API_TOKEN:\n      PASSWORD_RESET_ENABLED: 'true'\n"
                "      DATABASE_URL: postgresql://shop:${DB_PASSWORD}@db/shop\n"
            }
        ),
        Example(
            {
                "compose.dev.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n    environment:\n"
                "      POSTGRES_PASSWORD: postgres\n"
            }
        ),
        Example(
            {
                "tests/e2e/compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n    environment:\n"
                "      POSTGRES_PASSWORD: postgres\n"
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        told = set()
        groups: dict[tuple[str, str, str], list[tuple[Site, Merged, Service]]] = {}
        for service in every_service(project):
            for layer in service.layers:
                if named_for_developers(service.stack, layer.path):
                    continue
                for name, (node, value) in layer.environment.items():
                    at = Site(layer.path, node.span)
                    if value and at not in told and _is_secret(name, value):
                        told.add(at)
                        groups.setdefault((layer.path, name, value), []).append((at, service, layer))
        for (_, name, value), places in groups.items():
            (at, service, _), *others = places
            what = "a default that everybody can read" if "$" in value else "its value in the file"
            edited = mounts_its_source(project, service.stack)
            yield self.found(
                at,
                f"{name} of {service.name} has {what}",
                advice=_advice(name, value),
                related=[Related(site, f"the same for {other.name}") for site, other, _ in others],
                severity="info" if edited else None,
                fix=None if edited else _fix(project, [layer for _, _, layer in places], name),
            )


def _fix(project: Project, layers: list[Service], name: str) -> Offer | None:
    """The defaults of the secrets in one variable taken away, in every service that writes it so."""
    edits: list[Edit] = []
    for layer in layers:
        node = layer.environment[name][0]
        environment = layer.node.get("environment")
        written = environment.get(name) if environment is not None else None
        span = written.full_span if written is not None else node.span
        defaults = [
            Span(span.start + match.start("default"), span.start + match.end("default"))
            for match in _DEFAULT.finditer(project.sources[layer.path].slice(span))
            if names_a_secret(match["name"])
        ]
        if not defaults:
            return None
        edits += [Edit(layer.path, place, ":?") for place in defaults]
    return offer(f"let {name} have no default that everybody knows", partial(_edited, project, layers, name, edits))


def _edited(project: Project, layers: Sequence[Service], name: str, edits: Sequence[Edit]) -> ComposeChanges:
    written = {(layer.path, layer.environment[name][0].span) for layer in layers}
    changes = ComposeChanges(project)
    changes.mean(
        service.at("environment")
        for service in every_service(project)
        if any(
            name in each.environment and (each.path, each.environment[name][0].span) in written
            for each in service.layers
        )
    )
    changes.edit(layers[0].path, edits)
    return changes


def _advice(name: str, value: str) -> str:
    if "://" in value:
        return "write ${DB_PASSWORD:?} for the password in it, and keep that in an env file that git ignores"
    return f"write {name}: ${{{name}:?}}, and keep the value in an env file that git ignores"


def _is_secret(name: str, written: str) -> bool:
    if "://" not in written and not names_a_secret(name):
        return False
    value = _known(written)
    url = _IN_URL.search(value)
    if url is not None and _UNKNOWN not in url["password"]:
        return True
    if _UNKNOWN in value or " " in value or _NO_SECRET.fullmatch(value) is not None:
        return False
    upper = name.upper()
    if _QUANTITY.fullmatch(value) is not None and not upper.endswith(_HELD):
        return False
    return names_a_secret(name) and not upper.endswith(_ABOUT)


def _known(written: str) -> str:
    """A text with the defaults of its variables filled in, and a mark in place of those that have none."""
    value = written
    for use in reversed(uses(Mapped.whole(written)) if "$" in written else ()):
        if not use.depth:
            default = settled(use.argument) if use.default is not None else None
            value = value[: use.span.start] + (_UNKNOWN if default is None else default) + value[use.span.end :]
    return value
