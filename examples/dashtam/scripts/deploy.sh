#!/usr/bin/env bash
# Run on the server: builds the current commit and restarts the stack.
set -e

cd /srv/dashtam

if [ ! -f env/.env.prod ]; then
    echo "write env/.env.prod first: env/.env.prod.example lists what it holds" >&2
    exit 1
fi
set -a; . ./env/.env.prod; set +a

git pull --ff-only
docker compose -f compose/docker-compose.prod.yml --env-file env/.env.prod build
docker compose -f compose/docker-compose.prod.yml --env-file env/.env.prod up -d postgres redis
docker compose -f compose/docker-compose.prod.yml --env-file env/.env.prod run --rm app alembic upgrade head
docker compose -f compose/docker-compose.prod.yml --env-file env/.env.prod up -d
docker compose -f compose/docker-compose.prod.yml --env-file env/.env.prod ps
