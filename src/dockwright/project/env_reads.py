"""Which environment variables the project's Python code reads, and whether it does without them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, structs

from dockwright.facts.secret_names import holds_credentials, names_a_secret
from dockwright.project.modules import definition, in_tests, python_files
from dockwright.syntax import python_code
from dockwright.syntax.python_code import Parse, PythonFile
from dockwright.text import Source, Span

if TYPE_CHECKING:
    import ast


class EnvRead(Struct, frozen=True):
    """One place where code reads an environment variable.

    `span` is the variable's name where it stands as text, the field's name in a settings class. `required`: the
    program fails without it. `default` is the constant used without it; it is left out where it may be a secret.
    `type` is what the value is read as, in the code's own words; an enumeration of the project is spelled out as a
    Literal. `via` is how: `os.environ`, `pydantic-settings`, ... `owner` is the settings class whose field it is, and
    `description` what the field says of itself.
    """

    name: str
    path: str
    span: Span
    required: bool
    default: str | None
    type: str | None
    via: str
    in_tests: bool
    owner: str | None = None
    description: str | None = None


class _Reader(NamedTuple):
    """How a library's reading object is called: the positions of the default and of the type in `reader("X", ...)`.

    `method_default` is the default's position in `reader.bool("X", ...)`; None where it has no such methods.
    """

    via: str
    default: int
    cast: int | None = None
    method_default: int | None = None


_OS = _Reader("os.environ", 1)
_FUNCTIONS: Mapping[str, _Reader] = {
    "os.getenv": _OS,
    "os.environ.get": _OS,
    "os.environ.pop": _OS,
    "os.environ.setdefault": _OS,
}
# https://django-environ.readthedocs.io, https://github.com/HBNetwork/python-decouple, https://github.com/sloria/environs,
# https://www.starlette.io/config: the objects that these classes make, and those that modules export ready made.
_CLASSES: Mapping[str, _Reader] = {
    "environ.Env": _Reader("django-environ", 2, 1, 1),
    "environ.FileAwareEnv": _Reader("django-environ", 2, 1, 1),
    "decouple.AutoConfig": _Reader("decouple", 1, 2),
    "decouple.Config": _Reader("decouple", 1, 2),
    "starlette.config.Config": _Reader("starlette", 2, 1),
    "environs.Env": _Reader("environs", 1, None, 1),
    "environs.FileAwareEnv": _Reader("environs", 1, None, 1),
}
_OBJECTS: Mapping[str, _Reader] = {
    "decouple.config": _CLASSES["decouple.AutoConfig"],
    "environs.env": _CLASSES["environs.Env"],
}
_METHODS = frozenset(
    (
        "str", "unicode", "bytes", "bool", "int", "float", "decimal", "json", "list", "tuple", "dict", "url", "path",
        "db", "db_url", "cache", "cache_url", "email", "email_url", "search_url", "channels", "channels_url", "date",
        "datetime", "time", "timedelta", "uuid", "log_level", "enum", "dj_db_url", "dj_email_url", "dj_cache_url",
    )
)  # fmt: skip
# The variables that django-environ's methods read when they are given no name.
_UNNAMED = {
    "db": "DATABASE_URL",
    "db_url": "DATABASE_URL",
    "cache": "CACHE_URL",
    "cache_url": "CACHE_URL",
    "email": "EMAIL_URL",
    "email_url": "EMAIL_URL",
    "search_url": "SEARCH_URL",
    "channels": "CHANNELS_URL",
    "channels_url": "CHANNELS_URL",
}

_SETTINGS = frozenset(
    (
        "pydantic_settings.BaseSettings",
        "pydantic_settings.main.BaseSettings",
        "pydantic.BaseSettings",
        "pydantic.v1.BaseSettings",
        "pydantic.env_settings.BaseSettings",
    )
)
_MODELS = ("BaseModel", "BaseSettings", "SQLModel")
_FIELD = frozenset(("pydantic.Field", "pydantic.fields.Field", "pydantic.v1.Field"))

# Text without any of these reads nothing that is known here.
_READS = ("environ", "getenv", "BaseSettings", "decouple", "starlette.config", "envvar", "ynaconf")
_CASTS = frozenset(("int", "float", "bool"))


def env_reads(sources: Mapping[str, Source], parse: Parse = python_code.parse) -> tuple[EnvRead, ...]:
    """Every read of an environment variable in the project's Python files, by path and place."""
    return tuple(sorted(_Project(sources, parse).reads(), key=lambda read: (read.path, read.span, read.name)))


