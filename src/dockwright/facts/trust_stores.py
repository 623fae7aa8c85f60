"""How systems and programs are told to trust a certificate authority."""

from __future__ import annotations

from typing import NamedTuple


class TrustStore(NamedTuple):
    """A store and what to do for it; in each line `{ca}` is the authority's file, quoted for a shell."""

    name: str
    lines: tuple[str, ...]


TRUST_STORES = (
    TrustStore(
        "Debian, Ubuntu",
        ("sudo cp {ca} /usr/local/share/ca-certificates/dockwright.crt", "sudo update-ca-certificates"),
    ),
    TrustStore(
        "Fedora, RHEL",
        ("sudo cp {ca} /etc/pki/ca-trust/source/anchors/dockwright.pem", "sudo update-ca-trust"),
    ),
    TrustStore(
        "macOS",
        ("security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db {ca}",),
    ),
    TrustStore(
        "Windows, from WSL",
        ('certutil.exe -user -addstore Root "$(wslpath -w {ca})"',),
    ),
    TrustStore(
        "Chrome on Linux",
        ('certutil -d sql:"$HOME/.pki/nssdb" -A -t C,, -n dockwright -i {ca}',),
    ),
    TrustStore(
        "Firefox",
        (
            "# on macOS and Windows it trusts what the system trusts; elsewhere:",
            "# Settings, Certificates, View Certificates, Authorities, Import",
        ),
    ),
    TrustStore("curl", ("curl --cacert {ca} https://localhost:8000/",)),
    TrustStore(
        "Python",
        (
            "# ssl, httpx and requests, in this shell; they trust nobody else then:",
            "export SSL_CERT_FILE={ca}",
            "export REQUESTS_CA_BUNDLE={ca}",
        ),
    ),
)
"""In the order of what people have.

Sources: update-ca-certificates(8), update-ca-trust(8), security(1), NSS's certutil, Microsoft's certutil,
Mozilla's «Set up certificate authorities in Firefox», curl(1), Python's `ssl`, Requests.
"""
