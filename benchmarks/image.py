"""What the example's images take to build, to keep, to start and to stop: before dockwright, after it, and plain pip's.

    python -m benchmarks.image [--runs N]

Four images of the same application: `legacy` by its own Dockerfile, which is frozen; `refitted`, the production image
of examples/dashtam; `pip`, a single stage of python:3.13-slim with what the legacy image installs, and nothing of the
system's; `pip, lean`, the same without the tools of development. Sizes and distributions are those above the base.

A cold build reuses nothing but the images it starts from: no layer, no cache of a package manager. The dependency that
changes is one that goes, so that the lock can be changed without a network. `up` is the whole server's stack with new
volumes, until the last health check passes; the other images answer /health by then, in the legacy stack. Stacks take
the example's ports, 8000, 5432 and 8182; whoever else wants them waits.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.installed import EXAMPLE, ROOT, verdict

BASE = "python:3.13-slim"
GONE = "websockets"
"""The dependency that goes: nothing else needs it."""

PLAIN = """\
FROM python:3.13-slim
WORKDIR /app
COPY {lists} ./
RUN pip install --no-cache-dir {options}
COPY . .
CMD ["sh", "-c", "alembic upgrade head && exec uvicorn src.main:app --host 0.0.0.0 --port 8000"]
"""
SETTINGS = {
    "SECRET_KEY": "of-the-benchmark",
    "POSTGRES_PASSWORD": "of-the-benchmark",
    "OAUTH_CLIENT_SECRET": "of-the-benchmark",
    "APP_PORT": "8000",
}
SIZE, REBUILD, UP, STOP = 0.6, 1.5, 8.0, 1.0
"""What is required: a share of the smaller image of the others, and seconds."""

_SECONDS_TO_START = 120
_LOCK = Path(tempfile.gettempdir(), "dockwright-example-ports.lock")


class Candidate(NamedTuple):
    """One way to build: a folder that may be changed, the Dockerfile and stage, and what tells of dependencies."""

    name: str
    tag: str
    folder: Path
    dockerfile: str
    options: tuple[str, ...]
    manifests: tuple[str, ...]
    compose: str

    def build(self, *options: str) -> float:
        """Build it, and give the seconds."""
        start = time.perf_counter()
        call = ["docker", "build", "--quiet", "--file", self.dockerfile, "--tag", self.tag, *self.options, *options]
        run(*call, ".", folder=self.folder)
        return time.perf_counter() - start


class Measured(NamedTuple):
    """What one image takes, in seconds, bytes and distributions; medians, each of its own runs."""

    cold: float
    source: float
    dependency: float
    size: int
    distributions: int
    up: float
    stop: float


def main(arguments: list[str]) -> int:
    """Measure, and print the table and the requirements."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="runs of each measurement (default: 3)")
    options = parser.parse_args(arguments)

    print(f"{os.cpu_count()} cores (load {os.getloadavg()[0]:.1f}), {engine()}, {platform.system()};")
    print(f"medians of {options.runs} runs\n", flush=True)
    mark = f"dockwright-benchmark-{uuid.uuid4().hex[:8]}"
    with tempfile.TemporaryDirectory() as folder:
        found = {}
        for each in candidates(Path(folder), mark):
            print(f"{each.name} ...", file=sys.stderr)
            found[each.name] = measured(each, mark, options.runs)
    show(found)
    return 0


