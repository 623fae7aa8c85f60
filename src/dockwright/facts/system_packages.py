"""System packages of Python images: what only a build needs, which library a header package stands for, who loads it.

Names are those of Debian bookworm and trixie, checked against both archives' package lists, and of Alpine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

BUILD_ONLY = frozenset(
    {
        # Debian
        "build-essential", "gcc", "g++", "cpp", "clang", "llvm", "make", "cmake", "ninja-build", "autoconf", "automake",
        "libtool", "pkg-config", "pkgconf", "gfortran", "bison", "flex", "swig", "patch", "cargo", "rustc", "golang",
        "golang-go", "python3-dev", "python-dev", "python-dev-is-python3", "python3-pip", "python3-venv",
        "python3-setuptools", "python3-wheel", "python3-distutils", "libc6-dev", "libc-dev", "binutils", "dpkg-dev",
        # Alpine
        "build-base", "alpine-sdk", "musl-dev", "linux-headers", "rust", "go", "ninja", "py3-pip",
        "py3-setuptools", "py3-wheel",
    }
)  # fmt: skip
"""Compilers, their helpers, and the package tools of a Python that the base image brings in a newer version."""

COMPILERS = frozenset({"gcc", "clang"})
C_HEADERS = "libc6-dev"
BRING_C_HEADERS = frozenset({"g++", "build-essential", "libc6-dev", "libc-dev", "gfortran"})
"""Debian's C compilers only recommend the headers that every program needs; these packages depend on them."""

PROGRAMS: Mapping[str, tuple[str, ...]] = {
    "curl": ("curl",),
    "wget": ("wget",),
    "netcat": ("nc", "netcat"),
    "netcat-openbsd": ("nc", "netcat"),
    "netcat-traditional": ("nc", "netcat"),
    "ncat": ("ncat",),
}
"""Packages that are nothing but programs, which images have for a probe or to wait with, and how these are called."""

NEEDS_ROOT = frozenset({
    "nginx", "caddy", "apache2", "supervisor", "cron", "openssh-server", "openssh", "postfix", "redis-server",
    "postgresql", "fail2ban", "gosu", "su-exec", "sudo", "runit", "monit", "s6", "rsyslog", "dcron", "busybox-suid",
})  # fmt: skip
"""Servers and their like that an image starts as root beside its program, or to become somebody else."""

GIT = "git"
USES_GIT = frozenset({"gitpython", "pygit2", "dulwich", "dvc", "setuptools-scm", "pre-commit"})
"""Distributions that run git, or work on what it keeps, while the program runs."""


class Library(NamedTuple):
    """A shared library.

    `headers` are the packages that a build needs, `runtime` those that a program needs, by distribution: `bookworm`,
    `trixie`, `alpine`, and older releases of Debian where the names are the same. `linked` are the Python
    distributions that link to it when they are built from source; their wheels on the index bring a copy of their own.
    `loaded` are those that always look for the system's.
    """

    headers: frozenset[str]
    runtime: Mapping[str, tuple[str, ...]]
    linked: frozenset[str] = frozenset()
    loaded: frozenset[str] = frozenset()


# Names that these packages had in bullseye and buster already.
_LASTING = frozenset({
    "libpq5", "libmariadb3", "libxml2", "libxslt1.1", "libxmlsec1-openssl", "libjpeg62-turbo", "zlib1g", "libfreetype6",
    "libopenjp2-7", "liblcms2-2", "libsasl2-2", "libcurl4", "libmagic1", "libsqlite3-0", "libyaml-0-2", "libcairo2",
    "libgmp10", "librdkafka1", "libsnappy1v5", "libsybdb5", "libgssapi-krb5-2", "libmemcached11", "libev4", "libuv1",
    "libpcre2-8-0", "libsodium23", "libsndfile1", "libportaudio2", "libsystemd0", "libzmq5",
})  # fmt: skip


def _library(headers: str, debian: str, alpine: str, linked: str = "", loaded: str = "", trixie: str = "") -> Library:
    names = tuple(debian.split())
    runtime = {"bookworm": names, "trixie": tuple((trixie or debian).split())}
    if _LASTING.issuperset(names):
        runtime |= {"bullseye": names, "buster": names}
    return Library(
        frozenset(headers.split()),
        {**runtime, "alpine": tuple(alpine.split())},
        frozenset(linked.split()),
        frozenset(loaded.split()),
    )


