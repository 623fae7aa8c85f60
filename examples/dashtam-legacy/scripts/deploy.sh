#!/usr/bin/env bash
# Run on the server: builds the current commit and restarts the stack.
set -e

cd /srv/dashtam

if [ ! -f .env ]; then
    cp .env.example .env
fi
export $(grep -v '^#' .env | xargs)

git pull --ff-only
docker compose build
docker compose up -d postgres redis
docker compose run --rm app alembic upgrade head
docker compose up -d
docker compose -f docker-compose.yml ps
