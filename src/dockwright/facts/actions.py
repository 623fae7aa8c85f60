"""The GitHub actions that are written into workflows, each at the release that is current."""

from __future__ import annotations

from typing import NamedTuple


class Action(NamedTuple):
    """An action and its release: the tag to name, and the commit that the tag means where a workflow pins commits."""

    repository: str
    tag: str
    commit: str = ""

    @property
    def reference(self) -> str:
        """What stands behind `uses:`."""
        return f"{self.repository}@{self.tag}"


# Its releases are immutable and have no tag for a major version since 8.0.0.
SETUP_UV = Action("astral-sh/setup-uv", "v10.0.1", "20cfd1bf945f4377ade1205e4dbc17946fc9a30d")

CHECKOUT = Action("actions/checkout", "v7")
SETUP_BUILDX = Action("docker/setup-buildx-action", "v4")
BUILD_PUSH = Action("docker/build-push-action", "v7")
UPLOAD_SARIF = Action("github/codeql-action/upload-sarif", "v4")
