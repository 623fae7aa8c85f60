"""DW157: a password that is written into a RUN."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.facts.secret_settings import credentials_in, stands_in
from dockwright.finding import Finding
from dockwright.project.model import Project
from dockwright.project.runs import Step, runs
from dockwright.rule import Example, Rule
from dockwright.syntax import shell

# The options that take a password, or a user with one, by program.
_OPTIONS = {
    "curl": frozenset({"-u", "--user", "--proxy-user"}),
    "wget": frozenset({"--password", "--http-password", "--ftp-password"}),
    "useradd": frozenset({"-p", "--password"}),
    "usermod": frozenset({"-p", "--password"}),
    "svn": frozenset({"--password"}),
    "docker": frozenset({"--password"}),
}


class SecretInCommand(Rule):
    """Write no passwords into RUN

    ## What it finds

    A password that stands in a `RUN`: in a URL (`https://user:password@host`), as the value of `curl --user` and its
    like, or given to `chpasswd`.

    ## Why it matters

    The command is part of the image: `docker history --no-trunc` shows it to everybody who can pull it, and git
    keeps it as well. An account whose password everybody knows is a way in.

    ## How to mend it

    Read it from `RUN --mount=type=secret,id=token`. An account in an image needs no password at all.

    ## Fix safety

    There is no fix: where the secret is to come from is for a person to decide.

    ## Source

    Docker's documentation, «Build secrets».
    """

    code, name, severity = "DW157", "secret-in-command", "error"
    equivalents = ("checkov:CKV2_DOCKER_17",)
    traps = (13,)
    invalid = (
        Example(
            {"Dockerfile": "FROM python:3.13\nRUN pip install --index-url ⟦https://ci:hunter2@pypi.corp/x⟧ shop\n"}
        ),
        Example({"Dockerfile": "FROM python:3.13\nRUN echo 'root:hunter2' | ⟦chpasswd⟧\n"}),
        Example({"Dockerfile": "FROM python:3.13\nRUN curl -fsS -u ⟦ci:hunter2⟧ https://files.corp/x -o /x\n"}),
    )
    valid = (
        Example({"Dockerfile": 'FROM python:3.13\nRUN pip install --index-url "https://ci:$TOKEN@pypi.corp/x" shop\n'}),
        Example({"Dockerfile": "FROM python:3.13\nRUN SECRET_KEY=x python manage.py collectstatic\n"}),
        Example({"Dockerfile": "FROM python:3.13\nRUN --mount=type=secret,id=p chpasswd < /run/secrets/p\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for step in runs(project):
            for simple in step.commands:
                for word, said in _passwords(step, simple):
                    yield self.found(
                        step.site(word.span), said, advice="take it from RUN --mount=type=secret, and replace it"
                    )


def _passwords(step: Step, simple: shell.Simple) -> Iterator[tuple[shell.Word, str]]:
    if simple.name == "chpasswd" and simple.operator in ("|", "|&") and _said_before(step, simple):
        yield simple.words[0], "the password of an account is written into the image"
    takes = _OPTIONS.get(simple.name or "", frozenset())
    for option in shell.options(simple.arguments, takes) if takes else ():
        if option.name not in takes or option.value is None:
            continue
        # curl takes `user:password`, the others the password alone.
        said = option.value.value or ""
        password = said.partition(":")[2] if simple.name == "curl" else said
        if password and not stands_in(password):
            yield option.value, f"a password is written into the image's history, for {simple.name}"
    for word in simple.arguments:
        if "://" in word.text and credentials_in(word.text.strip("\"'")):
            yield word, "a password is written into a URL, which the image's history keeps"


def _said_before(step: Step, simple: shell.Simple) -> bool:
    """Whether what is piped in is written out here, and is neither a variable nor a mounted secret."""
    before = [each for each in step.commands if each.end <= simple.start]
    return (
        bool(before)
        and before[-1].name in ("echo", "printf")
        and all(word.value is not None for word in before[-1].words)
    )
