"""Places: where a variable is given a value, and where it is read."""

from __future__ import annotations

from msgspec import Struct

from dockwright.text import Site

GIVING: dict[str, str] = {
    "env file": "an entry of an env file",
    "example": "an entry of an example of an env file",
    "commented example": "a line like `# NAME=value` in an env file or an example",
    "environment": "`environment:` of a compose service, with a value",
    "build argument": "`build.args` of a compose service, with a value",
    "Dockerfile ENV": "an ENV, which the image keeps",
    "Dockerfile ARG": "an ARG with a default, which is there while the image is built",
    "workflow": "`env:` of a workflow, a job or a step",
    "make": "a variable that a Makefile exports, or gives to a command",
    "shell": "a variable that a script exports, or gives to a command",
}
"""The kinds of places that give a value."""

READING: dict[str, str] = {
    "interpolation": "`${NAME}` in a compose file, which Compose fills in",
    "env file interpolation": "`${NAME}` in an env file",
    "passed on": "`environment:`, `build.args` or an env file with the name alone: the caller's value goes through",
    "Dockerfile ARG": "an ARG without a default",
    "code": "the program itself",
}
"""The kinds of places that read one."""


class Place(Struct, frozen=True):
    """One place that gives a variable a value, or reads it.

    `kind` is a key of `GIVING` or `READING`; `what` says the same in words with the service, class or library that it
    is about, such as "environment of service app" or "pydantic-settings class Settings". `envs` are the environments
    that it belongs to, by what their stacks are called (`dev`, `prod`, `default`); empty where it belongs to all or to
    none. `required` is whether a reader fails without the variable, `wanted` whether nothing stands in for it (a bare
    `${NAME}` is then empty, and Compose warns), and `default` what the reader takes instead, which is left out where it
    may be a secret.
    """

    at: Site
    kind: str
    what: str
    envs: tuple[str, ...] = ()
    service: str | None = None
    required: bool = False
    wanted: bool = False
    default: str | None = None
