"""DW168: a download whose certificate or signature nobody checks."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.facts.verification import SETTINGS, SWITCHES, VARIABLES
from dockwright.finding import Finding
from dockwright.project.images import images
from dockwright.project.model import Project
from dockwright.project.runs import runs
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile, shell
from dockwright.text import Site, Span


class VerificationOff(Rule):
    """Let downloads be checked

    ## What it finds

    An option, a variable or a setting that switches off the check of certificates or signatures: `curl --insecure`,
    `wget --no-check-certificate`, `pip --trusted-host`, `apt-get --allow-unauthenticated`, `apk --allow-untrusted`,
    `yum --nogpgcheck`, `ENV PYTHONHTTPSVERIFY=0`, `npm config set strict-ssl false` and their like. Requests to the
    container itself are fine.

    ## Why it matters

    Whoever stands between the build and the server decides what is installed, and it runs with all rights of the
    service afterwards. A variable in the image does the same to the running application.

    ## How to mend it

    Install the certificate of your own authority, or the repository's key, and take the switch out. For a file, check
    its sum.

    ## Fix safety

    There is no fix: without the switch the build may fail until the certificate is there.

    ## Source

    CWE-295, «Improper Certificate Validation»; curl(1), `--insecure`; apt-secure(8); pip's documentation,
    `--trusted-host`.
    """

    code, name, severity = "DW168", "verification-off", "warning"
    equivalents = (
        "checkov:CKV2_DOCKER_2", "checkov:CKV2_DOCKER_3", "checkov:CKV2_DOCKER_4", "checkov:CKV2_DOCKER_5",
        "checkov:CKV2_DOCKER_6", "checkov:CKV2_DOCKER_7", "checkov:CKV2_DOCKER_8", "checkov:CKV2_DOCKER_9",
        "checkov:CKV2_DOCKER_10", "checkov:CKV2_DOCKER_11", "checkov:CKV2_DOCKER_12", "checkov:CKV2_DOCKER_13",
        "checkov:CKV2_DOCKER_14", "checkov:CKV2_DOCKER_15", "checkov:CKV2_DOCKER_16",
    )  # fmt: skip
    invalid = (
        Example({"Dockerfile": "FROM debian:13\nRUN curl ⟦-fsSLk⟧ https://example.com/x | sh\n"}),
        Example({"Dockerfile": "FROM python:3.13\nENV ⟦PYTHONHTTPSVERIFY=0⟧ A=b\n"}),
        Example({"Dockerfile": "FROM python:3.13\nRUN pip install ⟦--trusted-host⟧ packages.example.com shop==1\n"}),
        Example({"Dockerfile": "FROM node:24\nRUN npm config set ⟦strict-ssl⟧ false\n"}),
        Example({"Dockerfile": "FROM node:24\nRUN ⟦GIT_SSL_NO_VERIFY=0⟧ git clone https://example.com/x\n"}),
        Example(
            {
                "Dockerfile": "FROM fedora:43\nRUN dnf-config-manager --save ⟦--setopt=extra.sslverify=0⟧\n"
                "RUN dnf --setopt ⟦'sslverify'=False⟧ -y upgrade openssl\n"
                "RUN git -c ⟦http.sslVerify=no⟧ clone https://example.com/x\n"
            }
        ),
    )
    valid = (
        Example(
            {"Dockerfile": "FROM debian:13\nRUN curl -fsSL https://example.com/x -o x && curl -k https://localhost/\n"}
        ),
        Example({"Dockerfile": "FROM python:3.13\nENV PYTHONHTTPSVERIFY=1\nRUN pip install shop==1\n"}),
        Example({"Dockerfile": "FROM node:24\nRUN npm config set strict-ssl true && npm install strict-ssl false\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for step in runs(project):
            for simple in step.commands:
                for span, said in _switched_off(simple):
                    yield self.found(step.site(span), said, advice="install the certificate or key, and take this out")
        seen: set[Site] = set()
        for image in images(project):
            for instruction in image.tree.instructions:
                for pair in instruction.pairs if isinstance(instruction, (dockerfile.Env, dockerfile.Arg)) else ():
                    value = None if pair.value is None else pair.value.value
                    at = Site(image.path, pair.span)
                    if value and _is_off(pair.key.value, value) and at not in seen:
                        seen.add(at)
                        yield self.found(
                            at,
                            f"{pair.key.value} switches the check of certificates off, for the application too",
                            advice="install the certificate, and take the variable out",
                        )


def _switched_off(simple: shell.Simple) -> Iterator[tuple[Span, str]]:
    if any("://localhost" in word.text or "://127.0.0.1" in word.text for word in simple.arguments):
        return
    called = simple.name
    for switch in SWITCHES:
        if called in switch.programs:
            for option in shell.options(simple.arguments):
                if option.name in switch.options:
                    yield option.word.span, f"{called} does not check {switch.what}"
    for each in simple.assignments:
        if each.word.value and _is_off(each.name, each.word.value):
            yield simple.mapped.span(simple.start, each.word.end), f"{each.name} switches the check of certificates off"
    if simple.name == "export":
        for word in simple.arguments:
            name, _, value = (word.value or "").partition("=")
            if value and _is_off(name, value):
                yield word.span, f"{name} switches the check of certificates off"
    said = [(word.value or word.text).lower() for word in simple.arguments]
    for setting in SETTINGS:
        for number, text in enumerate(said if called in setting.programs else ()):
            key, equals, value = text.rpartition("=")
            if not equals:
                key, value = text, next(iter(said[number + 1 :]), "")
            meant = text.startswith("-") or not setting.after.isdisjoint(said[:number])
            if meant and key.endswith(setting.key) and value in setting.values:
                yield simple.arguments[number].span, f"{called} is told not to check certificates"


def _is_off(name: str, value: str) -> bool:
    if name not in VARIABLES:
        return False
    values = VARIABLES[name]
    return values is None or value.lower() in values
