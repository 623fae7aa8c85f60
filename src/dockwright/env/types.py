"""Types of variables: what the code says, else what a default or a name lets guess, and whether a value fits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

TEXT, INTEGER, NUMBER, BOOLEAN = "text", "integer", "number", "boolean"
URL, EMAIL, PATH, LIST, CHOICE, JSON, UNKNOWN = "url", "email", "path", "list", "choice", "json", "unknown"

TYPES = (TEXT, INTEGER, NUMBER, BOOLEAN, URL, EMAIL, PATH, LIST, CHOICE, JSON, UNKNOWN)
"""Every type; `unknown` where nothing says anything."""

# What code calls types: annotations of settings classes, casts, and the methods of django-environ and environs.
_SAID: Mapping[str, str] = {
    "str": TEXT, "SecretStr": TEXT, "bytes": TEXT, "SecretBytes": TEXT, "unicode": TEXT, "UUID": TEXT, "uuid": TEXT,
    "UUID4": TEXT, "IPvAnyAddress": TEXT, "date": TEXT, "datetime": TEXT, "time": TEXT, "timedelta": TEXT,
    "log_level": TEXT, "ImportString": TEXT,
    "int": INTEGER, "PositiveInt": INTEGER, "NonNegativeInt": INTEGER, "conint": INTEGER, "StrictInt": INTEGER,
    "float": NUMBER, "Decimal": NUMBER, "decimal": NUMBER, "PositiveFloat": NUMBER, "NonNegativeFloat": NUMBER,
    "bool": BOOLEAN, "StrictBool": BOOLEAN, "strtobool": BOOLEAN,
    "AnyUrl": URL, "AnyHttpUrl": URL, "HttpUrl": URL, "PostgresDsn": URL, "RedisDsn": URL, "MySQLDsn": URL,
    "MariaDBDsn": URL, "AmqpDsn": URL, "MongoDsn": URL, "KafkaDsn": URL, "NatsDsn": URL, "ClickHouseDsn": URL,
    "CockroachDsn": URL, "SnowflakeDsn": URL, "WebsocketUrl": URL, "FtpUrl": URL, "FileUrl": URL,
    "AnyWebsocketUrl": URL,
    "url": URL, "db": URL, "db_url": URL, "cache": URL, "cache_url": URL, "email_url": URL, "search_url": URL,
    "channels": URL, "channels_url": URL, "dj_db_url": URL, "dj_email_url": URL, "dj_cache_url": URL, "URL": URL,
    "EmailStr": EMAIL, "NameEmail": EMAIL,
    "Path": PATH, "FilePath": PATH, "DirectoryPath": PATH, "NewPath": PATH, "path": PATH, "PurePath": PATH,
    "list": LIST, "List": LIST, "tuple": LIST, "Tuple": LIST, "set": LIST, "Set": LIST, "frozenset": LIST,
    "FrozenSet": LIST, "Sequence": LIST, "Csv": LIST, "CommaSeparatedStrings": LIST,
    "Literal": CHOICE, "Choices": CHOICE,
    "dict": JSON, "Dict": JSON, "Json": JSON, "json": JSON, "Mapping": JSON,
}  # fmt: skip
_HEAD = re.compile(r"\s*(?:\w+\.)*(\w+)")
_WRAPPED = re.compile(r"\s*(?:\w+\.)*(?:Optional|Annotated|Final|Union)\s*\[\s*(.*)", re.S)
_CHOICE = re.compile(r"""(['"])((?:(?!\1).)*)\1|(?<![\w'"])(-?\d+|True|False)(?![\w'"])""")
_LITERAL = re.compile(r"(?:\w+\.)*Literal\s*\[(.*?)\]", re.S)

_INTEGER = re.compile(r"[+-]?\d+")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:(?://)?\S+")
_EMAIL = re.compile(r"(?:[^<>]*<)?[^@\s<>]+@[^@\s<>]+>?")
BOOLEANS = frozenset({"true", "false", "yes", "no", "on", "off", "t", "f", "y", "n", "1", "0"})
"""What the libraries take for a truth value, in small letters."""
_PLAIN_WORDS = frozenset({"true", "false", "yes", "no", "on", "off"})
# What names promise; only where nothing else says it.
_NAMES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (r"(?:.*_)?(?:PORT|SECONDS|MINUTES|HOURS|DAYS|WORKERS|RETRIES|TTL)", INTEGER),
        (r"(?:.*_)?(?:URL|URI|DSN)", URL),
        (r"(?:.*_)?(?:EMAIL|EMAIL_FROM|FROM_EMAIL)", EMAIL),
        (r"(?:.*_)?(?:DEBUG|ENABLED)|(?:USE|ENABLE)_.*", BOOLEAN),
        (r".*_(?:PATH|DIR|DIRECTORY|FILE)", PATH),
    )
)


def from_code(said: str | None) -> tuple[str, tuple[str, ...]]:
    """The type that an annotation, a cast or a method's name means, and the choices of a `Literal`."""
    if said is None:
        return UNKNOWN, ()
    literal = _LITERAL.search(said)
    if literal is not None:
        return CHOICE, tuple(found[2] if found[1] else found[3] for found in _CHOICE.finditer(literal[1]))
    while wrapped := _WRAPPED.match(said):
        said = wrapped[1]
    parts = [part for part in said.split("|") if part.strip() not in ("None", "None]")]
    kinds = {_SAID.get(head[1], UNKNOWN) for part in parts if (head := _HEAD.match(part))}
    return (kinds.pop() if len(kinds) == 1 else TEXT if kinds else UNKNOWN), ()


