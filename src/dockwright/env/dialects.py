"""Dialects: what each reader of an env file makes of it.

They agree on `NAME=value` of plain characters, and not on much else.

Sources: compose-go's `dotenv` package; docker/cli's `opts/file.go`, which Compose's `format: raw` follows;
POSIX.1-2024, XCU 2, «Shell Command Language»; GNU make's manual, «Setting Variables» and «Including Other Makefiles»;
python-dotenv's documentation and parser, which pydantic-settings and environs read their files with as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from msgspec import Struct

from dockwright.errors import DockwrightError
from dockwright.project.loader import LoadError
from dockwright.project.loader.environment import raw_values
from dockwright.syntax import dotenv, makefile, shell
from dockwright.text import Mapped, Source

COMPOSE, RAW, SHELL, MAKE, PYTHON = "Compose", "docker run", "the shell", "make", "python-dotenv"

READERS = (COMPOSE, RAW, SHELL, MAKE, PYTHON)
"""Compose's `env_file`, `--env-file` and `.env`; `docker run --env-file` and `format: raw`; a shell's `.` and `source`;
make's `include`; python-dotenv."""


class Reading(Struct, frozen=True):
    """What a reader makes of a file.

    `values` are the variables that it sets, None for one whose value hangs on commands or on the machine. `refused` is
    why it takes nothing from the file, or stops in it; `ignored` is whether it passes over a line that it cannot read.
    """

    values: Mapping[str, str | None]
    refused: str | None = None
    ignored: bool = False


def reading(reader: str, source: Source, environ: Mapping[str, str]) -> Reading:
    """What one of `READERS` makes of a file where these variables are set. Never raises."""
    return _READ[reader](source, environ)


# Compose and docker run


def _compose(source: Source, environ: Mapping[str, str]) -> Reading:
    file = dotenv.parse(source)
    if file.problems:
        return Reading({}, file.problems[0].message)
    try:
        return Reading(dotenv.values(file, environ))
    except DockwrightError as error:
        return Reading({}, error.message)


def _raw(source: Source, environ: Mapping[str, str]) -> Reading:
    try:
        return Reading(raw_values(source, environ.get))
    except LoadError as error:
        return Reading({}, error.message)


# The shell

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TILDE = re.compile(r"(?:^|:)~")
_RETURN = "\ue00d"
_TAKEN = ("-", ":-", "+", ":+", "")


def _shell(source: Source, environ: Mapping[str, str]) -> Reading:
    """POSIX sh: assignments that stand alone, and `export`; what a command would set cannot be told."""
    # A carriage return is a character like any other to the shells themselves.
    script = shell.parse(Mapped.whole(source.text.replace("\r", _RETURN)))
    if script.problems:
        return Reading({}, script.problems[0].message)
    values: dict[str, str | None] = {}
    runs = False
    for simple in script.commands:
        assigned = [(each.name, each.word) for each in simple.assignments]
        if simple.words:
            if simple.name == "export":
                assigned = [pair for word in simple.words[1:] if (pair := _exported(word)) is not None]
            elif any(_stays(word) for word in simple.words):
                runs = True
                continue
        alone = not simple.words or simple.name == "export"
        in_order = simple.operator in (None, ";", "\n") and not simple.enclosing and not simple.background
        for name, word in assigned:
            values[name] = _of_word(word, {**environ, **values}) if alone and in_order else None
    return Reading(values, ignored=runs)


def _stays(word: shell.Word) -> bool:
    """Whether a word is there whatever is set: expansions without quotes may leave nothing, not even a command."""
    return word.quoted or any(isinstance(part, shell.Literal) or part.quoted for part in word.parts)


def _exported(word: shell.Word) -> tuple[str, shell.Word] | None:
    name, equals, _ = word.prefix.partition("=")
    return (name, word.after(len(name) + 1)) if equals and _NAME.fullmatch(name) else None


