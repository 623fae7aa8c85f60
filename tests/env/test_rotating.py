"""A secret replaced: what changes with it, what is refused, and what is left to do."""

from __future__ import annotations

import pytest

from conftest import Tree
from dockwright.env.environments import chosen
from dockwright.env.filling import RefusedError
from dockwright.env.restarting import compose_call
from dockwright.env.rotating import Rotated, environment_of, rotate
from dockwright.errors import UsageError
from dockwright.facts.rotations import ROTATIONS
from dockwright.project.discover import discover
from dockwright.project.model import Project

COMPOSE = """\
name: shop
services:
  web:
    build: .
    env_file: .env
    environment:
      DATABASE_URL: postgres://u:${POSTGRES_PASSWORD}@db/x
    depends_on:
      migrate: {condition: service_completed_successfully}
  migrate:
    build: .
    env_file: .env
    command: alembic upgrade head
  proxy:
    image: nginx
  db:
    image: postgres:17.6
    environment:
      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?}
"""


def project(tree: Tree, env: str, **files: str) -> Project:
    return discover(str(tree({"compose.yaml": COMPOSE, ".env": env, **files})))


def rotated(known: Project, name: str, new: str | None = None, re_encrypted: bool = False) -> tuple[Rotated, str]:
    """What is done, and the first file's text afterwards."""
    environment = chosen(known, "dev")
    done = rotate(known, environment, name, new, re_encrypted=re_encrypted, generate=lambda form: f"fresh-{form.kind}")
    return done, done.files[0].text


def test_the_value_and_every_url_with_it_change_and_nothing_else(tree: Tree) -> None:
    env = "# db\nPOSTGRES_PASSWORD='old-password' # x\nA=1\nURL=postgres://u:old-password@db/x\n# URL=x:old-password\n"
    done, text = rotated(project(tree, env), "POSTGRES_PASSWORD")
    assert text == "# db\nPOSTGRES_PASSWORD='fresh-text' # x\nA=1\nURL=postgres://u:fresh-text@db/x\n# URL=\n"
    assert done.files[0].following == ("URL",)


def test_the_old_value_is_nowhere_in_the_file(tree: Tree) -> None:
    env = (
        "DB_PASSWORD=old%word1\nPOSTGRES_PASSWORD=old%word1\nURL=postgres://u:old%25word1@db/x\nDB_PASSWORD=old%word1\n"
    )
    _, text = rotated(project(tree, env), "POSTGRES_PASSWORD")
    assert "old" not in text
    assert text.count("fresh-text") == 4


def test_a_url_takes_a_given_password_in_its_own_spelling(tree: Tree) -> None:
    env = "POSTGRES_PASSWORD=old-password\nURL=postgres://u:old-password@db/x\n"
    _, text = rotated(project(tree, env), "POSTGRES_PASSWORD", "a/b $c")
    assert text == "POSTGRES_PASSWORD='a/b $c'\nURL=postgres://u:a%2Fb%20%24c@db/x\n"


def test_a_password_that_only_a_url_has_changes_there(tree: Tree) -> None:
    done, text = rotated(project(tree, "BROKER_URL=amqp://u:old-password@elsewhere//\n"), "BROKER_URL")
    assert text == "BROKER_URL=amqp://u:fresh-text@elsewhere//\n"
    assert "the server behind the URL" in done.consequences[0]


