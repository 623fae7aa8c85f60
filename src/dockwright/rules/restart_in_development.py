"""DW332: a restart policy where somebody watches the output."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Fix, Intent
from dockwright.project.merged import every_service, with_layer
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import yaml
from dockwright.text import Site

_ALWAYS = ("always", "unless-stopped")
_WATCHED = ("dev", "test", "ci", "devcontainer")


class RestartInDevelopment(Rule):
    """Let a crash in development be seen

    ## What it finds

    `restart: always` or `unless-stopped` in a development, test or CI stack. A file that a production stack reads,
    too, is left alone.

    ## Why it matters

    A service that dies at its start is started again for ever, and the error scrolls by. In CI the job hangs until
    its time is up. And wherever Docker starts with the machine, the stack starts with it, wanted or not.

    ## How to mend it

    Take `restart` away.

    ## Fix safety

    `apply` takes it away. `audit --fix` does not: a service that counts on being started again until its database
    is there stays down from then on. It needs a health check on the database, and `depends_on`.

    ## Source

    Docker's documentation, «Start containers automatically».
    """

    code, name, severity, consent = "DW332", "restart-in-development", "info", "refit"
    traps = (26,)
    invalid = (
        Example(
            {
                "compose.dev.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    ⟦restart: always⟧\n"
                "    init: true\n"
            },
            becomes={"compose.dev.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    init: true\n"},
        ),
    )
    valid = (
        Example({"compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    restart: always\n"}),
        Example({"compose.dev.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    restart: on-failure\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        told = set()
        for service in every_service(project):
            for layer in service.layers:
                item = layer.node.item("restart")
                if item is None or not isinstance(item.value, yaml.Scalar) or item.value.value not in _ALWAYS:
                    continue
                at = Site(layer.path, item.span)
                reached = with_layer(project, layer)
                if at in told or any(each.stack.name not in _WATCHED for each in reached):
                    continue
                told.add(at)
                policy = item.value.value
                fix = None
                if all(len(each.written("restart")) == 1 for each in reached) and not item.value.anchor:
                    edits = yaml.delete_item(project.yaml(project.sources[layer.path]), layer.node, "restart")
                    intends = tuple(Intent(each.at("restart"), policy, None) for each in reached)
                    fix = Fix(f"let {layer.name} stay down when it falls", tuple(edits), "refit", intends)
                message = f"a crash of {layer.name} is hidden by restart: {policy}"
                yield self.found(at, message, advice="take restart away", fix=fix)
