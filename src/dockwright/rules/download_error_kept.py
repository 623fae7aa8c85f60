"""DW177: a download whose error page is taken for the file."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Fix
from dockwright.project.model import Project
from dockwright.project.runs import runs
from dockwright.rule import Example, Rule
from dockwright.rules._pipes import checks_a_sum, end_of_pipe, unpacks
from dockwright.syntax import shell
from dockwright.text import Edit, Span

_VALUES = frozenset({
    "-o", "--output", "-H", "--header", "-d", "--data", "-X", "--request", "-u", "--user", "-A", "--user-agent", "-x",
    "--proxy", "-w", "--write-out", "-m", "--max-time", "--retry", "--retry-delay", "--connect-timeout", "-e", "-b",
    "-c", "-C", "-F", "-T", "-r", "-y", "-Y", "-z", "-E", "-K", "--cacert", "--retry-max-time", "--proto", "-t", "-D",
    "--tlsv", "--output-dir",
})  # fmt: skip
_FAILS = frozenset({"-f", "--fail", "--fail-with-body", "--fail-early"})
# Whoever asks for the status or the headers looks at the answer himself.
_LOOKS = frozenset({"-I", "--head", "-w", "--write-out", "-i", "--include", "-V", "--version", "-h", "--help", "-K"})


class DownloadErrorKept(Rule):
    """Let a download fail when the server says no

    ## What it finds

    `curl` without `--fail` that fetches something in a RUN which checks no sum afterwards. What is piped into `tar`
    or `gpg` weighs less: both refuse an error page, and only say so in other words.

    ## Why it matters

    curl ends well when the server answers with 404 or 500: the error page is saved as the file, or piped into a shell
    or `tar`. The build goes on, and the layer with the wrong file is cached.

    ## How to mend it

    Add `--fail`, or `-f`.

    ## Fix safety

    Safe: a download that works stays as it is. A build that took an error page for its file fails from then on.

    ## Source

    curl(1), `--fail`.
    """

    code, name, severity, consent = "DW177", "download-error-kept", "warning", "safe"
    equivalents = ("docker-parfum:curlUseFlagF",)
    invalid = (
        Example(
            {"Dockerfile": "FROM debian:13\nRUN ⟦curl -sSL https://example.com/x.tgz⟧ | tar xz\n"},
            becomes={"Dockerfile": "FROM debian:13\nRUN curl --fail -sSL https://example.com/x.tgz | tar xz\n"},
        ),
    )
    valid = (
        Example({"Dockerfile": "FROM debian:13\nRUN curl -fsSL https://example.com/x.tgz | tar xz\n"}),
        Example({"Dockerfile": 'FROM debian:13\nRUN curl -o a https://x.org/a && echo "$SUM a" | sha256sum -c -\n'}),
        Example(
            {"Dockerfile": "FROM debian:13\nRUN curl $OPTIONS https://x.org/y && curl --version && curl -I $URL\n"}
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for step in runs(project):
            # A file that tells curl its options may be there.
            if any("curlrc" in each.arguments.text for each in step.stage.instructions):
                continue
            sums = [simple.start for simple in step.commands if checks_a_sum(simple)]
            for number, simple in enumerate(step.commands):
                if simple.name != "curl" or any(simple.start < start for start in sums):
                    continue
                if not any("://" in word.text or "$" in word.text for word in simple.arguments):
                    continue
                names = {option.name for option in shell.options(simple.arguments, _VALUES)}
                unknown = any(
                    not word.prefix and word.value is None and not word.quoted and "URL" not in word.text.upper()
                    for word in simple.arguments
                )
                if names & (_FAILS | _LOOKS) or unknown or simple.enclosing:
                    continue
                word, fix = simple.words[0], None
                if word.contiguous and step.script is not None:
                    fix = Fix("add --fail", (Edit(step.path, Span(word.span.end, word.span.end), " --fail"),))
                yield self.found(
                    step.site(simple.span),
                    "curl saves the server's error page as if it were the file",
                    advice="add --fail",
                    fix=fix,
                    severity="info" if unpacks(end_of_pipe(step, number)) else None,
                )
