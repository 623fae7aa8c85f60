"""DW190: shell in a RUN that does not do what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from dockwright.facts.shellcheck import DIALECTS, LENIENT, MINOR, SILENT, UNCHECKED_CD, WORD_SPLITTING
from dockwright.facts.shells import shell_of
from dockwright.finding import Finding, Severity
from dockwright.project.model import Project
from dockwright.project.runs import Step, runs
from dockwright.rule import AskingRule, Example
from dockwright.rules._word_values import is_one_word, named_by
from dockwright.syntax import dockerfile
from dockwright.text import Mapped
from dockwright.tools import ShellRemark, ShellScript, Tools

_SEVERITIES: dict[str, Severity] = {"error": "error", "warning": "warning", "info": "info"}
# BuildKit gives these to every RUN. Source: Dockerfile reference, «Predefined ARGs».
_PREDEFINED = frozenset(
    {"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "FTP_PROXY", "ftp_proxy", "NO_PROXY", "no_proxy",
     "ALL_PROXY", "all_proxy"}
)  # fmt: skip


class ShellInRun(AskingRule):
    """Write shell that does what it says

    ## What it finds

    What ShellCheck says of the shell in a `RUN`, here-documents included, where ShellCheck is installed: on PATH, or
    with `pip install dockwright[shell]`. It reads each `RUN` as the shell of its image does: dash on Debian, busybox
    on Alpine, or what `SHELL` names; `ARG` and `ENV` count as set. Left alone is what says nothing in a Dockerfile:
    matters of style, sourced files, an expansion that is split on purpose, as in `apk add $PACKAGES`, and one that
    cannot be split, since all that is ever assigned to it is one word.

    ## Why it matters

    A quote too few, a failure that is masked, or a word that this image's shell does not know: the build goes on, and
    the image is not what was meant.

    ## How to mend it

    ShellCheck's wiki has a page for each code, with the mistake and the way to write it.

    ## Fix safety

    There is no fix: what was meant is for a person to say.

    ## Source

    ShellCheck's wiki, https://www.shellcheck.net/wiki/.
    """

    code, name, severity = "DW190", "shell-in-run", "warning"
    equivalents = (
        "hadolint:SC1000", "hadolint:SC1001", "hadolint:SC1007", "hadolint:SC1010", "hadolint:SC1018",
        "hadolint:SC1035", "hadolint:SC1045", "hadolint:SC1065", "hadolint:SC1066", "hadolint:SC1068",
        "hadolint:SC1077", "hadolint:SC1078", "hadolint:SC1079", "hadolint:SC1081", "hadolint:SC1083",
        "hadolint:SC1086", "hadolint:SC1087", "hadolint:SC1095", "hadolint:SC1097", "hadolint:SC1098",
        "hadolint:SC1099", "hadolint:SC2015", "hadolint:SC2026", "hadolint:SC2028", "hadolint:SC2035",
        "hadolint:SC2039", "hadolint:SC2046", "hadolint:SC2086", "hadolint:SC2140", "hadolint:SC2154",
        "hadolint:SC2155", "hadolint:SC2164",
    )  # fmt: skip
    invalid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\n"
                'RUN set -e; \\\n    # the key is read once\n    export ⟦TOKEN⟧="$(cat /run/secrets/token)"; \\\n'
                "    make install\n"
            }
        ),
        Example({"Dockerfile": 'FROM alpine:3.22\nRUN name=$(cat name) && mkdir -p /srv/⟦$name⟧ && ls "/srv/$name"\n'}),
        Example({"Dockerfile": "FROM debian:trixie\nRUN ⟦[[ -e /etc/os-release ]]⟧ && make\n"}),
        Example({"Dockerfile": "FROM debian:trixie\nRUN <<EOF\n⟦cd build⟧\nmake\nEOF\n"}),
    )
    valid = (
        Example({"Dockerfile": 'FROM alpine:3.22\nRUN packages=$(cat list) && apk add $packages "lib-$packages"\n'}),
        Example(
            {
                "Dockerfile": 'FROM debian:trixie\nSHELL ["/bin/bash", "-o", "pipefail", "-c"]\n'
                "RUN [[ -e /etc/os-release ]] && . /etc/os-release && make\n"
            }
        ),
        Example({"Dockerfile": "FROM alpine:3.22\nRUN arch=$(uname -m) && mkdir -p /srv/$arch\n"}),
        Example({"Dockerfile": "FROM debian:trixie\nRUN make && cd build\n"}),
        Example({"Dockerfile": 'FROM python:3.13-slim\nRUN ["sh-free", "$x"]\nRUN pip install shop[all]==1.0\n'}),
        Example({"Dockerfile": 'FROM debian:trixie\nSHELL ["pwsh", "-Command"]\nRUN Write-Host $x\n'}),
    )

    def ask(self, project: Project, tools: Tools) -> Iterator[Finding]:
        analyser = tools.shell()
        if analyser is None:
            return iter(())
        # Dockerfiles of one family repeat their RUNs: each text is read once.
        steps: dict[ShellScript, list[tuple[Step, Mapped]]] = {}
        for step in runs(project):
            if step.script is not None:
                dialect = _dialect(step)
                if dialect is not None:
                    mapped = step.script.mapped
                    script = ShellScript(mapped.text, dialect, _variables(step, mapped.text))
                    steps.setdefault(script, []).append((step, mapped))
        return self._found(steps, analyser.analyse(list(steps)))

    def _found(
        self, steps: Mapping[ShellScript, Sequence[tuple[Step, Mapped]]], remarks: Callable[[], Iterable[ShellRemark]]
    ) -> Iterator[Finding]:
        scripts = list(steps)
        for remark in remarks():
            severity = _severity(remark, scripts[remark.index].text)
            if severity is not None:
                for step, mapped in steps[scripts[remark.index]]:
                    variable = named_by(mapped.text[remark.start : remark.end])
                    if remark.code in WORD_SPLITTING and variable is not None and is_one_word(step, variable):
                        continue
                    at = step.site(mapped.span(remark.start, max(remark.end, remark.start + 1)))
                    advice = f"see https://www.shellcheck.net/wiki/SC{remark.code}"
                    found = self.found(at, f"{remark.message.rstrip(' .')} (SC{remark.code})", advice=advice)
                    yield replace(found, severity=severity)


def _dialect(step: Step) -> str | None:
    """The dialect that a RUN is written in; None for a shell that ShellCheck does not read."""
    program = step.shell_words[0] if step.shell_words else "/bin/sh"
    script = step.script
    if script is not None and script.shebang:
        program = script.shebang.removeprefix("/usr/bin/env ").split()[0]
    name = program.rpartition("/")[2]
    shell = shell_of(step.image.base(step.stage), program)
    return LENIENT if shell is None and name == "sh" else DIALECTS.get(shell or "")


def _variables(step: Step, text: str) -> frozenset[str]:
    """What the Dockerfile sets, wherever it does: a shell knows it, or it is known to be empty.

    Only what the text may name: ShellCheck follows each variable through the whole of a script, which takes it twice
    the time.
    """
    names = [
        pair.key.value
        for instruction in step.image.tree.instructions
        if isinstance(instruction, (dockerfile.Arg, dockerfile.Env))
        for pair in instruction.pairs
        if pair.key.value.isascii() and pair.key.value.isidentifier()
    ]
    return frozenset(name for name in (*_PREDEFINED, *names) if name in text)


def _severity(remark: ShellRemark, text: str) -> Severity | None:
    """How much a remark weighs in a RUN; None for one that is not reported."""
    if remark.code in SILENT or remark.level not in _SEVERITIES:
        return None
    if remark.code in WORD_SPLITTING and _stands_alone(text, remark.start, remark.end):
        return None
    if remark.code == UNCHECKED_CD and not text[remark.end :].strip(" \t\n;"):
        return None
    return "info" if remark.code in MINOR else _SEVERITIES[remark.level]


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether a stretch of a script is a word of its own."""
    return not text[max(start - 1, 0) : start].strip(" \t\n") and not text[end : end + 1].strip(" \t\n;&|)`")