def _of_word(word: shell.Word, known: Mapping[str, str | None]) -> str | None:
    """What a word comes to; None where that hangs on a command, on the home folder, or on more than a name."""
    texts: list[str] = []
    for part in word.parts:
        if isinstance(part, shell.Literal):
            if not part.quoted and _TILDE.search(part.text):
                return None
            texts.append(part.text)
            continue
        text = _of_expansion(part, known)
        if text is None:
            return None
        texts.append(text)
    return "".join(texts).replace(_RETURN, "\r")


def _of_expansion(part: shell.Expansion, known: Mapping[str, str | None]) -> str | None:
    if part.kind != "parameter" or part.prefix or part.operator not in _TAKEN or not (part.name or "").isidentifier():
        return None
    name = part.name or ""
    value = known.get(name, "")
    there = name in known and (value != "" or not part.operator.startswith(":"))
    sign = part.operator[-1:]
    if sign == "+" or (sign == "-" and not there):
        if sign == "+" and not there:
            return ""
        return "" if part.argument is None else _of_word(part.argument, known)
    return value


# make


def _make(source: Source, environ: Mapping[str, str]) -> Reading:
    """The variables that `include` brings, with the values that `export` hands on."""
    tree = makefile.parse(source)
    if tree.problems:
        return Reading({}, tree.problems[0].message)
    values: dict[str, str | None] = {}
    exported = {variable.name for variable in tree.variables if variable.export}
    for variable in tree.variables:
        if variable.name not in exported and not _NAME.fullmatch(variable.name):
            continue
        plain = not variable.conditions and not variable.define and variable.flavor in ("=", ":=", "::=", ":::=")
        values[variable.name] = _expanded(tree, variable.value, environ) if plain else None
    return Reading(values, ignored=bool(tree.rules))


_ODD_DOLLAR = re.compile(r"(?<!\$)(?:\$\$)*\$(?![\w$({])")


def _expanded(tree: makefile.Makefile, value: Mapped, environ: Mapping[str, str]) -> str | None:
    if _ODD_DOLLAR.search(value.text) or value.text.endswith("\\"):
        return None
    found = makefile.expand_for_shell(tree, value)
    texts, at = [], 0
    for start, end in sorted(found.opaque.items()):
        name = found.mapped.text[start:end].removeprefix("$")
        name = name[1:-1] if name[:1] in ("(", "{") else name
        if not name.isidentifier() or name in tree.definitions:
            return None
        texts += [found.mapped.text[at:start], environ.get(name, "")]
        at = end
    return "".join((*texts, found.mapped.text[at:]))


# python-dotenv

_LEADING = re.compile(r"\s*+(?:export[^\S\n]++)?")
_KEY = re.compile(r"(?:'([^']+)'|(?!')([^=#\s]+))[^\S\n]*+")
_VALUE = re.compile(
    r"=(?P<blank>[^\S\n]*+)(?:(?P<comment>#)|'(?P<single>(?:\\.|[^'\\])*+)'|\"(?P<double>(?:\\.|[^\"\\])*+)\""
    r"|(?P<plain>(?!['\"])[^\n]*))",
    re.S,
)
_END = re.compile(r"[^\S\n]*+(?:#[^\n]*)?(?:\n|\Z)")
_LINE = re.compile(r"[^\n]*\n?")
_BEHIND_BLANK = re.compile(r"\s#")
_ESCAPED = {"'": re.compile(r"\\([\\'])"), '"': re.compile(r"\\([\\'\"abfnrtv])")}
_CONTROLS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_USED = re.compile(r"\$\{(?P<name>[^}:]*)(?::-(?P<default>[^}]*))?\}")


def _python(source: Source, environ: Mapping[str, str]) -> Reading:
    """What `load_dotenv` sets where nothing is set yet; `${NAME}` is filled in from the process first."""
    values: dict[str, str] = {}
    text = source.text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    at, ignored = 0, False
    while at < len(text):
        at, name, value = _binding(text, at)
        if name is None:
            ignored = ignored or value is not None
        elif value is None:
            values.pop(name, None)
        else:
            values[name] = _filled_in(value, {**values, **environ})
    return Reading(values, ignored=ignored)


