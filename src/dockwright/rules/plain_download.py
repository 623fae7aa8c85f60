"""DW176: a download that anybody on the way can change."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding
from dockwright.project.model import Project
from dockwright.project.runs import runs
from dockwright.rule import Example, Rule

_CHECKS = frozenset({"sha256sum", "sha512sum", "sha1sum", "md5sum", "gpg", "gpgv", "shasum", "apt-key"})


class PlainDownload(Rule):
    """Download over https

    ## What it finds

    `curl` and `wget` that fetch an `http://` address in a RUN which checks neither a sum nor a signature. Addresses of
    the machine itself are fine.

    ## Why it matters

    Whoever stands between the build and the server decides what comes into the image.

    ## How to mend it

    Write `https://`. Where the server has none, check the file's sum behind the download (`sha256sum -c`), or let
    `ADD --checksum=sha256:…` do both.

    ## Fix safety

    There is no fix: whether the server answers over https is not in the text.

    ## Source

    CWE-494, «Download of Code Without Integrity Check»; Dockerfile reference, `ADD --checksum`.
    """

    code, name, severity = "DW176", "plain-download", "warning"
    equivalents = ("docker-parfum:curlUseHttpsUrl", "docker-parfum:wgetUseHttpsUrl")
    invalid = (Example({"Dockerfile": "FROM debian:13\nRUN curl -fsSL ⟦http://example.com/x.tgz⟧ -o x.tgz\n"}),)
    valid = (
        Example({"Dockerfile": "FROM debian:13\nRUN curl -fsSL https://example.com/x.tgz -o x.tgz\n"}),
        Example({"Dockerfile": "FROM debian:13\nRUN wget http://example.com/x.tgz && sha256sum -c x.sum\n"}),
        Example({"Dockerfile": "FROM debian:13\nRUN curl --proxy http://proxy:3128 -f http://localhost:80/\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for step in runs(project):
            if any(simple.name in _CHECKS for simple in step.commands):
                continue
            for simple in step.commands:
                if simple.name not in ("curl", "wget"):
                    continue
                proxies = {number + 1 for number, word in enumerate(simple.arguments) if word.text in ("-x", "--proxy")}
                for number, word in enumerate(simple.arguments):
                    host = word.prefix.partition("http://")[2].partition("/")[0].partition(":")[0]
                    local = host in ("", "localhost", "127.0.0.1", "0.0.0.0") or "." not in host  # noqa: S104  # read
                    if word.prefix.startswith("http://") and not local and number not in proxies:
                        yield self.found(
                            step.site(word.span),
                            f"what {simple.name} fetches here can be changed on its way",
                            advice="write https://, or check the file's sum",
                        )
