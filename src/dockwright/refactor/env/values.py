"""Values for examples: what works on a developer's machine and is plainly no secret; in production nothing does."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.facts.placeholders import stand_in
from dockwright.facts.secret_names import holds_credentials
from dockwright.facts.secret_settings import sets_a_secret
from dockwright.syntax import dotenv
from dockwright.text import Edit, Span


def without_secrets(file: dotenv.EnvFile, environment: str, *, filled: bool) -> Iterator[Edit]:
    """Edits that put stand-ins for the secrets that are `filled` in, and leave out what only a shell reads.

    Production's have none, so that nothing can be taken for a value.
    """
    for entry in file.entries:
        secret = sets_a_secret(entry.key) or holds_credentials(entry.value.text)
        if secret and entry.value.text and (filled or environment == "prod"):
            yield Edit(file.source.path, entry.value_span, stand_in(entry.key, environment))
        if entry.export and filled:
            yield Edit(file.source.path, Span(entry.span.start, entry.key_span.start), "")
