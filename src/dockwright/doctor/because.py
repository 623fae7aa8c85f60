"""Because: what the files, the mounts and the other containers add to a line of a log."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from posixpath import basename
from posixpath import join as joined
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from dockwright.doctor.inside import LISTENING, listening
from dockwright.doctor.sight import Sight, below, folder_of, mount_of, on_host
from dockwright.facts.data_services import data_service, postgres_major
from dockwright.facts.known_errors import Recognised, Step
from dockwright.facts.module_names import DISTRIBUTIONS
from dockwright.project.requirements import normalised
from dockwright.syntax.shell import quote
from dockwright.verify.live import Container

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104
_SETTING = re.compile(r"^[a-z_][a-z0-9_.]*$", re.I)
_HOST_NAME = re.compile(r"_HOST(?:NAME)?$|_SERVER$")


class Reason(Struct, frozen=True):
    """Why, what to do, what more was seen, and which other faults that explains."""

    cause: str
    steps: tuple[Step, ...]
    seen: tuple[str, ...] = ()
    explains: tuple[str, ...] = ()


def reason(sight: Sight, container: Container, told: Recognised) -> Reason:
    """The cause behind a line of a container's log, and what mends it."""
    values = _values(sight, container, told)
    look = _LOOKS.get(told.known.fault)
    found = look(sight, container, told, values) if look is not None else None
    return found or Reason(told.cause(**values), told.steps(**values))


def _values(sight: Sight, container: Container, told: Recognised) -> dict[str, str]:
    service = container.service
    path = _group(told, "path", "before", "node", "other", "cat")
    mount = mount_of(container, path) if path else None
    on_bind = mount is not None and mount.get("Type") == "bind"
    known = container.data
    values = {
        "compose": sight.compose,
        "service": quote(service),
        "project": sight.name,
        "image": container.image,
        "user": container.user or "root",
        "path": path,
        "folder": folder_of(path, told.line) if path else "",
        "mount": str((mount or {}).get("Name") or sight.local(str((mount or {}).get("Source") or ""))),
        "host_path": quote(
            sight.local(on_host(mount, path)) if mount is not None and on_bind else _in_project(sight, path)
        ),
        "database": quote(sight.database(_group(told, "host")) or "DATABASE"),
        "host": _group(told, "host", "mysql", "redis", "psycopg", "node", "asyncio", "other"),
        "name": _group(told, "name", "environ", "decouple", "django", "shell", "said", "missing"),
        "password_variable": next(iter(known.files), "PASSWORD") if known is not None else "PASSWORD",
        "versions": f" ({told.groups['old']}, now {told.groups['new']})" if told.groups.get("old") else "",
        "old_image": _old_image(container, told),
        "dump": _DUMPS.get(known.title if known else "", "sh"),
        "migrate": _migrate(sight),
        "create_database": f"createdb -U postgres {quote(_group(told, 'name'))}",
        "password_step": "",
        "password_why": "",
    }
    return {name: value for name, value in values.items() if name in _OURS or not told.groups.get(name)}


_OURS = frozenset({"path", "name", "host"})
_DUMPS: Mapping[str, str] = {
    "PostgreSQL": "pg_dumpall -U postgres",
    "MySQL": "mysqldump --all-databases -u root -p",
    "MariaDB": "mariadb-dump --all-databases -u root -p",
    "MongoDB": "mongodump --archive",
}


def _group(told: Recognised, *names: str) -> str:
    return next((told.groups[name] for name in names if told.groups.get(name)), "")


def _in_project(sight: Sight, path: str) -> str:
    """The file of the project that a path of the image was most likely copied from."""
    name = basename(path)
    found = [each for each in sight.case.project.listing if basename(each) == name] if name else []
    return min(found, key=len) if found else name


def _old_image(container: Container, told: Recognised) -> str:
    old = told.groups.get("old")
    return f"{container.image.partition(':')[0]}:{old}" if old else f"{container.image.partition(':')[0]}:OLD"


def _migrate(sight: Sight) -> str:
    listing = sight.case.project.listing
    return (
        "python manage.py migrate" if any(basename(path) == "manage.py" for path in listing) else "alembic upgrade head"
    )


# Files.


