"""Examples and env files in line: where lines go, what values they get, and that nothing else changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import Tree
from dockwright.env.environments import all_but_the_editor_s
from dockwright.env.syncing import Synced, sync
from dockwright.errors import DockwrightError
from dockwright.facts.secret_forms import Form
from dockwright.project.discover import discover
from dockwright.project.model import Project, Trees
from dockwright.syntax import dotenv
from dockwright.text import Source, splice


def project(file: str, example: str, env: str = ".env.dev") -> Project:
    compose = f"name: x\nservices:\n  web:\n    image: x\n    env_file: {env}\n"
    tag = env.rpartition(".")[2]
    texts = {f"compose.{tag}.yaml": compose, env: file, f"{env}.example": example}
    return Project(
        "/x", "x", {path: Source(path, text) for path, text in texts.items()}, frozenset(texts), trees=Trees()
    )


def fresh(form: Form) -> str:
    return "fresh"


def synced(file: str, example: str, env: str = ".env.dev") -> tuple[str, str, Synced]:
    """The file and its example afterwards."""
    known = project(file, example, env)
    done = sync(known, all_but_the_editor_s(known), fresh)
    edits = {each.path: each.edits for each in done.files}
    return splice(file, edits.get(env, ())), splice(example, edits.get(f"{env}.example", ())), done


def test_what_is_in_line_stays_as_it_is() -> None:
    assert synced("A=1\nB=2\n", "B=\n# A=\n")[2].files == ()


def test_a_name_goes_into_the_example_without_its_value() -> None:
    _, example, done = synced("A=1\nPLAN=canary\nSECRET_KEY=canary\nAPI_KEY=canary\nB=2\n", "A=1\n\n# last\nB=2\n")
    assert example == "A=1\nPLAN=\nSECRET_KEY=dev-only-secret-key\nAPI_KEY=\n\n# last\nB=2\n"
    assert [(each.name, each.value, each.below) for each in done.files[0].added] == [
        ("PLAN", "empty", "A"),
        ("SECRET_KEY", "stand-in", "PLAN"),
        ("API_KEY", "empty", "SECRET_KEY"),
    ]


def test_production_s_example_gets_no_stand_in() -> None:
    assert synced("SECRET_KEY=x\nA=1\n", "A=1\n", ".env.prod")[1] == "A=1\nSECRET_KEY=\n"


def test_a_name_goes_into_the_file_with_its_line_and_fresh_secrets() -> None:
    example = "A=1\nB='two words' # why\nexport C=3\nSECRET_KEY=changeme\nTOKEN_MINUTES=5\n"
    file, _, done = synced("# mine\nA=7\nTOKEN_MINUTES=9", example)
    assert file == "# mine\nA=7\nB='two words' # why\nexport C=3\nSECRET_KEY=fresh\nTOKEN_MINUTES=9"
    assert [each.value for each in done.files[0].added] == ["the example's value"] * 2 + ["a fresh secret"]


def test_a_url_that_is_added_has_the_password_that_the_file_has() -> None:
    example = "POSTGRES_PASSWORD=changeme\nDATABASE_URL=postgres://u:changeme@db/x\n"
    file, _, done = synced("POSTGRES_PASSWORD=mine\n", example)
    assert file == "POSTGRES_PASSWORD=mine\nDATABASE_URL=postgres://u:mine@db/x\n"
    assert done.files[0].added[0].value == "in line"


def test_production_gets_no_secret_and_no_placeholder() -> None:
    example = "A=1\nSECRET_KEY=changeme\nDOMAIN=example.com\nURL=postgres://u:p@db/x\nB=2\n"
    file, _, done = synced("A=1\n", example, ".env.prod")
    assert file == "A=1\nSECRET_KEY=\nDOMAIN=\nURL=\nB=2\n"
    assert done.files[0].left == ("SECRET_KEY", "DOMAIN", "URL")


def test_line_endings_are_those_of_the_file() -> None:
    file, example, _ = synced("A=1\r\nX=2", "B=1\nA=1\n")
    assert (file, example) == ("A=1\r\nX=2\r\nB=1\r\n", "B=1\nA=1\nX=\n")


LINES = st.lists(
    st.one_of(
        st.sampled_from(("", "# said", "# A=1", "  ")),
        st.builds("{}={}".format, st.sampled_from("ABCDEF"), st.sampled_from(("", "1", "'a b'", '"x" # y', "$A"))),
    ),
    max_size=8,
).map("\n".join)


@given(file=LINES, example=LINES)
def test_afterwards_they_are_in_line_and_every_former_line_is_there(file: str, example: str) -> None:
    after, model, _ = synced(file, example)
    assert synced(after, model)[2].files == ()
    for before, now in ((file, after), (example, model)):
        lines = iter(now.splitlines())
        assert all(line in lines for line in before.splitlines())
        old, new = (dotenv.parse(Source("x", text)) for text in (before, now))
        assert {entry.key: entry.raw for entry in new.entries} | {entry.key: entry.raw for entry in old.entries} == {
            entry.key: entry.raw for entry in new.entries
        }


def test_a_file_that_is_a_link_is_refused(tree: Tree) -> None:
    root = tree({"compose.yaml": "services:\n  a:\n    image: b\n", "real.env": "A=1\n", ".env.example": "A=1\nB=2\n"})
    (root / ".env").symlink_to("real.env")
    known = discover(str(root))
    with pytest.raises(DockwrightError, match="symbolic link"):
        sync(known, all_but_the_editor_s(known))


def test_a_pair_with_one_file_is_told(tree: Tree) -> None:
    known = discover(str(tree({"compose.yaml": "services:\n  a:\n    image: b\n", ".env.example": "A=1\n"})))
    done = sync(known, all_but_the_editor_s(known))
    assert [(pair.path, pair.example) for pair in done.absent] == [(".env", ".env.example")]
