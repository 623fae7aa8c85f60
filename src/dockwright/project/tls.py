"""TLS: the certificate and key that the project's services read, where these lie on the host, and who serves so."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename, dirname, normpath
from posixpath import join as below

from msgspec import Struct

from dockwright.project.compose import elements, settled, text
from dockwright.project.env_names import git_ignores
from dockwright.project.images import ignore_file_read, images, left_out
from dockwright.project.merged import Merged
from dockwright.project.model import Project, view
from dockwright.project.references import is_relative, join
from dockwright.project.running import Running, full_server, running
from dockwright.project.stacks import Stack, compose_files
from dockwright.syntax import dockerfile, yaml
from dockwright.text import lazy_regex

DEFAULT_FOLDER = "certs"
_CERTIFICATE, _KEY = "cert.pem", "key.pem"
_FOLDER = lazy_regex(r"(?:dev[-_]?)?(?:certs?|certificates?|ssl|tls)", 2)
_FILE = lazy_regex(r"[^/]*\.(?:pem|crt|cer|cert|key)", 2)
_KEY_FILE = lazy_regex(r"[^/]*(?:key[^/]*\.pem|\.key)", 2)
# Where programs look for those whom they trust: what is mounted there nobody serves by.
_TRUSTED = ("/etc/ssl/certs", "/etc/pki", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates")
_AUTHORITY = lazy_regex(r"[^/]*(?:\bca\b|root|chain|bundle)[^/]*", 2)


class Pair(Struct, frozen=True, order=True):
    """A certificate and its key as files of the project."""

    certificate: str
    key: str


class Serving(Struct, frozen=True):
    """What is to be certified: the files, the names by which services reach each other, and who has to read the key.

    `users` are the numbers of the containers' users, root left out.
    """

    pairs: tuple[Pair, ...]
    names: tuple[str, ...]
    users: tuple[int, ...]


class Served(Struct, frozen=True):
    """A service that reads a pair; `told` is whether its server is called with it, or only its place is mounted."""

    service: str
    pair: Pair
    told: bool


class Exposed(Struct, frozen=True):
    """A file in which a line would keep a path out of git or of a build, and that line."""

    path: str
    line: str
    by: str


@view
def serving(project: Project) -> Serving:
    """The certificates that the project's stacks read; `certs/cert.pem` and `certs/key.pem` where they name none."""
    pairs: set[Pair] = set()
    names: set[str] = set()
    users: set[int] = set()
    for _, runs in running(project):
        for run in runs.values():
            found = _pair(project, run)
            server = full_server(project, run)
            if found is None and (server is None or server.scheme != "https"):
                continue
            names.update(_names(run.service))
            users.update(_user(run))
            if found is not None:
                pairs.add(found)
    default = Pair(below(DEFAULT_FOLDER, _CERTIFICATE), below(DEFAULT_FOLDER, _KEY))
    return Serving(tuple(sorted(pairs)) or (default,), tuple(sorted(names)), tuple(sorted(users - {0})) or (1000,))


def served(project: Project, stack: Stack) -> Iterator[Served]:
    """The services of a stack that read a certificate and its key from the project."""
    for name, run in (dict(running(project)).get(stack) or {}).items():
        pair = _pair(project, run)
        if pair is not None:
            server = full_server(project, run)
            yield Served(name, pair, server is not None and bool(server.certificate and server.key))


def exposed(project: Project, key: str) -> Iterator[Exposed]:
    """Where a key would get into git or into an image's build context."""
    folder = dirname(key)
    if not git_ignores(project)(key):
        yield Exposed(".gitignore", f"{folder}/" if folder else f"/{key}", "git")
    known: set[str] = set()
    for image in images(project):
        prefix = f"{image.context}/" if image.context else ""
        if not key.startswith(prefix) or left_out(project, image)(key[len(prefix) :]):
            continue
        path = ignore_file_read(project, image) or join(image.context, ".dockerignore")
        if path not in known:
            known.add(path)
            yield Exposed(path, (folder or key)[len(prefix) :] or basename(key), f"the build of {image.path}")


