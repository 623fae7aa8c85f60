"""DW155: a secret that an image holds for everybody who can pull it."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.facts.secret_settings import credentials_in, sets_a_secret, stands_in
from dockwright.finding import Finding
from dockwright.project.images import Image, images
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Site


class SecretInSetting(Rule):
    """Keep secrets out of ENV and ARG

    ## What it finds

    An `ENV` that gives a password, token or key a value, an `ARG` that takes one, and a URL with a password in
    either. Values that plainly stand in for a secret (`ARG SECRET_KEY=dummy`) are left alone.

    ## Why it matters

    Both stay in the image: `docker history` and `docker inspect` show them to everybody who can pull it, and taking
    the line out again does not take the value out of what was pushed.

    ## How to mend it

    What the build needs comes as `RUN --mount=type=secret,id=token`, what the service needs comes when it is
    started: Compose's `secrets:`, an env file. A value that was ever committed or pushed has to be replaced.

    ## Fix safety

    There is no fix: where the secret is to come from is for a person to decide.

    ## Source

    Docker's documentation, «Build secrets»; BuildKit's check `SecretsUsedInArgOrEnv`.
    """

    code, name, severity = "DW155", "secret-in-setting", "error"
    equivalents = (
        "buildkit:SecretsUsedInArgOrEnv", "hadolint:DL3064", "trivy-checks:DS-0031", "dockle:CIS-DI-0010",
    )  # fmt: skip
    traps = (13,)
    invalid = (
        Example({"Dockerfile": "FROM python:3.13-slim\nENV ⟦SECRET_KEY⟧=dev-secret-key-change-me\nUSER 1000:1000\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nARG ⟦PIP_INDEX_TOKEN⟧\nENV A_TOKEN=$PIP_INDEX_TOKEN\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nENV ⟦DATABASE_URL⟧ postgres://shop:hunter2@db/shop\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nENV ⟦admin_password⟧=kn0wn-snowy-noon\n"}),
    )
    valid = (
        Example({"Dockerfile": "FROM python:3.13-slim\nENV SECRET_KEY_FILE=/run/secrets/key GPG_KEY=7169605F62C7\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nARG SECRET_KEY=dummy\nENV TOKENIZERS_PARALLELISM=false\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nARG SECRET_KEY=no-secret-here\nENV USE_TOKEN=no\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nENV DB_DSN=grpc://localhost:8086\n"}),
        Example({"Dockerfile": 'FROM python:3.13-slim\nENV SECRET_KEY=""\nENV DB=postgres://shop:$PASS@db/shop\n'}),
        Example({"Dockerfile": "FROM python:3.13-slim\nRUN --mount=type=secret,id=token,env=TOKEN pip install shop\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        seen: set[Site] = set()
        for image in images(project):
            for instruction in image.tree.instructions:
                inner = instruction.inner if isinstance(instruction, dockerfile.Onbuild) else instruction
                if isinstance(inner, (dockerfile.Env, dockerfile.Arg)):
                    for finding in self._of(image, inner):
                        if finding.at not in seen:
                            seen.add(finding.at)
                            yield finding

    def _of(self, image: Image, instruction: dockerfile.Env | dockerfile.Arg) -> Iterator[Finding]:
        arg = isinstance(instruction, dockerfile.Arg)
        for pair in instruction.pairs:
            name, value = pair.key.value, None if pair.value is None else pair.value.value
            if value is not None and credentials_in(value):
                said = f"{name} holds a password in its URL, and the image keeps it"
            elif not sets_a_secret(name) or (value is None and not arg) or (value is not None and stands_in(value)):
                continue
            elif arg:
                said = f"{name} is passed as a build argument, which the image's history keeps"
            else:
                said = f"{name} is set in the image: whoever pulls it can read it"
            advice = "take it from RUN --mount=type=secret" if arg else "give it to the container when it starts"
            yield self.found(Site(image.path, pair.key.span), said, advice=advice)