class _Helper(NamedTuple):
    """A function of the project that hands its argument on as a variable's name."""

    name: int
    default: int | None
    required: bool
    via: str


class _Settings(NamedTuple):
    """A settings class: its file, its node, and its base among the project's settings classes."""

    file: PythonFile
    node: ast.ClassDef
    base: tuple[str, str] | None


class _Options(NamedTuple):
    prefix: str = ""
    case_sensitive: bool = False
    delimiter: str | None = None


class _Project:
    """The reading objects, helpers and settings classes of all files, each by the file and the name that define it."""

    def __init__(self, sources: Mapping[str, Source], parse: Parse) -> None:
        self.sources = sources
        self.files: dict[str, PythonFile] = {}
        self.parse = parse
        self.objects: dict[tuple[str, str], _Reader] = {}
        self.helpers: dict[tuple[str, str], _Helper] = {}
        self.settings: dict[tuple[str, str], _Settings] = {}

    def reads(self) -> Iterator[EnvRead]:
        direct = python_files(self.sources, lambda text: any(word in text for word in _READS))
        for source in direct:
            file = self.parse(source)
            self._find_objects(file)
            self._find_helpers(file)
        files = {source.path: self.parse(source) for source in direct}
        names = {name for _, name in (*self.objects, *self.helpers)}
        for source in self._mentioning(names):
            files.setdefault(source.path, self.parse(source))
        for file in files.values():
            yield from self._plain_reads(file)
        self._find_settings([file for file in files.values() if "BaseSettings" in file.source.text])
        for key in self.settings:
            yield from self._fields(key)

    def _mentioning(self, names: set[str]) -> list[Source]:
        if not names:
            return []
        wanted = re.compile(r"\bimport\b[^\n]*\b(?:" + "|".join(map(re.escape, sorted(names))) + r")\b|\bimport \(")
        return python_files(self.sources, lambda text: any(name in text for name in names) and wanted.search(text))

    def _where(self, file: PythonFile, dotted: str | None) -> tuple[str, str] | None:
        return definition(dotted, file.source.path, self.sources, self.parse) if dotted else None

    # Reading objects and helpers

    def _find_objects(self, file: PythonFile) -> None:
        import ast

        for assign in file.nodes(ast.Assign):
            if isinstance(assign.value, ast.Call):
                reader = _CLASSES.get(file.dotted(assign.value.func) or "")
                for target in assign.targets if reader else ():
                    if reader and isinstance(target, ast.Name):
                        self.objects[file.source.path, target.id] = reader

    def _find_helpers(self, file: PythonFile) -> None:
        import ast

        reads = [_os_read(file, node) for node in (*file.nodes(ast.Call), *file.nodes(ast.Subscript))]
        handed = [(key, default, required) for key, default, required in reads if isinstance(key, ast.Name)]
        for function in file.nodes(ast.FunctionDef) if handed else ():
            parameters = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
            for key, default, required in handed:
                if key.id in parameters and function.lineno <= key.lineno <= (function.end_lineno or 0):
                    named = default.id if isinstance(default, ast.Name) else ""
                    fallback = parameters.index(named) if named in parameters else None
                    found = _Helper(parameters.index(key.id), fallback, required, f"{function.name}()")
                    self.helpers.setdefault((file.source.path, function.name), found)

    # Plain reads

    def _plain_reads(self, file: PythonFile) -> Iterator[EnvRead]:
        import ast

        casts: dict[int, str] = {}
        for call in file.nodes(ast.Call):
            if isinstance(call.func, ast.Name) and call.func.id in _CASTS and call.args:
                casts[id(call.args[0])] = call.func.id
        prefixes = list(self._prefixed(file))
        for call in file.nodes(ast.Call):
            yield from self._call(file, call, casts.get(id(call)), prefixes)
        tested = set()
        for compare in file.nodes(ast.Compare):
            if isinstance(compare.ops[0], (ast.In, ast.NotIn)) and file.dotted(compare.comparators[0]) == "os.environ":
                for read in self._read(file, compare.left, False, None, None, "os.environ"):
                    tested.add(read.name)
                    yield read
        for subscript in file.nodes(ast.Subscript):
            if isinstance(subscript.ctx, ast.Load) and file.dotted(subscript.value) == "os.environ":
                for read in self._read(file, subscript.slice, True, None, casts.get(id(subscript)), "os.environ"):
                    # What the file itself looks for first, it can do without.
                    yield structs.replace(read, required=False) if read.name in tested else read

    def _prefixed(self, file: PythonFile) -> Iterator[tuple[Span, str]]:
        """environs' `with env.prefixed("X_"):` blocks."""
        import ast

        if ".prefixed(" not in file.source.text:
            return
        for block in file.nodes(ast.With):
            for item in block.items:
                call = item.context_expr
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "prefixed":
                    prefix = file.constant(call.args[0]) if call.args else None
                    if prefix and isinstance(prefix.value, str):
                        yield file.span(block), prefix.value

    def _call(
        self, file: PythonFile, call: ast.Call, cast: str | None, prefixes: list[tuple[Span, str]]
    ) -> Iterator[EnvRead]:
        import ast

        for keyword in call.keywords:
            if keyword.arg == "envvar":
                # click and typer: an option that may come from the environment.
                names = keyword.value.elts if isinstance(keyword.value, (ast.List, ast.Tuple)) else [keyword.value]
                for name in names:
                    yield from self._read(file, name, False, None, None, "click")
        dotted = file.dotted(call.func)
        if dotted is None:
            return
        if dotted in _FUNCTIONS:
            key, default, required = _os_read(file, call)
            yield from self._read(file, key, required, default, cast, "os.environ")
            return
        head, _, method = dotted.rpartition(".")
        if dotted == "dynaconf.Dynaconf":
            yield from self._validators(file, call)
        reader = self._reader(file, dotted)
        if reader is not None:
            default = _argument(call, reader.default, "default")
            kind = _argument(call, reader.cast, "cast")
            told = file.dotted(kind) or cast
            yield from self._read(
                file,
                _argument(call, 0, "var"),
                default is None,
                default,
                told,
                reader.via,
                _prefix(file, call, prefixes),
            )
            return
        if method in _METHODS or method == "get":
            reader = self._reader(file, head)
            if reader is not None and (reader.method_default is not None or method == "get"):
                default = _argument(call, reader.method_default or reader.default, "default")
                key = _argument(call, 0, "var")
                kind_name = None if method == "get" else method
                if key is None and method in _UNNAMED:
                    span = file.span(call.func)
                    yield self._made(file, _UNNAMED[method], span, default is None, default, kind_name, reader.via)
                else:
                    yield from self._read(
                        file, key, default is None, default, kind_name, reader.via, _prefix(file, call, prefixes)
                    )
                return
        known = any(name == method for _, name in self.helpers)
        helper = self.helpers.get(self._where(file, dotted) or ("", "")) if known else None
        if helper is not None:
            default = _argument(call, helper.default, "default")
            required = helper.required and default is None
            yield from self._read(file, _argument(call, helper.name, ""), required, default, cast, helper.via)

    def _reader(self, file: PythonFile, dotted: str) -> _Reader | None:
        if dotted in _OBJECTS:
            return _OBJECTS[dotted]
        if not self.objects or not dotted:
            return None
        own = self.objects.get((file.source.path, dotted))
        if own is not None or "." not in dotted:
            return own
        name = dotted.rpartition(".")[2]
        if not any(name == each for _, each in self.objects):
            return None
        return self.objects.get(self._where(file, dotted) or ("", ""))

    def _validators(self, file: PythonFile, call: ast.Call) -> Iterator[EnvRead]:
        """The variables that a Dynaconf object's validators name, where its prefix is literal."""
        import ast

        prefix = file.constant(_argument(call, None, "envvar_prefix"))
        validators = _argument(call, None, "validators")
        if prefix is None or not isinstance(validators, (ast.List, ast.Tuple)):
            return
        start = f"{prefix.value}_" if isinstance(prefix.value, str) and prefix.value else ""
        for each in validators.elts:
            if isinstance(each, ast.Call) and file.dotted(each.func) == "dynaconf.Validator":
                must = file.constant(_argument(each, None, "must_exist"))
                default = _argument(each, None, "default")
                required = must is not None and must.value is True and default is None
                for name in each.args:
                    yield from self._read(file, name, required, default, None, "dynaconf", start)

    def _read(
        self,
        file: PythonFile,
        key: ast.expr | None,
        required: bool,
        default: ast.expr | None,
        kind: str | None,
        via: str,
        prefix: str = "",
    ) -> Iterator[EnvRead]:
        constant = file.constant(key)
        if key is not None and constant is not None and isinstance(constant.value, str) and constant.value:
            span = file.content(constant) or file.span(constant)
            if constant is not key:
                span = file.span(key)
            yield self._made(file, prefix + constant.value, span, required, default, kind, via)

    def _made(
        self,
        file: PythonFile,
        name: str,
        span: Span,
        required: bool,
        default: ast.expr | None,
        kind: str | None,
        via: str,
    ) -> EnvRead:
        path = file.source.path
        return EnvRead(name, path, span, required, _shown(file, name, default, kind), kind, via, in_tests(path))

    # Settings classes

    def _find_settings(self, files: list[PythonFile]) -> None:
        """Settings classes, those of a local base class as well: each round may find bases for the next."""
        seen: set[tuple[str, str]] = set()
        while files:
            for file in files:
                self._settings_of(file)
            fresh = self.settings.keys() - seen
            seen |= fresh
            names = {name for _, name in fresh}
            files = [
                self.parse(source)
                for source in python_files(self.sources, lambda text: "class " in text)
                if any(name in source.text for name in names)
            ]

    def _settings_of(self, file: PythonFile) -> None:
        import ast

        for node in file.nodes(ast.ClassDef):
            key = (file.source.path, node.name)
            if key in self.settings:
                continue
            for each in node.bases:
                dotted = file.dotted(each)
                base = None if dotted in _SETTINGS else self._where(file, dotted)
                if dotted in _SETTINGS or (base in self.settings and base != key):
                    self.settings[key] = _Settings(file, node, base)
                    break

    def _chain(self, key: tuple[str, str]) -> list[_Settings]:
        """A settings class and its bases among the project's, itself first."""
        chain: list[_Settings] = []
        at: tuple[str, str] | None = key
        while at is not None and at in self.settings and len(chain) < 16:
            chain.append(self.settings[at])
            at = self.settings[at].base
        return chain

    def _options(self, chain: list[_Settings]) -> _Options:
        options = _Options()
        for each in reversed(chain):
            for name, value in _config(each.node):
                constant = each.file.constant(value)
                if constant is None:
                    continue
                if name == "env_prefix" and isinstance(constant.value, str):
                    options = options._replace(prefix=constant.value)
                elif name == "env_nested_delimiter" and isinstance(constant.value, str):
                    options = options._replace(delimiter=constant.value or None)
                elif name == "case_sensitive":
                    options = options._replace(case_sensitive=constant.value is True)
        return options

    def _fields(self, key: tuple[str, str]) -> Iterator[EnvRead]:
        chain = self._chain(key)
        options = self._options(chain)
        yield from self._own_fields(chain[0], options)
        own = set(_field_nodes(chain[0].file, chain[0].node))
        for depth, each in enumerate(chain[1:], 1):
            if self._options(chain[depth:]) == options:
                break
            # Another prefix: the inherited fields are read under names of their own.
            for read, field in self._field_reads(each, options):
                if field not in own:
                    yield read
            own |= set(_field_nodes(each.file, each.node))

    def _own_fields(self, settings: _Settings, options: _Options) -> Iterator[EnvRead]:
        for read, _ in self._field_reads(settings, options):
            yield read

    def _field_reads(self, settings: _Settings, options: _Options) -> Iterator[tuple[EnvRead, str]]:
        for name, read in self._reads_of(settings.file, settings.node, options, settings.node.name, 0):
            yield read, name

    def _reads_of(
        self, file: PythonFile, node: ast.ClassDef, options: _Options, owner: str, depth: int
    ) -> Iterator[tuple[str, EnvRead]]:
        """The fields of a settings class, or of a model in one, each with the variables that it is read from."""
        import ast

        renamed = dict(_renamed(node))
        for name, statement in _field_nodes(file, node).items():
            annotation, value = statement.annotation, statement.value
            call = value if isinstance(value, ast.Call) and file.dotted(value.func) in _FIELD else None
            if isinstance(annotation, ast.Subscript) and (file.dotted(annotation.value) or "").endswith("Annotated"):
                parts = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
                annotation = parts[0]
                for part in parts[1:]:
                    if call is None and isinstance(part, ast.Call) and file.dotted(part.func) in _FIELD:
                        call = part
            default = value if call is not value or call is None else None
            if default is None and call is not None:
                default = _argument(call, 0, "default") or _argument(call, None, "default_factory")
            if isinstance(default, ast.Constant) and default.value is ...:
                default = None
            nested = self._class_of(file, annotation)
            if nested is not None and self._is_model(*nested):
                if options.delimiter is not None and depth < _DEEPEST:
                    inner = options._replace(prefix=options.prefix + name + options.delimiter)
                    for _, read in self._reads_of(*nested, inner, owner, depth + 1):
                        yield name, structs.replace(read, required=read.required and default is None)
                continue
            kind = _choices(*nested) if nested is not None else None
            kind = kind or file.source.slice(file.span(annotation))
            described = file.constant(_argument(call, None, "description")) if call is not None else None
            description = described.value if described and isinstance(described.value, str) else None
            aliases = _aliases(file, call) or renamed.get(name, [])
            required = default is None and len(aliases) < 2
            places = [
                (alias.value, file.content(alias) or file.span(alias))
                for alias in aliases
                if isinstance(alias.value, str)
            ]
            for told, span in places if aliases else [(options.prefix + name, file.span(statement.target))]:
                cased = told if options.case_sensitive else told.upper()
                read = self._made(file, cased, span, required, default, kind, "pydantic-settings")
                yield name, structs.replace(read, owner=owner, description=description)

    def _class_of(self, file: PythonFile, annotation: ast.expr) -> tuple[PythonFile, ast.ClassDef] | None:
        """The class of the project that an annotation names, `| None` and `Optional` aside."""
        import ast

        while True:
            if isinstance(annotation, ast.BinOp):
                annotation = annotation.left
            elif isinstance(annotation, ast.Subscript) and (file.dotted(annotation.value) or "").endswith("Optional"):
                annotation = annotation.slice
            else:
                break
        where = self._where(file, file.dotted(annotation))
        if where is None:
            return None
        defined = self.parse(self.sources[where[0]])
        return next(((defined, node) for node in defined.nodes(ast.ClassDef) if node.name == where[1]), None)

    def _is_model(self, file: PythonFile, node: ast.ClassDef) -> bool:
        """Whether a class is a model, whose own fields are what the environment gives."""
        if (file.source.path, node.name) in self.settings:
            return True
        return any((file.dotted(base) or "").rpartition(".")[2] in _MODELS for base in node.bases)


