"""Certificates as TLS takes them: real handshakes, the extensions, and that every name asked for is covered."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from dockwright.certs.hosts import known, uncovered
from dockwright.certs.issuing import Authority, authority, is_authority, issued, new_authority, seen

NOW = datetime.now(UTC).replace(microsecond=0)
NAMES = ("localhost", "app", "*.shop.test", "my_service", "127.0.0.1", "::1")


def made(now: datetime = NOW) -> Authority:
    found = authority(new_authority(now))
    assert found is not None
    return found


BY = made()


def shaken(folder: Path, names: tuple[str, ...], asked: str, trusted: bytes = BY.pem) -> None:
    """A whole handshake between a server of these names and a client that asks for one."""
    leaf = issued(BY, names, NOW, 365)
    (folder / "cert.pem").write_bytes(leaf.certificate)
    (folder / "key.pem").write_bytes(leaf.key)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    asking = ssl.create_default_context(cadata=trusted.decode())
    asking.verify_flags |= ssl.VERIFY_X509_STRICT
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = asking.wrap_bio(back, there, server_hostname=asked)
    server = serving.wrap_bio(there, back, server_side=True)
    for side in (client, server, client, server):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    assert client.version() in ("TLSv1.2", "TLSv1.3")
    assert client.getpeercert()


@pytest.mark.parametrize("asked", ["localhost", "app", "www.shop.test", "my_service", "127.0.0.1", "::1"])
def test_a_client_that_trusts_the_authority_reaches_the_server_by_each_name(tmp_path: Path, asked: str) -> None:
    shaken(tmp_path, NAMES, asked)


@pytest.mark.parametrize("asked", ["shop.test", "www.app", "127.0.0.2"])
def test_no_other_name_is_believed(tmp_path: Path, asked: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match=r"mismatch|not valid"):
        shaken(tmp_path, NAMES, asked)


def test_a_client_that_trusts_another_authority_refuses(tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shaken(tmp_path, NAMES, "localhost", made().pem)


def test_a_certificate_is_for_servers_and_nothing_else() -> None:
    leaf = x509.load_pem_x509_certificate(issued(BY, NAMES, NOW, 397).certificate)
    extensions = leaf.extensions
    assert extensions.get_extension_for_class(x509.BasicConstraints).value == x509.BasicConstraints(False, None)
    assert list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.SERVER_AUTH]
    usage = extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.key_cert_sign, usage.key_encipherment) == (True, False, False)
    assert isinstance(leaf.public_key(), ec.EllipticCurvePublicKey)
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc < timedelta(days=398)


def test_the_authority_signs_servers_and_no_other_authority() -> None:
    extensions = BY.certificate.extensions
    assert extensions.get_extension_for_class(x509.BasicConstraints).value == x509.BasicConstraints(True, 0)
    assert extensions.get_extension_for_class(x509.BasicConstraints).critical
    assert extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign


def test_two_authorities_have_two_names() -> None:
    assert made().certificate.subject != made().certificate.subject


def test_no_certificate_outlives_its_authority() -> None:
    leaf = issued(BY, NAMES, BY.ends - timedelta(days=10), 365)
    found = seen(leaf.certificate, leaf.key, BY)
    assert found is not None
    assert found.ends == BY.ends


def test_what_was_made_is_known_again() -> None:
    leaf = issued(BY, NAMES, NOW, 365)
    found = seen(leaf.certificate, leaf.key, BY)
    assert found is not None
    assert (found.names, found.ours, found.current, found.fits) == (NAMES, True, True, True)
    other = seen(leaf.certificate, issued(BY, NAMES, NOW, 365).key, made())
    assert other is not None
    assert (other.ours, other.current, other.fits) == (True, False, False)


@pytest.mark.parametrize("text", [b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", b"\xff"])
def test_what_is_no_certificate_is_none(text: bytes) -> None:
    assert seen(text, text, BY) is None
    assert authority(text) is None
    assert not is_authority(text)


LABEL = st.from_regex(r"[a-z0-9_]([a-z0-9_-]{0,8}[a-z0-9_])?", fullmatch=True)
NAME = st.lists(LABEL, min_size=1, max_size=4).map(".".join)
ADDRESS = st.ip_addresses().map(str)
SHOWN = st.one_of(NAME, NAME.map(lambda name: f"*.{name}"), NAME.map(str.upper), ADDRESS)


@given(st.lists(SHOWN, min_size=1, max_size=6))
def test_every_name_that_was_asked_for_is_covered(asked: list[str]) -> None:
    names = tuple(dict.fromkeys(name for each in asked if (name := known(each)) is not None))
    if names:
        leaf = issued(BY, names, NOW, 1)
        found = seen(leaf.certificate, leaf.key, BY)
        assert found is not None
        assert uncovered(names, found.names) == ()
