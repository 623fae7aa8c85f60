"""What is run inside containers to look at files: by their own Python, with nothing but its standard library."""

from __future__ import annotations

OWNERS = r"""
import json, os, re, stat, sys
top, uid, bound = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
unescape = lambda path: re.sub(r"\\(\d{3})", lambda found: chr(int(found[1], 8)), path)
mounted = {unescape(line.split(" ")[1]) for line in open("/proc/self/mounts")}
areas = {}
def area(folder):
    empty = {"files": 0, "foreign": 0, "owners": [], "first": [], "unreadable": []}
    return areas.setdefault(folder, empty)
# The engine makes the folders that lead to a mount, and makes them root's.
leading = {mount.rsplit("/", depth)[0] for mount in mounted for depth in range(1, mount.count("/"))} - {top}
def look(path, where):
    try:
        said = os.lstat(path)
    except OSError:
        return
    here = area(where)
    here["files"] += 1
    if said.st_uid != uid and path not in leading:
        here["foreign"] += 1
        if said.st_uid not in here["owners"]:
            here["owners"].append(said.st_uid)
        if len(here["first"]) < 5:
            here["first"].append(path)
        # Hidden files on the host are tools' own; an env file there is for its owner's eyes.
        hidden = os.path.basename(path).startswith(".")
        if not (hidden or stat.S_ISLNK(said.st_mode) or os.access(path, os.R_OK)) and len(here["unreadable"]) < 5:
            here["unreadable"].append(path)
# What tools keep on the host for themselves, and what may be very large.
LEFT = {".git", ".dockwright", ".venv", "venv", "node_modules"}
waiting = [(top, top)]
while waiting:
    folder, where = waiting.pop()
    where = folder if folder in mounted else where
    look(folder, where)
    try:
        entries = list(os.scandir(folder))
    except OSError:
        continue
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if entry.name != "lost+found" and (where not in bound or entry.name not in LEFT):
                waiting.append((entry.path, where))
        else:
            look(entry.path, entry.path if entry.path in mounted else where)
print(json.dumps(areas))
"""
"""Whose the files below a folder are, by what is mounted there.

Arguments: the folder, the number of the user, and the folders there that are the host's.
"""

_DISTRIBUTIONS = r"""
import sys
sys.path[:] = [path for path in sys.path if path]
import json, os, re
from importlib import metadata
name_of = lambda text: re.sub(r"[-_.]+", "-", text).lower()
def distributions(path):
    there = {}
    for each in metadata.distributions(path=path):
        if each.metadata["Name"]:
            there.setdefault(name_of(each.metadata["Name"]), each.version)
    return there
"""

CONTENT = (
    _DISTRIBUTIONS
    + r"""
top = sys.argv[1]
homes = {os.path.expanduser("~"), "/root", "/home"}
found, sizes = [], []
ENV = re.compile(r"\.env(?:\..+)?$")
EXAMPLE = re.compile(r"\.(?:example|sample|template|dist)$")
CACHES = {".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".tox", ".nox", ".coverage", "htmlcov"}
STORES = ("/root/.cache", "/var/lib/apt/lists", "/var/cache/apt/archives", "/var/cache/apk", "/var/cache/yum")
def holds_files(folder):
    # The empty lock files of package managers are no cache.
    for where, _, names in os.walk(folder):
        for name in names:
            try:
                if os.lstat(os.path.join(where, name)).st_size:
                    return True
            except OSError:
                pass
    return False
def kind(path, name, is_folder, below):
    if is_folder:
        if name in (".git", ".hg", ".svn"):
            return "history"
        if below and name in ("tests", "test") and os.path.dirname(path) == top:
            return "tests"
        return "cache" if name in CACHES else None
    if below and ENV.match(name) and not EXAMPLE.search(name):
        return "env file"
    if re.fullmatch(r"id_(?:rsa|dsa|ecdsa|ed25519)", name):
        return "key"
    if name.endswith((".pem", ".key", ".p12", ".pfx")):
        if name.endswith((".p12", ".pfx")):
            return "key"
        try:
            with open(path, "rb") as file:
                return "key" if b"PRIVATE KEY-----" in file.read(65536) else None
        except OSError:
            # It may be one, and is only kept from this user.
            return "key" if below or name.endswith(".key") else None
    return "cache" if below and name in CACHES else None
def inside(path, folder):
    return path == folder or path.startswith(folder.rstrip("/") + "/")
SYSTEM = {"/proc", "/sys", "/dev", "/etc/ssl", "/usr/share/ca-certificates"}
waiting = ["/"]
while waiting:
    folder = waiting.pop()
    try:
        entries = list(os.scandir(folder))
    except OSError:
        continue
    for entry in entries:
        path, is_folder = entry.path, entry.is_dir(follow_symlinks=False)
        if path in SYSTEM or entry.is_symlink():
            continue
        ours = inside(path, top) and top != "/"
        what = None
        if ours or any(inside(path, home) for home in homes) or (not is_folder and "site-packages" not in path):
            what = kind(path, entry.name, is_folder, ours)
        if what is not None:
            found.append([what, path])
        if is_folder:
            waiting.append(path)
        else:
            try:
                sizes.append((entry.stat(follow_symlinks=False).st_size, path))
            except OSError:
                pass
found += [["cache", store] for store in STORES if holds_files(store)]
print(json.dumps({
    "found": sorted(found), "distributions": distributions(sys.path),
    "venv": sys.prefix != sys.base_prefix, "biggest": [[path, size] for size, path in sorted(sizes)[:-21:-1]],
}))
"""
)
"""What is in an image that need not be there, and what is installed. Argument: the application's folder."""

