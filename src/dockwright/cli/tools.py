"""The outside tools that rules may ask, looked for only when a rule has something to ask."""

from __future__ import annotations

from dockwright.tools import SecretDetector, ShellAnalyser, Tools


def _shell() -> ShellAnalyser | None:
    from dockwright.engine.shellcheck import installed

    return installed()


def _secrets() -> SecretDetector | None:
    from dockwright.engine.betterleaks import installed

    return installed()


TOOLS = Tools(_shell, _secrets)
"""What is installed here."""
