"""DW327: a service that may read what the host keeps for itself."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.facts.privileges import HOME_SECRETS, HOST_MONITORS, SHOWN_PATHS
from dockwright.finding import Finding
from dockwright.project.merged import Merged, every_service
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.rules._host_paths import host_paths
from dockwright.text import Site, lazy_regex

_HOME = lazy_regex(r"(?:~|/root|/home/[^/]+)(?:/(?P<inside>[^/]+).*)?")


class HostFilesShown(Rule):
    """Show a service nothing of the host that it does not need

    ## What it finds

    A mount, read-only too, of the host's `/etc`, `/root`, `/home`, `/proc`, `/sys`, `/dev`, `/boot`, `/var/lib/docker`
    or D-Bus, of a whole home folder, or of the keys in one: `~/.ssh`, `~/.aws`, `~/.kube`. What makes the container
    root on the host is a finding of its own. Services that monitor hosts, such as node-exporter and cAdvisor, and
    stacks for development containers are left alone.

    ## Why it matters

    `/etc/shadow`, `~/.ssh` and other containers' files can be read by whoever breaks into the service, and by every
    package that it installs. `:ro` does not help against reading.

    ## How to mend it

    Mount the one file that is needed. For more shared memory write `shm_size:`, for a device `devices:`, for a key
    `secrets:`.

    ## Fix safety

    There is no fix: what the service reads there is not in the file.

    ## Source

    CIS Docker Benchmark 5.6; OWASP Docker Security Cheat Sheet, rule 8.
    """

    code, name, severity = "DW327", "host-files-shown", "warning"
    equivalents = ("compose-lint:CL-0013",)
    traps = (25,)
    invalid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    volumes:\n"
                "      - ⟦/etc:/host:ro⟧\n      - ⟦~/.aws:/root/.aws:ro⟧\n      - ⟦/home/anna/.ssh/id_ed25519:/key⟧\n"
                "      - ⟦/home/anna:/home⟧\n      - ⟦/dev/:/dev⟧\n"
            }
        ),
    )
    valid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    volumes:\n"
                "      - /etc/localtime:/etc/localtime:ro\n      - /home/anna/shop/data:/data\n      - ~/shop:/shop\n"
                "      - /dev/null:/app/unused.conf\n      - /etc:/writable\n"
                "  metrics:\n    image: prom/node-exporter:v1.10.2\n    volumes: ['/proc:/host/proc:ro']\n"
            }
        ),
        Example(
            {
                ".devcontainer/compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n"
                "    volumes: ['~/.ssh:/home/vscode/.ssh:ro']\n"
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        told = set()
        for service in every_service(project):
            if service.stack.name == "devcontainer" or _monitors(service):
                continue
            for mount in host_paths(project, service):
                at = Site(mount.layer.path, mount.volume.node.span)
                shown = mount.path in SHOWN_PATHS or _of_a_person(mount.path)
                if shown and not mount.makes_root and at not in told and not at.path.startswith(".devcontainer/"):
                    told.add(at)
                    message = f"{mount.layer.name} may read the host's {mount.path}"
                    yield self.found(at, message, advice="mount the one file that it needs, or take it away")


def _monitors(service: Merged) -> bool:
    return any(part in (service.image or "") for part in HOST_MONITORS)


def _of_a_person(path: str) -> bool:
    home = _HOME.fullmatch(path)
    return home is not None and (home["inside"] is None or home["inside"] in HOME_SECRETS)
