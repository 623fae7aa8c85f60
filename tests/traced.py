"""Generated stacks whose variables take every way that there is into a container."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from hypothesis import strategies as st

NAMES = ("A", "B", "C")

plain = st.sampled_from(("", "v", "two words", "x=y", "1", "a#b", "true", "\u00e9"))
texts = st.sampled_from(("", "v", "$A", "${B}", "${C:-d}", "${C-d}", "${A:+x}", "${B:-${A}}", "a$$b", "pre-${A}-post"))
in_files = st.one_of(
    plain,
    st.sampled_from(("v # why", "v#w", '"q w"', "'$A'", '"$A"', "${A}", "${B:-d}", "$$A", '"a\\nb"', " # c", "'it'")),
)
lines = st.one_of(
    st.builds("{}={}".format, st.sampled_from(NAMES), in_files),
    st.builds("{}={}".format, st.sampled_from(NAMES), in_files),
    st.sampled_from(("A", "export B=e", "# A=1", "", "C: colon", "B = blanks")),
)
env_file_texts = st.lists(lines, max_size=5).map(lambda each: "".join(f"{line}\n" for line in each))
given_values = st.one_of(st.none(), plain, texts)


class Traced(NamedTuple):
    """Files of a project, the variables of the shell that calls Compose in it, and the services' names."""

    files: Mapping[str, str]
    environ: Mapping[str, str]
    services: tuple[str, ...]


@st.composite
def services(draw: st.DrawFn, image: str, more: str) -> str:
    """A service's body."""
    body = f"    image: {image}\n{more}"
    entries = draw(st.lists(st.sampled_from(("one.env", "two.env", "gone.env")), max_size=3, unique=True))
    if entries:
        body += "    env_file:\n"
        for path in entries:
            body += f"      - path: ./{path}\n"
            if path == "gone.env":
                body += "        required: false\n"
            elif draw(st.integers(0, 4)) == 0:
                body += "        format: raw\n"
    as_map = draw(st.booleans())
    given = draw(st.dictionaries(st.sampled_from(NAMES), given_values, max_size=3))
    if given and as_map:
        body += "    environment:\n"
        for name, value in given.items():
            body += f"      {name}:{'' if value is None else f' {quoted(value)}'}\n"
    elif given:
        body += "    environment:\n"
        for name, value in given.items():
            body += f"      - {quoted(name if value is None else f'{name}={value}')}\n"
    return body


def quoted(text: str) -> str:
    """A text as a YAML scalar."""
    return "'" + text.replace("'", "''") + "'"


@st.composite
def projects(draw: st.DrawFn, image: str = "x", more: str = "", most: int = 4) -> Traced:
    """A project of one stack, called by its Makefile with or without env files of its own."""
    count = draw(st.integers(1, most))
    names = tuple(f"s{number}" for number in range(count))
    compose = "name: traced\nservices:\n" + "".join(f"  {name}:\n{draw(services(image, more))}" for name in names)
    files = {
        "compose.yaml": compose,
        "one.env": draw(env_file_texts),
        "two.env": draw(env_file_texts),
        "first.env": draw(env_file_texts),
        "second.env": draw(env_file_texts),
    }
    passed = draw(st.sampled_from(((), (), ("first.env",), ("first.env", "second.env"))))
    options = "".join(f" --env-file {path}" for path in passed)
    files["Makefile"] = f".PHONY: up\nup:\n\tdocker compose -f compose.yaml{options} up -d\n"
    if draw(st.booleans()):
        files[".env"] = draw(env_file_texts)
    environ = draw(st.dictionaries(st.sampled_from(NAMES), plain, max_size=2))
    return Traced(files, environ, names)
