"""DW180: wget's progress bar in the build's log."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.facts.shells import shell_of
from dockwright.finding import Finding, Fix
from dockwright.project.model import Project
from dockwright.project.runs import runs
from dockwright.rule import Example, Rule
from dockwright.syntax import shell
from dockwright.text import Edit, Span

_QUIET = frozenset({
    "--progress", "-q", "--quiet", "-nv", "--no-verbose", "-o", "--output-file", "-a", "--append-output", "--version",
    "--show-progress",
})  # fmt: skip
_SMALL = (".asc", ".sig", ".sign", ".gpg", ".key", ".pem", ".crt", ".md5", ".sha1", ".sha256", ".sha512", ".sh", ".py")


class DownloadFillsLog(Rule):
    """Keep wget's progress out of the build's log

    ## What it finds

    GNU `wget` in a RUN without `--progress`, `--quiet`, `--no-verbose` or a log file. busybox's, which knows no
    `--progress`, is left alone, and so are files of a few lines: keys, sums, scripts.

    ## Why it matters

    Without a terminal wget writes a line for every 50 kB: the log of a larger download has thousands, and what went
    wrong is between them.

    ## How to mend it

    Add `--progress=dot:giga`.

    ## Fix safety

    Safe: the same file is fetched.

    ## Source

    wget(1), `--progress`.
    """

    code, name, severity, consent = "DW180", "download-fills-log", "info", "safe"
    equivalents = ("hadolint:DL3047",)
    invalid = (
        Example(
            {"Dockerfile": "FROM debian:13\nRUN ⟦wget https://example.com/x.tgz⟧\n"},
            becomes={"Dockerfile": "FROM debian:13\nRUN wget --progress=dot:giga https://example.com/x.tgz\n"},
        ),
    )
    valid = (
        Example({"Dockerfile": "FROM debian:13\nRUN wget -nv https://x.org/a && wget -qO- $B && wget -o log c\n"}),
        Example({"Dockerfile": "FROM python:3.13-alpine\nRUN wget https://example.com/x.tgz\n"}),
        Example({"Dockerfile": 'FROM debian:13\nRUN wget -O k.asc "https://x.org/$V.tgz.asc" && wget $U/get.py\n'}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for step in runs(project):
            if shell_of(step.image.base(step.stage), "/bin/sh") not in ("dash", "bash"):
                continue
            for simple in step.commands:
                if simple.name != "wget" or not simple.arguments or _small(simple):
                    continue
                names = {option.name for option in shell.options(simple.arguments)}
                # `-nv` is one option, as wget reads it.
                if names & _QUIET or any(word.text == "-nv" for word in simple.arguments):
                    continue
                word, fix = simple.words[0], None
                if word.contiguous and step.script is not None:
                    edit = Edit(step.path, Span(word.span.end, word.span.end), " --progress=dot:giga")
                    fix = Fix("show one dot for a megabyte", (edit,))
                yield self.found(
                    step.site(simple.span),
                    "wget fills the build's log with its progress",
                    advice="add --progress=dot:giga",
                    fix=fix,
                )


def _small(simple: shell.Simple) -> bool:
    """Whether all that is fetched has a name of something that fits into a line of dots or two."""
    addresses = [word.text.strip("\"'") for word in simple.arguments if "/" in word.text and word.text[:1] != "-"]
    fetched = [address.partition("?")[0] for address in addresses if "://" in address or address.startswith("$")]
    return bool(fetched) and all(address.endswith(_SMALL) for address in fetched)
