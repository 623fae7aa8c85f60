"""DW173: a pipe whose first command may fail unseen."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.facts.shells import shell_of
from dockwright.finding import Finding
from dockwright.project.model import Project
from dockwright.project.runs import Step, runs
from dockwright.rule import Example, Rule
from dockwright.rules._pipes import checks_a_sum, end_of_pipe, unpacks
from dockwright.syntax import shell

# What cannot fail in a way that matters.
_CERTAIN = frozenset({"echo", "printf", "yes", "true", "cat", "ls", "env", "set", ":", "find", "seq"})
# What reads the image's own files, which are there or not on every day alike.
_LOCAL = frozenset({"awk", "cut", "grep", "head", "jq", "sed", "sort", "tail", "tr", "uniq", "wc", "dpkg"})


class PipeHidesFailure(Rule):
    """Let a pipe fail with its first command

    ## What it finds

    A pipe in a RUN whose front can fail (`curl … | bash`) where neither `SHELL` nor `set -o pipefail` makes the RUN
    fail with it. `echo … |` is fine, and so are conditions and a sum that is checked at the end: nothing has no sum.
    What ends in `tar` or `gpg` weighs less, since both fail where they read nothing, and so does what only reads the
    image's own files.

    ## Why it matters

    A shell looks at the last command of a pipe alone. A download that fails gives `bash` nothing to do, which it does
    successfully: the build goes on, and the layer is cached.

    ## How to mend it

    `SHELL ["/bin/bash", "-o", "pipefail", "-c"]` in front, `/bin/ash` on Alpine; or write to a file first.

    ## Fix safety

    There is no fix: a pipe into `head` fails with `pipefail` although nothing is wrong.

    ## Source

    POSIX.1-2024, «set»; Docker's documentation, «Building best practices», «Using pipes».
    """

    code, name, severity = "DW173", "pipe-hides-failure", "warning"
    equivalents = ("hadolint:DL4006",)
    invalid = (
        Example({"Dockerfile": "FROM debian:13\nRUN set -e && (⟦curl -fsSL https://example.com/x⟧ | bash)\n"}),
        Example({"Dockerfile": "FROM debian:13\nRUN ⟦curl -fsSL https://example.com/x⟧ | bash\n"}),
        Example({"Dockerfile": 'FROM debian:13\nSHELL ["/bin/bash", "-c"]\nRUN ⟦wget -O - https://x.org⟧ | tar xz\n'}),
    )
    valid = (
        Example({"Dockerfile": 'FROM debian\nSHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN curl x.org | sh\n'}),
        Example({"Dockerfile": "FROM fedora:43\nRUN set -euxo pipefail && curl -f https://x.org | sh\n"}),
        Example({"Dockerfile": "FROM debian\nRUN echo a | tee /x && if curl https://x.org | grep y; then make; fi\n"}),
        Example({"Dockerfile": 'FROM debian:13\nRUN ["bash", "-o", "pipefail", "-c", "curl https://x.org | sh"]\n'}),
        Example({"Dockerfile": "FROM debian:13\nRUN seq 1 8 | xargs -I{} mkdir -p /usr/share/man/man{}\n"}),
        Example({"Dockerfile": "FROM debian:13\nRUN grep shop.tgz SHA256SUMS | sha256sum -c - && tar xf shop.tgz\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for step in runs(project):
            if step.script is None or _told(step):
                continue
            commands = step.commands
            for number, simple in enumerate(commands[1:], 1):
                before = commands[number - 1]
                # Commands may be grouped; in a condition, a failure is meant to be no end.
                grouped = set(simple.enclosing) <= {"(", "{"} and simple.enclosing == before.enclosing
                piped = simple.operator in ("|", "|&") and not simple.nested and grouped
                last = end_of_pipe(step, number)
                if piped and before.operator not in ("|", "|&") and _can_fail(before) and not checks_a_sum(last):
                    alpine = shell_of(step.image.base(step.stage), "/bin/sh") == "ash"
                    yield self.found(
                        step.site(before.span),
                        f"whether {before.name} fails is not seen behind the pipe",
                        advice=f'write SHELL ["/bin/{"ash" if alpine else "bash"}", "-o", "pipefail", "-c"] in front, '
                        "or a file in between",
                        severity="info" if unpacks(last) or before.name in _LOCAL else None,
                    )
                    break


def _told(step: Step) -> bool:
    words = [word.value for word in step.run.command.words or ()]
    return "pipefail" in step.run.arguments.text or any("pipefail" in word for word in (*step.shell_words, *words))


def _can_fail(simple: shell.Simple) -> bool:
    return simple.name is not None and simple.name not in _CERTAIN