def _binding(text: str, start: int) -> tuple[int, str | None, str | None]:
    """Where the next line begins, and what this one sets; an empty value without a name for one it cannot read."""
    leading = _LEADING.match(text, start)
    at = leading.end() if leading else start
    if at == len(text):
        return at, None, None
    name = None
    if text[at] != "#":
        key = _KEY.match(text, at)
        if key is None:
            return _next_line(text, at), None, ""
        name, at = key[1] or key[2], key.end()
    value = None
    if text[at : at + 1] == "=" and name is not None:
        found = _VALUE.match(text, at)
        if found is not None and found["comment"] and not found["blank"]:
            found = _PLAIN.match(text, at)
        if found is None:
            return _next_line(text, at), None, ""
        value, at = _value(found), found.end() - bool(found.groupdict().get("comment"))
    end = _END.match(text, at)
    return (_next_line(text, at), None, "") if end is None else (end.end(), name, value)


_PLAIN = re.compile(r"=(?P<plain>[^\n]*)")


def _next_line(text: str, at: int) -> int:
    line = _LINE.match(text, at)
    return max(at + 1, line.end()) if line else at + 1


def _value(found: re.Match[str]) -> str:
    groups = found.groupdict()
    for quote, group in (("'", "single"), ('"', "double")):
        inside = groups.get(group)
        if inside is not None:
            return _ESCAPED[quote].sub(lambda escape: _CONTROLS.get(escape[1], escape[1]), inside)
    plain = groups["plain"]
    if plain is None:
        return ""
    comment = _BEHIND_BLANK.search(plain)
    return (plain if comment is None else plain[: comment.start()]).rstrip()


def _filled_in(value: str, known: Mapping[str, str]) -> str:
    return _USED.sub(lambda use: known.get(use["name"], use["default"] or ""), value)


_READ: Mapping[str, Callable[[Source, Mapping[str, str]], Reading]] = {
    COMPOSE: _compose,
    RAW: _raw,
    SHELL: _shell,
    MAKE: _make,
    PYTHON: _python,
}


# Where they disagree


class Disagreement(Struct, frozen=True):
    """How a reader takes an entry otherwise than Compose's `env_file`: what it does, and why. No value is told."""

    reader: str
    effect: str
    why: str


REFUSES = "refuses the file"
LEAVES_OUT = "does not set it"
OTHERWISE = "reads another value"
RUNS = "may read another value"


def disagreements(file: dotenv.EnvFile, entry: dotenv.Entry) -> tuple[Disagreement, ...]:
    """How the other readers take one entry of an env file otherwise than Compose does.

    Variables in the value count as set. A name alone, which sets nothing by itself, is left to its readers.
    """
    if entry.separator is None:
        return ()
    text = file.source.text
    line_end = text.find("\n", entry.span.end)
    end = len(text) if line_end < 0 else line_end + 1
    written = Source("", text[entry.span.start : end])
    environ = {name: f"value of {name}" for name in _NAMED.findall(entry.raw)}
    here = _compose(written, environ).values.get(entry.key)
    found = []
    for reader in READERS[1:]:
        there = reading(reader, written, environ)
        effect = _effect(there, entry.key, here)
        if effect is not None:
            found.append(Disagreement(reader, effect, _why(reader, entry, written.text)))
    return tuple(found)


_NAMED = re.compile(r"\$\{?([A-Za-z_]\w*)")


def _effect(there: Reading, name: str, here: str | None) -> str | None:
    if there.refused is not None:
        return REFUSES
    if name not in there.values:
        return LEAVES_OUT
    value = there.values[name]
    return RUNS if value is None else OTHERWISE if value != here else None


