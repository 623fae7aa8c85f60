"""`dockwright certs` from the outside: files, modes, what a second run does, and what it never writes over."""

from __future__ import annotations

import builtins
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from command_line import Dockwright
from conftest import Tree
from dockwright.certs.issuing import authority, issued, new_authority
from dockwright.change.disk import RealDisk
from dockwright.cli.certifying import AUTHORITY, Certifier
from dockwright.project.tls import Pair, Serving
from example import snapshot

DOCKERFILE = (
    "FROM python:3.13-slim\nWORKDIR /app\nUSER 1000:1000\nCOPY app.py ./\n"
    'CMD ["uvicorn", "app:app", "--ssl-certfile", "certs/cert.pem", "--ssl-keyfile", "certs/key.pem"]\n'
)
FILES = {
    "Dockerfile": DOCKERFILE, ".gitignore": "certs/\n", ".dockerignore": "certs\n", "app.py": "",
    "compose.yaml": "services:\n  web:\n    build: .\n",
}  # fmt: skip


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's data folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


def names(root: Path) -> set[str]:
    read = x509.load_pem_x509_certificate((root / "certs/cert.pem").read_bytes())
    said = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {*said.get_values_for_type(x509.DNSName), *map(str, said.get_values_for_type(x509.IPAddress))}


def test_certificate_key_and_authority_are_made(dockwright: Dockwright, tree: Tree, data: Path) -> None:
    root = tree(FILES)
    before = snapshot(root)
    said = dockwright("certs", root)
    assert said.code == 0
    assert set(snapshot(root)) - set(before) == {"certs/", "certs/cert.pem", "certs/key.pem", "certs/ca.pem"}
    assert names(root) == {"localhost", "web", "127.0.0.1", "::1"}
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (root / "certs").iterdir()}
    assert (modes["cert.pem"], modes["ca.pem"], modes["key.pem"] & ~0o040) == (0o644, 0o644, 0o600)
    assert "note:" not in said.out


def test_the_authority_s_key_is_in_no_project(dockwright: Dockwright, tree: Tree, data: Path) -> None:
    root = tree(FILES)
    dockwright("certs", root)
    kept = data / AUTHORITY
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    key = kept.read_bytes().partition(b"-----BEGIN CERTIFICATE")[0]
    assert b"PRIVATE KEY" in key
    assert all(key not in path.read_bytes() for path in root.rglob("*") if path.is_file())


