"""Env files made from their examples: what is fresh, what follows, what is left, and what production refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import Tree
from dockwright.env.creating import Created, create
from dockwright.env.environments import chosen, environments
from dockwright.env.filling import RefusedError
from dockwright.env.urls import followed, read, rewritten
from dockwright.errors import UsageError
from dockwright.facts.secret_forms import Form
from dockwright.project.discover import discover
from dockwright.project.model import Project
from dockwright.syntax import dotenv
from dockwright.text import Source

COMPOSE = """\
name: shop
services:
  web:
    build: .
    env_file: .env
  db:
    image: postgres:17.6
    environment:
      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?}
"""


def project(tree: Tree, example: str, **files: str) -> Project:
    return discover(str(tree({"compose.yaml": COMPOSE, ".env.example": example, **files})))


def numbered() -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield f"fresh{number}"


def made(known: Project, env: str = "dev", given: Mapping[str, str] | None = None) -> tuple[Created, dict[str, str]]:
    """What is created, and the values of all its files as Compose reads them."""
    values = numbered()
    created = create(known, chosen(known, env), given or {}, lambda form: next(values))
    found: dict[str, str] = {}
    for file in created.files:
        found |= dotenv.values(dotenv.parse(Source(file.path, file.text)), {})
    return created, found


def test_secrets_are_fresh_and_the_rest_stays_with_comments_and_quotes(tree: Tree) -> None:
    example = "# The shop\nNAME='My shop'\nexport SECRET_KEY=\"changeme\" # signs\n\nDEBUG=true\n"
    created, _ = made(project(tree, example))
    assert created.files[0].text == example.replace("changeme", "fresh1")
    assert created.files[0].fresh == ("SECRET_KEY",)


def test_each_secret_is_another_one(tree: Tree) -> None:
    known = project(tree, "SECRET_KEY=changeme\nPOSTGRES_PASSWORD=changeme\nJWT_SECRET=changeme\n")
    created = create(known, chosen(known, "dev"), {})
    values = re.findall("=(.+)", created.files[0].text)
    assert len(set(values)) == 3
    assert all(len(value) >= 32 for value in values)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg", "postgis"])
def test_a_url_follows_the_password(tree: Tree, scheme: str) -> None:
    example = (
        f"POSTGRES_USER=shop\nPOSTGRES_PASSWORD=changeme\nDATABASE_URL={scheme}://shop:changeme@db:5432/shop?a=b\n"
    )
    created, values = made(project(tree, example))
    assert values["DATABASE_URL"] == f"{scheme}://shop:fresh1@db:5432/shop?a=b"
    assert created.files[0].following == ("DATABASE_URL",)


def test_a_url_follows_the_password_whose_placeholder_is_another_one(tree: Tree) -> None:
    _, values = made(project(tree, "DB_PASSWORD=<password>\nDATABASE_URL=postgres://u:secret@db/x\n"))
    assert values["DATABASE_URL"] == "postgres://u:fresh1@db/x"


def test_a_url_follows_user_host_and_database_that_are_given(tree: Tree) -> None:
    example = "DB_USER=u\nDB_HOST=db\nDB_NAME=x\nDB_PASSWORD=p\nDATABASE_URL=postgres://u:p@db:5432/x\n"
    given = {"DB_USER": "o'neil@x", "DB_HOST": "pg.test", "DB_PASSWORD": "a/b c#d"}
    _, values = made(project(tree, example), given=given)
    assert values["DATABASE_URL"] == "postgres://o%27neil%40x:a%2Fb%20c%23d@pg.test:5432/x"
    assert values["DB_PASSWORD"] == "a/b c#d"


def test_variables_follow_a_url_that_is_given(tree: Tree) -> None:
    example = "DB_USER=u\nDB_PASSWORD=\nDATABASE_URL=postgres://u:secret@db/x\n"
    url = "postgres://owner:p%40ss@db/x"
    _, values = made(project(tree, example), given={"DATABASE_URL": url})
    assert values == {"DB_USER": "owner", "DB_PASSWORD": "p@ss", "DATABASE_URL": url}


def test_urls_of_two_services_follow_their_own(tree: Tree) -> None:
    example = (
        "POSTGRES_PASSWORD=changeme\nRABBITMQ_DEFAULT_PASS=changeme\nDATABASE_URL=postgres://u:changeme@db/x\n"
        "BROKER_URL=amqp://guest:changeme@mq:5672//\n"
    )
    _, values = made(project(tree, example))
    assert values["DATABASE_URL"] == f"postgres://u:{values['POSTGRES_PASSWORD']}@db/x"
    assert values["BROKER_URL"] == f"amqp://guest:{values['RABBITMQ_DEFAULT_PASS']}@mq:5672//"


def test_a_url_that_is_called_a_secret_follows_as_any_other(tree: Tree) -> None:
    example = "POSTGRES_PASSWORD=\nDATABASE_DSN=postgres://u:changeme@db/x\n"
    _, values = made(production(tree, example), "prod")
    assert values["DATABASE_DSN"] == f"postgres://u:{values['POSTGRES_PASSWORD']}@db/x"


def test_a_url_with_variables_stays_as_it_is(tree: Tree) -> None:
    url = "postgres://u:${POSTGRES_PASSWORD}@db/x"
    created, _ = made(project(tree, f"POSTGRES_PASSWORD=changeme\nDATABASE_URL={url}\n"))
    assert f"DATABASE_URL={url}\n" in created.files[0].text


def test_two_names_of_one_password_get_one_value(tree: Tree) -> None:
    _, values = made(project(tree, "POSTGRES_PASSWORD=changeme\nDB_PASSWORD=changeme\nSECRET_KEY=changeme\n"))
    assert values["POSTGRES_PASSWORD"] == values["DB_PASSWORD"] != values["SECRET_KEY"]


def test_a_password_that_a_compose_file_has_written_out_stays(tree: Tree) -> None:
    compose = COMPOSE + "  job:\n    image: x\n    environment: [DATABASE_URL=postgres://u:hunter2@db/x]\n"
    created, values = made(project(tree, "POSTGRES_PASSWORD=hunter2\n", **{"compose.yaml": compose}))
    assert values["POSTGRES_PASSWORD"] == "hunter2"
    assert "compose.yaml:12 has the same password written out" in created.files[0].left[0].why


def test_several_files_of_one_environment_share_their_values(tree: Tree) -> None:
    files = {
        "compose.yaml": COMPOSE.replace("env_file: .env", "env_file: [.envs/.local/.django, .envs/.local/.postgres]"),
        ".envs/.local/.django.example": "DATABASE_URL=postgres://u:x@db/x\n",
        ".envs/.local/.postgres.example": "POSTGRES_PASSWORD=x\n",
    }
    created, values = made(discover(str(tree(files))))
    assert [file.path for file in created.files] == [".envs/.local/.django", ".envs/.local/.postgres"]
    assert values["DATABASE_URL"] == f"postgres://u:{values['POSTGRES_PASSWORD']}@db/x"


def test_a_second_file_takes_the_values_of_the_first_that_is_there(tree: Tree) -> None:
    files = {
        "compose.yaml": COMPOSE.replace("env_file: .env", "env_file: [a.env, b.env]"),
        "a.env": "POSTGRES_PASSWORD=kept\n",
        "b.env.example": "DATABASE_URL=postgres://u:x@db/x\nPOSTGRES_PASSWORD=x\n",
    }
    created, values = made(discover(str(tree(files))))
    assert created.kept == ("a.env",)
    with pytest.raises(UsageError, match=r"a\.env has it already"):
        made(discover(str(tree({**files, "b.env.example": "B=1\n"}))), given={"POSTGRES_PASSWORD": "x"})
    assert values == {"DATABASE_URL": "postgres://u:kept@db/x", "POSTGRES_PASSWORD": "kept"}


def test_the_code_tells_which_key_is_fernet_s(tree: Tree) -> None:
    known = project(tree, "VAULT_SECRET=\n", **{"app.py": "import os\nf = Fernet(os.environ['VAULT_SECRET'])\n"})
    asked: list[Form] = []
    create(known, chosen(known, "dev"), {}, lambda form: asked.append(form) or "x")  # type: ignore[func-returns-value]
    assert [form.kind for form in asked] == ["fernet"]


def test_an_empty_redis_password_stays_empty(tree: Tree) -> None:
    assert made(project(tree, "REDIS_PASSWORD=\n"))[1] == {"REDIS_PASSWORD": ""}


def test_truth_values_and_paths_are_no_secrets(tree: Tree) -> None:
    example = "ROTATE_SECRET=true\nDB_PASSWORD=/run/secrets/db\n"
    assert made(project(tree, example))[0].files[0].text == example


PROD = {"compose.prod.yaml": COMPOSE.replace(".env", ".env.prod"), "compose.yaml": COMPOSE}


def production(tree: Tree, example: str, **files: str) -> Project:
    return project(tree, "", **{**PROD, ".env.prod.example": example, **files})


@pytest.mark.parametrize(
    "line",
    [
        "STRIPE_SECRET_KEY=sk_test_x", "STRIPE_SECRET_KEY=your-key-here", "DOMAIN=example.com",
        "APP_URL=https://<domain>/", "ADMIN_EMAIL=you@example.org", "HOST=changeme",
        "DATABASE_URL=postgres://u:changeme@db/x", "SESSION_URL=dev-only-session-url",
    ],
)  # fmt: skip
def test_production_is_not_made_with_a_placeholder(tree: Tree, line: str) -> None:
    name = line.partition("=")[0]
    with pytest.raises(RefusedError, match=name) as refused:
        made(production(tree, f"{line}\n"), "prod")
    assert refused.value.exit_code == 1
    assert f"--set {name}=-" in (refused.value.hint or "")
    assert line.partition("=")[2] not in str(refused.value)
    _, values = made(production(tree, f"{line}\n"), "prod", {name: "given"})
    assert values[name] == "given"


def test_production_is_not_made_while_what_is_needed_is_empty(tree: Tree) -> None:
    files = {"compose.prod.yaml": COMPOSE.replace(".env", ".env.prod") + "      D: ${DOMAIN:?}\n"}
    with pytest.raises(RefusedError, match="DOMAIN"):
        made(production(tree, "DOMAIN=\n", **files), "prod")


def test_production_may_have_users_that_are_called_as_bad_passwords(tree: Tree) -> None:
    example = "POSTGRES_USER=postgres\nPOSTGRES_DB=test\nNAME='My <shop@x.test>'\nSENTRY_DSN=\nPOSTGRES_PASSWORD=\n"
    _, values = made(production(tree, example), "prod")
    assert (values["POSTGRES_USER"], values["SENTRY_DSN"], values["POSTGRES_PASSWORD"]) == ("postgres", "", "fresh1")


@pytest.mark.parametrize("value", ["changeme", "your-key-here", "postgres"])
def test_production_takes_no_placeholder_for_a_value(tree: Tree, value: str) -> None:
    with pytest.raises(RefusedError, match="POSTGRES_PASSWORD is a placeholder"):
        made(production(tree, "POSTGRES_PASSWORD=\n"), "prod", {"POSTGRES_PASSWORD": value})


def test_a_value_of_another_type_is_refused_unsaid(tree: Tree) -> None:
    code = "from pydantic_settings import BaseSettings\n\nclass S(BaseSettings):\n    workers: int = 1\n"
    known = project(tree, "WORKERS=1\n", **{"settings.py": code})
    with pytest.raises(UsageError, match="WORKERS is not of the type integer") as refused:
        made(known, given={"WORKERS": "canary"})
    assert "canary" not in str(refused.value)


def test_a_name_that_nothing_knows_is_refused(tree: Tree) -> None:
    with pytest.raises(UsageError, match="STRIPE_KEI") as refused:
        made(project(tree, "STRIPE_KEY=\n"), given={"STRIPE_KEI": "canary"})
    assert refused.value.hint == "did you mean STRIPE_KEY?"


def test_a_given_value_takes_the_place_of_a_commented_line(tree: Tree) -> None:
    created, _ = made(project(tree, "A=1\n# B=2\nC=3\n"), given={"B": "x y"})
    assert created.files[0].text == "A=1\nB='x y'\nC=3\n"


def test_a_secret_that_is_commented_out_and_needed_is_made(tree: Tree) -> None:
    example = "A=1\n  # POSTGRES_PASSWORD=secret123 # x\n# OTHER_PASSWORD=y\n"
    created, _ = made(project(tree, example))
    assert created.files[0].text == "A=1\nPOSTGRES_PASSWORD=fresh1 # x\n# OTHER_PASSWORD=y\n"
    assert created.files[0].fresh == ("POSTGRES_PASSWORD",)


def test_production_wants_what_is_commented_out_and_needed(tree: Tree) -> None:
    files = {"compose.prod.yaml": COMPOSE.replace(".env", ".env.prod") + "      D: ${DOMAIN:?}\n      E: ${E:-x}\n"}
    with pytest.raises(RefusedError, match=r"DOMAIN \(the example has it commented out"):
        made(production(tree, "POSTGRES_PASSWORD=\n# DOMAIN=x.test\n# E=1\n", **files), "prod")


def test_what_a_value_looks_like_makes_no_secret_of_a_setting(tree: Tree) -> None:
    example = "HOSTS=localhost1A2b3C4d5E6f7G8h\nENGINE=django.db.backends.postgresql\n"
    assert made(project(tree, example))[0].files[0].text == example


def test_what_the_code_takes_for_a_secret_is_one(tree: Tree) -> None:
    code = "from pydantic_settings import BaseSettings\n\nclass S(BaseSettings):\n    vault: SecretStr\n"
    created, _ = made(project(tree, "VAULT=x\n", **{"settings.py": code}))
    assert [left.name for left in created.files[0].left] == ["VAULT"]


def test_a_file_without_an_example_is_left_out_where_another_one_has_one(tree: Tree) -> None:
    compose = COMPOSE.replace("env_file: .env", "env_file: [.env, more/x.env]")
    created, _ = made(project(tree, "A=1\n", **{"compose.yaml": compose}))
    assert ([file.path for file in created.files], created.unmade) == ([".env"], ("more/x.env",))


def test_a_given_name_that_only_a_compose_file_reads_goes_to_the_end(tree: Tree) -> None:
    compose = COMPOSE + "      TAG: ${TAG:-latest}\n"
    created, _ = made(project(tree, "A=1", **{"compose.yaml": compose}), given={"TAG": "v2"})
    assert created.files[0].text == "A=1\nTAG=v2\n"


def test_file_secrets_are_made_and_certificates_are_asked_for(tree: Tree) -> None:
    compose = COMPOSE + (
        "secrets:\n  postgres_password: {file: ./secrets/db.txt}\n  session_secret: {file: ./secrets/session}\n"
        "  tls_key: {file: ./certs/key.pem}\n  there: {file: ./compose.yaml}\n  away: {file: ../x_password}\n"
    )
    created, values = made(project(tree, "POSTGRES_PASSWORD=changeme\n", **{"compose.yaml": compose}))
    assert {secret.path: secret.text for secret in created.secrets} == {
        "secrets/db.txt": values["POSTGRES_PASSWORD"],
        "secrets/session": "fresh2",
    }
    assert [missing.path for missing in created.missing] == ["certs/key.pem"]


def test_nothing_is_made_twice(tree: Tree) -> None:
    with pytest.raises(RefusedError, match=r"\.env: it is there already"):
        made(project(tree, "A=1\n", **{".env": "A=1\n"}))


def test_nothing_is_made_without_an_example(tree: Tree) -> None:
    with pytest.raises(RefusedError, match="no example"):
        made(discover(str(tree({"compose.yaml": COMPOSE}))))


def test_an_environment_is_found_by_other_words_for_it_and_by_its_file(tree: Tree) -> None:
    known = production(tree, "A=1\n")
    assert chosen(known, "production").name == chosen(known, ".env.prod").name == "prod"
    assert set(environments(known)) == {"dev", "prod"}
    with pytest.raises(UsageError, match="no environment is called staging"):
        chosen(known, "staging")


WORDS = st.text("ab%:/@?#$ '\"\\é", max_size=6)


@given(user=WORDS.filter(bool), password=WORDS, database=WORDS)
def test_parts_that_are_written_into_a_url_are_read_back(user: str, password: str, database: str) -> None:
    wanted = {"user": user, "password": password, "database": database}
    url = read(rewritten("postgresql+asyncpg://u:p@h:5432/d?x=1", wanted))
    assert url is not None
    assert {part: url.parts[part].text for part in wanted} == wanted
    assert url.parts["host"].text == "h"


@given(st.text("ab:/@?#[]{}$.0 ", max_size=30))
def test_no_text_makes_reading_a_url_fail(text: str) -> None:
    url = read(f"redis://{text}")
    if url is not None:
        assert rewritten(f"redis://{text}", {}) == f"redis://{text}"
    followed(f"redis://{text}", {"REDIS_PASSWORD": "a"}, frozenset())


GIVEN = st.text(st.characters(codec="utf-8", exclude_characters="\0\n\r"), max_size=12) | st.text(
    "ab'\"\\$#{} =`", max_size=8
)


@given(value=GIVEN, quoted=st.sampled_from(("x", "'x'", '"x"', '"x" # y', "# VALUE=x", "")))
def test_a_value_that_is_given_is_read_back_to_the_letter(value: str, quoted: str) -> None:
    line = quoted if quoted.startswith("#") else f"VALUE={quoted}"
    sources = {"compose.yaml": COMPOSE, ".env.example": f"A=1\n{line}\n", "run.sh": "#!/bin/sh\necho $VALUE\n"}
    known = Project("/x", "x", {path: Source(path, text) for path, text in sources.items()}, frozenset(sources))
    assert made(known, given={"VALUE": value})[1] == {"A": "1", "VALUE": value}