_DEEPEST = 4  # models in models


def _choices(file: PythonFile, node: ast.ClassDef) -> str | None:
    """An enumeration's values as a Literal; None for another class, or where a value is computed."""
    import ast

    bases = {(file.dotted(base) or "").rpartition(".")[2] for base in node.bases}
    if not bases & {"Enum", "StrEnum", "IntEnum"}:
        return None
    constants = [file.constant(each.value) for each in node.body if isinstance(each, ast.Assign)]
    found = [each.value for each in constants if each is not None]
    if len(found) < len(constants) or not all(isinstance(value, (str, int)) for value in found):
        return None
    return f"Literal[{', '.join(map(repr, found))}]" if found else None


def _os_read(file: PythonFile, node: ast.AST) -> tuple[ast.expr | None, ast.expr | None, bool]:
    """The name, the default and whether it must be set, for a read through `os`; nothing for another node."""
    import ast

    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and file.dotted(node.value) == "os.environ":
        return node.slice, None, True
    if isinstance(node, ast.Call):
        dotted = file.dotted(node.func)
        if dotted in _FUNCTIONS:
            default = _argument(node, 1, "default")
            return _argument(node, 0, "key"), default, dotted == "os.environ.pop" and default is None
    return None, None, False


def _argument(call: ast.Call, position: int | None, name: str) -> ast.expr | None:
    import ast

    if position is not None and position < len(call.args):
        found = call.args[position]
        return None if isinstance(found, ast.Starred) else found
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _prefix(file: PythonFile, call: ast.Call, prefixes: list[tuple[Span, str]]) -> str:
    span = file.span(call) if prefixes else None
    return "".join(prefix for block, prefix in prefixes if span and block.covers(span))


