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
    "GIT_SSL_NO_VERIFY": frozenset({"1", "true", "yes", "on"}),
    "PIP_TRUSTED_HOST": None,
    "UV_INSECURE_HOST": None,
}

# Settings that a command writes: all these words in this order.
SETTINGS = (
    ("npm", "strict-ssl", "false"),
    ("yarn", "strict-ssl", "false"),
    ("pnpm", "strict-ssl", "false"),
    ("git", "http.sslverify", "false"),
    ("yum", "sslverify", "false"),
    ("dnf", "sslverify", "false"),
    ("yum-config-manager", "sslverify", "false"),
)
