"""DW450: a key or token that is written into a file of the project."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from dockwright.facts.credentials import is_issued, looks_random
from dockwright.facts.placeholders import is_placeholder
from dockwright.facts.secret_names import masked
from dockwright.facts.secret_settings import sets_a_secret
from dockwright.finding import Finding
from dockwright.project.env_names import git_ignores, is_example
from dockwright.project.model import Project
from dockwright.rule import AskingRule, Example
from dockwright.rules._env_files import is_for_developers
from dockwright.syntax import dockerfile
from dockwright.text import Site, Source, Span, lazy_regex
from dockwright.tools import SeenSecret, Tools

_GENERIC = "generic-"
_LONG = lazy_regex(r"[\w+/.-]{16,}=*")
_ASSIGNED = lazy_regex(r"""([A-Za-z_][\w.-]*)["']?[ \t]*[=:][ \t]*["']?""")


class SecretInFile(AskingRule):
    """Keep keys and tokens out of committed files

    ## What it finds

    A key or token in a compose file, a workflow, a Makefile, a script or a `RUN` that git keeps, where Betterleaks is
    installed: on PATH, or with `pip install dockwright[secrets]`. It knows the tokens of some hundred services by
    their shape, and long random values by their names. No service is asked about what is found. Left alone are
    examples, passwords, and random values in files for development, tests and pipelines. Env files, `ENV` and `ARG`
    have rules of their own.

    ## Why it matters

    What is committed once stays in the history, in every clone and every fork. Whoever reads the repository has it.

    ## How to mend it

    Read it from the environment (`${NAME:?}`), from `secrets:`, or from the pipeline's store. Then replace it where it
    was given out: the history still has the old one.

    ## Fix safety

    There is no fix: where the secret is to come from is for a person to decide.

    ## Source

    OWASP, «Secrets Management Cheat Sheet»; CWE-798, «Use of Hard-coded Credentials».
    """

    code, name, severity = "DW450", "secret-in-file", "error"
    traps = (13,)
    invalid = (
        Example(
            {
                "compose.yml": "name: shop\nservices:\n  app:\n    image: shop:1\n    environment:\n"
                "      FERNET_KEY: ⟦w8Jq3ZtX0vPa7LmN2bRkQ5yHs9Tc4UeG1oWdKfVxZrA=⟧\n"
            }
        ),
        Example({"Makefile": "push:\n\t@GITLAB_TOKEN=⟦glpat-Ab3dEf6hIj9lMn2pQr5t⟧ ./push.sh\n"}),
        Example(
            {".github/workflows/ci.yml": "# é\nenv:\n  DEPLOY_TOKEN: ⟦ghp_w8Jq3ZtX0vPa7LmN2bRkQ5yHs9Tc4UeG1oWd⟧\n"}
        ),
    )
    valid = (
        Example(
            {
                "compose.yml": "name: shop\nservices:\n  app:\n    image: shop:1\n    environment:\n"
                "      API_TOKEN: ${API_TOKEN:?}\n      POSTGRES_PASSWORD: changeme\n"
            }
        ),
        Example(
            {"compose.test.yml": "services:\n  app:\n    environment:\n      API_KEY: w8Jq3ZtX0vPa7LmN2bRkQ5yHs9Tc\n"}
        ),
        Example({"run.sh": "export GITLAB_TOKEN=glpat-Ab3dEf6hIj9lMn2pQr5t\n", ".gitignore": "run.sh\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nENV GITLAB_TOKEN=glpat-Ab3dEf6hIj9lMn2pQr5t\nUSER 1000\n"}),
    )

    def ask(self, project: Project, tools: Tools) -> Iterator[Finding]:
        detector = tools.secrets()
        if detector is None:
            return iter(())
        ignored = git_ignores(project)
        texts = {
            source.path: source.text
            for source in project.of_kind("compose", "ci", "make", "shell", "dockerfile")
            if _may_hold_one(source.text) and not is_example(source.path) and not ignored(source.path)
        }
        return self._all(project, detector.detect(texts))

    def _all(self, project: Project, secrets: Callable[[], Iterable[SeenSecret]]) -> Iterator[Finding]:
        done = set()
        for seen in secrets():
            found = self._found(project, seen)
            if found is not None and found.at not in done:
                done.add(found.at)
                yield found

    def _found(self, project: Project, seen: SeenSecret) -> Finding | None:
        source = project.sources[seen.path]
        span, name = _value(source, Span(seen.start, seen.end))
        value = source.slice(span)
        line = source.line(source.position(span.start).line)
        generic = seen.kind.startswith(_GENERIC)
        lenient = is_for_developers(seen.path) or project.kinds[seen.path] == "ci"
        if (
            (generic and (lenient or name is None or not sets_a_secret(name)))
            or is_placeholder(value)
            or value.partition("\n")[0] in masked(line)  # a report that shows the line would show the value
            or _has_its_own_rule(project, span, seen.path)
        ):
            return None
        what = f"the value of {name}" if name else "a secret"
        of = "" if generic else f" ({seen.kind})"
        advice = f"read {name or 'it'} from the environment or from secrets:, and replace the one that is written here"
        found = self.found(Site(seen.path, span), f"{what} is written into a file that git keeps{of}", advice=advice)
        return replace(found, severity="warning") if generic else found


def _may_hold_one(text: str) -> bool:
    """Whether a text is worth a process: it holds a long word that is no word."""
    return "-----BEGIN" in text or any(is_issued(word) or looks_random(word) for word in _LONG.findall(text))


def _value(source: Source, seen: Span) -> tuple[Span, str | None]:
    """The value alone of what was seen, and the name that it is given to, if it is."""
    start = source.line_span(source.position(seen.start).line).start
    span, name = seen, None
    for assigned in _ASSIGNED.finditer(source.text, start, seen.end):
        if assigned.start() <= seen.start <= assigned.end() < seen.end:
            span, name = Span(assigned.end(), seen.end), assigned[1]
    return span, name


def _has_its_own_rule(project: Project, span: Span, path: str) -> bool:
    """Whether another rule looks there: at ENV and ARG, and at passwords in a RUN."""
    if project.kinds[path] != "dockerfile":
        return False
    tree = project.dockerfile(path)
    return tree is not None and any(
        isinstance(instruction, (dockerfile.Env, dockerfile.Arg)) and instruction.line_span.overlaps(span)
        for instruction in tree.instructions
    )
