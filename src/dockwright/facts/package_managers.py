"""Package managers: how each one is told to install, to ask nothing, to leave nothing behind, and which version."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

Verb: TypeAlias = Literal["install", "refresh", "upgrade", "remove", "clean"]


class Caches(NamedTuple):
    """What an installation leaves behind, and what keeps it from doing so.

    `folders` are where it lies, as the ends of paths: a mount there, or an `rm` of it, takes it away. `options` and
    `variables` switch it off. `mend` is an option for the installation, or a command for the end of the RUN.
    """

    what: str
    folders: tuple[str, ...]
    options: frozenset[str] = frozenset()
    variables: tuple[str, ...] = ()
    option: str | None = None
    command: str | None = None


class Manager(NamedTuple):
    """One package manager, as its own manual describes its command line.

    `verbs` map the words behind the program to what they do. `yes` are the options that answer its questions, the
    first one as it is to be written; empty where it asks none. `lean` are those that leave out what is recommended
    only. `pins` are the signs in front of a version; empty where its own lock file decides. `values` are the options
    that take a word of their own. `stale` is whether an installation needs an index that somebody refreshed before,
    `ends` whether what follows `--` is for the package's own build.
    """

    name: str
    programs: tuple[str, ...]
    verbs: dict[tuple[str, ...], Verb]
    yes: tuple[str, ...] = ()
    lean: tuple[str, ...] = ()
    pins: str = ""
    system: bool = False
    stale: bool = False
    ends: bool = False
    values: frozenset[str] = frozenset()
    from_file: frozenset[str] = frozenset()
    caches: Caches | None = None


_APT_VERBS: dict[tuple[str, ...], Verb] = {
    ("install",): "install",
    ("build-dep",): "install",
    ("update",): "refresh",
    ("upgrade",): "upgrade",
    ("full-upgrade",): "upgrade",
    ("dist-upgrade",): "upgrade",
    ("remove",): "remove",
    ("purge",): "remove",
    ("autoremove",): "remove",
    ("clean",): "clean",
    ("dist-clean",): "clean",
    ("distclean",): "clean",
}
_DNF_VERBS: dict[tuple[str, ...], Verb] = {
    ("install",): "install",
    ("in",): "install",
    ("module", "install"): "install",
    ("group", "install"): "install",
    ("localinstall",): "install",
    ("reinstall",): "install",
    ("rei",): "install",
    ("groupinstall",): "install",
    ("makecache",): "refresh",
    ("update",): "upgrade",
    ("upgrade",): "upgrade",
    ("up",): "upgrade",
    ("upgrade-minimal",): "upgrade",
    ("up-min",): "upgrade",
    ("update-minimal",): "upgrade",
    ("distro-sync",): "upgrade",
    ("remove",): "remove",
    ("erase",): "remove",
    ("autoremove",): "remove",
    ("clean",): "clean",
}
_DNF_VALUES = frozenset({"--enablerepo", "--disablerepo", "--repo", "-c", "--config", "-x", "--exclude", "--setopt"})


def _rpm(name: str) -> Manager:
    return Manager(
        name,
        (name,),
        _DNF_VERBS,
        yes=("-y", "--assumeyes", "--yes"),
        pins="-",
        system=True,
        values=_DNF_VALUES,
        caches=Caches(
            "its metadata",
            ("/var/cache/dnf", "/var/cache/libdnf5", "/var/cache/yum", "/var/cache/*"),
            command=f"{name} clean all",
        ),
    )


MANAGERS = (
    Manager(
        "apt-get",
        ("apt-get", "apt", "aptitude"),
        _APT_VERBS,
        # Said twice, `-q` includes `-y`.
        yes=("-y", "--yes", "--assume-yes", "-qq", "--force-yes"),
        lean=("--no-install-recommends", "--without-recommends", "-R"),
        pins="=",
        system=True,
        stale=True,
        values=frozenset({"-o", "--option", "-t", "--target-release", "-c", "--config-file", "-a"}),
        caches=Caches(
            "the package lists",
            ("/var/lib/apt/lists", "/var/lib/apt/lists/*", "/var/lib/apt/*", "/var/lib/apt"),
            command="rm -rf /var/lib/apt/lists/*",
        ),
    ),
    Manager(
        "apk",
        ("apk",),
        {("add",): "install", ("update",): "refresh", ("upgrade",): "upgrade"},
        pins="=~<>",
        system=True,
        values=frozenset({"-t", "--virtual", "-X", "--repository", "-p", "--root", "--repositories-file", "--arch"}),
        caches=Caches(
            "the package index",
            ("/var/cache/apk", "/var/cache/apk/*", "/etc/apk/cache", "/var/cache/*"),
            frozenset({"--no-cache"}),
            option="--no-cache",
        ),
    ),
    _rpm("dnf"),
    _rpm("dnf5"),
    _rpm("microdnf"),
    _rpm("yum"),
    Manager(
        "zypper",
        ("zypper",),
        {
            ("install",): "install",
            ("in",): "install",
            ("source-install",): "install",
            ("si",): "install",
            ("remove",): "remove",
            ("rm",): "remove",
            ("patch",): "upgrade",
            ("refresh",): "refresh",
            ("ref",): "refresh",
            ("update",): "upgrade",
            ("up",): "upgrade",
            ("dist-upgrade",): "upgrade",
            ("dup",): "upgrade",
            ("clean",): "clean",
            ("cc",): "clean",
        },
        yes=("-y", "--no-confirm", "-n", "--non-interactive"),
        lean=("--no-recommends",),
        pins="=<>",
        system=True,
        values=frozenset({"-R", "--root", "-c", "--config", "-t", "--type", "-r", "--repo", "--from"}),
        caches=Caches("its metadata", ("/var/cache/zypp", "/var/cache/*"), command="zypper clean --all"),
    ),
    Manager(
        "pip",
        ("pip", "pip3"),
        {("install",): "install"},
        pins="=<>~!@",
        values=frozenset({
            "-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-i", "--index-url", "--extra-index-url",
            "-t", "--target", "--prefix", "--root", "-f", "--find-links", "--trusted-host", "--timeout", "--retries",
            "--default-timeout", "--cert", "--proxy", "--progress-bar", "--platform", "--python-version", "--cache-dir",
            "--only-binary", "--no-binary", "--config-settings", "--global-option", "--root-user-action", "--python",
            "--upgrade-strategy", "--group", "--log", "--src", "--implementation", "--abi", "-C",
        }),
        from_file=frozenset({"-r", "--requirement", "-c", "--constraint", "-e", "--editable", "--group"}),
        caches=Caches(
            "the downloaded packages",
            (".cache/pip", ".cache", ".cache/*", ".cache/pip/*"),
            # pip reads the beginning of an option as the option.
            frozenset({"--no-cache-dir", "--no-cache"}),
            ("PIP_NO_CACHE_DIR",),
            option="--no-cache-dir",
        ),
    ),
    Manager(
        "pipx",
        ("pipx",),
        {("install",): "install"},
        pins="=<>~!@",
        values=frozenset({"--python", "--suffix", "-i", "--index-url", "--pip-args", "--preinstall"}),
    ),
    Manager(
        "uv",
        ("uv",),
        {("pip", "install"): "install", ("tool", "install"): "install", ("sync",): "install"},
        pins="=<>~!@",
        values=frozenset({
            "-r", "--requirement", "--requirements", "-c", "--constraint", "--constraints", "-e", "--editable",
            "--index-url", "--extra-index-url", "--index", "--default-index", "-i", "-p", "--python", "--target",
            "--prefix", "--group", "--no-group", "--only-group", "--extra", "--no-extra", "--package", "--project",
            "--directory", "--cache-dir", "--link-mode", "--with", "--config-file", "--find-links", "-f",
            "--no-install-package", "--index-strategy", "--prerelease", "--resolution", "--no-binary", "--only-binary",
            "--override", "--torch-backend", "--exclude-newer", "--no-binary-package", "--refresh-package",
        }),
        from_file=frozenset({
            "-r", "--requirement", "--requirements", "-c", "--constraint", "--constraints", "-e", "--editable",
            "--group",
        }),
        caches=Caches(
            "its cache",
            (".cache/uv", ".cache", ".cache/*", "/uv"),
            frozenset({"--no-cache", "-n", "--no-cache-dir"}),
            ("UV_NO_CACHE",),
            option="--no-cache",
        ),
    ),
    Manager(
        "poetry",
        ("poetry",),
        {("install",): "install", ("sync",): "install", ("cache", "clear"): "clean"},
        # It asks nothing while it installs; its cache is in the home folder.
        values=frozenset({"-C", "--directory", "-P", "--project", "--with", "--without", "--only", "-E", "--extras"}),
        caches=Caches(
            "its cache",
            (".cache/pypoetry", ".cache", ".cache/*", "/pypoetry", "$POETRY_CACHE_DIR", "/poetry_cache"),
            frozenset({"--no-cache"}),
            ("POETRY_NO_CACHE",),
            option="--no-cache",
        ),
    ),
    Manager(
        "pipenv",
        ("pipenv",),
        {("install",): "install", ("sync",): "install"},
        values=frozenset({"--python", "-r", "--requirements", "--categories", "--extra-pip-args", "-i"}),
        from_file=frozenset({"-r", "--requirements"}),
    ),
    Manager(
        "npm",
        ("npm",),
        {("install",): "install", ("i",): "install", ("ci",): "install", ("cache", "clean"): "clean"},
        pins="@",
        values=frozenset({"--prefix", "--registry", "--cache", "--loglevel", "-w", "--workspace", "--omit", "--only"}),
        caches=Caches(
            "its cache",
            (".npm", "/npm", ".npm/*", ".npm/_cacache", ".cache", "/tmp/npm-cache"),  # noqa: S108  # told, not used
            variables=("NPM_CONFIG_CACHE", "npm_config_cache"),
            command="npm cache clean --force",
        ),
    ),
    Manager(
        "yarn",
        ("yarn", "yarnpkg"),
        {
            (): "install",
            ("install",): "install",
            ("add",): "install",
            ("global", "add"): "install",
            ("cache", "clean"): "clean",
        },
        pins="@",
        values=frozenset({"--cwd", "--cache-folder", "--network-timeout", "--registry", "--modules-folder"}),
        caches=Caches(
            "its cache",
            ("/yarn", ".yarn", ".yarn/cache", ".cache", "/yarn-cache", ".yarn-cache", "v6", ".yarn/berry/cache"),
            variables=("YARN_CACHE_FOLDER",),
            command="yarn cache clean",
        ),
    ),
    Manager(
        "pnpm",
        ("pnpm",),
        {("add",): "install", ("install",): "install", ("i",): "install", ("store", "prune"): "clean"},
        pins="@",
        values=frozenset({"--dir", "-C", "--filter", "-F", "--store-dir", "--registry"}),
    ),
    Manager(
        "gem",
        ("gem",),
        {("install",): "install", ("i",): "install", ("update",): "upgrade"},
        pins=":",
        ends=True,
        values=frozenset({"-v", "--version", "-i", "--install-dir", "-s", "--source", "-n", "--bindir"}),
        from_file=frozenset({"-v", "--version", "-g", "--file"}),
    ),
    Manager(
        "conda",
        ("conda", "mamba", "micromamba"),
        {
            ("install",): "install",
            ("create",): "install",
            ("env", "create"): "install",
            ("env", "update"): "install",
            ("update",): "upgrade",
            ("clean",): "clean",
        },
        yes=("-y", "--yes", "-q"),
        pins="=<>",
        values=frozenset({"-n", "--name", "-c", "--channel", "-f", "--file", "-p", "--prefix", "--solver"}),
        from_file=frozenset({"-f", "--file"}),
        caches=Caches("the downloaded packages", ("conda/pkgs", "/pkgs"), command="conda clean --all --yes"),
    ),
)  # fmt: skip

BY_PROGRAM = {program: manager for manager in MANAGERS for program in manager.programs}
