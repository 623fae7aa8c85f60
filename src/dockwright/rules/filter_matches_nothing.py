"""DW506: a path filter or a cache key's files that match nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from dockwright.finding import Finding, Related
from dockwright.project.compose import elements
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.rule import Example, Rule
from dockwright.syntax import yaml
from dockwright.text import Mapped, Site, Source, lazy_regex

_EVENTS = ("push", "pull_request", "pull_request_target")
_HASH_FILES = lazy_regex(r"hashFiles\(([^()$]*)\)")
_QUOTED = lazy_regex(r"'([^']+)'|\"([^\"]+)\"")
_SIGN = lazy_regex(r"\*\*/?|\*|\[[^\]/]+\]|.", re.S)
_GLOB = lazy_regex(r"[*?+\[]")
# Folders that are not listed, since tools fill them.
_UNSEEN = ("node_modules", ".venv", "venv", ".git/", ".cache", "dist", "build", "target", "vendor")

_WORKFLOW = "on:\n  push:\n    paths:\n      - {path}\njobs:\n  ci:\n    runs-on: ubuntu-24.04\n    steps: []\n"
_CACHE = (
    "on: push\njobs:\n  ci:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/cache@v4\n        with:\n"
    "          path: ~/.cache\n          key: deps-${{{{ hashFiles({files}) }}}}\n"
)


class FilterMatchesNothing(Rule):
    """Filter for paths that are there

    ## What it finds

    In a workflow of GitHub: a pattern under `paths:` that matches no file of the project, and a `hashFiles(…)` none of
    whose patterns does.

    ## Why it matters

    Nothing fails. The workflow does not run any more when the file changes that it is there for, and a cache whose key
    is always the same is never renewed. It is what stays behind when files are moved.

    ## How to mend it

    Write the present path, or take the pattern out.

    ## Fix safety

    There is no fix: which files are meant is a guess.

    ## Source

    GitHub's documentation, «Workflow syntax», `on.<push|pull_request>.paths`; `hashFiles`: an empty text where
    nothing matches.
    """

    code, name, severity = "DW506", "filter-matches-nothing", "warning"
    traps = (33,)
    invalid = (
        Example(
            {
                ".github/workflows/image.yml": _WORKFLOW.format(path="⟦Dockerfile⟧"),
                "docker/Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\n",
            }
        ),
        Example({".github/workflows/ci.yml": _CACHE.format(files="'⟦**/requirements*.txt⟧'"), "uv.lock": ""}),
    )
    valid = (
        Example({".github/workflows/image.yml": _WORKFLOW.format(path="'docker/**'"), "docker/Dockerfile": ""}),
        Example({".github/workflows/ci.yml": _CACHE.format(files="'**/uv.lock', 'poetry.lock'"), "uv.lock": ""}),
        Example({".github/workflows/image.yml": _WORKFLOW.format(path="'!docs/**'"), "a.py": ""}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for source in project.of_kind("ci"):
            if source.path.startswith(".github/workflows/"):
                dead: dict[str, list[Site]] = {}
                for text in (*_filters(project, source), *_hashes(project, source)):
                    dead.setdefault(text.text, []).append(Site(source.path, text.span()))
                for written, (first, *others) in dead.items():
                    yield self.found(
                        first,
                        f"{written} matches no file",
                        advice=_advice(project, written),
                        related=[Related(site, "the same") for site in others],
                    )


def _filters(project: Project, source: Source) -> Iterator[Mapped]:
    """The dead patterns that say when the workflow runs."""
    root = yaml.resolve(project.yaml(source).root)
    events = yaml.resolve(root.get("on")) if isinstance(root, yaml.Mapping) else None
    for name in _EVENTS if isinstance(events, yaml.Mapping) else ():
        event = yaml.resolve(events.get(name)) if events is not None else None
        for node in elements(event.get("paths")) if isinstance(event, yaml.Mapping) else ():
            # What any folder may have one day is a filter for that day.
            if isinstance(node, yaml.Scalar) and _leads_nowhere(project, node.value) and _is_dead(project, node.value):
                yield node.mapped


def _hashes(project: Project, source: Source) -> Iterator[Mapped]:
    """The first pattern of each `hashFiles` that has nothing to hash."""
    if "hashFiles" in source.text and not _checks_out_elsewhere(project, source):
        for call in _HASH_FILES.finditer(source.text):
            quoted = list(_QUOTED.finditer(source.text, *call.span(1)))
            if quoted and all(_is_dead(project, match[1] or match[2]) for match in quoted):
                group = 1 if quoted[0][1] else 2
                yield Mapped.whole(quoted[0][group], quoted[0].start(group))


def _advice(project: Project, written: str) -> str:
    name = written.rpartition("/")[2]
    moved = sorted(path for path in project.listing if name and path.rpartition("/")[2] == name)
    return f"did you mean {moved[0]}?" if moved else "write the path of what it is there for, or take it out"


def _leads_nowhere(project: Project, pattern: str) -> bool:
    """Whether a filter names one file, or begins with a folder that is not there."""
    plain = _GLOB.split(pattern, maxsplit=1)[0]
    return plain == pattern or (
        plain.rpartition("/")[0] != "" and not project.exists(join("", plain.rpartition("/")[0]))
    )


def _is_dead(project: Project, pattern: str) -> bool:
    if pattern.startswith(("!", "~", "/")) or "${{" in pattern or any(name in pattern for name in _UNSEEN):
        return False
    match = _expression(join("", pattern)).fullmatch
    return not any(match(path) for path in project.listing)


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    """A filter as an expression for whole paths: `*` stays in its folder, `**` does not, `?` and `+` repeat."""
    out = []
    for sign in _SIGN.findall(pattern):
        if sign == "**/":
            out.append("(?:.*/)?")
        elif sign in ("*", "**"):
            out.append("[^/]*" if sign == "*" else ".*")
        elif sign in "?+" and out and out[-1][-1] not in "*?+":
            out.append(sign)
        else:
            out.append(re.escape(sign) if sign[0] != "[" else f"[{re.escape(sign[1:-1]).replace(chr(92) + '-', '-')}]")
    return re.compile("".join(out), re.S)


def _checks_out_elsewhere(project: Project, source: Source) -> bool:
    """Whether a step puts a repository, this or another, below a folder of its own."""
    root = yaml.resolve(project.yaml(source).root)
    todo: list[yaml.Node | None] = [root]
    while todo:
        node = todo.pop()
        if isinstance(node, yaml.Mapping):
            uses, inputs = yaml.resolve(node.get("uses")), yaml.resolve(node.get("with"))
            checkout = isinstance(uses, yaml.Scalar) and uses.value.startswith("actions/checkout")
            if checkout and isinstance(inputs, yaml.Mapping) and (inputs.get("path") or inputs.get("repository")):
                return True
            todo += [item.value for item in node.items]
        elif isinstance(node, yaml.Sequence):
            todo += node.items
    return False
