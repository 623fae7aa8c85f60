"""DW324: a service that is told to run as root."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding
from dockwright.project.compose import text
from dockwright.project.merged import every_service
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.rules._developers import mounts_its_source, named_for_developers
from dockwright.syntax import yaml
from dockwright.text import Site


class ServiceAsRoot(Rule):
    """Leave the image's user to the service

    ## What it finds

    `user: root` or `user: "0"` on a service that is to keep running. A job that ends, such as one that changes the
    owner of a volume, is left alone, and so is a container for an editor. In stacks for development and tests, where
    root is often what makes the mounted sources writable, it is an information.

    ## Why it matters

    The image may have a user of its own, and this line takes it away again: what breaks into the service is root,
    and what it writes into a bind mount belongs to root on the host.

    ## How to mend it

    Take the line away. Where the service cannot write to a volume then, give the folder in the image to its user.

    ## Fix safety

    There is no fix: something was not readable once, or nobody would have written the line.

    ## Source

    OWASP Docker Security Cheat Sheet, rule 2; CIS Docker Benchmark 4.1.
    """

    code, name, severity = "DW324", "service-as-root", "warning"
    equivalents = ("compose-lint:CL-0018",)
    traps = (24, 25)
    invalid = (
        Example({"compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    user: ⟦root⟧\n"}),
        Example({"compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    user: ⟦'0:0'⟧\n"}),
    )
    valid = (
        Example({"compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    user: 1000:1000\n"}),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  owner:\n    image: busybox:1.37\n    user: root\n"
                "    command: chown -R 1000:1000 /data\n"
                "  app:\n    image: shop\n    user: ${UID:-1000}\n"
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        told = set()
        for service in every_service(project):
            last = service.last("user")
            if last is None or not isinstance(last[1], yaml.Scalar) or service.stack.name == "devcontainer":
                continue
            layer, node = last[0], last[1]
            at = Site(layer.path, node.span)
            words = [
                word.value
                for key in ("command", "entrypoint")
                for _, value in service.written(key)
                for word in value.strings()
            ]
            said = " ".join(words)
            user = (text(node) or "").partition(":")[0]
            if user in ("root", "0") and at not in told and "chown" not in said and service.text("restart") != "no":
                told.add(at)
                message = f"{service.name} runs as root, whatever user its image has"
                lenient = named_for_developers(service.stack, layer.path) or mounts_its_source(project, service.stack)
                yield self.found(at, message, advice="take `user` away", severity="info" if lenient else None)
