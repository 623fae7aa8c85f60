"""Comments that leave findings out: read in every format that has comments, and of the right lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockwright.project.suppressions import suppressed, suppressions
from dockwright.text import Site, Span
from projects import project


def lines(path: str, text: str, rule: str = "DW101") -> list[int]:
    """The lines whose findings of a rule are left out."""
    made = project({path: text})
    source = made.sources[path]
    starts = ((number, source.line_span(number).start) for number in range(1, source.line_count + 1))
    return [number for number, at in starts if suppressed(made, Site(path, Span(at, at)), rule.lower(), "runs-as-root")]


@pytest.mark.parametrize(
    ("path", "text", "left_out"),
    [
        ("Dockerfile", "FROM a\n# dockwright: ignore[DW101] a job\nUSER root\nCMD a\n", [2, 3]),
        ("Dockerfile", "# dockwright: ignore[DW101]\n# more\nFROM a\nCMD a\n", [1, 3]),
        ("Dockerfile", "FROM a\n# dockwright: ignore[DW101]\n\nUSER root\n", [2, 3]),
        ("Dockerfile", "FROM a\n# dockwright: ignore[DW101]\nRUN a && \\\n  # why\n  b\nCMD a\n", [2, 3, 4, 5]),
        ("Dockerfile", "FROM a\n# dockwright: ignore[DW101]\nRUN <<E\na\nE\nCMD a\n", [2, 3, 4, 5]),
        ("Dockerfile", "FROM a\nRUN a && \\\n # dockwright: ignore[DW101]\n b && \\\n c\n", [3, 4]),
        ("Dockerfile", "FROM a\nUSER root # dockwright: ignore[DW101]\n", []),
        ("Dockerfile", "\ufeff# dockwright: ignore[DW101]\r\nFROM a\r\n", [1, 2]),
        ("compose.yaml", "services: {}\na: b # dockwright: ignore[DW101]\nc: d\n", [2]),
        ("compose.yaml", "services: {}\n# dockwright: ignore[DW101]\na:\n  b: c\n", [2, 3]),
        ("compose.yaml", "services: {}\na: 'b# dockwright: ignore[DW101]'\n", []),
        (".env", "A=b # dockwright: ignore[DW101]\n# dockwright: ignore[DW101]\nC=d\n", [1, 2, 3]),
        ("Makefile", "# dockwright: ignore[DW101]\nup:\n\tdocker \\\n\t up\n", [1, 2]),
        ("Makefile", "up:\n\t# dockwright: ignore[DW101]\n\tdocker \\\n\t up\n\tls\n", [2, 3, 4]),
        ("run.sh", "#!/bin/sh\ndocker run a # dockwright: ignore[DW101]\n", [2]),
        ("pyproject.toml", "[a]\n# dockwright: ignore[DW101]\nb = 1\n", [2, 3]),
        ("app.py", "import os\nos.environ['A']  # dockwright: ignore[DW101]\n", [2]),
        ("app.py", 'A = """\n# dockwright: ignore[DW101]\n"""\n', []),
        (".dockerignore", "# dockwright: ignore[DW101]\n*.py\n*.md\n", [1, 2]),
        (".dockerignore", "*.py # dockwright: ignore[DW101]\n", []),
        (".gitignore", "# dockwright: ignore[DW101]\nenv/\n", [1, 2]),
        ("README.md", "<!-- dockwright: ignore[DW101] a reason -->\nrun it\n", [1, 2]),
        ("README.md", "run it <!-- dockwright: ignore[DW101] -->\nor not\n", [1]),
        ("README.md", "```yaml\n<!-- dockwright: ignore[DW101] -->\na: b\n```\n", []),
        ("README.md", "so: `<!-- dockwright: ignore[DW101] -->`\n", []),
        ("README.md", "    <!-- dockwright: ignore[DW101] -->\n", []),
        ("README.md", "# dockwright: ignore[DW101]\nrun it\n", []),
        ("guide.rst", ".. dockwright: ignore[DW101]\nrun it\n", [1, 2]),
        (".devcontainer/devcontainer.json", '{\n  // dockwright: ignore[DW101]\n  "a": 1\n}\n', [2, 3]),
        (".devcontainer/devcontainer.json", '{\n  "a": 1, // dockwright: ignore[DW101]\n  "b": 2\n}\n', [2]),
        ("Dockerfile", "# dockwright: ignore[DW101]", [1]),
        ("Dockerfile", "# dockwright:ignore[ dw101 , DW301 ]\nFROM a\n", [1, 2]),
        ("Dockerfile", "# dockwright: ignore[runs-as-root]\nFROM a\n", [1, 2]),
        ("Dockerfile", "# dockwright: ignore[DW1]\nFROM a\n", []),
        ("Dockerfile", "# dockwright: ignore\nFROM a\n", []),
        ("Dockerfile", "# hadolint ignore=DL3006 # dockwright: ignore[DW101]\nFROM a\n", []),
        ("compose.yaml", "services: {}\na: b # why # dockwright: ignore[DW101]\n", [2]),
    ],
)
def test_a_comment_leaves_out_what_stands_at_it(path: str, text: str, left_out: list[int]) -> None:
    assert lines(path, text) == left_out


@pytest.mark.parametrize(
    ("text", "rule", "left_out"),
    [
        ("FROM a\n# hadolint ignore=DL3008,DL3009\nRUN a && \\\n b\nCMD a\n", "hadolint:dl3009", [2, 3, 4]),
        ("FROM a\n# hadolint ignore=DL3008\nRUN a\n", "hadolint:dl3009", []),
        ("# hadolint global ignore=DL3008\nFROM a\nRUN a\n", "hadolint:dl3008", [1, 2, 3]),
        ("# check=error=true;skip=StageNameCasing,FromAsCasing\nFROM a\n", "buildkit:fromascasing", [1, 2]),
        ("# check=skip=all\nFROM a\n", "buildkit:all", [1, 2]),
        ("FROM a\n# check=skip=FromAsCasing\n", "buildkit:fromascasing", []),
    ],
)
def test_what_a_dockerfile_says_to_other_tools_counts(text: str, rule: str, left_out: list[int]) -> None:
    assert lines("Dockerfile", text, rule) == left_out


def test_only_the_rules_that_it_names() -> None:
    assert lines("Dockerfile", "# dockwright: ignore[DW101]\nFROM a\n", "DW301") == []


@given(st.sampled_from(["Dockerfile", "compose.yaml", "README.md", "app.py", "Makefile"]), st.data())
def test_any_text_can_be_read(path: str, data: st.DataObject) -> None:
    pieces = st.sampled_from(
        ["# dockwright: ignore[DW101]", "<!-- dockwright: ignore[", "]", "-->", "\n", " ", "a", '"']
    )
    text = "services: {}\n" + "".join(data.draw(st.lists(pieces, max_size=12)))
    made = project({path: text})
    source = made.sources[path]
    for one in suppressions(made).get(path, ()):
        assert source.slice(one.span).startswith(("#", "<!--"))
        assert all(source.slice(span) == name and one.span.covers(span) for name, span in one.rules)
        assert 1 <= one.lines[0] <= one.lines[1] <= source.line_count