def candidates(folder: Path, mark: str) -> Iterator[Candidate]:
    """The images, each with a copy of its project."""
    lists = ("requirements.txt", "requirements-dev.txt")
    server = "docker-compose.yml"
    left_out = shutil.ignore_patterns("__pycache__", ".*_cache", ".venv", ".dockwright", "certs")

    def copied(name: str, source: Path) -> Path:
        return Path(shutil.copytree(source, folder / name, ignore=left_out))

    yield Candidate("legacy", f"{mark}:legacy", copied("legacy", EXAMPLE), "Dockerfile", (), lists[:1], server)

    root = copied("refitted", ROOT / "examples" / "dashtam")
    stage = ("--target", "production")
    manifests = ("pyproject.toml", "uv.lock")
    file, stack = "docker/Dockerfile", "compose/docker-compose.prod.yml"
    yield Candidate("refitted", f"{mark}:refitted", root, file, stage, manifests, stack)

    for name, taken in (("pip", lists), ("pip, lean", lists[:1])):
        root = copied(name, EXAMPLE)
        options = " ".join(f"-r {each}" for each in taken)
        (root / "Dockerfile").write_text(PLAIN.format(lists=" ".join(taken), options=options))
        tag = f"{mark}:{name.replace(', ', '-')}"
        yield Candidate(name, tag, root, "Dockerfile", (), lists[:1], server)


def measured(each: Candidate, mark: str, runs: int) -> Measured:
    """Build, start and stop one image so many times, and leave nothing of it."""
    try:
        cold = median(cold_build(each) for _ in range(runs))
        size = inspected(each.tag, "{{.Size}}") - inspected(BASE, "{{.Size}}")
        more = len(distributions(each.tag) - distributions(BASE))
        times = [up_and_down(each, mark) for _ in range(runs)]
        dependency = median(rebuild(each, without_a_dependency) for _ in range(runs))
        source = median(rebuild(each, with_another_source) for _ in range(runs))
        return Measured(cold, source, dependency, size, more, *map(median, zip(*times, strict=True)))
    finally:
        subprocess.run(["docker", "image", "rm", "--force", each.tag], capture_output=True, check=False)


def cold_build(each: Candidate) -> float:
    """A build with cache mounts of its own, which are empty."""
    path = each.folder / each.dockerfile
    text = path.read_text()
    path.write_text(text.replace("type=cache,", f"type=cache,id={uuid.uuid4().hex},"))
    try:
        return each.build("--no-cache")
    finally:
        path.write_text(text)


def rebuild(each: Candidate, change: Callable[[Candidate], None]) -> float:
    """A build after a change, with all in the cache that was there before; the change is taken back."""
    each.build()
    paths = [each.folder / name for name in ("src/main.py", *each.manifests)]
    before = [path.read_text() for path in paths]
    change(each)
    try:
        return each.build()
    finally:
        for path, text in zip(paths, before, strict=True):
            path.write_text(text)


def with_another_source(each: Candidate) -> None:
    """Edit a source file as nobody did before."""
    with (each.folder / "src" / "main.py").open("a") as file:
        file.write(f"\n# {uuid.uuid4().hex}\n")


def without_a_dependency(each: Candidate) -> None:
    """Take a dependency out of what tells of them."""
    for name in each.manifests:
        path = each.folder / name
        text = re.sub(rf'(?m)^\s*(?:{{ name = )?"?{GONE}\b.*\n', "", path.read_text())
        text = re.sub(rf'\[\[package\]\]\nname = "{GONE}"\n(?:(?!\[\[).*\n)*', "", text)
        path.write_text(f"# {uuid.uuid4().hex}\n{text}")


def distributions(tag: str) -> set[str]:
    """The names of what is installed in an image."""
    ask = "import importlib.metadata as m; print(*{d.metadata['Name'] for d in m.distributions()}, sep='\\n')"
    return set(run("docker", "run", "--rm", "--network", "none", tag, "python3", "-c", ask).split())


def inspected(tag: str, form: str) -> int:
    """A number that the engine knows of an image."""
    return int(run("docker", "image", "inspect", "--format", form, tag))