def _path_denied(sight: Sight, container: Container, told: Recognised, values: Mapping[str, str]) -> Reason | None:
    path = values["path"] or container.folder
    mount, user, service = mount_of(container, path), container.user or "root", quote(container.service)
    again = Step(f"{sight.compose} up -d {service}", "then start it again")
    if mount is None:
        numbers = _numbers(user)
        return Reason(
            f"{user} may not use {path}, a file or folder of the image",
            (
                Step(
                    f"RUN install -d -o {numbers} -g {numbers} {values['folder'] or path}",
                    "above USER; COPY gives with --chown",
                ),
                Step(f"{sight.compose} up -d --build {service}"),
            ),
        )
    if mount.get("Type") != "bind":
        name, folder = mount.get("Name"), mount["Destination"]
        chown = f"{sight.compose} run --rm --no-deps --user 0 --entrypoint chown {service} -R {_numbers(user)} {folder}"
        return Reason(f"{user} may not use {path}: the volume {name} is somebody else's", (Step(chown), again))
    place = on_host(mount, path)
    held = sight.case.host.file(place) or sight.case.host.file(str(mount["Source"]))
    shown = quote(sight.local(place if sight.case.host.file(place) else str(mount["Source"])))
    owner = f", which belongs to {held.owner} with mode {held.mode:o}" if held is not None else ""
    mend = f"sudo chown -R {_numbers(user)} {shown}" if user != "root" else f"sudo chmod -R u+rwX {shown}"
    if held is not None and held.kind == "file":
        mend = f"setfacl -m u:{user.partition(':')[0]}:r {shown}" if user[:1].isdigit() else f"chmod a+r {shown}"
    why = "the host's files become the container's user's"
    return Reason(
        f"{user} may not use {path}: it is on the host's {sight.local(str(mount['Source']))}{owner}",
        (Step(mend, why if "chown" in mend else "lets that user read it"), again),
        (f"ls -ldn {shown}: {held.owner} {held.mode:o}",) if held is not None else (),
    )


def _numbers(user: str) -> str:
    return user if ":" in user else f"{user}:{user}" if user.isdigit() else user


def _read_only(sight: Sight, container: Container, told: Recognised, values: Mapping[str, str]) -> Reason | None:
    path = values["path"]
    mount = mount_of(container, path) if path else None
    again = Step(f"{sight.compose} up -d {quote(container.service)}", "then start it again")
    if mount is not None and mount.get("RW") is False:
        cause = f"it writes {path}, and {mount['Destination']} is mounted read-only"
        return Reason(cause, (Step(f"{mount['Destination']}", "in its volumes, without `:ro`"), again))
    if not path:
        return Reason("it writes to its root, which is read-only", (Step("tmpfs: [/tmp]", "in the service"), again))
    return None


def _mounted_folder(sight: Sight, container: Container, told: Recognised, values: Mapping[str, str]) -> Reason | None:
    path = values["path"]
    mount = mount_of(container, path)
    source = told.groups.get("source") or (on_host(mount, path) if mount is not None else "")
    if not source:
        return None
    local = sight.local(source)
    again = Step(f"{sight.compose} up -d --force-recreate {quote(container.service)}", "then make the container anew")
    held = sight.case.host.file(source)
    if held is None or held.kind != "folder":
        return None
    here = [each for each in sight.case.project.listing if basename(each) == basename(path)]
    better = f", and there is {min(here, key=len)}" if here else ""
    return Reason(
        f"{local} is mounted as the file {path}, and is a folder: the engine makes one of what is not there{better}",
        (Step(f"rmdir {quote(local)}", "then put the file there, or correct the path in `volumes`"), again),
        (f"ls -ld {local}: a folder",),
    )


# Python.


def _module(sight: Sight, container: Container, told: Recognised, values: Mapping[str, str]) -> Reason | None:
    module = _group(told, "module", "other", "asgi")
    hiding = _hides_environment(container)
    service = quote(container.service)
    if hiding is not None:
        mount, environment = hiding
        return Reason(
            f"the module {module} is in {environment}, and the mount of {sight.local(mount)} hides that folder",
            (
                Step(
                    f"volumes: [{environment}]",
                    f"in the service {container.service}: keeps the image's; or a venv elsewhere",
                ),
                Step(f"{sight.compose} up -d --force-recreate {service}"),
            ),
        )
    name = normalised(module.partition(".")[0])
    called = DISTRIBUTIONS.get(name, (name,))
    files = [
        path for path in _locks(sight) if any(_names(sight.case.project.sources[path].text, each) for each in called)
    ]
    if container.service not in sight.built:
        return None
    if files:
        return Reason(
            f"the image is older than {files[0]}, which has {called[0]}: the module {module} is missing in it",
            (Step(f"{sight.compose} up -d --build {service}"),),
            explains=(f"image-outdated:{container.service}",),
        )
    own = [
        path
        for path in sight.case.project.listing
        if path.endswith((f"/{module.partition('.')[0]}/__init__.py", f"/{module.partition('.')[0]}.py"))
    ]
    if own or module.partition(".")[0] + ".py" in sight.case.project.listing:
        return None
    return Reason(
        f"no dependency of the project brings the module {module}",
        (Step(f"uv add {called[0]}"), Step(f"{sight.compose} up -d --build {service}")),
    )


