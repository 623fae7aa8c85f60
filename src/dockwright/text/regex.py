"""lazy_regex: a regular expression that is compiled when it is first used."""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast


class _LazyRegex:
    def __init__(self, pattern: str | bytes, flags: int):
        self.pattern = pattern
        self.flags = flags

    def __getattr__(self, name: str) -> Any:
        # Python asks here only for what the object does not have yet: the next time costs nothing.
        found = getattr(re.compile(self.pattern, self.flags), name)
        setattr(self, name, found)
        return found


def lazy_regex(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """What `re.compile` gives, without its price at import, which is 0.1 ms and more for each.

    A mistake in the pattern is raised at its first use.
    """
    return cast("re.Pattern[AnyStr]", _LazyRegex(pattern, flags))
