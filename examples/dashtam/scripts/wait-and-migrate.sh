#!/bin/sh
# Waits for the services in $WAIT_FOR ("host:port host:port"), brings the schema
# up to date, then runs the command it is given.
set -e

for address in ${WAIT_FOR:-postgres:5432}; do
    echo "waiting for $address"
    python - "${address%:*}" "${address##*:}" <<'EOF'
import socket, sys, time

host, port = sys.argv[1], int(sys.argv[2])
for _ in range(60):
    try:
        socket.create_connection((host, port), timeout=1).close()
        sys.exit(0)
    except OSError:
        time.sleep(0.5)
sys.exit(f"{host}:{port} did not answer")
EOF
done

alembic upgrade head

exec "$@"