CONTRACT = (
    _DISTRIBUTIONS
    + r"""
import ast, hashlib, stat, subprocess
from glob import glob
from importlib.util import find_spec
top = sys.argv[1].rstrip("/") or "/"
MANY, LARGE = 50_000, 2_000_000
files, python, sites = {}, [], []
def fact(path):
    said = os.lstat(path)
    if stat.S_ISLNK(said.st_mode):
        return "-> " + os.readlink(path)
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            for block in iter(lambda: file.read(1 << 20), b""):
                digest.update(block)
    except OSError:
        return "unreadable"
    return digest.hexdigest() + (" executable" if said.st_mode & 0o111 else "")
def environment(folder):
    sites.extend(glob(os.path.join(folder, "lib", "python3*", "site-packages")))
CACHES = {"__pycache__", "site-packages", "node_modules", ".git", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
for folder, folders, names in os.walk(top) if top != "/" else ():
    if "pyvenv.cfg" in names:
        environment(folder)
        folders[:] = []
        continue
    folders[:] = sorted(name for name in folders if name not in CACHES)
    for name in sorted(names):
        path = os.path.join(folder, name)
        try:
            if stat.S_ISREG(os.lstat(path).st_mode) or os.path.islink(path):
                files[os.path.relpath(path, top)] = fact(path)
        except OSError:
            continue
        if name.endswith(".py"):
            python.append(path)
    if len(files) >= MANY:
        break
home = os.path.expanduser("~")
for pattern in ("/opt/*", "/*", home + "/.virtualenvs/*", home + "/.local/share/virtualenvs/*",
                home + "/.cache/pypoetry/virtualenvs/*"):
    for found in glob(pattern + "/pyvenv.cfg"):
        if os.path.dirname(found) != top and os.path.dirname(found) != sys.prefix:
            environment(os.path.dirname(found))
sites = list(dict.fromkeys(site for site in sites if site not in sys.path))
sys.path += sites
MISSING = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
def catches(node):
    for handler in node.handlers:
        for each in ast.walk(handler.type) if handler.type is not None else [ast.Name("Exception")]:
            if isinstance(each, ast.Name) and each.id in MISSING:
                return True
    return False
def imports(node):
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.name.partition(".")[0]
    elif isinstance(node, ast.ImportFrom):
        if not node.level and node.module:
            yield node.module.partition(".")[0]
    elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
        for each in node.orelse:
            yield from imports(each)
    elif not (isinstance(node, ast.Try) and catches(node)):
        for each in ast.iter_child_nodes(node):
            yield from imports(each)
def is_found(name):
    try:
        return find_spec(name) is not None
    except Exception:
        return True
imported = {}
own = list(sys.path)
for path in python:
    try:
        if os.path.getsize(path) > LARGE:
            continue
        with open(path, "rb") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError, RecursionError):
        continue
    for name in imports(tree):
        imported.setdefault(name, os.path.relpath(path, top))
sys.path[:0] = [top, os.path.join(top, "src")]
found = {name: [is_found(name), by] for name, by in imported.items()}
packages = {}
for status in ["/var/lib/dpkg/status", *glob("/var/lib/dpkg/status.d/*")]:
    try:
        with open(status, encoding="utf-8", errors="replace") as file:
            for block in file.read().split("\n\n"):
                said = dict(re.findall(r"(?m)^(Package|Status|Version): (.*)$", block))
                if "Package" in said and said.get("Status", "installed").endswith("installed"):
                    packages[said["Package"]] = said.get("Version", "")
    except OSError:
        pass
for database in ("/lib/apk/db/installed", "/usr/lib/apk/db/installed"):
    try:
        with open(database, encoding="utf-8", errors="replace") as file:
            packages.update(re.findall(r"(?m)^P:(.*)\n(?:\w:.*\n)*?V:(.*)$", file.read()))
    except OSError:
        pass
shared = [path for site in own + sites if site.endswith("-packages")
          for path in glob(site + "/**/*.so", recursive=True)]
missing = {}
for path in shared:
    # A loader that lists what a library needs runs none of it.
    try:
        said = subprocess.run(["ldd", path], capture_output=True, text=True, errors="replace", timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        break
    lines = re.findall(r"(?m)^\s*(\S+) => not found|Error loading shared library (\S+?):", said.stdout + said.stderr)
    for name in lines:
        missing.setdefault(name[0] or name[1], os.path.basename(path))
there = distributions(sys.path)
needs = {}
for each in metadata.distributions(path=sys.path):
    if each.metadata["Name"]:
        words = [re.match(r"[A-Za-z0-9._-]+", text) for text in each.requires or () if "extra ==" not in text]
        needs.setdefault(name_of(each.metadata["Name"]), sorted({name_of(word[0]) for word in words if word}))
print(json.dumps({
    "user": "%d:%d" % (os.getuid(), os.getgid()), "venv": sys.prefix != sys.base_prefix or bool(sites),
    "distributions": there, "needs": needs, "packages": packages, "files": files, "imports": found,
    "missing": missing, "complete": len(files) < MANY,
}))
"""
)
"""What an image promises to who runs it: whom it runs as, what is installed, the application's files, what they import.

Argument: the application's folder. Nothing of the application is run: its files are read, and its modules looked for.
"""

