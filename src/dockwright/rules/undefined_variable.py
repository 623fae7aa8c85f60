"""DW129: a variable that nothing in the stage defines."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding
from dockwright.project.build_steps import starts_at_root, steps
from dockwright.project.images import Image, images
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Site, Span

# What BuildKit sets by itself, and what official images set.
_KNOWN = frozenset(
    "PATH HOME HOSTNAME TERM LANG LC_ALL GPG_KEY PYTHON_VERSION PYTHON_SHA256 PYTHON_PIP_VERSION NODE_VERSION "
    "YARN_VERSION HTTP_PROXY HTTPS_PROXY FTP_PROXY NO_PROXY ALL_PROXY http_proxy https_proxy ftp_proxy no_proxy "
    "all_proxy BUILDKIT_INLINE_CACHE SOURCE_DATE_EPOCH".split()
)
_PREDEFINED = frozenset(
    f"{side}{part}" for side in ("BUILD", "TARGET") for part in ("PLATFORM", "OS", "OSVERSION", "ARCH", "VARIANT")
) | {"TARGETSTAGE"}
_EXPANDED = (
    dockerfile.Add, dockerfile.Arg, dockerfile.Copy, dockerfile.Env, dockerfile.Expose, dockerfile.Label,
    dockerfile.Stopsignal, dockerfile.User, dockerfile.Volume, dockerfile.Workdir,
)  # fmt: skip


class UndefinedVariable(Rule):
    """Declare every variable in the stage that uses it

    ## What it finds

    A variable in `COPY`, `ADD`, `ENV`, `ARG`, `WORKDIR`, `USER`, `EXPOSE`, `LABEL`, `VOLUME` or `STOPSIGNAL` that
    neither an `ARG` nor an `ENV` above it in the stage defines, in stages upon plain official images, whose own
    variables are known. An `ARG` above the first `FROM` does not count: each stage has to name it again. That a
    variable is added to which was never there, `ENV PYTHONPATH=$PYTHONPATH:/app`, is worth knowing, and no more.

    ## Why it matters

    It is empty, and nothing says so: `COPY app $HOME_DIR/app` copies to `/app`, `ENV PATH=$VENV/bin:$PATH` puts `/bin`
    first.

    ## How to mend it

    Write `ARG NAME` or `ENV NAME=value` in the stage, above its first use, or mend the name.

    ## Fix safety

    There is no fix: what was meant is a guess.

    ## Source

    Dockerfile reference, «Environment replacement» and «Scope» of `ARG`.
    """

    code, name, severity = "DW129", "undefined-variable", "warning"
    equivalents = ("buildkit:UndefinedVar",)
    invalid = (
        Example({"Dockerfile": "FROM python:3.13-slim\nCOPY app ⟦$APP_HOME⟧/app\nUSER 1000\n"}),
        Example({"Dockerfile": "ARG APP=/srv\nFROM python:3.13-slim\nWORKDIR ⟦${APP}⟧/app\nUSER 1000\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nARG WHEELS=⟦$BUILD_DIR⟧/wheels\nUSER 1000\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nENV PYTHONPATH=⟦$PYTHONPATH⟧:/app\nUSER 1000\n"}),
    )
    valid = (
        Example({"Dockerfile": "ARG APP=/srv\nFROM python:3.13-slim\nARG APP\nWORKDIR ${APP}\nENV PATH=/a:$PATH\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nARG PORT=$PORT\nENV P=${P:-1}\nRUN echo $X\nCMD echo $X\n"}),
        Example({"Dockerfile": "FROM example/base:1\nWORKDIR $APP_HOME\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        seen: set[tuple[str, Span]] = set()
        for image in images(project):
            for stage in image.tree.stages:
                if not starts_at_root(image.base(stage)):
                    continue
                for instruction, use, defined in _undefined(image, stage):
                    if (image.path, use.span) not in seen:
                        seen.add((image.path, use.span))
                        adds = isinstance(instruction, dockerfile.Env) and any(
                            pair.key.value == use.name for pair in instruction.pairs
                        )
                        yield self.found(
                            Site(image.path, use.span),
                            f"nothing in this stage defines {use.name}: it is empty",
                            advice=f"leave {use.name} out of its own value"
                            if adds
                            else _advice(image, use.name, defined),
                            severity="info" if adds else None,
                        )


def _advice(image: Image, name: str, defined: frozenset[str]) -> str:
    from difflib import get_close_matches

    if any(pair.key.value == name for arg in image.tree.global_args for pair in arg.pairs):
        return f"write ARG {name} in this stage too"
    near = get_close_matches(name, sorted(defined), 1, 0.8)
    return f"did you mean {near[0]}?" if near else f"write ARG {name} or ENV {name}=… above it"


def _undefined(
    image: Image, stage: dockerfile.Stage
) -> Iterator[tuple[dockerfile.Instruction, dockerfile.VariableUse, frozenset[str]]]:
    defined: set[str] = set()
    for step in steps(image, stage):
        instruction = step.instruction
        if step.stage is stage and isinstance(instruction, _EXPANDED):
            # `ARG NAME=$NAME` takes what the build gives, and is empty without it.
            if isinstance(instruction, dockerfile.Arg):
                defined |= {pair.key.value for pair in instruction.pairs}
            for use in dockerfile.variables(instruction.arguments, image.tree.escape):
                if (
                    use.name not in defined
                    and use.name not in _KNOWN | _PREDEFINED
                    and use.operator in (None, "%", "#")
                ):
                    yield instruction, use, frozenset(defined)
        if isinstance(instruction, (dockerfile.Arg, dockerfile.Env)):
            defined |= {pair.key.value for pair in instruction.pairs}
