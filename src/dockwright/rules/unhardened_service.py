"""DW322: a production service with more rights than it needs."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding
from dockwright.project.compose import elements, settled, text
from dockwright.project.merged import Merged, merged
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import yaml
from dockwright.text import lazy_regex

_PRODUCTION = ("prod", "staging")
# The engine takes 0 and an empty value for no limit at all.
_AMOUNT = lazy_regex(r"(?=.*[1-9])\d+(?:\.\d+)?\s*[A-Za-z]*")


class UnhardenedService(Rule):
    """Give a service in production only what it needs

    ## What it finds

    A service of the production stack that is built here and lacks `no-new-privileges`, `cap_drop: [ALL]`,
    `read_only: true`, or a limit of memory. One finding a service says all that is missing. Privileged services are
    a finding of their own.

    ## Why it matters

    Each is a wall behind the application's own. Without `no-new-privileges` a setuid program makes root of an
    intruder; with all capabilities root in the container can do much outside; on a writable root the intruder
    leaves what is to be run later; without a limit one leak takes the whole host down.

    ## How to mend it

    Write the lines of the advice. What the service writes goes to a volume or a `tmpfs: [/tmp]`.

    ## Fix safety

    There is no fix: which folders the application writes to, and how much memory it needs, no file says.

    ## Source

    OWASP Docker Security Cheat Sheet, rules 3, 4, 7 and 8; CIS Docker Benchmark 5.4, 5.11, 5.13 and 5.26.
    """

    code, name, severity = "DW322", "unhardened-service", "info"
    equivalents = (
        "compose-lint:CL-0003",
        "compose-lint:CL-0006",
        "compose-lint:CL-0007",
        "compose-lint:CL-0026",
    )
    traps = (25,)
    invalid = (
        Example(
            {
                "compose.prod.yaml": "name: shop\nservices:\n  ⟦app⟧:\n    build: .\n    read_only: true\n",
                "Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\n",
            }
        ),
        Example(
            {
                "compose.prod.yaml": "name: shop\nservices:\n  ⟦app⟧:\n    build: .\n    read_only: true\n"
                "    cap_drop: [ALL]\n    security_opt: ['no-new-privileges:true']\n    mem_limit: ${MEMORY:-0}\n",
                "Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\n",
            }
        ),
    )
    valid = (
        Example(
            {
                "compose.prod.yaml": "name: shop\nservices:\n  app:\n    build: .\n    read_only: true\n"
                "    cap_drop: [ALL]\n    security_opt: ['no-new-privileges:true']\n    mem_limit: 512m\n",
                "Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\n",
            }
        ),
        Example(
            {
                "compose.prod.yaml": "name: shop\nservices:\n  app:\n    build: .\n    read_only: true\n"
                "    cap_drop: [ALL]\n    security_opt: ['no-new-privileges:true']\n    mem_limit: ${MEMORY}\n",
                "Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\n",
            }
        ),
        Example(
            {
                "compose.dev.yaml": "name: shop\nservices:\n  app:\n    build: .\n",
                "Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\n",
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        told = set()
        for stack, services in merged(project):
            if stack.name not in _PRODUCTION:
                continue
            for service in services.values():
                missing = list(_missing(service))
                if service.builds and missing and service.text("privileged") != "true" and service.site not in told:
                    told.add(service.site)
                    message = f"{service.name} has more rights in production than it needs"
                    yield self.found(service.site, message, advice=f"write {', '.join(missing)}")


def _missing(service: Merged) -> Iterator[str]:
    if not any("no-new-privileges" in option and "false" not in option for option in _texts(service, "security_opt")):
        yield "security_opt: [no-new-privileges:true]"
    if "ALL" not in {capability.upper() for capability in _texts(service, "cap_drop")}:
        yield "cap_drop: [ALL]"
    if service.text("read_only") != "true":
        yield "read_only: true"
    limits = [node.at("resources", "limits", "memory") for _, node in service.written("deploy")]
    if not any(_limits(node) for node in (*limits, *(node for _, node in service.written("mem_limit")))):
        yield "mem_limit: 512m"


def _limits(node: yaml.Node | None) -> bool:
    """Whether a node is an amount of memory above nothing, or a variable's to decide."""
    written = text(node)
    amount = None if written is None else settled(written)
    return written is not None and (amount is None or _AMOUNT.fullmatch(amount) is not None)


def _texts(service: Merged, key: str) -> list[str]:
    return [text(element) or "" for _, node in service.written(key) for element in elements(node)]