_BEHIND_SEPARATOR = re.compile(r"^[^=:]*[=:][ \t]")
_REST = re.compile(r"[ \t\r]*(?:#[^\n]*)?\n?")
_Feature = Callable[[dotenv.Entry, str], bool]
_FEATURES: Mapping[str, _Feature] = {
    "colon": lambda entry, _: entry.separator == ":",
    "name": lambda entry, _: not (entry.key.isidentifier() and entry.key.isascii()),
    "carriage return": lambda _, line: "\r" in line,
    "blank before": lambda entry, line: line[entry.key_span.end - entry.span.start :][:1] in (" ", "\t"),
    "blank behind": lambda entry, line: _BEHIND_SEPARATOR.search(line) is not None,
    "export": lambda entry, _: entry.export,
    "lines": lambda entry, _: "\n" in entry.raw,
    "rest": lambda entry, line: entry.quote is not None and _REST.fullmatch(line, _behind(entry)) is None,
    "single dollar": lambda entry, _: entry.quote == "'" and "$" in entry.raw,
    "dollar": lambda entry, _: "$" in entry.raw,
    "backquote": lambda entry, _: "`" in entry.raw,
    "hash": lambda entry, line: "#" in line,
    "backslash": lambda entry, _: "\\" in entry.raw,
    "quote": lambda entry, _: entry.quote is not None,
    "quotes inside": lambda entry, _: any(sign in entry.raw for sign in "\"'"),
    "operator": lambda entry, _: any(sign in entry.raw for sign in ";&|<>()"),
    "words": lambda entry, _: " " in entry.raw or "\t" in entry.raw,
    "tilde": lambda entry, _: "~" in entry.raw,
}


def _behind(entry: dotenv.Entry) -> int:
    return entry.value_span.end - entry.span.start


# For each reader, what a feature of the line does to it; the first that the line has is the reason.
_WHY: Mapping[str, tuple[tuple[str, str], ...]] = {
    RAW: (
        ("colon", "it knows NAME=value only"),
        ("export", "`export` counts as part of the name"),
        ("blank before", "a name must not end in a blank"),
        ("lines", "each line counts for itself"),
        ("quote", "quotes are kept as part of the value"),
        ("blank behind", "blanks behind the = are kept"),
        ("hash", "what follows a # is part of the value"),
        ("dollar", "nothing is filled in: $ stays"),
        ("carriage return", "only a line ending is cut off"),
        ("words", "blanks at the end are kept"),
    ),
    SHELL: (
        ("colon", "`NAME:` is a command to it"),
        ("name", "a name has letters, digits and _ only; anything else is a command"),
        ("blank before", "NAME before a blank is a command"),
        ("blank behind", "what follows a blank is a command, and NAME is set for that alone"),
        ("carriage return", "the carriage return is part of the value"),
        ("rest", "what follows the quote belongs to the value, or is a command"),
        ("backquote", "it runs what stands in backquotes"),
        ("single dollar", "single quotes end at the next one, whatever stands before it"),
        ("dollar", "it fills in $ by its own rules"),
        ("quote", "quotes and backslashes have the shell's meaning"),
        ("operator", "; & | < > ( ) end the word"),
        ("words", "the value ends at the first blank, and the next word is a command"),
        ("quotes inside", "quotes inside of the value are taken off"),
        ("backslash", "a backslash takes the meaning off the next character"),
        ("hash", "a # begins a comment behind white space only"),
        ("tilde", "~ becomes the home folder"),
    ),
    MAKE: (
        ("colon", "`NAME: value` is a rule to it"),
        ("lines", "a value ends with its line"),
        ("hash", "a # begins a comment wherever it stands, and blanks before it are kept"),
        ("quote", "quotes are kept as part of the value"),
        ("dollar", "$ begins a variable of make's, of one letter unless it stands in brackets; $$ is a $"),
        ("backslash", "a backslash at the end goes on with the next line"),
        ("carriage return", "the carriage return is part of the value"),
        ("words", "blanks at the end are kept"),
    ),
    PYTHON: (
        ("colon", "it knows NAME=value only"),
        ("name", "it takes the name to the letter"),
        ("rest", "nothing but a comment may follow a quote"),
        ("single dollar", "it fills in ${NAME} in single quotes, too"),
        ("dollar", "it fills in ${NAME} and ${NAME:-default} only; $NAME and $$ stay"),
        ("backslash", "it knows other escapes"),
        ("hash", "a # behind any white space begins a comment"),
        ("carriage return", "a carriage return ends the line"),
        ("lines", "line endings are kept"),
    ),
}


def _why(reader: str, entry: dotenv.Entry, line: str) -> str:
    for feature, why in _WHY[reader]:
        if _FEATURES[feature](entry, line):
            return why
    return "it reads the line by rules of its own"
