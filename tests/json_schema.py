"""As much of JSON Schema as the schemas here use; a keyword that it does not know is an error, never passed over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "integer": int,
    "number": (int, float),
}  # fmt: skip
SAYS_NOTHING = {
    "$schema",
    "$id",
    "id",
    "title",
    "description",
    "default",
    "definitions",
    "$defs",
    "$comment",
    "writeOnly",
}
FORMATS = {
    "email": r"[^@\s]+@[^@\s]+",
    "uri": r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]*",
    "uri-reference": r"[!-~]*",
    "date-time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)",
}


def problems(value: Any, schema: dict[str, Any], root: dict[str, Any] | None = None, at: str = "$") -> Iterator[str]:
    """Each way in which a value is not what a schema says."""
    root = schema if root is None else root
    if "$ref" in schema:
        yield from problems(value, referred(root, schema["$ref"]), root, at)
        return
    for keyword, wanted in schema.items():
        match keyword:
            case "type":
                names = [wanted] if isinstance(wanted, str) else wanted
                if not any(is_a(value, name) for name in names):
                    yield f"{at}: {value!r} is no {wanted}"
            case "enum":
                if value not in wanted:
                    yield f"{at}: {value!r} is none of {wanted}"
            case "required":
                yield from (f"{at}: no {name}" for name in wanted if isinstance(value, dict) and name not in value)
            case "properties" if isinstance(value, dict):
                for name, inner in wanted.items():
                    if name in value:
                        yield from problems(value[name], inner, root, f"{at}.{name}")
            case "additionalProperties" if isinstance(value, dict):
                for name in value.keys() - schema.get("properties", {}).keys():
                    if wanted is False:
                        yield f"{at}: {name} is not allowed"
                    elif isinstance(wanted, dict):
                        yield from problems(value[name], wanted, root, f"{at}.{name}")
            case "items" if isinstance(value, list):
                for number, element in enumerate(value):
                    yield from problems(element, wanted, root, f"{at}[{number}]")
            case "minItems" if isinstance(value, list) and len(value) < wanted:
                yield f"{at}: fewer than {wanted}"
            case "uniqueItems" if wanted and isinstance(value, list) and any(value.count(one) > 1 for one in value):
                yield f"{at}: not unique"
            case "minimum" if is_a(value, "number") and value < wanted:
                yield f"{at}: below {wanted}"
            case "maximum" if is_a(value, "number") and value > wanted:
                yield f"{at}: above {wanted}"
            case "pattern" if isinstance(value, str) and not re.search(wanted, value):
                yield f"{at}: {value!r} is not like {wanted}"
            case "format" if isinstance(value, str) and not re.fullmatch(FORMATS[wanted], value):
                yield f"{at}: {value!r} is no {wanted}"
            case "anyOf" | "oneOf":
                fitting = sum(not list(problems(value, one, root, at)) for one in wanted)
                if fitting == 0 or (keyword == "oneOf" and fitting > 1):
                    yield f"{at}: {fitting} of {keyword} fit"
            case "properties" | "additionalProperties" | "items" | "minItems" | "uniqueItems":
                pass
            case "minimum" | "maximum" | "pattern" | "format":
                pass
            case _:
                assert keyword in SAYS_NOTHING, f"unknown keyword {keyword}"


def is_a(value: Any, name: str) -> bool:
    return isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def referred(root: dict[str, Any], reference: str) -> dict[str, Any]:
    assert reference.startswith("#/")
    found: Any = root
    for step in reference[2:].split("/"):
        found = found[step]
    assert isinstance(found, dict)
    return found
