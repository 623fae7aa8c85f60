"""JSON with comments and trailing commas (devcontainer.json), as YAML nodes with exact spans.

JSON is YAML in flow style, but for its comments, tabs as indentation and escapes of surrogate pairs. What is
left (a raw U+2028 in a string, a colon on the line below its key) no file of the kind has.
"""

from __future__ import annotations

import re

from dockwright.syntax.yaml_nodes import YamlFile
from dockwright.syntax.yaml_parse import parse_text
from dockwright.text import Source, lazy_regex

_TOKEN = lazy_regex(r'"(?:[^"\\\r\n]|\\.)*"?|//[^\r\n]*|/\*(?s:.)*?(?:\*/|\Z)|\t')
_PAIR = lazy_regex(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_NOT_BREAK = lazy_regex(r"[^\r\n]")


def parse(source: Source) -> YamlFile:
    """A JSON file's tree and problems, as `yaml.parse` gives them. Never raises."""
    return parse_text(source, _TOKEN.sub(_as_yaml, source.text))


def _as_yaml(found: re.Match[str]) -> str:
    """A comment or tab as blanks; a string with its surrogates named as a character that YAML knows."""
    token = found[0]
    if token.startswith('"'):
        return _PAIR.sub(r"\\ufffd", token) if "\\u" in token else token
    return _NOT_BREAK.sub(" ", token)
