"""DW342: a key that Compose does not know."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename

from dockwright.facts.compose_keys import SECTIONS, SERVICE, TOP_LEVEL
from dockwright.finding import Finding
from dockwright.project.compose import ComposeFile
from dockwright.project.model import Project
from dockwright.project.stacks import compose_files
from dockwright.rule import Example, Rule
from dockwright.syntax import yaml
from dockwright.text import Site


class UnknownKey(Rule):
    """Write the keys that Compose knows

    ## What it finds

    A key at the top level of a compose file, in a service, its `build` or its `healthcheck` that Compose's schema
    does not have. Keys that begin with `x-` are free for everybody.

    ## Why it matters

    Compose refuses the file: `additional properties 'heathcheck' not allowed`. A service that stands one level too
    far left ends the same way.

    ## How to mend it

    Correct the name or the indentation.

    ## Fix safety

    There is no fix: what was meant is a guess.

    ## Source

    The JSON schema of the Compose specification.
    """

    code, name, severity = "DW342", "unknown-key", "error"
    equivalents = ("dclint:invalid-schema",)
    invalid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    ⟦heathcheck⟧:\n"
                "      test: [CMD, x]\n"
                "    build:\n      ⟦file⟧: Dockerfile\n⟦app2⟧:\n  image: shop\n"
            }
        ),
    )
    valid = (
        Example(
            {
                "compose.yaml": "name: shop\nx-all: &all\n  restart: 'no'\nservices:\n  app:\n    <<: *all\n"
                "    image: shop\n    x-mine: 1\nvolumes:\n  data:\n"
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for path, file in compose_files(project).items():
            if file.root is None or not _is_compose(file):
                continue
            yield from self._of(path, file.root, TOP_LEVEL, "the top level")
            for service in file.services.values():
                yield from self._of(path, service.node, SERVICE, f"service {service.name}")
                for section, known in SECTIONS.items():
                    item = service.node.item(section)
                    if item is not None and isinstance(item.value, yaml.Mapping):
                        yield from self._of(path, item.value, known, f"{section} of {service.name}")

    def _of(self, path: str, mapping: yaml.Mapping, known: frozenset[str], where: str) -> Iterator[Finding]:
        for item in mapping.items:
            name = item.name
            if name is None or item.is_merge or name in known or name.startswith("x-"):
                continue
            from difflib import get_close_matches  # Slow to import, and seldom needed.

            close = get_close_matches(name, sorted(known), 1, 0.75)
            advice = f"did you mean {close[0]}?" if close else "take it away, or correct its indentation"
            yield self.found(Site(path, item.key.span), f"Compose knows no {name} in {where}", advice=advice)


def _is_compose(file: ComposeFile) -> bool:
    """Whether the file is one for certain: other tools' settings have `services` as well."""
    telling = any(service.get("image") or service.get("build") for service in file.services.values())
    return bool(file.services) and (telling or "compose" in basename(file.path))
