"""DW321: a container that shares what should be its own with the host."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.facts.privileges import SHARED_PROPAGATION, STRONG_CAPABILITIES
from dockwright.finding import Finding
from dockwright.project.compose import Service, elements, text
from dockwright.project.merged import every_service
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.rules._developers import mounts_its_source, named_for_developers
from dockwright.syntax import yaml
from dockwright.text import Site

_NAMESPACES = {
    "network_mode": "the host's network: every port of the host, and none of Docker's separation",
    "pid": "the host's processes",
    "ipc": "the host's shared memory",
    "userns_mode": "the host's users",
    "uts": "the host's name",
}


class HostShared(Rule):
    """Leave namespaces, mounts, profiles and capabilities as Docker sets them

    ## What it finds

    `network_mode: host`, `pid: host`, `ipc: host`, `userns_mode: host`; `seccomp:unconfined` and
    `apparmor:unconfined`; capabilities that reach other containers or parts of the host, such as NET_ADMIN,
    SYS_PTRACE and SYS_TIME; mounts with `shared` or `rshared`, so that what the container mounts appears on the host.
    Stacks for development containers are left alone: a debugger needs some of it. In other stacks for development and
    tests it is an information, and so is `ipc: host`, which browsers ask for.

    ## Why it matters

    Each of them takes away one of the walls between containers. What was a hole in one service becomes a way into the
    others.

    ## How to mend it

    Take it away, publish the port, give the one capability that is needed to the one service that needs it.

    ## Fix safety

    There is no fix: the service may need it.

    ## Source

    CIS Docker Benchmark 5.2, 5.4, 5.10, 5.16, 5.17, 5.20, 5.21, 5.22 and 5.31; Docker's documentation on
    seccomp and AppArmor.
    """

    code, name, severity = "DW321", "host-shared", "warning"
    equivalents = (
        "compose-lint:CL-0008",
        "compose-lint:CL-0009",
        "compose-lint:CL-0010",
        "compose-lint:CL-0011",
        "compose-lint:CL-0017",
        "compose-lint:CL-0027",
        "compose-lint:CL-0028",
        "compose-lint:CL-0029",
        "compose-lint:CL-0030",
    )
    traps = (25,)
    invalid = (
        Example({"compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    network_mode: ⟦host⟧\n"}),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    cap_add:\n      - ⟦NET_ADMIN⟧\n"
                "    security_opt:\n      - ⟦seccomp:unconfined⟧\n"
            }
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    volumes:\n"
                "      - ⟦./a:/a:ro,rshared⟧\n"
                "      - ⟦type: bind\n        source: ./b\n        target: /b\n        bind: {propagation: shared}⟧\n"
            }
        ),
    )
    valid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    network_mode: bridge\n"
                "    security_opt: ['no-new-privileges:true']\n    cap_add: [CHOWN]\n    volumes: ['./a:/a:rslave']\n"
            }
        ),
        Example(
            {
                ".devcontainer/docker-compose.yml": "name: shop\nservices:\n  app:\n    image: shop\n"
                "    cap_add: [SYS_PTRACE]\n    security_opt: ['seccomp:unconfined']\n"
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        told = set()
        for service in every_service(project):
            for layer in service.layers if service.stack.name != "devcontainer" else ():
                for node, message in _found(layer):
                    at = Site(layer.path, node.span)
                    if at not in told and not layer.path.startswith(".devcontainer/"):
                        told.add(at)
                        lenient = named_for_developers(service.stack, layer.path) or message.endswith("shared memory")
                        yield self.found(
                            at,
                            f"{layer.name} {message}",
                            advice="take it away where nothing needs it",
                            severity="info" if lenient or mounts_its_source(project, service.stack) else None,
                        )


def _found(layer: Service) -> Iterator[tuple[yaml.Node, str]]:
    for key, what in _NAMESPACES.items():
        node = yaml.resolve(layer.get(key))
        if node is not None and text(node) == "host":
            yield node, f"shares {what}"
    for option in elements(layer.get("security_opt")):
        written = (text(option) or "").replace("=", ":")
        if written in ("seccomp:unconfined", "apparmor:unconfined", "label:disable"):
            yield option, f"runs without the protection that Docker gives to all: {written}"
    for capability in elements(layer.get("cap_add")):
        if (text(capability) or "").upper().removeprefix("CAP_") in STRONG_CAPABILITIES:
            yield capability, f"has {text(capability)}, which reaches beyond its own container"
    for volume in layer.volumes:
        modes = {*volume.options.split(","), text(volume.node.at("bind", "propagation"))}
        if modes & SHARED_PROPAGATION:
            yield volume.node, f"mounts into the host: what it mounts below {volume.target} appears there too"
