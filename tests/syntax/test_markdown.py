"""Documents: the code in them, and that it stands where it is said to stand."""

from __future__ import annotations

import pytest

from dockwright.syntax import markdown
from dockwright.text import Source

RST = """Title
=====

Run it::

    $ docker compose up -d db
    docker compose ps

Then, in ``docker compose logs``, look.

.. code-block:: python
   :linenos:

   print(1)

- An item with::

      docker compose down

  and more.
::

    last
"""


def blocks(text: str, path: str) -> list[tuple[str, str]]:
    return [(block.language, block.body.text.strip()) for block in markdown.parse(Source(path, text)).blocks]


def test_a_literal_block_is_code() -> None:
    assert blocks(RST, "README.rst") == [
        ("", "docker compose up -d db\n    docker compose ps"),
        ("python", "print(1)"),
        ("", "docker compose down"),
        ("", "last"),
    ]


def test_code_stands_where_it_is_said_to_stand() -> None:
    body = markdown.parse(Source("README.rst", RST)).blocks[0].body
    at = body.text.index("docker compose ps")
    assert RST[body.offset(at) :].startswith("docker compose ps\n\nThen")


@pytest.mark.parametrize("text", ["::\n", "a::\n\n", "a::\n\n  b", "std::string x\n\n  y\n", "..\n::\n\n\n a"])
def test_any_text_is_read(text: str) -> None:
    assert len(markdown.parse(Source("a.rst", text)).blocks) <= 1


def test_a_fence_counts_in_markdown_alone() -> None:
    assert blocks("```sh\nmake\n```\n", "a.md") == [("sh", "make")]
    assert blocks("Run::\n\n    make\n", "a.md") == []