def _filling(sight: Sight) -> str:
    """The env file that fills `${...}` in."""
    return sight.files.env_files[-1] if sight.files.env_files else joined(sight.files.project_directory, ".env")


def _locks(sight: Sight) -> Iterator[str]:
    for path in sorted(sight.case.project.sources, key=len):
        name = basename(path)
        if name in ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock") or re.fullmatch(r"requirements.*\.txt", name):
            yield path


def _names(text: str, distribution: str) -> bool:
    pattern = re.escape(distribution).replace(r"\-", "[-_.]")
    return re.search(rf'(?im)(?:^name = "|^"?\s*"?|^){pattern}(?:"|\s*[=<>!~\[;@]|\s*$)', text) is not None


def _hides_environment(container: Container) -> tuple[str, str] | None:
    """The bind mount that hides the image's virtual environment, and where that is."""
    folders = [container.environment.get("VIRTUAL_ENV", ""), container.environment.get("UV_PROJECT_ENVIRONMENT", "")]
    folders += [
        each.removesuffix("/bin") for each in container.environment.get("PATH", "").split(":") if "venv" in each
    ]
    for folder in filter(None, folders):
        mount = mount_of(container, folder)
        if mount is not None and mount.get("Type") == "bind" and below(folder, str(mount["Destination"])):
            return str(mount["Source"]), folder
    return None


def _variable(sight: Sight, container: Container, told: Recognised, values: Mapping[str, str]) -> Reason | None:
    name = values["name"]
    service = quote(container.service)
    if not name and told.groups.get("pydantic"):
        lines = sight.log(container)
        at = max(number for number, line in enumerate(lines) if "Field required" in line)
        written = lines[at - 1].strip() if at else ""
        name = written.upper() if _SETTING.fullmatch(written) else ""
    if not name:
        return None
    declared = (sight.services.get(container.service) or {}).get("environment") or {}
    again = Step(f"{sight.compose} up -d {service}", "makes the container anew with it")
    if declared.get(name) is not None and name not in container.environment:
        cause = f"the files give it {name}, and the container was made before they did"
        return Reason(cause, (again,), explains=(f"variables-outdated:{container.service}",))
    if name in container.environment:
        empty = " and is empty" if not container.environment[name] else ", and is not taken"
        return Reason(f"{name} reaches the container{empty}", (Step(f"dockwright env trace {name}"), again))
    having = [
        path for path, file in sight.case.project.env_files.items() if any(each.key == name for each in file.entries)
    ]
    real = [path for path in having if sight.case.project.is_file(path) and "example" not in path]
    called = [path for path in sight.files.env_files if path in real] or [
        path for path in real if basename(path) == ".env"
    ]
    seen = (f"docker inspect: {container.name} has no {name}",)
    if called:
        return Reason(
            f"{name} stands in {called[0]}, which fills ${{...}} in compose files and no container",
            (
                Step(
                    f"environment: [{name}]",
                    f"in the service {container.service}; or env_file: {called[0]}",
                ),
                again,
            ),
            seen,
        )
    where = f", though {having[0]} names it" if having else ""
    return Reason(
        f"nothing gives it the variable {name}{where}",
        (
            Step(f"environment: [{name}]", f"in the service {container.service}, with its value in {_filling(sight)}"),
            again,
        ),
        seen,
    )


# The network.


