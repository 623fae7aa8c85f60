"""Why containers end: what Python, its frameworks, databases, shells and runc say last, and what mends that.

Sources: the messages in the programs' own sources and in errno(3). `steps` may name `{compose}` (the stack's command),
`{service}`, `{user}` (who the container runs as), `{mount}` (what `{path}` lies on), `{host_path}` (where that is on
the host) and `{database}` (the stack's data service that is meant). Of some causes the log tells only half: their
steps are what is left to do where nobody can tell the other half.
"""

from __future__ import annotations

import re

from dockwright.facts.known_errors import Known, Step

_AGAIN = Step("{compose} up -d {service}", "then start it again")
_TRACE = "dockwright env trace {name}"


def _path(name: str = "path") -> str:
    """A path in quotes, or without."""
    return rf"['\"‘“]?(?P<{name}>/[^\s'\"’”:,]+)"


START_ERRORS: tuple[Known, ...] = (
    Known(
        "program-missing",
        re.compile(r'exec: "(?P<program>[^"]+)": (?:executable file not found in \$PATH|stat \S+: no such file)'),
        "the image has no program {program}",
        (
            Step("{compose} run --rm --no-deps --entrypoint sh {service} -c 'echo $PATH'", "where it is looked for"),
            Step("{compose} up -d --build {service}", "once the image installs it, or the command is written right"),
        ),
    ),
    Known(
        "no-run-bit",
        re.compile(r'exec: "(?P<path>[^"]+)": permission denied'),
        "{path} may not be run: it has no run bit, or is a folder",
        (
            Step("chmod +x {host_path}", "and git add --chmod=+x, so that the next one has it too"),
            Step("{compose} up -d --build {service}"),
        ),
    ),
    Known(
        "mount-is-folder",
        re.compile(r'error mounting "(?P<source>[^"]+)" to rootfs at "(?P<path>[^"]+)".*[Nn]ot a directory'),
        "{source} is a folder, and {path} in the image is a file, or the reverse",
        (Step("ls -ld {source}", "the engine makes a folder of what is not there"), _AGAIN),
    ),
    Known(
        "user-unknown",
        re.compile(r"unable to find (?:user|group) (?P<name>[^:]+): no matching entries"),
        "the image has no user or group {name}",
        (
            Step(
                'user: "1000:1000"', "in the service {service}: a number needs no entry; or make the user in the image"
            ),
            _AGAIN,
        ),
    ),
    Known(
        "wrong-architecture",
        re.compile(r"exec format error"),
        "what is started is made for another processor, or is a script without an interpreter in its first line",
        (
            Step("docker image inspect {image} --format '{{{{.Architecture}}}}'"),
            Step("{compose} build --pull {service}"),
        ),
    ),
    Known(
        "bind-source-missing",
        re.compile(r"bind source path does not exist: (?P<path>\S+)"),
        "{path} is mounted, and is not there",
        (Step("mkdir -p {path}", "or make the file that is meant"), _AGAIN),
    ),
    Known(
        "network-gone",
        re.compile(r"network (?P<network>\S+) not found"),
        "the network that the container was made with is gone",
        (Step("{compose} up -d --force-recreate {service}"),),
    ),
    Known(
        "runtime-missing",
        re.compile(r"could not select device driver|unknown or invalid runtime name: (?P<runtime>\S+)"),
        "the engine has not the runtime or driver that the service asks for",
        (Step("docker info --format '{{{{json .Runtimes}}}}'", "those that it has"),),
    ),
)
"""What the engine says of a container that it could not start."""

