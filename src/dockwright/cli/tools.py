"""The outside tools that rules and steps may ask, looked for only when one has something to ask."""

from __future__ import annotations

from dockwright.tools import SecretDetector, ShellAnalyser, Tools, Uv


def _shell() -> ShellAnalyser | None:
    from dockwright.engine.shellcheck import installed

    return installed()


def _secrets() -> SecretDetector | None:
    from dockwright.engine.betterleaks import installed

    return installed()


def _uv(*, offline: bool) -> Uv | None:
    from dockwright.cli.progress import ToldUv
    from dockwright.engine.uv import installed

    found = installed(offline=offline)
    return None if found is None else ToldUv(found)


TOOLS = Tools(_shell, _secrets, lambda: _uv(offline=False))
"""What is installed here."""

OFFLINE = Tools(_shell, _secrets, lambda: _uv(offline=True))
"""The same, kept from the network."""
