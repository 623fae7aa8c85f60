"""Options and variables that switch off the check of certificates and signatures, by what they are for."""

from __future__ import annotations

from typing import NamedTuple


class Switch(NamedTuple):
    """The options of some programs, and what is not checked with them."""

    programs: tuple[str, ...]
    options: frozenset[str]
    what: str


SWITCHES = (
    Switch(("curl",), frozenset({"-k", "--insecure", "--proxy-insecure"}), "the server's certificate"),
    Switch(("wget",), frozenset({"--no-check-certificate"}), "the server's certificate"),
    Switch(("pip", "pip3", "python", "python3"), frozenset({"--trusted-host"}), "the index's certificate"),
    Switch(("uv",), frozenset({"--allow-insecure-host", "--trusted-host"}), "the index's certificate"),
    Switch(("apk",), frozenset({"--allow-untrusted"}), "the packages' signatures"),
    Switch(
        ("apt-get", "apt", "aptitude"),
        frozenset({"--allow-unauthenticated", "--force-yes", "--allow-insecure-repositories"}),
        "the packages' signatures",
    ),
    Switch(("yum", "dnf", "microdnf", "tdnf"), frozenset({"--nogpgcheck"}), "the packages' signatures"),
    Switch(("zypper",), frozenset({"--no-gpg-checks", "--allow-unsigned-rpm"}), "the packages' signatures"),
    Switch(
        ("rpm",), frozenset({"--nodigest", "--nosignature", "--noverify", "--nofiledigest"}), "the package's signature"
    ),
)

# Variables of tools, and the values with which they check nothing; None for any value.
VARIABLES = {
    "PYTHONHTTPSVERIFY": frozenset({"0"}),
    "NODE_TLS_REJECT_UNAUTHORIZED": frozenset({"0"}),
    "NPM_CONFIG_STRICT_SSL": frozenset({"false"}),
    "npm_config_strict_ssl": frozenset({"false"}),
    # Git looks whether it is there, not at its value.
    "GIT_SSL_NO_VERIFY": None,
    "PIP_TRUSTED_HOST": None,
    "UV_INSECURE_HOST": None,
}


class Setting(NamedTuple):
    """A setting of some programs, by the end of its name in small letters, and the values that switch the check off.

    It counts behind one of the words of `after`, or as an option: `npm config set strict-ssl false`,
    `npm --strict-ssl=false ci`.
    """

    programs: tuple[str, ...]
    after: frozenset[str]
    key: str
    values: frozenset[str]


SETTINGS = (
    Setting(("npm", "yarn", "pnpm"), frozenset({"set"}), "strict-ssl", frozenset({"false"})),
    Setting(("git",), frozenset({"config", "-c"}), "http.sslverify", frozenset({"false", "0", "no", "off"})),
    Setting(
        ("yum", "dnf", "dnf5", "tdnf", "yum-config-manager", "dnf-config-manager"),
        frozenset({"--setopt"}),
        "sslverify",
        frozenset({"0", "false", "no"}),
    ),
)
