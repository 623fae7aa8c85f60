"""Env files: which are examples, which environment they are for, and which values are only placeholders."""

from __future__ import annotations

from collections.abc import Callable
from posixpath import basename, dirname

from dockwright.project.model import Project, view
from dockwright.project.references import join
from dockwright.project.stacks import ENVIRONMENTS
from dockwright.syntax.ignorefile import git_matcher
from dockwright.text import lazy_regex

_EXAMPLE = lazy_regex(r"(?i)(?:^|[._-])(?:example|sample|template|tmpl|tpl|dist|default|defaults|skel)(?:[._-]|$)")
_PARTS = lazy_regex(r"[._/-]+")
_WHOLE = (
    "todo|tbd|fixme|none|null|dummy|example|secret|password|passwd|pass|admin|root|test|default|postgres|mysql|guest|"
    "minioadmin|foo|bar|123456?|12345678"
)
_INSIDE = (
    "change[-_ ]?(?:me|this|it)|replace[-_ ]?(?:me|this|with)|placeholder|insecure|super[-_ ]?secret|put[-_ ]?your"
)
_PLACEHOLDER = lazy_regex(
    rf"(?i)(?:{_WHOLE})|.*(?:{_INSIDE}|your[-_](?:secret|password|key|token|api)).*|(?:your|my)[-_ ].*"
    r"|<.*>|\[.*\]|\{\{.*\}\}|x{3,}|\.{3}|\*{3,}|-+"
)


def is_example(path: str) -> bool:
    """Whether an env file is meant to be copied and not to be read."""
    return _EXAMPLE.search(basename(path)) is not None


def environment(path: str) -> str | None:
    """The environment that an env file's path names: dev, test, ci, staging, prod; None where it names none."""
    found = [ENVIRONMENTS[part] for part in _PARTS.split(path.lower()) if part in ENVIRONMENTS and part != "override"]
    return found[-1] if found else None


def is_for_developers(path: str) -> bool:
    """Whether an env file's path names an environment that serves nobody but developers."""
    return environment(path) in ("dev", "test", "ci")


def is_placeholder(value: str) -> bool:
    """Whether a value only holds the place of one, or is known to everybody."""
    return _PLACEHOLDER.fullmatch(value) is not None


@view
def git_ignores(project: Project) -> Callable[[str], bool]:
    """Whether git ignores a path, by the `.gitignore` files of the project."""
    files = [
        file
        for source in project.of_kind("ignore")
        if basename(source.path) == ".gitignore" and (file := project.ignore_file(source.path)) is not None
    ]
    return git_matcher(files)


_EXAMPLE_NAMES = (
    "{path}.example",
    "{path}.sample",
    "{path}.template",
    "{path}.dist",
    "{path}-example",
    "{path}-sample",
)


def written_as(project: Project, written: str, named_in: str) -> tuple[str, ...]:
    """The env files, examples of it included, that a command in the file `named_in` can mean by a relative path."""
    bases = dict.fromkeys((join("", written), join(dirname(named_in), written)))
    candidates = [name.format(path=base) for base in bases for name in ("{path}", *_EXAMPLE_NAMES)]
    return tuple(path for path in candidates if path in project.env_files)
