"""DW510: a script that the image starts with and that may not be run."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename

from dockwright.finding import Finding, Fix, Related
from dockwright.project.images import Image, images
from dockwright.project.model import Project
from dockwright.project.processes import of_command
from dockwright.project.references import join
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Edit, Site, Source, Span


class ScriptNotExecutable(Rule):
    """Let the image run the script that it starts with

    ## What it finds

    An ENTRYPOINT or CMD that runs a script of the project directly, where the file has no permission to be run, and
    neither `COPY --chmod` nor a `chmod` in the Dockerfile gives it.

    ## Why it matters

    COPY keeps the permissions that the file has on the disk of whoever builds. The container stops with `permission
    denied`; on a colleague's machine, where somebody once said `chmod +x`, it starts.

    ## How to mend it

    `git update-index --chmod=+x entrypoint.sh`, or `COPY --chmod=755`, or run it by its shell:
    `["sh", "/entrypoint.sh"]`.

    ## Fix safety

    Safe: the container does not start as it is. The fix writes `--chmod=755` where a COPY names the script alone.

    ## Source

    Dockerfile reference, `COPY --chmod`.
    """

    code, name, severity, consent = "DW510", "script-not-executable", "error", "safe"
    invalid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nCOPY docker/entrypoint.sh /\nUSER 1000:1000\n"
                'ENTRYPOINT [⟦"/entrypoint.sh"⟧]\n',
                "docker/entrypoint.sh": '#!/bin/sh\nexec "$@"\n',
            },
            becomes={
                "Dockerfile": "FROM python:3.13-slim\nCOPY --chmod=755 docker/entrypoint.sh /\nUSER 1000:1000\n"
                'ENTRYPOINT ["/entrypoint.sh"]\n'
            },
        ),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\nUSER 1000:1000\nCMD ⟦./start.sh --all⟧\n",
                "start.sh": "#!/bin/sh\nexec python app.py\n",
            }
        ),
    )
    valid = (
        Example(
            {
                "Dockerfile": 'FROM python:3.13-slim\nCOPY start.sh /\nRUN chmod +x /start.sh\nCMD ["/start.sh"]\n',
                "start.sh": "#!/bin/sh\nexec python app.py\n",
            }
        ),
        Example(
            {
                "Dockerfile": 'FROM python:3.13-slim\nCOPY start.sh /\nCMD ["sh", "/start.sh"]\n',
                "start.sh": "#!/bin/sh\nexec python app.py\n",
            }
        ),
        Example({"Dockerfile": 'FROM python:3.13-slim\nCMD ["/usr/bin/start.sh"]\n', "start.sh": "#!/bin/sh\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        seen: set[tuple[str, Span]] = set()
        for image in images(project):
            for stage in image.shipped:
                # Behind an entry point, CMD is what that one makes of it.
                instruction = image.last(stage, dockerfile.Entrypoint) or image.last(stage, dockerfile.Cmd)
                started = None if instruction is None else _started(instruction)
                if started is not None and (image.path, started[1]) not in seen:
                    seen.add((image.path, started[1]))
                    yield from self._of(project, image, stage, *started)

    def _of(self, project: Project, image: Image, stage: dockerfile.Stage, name: str, span: Span) -> Iterator[Finding]:
        copied = _copied(project, image, stage, name)
        mends = any(sign in image.tree.source.text for sign in ("chmod", "install -"))
        if copied is None or mends:
            return
        if any(basename(path) == name and source.mode & 0o111 for path, source in project.sources.items()):
            return
        copy, source = copied
        alone = len(copy.sources) == 1 and basename(copy.sources[0].value) == name
        at = copy.keyword_span.end
        yield self.found(
            Site(image.path, span),
            f"{source.path} may not be run, and nothing here lets it",
            advice=f"git update-index --chmod=+x {source.path}, or COPY --chmod=755",
            related=[Related(Site(image.path, copy.span), "copied here, with the permissions it has")],
            fix=Fix("copy it so that it may be run", (Edit(image.path, Span(at, at), " --chmod=755"),))
            if alone
            else None,
        )


def _started(instruction: dockerfile.Entrypoint | dockerfile.Cmd) -> tuple[str, Span] | None:
    """The file name of the script that is run directly, and its place."""
    first = next(iter(of_command(instruction.command)), None)
    if first is None or "/" not in first.words[0] or "$" in first.words[0]:
        return None
    words = instruction.command.words
    return basename(first.words[0]), first.span if first.in_shell or not words else words[0].span


def _copied(
    project: Project, image: Image, stage: dockerfile.Stage, name: str
) -> tuple[dockerfile.Copy, Source] | None:
    """The COPY that brings the script in, and the script; None where it is not known to come from the context."""
    for ancestor in image.lineage(stage):
        for copy in reversed(ancestor.of(dockerfile.Copy)):
            if copy.from_ is not None:
                continue
            for word in copy.sources:
                path = join(image.context, word.value.lstrip("/"))
                for candidate in (path, join(path, name)):
                    source = project.sources.get(candidate)
                    if source is not None and basename(candidate) == name:
                        return copy, source
    return None
