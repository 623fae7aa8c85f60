"""Tasks: what people and pipelines ask for by name, in the words of the proof: Make targets and jobs."""

from __future__ import annotations

from functools import partial

from dockwright.project.model import Project, view
from dockwright.syntax import makefile, yaml


@view
def named_tasks(project: Project) -> frozenset[str]:
    """Each of them as `Makefile / target up` or `.github/workflows/ci.yml / job test`."""
    found: set[str] = set()
    trees = project.trees
    for file in project.makefiles:
        path = file.source.path
        found |= trees.kept(_targets, path, (file,), partial(_targets, file))
    for source in project.of_kind("ci"):
        tree = project.yaml(source)
        found |= trees.kept(_jobs, source.path, (tree,), partial(_jobs, tree))
    return frozenset(found)


def _targets(file: makefile.Makefile) -> frozenset[str]:
    names = {word.text for rule in file.rules for word in rule.targets}
    return frozenset(f"{file.source.path} / target {name}" for name in names if _is_asked_for(name))


def _is_asked_for(name: str) -> bool:
    """Whether a target is one that somebody asks for, and no pattern or directive."""
    return not any(sign in name for sign in "%$*") and not (name.startswith(".") and name[1:].isupper())


def _jobs(tree: yaml.YamlFile) -> frozenset[str]:
    """The jobs of GitHub's workflows, and those of other pipelines: what has a script."""
    root = yaml.resolve(tree.root)
    if not isinstance(root, yaml.Mapping):
        return frozenset()
    listed = yaml.resolve(root.get("jobs"))
    if isinstance(listed, yaml.Mapping):
        names = {item.name for item in listed.items}
    else:
        below = ((item.name, yaml.resolve(item.value)) for item in root.items)
        names = {name for name, job in below if job is not None and job.get("script") is not None}
    return frozenset(f"{tree.source.path} / job {name}" for name in names if name)
