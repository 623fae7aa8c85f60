"""DW134: ADD where COPY does what is meant."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Fix
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Edit, Site

# What ADD unpacks, and what it fetches.
_ARCHIVES = (
    ".tar",
    ".tar.gz",
    ".tgz",
    ".gz",
    ".tar.bz2",
    ".tbz2",
    ".bz2",
    ".tar.xz",
    ".txz",
    ".xz",
    ".tar.zst",
    ".zst",
)
_REMOTE = ("http://", "https://", "git@", "git://", "ssh://", "ftp://")


class AddForFiles(Rule):
    """Copy files with COPY

    ## What it finds

    `ADD` of files and folders of the build context that it neither unpacks nor fetches.

    ## Why it matters

    `ADD` unpacks what turns out to be an archive, and fetches what turns out to be a URL. `COPY` copies, whatever
    the file becomes one day.

    ## How to mend it

    Write `COPY`.

    ## Fix safety

    Safe for names that are not those of archives and hold no wildcard or variable: both then do the same.

    ## Source

    Docker, «Building best practices», «ADD or COPY».
    """

    code, name, severity, consent = "DW134", "add-for-files", "info", "safe"
    equivalents = (
        "hadolint:DL3020", "trivy-checks:DS-0005", "checkov:CKV_DOCKER_4", "docker-parfum:DL3020",
        "dockle:CIS-DI-0009",
    )  # fmt: skip
    invalid = (
        Example(
            {"Dockerfile": "FROM python:3.13-slim\n⟦ADD⟧ . /app\nUSER 1000\n"},
            becomes={"Dockerfile": "FROM python:3.13-slim\nCOPY . /app\nUSER 1000\n"},
        ),
        Example({"Dockerfile": "FROM python:3.13-slim\n⟦ADD⟧ $FILE /app/\nUSER 1000\n"}),
    )
    valid = (
        Example({"Dockerfile": 'FROM python:3.13-slim\nADD a.tgz /a\nADD "https://example.org/x" /x\nUSER 1000\n'}),
        Example({"Dockerfile": "FROM python:3.13-slim\nCOPY . /app\nUSER 1000\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for source in project.of_kind("dockerfile"):
            for add in project.trees.of(dockerfile.parse, source).instructions:
                if not isinstance(add, dockerfile.Add) or not add.sources or add.heredocs:
                    continue
                values = [word.value.lower() for word in add.sources]
                if any(value.endswith(_ARCHIVES) or value.startswith(_REMOTE) or ".git#" in value for value in values):
                    continue
                if any(flag.name in ("checksum", "keep-git-dir", "unpack") for flag in add.flags):
                    continue
                plain = not any(sign in value for value in values for sign in "$*?[")
                keyword = "COPY" if source.slice(add.keyword_span).isupper() else "copy"
                edit = Edit(source.path, add.keyword_span, keyword)
                yield self.found(
                    Site(source.path, add.keyword_span),
                    "ADD may unpack or fetch, and this only copies",
                    advice="write COPY",
                    fix=Fix("copy with COPY", (edit,)) if plain else None,
                )
