"""The schema: every variable of a project, with its type, its default, who gives it a value and who reads it.

Names, types and places. Values are not kept, but for the defaults and choices of what is no secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from msgspec import Struct, structs

from dockwright.env.places import Place
from dockwright.env.shown import FEWEST
from dockwright.env.sources import Claim, claims
from dockwright.env.types import CHOICE, UNKNOWN, agreed, from_name
from dockwright.facts.host_variables import HOST_VARIABLES
from dockwright.facts.secret_settings import sets_a_secret
from dockwright.project.model import Project, view

_WRITTEN_FOR_PEOPLE = ("env file", "example", "commented example", "environment", "interpolation")


class Variable(Struct, frozen=True):
    """One variable.

    `type` is one of `types.TYPES`, and `typed` whether the code says so; else it is a guess by defaults and names.
    `required` is whether some reader fails without it, and `wanted` whether somewhere nothing stands in for it.
    `default` is what the readers take instead where they agree, None for a secret. `choices` are the values that it may
    have, where the code lists them. `description` is what a comment in an env file or the code says of it.
    """

    name: str
    type: str
    typed: bool
    default: str | None
    required: bool
    wanted: bool
    secret: bool
    description: str
    defined: tuple[Place, ...]
    read: tuple[Place, ...]
    choices: tuple[str, ...] = ()

    @property
    def documented(self) -> bool:
        """Whether an example names it."""
        return any(place.kind in ("example", "commented example") for place in self.defined)

    def given_by(self, *kinds: str) -> tuple[Place, ...]:
        """The places of these kinds that give it a value."""
        return tuple(place for place in self.defined if place.kind in kinds)

    def read_by(self, *kinds: str) -> tuple[Place, ...]:
        """The places of these kinds that read it."""
        return tuple(place for place in self.read if place.kind in kinds)


class Schema(Struct, frozen=True, dict=True):
    """Every variable of a project, by name, sorted."""

    variables: Mapping[str, Variable]

    def get(self, name: str) -> Variable | None:
        """A variable by its name."""
        return self.variables.get(name)

    @cached_property
    def secrets(self) -> frozenset[str]:
        """The names of the variables that hold secrets."""
        return frozenset(name for name, each in self.variables.items() if each.secret)


@view
def schema(project: Project) -> Schema:
    """The variables of a project, out of every file that names one; nothing is executed.

    What the host sets by itself, such as HOME, is left out unless a file that people write for the stack names it.
    """
    found: dict[str, list[Claim]] = {}
    for claim in claims(project):
        found.setdefault(claim.name, []).append(claim)
    hidden = _secret_values(project, {name for name, said in found.items() if _is_secret(name, said)})
    return Schema(
        {
            name: _variable(name, said, hidden)
            for name, said in sorted(found.items())
            if name not in HOST_VARIABLES or any(each.gives and each.place.kind in _WRITTEN_FOR_PEOPLE for each in said)
        }
    )


def _is_secret(name: str, said: Iterable[Claim]) -> bool:
    return sets_a_secret(name) or any(claim.secret for claim in said)


def _secret_values(project: Project, names: set[str]) -> tuple[str, ...]:
    """What the env files give the secrets: what holds one of these is not told, be it a default or a comment."""
    found = {
        entry.value.text
        for file in project.env_files.values()
        for entry in (*file.entries, *file.commented)
        if entry.key in names
    }
    return tuple(value for value in found if len(value) >= FEWEST)


def _variable(name: str, said: list[Claim], hidden: tuple[str, ...]) -> Variable:
    def harmless(text: str | None) -> bool:
        return text is not None and not any(value in text for value in hidden)

    secret = _is_secret(name, said)
    typed = [claim for claim in said if claim.said]
    kind = agreed(claim.type for claim in typed or said)
    if kind == UNKNOWN:
        kind = from_name(name)
    choices = (
        dict.fromkeys(choice for claim in said for choice in claim.choices if harmless(choice))
        if kind == CHOICE
        else {}
    )
    reading = [claim.place for claim in said if not claim.gives]
    if secret:
        reading = [_without_default(place) for place in reading]
    reading = [place if harmless(place.default) else _without_default(place) for place in reading]
    defaults = {place.default for place in reading if place.default is not None}
    return Variable(
        name,
        kind,
        bool(typed),
        defaults.pop() if len(defaults) == 1 else None,
        any(place.required for place in reading),
        any(place.wanted for place in reading),
        secret,
        next((claim.description for claim in said if claim.description and harmless(claim.description)), ""),
        _sorted(_without_default(claim.place) for claim in said if claim.gives),
        _sorted(reading),
        tuple(choices),
    )


def _sorted(places: Iterable[Place]) -> tuple[Place, ...]:
    return tuple(sorted(dict.fromkeys(places), key=lambda place: (place.at, place.kind, place.what)))


def _without_default(place: Place) -> Place:
    return place if place.default is None else structs.replace(place, default=None)
