"""DW121: a user that is named where a number would do."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dockwright.facts.base_images import USERS, official
from dockwright.finding import Finding, Fix
from dockwright.project.build_steps import steps
from dockwright.project.images import Image
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.rules._shipped import production
from dockwright.syntax import dockerfile
from dockwright.text import Edit, Site, Span, lazy_regex

_MAKERS = frozenset({"useradd", "adduser"})
_NUMBER_OPTIONS = frozenset({"-u", "--uid", "-uid"})
# A build argument with the user's number, by its name.
_ARGUMENT = lazy_regex(r"(?:--uid=)?\"?(\$\{?\w*(?:UID|USER_ID)\w*\}?)\"?", re.I)


class UserByName(Rule):
    """Give the user as a number

    ## What it finds

    A production stage whose last `USER` is a name. Dockerfiles and stages for developers and tests are left alone.

    ## Why it matters

    Kubernetes' `runAsNonRoot` refuses to start a container whose user is a name: it cannot tell whether the name is
    root's. Bind mounts and volumes have numbers too, and a name hides which one it is.

    ## How to mend it

    Make the user with a fixed number, `useradd --uid 1000`, and write the number: `USER 1000:1000`.

    ## Fix safety

    Safe where the stage itself makes the user with a fixed number: the engine looks the number up in the image and
    takes the same user, group and home. Otherwise there is no fix.

    ## Source

    Kubernetes, «Configure a Security Context»: `runAsNonRoot`; Dockerfile reference, `USER`.
    """

    code, name, severity, consent = "DW121", "user-by-name", "info", "safe"
    equivalents = ("hadolint:DL3066",)
    traps = (9,)
    invalid = (
        Example(
            {"Dockerfile": "FROM python:3.13-slim\nRUN useradd --create-home --uid 1001 app\nUSER ⟦app⟧\n"},
            becomes={"Dockerfile": "FROM python:3.13-slim\nRUN useradd --create-home --uid 1001 app\nUSER 1001\n"},
        ),
        Example({"Dockerfile": "FROM python:3.13-slim\nRUN useradd --system app\nUSER ⟦app⟧\n"}),
        Example(
            {"Dockerfile": 'FROM python:3.13-slim\nARG UID=1000\nRUN useradd -u "${UID}" app\nUSER ⟦app⟧\n'},
        ),
        Example(
            {"Dockerfile": "FROM node:24-slim\nUSER ⟦node⟧\n"},
            becomes={"Dockerfile": "FROM node:24-slim\nUSER 1000\n"},
        ),
    )
    valid = (
        Example({"Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\n"}),
        Example({"tests/Dockerfile": "FROM python:3.13-slim\nRUN useradd app\nUSER app\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nARG UID=1000\nUSER ${UID}\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim AS build\nUSER app\n\nFROM python:3.13-slim\nUSER 1000\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        seen: set[tuple[str, Span]] = set()
        for image, stage in production(project):
            user = image.last(stage, dockerfile.User)
            if user is None or (image.path, user.value.span) in seen:
                continue
            name = user.value.value.partition(":")[0]
            # Root is another rule's; a variable may hold a number.
            if not name or name.isdigit() or name == "root" or "$" in name or "\\" in name:
                continue
            seen.add((image.path, user.value.span))
            made = _made(image, stage, name)
            number = made if made is not None and made.isdigit() else None
            yield self.found(
                Site(image.path, user.value.span),
                f"{name} is a name: runAsNonRoot needs a number",
                advice=_advice(image, stage, name, made),
                fix=_fix(image, user, name, number),
            )


def _advice(image: Image, stage: dockerfile.Stage, name: str, made: str | None) -> str:
    if made is not None:
        return f"write USER {made}"
    makes = any(call.program in _MAKERS and name in call.words for step in steps(image, stage) for call in step.calls)
    if makes:
        return "make the user with a fixed number, and write that"
    return f"write the number that `id -u {name}` says in the image"


def _made(image: Image, stage: dockerfile.Stage, name: str) -> str | None:
    """The number with which the stage, or its base image, makes a user, or the build argument that gives it.

    None where the number is not fixed.
    """
    number = USERS.get((official(image.base(stage)), name))
    found = None if number is None else str(number)
    for step in steps(image, stage):
        for call in step.calls:
            if call.program not in _MAKERS or name not in call.words:
                continue
            found = None
            for at, word in enumerate(call.words):
                option, equals, value = word.partition("=")
                if option in _NUMBER_OPTIONS:
                    given = value if equals else call.words[at + 1] if at + 1 < len(call.words) else ""
                    found = given if given.isascii() and given.isdigit() and "$" not in word else None
            # A build argument may give another number.
            if (
                found is not None
                and call.places is not None
                and not any(found in (each.value or "") for each in call.places)
            ):
                found = next((match[1] for each in call.places if (match := _ARGUMENT.fullmatch(each.text))), None)
        if any(call.program in ("usermod", "userdel", "deluser") for call in step.calls):
            found = None
    return found


def _fix(image: Image, user: dockerfile.User, name: str, number: str | None) -> Fix | None:
    if number is None or user.value.text != name:
        return None
    return Fix(f"write {name}'s number", (Edit(image.path, user.value.span, number),))
