"""DW320: a container that is root on the host."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.facts.privileges import HOST_CAPABILITIES, ROOT_PATHS, SOCKETS
from dockwright.finding import Finding
from dockwright.project.compose import Service, elements, text
from dockwright.project.merged import every_service
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import yaml
from dockwright.text import Site


class HostHandedOver(Rule):
    """Keep the host out of the container's reach

    ## What it finds

    `privileged: true`; the engine's socket as a mount; the host's root folder, `/etc`, `/proc` and their like as
    writable mounts; a whole disk in `devices`; the capabilities ALL, SYS_ADMIN, SYS_MODULE and SYS_RAWIO.

    ## Why it matters

    Whoever breaks into the service is root on the host, without any further hole. A `:ro` behind the socket does not
    help: it protects the file, not what is said through it.

    ## How to mend it

    Take it away, and give the one thing that is needed: a single device, a single capability, a proxy that lets
    through only the calls of the engine that the service makes.

    ## Fix safety

    There is no fix: what the service does with it is not in the file.

    ## Source

    OWASP Docker Security Cheat Sheet, rules 1 and 3; CIS Docker Benchmark 5.4, 5.5 and 5.31.
    """

    code, name, severity = "DW320", "host-handed-over", "error"
    equivalents = (
        "compose-lint:CL-0001",
        "compose-lint:CL-0002",
        "compose-lint:CL-0016",
        "compose-lint:CL-0024",
        "compose-lint:CL-0025",
    )
    traps = (25,)
    invalid = (
        Example({"compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    privileged: ⟦true⟧\n"}),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    volumes:\n"
                "      - ⟦/var/run/docker.sock:/var/run/docker.sock:ro⟧\n      - ⟦/etc:/host/etc⟧\n"
            }
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    cap_add: [⟦SYS_ADMIN⟧]\n"
                "    devices:\n      - ⟦/dev/sda:/dev/sda⟧\n"
            }
        ),
    )
    valid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    privileged: false\n"
                "    cap_add: [NET_BIND_SERVICE]\n    devices: ['/dev/ttyUSB0:/dev/ttyUSB0']\n"
                "    volumes: ['/etc/localtime:/etc/localtime:ro', './data:/data', '/etc:/host/etc:ro']\n"
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        told = set()
        for service in every_service(project):
            for layer in service.layers:
                for node, message, advice in _found(layer):
                    at = Site(layer.path, node.span)
                    if at not in told:
                        told.add(at)
                        yield self.found(at, f"{layer.name} {message}", advice=advice)


def _found(layer: Service) -> Iterator[tuple[yaml.Node, str, str]]:
    privileged = yaml.resolve(layer.get("privileged"))
    if privileged is not None and text(privileged) == "true":
        yield privileged, "is root on the host: privileged", "take it away, and give single devices and capabilities"
    for volume in layer.volumes:
        source = volume.source.text if volume.source is not None else ""
        if source in SOCKETS:
            message = "commands the engine, and so the host: its socket is mounted"
            yield volume.node, message, "put a proxy between that lets through what is needed"
        elif (source.rstrip("/") or source) in ROOT_PATHS and "ro" not in volume.options.split(","):
            yield volume.node, f"may write to the host's {source}", "mount what is needed of it, with :ro behind"
    for device in elements(layer.get("devices")):
        path = (text(device) or text(device.get("source")) or "").partition(":")[0]
        if path.startswith(("/dev/sd", "/dev/nvme", "/dev/vd", "/dev/mem", "/dev/kmem", "/dev/dm-")):
            yield device, f"has the host's disk or memory, {path}", "take it away"
    for capability in elements(layer.get("cap_add")):
        if (text(capability) or "").upper().removeprefix("CAP_") in HOST_CAPABILITIES:
            yield capability, f"can take over the host with {text(capability)}", "add the one capability that is needed"