@pytest.mark.parametrize(
    ("env", "name", "words"),
    [
        ("STRIPE_SECRET_KEY=x\n", "STRIPE_SECRET_KEY", "given out by somebody else"),
        ("FERNET_KEY=abcdefghijkl\n", "FERNET_KEY", "without it the data are lost"),
        ("A_PASSWORD=${B}\nB=1\n", "A_PASSWORD", "takes its value from B"),
        ("POSTGRES_PASSWORD=pw\nURL=postgres://u:pw@db/x\n", "URL", "is that of POSTGRES_PASSWORD"),
    ],
)
def test_what_would_do_harm_is_refused(tree: Tree, env: str, name: str, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        rotated(project(tree, env), name)


def test_a_provider_s_key_and_a_key_that_encrypts_are_replaced_on_demand(tree: Tree) -> None:
    assert rotated(project(tree, "STRIPE_SECRET_KEY=x\n"), "STRIPE_SECRET_KEY", "new")[1] == "STRIPE_SECRET_KEY=new\n"
    known = project(tree, "FERNET_KEY=abcdefghijkl\n")
    done, text = rotated(known, "FERNET_KEY", re_encrypted=True)
    assert text == "FERNET_KEY=fresh-fernet\n"
    assert done.consequences == ("what the old key has encrypted can be read no more",)


def test_names_that_are_not_there_or_no_secrets_are_refused(tree: Tree) -> None:
    known = project(tree, "DB_PASSWORD=x\nDEBUG=1\n")
    with pytest.raises(UsageError, match="has DB_PASWORD") as refused:
        rotated(known, "DB_PASWORD")
    assert refused.value.hint == "did you mean DB_PASSWORD?"
    with pytest.raises(UsageError, match="DEBUG is no secret"):
        rotated(known, "DEBUG")


def test_signed_sessions_end(tree: Tree) -> None:
    assert "everybody logs in again" in rotated(project(tree, "SECRET_KEY=x\n"), "SECRET_KEY")[0].consequences[0]


def test_the_database_is_told_first_and_then_who_reads_it_restarts(tree: Tree) -> None:
    done, _ = rotated(project(tree, "POSTGRES_PASSWORD=old-password\n"), "POSTGRES_PASSWORD")
    first, second = done.steps
    start, tell = first.commands
    assert start == "docker compose up -d --wait --force-recreate --no-deps db"
    assert tell.startswith("docker compose exec -T db sh -c 'printf \"ALTER ROLE")
    assert second.commands == ("docker compose up -d --wait --force-recreate web",)
    assert "migrate runs again by itself" in second.what
    assert "old-password" not in str(done.steps)


def test_only_who_gets_it_restarts(tree: Tree) -> None:
    compose = COMPOSE.replace("    env_file: .env\n", "").replace(
        "image: nginx", "image: nginx\n    labels: [k=$API_SALT]"
    )
    done, _ = rotated(project(tree, "API_SALT=old-password\n", **{"compose.yaml": compose}), "API_SALT")
    assert [step.commands[0].rpartition(" ")[2] for step in done.steps] == ["proxy"]


def test_a_secret_that_is_filled_from_the_variable_counts(tree: Tree) -> None:
    compose = (
        "services:\n  db:\n    image: postgres:17.6\n    environment: {POSTGRES_PASSWORD_FILE: /run/secrets/pw}\n"
        "    secrets: [{source: pw}]\n  other:\n    image: x\nsecrets:\n  pw: {environment: PG_PASSWORD}\n"
    )
    done, _ = rotated(project(tree, "PG_PASSWORD=old-password\n", **{"compose.yaml": compose}), "PG_PASSWORD")
    assert len(done.steps) == 1
    assert "PostgreSQL looks at its password only" in done.steps[0].what


@pytest.mark.parametrize(
    ("image", "variable", "words"),
    [
        ("mysql:8.4", "MYSQL_PASSWORD", "mysql -u root"),
        ("mysql:8.4", "MYSQL_ROOT_PASSWORD", "keeps the old password until it is told"),
        ("mariadb:11.4", "MARIADB_PASSWORD", "mariadb -u root"),
        ("mongo:8", "MONGO_INITDB_ROOT_PASSWORD", "db.changeUserPassword"),
        ("rabbitmq:4", "RABBITMQ_DEFAULT_PASS", "rabbitmqctl change_password"),
    ],
)
def test_each_service_is_told_in_its_own_way(tree: Tree, image: str, variable: str, words: str) -> None:
    compose = f"services:\n  data:\n    image: {image}\n    env_file: .env\n"
    done, _ = rotated(project(tree, f"{variable}=old-password\n", **{"compose.yaml": compose}), variable)
    said = " ".join((done.steps[0].what, *done.steps[0].commands))
    assert words in said
    assert "data" in said


def test_redis_takes_it_at_its_start(tree: Tree) -> None:
    compose = "services:\n  redis:\n    image: redis:8.2\n    command: redis-server --requirepass $REDIS_PASSWORD\n"
    done, _ = rotated(project(tree, "REDIS_PASSWORD=old-password\n", **{"compose.yaml": compose}), "REDIS_PASSWORD")
    (step,) = done.steps
    assert step.commands == ("docker compose up -d --wait --force-recreate redis",)


def test_the_commands_of_the_table_have_no_quote_that_ends_the_shell_s() -> None:
    for known in ROTATIONS.values():
        for each in known:
            assert "'" not in (each.command or each.session or "'")


def test_other_places_of_the_old_value_are_told(tree: Tree) -> None:
    known = project(tree, "SECRET_KEY=old-secret-value\n", **{"deploy.sh": "#!/bin/sh\nexport K=old-secret-value\n"})
    done, _ = rotated(known, "SECRET_KEY")
    assert [at.path for at in done.also] == ["deploy.sh"]


def test_the_environment_is_found_where_only_one_has_the_name(tree: Tree) -> None:
    files = {
        "compose.prod.yaml": COMPOSE.replace(".env", ".env.prod"),
        ".env.prod": "A_KEY=1\nB_KEY=1\n",
        ".env": "A_KEY=1\nC=1\n",
    }
    known = project(tree, "", **files)
    assert [environment_of(known, name).name for name in ("B_KEY", "C")] == ["prod", "dev"]
    with pytest.raises(UsageError, match="several environments: dev, prod"):
        environment_of(known, "A_KEY")
    with pytest.raises(UsageError, match="no env file here has C_KEY"):
        environment_of(known, "C_KEY")


def test_compose_is_called_as_the_project_calls_it(tree: Tree) -> None:
    make = "up:\n\tdocker compose -p my-shop --env-file a.env -f compose.yaml -f more.yaml up -d\n"
    known = project(tree, "", **{"Makefile": make, "a.env": "A=1\n", "more.yaml": "services:\n  web:\n    ports: []\n"})
    (stack,) = chosen(known, "a.env").stacks
    assert compose_call(known, stack) == "docker compose -f compose.yaml -f more.yaml --env-file a.env -p my-shop"


def test_the_file_of_a_secret_with_the_old_value_gets_the_new_one(tree: Tree) -> None:
    compose = (
        "services:\n  db:\n    image: postgres:17.6\n    environment: {POSTGRES_PASSWORD_FILE: /run/secrets/pw}\n"
        "    secrets: [pw]\n  web:\n    image: x\n    env_file: .env\nsecrets:\n  pw: {file: ./secrets/pw}\n"
    )
    known = project(tree, "POSTGRES_PASSWORD=old-password\n", **{"compose.yaml": compose, "secrets/pw": "x"})
    held = {"secrets/pw": b"old-password\n", "secrets/other": b"other"}
    done = rotate(known, chosen(known, "dev"), "POSTGRES_PASSWORD", held=held, generate=lambda form: "fresh")
    assert [(secret.path, secret.data) for secret in done.secrets] == [("secrets/pw", b"fresh\n")]
    assert [step.what.partition(" ")[0] for step in done.steps] == ["db:", "restart"]


NETBOX = {
    "compose.yaml": "services:\n  web:\n    image: x\n    env_file: web.env\n  queue:\n    image: redis:8.2\n"
    "    env_file: queue.env\n  cache:\n    image: redis:8.2\n    env_file: cache.env\n",
    "web.env": "REDIS_PASSWORD=queue-password\nREDIS_CACHE_PASSWORD=cache-password\nSHORT_PASSWORD=pw\n",
    "queue.env": "REDIS_PASSWORD=queue-password\n",
    "cache.env": "REDIS_PASSWORD=cache-password\nOTHER_PASSWORD=pw\n",
}


def test_one_name_with_two_values_is_asked_about_and_the_others_follow_by_value(tree: Tree) -> None:
    known = discover(str(tree(NETBOX)))
    with pytest.raises(UsageError, match=r"several values in dev: web\.env, queue\.env, cache\.env"):
        rotated(known, "REDIS_PASSWORD")
    done = rotate(known, chosen(known, "cache.env"), "REDIS_PASSWORD", generate=lambda form: "fresh")
    assert {file.path: file.text for file in done.files} == {
        "web.env": "REDIS_PASSWORD=queue-password\nREDIS_CACHE_PASSWORD=fresh\nSHORT_PASSWORD=pw\n",
        "cache.env": "REDIS_PASSWORD=fresh\nOTHER_PASSWORD=pw\n",
    }
    assert [step.commands[0].rpartition(" ")[2] for step in done.steps] == ["cache"]
    assert "--force-recreate web" in done.steps[0].commands[0]


def test_short_passwords_that_are_the_same_by_chance_stay(tree: Tree) -> None:
    env = "POSTGRES_PASSWORD=pw\nADMIN_PASSWORD=pw\nBROKER=amqp://u:pw@mq\nDB=postgres://u:pw@db\n# X=pw\n"
    _, text = rotated(project(tree, env), "POSTGRES_PASSWORD")
    assert text == env.replace("POSTGRES_PASSWORD=pw", "POSTGRES_PASSWORD=fresh-text").replace(
        "u:pw@db", "u:fresh-text@db"
    )


def test_a_dollar_in_the_old_value_is_one(tree: Tree) -> None:
    env = "POSTGRES_PASSWORD=old$$word\nURL=postgres://u:old%24word@db/x\n"
    _, text = rotated(project(tree, env), "POSTGRES_PASSWORD")
    assert text == "POSTGRES_PASSWORD=fresh-text\nURL=postgres://u:fresh-text@db/x\n"