def _names(service: Merged) -> Iterator[str]:
    yield service.name
    for key in ("hostname", "container_name"):
        said = service.text(key)
        if said:
            yield said


def _user(run: Running) -> Iterator[int]:
    """The number of the user that a container runs as, where a number is written."""
    said = run.service.text("user")
    if said is None and run.image is not None and run.stage is not None:
        instruction = run.image.last(run.stage, dockerfile.User)
        said = None if instruction is None else instruction.value.value
    number = (said or "").partition(":")[0]
    if number.isascii() and number.isdecimal() and len(number) < 10:
        yield int(number)


# Which files


def _pair(project: Project, run: Running) -> Pair | None:
    """The pair that a service reads: what its server is told, else what is mounted and called so."""
    mounts = dict(_mounts(project, run.service))
    server = full_server(project, run)
    if server is not None and server.certificate and server.key:
        found = [_on_host(run, mounts, each) for each in (server.certificate, server.key)]
        if found[0] is not None and found[1] is not None:
            return Pair(found[0], found[1])
    return _mounted(mounts)


def _mounted(mounts: dict[str, str]) -> Pair | None:
    """A certificate and a key that are mounted as files, or a mounted folder that is called after them."""
    files = [path for path in mounts.values() if _FILE.fullmatch(basename(path))]
    keys = [path for path in files if _KEY_FILE.fullmatch(basename(path))]
    own = [path for path in files if path not in keys and not _AUTHORITY.fullmatch(basename(path))]
    if len(keys) == 1 and len(own) == 1:
        return Pair(own[0], keys[0])
    folders = (path for target, path in mounts.items() if not target.startswith(_TRUSTED))
    folder = next((path for path in folders if _FOLDER.fullmatch(basename(path))), None)
    return None if folder is None else Pair(below(folder, _CERTIFICATE), below(folder, _KEY))


def _on_host(run: Running, mounts: dict[str, str], written: str) -> str | None:
    """The file of the project that a container's path is; None where it lies elsewhere."""
    folder = run.folder
    if "$" in written:
        return None
    if folder is not None or written.startswith("/"):
        path = normpath(below(folder or "/", written))
        for target in sorted(mounts, key=len, reverse=True):
            if path == target or path.startswith(target.rstrip("/") + "/"):
                return _inside(join(mounts[target], path[len(target.rstrip("/")) + 1 :] or "."))
    if not is_relative(written):
        return None
    return _inside(join(run.image.context if run.image is not None else "", written))


def _inside(path: str) -> str | None:
    return None if not path or path.startswith(("..", "/")) else path


def _mounts(project: Project, service: Merged) -> Iterator[tuple[str, str]]:
    """What a container gets of the project's files: its own path, and the path below the root."""
    directory = service.stack.project_directory
    for layer, _ in service.written("volumes"):
        for volume in layer.volumes:
            source = settled(volume.source.text) if volume.bind and volume.source is not None else None
            if source is not None and is_relative(source):
                path = join(directory, source)
                if not path.startswith(".."):
                    yield normpath(volume.target), path
    for section, folder in (("secrets", "/run/secrets"), ("configs", "")):
        files = dict(_files(project, service, section))
        for _, node in service.written(section):
            for element in elements(node):
                short = isinstance(element, yaml.Scalar)
                name = element.value if isinstance(element, yaml.Scalar) else text(element.get("source"))
                target = None if short else text(element.get("target"))
                if name in files:
                    yield normpath(below(folder or "/", target or name)), files[name]


def _files(project: Project, service: Merged, section: str) -> Iterator[tuple[str, str]]:
    """The secrets or configs of a stack that are files of the project."""
    known = compose_files(project)
    for path in service.stack.files:
        for name, node in known[path].top_level(section) if path in known else ():
            written = settled(text(node.get("file")) or "")
            if written and is_relative(written):
                found = join(service.stack.project_directory, written)
                if not found.startswith(".."):
                    yield name, found
