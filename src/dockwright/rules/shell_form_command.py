"""DW151: a CMD or ENTRYPOINT in shell form."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.facts.shells import KEEPS_ITSELF, shell_of
from dockwright.finding import Finding, Fix
from dockwright.project.images import images
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.rules._launch import hidden_server, image_launches, json_form
from dockwright.syntax import dockerfile
from dockwright.text import Edit, Site


class ShellFormCommand(Rule):
    """Write CMD and ENTRYPOINT as JSON arrays

    ## What it finds

    A `CMD` or `ENTRYPOINT` whose text a shell runs, and that is no server known to be kept from SIGTERM by it: that
    is a finding of its own. A command that begins with `exec` is fine.

    ## Why it matters

    On some distributions the shell stays process 1 and passes no signal on. An `ENTRYPOINT` in shell form ignores
    `CMD` and whatever is written behind `docker run IMAGE`.

    ## How to mend it

    `CMD ["python", "-m", "shop"]`. Where variables are needed, write `exec` in front.

    ## Fix safety

    Safe: made only for a command whose shell has nothing to do but start it, and for no `ENTRYPOINT`, since that
    would get the words of `CMD` from then on.

    ## Source

    Dockerfile reference, «Shell and exec form».
    """

    code, name, severity, consent = "DW151", "shell-form-command", "info", "safe"
    equivalents = ("hadolint:DL3025", "buildkit:JSONArgsRecommended")
    invalid = (
        Example(
            {"Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\nCMD ⟦nginx -g daemon⟧\n"},
            becomes={"Dockerfile": 'FROM python:3.13-slim\nUSER 1000:1000\nCMD ["nginx", "-g", "daemon"]\n'},
        ),
        Example({"Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\nENTRYPOINT ⟦shop-tool --verbose⟧\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\nCMD ⟦shop-tool $LEVEL | tee /log⟧\n"}),
    )
    valid = (
        Example({"Dockerfile": 'FROM python:3.13-slim\nUSER 1000:1000\nCMD ["shop-tool"]\n'}),
        Example({"Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\nCMD exec shop-tool $LEVEL\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\nCMD uvicorn app:app\n"}),
        Example({"Dockerfile": 'FROM python:3.13-slim\nSHELL ["bash", "-c"]\nCMD shop-tool $LEVEL\n'}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        seen: set[Site] = set()
        for image in images(project):
            for stage in image.shipped:
                base = image.base(stage)
                for instruction, launch in image_launches(image, stage):
                    text = instruction.command.shell
                    at = Site(image.path, instruction.arguments.span())
                    cmd = isinstance(instruction, dockerfile.Cmd)
                    # A shell that was chosen with SHELL is meant, and one that hands over harms no CMD.
                    meant = image.last(stage, dockerfile.Shell) is not None
                    kept = KEEPS_ITSELF.get(shell_of(base, "/bin/sh") or "", True)
                    if text is None or meant or at in seen or text.text.split()[:1] == ["exec"] or (cmd and not kept):
                        continue
                    seen.add(at)
                    if hidden_server(launch, base) is not None:
                        continue
                    entered = image.last(stage, dockerfile.Entrypoint) is not None
                    written = json_form(instruction) if cmd and not entered else None
                    edit = None if written is None else Edit(image.path, at.span, written)
                    yield self.found(
                        at,
                        f"a shell runs this {instruction.keyword}, and signals may end at it",
                        advice="write a JSON array, or `exec` in front",
                        fix=None if edit is None else Fix("write it as a JSON array", (edit,)),
                    )
