"""Merged services: what Compose lays over each other, the weakest first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockwright.project.merged import Merged, every_service, merged, with_layer
from projects import project


def service(files: dict[str, str], name: str = "app") -> Merged:
    """A service of the one stack that the files make."""
    ((_, services),) = merged(project(files))
    return services[name]


def app(body: str, file: str = "compose.yaml") -> dict[str, str]:
    """A compose file with one service, `app`, of these lines."""
    return {file: "services:\n  app:\n    image: shop\n" + "".join(f"    {line}\n" for line in body.splitlines())}


def overlaid(*bodies: str) -> dict[str, str]:
    """A stack of several files, each with the service `app`."""
    files = {f"f{number}.yml": f"services:\n  app: {{{body}}}\n" for number, body in enumerate(bodies)}
    return {**files, "up.sh": f"docker compose {' '.join(f'-f {path}' for path in files)} up\n"}


def layers(found: Merged) -> list[str]:
    return [f"{layer.path} {layer.name}" for layer in found.layers]


VALUES = st.one_of(
    st.none(),
    st.tuples(st.sampled_from(["", "!override ", "!reset "]), st.sampled_from(["a", "b", "c"])),
)


@given(st.lists(VALUES, min_size=1, max_size=5))
def test_layers_count_in_the_order_of_the_files(values: list[tuple[str, str] | None]) -> None:
    found = service(overlaid(*("" if value is None else f"key: {''.join(value)}" for value in values)))
    expected: list[tuple[int, str]] = []
    for number, value in enumerate(values):
        if value is not None:
            expected = expected if value[0] == "" else []
            expected += [] if value[0] == "!reset " else [(number, value[1])]
    assert [(layer.path, node.value) for layer, node in found.written("key") if hasattr(node, "value")] == [
        (f"f{number}.yml", text) for number, text in expected
    ]
    assert found.text("key") == (expected[-1][1] if expected else None)


@pytest.mark.parametrize(
    ("written", "text"),
    [("a", "a"), ("'${TAG:-1}'", "1"), ("'${TAG}'", None), ("[a]", None), ("{a: b}", None)],
)
def test_a_text_is_known_where_no_variable_decides(written: str, text: str | None) -> None:
    assert service(app(f"key: {written}")).text("key") == text


def test_what_is_extended_is_weaker_than_what_extends_it() -> None:
    found = service(
        {
            "compose.yaml": "services:\n  app: {extends: {file: base/a.yml, service: web}, image: own}\n",
            "base/a.yml": "services:\n  web: {extends: common, image: web}\n  common: {restart: always, image: c}\n",
        }
    )
    assert layers(found) == ["base/a.yml common", "base/a.yml web", "compose.yaml app"]
    assert (found.image, found.text("restart")) == ("own", "always")


def test_paths_of_what_is_extended_begin_at_the_file_that_names_them() -> None:
    found = service(
        {
            "compose.yaml": "services:\n  app: {extends: {file: base/a.yml, service: web}}\n",
            "base/a.yml": "services:\n  web: {extends: {file: b.yml, service: far}}\n",
            "base/b.yml": "services:\n  far: {image: a}\n",
        }
    )
    assert layers(found) == ["base/b.yml far", "base/a.yml web", "compose.yaml app"]


@pytest.mark.parametrize("extends", ["app", "gone", "{file: gone.yml, service: app}", "{service: }", "[app]"])
def test_what_cannot_be_extended_is_left_out(extends: str) -> None:
    assert layers(service(app(f"extends: {extends}"))) == ["compose.yaml app"]


def test_two_services_that_extend_each_other_end() -> None:
    found = service({"compose.yaml": "services:\n  app: {extends: b}\n  b: {extends: app}\n"})
    assert layers(found) == ["compose.yaml b", "compose.yaml app"]


def test_what_is_included_is_weaker_and_begins_at_its_own_folder() -> None:
    files = {
        "compose.yaml": "include: [db/compose.yml]\nservices:\n  app: {image: own}\n",
        "db/compose.yml": "include: [more.yml]\nservices:\n  app: {image: a}\n",
        "db/more.yml": "services:\n  app: {image: b}\n  db: {image: c}\n",
    }
    assert layers(service(files)) == ["db/more.yml app", "db/compose.yml app", "compose.yaml app"]
    assert layers(service(files, "db")) == ["db/more.yml db"]


def test_a_file_that_several_include_is_read_once() -> None:
    names = [f"f{number}.yml" for number in range(30)]
    files = {name: f"include: [{', '.join(names)}]\nservices:\n  app: {{}}\n" for name in names}
    found = service({"compose.yaml": f"include: [{', '.join(names)}]\nservices:\n  app: {{image: a}}\n", **files})
    assert sorted(layers(found)) == sorted(f"{name} app" for name in ("compose.yaml", *names))


def test_every_layer_says_on_whom_it_depends() -> None:
    found = service(
        overlaid(
            "depends_on: [db, mail]",
            "depends_on: {db: {condition: service_healthy}, queue: {required: false}}",
        )
    )
    assert {name: (each.condition, each.required, each.site.path) for name, each in found.dependencies.items()} == {
        "db": ("service_healthy", True, "f1.yml"),
        "mail": ("service_started", True, "f0.yml"),
        "queue": ("service_started", False, "f1.yml"),
    }


@pytest.mark.parametrize(
    ("bodies", "there"),
    [
        (["healthcheck: {test: curl}"], True),
        (["healthcheck: {test: curl}", "healthcheck: {disable: true}"], False),
        (["healthcheck: {disable: true}", "healthcheck: {test: [CMD, curl]}"], True),
        (["healthcheck: {test: [NONE]}"], False),
        (["healthcheck: {test: curl}", "healthcheck: !reset {}"], False),
        (["image: a"], False),
    ],
)
def test_a_health_check_may_be_switched_off(bodies: list[str], there: bool) -> None:
    assert (service(overlaid(*bodies)).healthcheck is not None) is there


def test_a_service_is_shown_where_its_image_comes_from_last() -> None:
    assert service(overlaid("image: a", "build: .", "restart: always")).site.path == "f1.yml"
    assert service(overlaid("restart: 'no'", "restart: always")).site.path == "f1.yml"


def test_a_service_builds_unless_its_build_is_taken_back() -> None:
    assert service(overlaid("build: .", "image: a")).builds
    assert not service(overlaid("build: .", "build: !reset null")).builds


def test_places_in_the_proof_name_the_stack() -> None:
    found = service(overlaid("image: a", "image: b"))
    assert found.at("ports / 0") == "stack f1 / services / app / ports / 0"


def test_a_change_to_a_layer_reaches_all_that_extend_it() -> None:
    found = project(
        {
            "compose.yaml": "services:\n  app: {image: a}\n  web: {extends: app}\n  db: {image: b}\n",
            "dev.yml": "services:\n  app: {image: a}\n  job: {extends: {file: compose.yaml, service: app}}\n",
            "up.sh": "docker compose up\ndocker compose -f dev.yml up\n",
        }
    )
    layer = next(each.layers[0] for each in every_service(found) if each.layers[0].path == "compose.yaml")
    assert sorted(each.name for each in with_layer(found, layer)) == ["app", "job", "web"]
