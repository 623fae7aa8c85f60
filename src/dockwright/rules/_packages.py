"""What the rules on package managers share: who reads what later, and how a RUN is added to."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.project.model import Project, view
from dockwright.project.runs import PackageCall, Step, runs
from dockwright.syntax import shell
from dockwright.text import Edit, Span


@view
def runs_by_file(project: Project) -> tuple[tuple[Step, ...], ...]:
    """Every RUN, those of a Dockerfile together."""
    by_file: dict[str, list[Step]] = {}
    for step in runs(project):
        by_file.setdefault(step.path, []).append(step)
    return tuple(map(tuple, by_file.values()))


def package_calls(project: Project, verb: str = "install") -> Iterator[tuple[Step, PackageCall]]:
    """Every call that does this, with the RUN that it stands in."""
    for step in runs(project):
        for call in step.packages:
            if call.verb == verb:
                yield step, call


def is_pulled(step: Step) -> bool:
    """Whether the RUN's image is one that others pull: a container to develop in is built where it is used."""
    return step.shipped and "devcontainer" not in step.path


def insert_option(step: Step, call: PackageCall, option: str) -> Edit | None:
    """An option directly behind the word that says what to do; None where the file does not hold that word as it is."""
    word = call.verb_word
    if (step.run.command.words is not None and step.script is None) or not word.contiguous:
        return None
    return Edit(step.path, Span(word.span.end, word.span.end), f" {option}")


def append_command(step: Step, command: str) -> Edit | None:
    """A command behind all others of a RUN, on a line of its own where the RUN has several."""
    script, text = step.script, step.run.command.shell
    if script is None or text is None or step.run.heredocs or not script.commands:
        return None
    last = script.commands[-1]
    if last.background or last.nested or text.text.rstrip().endswith((";", "&", "\\")) or "#" in text.text:
        return None
    source, end = step.image.tree.source, step.run.span.end
    written = source.text[step.run.span.start : end]
    lines = written.split(source.newline)
    if len(lines) == 1:
        return Edit(step.path, Span(end, end), f" && {command}")
    line = lines[-1]
    indent = line[: len(line) - len(line.lstrip())] or "    "
    trailing = any(row.rstrip().rstrip(step.image.tree.escape).rstrip().endswith("&&") for row in lines[:-1])
    sign = step.image.tree.escape
    if trailing and not line.lstrip().startswith("&&"):
        return Edit(step.path, Span(end, end), f" && {sign}{source.newline}{indent}{command}")
    return Edit(step.path, Span(end, end), f" {sign}{source.newline}{indent}&& {command}")


def children(step: Step, steps: tuple[Step, ...]) -> Iterator[Step]:
    """The RUNs of its Dockerfile that come behind one: in its own stage, and in those that are built upon it."""
    for other in steps:
        if other.stage.index == step.stage.index:
            if other.run.span.start > step.run.span.start:
                yield other
        elif any(ancestor.index == step.stage.index for ancestor in other.image.lineage(other.stage)):
            yield other


def removes(simple: shell.Simple, folders: tuple[str, ...]) -> bool:
    """Whether a command removes one of these folders, given as the ends of paths."""
    if simple.name not in ("rm", "find"):
        return False
    for word in simple.arguments:
        path = word.text.strip("\"'").rstrip("/")
        if any(path.endswith(folder) or path.endswith(f"{folder}/*") for folder in folders):
            return True
    return False
