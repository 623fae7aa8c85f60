#!/usr/bin/env bash
# A self-signed certificate for localhost, in certs/.
set -euo pipefail

cd "$(dirname "$0")/.."
mkdir -p certs

# An authority of your own signs them where dockwright is installed; else they sign themselves.
if command -v dockwright >/dev/null && dockwright certs; then exit; fi

openssl req -x509 -newkey rsa:2048 -nodes -days 365 \
    -keyout certs/key.pem -out certs/cert.pem \
    -subj "/CN=localhost" \
    -addext "subjectAltName=DNS:localhost,DNS:app,DNS:callback,IP:127.0.0.1" 2>/dev/null
chmod 600 certs/key.pem
# The containers run as 1000: that user reads the key, too, and nobody else.
[ "$(id -u)" -ne 0 ] || chown 1000:1000 certs/key.pem
if command -v setfacl >/dev/null; then setfacl -m u:1000:r certs/key.pem; fi

echo "certs/cert.pem and certs/key.pem are ready"
