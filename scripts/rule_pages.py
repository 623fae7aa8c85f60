"""Writes docs/rules: a page for each rule, out of its class, and an index.

    python -m scripts.rule_pages [--check]

With --check nothing is written, and the exit code is 1 when a page is not what its rule says.
"""

from __future__ import annotations

import sys
from pathlib import Path

from dockwright.report.markdown import rule_page
from dockwright.rule import Rule, all_rules

FOLDER = Path(__file__).parents[1] / "docs" / "rules"
FIX = {None: "advice", "safe": "safe fix", "refit": "part of the target layout", "unsafe": "unsafe fix"}


def page_name(rule: Rule) -> str:
    """The file that a rule's page is in."""
    return f"{rule.code}-{rule.name}.md"


def index() -> str:
    """All rules in a table."""
    rows = [
        f"| [{rule.code}]({page_name(rule)}) | {rule.name} | {rule.severity} | {FIX[rule.consent]} "
        f"| {(rule.__doc__ or '').partition(chr(10))[0]} |"
        for rule in all_rules()
    ]
    head = [
        "# Rules",
        "",
        "`dockwright explain CODE` prints the same pages. What a fix of each kind needs is said in",
        "[the README](../../README.md#what-it-does-to-your-files).",
        "",
        "| Rule | Name | Severity | Fix | What to do |",
        "|---|---|---|---|---|",
    ]
    return "\n".join((*head, *rows)) + "\n"


def main(arguments: list[str]) -> int:
    """Write the pages, or compare them."""
    pages = {"README.md": index()} | {page_name(rule): rule_page(rule) for rule in all_rules()}
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    stale = sorted(name for name in pages.keys() | there.keys() if pages.get(name) != there.get(name))
    if "--check" in arguments:
        for name in stale:
            print(f"docs/rules/{name} is not what the rules say; `make docs` writes it")
        return 1 if stale else 0
    FOLDER.mkdir(exist_ok=True)
    for name in stale:
        if name in pages:
            (FOLDER / name).write_text(pages[name], encoding="utf-8", newline="\n")
        else:
            (FOLDER / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
