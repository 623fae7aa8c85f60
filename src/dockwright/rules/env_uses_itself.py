"""DW144: an ENV that uses what it only then defines."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from dockwright.finding import Finding
from dockwright.project.build_steps import steps
from dockwright.project.images import images
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Site, Span

_EVERYWHERE = frozenset({"PATH", "HOME"})


class EnvUsesItself(Rule):
    """Define a variable in an ENV above the one that uses it

    ## What it finds

    `ENV HOME_DIR=/app BIN=$HOME_DIR/bin`: a pair that uses a variable which another pair of the same `ENV` defines,
    and nothing above; `ENV PATH=/a:$PATH PATH=/b:$PATH`, which gives one variable two values.

    ## Why it matters

    All values of one `ENV` are worked out with the variables as they were before it. The variable is empty:
    `BIN` is `/bin`. Of two values for one variable the last one counts: `/a` is lost.

    ## How to mend it

    Write two `ENV` instructions.

    ## Fix safety

    There is no fix: it would change the value that the image has today.

    ## Source

    Dockerfile reference, «Environment replacement»: one value for each variable throughout an instruction.
    """

    code, name, severity = "DW144", "env-uses-itself", "error"
    equivalents = ("hadolint:DL3044",)
    invalid = (
        Example({"Dockerfile": "FROM python:3.13-slim\nENV DIR=/app BIN=⟦$DIR⟧/bin\nUSER 1000\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nENV PATH=/a:$PATH A=b PATH=/b:⟦$PATH⟧\nUSER 1000\n"}),
    )
    valid = (
        Example({"Dockerfile": "FROM python:3.13-slim\nENV DIR=/app\nENV BIN=$DIR/bin PATH=/x:$PATH\nUSER 1000\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nARG DIR=/a\nENV DIR=/app BIN=$DIR/bin\nUSER 1000\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        seen: set[tuple[str, Span]] = set()
        for image in images(project):
            for stage in image.tree.stages:
                for step in steps(image, stage):
                    env = step.instruction
                    if not isinstance(env, dockerfile.Env) or step.stage is not stage or len(env.pairs) < 2:
                        continue
                    for use, message in _lost(env, step.env.keys()):
                        if (image.path, use.span) not in seen:
                            seen.add((image.path, use.span))
                            yield self.found(
                                Site(image.path, use.span),
                                message,
                                advice=f"define {use.name} in an ENV of its own above",
                            )


def _lost(env: dockerfile.Env, known: Collection[str]) -> Iterator[tuple[dockerfile.VariableUse, str]]:
    """The uses of variables that do not hold what the pairs in front of them seem to give."""
    own = {pair.key.value for pair in env.pairs}.difference(known, _EVERYWHERE)
    before: set[str] = set()
    for pair in env.pairs:
        for use in dockerfile.variables(pair.value) if pair.value is not None else ():
            if use.name == pair.key.value:
                if use.name in before:
                    yield use, f"{use.name} has a value in this ENV already, which is lost"
            elif use.name in own and use.operator is None:
                yield use, f"{use.name} is defined by this very ENV: it is empty here"
        before.add(pair.key.value)
