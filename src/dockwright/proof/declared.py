"""What a plan says of an image by what it changes: who made which difference, and what the difference may be."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class Use(Struct, frozen=True):
    """A service that runs the image: the words of its own entry point and command, None where the image's count.

    `migrated` is whether a service of its stack migrates the database in the plan, so that it need not.
    """

    service: str
    entrypoint_before: tuple[str, ...] | None = None
    command_before: tuple[str, ...] | None = None
    entrypoint_after: tuple[str, ...] | None = None
    command_after: tuple[str, ...] | None = None
    migrated: bool = False


class Declared(Struct, frozen=True):
    """What is known of one image's two builds.

    `owners` are the steps and rules whose patches changed what decides an aspect of the image: `user`, `command`,
    `environment`, `ports`, `base`, `distributions`, `lock`, `packages`, `files`. `uses` are the services that run it,
    none where it is run by itself; `migrated` is whether any stack migrates the database then. `production` is whether
    nobody develops or tests in it, `mounted` where each of the services mounts something in the plan.

    `locked` are the versions in the lock that the plan leaves, of each distribution; `development` those distributions
    that are in development groups alone, `conditional` those that hang on a marker, `own` the project itself. `pinned`
    are the versions that the project named before.

    `gone`, `written`, `there` and `before_there` speak of files by their path in the context: how a file that was moved
    or deleted is taken away and by whom, what a changed one becomes and who changed it, and all that are there in the
    plan and before it. `settings` are the variables that either Dockerfile sets, `named` the words of the former one,
    `spoken` those of the services' commands and health checks in the plan.
    """

    owners: Mapping[str, tuple[str, ...]] = {}
    uses: tuple[Use, ...] = ()
    migrated: bool = False
    production: bool = True
    mounted: frozenset[str] = frozenset()
    locked: Mapping[str, frozenset[str]] = {}
    development: frozenset[str] = frozenset()
    conditional: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    pinned: Mapping[str, frozenset[str]] = {}
    gone: Mapping[str, tuple[str, str]] = {}
    written: Mapping[str, tuple[str, str]] = {}
    there: frozenset[str] = frozenset()
    before_there: frozenset[str] = frozenset()
    settings: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    spoken: frozenset[str] = frozenset()

    @property
    def starts(self) -> tuple[Use, ...]:
        """How the image is started: by its services, else by itself."""
        return self.uses or (Use("", migrated=self.migrated),)

    def owner(self, *aspects: str) -> str | None:
        """Who changed one of these aspects, the first that anybody changed; None where nobody did."""
        return next((", ".join(self.owners[each]) for each in aspects if self.owners.get(each)), None)