LOG_CAUSES: tuple[Known, ...] = (
    # Data services.
    Known(
        "data-of-another-version",
        re.compile(
            r"initialized by PostgreSQL version (?P<old>[\d.]+), which is not compatible with this version "
            r"(?P<new>[\d.]+)|"
            r"(?P<moved>in 18\+, these Docker images are configured)|"
            r"(?P<mysql>Invalid MySQL server (?:downgrade|upgrade))|UPGRADE PROBLEM: .* "
            r"featureCompatibilityVersion.*'(?P<mongo>[\d.]+)'|"
            r"(?P<redis>Can't handle RDB format version \d+)"
        ),
        "the data were written by another major version{versions}",
        (
            Step("image: {old_image}", "in the service {service}, which reads them again"),
            Step(
                "{compose} exec -T {service} {dump} > dump.sql",
                "with it; then a new volume, the new image, and the dump into it",
            ),
        ),
    ),
    Known(
        "password-unset",
        re.compile(
            r"superuser password is not specified|Database is uninitialized and password option is not specified|"
            r"[Yy]ou need to specify one of the following"
        ),
        "the database has no password to make its superuser with",
        (
            Step("dockwright env trace {password_variable}", "every place that it passes"),
            Step("{compose} up -d {service}", "once it has a value"),
        ),
    ),
    Known(
        "data-folder-not-empty",
        re.compile(
            r"directory \"(?P<path>[^\"]+)\" exists but is not empty|--initialize specified but the data "
            r"directory has files"
        ),
        "the data folder holds something that is no database",
        (
            Step("{compose} run --rm --no-deps --entrypoint ls {service} -la {path}", "what it is"),
            Step("PGDATA={path}/pgdata", "in environment of {service}, if it is a disk of its own with lost+found"),
        ),
    ),
    Known(
        "data-incomplete",
        re.compile(
            r"could not access the server configuration file \"(?P<path>[^\"]+)/[^/\"]+\"|invalid primary "
            r"checkpoint record|could not locate a valid checkpoint"
        ),
        "the data folder is incomplete: its first start was interrupted, or it was copied while the server ran",
        (
            Step("{compose} run --rm --no-deps --entrypoint ls {service} -la {path}", "what there is of it"),
            Step("{compose} up -d {service}", "once it is restored from a backup; an empty volume starts anew"),
        ),
    ),
    Known(
        "capability-missing",
        re.compile(
            r"chmod: changing permissions of .*Operation not permitted|chown: .*Operation not permitted|"
            r"failed switching to .*operation not permitted|su-exec: .*Operation not permitted|setgroups?: "
            r".*[Oo]peration not permitted|"
            r"setpriv: .*Operation not permitted|could not change (?:owner|permissions) .*Operation not permitted"
        ),
        "its entry point hands its folder over to another user, and has not the capabilities for it",
        (
            Step("cap_add: [CHOWN, DAC_OVERRIDE, FOWNER, SETGID, SETUID]", "in the service {service}, below cap_drop"),
            _AGAIN,
        ),
    ),
    Known(
        "password-refused",
        re.compile(
            r"password authentication failed for user \"(?P<account>[^\"]+)\"|Access denied for user "
            r"'(?P<mysql>[^']+)'|"
            r"(?P<redis>WRONGPASS|NOAUTH|invalid username-password pair)|(?P<mongo>Authentication failed\.)|"
            r"ACCESS_REFUSED"
        ),
        "the password that it uses is not the one that the database was made with",
        (Step("{password_step}", "{password_why}"), _AGAIN),
    ),
    Known(
        "database-missing",
        re.compile(r'database "(?P<name>[^"]+)" does not exist|Unknown database \'(?P<mysql>[^\']+)\''),
        "the database server has no database {name}{mysql}: its volume was made with other names",
        (
            Step("{compose} exec {database} {create_database}", "makes it"),
            _AGAIN,
        ),
    ),
    Known(
        "role-missing",
        re.compile(r'role "(?P<name>[^"]+)" does not exist'),
        "the database server has no role {name}: its volume was made with another POSTGRES_USER",
        (Step("docker volume ls --filter name={project}", "the volumes; a new one gets the names of now"),),
    ),
    Known(
        "migrations-missing",
        re.compile(r'relation "(?P<name>[^"]+)" does not exist|no such table: (?P<sqlite>\S+)'),
        "the database has no table {name}{sqlite}: its migrations were not run",
        (Step("{compose} run --rm {service} {migrate}", "runs them"), _AGAIN),
    ),
    Known(
        "migration-unknown",
        re.compile(r"Can't locate revision identified by '(?P<revision>\w+)'"),
        "the database was migrated to {revision}, which this source does not have: it is of another branch",
        (
            Step(
                "git log --all --oneline -S {revision}", "where that revision is; check it out, or take another volume"
            ),
        ),
    ),
    # Names and connections.
    Known(
        "host-unknown",
        re.compile(
            r"could not translate host name \"(?P<host>[^\"]+)\"|Unknown (?:MySQL )?server host '(?P<mysql>[^']+)'|"
            r"Error -[23] connecting to (?P<redis>[^:]+):|failed to resolve host '(?P<psycopg>[^']+)'|"
            r"getaddrinfo (?:ENOTFOUND|EAI_AGAIN) (?P<node>\S+)|[Nn]ame or service not known|Temporary failure in "
            r"name resolution|"
            r"nodename nor servname|Name does not resolve|getaddrinfo failed|could not resolve host:? (?P<other>\S+)"
        ),
        "no service of its networks is called {host}",
        (Step("{compose} exec {service} getent hosts {host}"), _AGAIN),
    ),
    Known(
        "connection-refused",
        re.compile(
            r"connection to server at \"(?P<host>[^\"]+)\"(?: \([^)]*\))?, port (?P<port>\d+) failed: Connection "
            r"refused|"
            r"Error 111 connecting to (?P<redis>[^:]+):(?P<redis_port>\d+)|Can't connect to (?:MySQL )?server on "
            r"'(?P<mysql>[^' ]+)|"
            r"ECONNREFUSED (?P<node>[^\s:]+):(?P<node_port>\d+)|Connect call failed \('(?P<asyncio>[^']+)', "
            r"(?P<asyncio_port>\d+)|"
            r"Connection refused|ECONNREFUSED"
        ),
        "nothing takes connections at {host}",
        (Step("{compose} ps", "who runs"), _AGAIN),
    ),
    Known(
        "address-in-use",
        re.compile(r"[Aa]ddress already in use|EADDRINUSE|[Pp]ort (?P<port>\d+) is already in use"),
        "two programs in the container want the same port: the command starts the server twice, or a supervisor does",
        (Step("{compose} top {service}", "what runs in it; correct command and entrypoint"), _AGAIN),
    ),
    # Files.
    Known(
        "path-read-only",
        re.compile(
            rf"[Rr]ead-only file system:? {_path()}|{_path('before')}['’\"]?: [Rr]ead-only file system|"
            rf"EROFS\b.*?{_path('node')}"
        ),
        "it writes {path}, and the container's root is read-only",
        (Step("tmpfs: [{folder}]", "in the service {service}; or a volume there, if it has to last"), _AGAIN),
    ),
    Known(
        "path-denied",
        re.compile(
            rf"[Pp]ermission denied:? {_path()}|{_path('before')}['’\"]?: [Pp]ermission denied|"
            rf"EACCES\b.*?{_path('node')}|"
            r"(?P<sqlite>unable to open database file)|Can't open or create append-only dir (?P<redis>\S+): Permission|"
            r"Failed opening the temp RDB file (?P<rdb>\S+) .*Permission"
        ),
        "{user} may not use {path}",
        (Step("{compose} run --rm --no-deps --user 0 --entrypoint chown {service} -R {user} {path}"), _AGAIN),
    ),
    Known(
        "script-line-ends",
        re.compile(
            r"^exec (?P<path>\S+): no such file or directory|exec user process caused: no such file|env: "
            r"[‘']?(?P<interpreter>\w+)\\r"
        ),
        "{path} is there, and what its first line names is not: the line ends with CRLF, or the image has not "
        "that interpreter",
        (
            Step("sed -i 's/\\r$//' {host_path}", "if its lines end with CRLF"),
            Step("{compose} up -d --build {service}"),
        ),
    ),
    Known(
        "script-without-interpreter",
        re.compile(r"^exec (?P<path>\S+): exec format error|exec user process caused: exec format error"),
        "{path} is a script without an interpreter in its first line, or a program for another processor",
        (Step("sed -i '1i #!/bin/sh' {host_path}", "if it is a script"), Step("{compose} up -d --build {service}")),
    ),
    Known(
        "mount-is-folder",
        re.compile(
            rf"can't find '__main__' module in {_path()}|IsADirectoryError: .*{_path('other')}|(?P<cat>/\S+): Is a "
            rf"directory"
        ),
        "{path}{other}{cat} is a folder, and should be a file",
        (Step("ls -ld {host_path}", "the engine makes a folder of a bind mount's file that is not there"), _AGAIN),
    ),
    # Python.
    Known(
        "library-missing",
        re.compile(r"(?P<library>lib[\w.+-]+\.so[\d.]*): cannot open shared object file"),
        "the image has no {library}: it is installed where the image is built, and not where it runs",
        (Step("{compose} build {service}", "once the final stage installs the package that {library} is in"), _AGAIN),
    ),
    Known(
        "module-missing",
        re.compile(
            r"ModuleNotFoundError: No module named '(?P<module>[\w.]+)'|: No module named (?P<other>[\w.]+)$|"
            r"Could not import module \"(?P<asgi>[\w.]+)\""
        ),
        "the container has no module {module}{other}{asgi}",
        (Step("{compose} up -d --build {service}"),),
    ),
    Known(
        "variable-missing",
        re.compile(
            r"^KeyError: '(?P<name>[A-Z][A-Z0-9_]{2,})'|Set the (?P<environ>\w+) environment variable|"
            r"(?P<decouple>\w+) not found\. Declare it as envvar|The (?P<django>SECRET_KEY) setting must not be empty|"
            r"(?:\d+: )?(?P<shell>[A-Z][A-Z0-9_]+): (?:parameter not set|unbound variable|parameter null or not set)|"
            r"[Ee]nvironment variable [\"'`]?(?P<said>[A-Z][A-Z0-9_]+)[\"'`]? (?:is )?(?:not set|missing|required|"
            r"not found)|"
            r"[Mm]issing (?:required )?env(?:ironment)? var(?:iable)?:? [\"'`]?(?P<missing>[A-Z][A-Z0-9_]+)|"
            r"(?P<pydantic>Field required \[type=missing)"
        ),
        "the variable {name} does not reach it",
        (Step(_TRACE, "every place that it passes"), _AGAIN),
    ),
    Known(
        "variable-wrong",
        re.compile(r"Input should be (?P<what>[^\[]+) \[type=(?P<kind>\w+)|ValueError: invalid literal for int\(\)"),
        "a variable has a value of the wrong type",
        (Step("{compose} logs {service}", "it names the setting; correct its value in the env file"), _AGAIN),
    ),
    Known(
        "application-not-found",
        re.compile(
            r"Attribute \"(?P<name>\w+)\" not found in module \"(?P<module>[\w.]+)\"|Failed to find attribute "
            r"'(?P<attribute>\w+)' in '(?P<other>[\w.]+)'"
        ),
        "the command names an application {name}{attribute} that {module}{other} does not have",
        (Step("{compose} config {service}", "its command: MODULE:NAME"), _AGAIN),
    ),
    Known(
        "program-missing",
        re.compile(
            r"(?:/bin/)?(?:ba|da|a)?sh: (?:\d+: |line \d+: )?(?:exec: )?(?P<program>[\w.+/-]+): (?:command )?not found"
        ),
        "the image has no program {program}",
        (Step("{compose} up -d --build {service}", "once the image installs it, or the command is written right"),),
    ),
    Known(
        "certificate-refused",
        re.compile(r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|unable to get local issuer certificate"),
        "it talks to a server whose certificate it does not trust",
        (
            Step(
                "{compose} exec {service} env",
                "SSL_CERT_FILE has to name the authority, which the image or a mount has to bring",
            ),
            _AGAIN,
        ),
    ),
    Known(
        "no-space",
        re.compile(r"[Nn]o space left on device|ENOSPC"),
        "the disk that it writes on is full",
        (
            Step("docker system df -v", "what takes the room"),
            Step("docker builder prune --filter until=168h", "the build cache of more than a week ago"),
        ),
    ),
    Known(
        "memory-error",
        re.compile(r"^MemoryError|Cannot allocate memory|std::bad_alloc|Worker \(pid:\d+\) was sent SIGKILL"),
        "it wants more memory than it may have",
        (
            Step("deploy: {{resources: {{limits: {{memory: 512M}}}}}}", "in the service {service}: more than now"),
            _AGAIN,
        ),
    ),
)
"""In the order of their rank within one line; of several lines the last one counts."""

PROBE_CAUSES: tuple[Known, ...] = (
    Known(
        "probe-program-missing",
        re.compile(
            r'exec: "(?P<program>[^"]+)": (?:executable file not found|stat)|'
            r"sh: (?:\d+: |line \d+: )?(?P<shell>[\w./-]+): (?:command )?not found"
        ),
        "its health check runs {program}{shell}, which the image does not have",
        (
            Step("test: {better}", "in the healthcheck of {service}: what the image has"),
            _AGAIN,
        ),
    ),
    Known(
        "probe-scheme",
        re.compile(
            r"WRONG_VERSION_NUMBER|wrong version number|record layer failure|packet length too long|SSL "
            r"routines.*unknown protocol"
        ),
        "its health check asks by HTTPS, and the server talks HTTP",
        (Step("test: {http}", "in the healthcheck of {service}: http instead of https"), _AGAIN),
    ),
    Known(
        "probe-scheme",
        re.compile(
            r"[Ee]mpty reply from server|RemoteDisconnected|BadStatusLine|Remote end closed connection|"
            r"HTTP request was sent to HTTPS|Received HTTP/0\.9|Connection reset by peer"
        ),
        "its health check asks by HTTP, and the server wants HTTPS or closes the connection",
        (Step("test: {https}", "in the healthcheck of {service}: https, and the certificate's authority"), _AGAIN),
    ),
    Known(
        "probe-certificate",
        re.compile(
            r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|SSL certificate problem|self[- ]signed certificate"
        ),
        "its health check does not trust the server's certificate",
        (
            Step("dockwright certs", "certificates of an authority that the check can be given"),
            Step("{compose} up -d --force-recreate {service}", "then start it again"),
        ),
    ),
    Known(
        "probe-port",
        re.compile(r"[Cc]onnection refused|Couldn't connect to server|Failed to connect|ECONNREFUSED|no response"),
        "its health check asks a port on which nothing listens{ports}",
        (Step("test: {ported}", "in the healthcheck of {service}: the port that the server listens on"), _AGAIN),
    ),
    Known(
        "probe-path",
        re.compile(
            r"HTTP Error (?P<status>40[0-9]|30[0-9])|returned error: (?P<curl>40[0-9])|HTTP/1\.\d (?P<wget>40[0-9])"
        ),
        "the server answers its health check with {status}{curl}{wget}: it asks for a path that is not there, or "
        "not open",
        (
            Step(
                "{compose} config {service}",
                "the path in healthcheck.test; /health or whatever answers without a login",
            ),
            _AGAIN,
        ),
    ),
    Known(
        "probe-server-error",
        re.compile(r"HTTP Error (?P<status>5\d\d)|returned error: (?P<curl>5\d\d)|HTTP/1\.\d (?P<wget>5\d\d)"),
        "the server answers its health check with {status}{curl}{wget}: it runs, and cannot do its work",
        (Step("{compose} logs --tail 50 {service}", "why; most often a database that it does not reach"),),
    ),
    Known(
        "probe-too-slow",
        re.compile(r"[Hh]ealth check exceeded timeout|timed out|TimeoutError|Operation timed out"),
        "its health check is not answered within {timeout}",
        (Step("timeout: 10s", "in the healthcheck of {service}, if by hand it only takes longer"), _AGAIN),
    ),
    Known(
        "probe-name",
        re.compile(r"[Cc]ould not resolve|Name or service not known|Temporary failure in name resolution|bad address"),
        "its health check asks for a host that the container does not know; it should ask localhost",
        (Step("{compose} config {service}", "the host in healthcheck.test"), _AGAIN),
    ),
    Known(
        "probe-rights",
        re.compile(r"[Pp]ermission denied|Operation not permitted"),
        "the container's user {user} may not do what its health check does",
        (Step("{compose} exec {service} id", "who the check runs as: the service's user"), _AGAIN),
    ),
    Known(
        "probe-login",
        re.compile(
            r"password authentication failed|Access denied for user|NOAUTH|WRONGPASS|role \"[^\"]+\" does not exist|"
            r"database \"[^\"]+\" does not exist"
        ),
        "its health check logs in with what the database does not know",
        (Step("dockwright env trace {password_variable}", "and user and name in healthcheck.test"), _AGAIN),
    ),
    Known(
        "probe-broken",
        re.compile(
            r"SyntaxError|ModuleNotFoundError|NameError|AttributeError|unexpected (?:EOF|end of file)|syntax "
            r"error|[Uu]sage:|unrecognized option"
        ),
        "its health check's command is wrong in itself",
        (Step("{compose} config {service}", "healthcheck.test"), _AGAIN),
    ),
)
"""Why a health check fails that was run by hand; its last telling line counts."""
