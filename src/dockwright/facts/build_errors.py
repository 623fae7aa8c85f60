"""Why builds fail: what BuildKit, apt, pip, uv, Poetry, compilers and shells print, and what mends that.

Sources: the messages in the tools' own sources; the packages are those of Debian trixie and Alpine 3.22 that hold the
file. `steps` may name `{at}` (file and line), `{build}` and `{compose}` (the stack's commands), `{base}` (the stage's
image), `{install}` (how the stage's distribution installs packages), `{service}`, `{dockerfile}` and `{ignore_file}`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from dockwright.facts.known_errors import Known, Step

PROVIDERS: Mapping[str, tuple[str, str]] = {
    "Python.h": ("python3-dev", "python3-dev"),
    "bzlib.h": ("libbz2-dev", "bzip2-dev"),
    "cairo.h": ("libcairo2-dev", "cairo-dev"),
    "cargo": ("cargo rustc", "cargo rust"),
    "cc": ("gcc libc6-dev", "gcc musl-dev"),
    "cmake": ("cmake", "cmake"),
    "curl": ("curl", "curl"),
    "curl-config": ("libcurl4-openssl-dev libssl-dev", "curl-dev"),
    "curl/curl.h": ("libcurl4-openssl-dev", "curl-dev"),
    "ffi.h": ("libffi-dev", "libffi-dev"),
    "freetype2/ft2build.h": ("libfreetype-dev", "freetype-dev"),
    "g++": ("g++", "g++"),
    "gcc": ("gcc libc6-dev", "gcc musl-dev"),
    "gfortran": ("gfortran", "gfortran"),
    "git": ("git", "git"),
    "gmp.h": ("libgmp-dev", "gmp-dev"),
    "gssapi/gssapi.h": ("libkrb5-dev", "krb5-dev"),
    "jpeglib.h": ("libjpeg-dev", "jpeg-dev"),
    "krb5-config": ("libkrb5-dev", "krb5-dev"),
    "lber.h": ("libldap-dev libsasl2-dev", "openldap-dev cyrus-sasl-dev"),
    "ldap.h": ("libldap-dev libsasl2-dev", "openldap-dev cyrus-sasl-dev"),
    "libpq-fe.h": ("libpq-dev", "libpq-dev"),
    "librdkafka/rdkafka.h": ("librdkafka-dev", "librdkafka-dev"),
    "libxml/xmlversion.h": ("libxml2-dev libxslt1-dev", "libxml2-dev libxslt-dev"),
    "limits.h": ("libc6-dev", "musl-dev"),
    "lzma.h": ("liblzma-dev", "xz-dev"),
    "magic.h": ("libmagic-dev", "file-dev"),
    "make": ("make", "make"),
    "mariadb_config": ("libmariadb-dev", "mariadb-connector-c-dev"),
    "mysql.h": ("default-libmysqlclient-dev pkg-config", "mariadb-connector-c-dev pkgconf"),
    "mysql_config": ("default-libmysqlclient-dev pkg-config", "mariadb-connector-c-dev pkgconf"),
    "ninja": ("ninja-build", "samurai"),
    "node": ("nodejs npm", "nodejs npm"),
    "npm": ("nodejs npm", "nodejs npm"),
    "openssl/ssl.h": ("libssl-dev", "openssl-dev"),
    "openssl/opensslv.h": ("libssl-dev", "openssl-dev"),
    "pg_config": ("libpq-dev gcc libc6-dev", "libpq-dev gcc musl-dev"),
    "pkg-config": ("pkg-config", "pkgconf"),
    "rustc": ("cargo rustc", "cargo rust"),
    "sasl/sasl.h": ("libsasl2-dev", "cyrus-sasl-dev"),
    "sql.h": ("unixodbc-dev", "unixodbc-dev"),
    "sqlite3.h": ("libsqlite3-dev", "sqlite-dev"),
    "stdio.h": ("libc6-dev", "musl-dev"),
    "stdlib.h": ("libc6-dev", "musl-dev"),
    "unzip": ("unzip", "unzip"),
    "wget": ("wget", "wget"),
    "xmlsec/xmlsec.h": ("libxmlsec1-dev pkg-config", "xmlsec-dev pkgconf"),
    "xslt-config": ("libxml2-dev libxslt1-dev", "libxml2-dev libxslt-dev"),
    "yaml.h": ("libyaml-dev", "yaml-dev"),
    "zlib.h": ("zlib1g-dev", "zlib-dev"),
    "zmq.h": ("libzmq3-dev", "zeromq-dev"),
}
"""The packages of Debian and of Alpine that bring a program or a header, by its name."""


def packages(thing: str, *, alpine: bool) -> str:
    """The packages that bring a program or a header; empty where none is known."""
    name = re.sub(r"^(?:\w+-linux-(?:gnu|musl)-|.*/bin/)|-\d+$", "", thing)
    known = PROVIDERS.get(name) or PROVIDERS.get(name.rpartition("/")[2])
    return known[alpine] if known is not None else ""


_BUILD = Step("{build}", "then build again")
_COMPILERS = r"(?:[\w.]+-linux-\w+-)?(?:gcc|g\+\+|cc|c\+\+|clang|gfortran|cmake|ninja|make|cargo|rustc)(?:-\d+)?"
_APT_UPDATE = re.compile(r"\bapt(?:-get)?\s+(?:-\S+\s+)*update\b")
_RUNS_SOMETHING = re.compile(r"(?i)^\s*(?:RUN|COPY|ADD)\b(?!.*--from)")
_APT = re.compile(r"\bapt(?:-get)?\s")

BUILD_ERRORS: tuple[Known, ...] = (
    # The solver's own word: nothing was run yet.
    Known(
        "build-syntax",
        re.compile(r"unknown instruction: (?P<word>\S+)(?: \(did you mean (?P<meant>\S+)\?\))?"),
        "{word} is no instruction of a Dockerfile",
        (Step("{meant}", "at {at}, if that was meant instead of {word}"), _BUILD),
    ),
    Known(
        "build-syntax",
        re.compile(r"[Dd]ockerfile parse error on line \d+: (?P<why>.+)"),
        "the Dockerfile cannot be read: {why}",
        (Step("{build}", "once {at} is written right"),),
    ),
    Known(
        "build-unknown-stage",
        re.compile(r'target stage "?(?P<stage>[^"\s]+)"? could not be found'),
        "the stack asks for the stage {stage}, and {dockerfile} has none of that name",
        (Step("grep -in '^FROM' {dockerfile}", "the stages there are; name one of them in build.target"), _BUILD),
    ),
    Known(
        "build-unknown-stage",
        re.compile(r"docker\.io/library/(?P<stage>[\w.-]+):latest|^(?P<short>[\w.-]+): failed to resolve"),
        "{stage} is no stage of {dockerfile}, so that it is taken for an image, and there is none",
        (Step("grep -in '^FROM' {dockerfile}", "the stages there are; name one of them at {at}"), _BUILD),
        having=re.compile(r"--from=(?P<stage>[A-Za-z][\w.-]*)(?=\s|$)"),
    ),
    Known(
        "build-argument-missing",
        re.compile(
            r"base name \((?P<name>[^)]*)\) should not be blank|failed to parse stage name|invalid reference format"
        ),
        "the name of the base image is made of a build argument that has no value",
        (
            Step("ARG {variable}=VALUE", "above the first FROM of {dockerfile}, or set build.args of {service}"),
            _BUILD,
        ),
        having=re.compile(r"(?i)\bFROM\b.*\$\{?(?P<variable>\w+)"),
    ),
    Known(
        "build-without-buildkit",
        re.compile(
            r"the --\w+ option requires BuildKit|[Uu]nknown flag: (?:mount|link|chmod)|BuildKit is enabled but "
            r"the buildx"
        ),
        "the Dockerfile needs BuildKit, and the build is made without it",
        (
            Step("docker buildx version", "install the plugin docker-buildx if this fails"),
            Step("DOCKER_BUILDKIT=1 {build}"),
        ),
    ),
    Known(
        "build-secret-missing",
        re.compile(r"secret (?P<id>\S+): not found"),
        "the build needs the secret {id}, and the stack gives it none",
        (
            Step("build: {{secrets: [{id}]}}", "in the service {service}, with {id} below the file's secrets:"),
            _BUILD,
        ),
    ),
    Known(
        "build-secret-missing",
        re.compile(r"unset invalid (?:empty )?ssh|no SSH key \"(?P<id>[^\"]*)\"|could not parse ssh"),
        "the build needs the SSH agent, and the stack does not give it",
        (
            Step("build: {{ssh: [default]}}", "in the service {service}"),
            Step("ssh-add -l", "the agent has to hold the key"),
            _BUILD,
        ),
    ),
    Known(
        "build-no-dockerfile",
        re.compile(r"failed to read dockerfile: open (?P<path>\S+): no such file"),
        "there is no {path} in the build context",
        (Step("docker compose config", "build.context and build.dockerfile, which is relative to it"), _BUILD),
    ),
    Known(
        "build-no-context",
        re.compile(
            r"(?:unable to prepare context: )?path \"(?P<path>[^\"]+)\" not found|lstat (?P<other>\S+): no such file"
        ),
        "the build context {path}{other} is not there",
        (Step("docker compose config", "build.context is relative to the folder of the first compose file"), _BUILD),
    ),
    Known(
        "build-copies-nothing",
        re.compile(r'"(?P<path>/[^"]*)": not found|(?:COPY|ADD) failed: .*?(?P<other>/\S+): no such file'),
        "{path} is not in the stage {stage} that it is copied from",
        (Step("docker build --target {stage} -f {dockerfile} .", "the stage that has to make it"), _BUILD),
        having=re.compile(r"--from=(?P<stage>[\w./:-]+)"),
    ),
    Known(
        "build-copies-nothing",
        re.compile(r'"(?P<path>/[^"]*)": not found|(?:COPY|ADD) failed: .*?(?P<other>/\S+): no such file'),
        "{path}{other} is not in the build context{excluded}",
        (Step("{mend_copy}", "{mend_copy_why}"), _BUILD),
    ),
    # Base images.
    Known(
        "image-rate-limited",
        re.compile(r"toomanyrequests|429 Too Many Requests|pull rate limit"),
        "the registry gives no more images to this address for some hours",
        (Step("docker login", "who is logged in may pull more"), _BUILD),
    ),
    Known(
        "image-wrong-architecture",
        re.compile(r"no match for platform in manifest|no matching manifest for (?P<platform>\S+)"),
        "{base} is not made for this machine's processor",
        (
            Step("docker buildx imagetools inspect {base}", "the platforms that it is made for"),
            Step("DOCKER_DEFAULT_PLATFORM=linux/amd64 {build}", "emulated, if it is made for that one"),
        ),
    ),
    Known(
        "image-not-pulled",
        re.compile(
            r"lookup \S+(?: on \S+)?: (?:no such host|server misbehaving|Temporary failure)|dial tcp .*(?:i/o "
            r"timeout|refused|"
            r"unreachable)|net/http: (?:TLS handshake timeout|request canceled)|Client\.Timeout exceeded"
        ),
        "{base} is not on this machine, and its registry cannot be reached",
        (
            Step("docker pull {base}", "once there is a way to the registry: network, proxy, VPN"),
            Step("docker info --format '{{{{.HTTPSProxy}}}}'", "the proxy that the engine uses"),
        ),
    ),
    Known(
        "image-not-allowed",
        re.compile(r"unauthorized|401 Unauthorized|403 Forbidden|denied: |no basic auth credentials"),
        "the registry does not give {base} to who is logged in",
        (Step("docker login {registry}", "as somebody who may pull it"), _BUILD),
        lacking=re.compile(r"(?i)^\s*RUN\b"),
    ),
    Known(
        "image-unknown",
        re.compile(r"pull access denied|repository does not exist|insufficient_scope"),
        "there is no image {base}, or none for who is logged in",
        (
            Step("docker buildx imagetools inspect {base}", "what the registry says; correct name and tag at {at}"),
            Step("docker login {registry}", "if it is a private one"),
            _BUILD,
        ),
        lacking=_RUNS_SOMETHING,
    ),
    Known(
        "image-unknown",
        re.compile(r"manifest unknown|: not found$|name unknown"),
        "there is no image {base}",
        (Step("docker buildx imagetools inspect {base}", "what the registry says; correct it at {at}"), _BUILD),
        lacking=_RUNS_SOMETHING,
    ),
    # What holds for anything that is run.
    Known(
        "build-no-space",
        re.compile(
            r"No space left on device|no space left on device|You don't have enough free space|ENOSPC|errno 28\b"
        ),
        "the disk that the engine builds on is full",
        (
            Step("docker system df", "what takes the room"),
            Step("docker builder prune --filter until=168h", "the build cache of more than a week ago"),
            _BUILD,
        ),
    ),
    Known(
        "build-no-memory",
        re.compile(
            r"exit code: 137|cannot allocate memory|Killed signal terminated program|virtual memory exhausted|"
            r"MemoryError|"
            r"JavaScript heap out of memory"
        ),
        "the build ran out of memory",
        (
            Step(
                "docker info --format '{{{{.MemTotal}}}}'",
                "what the engine has; Docker Desktop's settings give it more",
            ),
            _BUILD,
        ),
    ),
    Known(
        "build-wrong-architecture",
        re.compile(r"exec format error"),
        "{base} is made for another processor, and nothing here emulates that one",
        (
            Step("docker image inspect {base} --format '{{{{.Architecture}}}}'", "what it is made for"),
            Step(
                "docker run --privileged --rm tonistiigi/binfmt --install all",
                "emulates others; or take the platform away",
            ),
        ),
    ),
    Known(
        "build-tls-intercepted",
        re.compile(
            r"CERTIFICATE_VERIFY_FAILED|self[- ]signed certificate in certificate chain|unable to get local issuer|"
            r"x509: certificate signed by unknown|invalid peer certificate|SSL certificate problem|certificate "
            r"verification failed|"
            r"Certificate verification failed"
        ),
        "something between here and the server answers with a certificate of its own, which the image does not trust",
        (
            Step("COPY company-ca.crt /usr/local/share/ca-certificates/", "before {at}, with your network's authority"),
            Step(
                "RUN update-ca-certificates",
                "below it; for pip and uv: ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt",
            ),
            _BUILD,
        ),
    ),
    Known(
        "build-proxy",
        re.compile(r"407 Proxy Authentication Required|ProxyError|Cannot connect to proxy|Could not resolve proxy"),
        "the proxy that the build uses does not let it through",
        (Step("docker info --format '{{{{.HTTPSProxy}}}}'", "and the proxies in ~/.docker/config.json"), _BUILD),
    ),
    Known(
        "build-clock",
        re.compile(r"is not valid yet \(invalid for another|certificate is not yet valid"),
        "the engine's clock is behind",
        (
            Step("docker run --rm {base} date -u", "against `date -u` here; restart Docker Desktop or set the clock"),
            _BUILD,
        ),
    ),
    Known(
        "build-no-network",
        re.compile(
            r"Temporary failure (?:in name resolution|resolving)|Could not resolve(?: host)?|NameResolutionError|"
            r"Failed to establish a new connection|dns error|failed to lookup address|Name or service not known|"
            r"Network is unreachable|Could not connect to server|bad address '|DNS lookup error|"
            r"EAI_AGAIN|No address associated with hostname|error sending request for url|Connection timed out|"
            r"ReadTimeoutError|"
            r"Read timed out|operation timed out"
        ),
        "what the build downloads cannot be reached from inside the build",
        (
            Step("docker run --rm {base} getent hosts python.org", "whether containers resolve names at all"),
            Step(
                '{{"dns": ["1.1.1.1"]}}',
                "in /etc/docker/daemon.json, if they do not and the host does; restart the engine",
            ),
            _BUILD,
        ),
    ),
    # apt and apk.
    Known(
        "build-no-package-lists",
        re.compile(r"E: (?:Unable to locate package|Package) '?(?P<package>[\w.+-]+)'?"),
        "apt knows no package {package}, since this RUN does not fetch the lists",
        (Step("{install}", "at {at}: update and install in one RUN"), _BUILD),
        lacking=_APT_UPDATE,
    ),
    Known(
        "build-unknown-package",
        re.compile(
            r"E: (?:Unable to locate package|Package) '?(?P<package>[\w.+-]+)'?(?: has no installation candidate)?"
        ),
        "the release that {base} is made of has no package {package}",
        (
            Step(
                "docker run --rm {base} sh -c 'apt-get update -qq && apt-cache search {package}'",
                "what it is called there",
            ),
            _BUILD,
        ),
    ),
    Known(
        "build-unknown-package",
        re.compile(r"^\s*(?P<package>[\w.+-]+) \(no such package\)"),
        "the release that {base} is made of has no package {package}",
        (Step("docker run --rm {base} apk search --no-cache {package}", "what it is called there"), _BUILD),
    ),
    Known(
        "build-package-version-gone",
        re.compile(r"E: Version '(?P<version>[^']+)' for '(?P<package>[^']+)' was not found"),
        "{package} {version} is not in the archive any more",
        (Step("{package}", "at {at}, without the version: the base image's release pins it enough"), _BUILD),
    ),
    Known(
        "build-release-archived",
        re.compile(
            r"does not (?:any longer )?have a Release file|E: The repository .* (?:is not signed|no longer has)"
        ),
        "the Linux release of {base} has ended, and its packages have moved",
        (Step("docker run --rm {base} cat /etc/os-release", "the release; take a base image of a newer one"), _BUILD),
    ),
    Known(
        "build-stale-package-lists",
        re.compile(r"E: Failed to fetch (?P<url>\S+)\s+404"),
        "the package lists come from an older layer than the archive",
        (Step("{install}", "at {at}: update and install in one RUN"), Step("{build} --no-cache", "once")),
        having=_APT,
    ),
    Known(
        "build-not-root",
        re.compile(
            r"Could not open lock file \S+|E: List directory \S+ is missing.*[Pp]ermission|apk: .*Permission "
            r"denied|ERROR: Unable to lock database"
        ),
        "packages are installed after USER has given up root",
        (Step("USER root", "above {at}, and USER again below it; better, install above the first USER"), _BUILD),
    ),
    Known(
        "build-user-exists",
        re.compile(r"(?:UID|GID|uid|gid) '?(?P<number>\d+)'? (?:is not unique|already exists|in use)"),
        "{base} has somebody of the number {number} already",
        (Step("RUN userdel --remove $(id -un {number})", "above {at}: Ubuntu's images have a user `ubuntu`"), _BUILD),
    ),
    # Compilers and what they need.
    Known(
        "build-no-header",
        re.compile(r"fatal error: '?(?P<thing>[\w./+-]+\.h(?:pp)?)'?(?:: No such file| file not found)"),
        "there is no wheel that fits, and the sources do not compile without {thing}",
        (Step("{install}", "before {at}, in the stage that installs"), _BUILD),
    ),
    Known(
        "build-no-header",
        re.compile(
            r"(?P<thing>pg_config|mysql_config|mariadb_config|xslt-config|curl-config|krb5-config|pkg-config)"
            r"(?:'? executable)?:? (?:is )?(?:not found|command not found)|(?P<mysql>Can not find valid "
            r"pkg-config name)"
        ),
        "there is no wheel that fits, and the sources do not compile without the library's headers{thing_said}",
        (Step("{install}", "before {at}, in the stage that installs"), _BUILD),
    ),
    Known(
        "build-no-compiler",
        re.compile(
            rf"No such file or directory: '(?P<thing>{_COMPILERS})'|unable to execute '(?P<a>{_COMPILERS})'|"
            rf"command '(?P<b>{_COMPILERS})' failed: No such file|(?P<rust>can't find Rust compiler|Cargo, the "
            rf"Rust package manager)|"
            rf"Unknown compiler\(s\): (?P<c>\S+)|(?P<cmake>CMake must be installed)"
        ),
        "there is no wheel that fits this image, and it has no compiler to build one",
        (Step("{install}", "before {at}, in the stage that installs; or take a version with wheels"), _BUILD),
    ),
    # Python's package managers.
    Known(
        "build-stale-lock",
        re.compile(r"[Tt]he lockfile at `uv\.lock` needs to be updated|lockfile needs to be updated"),
        "uv.lock does not fit pyproject.toml, and --locked does not put up with that",
        (Step("uv lock", "and commit uv.lock"), _BUILD),
    ),
    Known(
        "build-stale-lock",
        re.compile(r"poetry\.lock (?:is not up to date|was last generated)|pyproject\.toml changed significantly"),
        "poetry.lock does not fit pyproject.toml",
        (Step("poetry lock", "and commit poetry.lock"), _BUILD),
    ),
    Known(
        "build-stale-lock",
        re.compile(r"Your Pipfile\.lock \(\S*\) is out of date|Pipfile\.lock .*out of date"),
        "Pipfile.lock does not fit Pipfile",
        (Step("pipenv lock", "and commit Pipfile.lock"), _BUILD),
    ),
    Known(
        "build-stale-lock",
        re.compile(r"Lock file (?:hash doesn't match|is not compatible)|pdm\.lock.*(?:out of date|outdated)"),
        "pdm.lock does not fit pyproject.toml",
        (Step("pdm lock", "and commit pdm.lock"), _BUILD),
    ),
    Known(
        "build-no-lock",
        re.compile(
            r"[Uu]nable to find lockfile at `(?P<path>[^`]+)`|(?P<poetry>poetry\.lock) (?:not found|was not found)"
        ),
        "there is no lock file in the image to install from",
        (Step("uv lock", "and commit it; then COPY uv.lock before {at}"), _BUILD),
    ),
    Known(
        "build-hash-mismatch",
        re.compile(
            r"DO NOT MATCH THE HASHES|Hash mismatch for `(?P<what>[^`]+)`|hash.*does not match.*poetry|Invalid hashes"
        ),
        "what was downloaded is not what the lock file has a hash of",
        (
            Step(
                "uv lock --refresh",
                "or your package manager's lock, after you know why: a mirror, a proxy, a release made again",
            ),
            _BUILD,
        ),
    ),
    Known(
        "build-unhashed",
        re.compile(r"In --require-hashes mode, all requirements must have|Hashes are required in --require-hashes"),
        "some requirements have hashes and some have none",
        (
            Step("uv pip compile --generate-hashes requirements.in -o requirements.txt", "gives all of them theirs"),
            _BUILD,
        ),
    ),
    Known(
        "build-wrong-python",
        re.compile(
            r"No interpreter found for Python (?P<wanted>\S+)|resolved to Python (?P<have>[\d.]+), which is "
            r"incompatible with .*?"
            r"`(?P<asked>[^`]+)`|requires a different Python: (?P<pip>\S+) not in '(?P<range>[^']+)'|"
            r"Python version \((?P<poetry>[\d.]+)\) is not allowed by the project \((?P<constraint>[^)]+)\)|"
            r"Python requirement[^`]*`(?P<other>[^`]+)`"
        ),
        "the project wants Python {wanted}{asked}{range}{constraint}{other}, and {base} has another",
        (Step("FROM python:VERSION-slim", "a version that requires-python allows, at the stage of {at}"), _BUILD),
    ),
    Known(
        "build-no-requirements",
        re.compile(
            r"Could not open requirements file: .*'(?P<path>[^']+)'|File not found: `(?P<other>[^`]*requirements[^`]*)`"
        ),
        "{path}{other} is not in the image yet",
        (Step("COPY {path}{other} ./", "above {at}"), _BUILD),
    ),
    Known(
        "build-project-not-there",
        re.compile(
            r"Expected a Python module at|Readme file does not exist: (?P<readme>\S+)|Unable to determine which "
            r"files to ship|"
            r"Multiple top-level packages discovered|(?:does not appear to be|is not) a Python project|No "
            r"file/folder found for package|"
            r"Distribution not found at: file|No `pyproject\.toml` found|[Dd]irectory '?\S+'? is not installable"
        ),
        "the project itself is installed before its files are in the image",
        (
            Step(
                "uv sync --locked --no-install-project", "at {at}, and `uv sync --locked` below the COPY of the source"
            ),
            _BUILD,
        ),
    ),
    Known(
        "build-version-from-git",
        re.compile(
            r"setuptools[-_]scm was unable to detect version|versioningit|hatch-vcs.*unable|LookupError: .*version"
        ),
        "the project's version is told by git, and .git is not in the build",
        (Step("ARG SETUPTOOLS_SCM_PRETEND_VERSION=0.0.0", "above {at}, and set it where you release"), _BUILD),
    ),
    Known(
        "build-no-such-version",
        re.compile(r"satisfies the requirement (?P<requirement>[^\s(]+).*\(from versions: (?!none\))"),
        "no version of {requirement} is made for this Python and platform",
        (Step("docker run --rm {base} python -m pip index versions {distribution}", "the versions that are"), _BUILD),
    ),
    Known(
        "build-no-such-distribution",
        re.compile(
            r"(?:No matching distribution found for|satisfies the requirement) (?P<requirement>[^\s(]+)|"
            r"because (?P<uv>[\w.-]+) was not found in the package registry"
        ),
        "the index has no {requirement}{uv}: the name is wrong, or it is in another index, or no index was reached",
        (Step("docker run --rm {base} python -m pip index versions {distribution}{uv}", "what the index says"), _BUILD),
    ),
    Known(
        "build-unsolvable",
        re.compile(
            r"No solution found when resolving|ResolutionImpossible|version solving failed|conflicting dependencies"
        ),
        "the requirements contradict each other",
        (Step("uv lock", "on the host, which says which ones"), _BUILD),
    ),
    Known(
        "build-index-login",
        re.compile(
            r"401 (?:Client )?Error|403 (?:Client )?Error|HTTP status client error \(40[13]|Username for '?http"
        ),
        "a private index or repository asks for a login, and the build has none",
        (
            Step(
                "RUN --mount=type=secret,id=index_token ...", "at {at}, with the secret in build.secrets of {service}"
            ),
            _BUILD,
        ),
    ),
    Known(
        "build-git-login",
        re.compile(r"Permission denied \(publickey\)|Host key verification failed|could not read Username for"),
        "a private repository is cloned, and the build has no key for it",
        (Step("RUN --mount=type=ssh ...", "at {at}, with build: {{ssh: [default]}} in {service}"), _BUILD),
    ),
    Known(
        "build-externally-managed",
        re.compile(r"externally-managed-environment"),
        "the system's Python does not let pip install into it",
        (Step("RUN python3 -m venv /opt/venv", "above {at}, with ENV PATH=/opt/venv/bin:$PATH"), _BUILD),
    ),
    # Commands.
    Known(
        "build-script-not-run",
        re.compile(
            r"(?:/bin/)?(?:ba|da|a)?sh: (?:\d+: |line \d+: )?(?P<path>[./][^\s:]*): (?:Permission denied|cannot "
            r"execute: Permission)"
        ),
        "{path} has no run bit",
        (Step("chmod +x {script}", "on the host, then `git add --chmod=+x {script}`"), _BUILD),
    ),
    Known(
        "build-script-line-ends",
        re.compile(
            r"(?:/bin/)?(?:ba|da|a)?sh: (?:\d+: |line \d+: )?(?P<path>[./][^\s:]*): (?:not found|cannot execute: "
            r"required file not found)|"
            r"(?P<other>[./][^\s:]*): bad interpreter|env: '?(?P<interpreter>\w+)\\r'?"
        ),
        "{path}{other} is there, and its interpreter is not: its first line ends with CRLF, or names what the "
        "image has not",
        (
            Step(
                "sed -i 's/\\r$//' {script}",
                "if its lines end with CRLF; `*.sh text eol=lf` in .gitattributes keeps that",
            ),
            Step("head -n 1 {script}", "the interpreter that the image needs"),
            _BUILD,
        ),
    ),
    Known(
        "build-no-git",
        re.compile(
            r"[Gg]it executable not found|Cannot find command 'git'|No such file or directory: '(?P<thing>git)'"
        ),
        "a requirement is cloned, and the image has no git",
        (Step("{install}", "before {at}, in the stage that installs"), _BUILD),
    ),
    Known(
        "build-no-program",
        re.compile(
            r"(?:/bin/)?(?:ba|da|a)?sh: (?:\d+: |line \d+: )?(?P<thing>[\w.+-]+): (?:command )?not found|"
            r'exec: "(?P<other>[^"]+)": (?:executable file not found|stat)'
        ),
        "{base} has no program {thing}{other}",
        (Step("{install}", "before {at}"), _BUILD),
    ),
    Known(
        "build-no-folder",
        re.compile(r"(?:cannot create|can't cd to|cd:).*?(?P<path>/[^\s'’:]+).*No such file or directory"),
        "the folder above {path} is not in the image yet",
        (Step("RUN mkdir -p {path}", "at {at}; or WORKDIR, which makes it"), _BUILD),
    ),
    Known(
        "build-no-rights",
        re.compile(
            r"(?:Permission denied|PermissionError|EACCES|Operation not permitted).*?(?P<path>/[^\s'’:]+)|"
            r"(?P<other>/[^\s'’:]+)['’]?: (?:Permission denied|Operation not permitted)"
        ),
        "the user of this stage may not write {path}{other}",
        (
            Step("RUN install -d -o 1000 -g 1000 {path}{other}", "above the USER before {at}; COPY gives with --chown"),
            _BUILD,
        ),
    ),
    Known(
        "build-setting-missing",
        re.compile(
            r"KeyError: '(?P<name>[A-Z][A-Z0-9_]+)'|(?P<django>The SECRET_KEY) setting must not be empty|"
            r"Set the (?P<environ>\w+) environment variable|(?P<decouple>\w+) not found\. Declare it as envvar"
        ),
        "the command reads {name}{django}{environ}{decouple}, which only the running container has",
        (
            Step(
                "RUN {name}{environ}{decouple}=only-for-the-build COMMAND",
                "at {at}: a value for this one command, not ENV or ARG",
            ),
            _BUILD,
        ),
    ),
    Known(
        "build-no-module",
        re.compile(r"ModuleNotFoundError: No module named '(?P<module>[\w.]+)'|No module named (?P<other>[\w.]+)$"),
        "the image has no module {module}{other}: it is no dependency, or is installed in another stage or environment",
        (Step("uv add {module}{other}", "if it is missing in pyproject.toml, by its distribution's name"), _BUILD),
    ),
)
"""In the order of their rank: what is the reason of others comes first."""

PULL_ERRORS: tuple[Known, ...] = tuple(
    known._replace(having=None, lacking=None) for known in BUILD_ERRORS if known.fault.startswith("image-")
)
"""Those of them that tell why an image cannot be pulled."""
