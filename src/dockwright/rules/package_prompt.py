"""DW160: a package manager that asks a question nobody can answer."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Fix
from dockwright.project.model import Project
from dockwright.project.runs import PackageCall, Step
from dockwright.rule import Example, Rule
from dockwright.rules._packages import insert_option, package_calls


class PackagePrompt(Rule):
    """Answer the package manager's question beforehand

    ## What it finds

    An installation or removal by apt-get, dnf, microdnf, yum, zypper or conda without the option that answers its
    question: `--yes`, `-y`, `--non-interactive`.

    ## Why it matters

    A build has nobody at the keyboard. As soon as the packages bring others with them, the manager asks whether to go
    on, takes the silence for a no, and the build fails.

    ## How to mend it

    Add `-y` to the command.

    ## Fix safety

    Safe: an installation that asked for nothing until now goes on as it did.

    ## Source

    The managers' manual pages: apt-get(8), dnf(8), zypper(8), conda's `install`.
    """

    code, name, severity, consent = "DW160", "package-prompt", "warning", "safe"
    equivalents = (
        "hadolint:DL3014", "hadolint:DL3030", "hadolint:DL3034", "hadolint:DL3038", "trivy-checks:DS-0021",
        "docker-parfum:aptGetInstallUseY", "docker-parfum:yumInstallForceYes", "dockerfilelint:apt-get_missing_param",
    )  # fmt: skip
    invalid = (
        Example(
            {"Dockerfile": "FROM debian:13\nRUN apt-get update && ⟦apt-get install --no-install-recommends gcc⟧\n"},
            becomes={
                "Dockerfile": "FROM debian:13\nRUN apt-get update && apt-get install -y --no-install-recommends gcc\n"
            },
        ),
        Example(
            {"Dockerfile": "FROM fedora:43\nRUN ⟦dnf install gcc⟧ \\\n    && dnf clean all\n"},
            becomes={"Dockerfile": "FROM fedora:43\nRUN dnf install -y gcc \\\n    && dnf clean all\n"},
        ),
        Example(
            {"Dockerfile": "FROM opensuse/leap:16\nRUN ⟦zypper install gcc⟧\n"},
            becomes={"Dockerfile": "FROM opensuse/leap:16\nRUN zypper install -y gcc\n"},
        ),
        Example(
            {"Dockerfile": "FROM debian:13\nRUN ⟦apt-get purge gcc⟧ && apt-get -y autoremove\n"},
            becomes={"Dockerfile": "FROM debian:13\nRUN apt-get purge -y gcc && apt-get -y autoremove\n"},
        ),
    )
    valid = (
        Example({"Dockerfile": "FROM debian:13\nRUN apt-get -qqy install gcc && apt-get -q -q install make\n"}),
        Example({"Dockerfile": "FROM debian:13\nRUN yes | apt-get install gcc && apt-get $APT_OPTS install make\n"}),
        Example({"Dockerfile": "FROM opensuse/leap:16\nRUN zypper --non-interactive install gcc\n"}),
        Example({"Dockerfile": "FROM python:3.13\nRUN pip install shop && apk add gcc\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        assumed = {step.path for step, _ in package_calls(project) if _configured(step)}
        for verb in ("install", "upgrade", "remove"):
            for step, call in package_calls(project, verb):
                if step.path not in assumed and _asks(call):
                    name, option = call.simple.name or call.manager.name, call.manager.yes[0]
                    edit = insert_option(step, call, option)
                    yield self.found(
                        step.site(call.written.span),
                        f"{name} asks {_when(call)}, and nobody can answer",
                        advice=f"write {name} {call.verb_word.text} {option}",
                        fix=None if edit is None else Fix(f"answer {name}'s question with {option}", (edit,)),
                    )


def _asks(call: PackageCall) -> bool:
    answered = set(call.manager.yes) & call.options or call.simple.operator in ("|", "|&") or call.simple.redirects
    harmless = {"--download-only", "--simulate", "--dry-run", "-s", "--help"} & call.options
    return bool(call.manager.yes) and call.sure and not answered and not harmless


def _when(call: PackageCall) -> str:
    # Source: apt-get(8), `--assume-yes`: what is named alone is installed without a question.
    if call.verb == "remove":
        return "as soon as there is something to remove"
    return "as soon as a package brings another" if call.manager.name == "apt-get" else "before it goes on"


def _configured(step: Step) -> bool:
    """Whether apt is told once for all to assume yes, as in a file below /etc/apt."""
    return any("assume-yes" in other.arguments.text.lower() for other in step.stage.instructions) or any(
        name in step.environment for name in ("ALWAYS_YES", "CONDA_ALWAYS_YES", "MAMBA_ALWAYS_YES")
    )
