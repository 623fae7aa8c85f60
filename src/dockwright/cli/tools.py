"""The outside tools that rules and steps may ask, looked for only when one has something to ask."""

from __future__ import annotations

from dockwright.tools import SecretDetector, ShellAnalyser, Tools, Uv


def _shell() -> ShellAnalyser | None:
    from dockwright.engine.shellcheck import installed

    return installed()


def _secrets() -> SecretDetector | None:
    from dockwright.engine.betterleaks import installed

    return installed()


def _uv() -> Uv | None:
    from dockwright.engine.uv import installed

    return installed()


TOOLS = Tools(_shell, _secrets, _uv)
"""What is installed here."""