def is_secret_type(said: str | None) -> bool:
    """Whether the code reads it as a secret: pydantic's SecretStr, SecretBytes and Secret[...]."""
    return said is not None and "Secret" in said


def from_value(value: str) -> str:
    """The type that a default lets guess; `unknown` for one that fits several."""
    if value.lower() in _PLAIN_WORDS:
        return BOOLEAN
    if _INTEGER.fullmatch(value):
        return INTEGER
    if _NUMBER.fullmatch(value):
        return NUMBER
    return URL if "://" in value and _URL.fullmatch(value) else UNKNOWN


def from_name(name: str) -> str:
    """The type that a name promises."""
    return next((kind for pattern, kind in _NAMES if pattern.fullmatch(name.upper())), UNKNOWN)


def agreed(kinds: Iterable[str]) -> str:
    """One type for what several readers say: the narrower one of number and integer, text where they do not agree."""
    known = {kind for kind in kinds if kind != UNKNOWN}
    if len(known) > 1:
        # Whoever reads a text asks nothing of it, and who checks the choices reads a text first.
        known.discard(TEXT)
    if known == {INTEGER, NUMBER}:
        return INTEGER
    return known.pop() if len(known) == 1 else TEXT if known else UNKNOWN


def fits(value: str, kind: str, choices: tuple[str, ...] = ()) -> bool:
    """Whether a value is of a type, as generously as any of the libraries reads it."""
    if kind == CHOICE:
        return not choices or value in choices
    test = _FITS.get(kind)
    return test is None or test(value.strip())


def _is_json(value: str) -> bool:
    import msgspec

    try:
        msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return False
    return True


_FITS: Mapping[str, Callable[[str], bool]] = {
    INTEGER: lambda value: _INTEGER.fullmatch(value.replace("_", "")) is not None,
    NUMBER: lambda value: _NUMBER.fullmatch(value.replace("_", "")) is not None,
    BOOLEAN: lambda value: value.lower() in BOOLEANS,
    URL: lambda value: _URL.fullmatch(value) is not None,
    EMAIL: lambda value: _EMAIL.fullmatch(value) is not None,
    JSON: _is_json,
}