def _shown(file: PythonFile, name: str, default: ast.expr | None, kind: str | None) -> str | None:
    """A default's text, unless it may be a secret."""
    constant = file.constant(default)
    if constant is None or constant.value is None or isinstance(constant.value, bytes):
        return None
    text = str(constant.value)
    if (names_a_secret(name) or "Secret" in (kind or "")) and not isinstance(constant.value, bool):
        return None
    return None if holds_credentials(text) else text


def _config(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    """A settings class's options, of `model_config`, of an inner `Config` and of the class line."""
    import ast

    for statement in node.body:
        if isinstance(statement, (ast.Assign, ast.AnnAssign)):
            target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
            value = statement.value if isinstance(target, ast.Name) and target.id == "model_config" else None
            if isinstance(value, ast.Call):
                yield from ((keyword.arg, keyword.value) for keyword in value.keywords if keyword.arg)
            elif isinstance(value, ast.Dict):
                for key, each in zip(value.keys, value.values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        yield key.value, each
        elif isinstance(statement, ast.ClassDef) and statement.name == "Config":
            yield from _assigned(statement)
    yield from ((keyword.arg, keyword.value) for keyword in node.keywords if keyword.arg)


def _assigned(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    import ast

    for statement in node.body:
        if isinstance(statement, ast.Assign):
            yield from ((target.id, statement.value) for target in statement.targets if isinstance(target, ast.Name))


def _field_nodes(file: PythonFile, node: ast.ClassDef) -> dict[str, ast.AnnAssign]:
    import ast

    found = {}
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            name = statement.target.id
            annotation = file.source.slice(file.span(statement.annotation))
            if not name.startswith("_") and name != "model_config" and "ClassVar" not in annotation:
                found[name] = statement
    return found


def _aliases(file: PythonFile, call: ast.Call | None) -> list[ast.Constant]:
    """The names that a field is read by instead of its own; `validation_alias` goes before `alias`, `env` is v1's."""
    import ast

    if call is None:
        return []
    for option in ("validation_alias", "alias", "env"):
        value = _argument(call, None, option)
        if isinstance(value, ast.Call):
            # AliasChoices("A", "B"); an AliasPath among them reaches into a variable's JSON: its first part names it.
            firsts = [each.args[0] if isinstance(each, ast.Call) and each.args else each for each in value.args]
            paths = (file.dotted(value.func) or "").endswith("AliasPath")
            return [each for each in (firsts[:1] if paths else firsts) if isinstance(each, ast.Constant)]
        if isinstance(value, (ast.List, ast.Tuple)):
            return [each for each in value.elts if isinstance(each, ast.Constant)]
        constant = file.constant(value)
        if constant is not None:
            return [constant]
    return []


def _renamed(node: ast.ClassDef) -> Iterator[tuple[str, list[ast.Constant]]]:
    """pydantic v1's `class Config: fields = {"x": {"env": "X"}}`."""
    import ast

    for name, value in _config(node):
        if name != "fields" or not isinstance(value, ast.Dict):
            continue
        for key, options in zip(value.keys, value.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(options, ast.Dict):
                for option, told in zip(options.keys, options.values, strict=True):
                    if isinstance(option, ast.Constant) and option.value == "env":
                        names = told.elts if isinstance(told, (ast.List, ast.Tuple)) else [told]
                        yield str(key.value), [each for each in names if isinstance(each, ast.Constant)]