def test_a_second_run_writes_nothing(dockwright: Dockwright, tree: Tree, tmp_path: Path) -> None:
    root = tree(FILES)
    dockwright("certs", root)
    before = {path: path.lstat().st_mtime_ns for path in tmp_path.rglob("*")}
    said = dockwright("certs", root)
    assert (said.code, said.out.split()[0]) == (0, "fine")
    assert {path: path.lstat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_a_host_more_renews_and_stays(dockwright: Dockwright, tree: Tree) -> None:
    root = tree(FILES)
    dockwright("certs", root)
    assert "why: it is not for shop.test" in dockwright("certs", root, "--host", "Shop.test").out
    dockwright("certs", root, "--renew")
    assert {"shop.test", "web", "localhost"} <= names(root)


def test_one_authority_serves_all_projects_and_stays_when_a_certificate_is_renewed(
    dockwright: Dockwright, tree: Tree, tmp_path: Path
) -> None:
    root, other = tree(FILES), tmp_path / "other"
    other.mkdir()
    (other / "compose.yaml").write_text("services:\n  a: {image: b}\n")
    for path in (root, other):
        dockwright("certs", path)
    first = (root / "certs/ca.pem").read_bytes()
    dockwright("certs", root, "--renew")
    assert (root / "certs/ca.pem").read_bytes() == (other / "certs/ca.pem").read_bytes() == first


def test_somebody_else_s_certificate_is_not_replaced_unasked(dockwright: Dockwright, tree: Tree) -> None:
    root = tree({**FILES, "certs/cert.pem": "theirs", "certs/key.pem": "theirs"})
    before = snapshot(root)
    said = dockwright("certs", root)
    assert said.code == 1
    assert "dockwright has not made it; --renew replaces it" in said.out
    assert snapshot(root) == before
    assert dockwright("certs", root, "--renew").code == 0
    assert "web" in names(root)


def test_another_s_authority_beside_it_is_not_replaced_unasked(dockwright: Dockwright, tree: Tree) -> None:
    root = tree({**FILES, "certs/ca.pem": "theirs"})
    assert dockwright("certs", root).code == 1
    assert (root / "certs/ca.pem").read_text() == "theirs"


def test_a_key_that_others_can_read_is_put_right(dockwright: Dockwright, tree: Tree) -> None:
    root = tree(FILES)
    dockwright("certs", root)
    (root / "certs/key.pem").chmod(0o666)
    (root / "certs/ca.pem").unlink()
    before = (root / "certs/key.pem").read_bytes()
    assert dockwright("certs", root, "--format", "json").json["certificates"][0]["state"] == "mended"
    assert (root / "certs/key.pem").read_bytes() == before
    assert (root / "certs/ca.pem").exists()
    assert not (root / "certs/key.pem").stat().st_mode & 0o007


def test_it_says_where_git_and_builds_would_take_the_key(dockwright: Dockwright, tree: Tree) -> None:
    root = tree({"Dockerfile": DOCKERFILE, "app.py": ""})
    assert "add the line `certs` to .dockerignore" in " ".join(dockwright("certs", root).out.split())
    (root / ".git").mkdir()
    said = dockwright("certs", root, "--format", "json").json["exposed"]
    assert [(each["path"], each["line"]) for each in said] == [(".gitignore", "certs/"), (".dockerignore", "certs")]
    assert not (root / ".gitignore").exists()


def test_the_hint_names_the_file_for_every_store(dockwright: Dockwright, tree: Tree) -> None:
    root = tree(FILES)
    said = dockwright("certs", root, "--trust-hint")
    for store in ("Debian", "Fedora", "macOS", "WSL", "Firefox", "curl", "Python"):
        assert store in said.out
    assert f"curl --cacert {root}/certs/ca.pem https://localhost" in said.out


def test_the_report_keeps_its_contract(dockwright: Dockwright, tree: Tree) -> None:
    root = tree(FILES)
    said = dockwright("certs", root, "--format", "json", "--days", "90").json
    (made,) = said["certificates"]
    assert (made["state"], made["certificate"], made["key"]) == ("made", "certs/cert.pem", "certs/key.pem")
    assert made["names"] == ["localhost", "web", "127.0.0.1", "::1"]
    ends = datetime.fromisoformat(made["ends"])
    assert timedelta(days=89) < ends - datetime.now(UTC) < timedelta(days=91)
    assert said["authority"]["made"] is True
    assert said["trust"] is None


@pytest.mark.parametrize("arguments", [["--days", "398"], ["--days", "0"], ["--host", "https://a.test"]])
def test_what_cannot_be_asked_for(dockwright: Dockwright, tree: Tree, arguments: list[str]) -> None:
    root = tree(FILES)
    assert dockwright("certs", root, *arguments).code == 2
    assert not (root / "certs").exists()


def test_without_the_library_the_way_out_is_said(
    dockwright: Dockwright, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("cryptography"):
            raise ImportError(name)
        return real(name, *rest)

    root = tree(FILES)
    monkeypatch.setattr(builtins, "__import__", without)
    said = dockwright("certs", root)
    assert said.code == 3
    assert "dockwright[certs]" in said.err


def test_a_folder_that_cannot_be_written_is_one_clear_error(
    dockwright: Dockwright, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tree({**FILES, "file": ""})
    monkeypatch.setenv("XDG_DATA_HOME", str(root / "file"))
    said = dockwright("certs", root)
    assert said.code == 3
    assert "XDG_DATA_HOME" in said.err
    assert not (root / "certs").exists()


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no such users here")
def test_time_passes(tmp_path: Path) -> None:
    """A certificate is renewed before it ends, an authority when it cannot outlast another certificate."""
    for folder in ("project", "data"):
        (tmp_path / folder).mkdir()
    project, data = RealDisk(tmp_path / "project"), RealDisk(tmp_path / "data")
    serving = Serving((Pair("certs/cert.pem", "certs/key.pem"),), ("app",), (1000,))
    start = datetime(2026, 11, 23, tzinfo=UTC)
    seen = {}
    for days in (0, 1, 334, 336, 336 + 334, 3400, 3401):
        outcome = Certifier(project, data, None, start + timedelta(days=days)).certify(serving, (), 365, renew=False)
        seen[days] = (outcome.certificates[0].state, outcome.new)
    assert seen == {
        0: ("made", True), 1: ("fine", False), 334: ("fine", False), 336: ("renewed", False),
        670: ("fine", False), 3400: ("renewed", True), 3401: ("fine", False),
    }  # fmt: skip


def test_a_certificate_of_a_former_authority_is_renewed(tmp_path: Path, tree: Tree, dockwright: Dockwright) -> None:
    former = authority(new_authority(datetime.now(UTC)))
    assert former is not None
    leaf = issued(former, ("localhost", "web", "127.0.0.1", "::1"), datetime.now(UTC), 365)
    root = tree({**FILES, "certs/cert.pem": leaf.certificate, "certs/key.pem": leaf.key, "certs/ca.pem": former.pem})
    assert "another authority made it" in dockwright("certs", root).out
    assert (root / "certs/ca.pem").read_bytes() != former.pem
