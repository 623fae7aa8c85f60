#!/usr/bin/env python3
"""Everyday jobs around the development stack: python scripts/tasks.py {psql,redis,backup,reset}."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = ["docker", "compose", "-f", "compose/docker-compose.dev.yml", "--env-file", "env/.env.dev"]


def compose(*arguments: str, **options: object) -> None:
    subprocess.run([*COMPOSE, *arguments], cwd=ROOT, check=True, **options)  # type: ignore[call-overload]


def psql() -> None:
    """Open a psql prompt."""
    compose("exec", "postgres", "sh", "-c", 'psql -U "$POSTGRES_USER" "$POSTGRES_DB"')


def redis() -> None:
    """Open a redis-cli prompt."""
    compose("exec", "redis", "redis-cli")


def backup() -> None:
    """Write the development database to backups/."""
    target = ROOT / "backups" / f"{datetime.now():%Y%m%d-%H%M%S}.sql"
    target.parent.mkdir(exist_ok=True)
    with target.open("wb") as dump:
        compose("exec", "-T", "postgres", "sh", "-c", 'pg_dump -U "$POSTGRES_USER" "$POSTGRES_DB"', stdout=dump)
    print(target)


def reset() -> None:
    """Throw the development data away and start again."""
    subprocess.run(
        "docker compose -f compose/docker-compose.dev.yml --env-file env/.env.dev down -v",
        shell=True,
        cwd=ROOT,
        check=True,
    )
    compose("up", "-d", "--build")


TASKS = {task.__name__: task for task in (psql, redis, backup, reset)}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in TASKS:
        sys.exit("\n".join(f"{name:8} {task.__doc__}" for name, task in TASKS.items()))
    TASKS[sys.argv[1]]()
