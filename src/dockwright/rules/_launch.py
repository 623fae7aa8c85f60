"""What a container is started with: the commands of images and services, through the shells around them."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename

from msgspec import Struct

from dockwright.facts.shells import KEEPS_ITSELF, shell_of
from dockwright.project.compose import Service, settled, text
from dockwright.project.images import Image, images
from dockwright.project.model import Project, view
from dockwright.project.serving import Server, servers
from dockwright.project.stacks import compose_files, written_services
from dockwright.syntax import dockerfile, shell
from dockwright.text import Mapped, Site

SHELLS = frozenset({"sh", "bash", "ash", "dash"})
INITS = frozenset({"dumb-init", "tini", "catatonit", "s6-svscan", "supervisord", "init"})


class Launch(Struct, frozen=True):
    """A text that a shell runs when a container starts.

    `kind` is dash, bash or ash, None where the image does not tell. `script` is whether it is a script's file: no
    shell gives its process to the last command of one.
    """

    path: str
    text: Mapped
    kind: str | None
    script: bool = False

    @property
    def keeps(self) -> bool | None:
        """Whether the shell stays as the parent of its last command; None where that is not known."""
        return True if self.script else KEEPS_ITSELF.get(self.kind or "")


class Hidden(Struct, frozen=True):
    """A server whose parent is a shell. `offsets` are where `exec` would have to stand; none where it cannot."""

    server: Server
    at: Site
    offsets: tuple[int, ...]


def hidden_server(launch: Launch, base: str | None) -> Hidden | None:
    """The server that a shell is the parent of for as long as it runs, where `exec` would mend that."""
    found = _server(launch, base)
    return found if found is not None and found.offsets else None


def _server(launch: Launch, base: str | None) -> Hidden | None:
    commands = [simple for simple in shell.parse(launch.text).commands if not simple.nested and simple.words]
    if any(simple.name == "trap" for simple in commands):
        return None
    for simple in commands:
        inner = shell.unwrap(simple)
        if INITS & {(word.value or "").rpartition("/")[2] for word in simple.words[:3]}:
            return None
        script = _script(inner)
        if script is not None:
            kind = None if base is None else shell_of(base, inner.words[0].value or "")
            found = _server(Launch(launch.path, script, kind), base)
        else:
            server = servers(tuple(word.text if word.value is None else word.value for word in inner.words))
            found = None if server is None else Hidden(server, Site(launch.path, simple.span), ())
        if found is None:
            continue
        # What follows the server, or runs beside it, needs the shell: whoever wrote that may have meant it.
        plain = not simple.enclosing and not simple.background and simple.operator in (None, "&&", ";", "\n")
        if simple is not commands[-1] or not plain:
            return None
        missing = launch.keeps is True and simple.name != "exec"
        return Hidden(found.server, found.at, (*found.offsets, *([simple.words[0].span.start] if missing else [])))
    return None


def _script(simple: shell.Simple) -> Mapped | None:
    """The text of a `sh -c`."""
    number = script_word([word.text for word in simple.words])
    return None if number is None else simple.words[number].inner


def script_word(words: list[str]) -> int | None:
    """The index of the text that `sh -c` and its like run; None where no shell runs one."""
    if not words or basename(words[0]) not in SHELLS:
        return None
    for at, word in enumerate(words[1:-1], 1):
        if not word.startswith("-"):
            return None
        if word.endswith("c") and not word.startswith("--"):
            return at + 1
    return None


def json_form(instruction: dockerfile.Cmd | dockerfile.Entrypoint) -> str | None:
    """A shell form's arguments as a JSON array; None where the shell has work to do, or a comment would be lost."""
    text = instruction.command.shell
    if text is None or instruction.heredocs:
        return None
    commands = shell.parse(text).commands
    if len(commands) != 1 or commands[0].assignments or commands[0].redirects or commands[0].background:
        return None
    if commands[0].text != text.text.rstrip() or not instruction.arguments.contiguous(0, len(text.text)):
        return None
    words = [word.value for word in commands[0].words]
    if any(word is None or any(sign in word for sign in "*?[]{}~!\\\"'\n") for word in words):
        return None
    if words[0] in ("exec", "cd", ".", "source", "set", "export", "eval", "ulimit", "umask"):
        return None
    return "[" + ", ".join(f'"{word}"' for word in words) + "]"


def image_launches(
    image: Image, stage: dockerfile.Stage
) -> Iterator[tuple[dockerfile.Cmd | dockerfile.Entrypoint, Launch]]:
    """The texts that shells run when a stage's image starts, each with its instruction."""
    base = image.base(stage)
    entrypoint, cmd = image.last(stage, dockerfile.Entrypoint), image.last(stage, dockerfile.Cmd)
    shell_words: tuple[str, ...] = ("/bin/sh", "-c")
    setting = image.last(stage, dockerfile.Shell)
    if setting is not None and setting.command.words:
        shell_words = tuple(word.value for word in setting.command.words)
    # With an entry point in shell form, CMD is not looked at.
    chosen = [entrypoint] if entrypoint is not None and entrypoint.command.words is None else [entrypoint, cmd]
    if entrypoint is not None and INITS & {basename(word.value) for word in entrypoint.command.words or ()}:
        return
    for instruction in chosen:
        if instruction is None:
            continue
        command = instruction.command
        if command.shell is not None:
            if command.heredoc is None and basename(shell_words[0]) in SHELLS:
                yield instruction, Launch(image.path, command.shell, shell_of(base, shell_words[0]))
            continue
        words = command.words or ()
        if len(words) > 2 and basename(words[0].value) in SHELLS and words[1].value in ("-c", "-lc", "-ec", "-exc"):
            yield instruction, Launch(image.path, words[2].lexeme, shell_of(base, words[0].value))


@view
def service_images(project: Project) -> tuple[tuple[Service, str | None], ...]:
    """Each service as each compose file writes it, with the image that it runs in the end; None where not known."""
    by_site = {call.at: (image, call.target) for image in images(project) for call in image.builds}
    found: dict[Site, tuple[Service, str | None]] = {}
    for _, written in written_services(project):
        base = None
        for service in written:
            known = None if service.build is None else by_site.get(Site(service.path, service.build.node.span))
            if known is not None and known[0].tree.stages:
                image, target = known
                stage = image.by_name.get((target or "").lower(), image.tree.stages[-1])
                base = image.base(stage)
            elif service.build is None and base is None:
                base = settled(text(service.get("image")) or "")
        for service in written:
            found.setdefault(service.site, (service, base))
    for file in compose_files(project).values():
        for service in file.services.values():
            found.setdefault(service.site, (service, None))
    return tuple(found[site] for site in sorted(found))


def started_scripts(project: Project) -> Iterator[str]:
    """The shell scripts of the project that a container is started with."""
    named: set[str] = set()
    for image in images(project):
        for stage in image.shipped:
            for kind in (dockerfile.Entrypoint, dockerfile.Cmd):
                instruction = image.last(stage, kind)
                if instruction is not None:
                    named |= {basename(word.strip("\"'[],")) for word in instruction.arguments.text.split()}
    paths = [source.path for source in project.of_kind("shell")]
    names = [basename(path) for path in paths]
    yield from (path for path, name in zip(paths, names, strict=True) if name in named and names.count(name) == 1)
