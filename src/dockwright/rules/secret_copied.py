"""DW156: a key or an env file of the machine that builds, copied into the image."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename

from dockwright.facts.secret_settings import is_secret_file
from dockwright.finding import Finding
from dockwright.project.images import Image, images
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Site


class SecretCopied(Rule):
    """Copy no keys and env files into an image

    ## What it finds

    A `COPY` or `ADD` that names a private key, an env file or a file with passwords that is not in the repository,
    in a stage that the image is made of: it lies on the machine that builds. Examples (`.env.example`) and public
    keys are fine; files that are in the repository have a rule of their own.

    ## Why it matters

    The file is in a layer for everybody who can pull the image, even where a later `RUN rm` takes it away.

    ## How to mend it

    Mount it where it is needed: `RUN --mount=type=secret,id=key,target=/run/secrets/key` in the build, `secrets:`
    or `env_file:` of the compose file at run time. Then leave it out in the ignore file.

    ## Fix safety

    There is no fix: whoever reads the file has to be told where it is from now on.

    ## Source

    Docker's documentation, «Build secrets».
    """

    code, name, severity = "DW156", "secret-copied", "error"
    equivalents = ("dockle:CIS-DI-0010",)
    traps = (13,)
    invalid = (
        Example({"Dockerfile": "FROM python:3.13-slim\nCOPY ⟦certs/key.pem⟧ certs/cert.pem /certs/\nUSER 1000:1000\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nCOPY ⟦.env.prod⟧ /app/.env\nUSER 1000:1000\n"}),
    )
    valid = (
        Example({"Dockerfile": "FROM python:3.13-slim\nCOPY .env.example keys/public.key certs/cert.pem /app/\n"}),
        Example(
            {"Dockerfile": "FROM python:3.13-slim\nCOPY .env /app/.env\nUSER 1000:1000\n", ".env": "LOG_LEVEL=info\n"}
        ),
        Example({"Dockerfile": "FROM python:3.13 AS a\nCOPY id_rsa /\nFROM python:3.13\nCOPY --from=a /x /x\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        seen: set[Site] = set()
        for image in images(project):
            for stage in {each.index: each for last in image.shipped for each in image.lineage(last)}.values():
                for instruction in stage.of(dockerfile.Copy, dockerfile.Add):
                    for word in () if instruction.from_ is not None else instruction.sources:
                        at = Site(image.path, word.span)
                        if at not in seen and _is_secret(project, image, word.value):
                            seen.add(at)
                            yield self.found(
                                at,
                                f"{word.value} is baked into the image",
                                advice="mount it as a secret, and leave it out of the build context",
                            )


def _is_secret(project: Project, image: Image, written: str) -> bool:
    name = basename(written.rstrip("/"))
    if "://" in written or not is_secret_file(name):
        return False
    return not project.exists(join(image.context, written.lstrip("/").rstrip("/")))
