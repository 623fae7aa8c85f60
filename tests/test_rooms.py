"""The rooms of `docs/architecture.md`: who imports whom, touches the disk and starts processes; what starting costs."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "dockwright"

STARTS_PROCESSES = {"subprocess", "multiprocessing", "pty", "asyncio", "concurrent"}
OS_PROCESSES = re.compile(r"os\.(system|popen|fork\w*|exec\w+|spawn\w+|posix_spawn\w*|kill\w*)")
READS_DISK = {"pathlib", "shutil", "tempfile", "glob", "io", "fileinput", "mmap", "linecache", "fcntl"}
# Of `os`, whatever does not look at a file.
OS_PURE = re.compile(r"os\.(environ(\.\w+)?|get_terminal_size|sep|fspath|path(\.(join|basename|dirname|normpath))?)")

MAY_TOUCH_THE_DISK = ("change/", "cli/", "engine/", "project/discover.py")
# The rules are found by listing their own package.
LISTS_ITS_PACKAGE = {"rule.py": {"os.listdir"}}

MODULES = {path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_bytes()) for path in sorted(PACKAGE.rglob("*.py"))}


def imported(tree: ast.Module) -> set[str]:
    """The first names of the modules that are imported anywhere in a file, inside functions too."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


def used(tree: ast.Module) -> Iterator[str]:
    """What is taken from `os`, and `open`, as dotted names."""
    inner = {node.value for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node not in inner and re.fullmatch(r"os(\.\w+)+", ast.unparse(node)):
            yield ast.unparse(node)
        elif isinstance(node, ast.ImportFrom) and node.module in ("os", "os.path"):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open":
            yield "open"


def test_only_the_engine_starts_processes() -> None:
    starters = {
        path
        for path, tree in MODULES.items()
        if imported(tree) & STARTS_PROCESSES or any(OS_PROCESSES.match(name) for name in used(tree))
    }
    assert {path for path in starters if not path.startswith("engine/")} == set()
    assert starters, "the check itself finds no starter"


def test_only_change_discovery_and_the_command_line_touch_the_disk() -> None:
    touching = {
        path: names
        for path, tree in MODULES.items()
        if not path.startswith(MAY_TOUCH_THE_DISK)
        and (
            names := (imported(tree) & READS_DISK)
            | {name for name in used(tree) if not OS_PURE.fullmatch(name)} - LISTS_ITS_PACKAGE.get(path, set())
        )
    }
    assert touching == {}
    assert "open" in used(MODULES["project/discover.py"]), "the check itself finds no reader"


def rooms() -> set[str]:
    return {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()} - {
        "__init__",
        "__main__",
    }


def documented() -> dict[str, set[str]]:
    """The table of the rooms in `docs/architecture.md`: what each may import."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    rows = re.findall(r"^\| `(\w+)(?:\.py|/)` \| .* \| (.*) \|$", text, re.M)
    return {room: set(re.findall(r"\w+", imports)) for room, imports in rows}


def test_every_room_has_a_row_and_a_contract_that_says_the_same() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    forbidden = {
        contract["source_modules"][0].removeprefix("dockwright."): {
            module.removeprefix("dockwright.") for module in contract["forbidden_modules"]
        }
        for contract in contracts
    }
    assert forbidden.keys() == rooms()
    allowed = {room: rooms() - {room} - out for room, out in forbidden.items()}
    table = documented()
    assert table.pop("cli") == {"all"}
    assert allowed.pop("cli") == rooms() - {"cli"}
    assert table == allowed


@pytest.mark.parametrize(
    ("arguments", "never"),
    [
        (["--version"], {"argparse", "re", "msgspec", "yaml", "typing"}),
        (
            ["audit"],
            {"dataclasses", "pathlib", "subprocess", "asyncio", "tempfile", "json", "email", "importlib.metadata"},
        ),
    ],
)
def test_a_command_starts_without_what_it_does_not_need(arguments: list[str], never: set[str], tmp_path: Path) -> None:
    code = (
        "import sys; there = set(sys.modules); from dockwright.__main__ import main; sys.argv[0] = 'dockwright';"
        "main(); print(*set(sys.modules) - there)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert never & set(done.stdout.splitlines()[-1].split()) == set()
