"""Making and reading certificates, by the library `cryptography`; whoever imports this has to have it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from msgspec import Struct

from dockwright.certs.hosts import address
from dockwright.certs.judging import Seen

ORGANIZATION = "dockwright development authority"
"""By this name dockwright knows its own authorities, and people find them in a trust store."""

AUTHORITY_DAYS = 3650
_SKEW = timedelta(hours=1)
"""How much slower a virtual machine's clock may be."""


class Issued(Struct, frozen=True):
    """A certificate and its key, each as PEM."""

    certificate: bytes
    key: bytes


class Authority(Struct, frozen=True):
    """Whoever signs: a certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        """The certificate alone, which is what others have to trust."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def ends(self) -> datetime:
        """When it can sign no more."""
        return self.certificate.not_valid_after_utc

    @property
    def fingerprint(self) -> str:
        """SHA-256, as browsers and `openssl x509 -fingerprint -sha256` show it."""
        return self.certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def new_authority(now: datetime) -> bytes:
    """A key and its certificate as one PEM text, so that both are written at once."""
    key = ec.generate_private_key(ec.SECP256R1())
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    # Two authorities of one name confuse programs that look them up by it.
    name = f"{ORGANIZATION} {identifier.digest[:4].hex()}"
    subject = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANIZATION), x509.NameAttribute(NameOID.COMMON_NAME, name)]
    )
    made = (
        _builder(subject, subject, key, now, now + timedelta(days=AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )
    return _key_pem(key) + made.public_bytes(serialization.Encoding.PEM)


def authority(pem: bytes) -> Authority | None:
    """The authority that a text of `new_authority` holds; None for any other text."""
    try:
        key = serialization.load_pem_private_key(pem, None)
        certificate = x509.load_pem_x509_certificate(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return Authority(certificate, key) if isinstance(key, ec.EllipticCurvePrivateKey) else None


def issued(by: Authority, names: Sequence[str], now: datetime, days: int) -> Issued:
    """A new key, and a certificate for servers of these names and addresses that ends after so many days."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, next((n for n in names if len(n) <= 64), "dockwright"))]
    )
    ends = min(now + timedelta(days=days), by.ends)
    public = by.key.public_key()
    made = (
        _builder(subject, by.certificate.subject, key, now, ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .sign(by.key, hashes.SHA256())
    )
    return Issued(made.public_bytes(serialization.Encoding.PEM), _key_pem(key))


def seen(certificate: bytes, key: bytes, by: Authority | None) -> Seen | None:
    """What a certificate says that lies beside a key; None where the text is no certificate."""
    try:
        read = x509.load_pem_x509_certificate(certificate)
        names = tuple(_names(read))
        ours = any(a.value == ORGANIZATION for a in read.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME))
        fits = _fits(read, key)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    current = by is not None and _signed(read, by)
    return Seen(names, read.not_valid_before_utc, read.not_valid_after_utc, ours, current, fits)


def is_authority(certificate: bytes) -> bool:
    """Whether a text is the certificate of an authority of dockwright's, today's or a former one."""
    try:
        subject = x509.load_pem_x509_certificate(certificate).subject
    except ValueError:
        return False
    return any(name.value == ORGANIZATION for name in subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, ends: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(ends)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _general(name: str) -> x509.GeneralName:
    number = address(name)
    return x509.DNSName(name) if number is None else x509.IPAddress(number)


def _names(read: x509.Certificate) -> list[str]:
    try:
        said = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [
        *(name.lower() for name in said.get_values_for_type(x509.DNSName)),
        *map(str, said.get_values_for_type(x509.IPAddress)),
    ]


def _fits(read: x509.Certificate, key: bytes) -> bool:
    form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    own = serialization.load_pem_private_key(key, None).public_key()
    return own.public_bytes(*form) == read.public_key().public_bytes(*form)


def _signed(read: x509.Certificate, by: Authority) -> bool:
    try:
        read.verify_directly_issued_by(by.certificate)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
