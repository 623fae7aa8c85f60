"""References: what a path names, and how it reads after a move."""

from __future__ import annotations

import pytest

from dockwright.project.references import Reference, ReferenceKind, reference, rewrite, rewritten, upwards
from dockwright.text import Edit, Mapped, Site, Span


def ref(written: str, base: str = "", kind: ReferenceKind = "path", anchor: str | None = None) -> Reference:
    found = reference("Makefile", Mapped.whole(written, 10), 0, len(written), base, kind, anchor=anchor)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("base", "written", "target"),
    [
        ("", "a.yml", "a.yml"),
        ("", "./a.yml", "a.yml"),
        ("docker", "../a.yml", "a.yml"),
        ("docker", ".", "docker"),
        ("", "./", ""),
        ("docker", "..", ""),
        ("", "../other/a.yml", "../other/a.yml"),
        ("a/b", "../../c//d/", "c/d"),
    ],
)
def test_a_target_is_relative_to_the_root(base: str, written: str, target: str) -> None:
    assert ref(written, base).target == target


@pytest.mark.parametrize(
    "written",
    ["", "-", "/etc/app.yml", "~/app.yml", "https://example.org/a.yml", "oci://registry/app", "git@github.com:a/b.git",
     "C:\\shop\\a.yml", "C:/shop/a.yml", ".\\a.yml"],
)  # fmt: skip
def test_what_names_no_file_of_the_project_is_no_reference(written: str) -> None:
    assert reference("Makefile", Mapped.whole(written), 0, len(written), "", "compose file") is None


MOVES = {"compose.yaml": "compose/compose.yaml", "Dockerfile": "docker/Dockerfile", ".env": "env/.env"}


@pytest.mark.parametrize(
    ("found", "after"),
    [
        (ref("compose.yaml"), "compose/compose.yaml"),
        (ref("./compose.yaml"), "./compose/compose.yaml"),
        (ref("../Dockerfile", "docker"), "Dockerfile"),
        (ref("a.yml"), None),
        # The base moves with its anchor: what stays is named from further away, and what moves along is not.
        (ref("./src", "", "bind mount", "compose.yaml"), "../src"),
        (ref(".", "", "build context", "compose.yaml"), ".."),
        (ref("data/", "", "bind mount", "compose.yaml"), "../data/"),
        (ref(".env", "", "env_file", "compose.yaml"), "../env/.env"),
        (ref("compose.yaml", "", "extends", "compose.yaml"), None),
    ],
)
def test_a_reference_follows_moves_in_its_own_style(found: Reference, after: str | None) -> None:
    assert rewritten(found, lambda path: MOVES.get(path, path)) == after


def test_a_bind_mount_stays_one() -> None:
    inside = Reference(Site("c", Span(0, 6)), "../src", "src", "docker", "bind mount", "docker/compose.yaml")
    assert rewritten(inside, lambda path: path.removeprefix("docker/")) == "./src"


def test_the_edit_replaces_the_path_alone() -> None:
    assert rewrite(ref("Dockerfile"), lambda path: MOVES.get(path, path)) == Edit(
        "Makefile", Span(10, 20), "docker/Dockerfile"
    )


@pytest.mark.parametrize(
    ("folder", "above"),
    [("", [""]), ("a/b", ["a/b", "a", ""]), ("../a", ["../a", "..", ""]), ("/srv/a", ["/srv/a", "/srv", "/"])],
)
def test_upwards_ends_at_the_root(folder: str, above: list[str]) -> None:
    assert list(upwards(folder)) == above
