"""DW404: an example env file that git leaves out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from posixpath import basename, dirname

from dockwright.finding import Finding, Fix
from dockwright.project.env_names import git_ignores, is_example
from dockwright.project.model import Project
from dockwright.project.references import upwards
from dockwright.rule import Example, Rule
from dockwright.syntax import ignorefile
from dockwright.text import Edit, Site, Source


class ExampleIgnored(Rule):
    """Let git keep the example env files

    ## What it finds

    An example of an env file that a pattern of `.gitignore` leaves out: `.env*`, or `env/`, which many a template has
    for virtual environments.

    ## Why it matters

    The example stays on its author's machine. Whoever clones the repository is told to copy a file that is not there.

    ## How to mend it

    Write an exception below the pattern: `!.env*.example`. Git does not look into a folder that is left out, so
    `env/` has to become `**/env/*` first.

    ## Fix safety

    Safe: nothing but the examples is kept in addition.

    ## Source

    Git's manual of `gitignore`: «It is not possible to re-include a file if a parent directory of that file is
    excluded».
    """

    code, name, severity, consent = "DW404", "example-ignored", "warning", "safe"
    traps = (28,)
    invalid = (
        Example(
            {".gitignore": "# Secrets\n⟦.env*⟧\n*.pem\n", ".env.dev.example": "A=1\n", ".env.prod.example": "A=\n"},
            becomes={".gitignore": "# Secrets\n.env*\n!.env*.example\n*.pem\n"},
        ),
        Example(
            {".gitignore": ".venv\n⟦env/⟧\n", "env/.env.dev.example": "A=1\n"},
            becomes={".gitignore": ".venv\n**/env/*\n!**/env/.env*.example\n"},
        ),
        Example(
            {".gitignore": "⟦/deploy/env/⟧", "deploy/env/example.env": "A=1\n"},
            becomes={".gitignore": "/deploy/env/*\n!/deploy/env/example.env"},
        ),
    )
    valid = (
        Example({".gitignore": ".env*\n!.env*.example\n", ".env.dev.example": "A=1\n"}),
        Example({".gitignore": ".env\n", ".env.example": "A=1\n", ".env": "A=2\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        hidden: dict[Site, list[str]] = {}
        for path in project.env_files:
            if is_example(path) and git_ignores(project)(path):
                site = _deciding(project, path)
                if site is not None:
                    hidden.setdefault(site, []).append(path)
        for site, examples in hidden.items():
            source = project.sources[site.path]
            pattern = source.slice(site.span)
            more = f" and {len(examples) - 1} more" if len(examples) > 1 else ""
            lines = _mended(pattern, dirname(source.path), examples)
            fix = None
            if lines is not None:
                edit = Edit(source.path, site.span, source.newline.join(lines))
                fix = Fix("let git keep the examples", (edit,))
            yield self.found(
                site,
                f"{pattern} leaves {examples[0]}{more} out of git",
                advice=f"write an exception below it: {'!.env*.example' if lines is None else lines[-1]}",
                fix=fix,
            )


def _deciding(project: Project, path: str) -> Site | None:
    """The pattern that leaves a file out, by the nearest file that has one."""
    for folder in upwards(dirname(path)):
        file = project.ignore_file(f"{folder}/.gitignore" if folder else ".gitignore")
        for pattern in reversed(file.patterns if file is not None else ()):
            if not pattern.negated and file is not None and _alone(file.source, pattern)(path):
                return Site(file.source.path, pattern.span)
    return None


def _alone(source: Source, pattern: ignorefile.Pattern) -> Callable[[str], bool]:
    only = Source(source.path, source.slice(pattern.span) + "\n")
    return ignorefile.git_matcher([ignorefile.parse(only)])


def _mended(pattern: str, folder: str, examples: list[str]) -> list[str] | None:
    """The lines that take the pattern's place; None where the examples lie deeper in a folder that is left out."""
    names = sorted({basename(path) for path in examples})
    globs = [".env*.example"] if all(n.startswith(".env") and n.endswith(".example") for n in names) else names
    bare = pattern.rstrip("/")
    last = bare.rpartition("/")[2]
    below = {dirname(path)[len(folder) + 1 :] if folder else dirname(path) for path in examples}
    if any(sign in bare for sign in "*?[\\"):
        # A pattern for names: the exception is one, too, unless the pattern takes whole folders.
        matcher = ignorefile.git_matcher(
            [ignorefile.parse(Source(".gitignore", "\n".join([pattern, *(f"!{glob}" for glob in globs)]) + "\n"))]
        )
        kept = not any(matcher(path[len(folder) + 1 :] if folder else path) for path in examples)
        return [pattern, *(f"!{glob}" for glob in globs)] if kept else None
    if last in names:
        return None
    if any(not f"/{each}".endswith(f"/{last}") for each in below):
        return None
    anchored = bare if "/" in bare.lstrip("/") or bare.startswith("/") else f"**/{bare}"
    return [f"{anchored}/*", *(f"!{anchored}/{glob}" for glob in globs)]