FILLED = """
for folder; do
    if [ -n "$(find "$folder" -type f -size +0 2>/dev/null | head -n 1)" ]; then echo "$folder"; fi
done
"""
"""Which of some folders hold a file that is not empty."""

ASK = r"""
import json, ssl, sys
from http.client import HTTPConnection, HTTPException, HTTPSConnection
port, path, authorities = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
def asked(context):
    try:
        if context is None:
            connection = HTTPConnection("localhost", port, timeout=5)
        else:
            connection = HTTPSConnection("localhost", port, timeout=5, context=context)
        connection.request("GET", path, headers={"Accept": "*/*"})
        return [connection.getresponse().status, ""]
    except ssl.SSLCertVerificationError as error:
        return [None, "its certificate is refused: " + error.verify_message]
    except (OSError, HTTPException) as error:
        return [None, str(error) or type(error).__name__]
answers = [["http", *asked(None)]]
if answers[0][1] is None:
    for authority in authorities or [None]:
        context = ssl.create_default_context(cadata=authority)
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        answers.append(["https", *asked(context)])
print(json.dumps(answers))
"""
"""What a server answers to its own container, by HTTP or else by HTTPS. Arguments: port, path, authorities' texts."""

REACHED = r"""
if command -v python3 >/dev/null 2>&1 && python3 -c '' 2>/dev/null; then
    exec python3 -c '
import socket, sys
for at in sys.argv[1:]:
    host, _, port = at.rpartition(":")
    try:
        socket.create_connection((host, int(port)), 1.5).close()
        print(at)
    except OSError:
        pass
' "$@"
fi
for at; do
    host="${at%:*}" port="${at##*:}"
    if command -v bash >/dev/null 2>&1; then
        timeout 2 bash -c "exec 3<>/dev/tcp/$host/$port" 2>/dev/null && echo "$at"
    elif command -v nc >/dev/null 2>&1; then
        nc -z -w 2 "$host" "$port" >/dev/null 2>&1 && echo "$at"
    else
        exit 42
    fi
done
exit 0
"""
"""Which of some addresses, `HOST:PORT` each, take a connection; status 42 where the image has nothing to ask with."""

KILL = """
for each; do
    pid="${each%%:*}" container="${each#*:}"
    case "$(cat "/proc/$pid/cgroup" 2>/dev/null)" in
        *"$container"*) kill -9 "$pid" && echo "$container" ;;
    esac
done
exit 0
"""
"""Kills processes that are those of the containers said to be theirs: `PID:CONTAINER` each, which is printed."""
