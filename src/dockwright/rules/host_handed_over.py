"""DW320: a container that is root on the host."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import normpath

from dockwright.facts.privileges import DISKS, ENGINE_TOOLS, HOST_CAPABILITIES, SOCKETS
from dockwright.finding import Finding
from dockwright.project.compose import TRUE, Service, elements, text
from dockwright.project.merged import every_service
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.rules._developers import mounts_its_source, named_for_developers
from dockwright.rules._host_paths import HostPath, host_paths
from dockwright.syntax import yaml
from dockwright.text import Site


class HostHandedOver(Rule):
    """Keep the host out of the container's reach

    ## What it finds

    `privileged: true`; the engine's socket as a mount, or a folder that holds it, as `/`, `/var` and `/run` do; `/etc`,
    `/proc` and their like as writable mounts, named volumes with a `device` included; a whole disk in `devices`; the
    capabilities ALL, SYS_ADMIN, SYS_MODULE and SYS_RAWIO. In stacks for development and tests it is a warning, and so
    is the socket for a program whose work it is to talk to the engine: Traefik, Portainer, Watchtower and their like.
    The socket in a development container is left alone: whoever works in it commands the engine anyway.

    ## Why it matters

    Whoever breaks into the service is root on the host, without any further hole. A `:ro` behind the socket does not
    help: it protects the file, not what is said through it.

    ## How to mend it

    Take it away, and give the one thing that is needed: a single device, a single capability, a proxy that lets
    through only the calls of the engine that the service makes.

    ## Fix safety

    There is no fix: what the service does with it is not in the file.

    ## Source

    OWASP Docker Security Cheat Sheet, rules 1 and 3; CIS Docker Benchmark 5.5, 5.6, 5.18 and 5.32.
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
                "    devices:\n      - ⟦/dev/sda:/dev/sda⟧\n      - ⟦/dev/md0⟧\n"
                "      - ⟦/dev/disk/by-id/ata-1:/dev/xvda⟧\n"
            }
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    privileged: ⟦'yes'⟧\n"
                "    volumes:\n      - ⟦/:/host:ro⟧\n      - ⟦/var/run/.:/sockets:ro⟧\n"
                "      - ⟦/srv/engine/docker.sock:/x.sock⟧\n      - ⟦/etc/cron.d:/jobs⟧\n"
            }
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    volumes:\n"
                "      - ⟦engine:/tmp/engine.sock⟧\n      - ⟦{type: volume, source: jobs, target: /jobs}⟧\n"
                "volumes:\n  engine:\n    driver_opts: {type: none, o: bind, device: /run/docker.sock}\n"
                "  jobs:\n    driver: local\n    driver_opts: {type: none, o: rbind, device: /etc/cron.d}\n"
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
        Example(
            {
                ".devcontainer/devcontainer.json": '{"dockerComposeFile": "compose.yaml"}\n',
                ".devcontainer/compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n"
                "    volumes: ['/var/run/docker.sock:/var/run/docker.sock']\n",
            }
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    devices: [/dev/mem]\n"
                "    cap_add: [CAP_ALL]\n    volumes:\n      - /etc/letsencrypt:/etc/letsencrypt\n"
                "      - ./stand-in:/var/run/docker.sock\n      - /run/shop:/run/shop\n      - engine:/x\n"
                "volumes:\n  engine:\n    driver: cloud\n    driver_opts: {o: bind, device: /run/docker.sock}\n"
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        told = set()
        for service in every_service(project):
            found = [(layer, *each) for layer in service.layers for each in _given(layer)]
            found += [
                (mount.layer, mount.volume.node, *_of_mount(mount))
                for mount in host_paths(project, service)
                if mount.makes_root
            ]
            at_work = mounts_its_source(project, service.stack)
            for layer, node, message, advice in found:
                at = Site(layer.path, node.span)
                # Who works in a development container commands the engine anyway: their editor made it.
                own = service.stack.name == "devcontainer" and "socket" in message
                if at not in told and not own:
                    told.add(at)
                    tool = "socket" in message and any(
                        name in f"{service.image} {service.name}" for name in ENGINE_TOOLS
                    )
                    lenient = tool or at_work or named_for_developers(service.stack, layer.path)
                    yield self.found(
                        at, f"{layer.name} {message}", advice=advice, severity="warning" if lenient else None
                    )


def _given(layer: Service) -> Iterator[tuple[yaml.Node, str, str]]:
    privileged = yaml.resolve(layer.get("privileged"))
    if privileged is not None and (text(privileged) or "").lower() in TRUE:
        yield privileged, "is root on the host: privileged", "take it away, and give single devices and capabilities"
    for device in elements(layer.get("devices")):
        path = (text(device) or text(device.get("source")) or "").partition(":")[0]
        if normpath(path).startswith(DISKS):
            yield device, f"has a disk of the host, {path}", "take it away"
    for capability in elements(layer.get("cap_add")):
        if (text(capability) or "").upper() in HOST_CAPABILITIES:
            yield capability, f"can take over the host with {text(capability)}", "add the one capability that is needed"


def _of_mount(mount: HostPath) -> tuple[str, str]:
    if mount.path.endswith(SOCKETS):
        message = "commands the engine, and so the host: its socket is mounted"
        return message, "put a proxy between that lets through what is needed"
    if mount.holds_socket:
        return f"commands the engine, and so the host: its socket lies in {mount.path}", "mount what is needed of it"
    return f"may write to the host's {mount.path}", "mount what is needed of it, with :ro behind"