LIBRARIES = (
    _library(
        "libpq-dev postgresql-dev postgresql-server-dev-all", "libpq5", "libpq",
        "psycopg2 psycopg-c pygresql", "psycopg psycopg2cffi",
    ),
    _library(
        "default-libmysqlclient-dev libmariadb-dev libmariadb-dev-compat libmysqlclient-dev mariadb-dev "
        "mariadb-connector-c-dev", "libmariadb3", "mariadb-connector-c", "mysqlclient mariadb",
    ),
    _library("libxml2-dev", "libxml2", "libxml2", "lxml xmlsec"),
    _library("libxslt1-dev libxslt-dev", "libxslt1.1", "libxslt", "lxml"),
    _library(
        "libxmlsec1-dev xmlsec-dev", "libxmlsec1-openssl", "xmlsec", "xmlsec", trixie="libxmlsec1t64-openssl",
    ),
    _library("libffi-dev", "libffi8", "libffi", "cffi cryptography argon2-cffi-bindings bcrypt"),
    _library("libssl-dev openssl-dev", "libssl3", "libssl3", "cryptography m2crypto uwsgi", trixie="libssl3t64"),
    _library("libjpeg-dev libjpeg62-turbo-dev jpeg-dev libjpeg-turbo-dev", "libjpeg62-turbo", "libjpeg-turbo",
        "pillow"),
    _library("zlib1g-dev zlib-dev", "zlib1g", "zlib", "pillow uwsgi"),
    _library("libfreetype-dev libfreetype6-dev freetype-dev", "libfreetype6", "freetype", "pillow reportlab"),
    _library("libtiff-dev libtiff5-dev tiff-dev", "libtiff6", "tiff", "pillow"),
    _library("libwebp-dev", "libwebp7 libwebpmux3 libwebpdemux2", "libwebp", "pillow"),
    _library("libopenjp2-7-dev openjpeg-dev", "libopenjp2-7", "openjpeg", "pillow"),
    _library("liblcms2-dev lcms2-dev", "liblcms2-2", "lcms2", "pillow"),
    _library("libldap-dev libldap2-dev openldap-dev", "libldap-2.5-0", "libldap", "python-ldap", trixie="libldap2"),
    _library("libsasl2-dev cyrus-sasl-dev", "libsasl2-2", "libsasl", "python-ldap sasl"),
    _library("libcurl4-openssl-dev curl-dev", "libcurl4", "libcurl", "pycurl", trixie="libcurl4t64"),
    _library("libmagic-dev file-dev", "libmagic1", "libmagic", loaded="python-magic", trixie="libmagic1t64"),
    _library("libgdal-dev gdal-dev", "libgdal32", "gdal", "gdal fiona rasterio pyogrio", "django", trixie="libgdal36"),
    _library("libgeos-dev geos-dev", "libgeos-c1v5", "geos", "shapely", "django", trixie="libgeos-c1t64"),
    _library("libproj-dev proj-dev", "libproj25", "proj", "pyproj", "django"),
    _library("libsqlite3-dev sqlite-dev", "libsqlite3-0", "sqlite-libs", "pysqlite3"),
    _library("libyaml-dev yaml-dev", "libyaml-0-2", "yaml", "pyyaml"),
    _library("libcairo2-dev cairo-dev", "libcairo2", "cairo", "pycairo", "cairocffi cairosvg"),
    _library(
        "libpango1.0-dev pango-dev", "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0", "pango",
        loaded="weasyprint pangocffi",
    ),
    _library("libgmp-dev gmp-dev", "libgmp10", "gmp", "gmpy2 pycryptodome fastecdsa"),
    _library("librdkafka-dev", "librdkafka1", "librdkafka", "confluent-kafka"),
    _library("libsnappy-dev snappy-dev", "libsnappy1v5", "snappy", "python-snappy"),
    _library("unixodbc-dev", "libodbc2 odbcinst", "unixodbc", "pyodbc"),
    _library("freetds-dev", "libsybdb5", "freetds", "pymssql"),
    _library("libkrb5-dev krb5-dev", "libgssapi-krb5-2", "krb5-libs", "gssapi kerberos pykerberos krb5"),
    _library(
        "libmemcached-dev", "libmemcached11", "libmemcached-libs", "pylibmc", trixie="libmemcached11t64",
    ),
    _library("libev-dev", "libev4", "libev", "bjoern", trixie="libev4t64"),
    _library("libuv1-dev libuv-dev", "libuv1", "libuv", "uvloop", trixie="libuv1t64"),
    _library("libpcre2-dev pcre2-dev", "libpcre2-8-0", "pcre2", "uwsgi"),
    _library("libzmq3-dev zeromq-dev", "libzmq5", "libzmq", "pyzmq"),
    _library("libsodium-dev", "libsodium23", "libsodium", "pynacl"),
    _library("libsndfile1-dev libsndfile-dev", "libsndfile1", "libsndfile", "", "soundfile"),
    _library("portaudio19-dev portaudio-dev", "libportaudio2", "portaudio", "pyaudio", "sounddevice"),
    _library("libhdf5-dev hdf5-dev", "libhdf5-103-1", "hdf5", "h5py tables netcdf4", trixie="libhdf5-310"),
    _library("libopenblas-dev openblas-dev", "libopenblas0", "openblas", "numpy scipy"),
    _library("libspatialindex-dev", "libspatialindex-c6", "libspatialindex", "", "rtree", trixie="libspatialindex-c8"),
    _library("libenchant-2-dev enchant2-dev", "libenchant-2-2", "enchant2-libs", "", "pyenchant"),
    _library("libgpgme-dev gpgme-dev", "libgpgme11", "gpgme", "gpg", trixie="libgpgme11t64"),
    _library("libgraphviz-dev graphviz-dev", "libcgraph6 libgvc6", "graphviz-libs", "pygraphviz"),
    _library("libsystemd-dev", "libsystemd0", "", "systemd-python cysystemd"),
)  # fmt: skip


def library_of_headers(name: str) -> Library | None:
    """The library that a header package stands for."""
    return next((library for library in LIBRARIES if name in library.headers), None)


def library_of_runtime(name: str) -> Library | None:
    """The library that a runtime package is, on whatever distribution."""
    return next((each for each in LIBRARIES if any(name in names for names in each.runtime.values())), None)
