"""The engine's own reading of a Dockerfile: what it refuses, its stages, their arguments and mounts."""

from __future__ import annotations

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dockwright.syntax.dockerfile import Arg, Dockerfile, Run, Stage, parse
from dockwright.text import Source

pytestmark = pytest.mark.live

FILE = """\
ARG PY=3.13
ARG SUFFIX=-slim UNUSED
FROM --platform=$BUILDPLATFORM python:${PY}${SUFFIX} AS Base
ARG VERSION="1.0 beta" \\
    # in between
    PLAIN
RUN --mount=type=secret,id=token,required --mount=type=cache,target=/c <<EOF
FROM nothing
EOF
from base
ARG LEVEL='info'
FROM scratch AS last.one
COPY --from=base \\
  /bin /bin
"""


def tree(text: str) -> Dockerfile:
    return parse(Source("Dockerfile", text))


def call(folder: Path, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    folder.mkdir(exist_ok=True)
    (folder / "Dockerfile").write_bytes(text.encode("utf-8", "surrogateescape"))
    command = ["docker", "buildx", "build", *arguments, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)


def asked(folder: Path, text: str, *arguments: str) -> Any:
    answer = call(folder, text, *arguments)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def first_line(told: Any) -> int:
    line: int = told["location"]["ranges"][0]["start"]["line"]
    return line


def test_stages_are_the_engines_targets(tmp_path: Path) -> None:
    file = tree(FILE)

    def target(stage: Stage) -> tuple[str | None, str, str | None, int]:
        platform = stage.from_.platform
        line = file.source.position(stage.from_.span.start).line
        return stage.name, stage.from_.image.value, platform.value if platform else None, line

    told = asked(tmp_path, FILE, "--call=targets,format=json")["targets"]
    expected = [(each.get("name"), each["base"], each.get("platform"), first_line(each)) for each in told]
    assert [target(stage) for stage in file.stages] == expected


def test_arguments_and_secrets_are_those_of_the_engines_outline(tmp_path: Path) -> None:
    file = tree(FILE)
    told = asked(tmp_path, FILE, "--call=outline,format=json", "--target=base")
    args = [*file.global_args, *file.stages[0].of(Arg)]
    ours = {
        pair.key.value: (pair.value and pair.value.value, file.source.position(arg.span.start).line)
        for arg in args
        for pair in arg.pairs
    }
    assert {each["name"]: (each.get("value"), first_line(each)) for each in told["args"]}.items() <= ours.items()
    assert {each["name"] for each in told["args"]} >= {"PY", "SUFFIX", "VERSION", "PLAIN"}
    [run] = file.stages[0].of(Run)
    secrets = [mount for mount in run.mounts if (kind := mount.part("type")) and kind.value == "secret"]
    ids = [part.value for mount in secrets if (part := mount.part("id"))]
    assert [each["name"] for each in told["secrets"]] == ids


# Whole files, refused or not: what the engine says, our problems must say.
# One a `|`, with `@` for a line feed.
SNIPPETS = r"""
STOPSIGNAL 0|STOPSIGNAL 9|STOPSIGNAL sigint|STOPSIGNAL RTMIN+15|STOPSIGNAL SIGRTMAX-14|STOPSIGNAL RTMIN+16
STOPSIGNAL SIGSTKFLT|STOPSIGNAL x|STOPSIGNAL 99999|STOPSIGNAL SIGCLD|STOPSIGNAL +9
EXPOSE foo|EXPOSE 80:81|EXPOSE 99999|EXPOSE 80/foo|EXPOSE 90-80|EXPOSE 80/|EXPOSE /tcp|EXPOSE 80-
EXPOSE :80/TCP|EXPOSE '80'
RUN|CMD|ENTRYPOINT|SHELL []|SHELL bash|EXPOSE|LABEL|LABEL a|LABEL a=b c|ENV|ENV a|ENV =x|ENV a="b|ENV a=${b
ENV "a b"=c|LABEL ""=x|LABEL a=${x:=3}|ARG|ARG =x|ARG --x a|USER|USER "x|WORKDIR ${}|STOPSIGNAL --x 9
CMD --foo x|CMD [1]|CMD [{}, "a"]|CMD ["a"] b|CMD [a]|VOLUME [""]|VOLUME|COPY a|COPY [] |COPY ["a"]
COPY --link=x a b|COPY --link --link a b|COPY --from a b|COPY --frm=x a b|COPY -- --a b
ADD --keep-git-dir=FALSE a b|HEALTHCHECK|HEALTHCHECK --foo NONE|HEALTHCHECK NONE x|HEALTHCHECK CMD
HEALTHCHECK CMD []|HEALTHCHECK CMD [1]|HEALTHCHECK cmd a|HEALTHCHECK CMX a|HEALTHCHECK --interval=3 CMD a
HEALTHCHECK --retries=x CMD a|HEALTHCHECK --retries=-1 CMD a|HEALTHCHECK --interval=1h2m3.5s CMD a
HEALTHCHECK --interval=0 CMD a|FROM|FROM x y|FROM scratch AS 1x|FROM scratch AS a$b|FROM scratch is b
from scratch As A.b-c_1|ONBUILD|ONBUILD FROM x|ONBUILD ONBUILD RUN x|ONBUILD FOO x|ONBUILD COPY x
ONBUILD CMD [1]|ONBUILD LABEL a|ONBUILD MAINTAINER x|MAINTAINER|MAINTAINER 'x|FOO x|RUN --network=foo a
RUN --mount=type=foo a|RUN --mount=type=cache,target=/x,foo=x a|RUN --mount=type=cache,target a
RUN --mount=type=cache,target=/x,sharing=x a|RUN --mount=type=cache,target=/x,from=$x a
RUN --mount=TYPE=cache,TARGET=/x a|RUN <<EOF|RUN << A@b c@A|RUN it's <<EOF|COPY <<a <<b@a@b|COPY <<a /x@b@a
RUN <<A;@A|RUN ["<<A"]|\|\@\@USER x|RUN -- --x
""".strip().replace("\n", "|")


def test_problems_are_what_the_engine_refuses(tmp_path: Path) -> None:
    files = ["FROM scratch\n" + snippet.replace("@", "\n") + "\n" for snippet in SNIPPETS.split("|")]
    files += [
        "",
        "# c\n",
        "ARG A\n",
        "RUN a\nFROM scratch\n",
        "# escape=x\nFROM scratch\n",
        "# syntax=a\n# syntax=a\nFROM scratch\n".replace("syntax", "check"),
        "#!x\n# escape=`\nFROM scratch\nRUN a `\n b\n",
        "  # escape=`\nFROM scratch\nRUN a `\n b\n",
        "# x=y\n# escape=`\nFROM scratch\nRUN a `\n b\n",
        "\ufeff# escape=`\r\nFROM scratch\r\nRUN a ` \r\n b\r\n",
        "FROM scratch\nUSER \udcff\n",
        "FROM scratch\nHEALTHCHECK CMD\u00a0x\n",
        "FROM scratch\nCOPY --link\u00a0a b\n",
        "FROM\u00a0scratch\n",
        "FROM scratch\n\u00a0USER x\n",
        "FROM scratch\nRUN " + "a" * 65532 + "\n",
        "FROM scratch\nRUN " + "a" * 65531 + "\n",
    ]

    def refused(number: int) -> bool:
        return "ERROR" in call(tmp_path / str(number), files[number], "--call=check").stderr

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(refused, range(len(files))))
    ours = [bool(tree(text).problems) for text in files]
    assert [text[-200:] for text, a, b in zip(files, answers, ours, strict=True) if a != b] == []
