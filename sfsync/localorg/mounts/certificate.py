"""The local org's certificate: a CA and a server certificate, made on the machine at first start.

The CA's key is thrown away once it has signed the server certificate, so that nobody can sign a second one with it.
Renewal therefore makes both anew, and clients read the new `ca.pem` at the same place.
"""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sfsync.localorg.private_file import write_private

LIFE = timedelta(days=800)  # under the 825 days that Apple's clients accept at most
RENEWED_BEFORE = timedelta(days=30)
BACKDATED = timedelta(days=1)  # for clients whose clock is a little behind
DNS_NAMES = ("localhost", "*.salesforce.com", "*.my.salesforce.com")
ADDRESSES = ("127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Certificate:
    """Where the three PEM files are."""

    ca: Path  # what a client trusts
    server: Path
    key: Path  # of the server certificate, mode 0600


def ensure_certificate(folder: Path, now: datetime) -> Certificate:
    """Give the folder's certificate, made or renewed where it is missing, damaged or about to expire."""
    certificate = Certificate(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    if not _is_good(certificate, now):
        _make(certificate, now)
    certificate.ca.chmod(0o600)  # an older version let all read it
    return certificate


def _is_good(certificate: Certificate, now: datetime) -> bool:
    try:
        ca = x509.load_pem_x509_certificate(certificate.ca.read_bytes())
        server = x509.load_pem_x509_certificate(certificate.server.read_bytes())
        key = serialization.load_pem_private_key(certificate.key.read_bytes(), None)
        server.verify_directly_issued_by(ca)
    except Exception:  # missing, cut off, of another pair: whatever it is, a new one mends it
        return False
    lasts = server.not_valid_before_utc <= now < server.not_valid_after_utc - RENEWED_BEFORE
    private = certificate.key.stat().st_mode & 0o077 == 0
    return lasts and private and key.public_key() == server.public_key()


def _make(certificate: Certificate, now: datetime) -> None:
    ca_key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = _ca(ca_key, now)
    server = _server(server_key, ca, ca_key, now)
    write_private(certificate.key, _pem_of_key(server_key))
    write_private(certificate.server, server.public_bytes(serialization.Encoding.PEM))
    write_private(certificate.ca, ca.public_bytes(serialization.Encoding.PEM))


def _ca(key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    name = _named("sfsync local org CA")
    usage = _usage(key_cert_sign=True, crl_sign=True)
    return (
        _started(name, name, key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _server(
    key: ec.EllipticCurvePrivateKey, ca: x509.Certificate, ca_key: ec.EllipticCurvePrivateKey, now: datetime
) -> x509.Certificate:
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in DNS_NAMES]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in ADDRESSES]
    return (
        _started(_named("sfsync local org"), ca.subject, key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )


def _started(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + LIFE)
    )


def _named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(*, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _pem_of_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
