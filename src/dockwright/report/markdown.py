"""Markdown: a rule's page, out of its class, and the page of what other tools find and dockwright does not."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dockwright.facts.declined import DECLINED
from dockwright.rule import Example, Rule


def rule_page(rule: Rule) -> str:
    """A rule's page: its text, an example, and the same rule in other tools."""
    title, _, body = (rule.__doc__ or "").partition("\n")
    fix = {None: "none", "safe": "safe", "refit": "part of the target layout", "unsafe": "unsafe"}[rule.consent]
    lines = [f"# {rule.code}: {title.strip()}", "", f"`{rule.name}` · {rule.severity} · fix: {fix}", ""]
    lines += [line.removeprefix("    ").rstrip() for line in body.strip("\n").splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    lines += ["", "## Example", "", *_example(rule.invalid[0])]
    if rule.invalid[0].becomes is not None:
        lines += ["", "becomes", "", *_files(rule.invalid[0].becomes)]
    if rule.equivalents:
        lines += ["", "## In other tools", "", ", ".join(f"`{other}`" for other in rule.equivalents)]
    return "\n".join(lines) + "\n"


def page_path(rule: Rule) -> str:
    """Where a rule's page lies in dockwright's sources."""
    return f"docs/rules/{rule.code}-{rule.name}.md"


def declined_page() -> str:
    """The table of what other tools find and dockwright does not, with the reasons."""
    by_reason: dict[str, list[str]] = {}
    for identifier, reason in DECLINED.items():
        by_reason.setdefault(reason, []).append(f"`{identifier}`")
    lines = [
        "# What dockwright declines to find",
        "",
        "Rules of other tools that dockwright has no rule for, on purpose. Where it has one, the rule's page says so",
        "under In other tools. `dockwright rules --format json` lists both.",
        "",
        "| Rules | Reason |",
        "|---|---|",
        *(f"| {', '.join(ids)} | {reason} |" for reason, ids in by_reason.items()),
    ]
    return "\n".join(lines) + "\n"


def _example(example: Example) -> list[str]:
    return _files({path: re.sub("[⟦⟧]", "", text) for path, text in example.files.items()})


def _files(files: Mapping[str, str | None]) -> list[str]:
    lines: list[str] = []
    for path, text in files.items():
        if lines:
            lines.append("")
        if text is None:
            lines.append(f"`{path}` is gone.")
        else:
            lines += [f"`{path}`", "", "```", *text.rstrip("\n").replace("\r", "␍").split("\n"), "```"]
    return lines
