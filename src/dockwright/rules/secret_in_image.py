"""DW203: a file with secrets that a COPY bakes into the image."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname

from dockwright.finding import Finding, Fix, Related
from dockwright.project.context import Taken, below, by_image, secret_files, taken
from dockwright.project.images import Image, ignore_file_read, images
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.rule import Example, Rule
from dockwright.text import Edit, Span


class SecretInImage(Rule):
    """Keep keys and env files out of the image

    ## What it finds

    A private key, a login file or an env file with passwords in it that a COPY or ADD puts into an image, as the
    ignore file that BuildKit really reads has it. Examples, templates and the keys of tests are left alone, and so
    are stages that only build.

    ## Why it matters

    Whoever can pull the image has the secret, and a later `RUN rm` does not take it out of its layer.

    ## How to mend it

    Write the file into the ignore file. Give the variables with `env_file:` or `environment:` and the keys with
    `secrets:` when the container starts; for a build, use `RUN --mount=type=secret`. Then replace the secret: it has
    been in an image.

    ## Fix safety

    `apply` adds the patterns to the ignore file. An application that reads the baked file has to get it from the
    outside afterwards.

    ## Source

    Docker's documentation, «Build secrets»; CIS Docker Benchmark 4.10.
    """

    code, name, severity, consent = "DW203", "secret-in-image", "error", "refit"
    equivalents = ("dockle:CIS-DI-0010",)
    traps = (14, 13)
    invalid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nCOPY ⟦.⟧ .\nUSER 1000:1000\n",
                ".dockerignore": ".git\n.env\n",
                "env/.env.prod": "SECRET_KEY=8a1c0d\n",
                "env/.env.prod.example": "SECRET_KEY=\n",
                "certs/key.pem": "",
            },
            becomes={".dockerignore": ".git\n.env\ncerts/key.pem\nenv/.env.prod\n"},
        ),
        Example(
            {"Dockerfile": "FROM python:3.13-slim\nCOPY ⟦.env⟧ .env\nUSER 1000:1000\n", ".env": "DB_PASSWORD=geheim\n"}
        ),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nCOPY ⟦.env.latest⟧ .env\nUSER 1000:1000\n",
                ".env.latest": "DB_PASSWORD=geheim\n",
            }
        ),
    )
    valid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nCOPY . .\nUSER 1000:1000\n",
                ".dockerignore": "**/.env*\ncerts\n.git\n",
                "env/.env.prod": "SECRET_KEY=8a1c0d\n",
                "certs/key.pem": "",
            }
        ),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nCOPY . .\nUSER 1000:1000\n",
                ".dockerignore": ".git\n",
                ".env.example": "SECRET_KEY=changeme\n",
                ".env": "DEBUG=true\n",
                "tests/key.pem": "",
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        secrets = secret_files(project)
        there = {image: list(below(project, image, secrets)) for image in images(project)} if secrets else {}
        for image, sources in by_image(project, lambda source: _baked(there.get(source.image, []), [source]) != []):
            beside = join(dirname(image.path), ".dockerignore")
            # An ignore file that nobody reads is the cause then, and a finding of its own.
            if ignore_file_read(project, image) is not None or not project.is_file(beside):
                yield self._found(project, image, sources, _baked(there[image], sources))

    def _found(self, project: Project, image: Image, sources: list[Taken], baked: list[tuple[str, str]]) -> Finding:
        names = [full for _, full in baked]
        said = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        ignore = ignore_file_read(project, image)
        where = ignore or "an ignore file"
        fix = None
        by_name = [other for other in taken(image) if any(path == other.path for path, _ in baked)]
        if ignore is not None and not by_name:
            text = project.sources[ignore].text
            newline = project.sources[ignore].newline
            lead = newline if text and not text.endswith("\n") else ""
            added = lead + "".join(f"{path}{newline}" for path, _ in baked)
            fix = Fix(f"leave {said} out of the image", (Edit(ignore, Span(len(text), len(text)), added),), "refit")
        advice = f"write {said} into {where}, and give it to the container when it starts"
        related = [Related(source.site, "and here") for source in sources[1:]]
        return self.found(sources[0].site, f"the image holds {said}", advice=advice, related=related, fix=fix)


def _baked(there: list[tuple[str, str]], sources: list[Taken]) -> list[tuple[str, str]]:
    """The files among those of the context that one of the sources takes."""
    return [(path, full) for path, full in there if any(source.covers(path) for source in sources)]
