"""Production never starts from its example, and no script tears its env file apart."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename

from dockwright.finding import Fix
from dockwright.project.command_lines import CommandLine, command_lines
from dockwright.project.env_names import environment, is_example
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.refactor.env.hidden import OWNER
from dockwright.refactor.step import Proposal, letting_go
from dockwright.text import Edit, lazy_regex

_EXPORTED = lazy_regex(
    r"export \$\((?:grep -v '\^#'|cat|sed [^|]*) (?P<path>[\w./-]*\.env[\w.-]*)[^|)]*(?:\|[^|)]*)*\|\s*xargs[^)]*\)"
)


class Guard:
    """Has a script stop where production's env file is missing, and read it as a shell does."""

    name = OWNER
    title = "Production stops where its env file is missing"

    def propose(self, project: Project) -> Proposal:
        """One patch a place."""
        fixes = []
        for line in command_lines(project):
            if project.kinds[line.path] not in ("shell", "make"):
                continue
            for title, edit in (*_copied(project, line), *_exported(project, line)):
                named = {join(line.folder, word.value) for word in line.command.words if word.value}
                fixes.append(letting_go(project, Fix(title, (edit,), "refit"), named))
        return Proposal(tuple(fixes))


def _copied(project: Project, line: CommandLine) -> Iterator[tuple[str, Edit]]:
    """`cp env/.env.prod.example env/.env.prod` becomes a message and a failure."""
    words = [word.value for word in line.command.words if not word.text.startswith("-")]
    if line.name not in ("cp", "install") or len(words) < 3 or None in words[-2:]:
        return
    example, target = str(words[-2]), str(words[-1])
    if not is_example(example) or is_example(target) or environment(target) != "prod":
        return
    source = project.sources[line.path]
    start = source.text.rfind("\n", 0, line.span.start) + 1
    indent, before = source.text[start : line.span.start], source.text[: line.span.start].rstrip()
    message = f'echo "write {target} first: {example} lists what it holds" >&2'
    if indent.strip("@ \t"):
        text = f"{{ {message}; exit 1; }}"
        if not before.endswith("||"):
            text = f"test -f {target} || {text}"
    elif project.kinds[line.path] == "shell" and before.endswith(("then", "||")) and basename(target) in before[-120:]:
        text = f"{message}{source.newline}{indent}exit 1"
    else:
        text = f"test -f {target} || {{ {message}; exit 1; }}"
    yield f"stop where {target} is missing", Edit(line.path, line.span, text)


def _exported(project: Project, line: CommandLine) -> Iterator[tuple[str, Edit]]:
    """`export $(grep … | xargs)` splits values at blanks; the shell reads the file itself."""
    written = project.sources[line.path].slice(line.span)
    found = _EXPORTED.fullmatch(written)
    if line.name == "export" and found is not None:
        path = found["path"] if found["path"].startswith(("/", ".")) else f"./{found['path']}"
        yield "let the shell read the env file itself", Edit(line.path, line.span, f"set -a; . {path}; set +a")