def _host(sight: Sight, container: Container, told: Recognised, values: Mapping[str, str]) -> Reason | None:
    host = values["host"] or next(_unknown_hosts(sight, container), "")
    service = quote(container.service)
    again = Step(f"{sight.compose} up -d {service}", "then start it again")
    if not host:
        return Reason(
            "it asks for a host that its networks do not know",
            (Step(f"{sight.compose} config --services", "the names there are"), again),
        )
    variables = sorted(name for name, value in container.environment.items() if _host_of(name, value) == host)
    where = f" ({', '.join(variables[:2])} names it)" if variables else ""
    if host in sight.services:
        there = [each for each in sight.ours if each.service == host]
        if not any(each.running for each in there):
            return Reason(
                f"the service {host} does not run, so that its name is unknown{where}",
                (Step(f"{sight.compose} up -d {quote(host)}"), again),
            )
        mine = set((sight.services[container.service].get("networks")) or {})
        theirs = set((sight.services[host].get("networks")) or {})
        if not mine & theirs:
            shared = next(iter(sorted(theirs)), "default")
            return Reason(
                f"{host} is in other networks than {container.service}{where}",
                (
                    Step(f"networks: [{', '.join(sorted(mine | {shared}))}]", f"in the service {container.service}"),
                    again,
                ),
            )
        return None
    if "." in host:
        return _outside(sight, container, host)
    meant = get_close_matches(host, list(sight.services), 1, 0.6)
    data = sight.database()
    better = meant[0] if meant else data
    hint = f"{variables[0]}: {better} instead of {host}" if variables and better else better or ""
    cause = f"there is no service {host}{where}" + (f"; there is {better}" if better else "")
    return Reason(
        cause,
        (
            Step(hint, "what names the host, in the compose file or its env file")
            if hint
            else Step(f"{sight.compose} config --services", "the names there are"),
            again,
        ),
        (f"{sight.compose} config --services: {', '.join(sight.services)}",),
    )


def _outside(sight: Sight, container: Container, host: str) -> Reason:
    """Why a name of the internet is not known in a container."""
    service = quote(container.service)
    networks: Mapping[str, Any] = sight.model.get("networks") or {}
    mine = list((sight.services[container.service].get("networks")) or {})
    if mine and all((networks.get(each) or {}).get("internal") for each in mine):
        return Reason(
            f"{host} is outside, and the networks of {container.service} are all internal: {', '.join(mine)}",
            (
                Step(
                    f"networks: [{', '.join([*mine, 'outside'])}]", f"in the service {service}, `outside` not internal"
                ),
                Step(f"{sight.compose} up -d {service}"),
            ),
        )
    return Reason(
        f"containers do not find {host}: the engine's resolver does not know it",
        (
            Step(
                f"{sight.compose} run --rm --no-deps --entrypoint getent {service} hosts {host}",
                "whether it still is so",
            ),
            Step('{"dns": ["1.1.1.1"]}', "in /etc/docker/daemon.json, if the host finds it; restart the engine"),
        ),
    )


def _unknown_hosts(sight: Sight, container: Container) -> Iterator[str]:
    known = {*sight.services, *_LOCAL}
    for name, said in sight.services.items():
        known.add(str(said.get("container_name") or name))
        known.add(str(said.get("hostname") or name))
        for network in (said.get("networks") or {}).values():
            known.update((network or {}).get("aliases") or ())
    for name, value in container.environment.items():
        host = _host_of(name, value)
        if host and host not in known and "." not in host:
            yield host


def _host_of(name: str, value: str) -> str:
    if "://" in value:
        try:
            return urlsplit(value).hostname or ""
        except ValueError:
            return ""
    return value if _HOST_NAME.search(name) and re.fullmatch(r"[A-Za-z0-9_.-]+", value) else ""


def _refused(sight: Sight, container: Container, told: Recognised, values: Mapping[str, str]) -> Reason | None:
    host, port = values["host"], _group(told, "port", "redis_port", "node_port", "asyncio_port")
    service = quote(container.service)
    again = Step(f"{sight.compose} up -d {service}", "then start it again")
    if not host:
        named = [each for name, value in container.environment.items() if (each := _host_of(name, value))]
        host = next((each for each in named if each in sight.services or each in _LOCAL), "")
    if host in _LOCAL:
        data = sight.database() or next((name for name in sight.services if data_service(sight.image(name))), "")
        variables = sorted(name for name, value in container.environment.items() if _host_of(name, value) == host)
        return Reason(
            f"it asks {host}, which in a container is the container itself"
            + (f": the database is the service {data}" if data else ""),
            (
                Step(
                    f"{variables[0]}: {data} instead of {host}" if variables and data else data, "what names the host"
                ),
                again,
            ),
        )
    there = next(
        (each for each in sight.ours if host == each.service or host in each.addresses.values()),
        None,
    )
    if there is None:
        waits = list(sight.services[container.service].get("depends_on") or {})
        there = next((each for each in sight.ours if each.service in waits and each.data), None)
    if there is None:
        where = f"at {host}" if host else "where it asks"
        return Reason(f"nothing takes connections {where}", (Step(f"{sight.compose} ps", "who runs"), again))
    host = there.service
    if not there.running:
        return Reason(f"{host} does not run", (Step(f"{sight.compose} up -d {quote(host)}"), again))
    said = sight.engine.docker("exec", there.id, "sh", "-c", LISTENING)
    ports = listening(said.out) if said.well else ()
    if port and ports and int(port) not in ports:
        return Reason(
            f"it asks {host} on port {port}, and {host} listens on {', '.join(map(str, ports[:4]))}",
            (
                Step(
                    f"{host}:{ports[0]}",
                    "what names the port: the one in the container, not the one it is published on",
                ),
                again,
            ),
            (f"/proc/net/tcp of {host}: {', '.join(map(str, ports[:4]))}",),
        )
    waits_how = (sight.services[container.service].get("depends_on") or {}).get(host) or {}
    if waits_how.get("condition") != "service_healthy":
        return Reason(
            f"it asks {host} before that is ready, and does not wait for it",
            (
                Step(
                    f"depends_on: {{{host}: {{condition: service_healthy}}}}",
                    f"in the service {container.service}; {host} needs a healthcheck",
                ),
                Step(f"{sight.compose} up -d {service}", "by now it is ready"),
            ),
            (f"depends_on of {container.service}: {waits_how.get('condition') or 'nothing'}",),
        )
    return None


