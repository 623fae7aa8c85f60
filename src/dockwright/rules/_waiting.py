"""Which services wait for what they depend on by their own means, or do nothing that could need it."""

from __future__ import annotations

from dockwright.project.merged import Merged
from dockwright.text import Mapped, lazy_regex

# A container that sleeps is one to work in: whoever works in it starts the program, later.
_IDLE = lazy_regex(r"\bsleep (?:infinity|inf|\d{3,})\b|\btail -[fF] /dev/null\b")
# Scripts and programs that are known to wait, and what projects call their own.
_WAITS = lazy_regex(r"\bwait[-_]?for\b|\bwait[-_]?for[-_]\w|\bdockerize\b.* -wait\b|\bpg_isready\b|\bnc -z\b|/dev/tcp/")


def waits_by_itself(service: Merged) -> bool:
    """Whether a service's `entrypoint` or `command` only sleeps, or waits for others before it begins."""
    written = [
        written.text if isinstance(written, Mapped) else " ".join(word.value for word in written)
        for layer in service.layers
        for written in layer.command
    ]
    return any(_IDLE.search(text) or _WAITS.search(text) for text in written)
