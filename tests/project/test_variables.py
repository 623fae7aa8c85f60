"""Variables: who gives each one a value, and who reads it."""

from __future__ import annotations

from dockwright.project.variables import variables
from projects import project

FILES = {
    ".env.example": "PORT=8000\nURL=http://${HOST:?set it}:$PORT\n",
    "compose.yaml": (
        "x-common: &common\n  SHARED: ${PORT}\nservices:\n  app:\n    image: shop:${TAG:-latest}\n"
        "    environment:\n      <<: *common\n      OWN: 1\n      PASSED:\n      EMPTY: ''\n"
        "  db:\n    environment:\n      - LISTED=$$notread\n      - FORWARDED\n"
    ),
    "Dockerfile": "ARG VERSION=3\nFROM python:$VERSION\nENV MODE=prod OTHER=x\n",
    "app.py": "import os\nos.environ['SECRET']\nos.getenv('MODE')\n",
}


def test_who_defines_and_who_reads() -> None:
    known = variables(project(FILES))
    assert {
        name: ([site.path for site in one.defined], [site.path for site in one.read], one.required)
        for name, one in known.items()
    } == {
        "PORT": ([".env.example"], [".env.example", "compose.yaml"], False),
        "URL": ([".env.example"], [], False),
        "HOST": ([], [".env.example"], True),
        "TAG": ([], ["compose.yaml"], False),
        "SHARED": (["compose.yaml"], [], False),
        "OWN": (["compose.yaml"], [], False),
        "EMPTY": (["compose.yaml"], [], False),
        "LISTED": (["compose.yaml"], [], False),
        "PASSED": ([], ["compose.yaml"], False),
        "FORWARDED": ([], ["compose.yaml"], False),
        "VERSION": (["Dockerfile"], [], False),
        "MODE": (["Dockerfile"], ["app.py"], False),
        "OTHER": (["Dockerfile"], [], False),
        "SECRET": ([], ["app.py"], True),
    }


def test_places_are_those_of_the_names() -> None:
    known = variables(project(FILES))
    texts = {
        name: {FILES[site.path][slice(*site.span)] for site in (*one.defined, *one.read) if site.path != "app.py"}
        for name, one in known.items()
    }
    assert texts.pop("LISTED") == {"LISTED=$$notread"}
    assert texts.pop("SECRET") == set()
    assert texts == {name: {name} for name in texts}