def up_and_down(each: Candidate, mark: str) -> tuple[float, float]:
    """Seconds from `up` until the stack is well, and for the server to stop."""
    with stack(each, mark) as compose:
        start = time.perf_counter()
        if each.name == "refitted":
            compose("up", "--detach", "--wait")
            answer()
        else:
            compose("up", "--detach")
            deadline = start + _SECONDS_TO_START
            while not answers():
                if time.perf_counter() > deadline:
                    raise RuntimeError(f"{each.name} does not answer: {compose('logs', 'app')[-2000:]}")
                time.sleep(0.05)
        up = time.perf_counter() - start
        container = compose("ps", "--quiet", "app").strip()
        start = time.perf_counter()
        run("docker", "stop", container)
        return up, time.perf_counter() - start


@contextmanager
def stack(each: Candidate, mark: str) -> Iterator[Callable[..., str]]:
    """Calls Compose on the server's stack with this image and new volumes; in the end nothing is left of it."""
    file = each.folder / each.compose
    text = file.read_text()
    image = re.sub(r"image: dashtam:latest", f"image: {each.tag}", text)
    file.write_text(re.sub(r"(name: )dashtam\b", rf"\1{mark}", re.sub(r"    build: \.\n", "", image)))
    data = {**os.environ, "XDG_DATA_HOME": str(each.folder.parent / "data")}
    subprocess.run(
        [sys.executable, "-m", "dockwright", "certs"], cwd=each.folder, env=data, check=True, capture_output=True
    )

    def compose(*words: str) -> str:
        call = ["docker", "compose", "--progress", "quiet", "-p", mark, "-f", each.compose]
        return run(*call, *words, folder=each.folder, environment={**os.environ, **SETTINGS})

    with _LOCK.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield compose
        finally:
            compose("down", "--volumes", "--remove-orphans", "--timeout", "1")
            file.write_text(text)


def answer() -> None:
    """Ask the server whether all is well; raises OSError where it is not."""
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open("http://localhost:8000/health", timeout=5):
        pass


def answers() -> bool:
    """Whether it is."""
    try:
        answer()
    except OSError:
        return False
    return True


def engine() -> str:
    """Which engine, and how it keeps images."""
    said = json.loads(run("docker", "info", "--format", "{{json .}}"))
    return f"Docker {said['ServerVersion']} ({said['Driver']})"


def show(found: dict[str, Measured]) -> None:
    """Print a row a measurement, and whether the refitted image does what is required."""
    rows: list[tuple[str, Callable[[Measured], str]]] = [
        ("cold build, s", lambda each: f"{each.cold:.1f}"),
        ("rebuild after a source change, s", lambda each: f"{each.source:.2f}"),
        ("rebuild after a dependency change, s", lambda each: f"{each.dependency:.1f}"),
        ("size above the base image, MB", lambda each: f"{each.size / 1e6:.0f}"),
        ("distributions above the base image", lambda each: f"{each.distributions}"),
        ("up until healthy, s", lambda each: f"{each.up:.1f}"),
        ("the server's stop, s", lambda each: f"{each.stop:.2f}"),
    ]
    print(f"{'':<38}" + "".join(f"{name:>10}" for name in found))
    for title, cell in rows:
        print(f"{title:<38}" + "".join(f"{cell(each):>10}" for each in found.values()))
    new = found["refitted"]
    share = new.size / min(found["legacy"].size, found["pip"].size)
    print(f"\n{verdict(share < SIZE)}: under {SIZE:.0%} of the smaller of legacy and pip ({share:.0%})")
    print(f"{verdict(new.source < REBUILD)}: rebuilt after a source change within {REBUILD} s ({new.source:.2f} s)")
    print(f"{verdict(new.up < UP)}: healthy within {UP:.0f} s ({new.up:.1f} s)")
    print(f"{verdict(new.stop < STOP)}: stopped within {STOP:.0f} s ({new.stop:.2f} s)")


def run(*command: str, folder: Path | None = None, environment: dict[str, str] | None = None) -> str:
    """Run a command that has to do its work; what it says."""
    done = subprocess.run(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended in {done.returncode}: {done.stdout}{done.stderr}"[-3000:])
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