# Databases.


def _password(sight: Sight, container: Container, told: Recognised, values: Mapping[str, str]) -> Reason | None:
    data = sight.database(_host_in(told.line, sight)) or (container.service if container.data else None)
    account = _group(told, "account", "mysql")
    database = next((each for each in sight.ours if each.service == data and each.running), None)
    again = Step(f"{sight.compose} up -d {quote(container.service)}", "then start it again")
    if database is None or database.data is None or database.data.title != "PostgreSQL" or not account:
        return None
    superuser = database.environment.get("POSTGRES_USER") or "postgres"
    by_network = (
        'PGPASSWORD="$POSTGRES_PASSWORD" psql -h "$(hostname -i | cut -d" " -f1)" -U "$0" -d postgres -tAc "SELECT 1"'
    )
    tried = sight.engine.docker("exec", database.id, "sh", "-c", by_network, superuser)
    seen = (f"psql as {superuser} with the password of {data}: {'let in' if tried.well else 'refused'}",)
    if not tried.well and account == superuser:
        # psql takes the password from the container's own environment, so that it stands on no command line.
        change = (
            r"""printf '%s\n' '\getenv p POSTGRES_PASSWORD' """
            r""""SELECT format('ALTER USER %I PASSWORD %L', current_user, :'p') \gexec" """
        )
        return Reason(
            f"the volume of {data} was made with another password than the files have now, and keeps it",
            (
                Step(
                    f"{change}| {sight.compose} exec -T {quote(database.service)} psql -U {quote(superuser)} -d "
                    f"postgres",
                    "gives the database the password of now",
                ),
                again,
            ),
            seen,
        )
    if tried.well and account == superuser:
        return Reason(
            f"{container.service} has another password than {data}: the two are written in two places",
            (Step("dockwright env trace POSTGRES_PASSWORD", "where each one's comes from"), again),
            seen,
        )
    roles = "SELECT rolname FROM pg_roles"
    asked = sight.engine.docker("exec", database.id, "psql", "-U", superuser, "-d", "postgres", "-tAc", roles)
    if asked.well and account not in asked.out.split():
        return Reason(
            f"the database of {data} has no user {account}: its volume was made with POSTGRES_USER {superuser} or "
            f"another",
            (
                Step(
                    f"{sight.compose} exec {quote(database.service)} createuser -U {quote(superuser)} --pwprompt "
                    f"{quote(account)}"
                ),
                again,
            ),
            seen,
        )
    return None


def _host_in(line: str, sight: Sight) -> str:
    return next((word for word in re.findall(r"[\w.-]+", line) if word in sight.services), "")


def _version(sight: Sight, container: Container, told: Recognised, values: Mapping[str, str]) -> Reason | None:
    major = postgres_major(container.image)
    if told.groups.get("moved") and major is not None:
        return Reason(
            "from 18 on the volume of PostgreSQL is mounted at /var/lib/postgresql, and its data is of an older "
            "version",
            (
                Step(
                    f"image: {container.image.partition(':')[0]}:{major - 1}",
                    "which reads the data again; pg_dumpall with it",
                ),
                Step(
                    "volumes: [NAME:/var/lib/postgresql]", "a new volume for the new version; then psql with the dump"
                ),
            ),
        )
    return None


_LOOKS: Mapping[str, Callable[[Sight, Container, Recognised, Mapping[str, str]], Reason | None]] = {
    "path-denied": _path_denied,
    "path-read-only": _read_only,
    "mount-is-folder": _mounted_folder,
    "module-missing": _module,
    "variable-missing": _variable,
    "host-unknown": _host,
    "connection-refused": _refused,
    "password-refused": _password,
    "data-of-another-version": _version,
}
