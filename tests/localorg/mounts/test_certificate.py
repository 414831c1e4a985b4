"""The certificate that is made on the machine."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from sfsync.localorg.mounts.certificate import ensure_certificate

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_the_same_certificate_is_kept_while_it_is_good(tmp_path: Path) -> None:
    """A second start finds the first one's certificate."""
    first = ensure_certificate(tmp_path, NOW).server.read_bytes()
    assert ensure_certificate(tmp_path, NOW + timedelta(days=700)).server.read_bytes() == first


def test_an_expiring_certificate_is_renewed(tmp_path: Path) -> None:
    """Within thirty days of its end a new pair is made, valid from now."""
    first = ensure_certificate(tmp_path, NOW).server.read_bytes()
    later = NOW + timedelta(days=780)
    renewed = ensure_certificate(tmp_path, later).server.read_bytes()
    assert renewed != first
    parsed = x509.load_pem_x509_certificate(renewed)
    assert parsed.not_valid_before_utc < later < parsed.not_valid_after_utc


def test_a_damaged_or_open_certificate_is_made_anew(tmp_path: Path) -> None:
    """A cut-off file, or a key that others can read, is replaced."""
    certificate = ensure_certificate(tmp_path, NOW)
    first = certificate.server.read_bytes()
    certificate.ca.write_bytes(b"-----BEGIN")
    second = ensure_certificate(tmp_path, NOW).server.read_bytes()
    assert second != first
    certificate.key.chmod(0o644)
    assert ensure_certificate(tmp_path, NOW).server.read_bytes() != second


def test_the_key_is_private_and_the_cas_key_is_kept_nowhere(tmp_path: Path) -> None:
    """Of the two keys only the server's is on disk, readable by its owner alone."""
    certificate = ensure_certificate(tmp_path, NOW)
    assert certificate.key.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ca.pem", "server.key", "server.pem"]


def test_only_this_machine_and_salesforce_are_named(tmp_path: Path) -> None:
    """The certificate stands for the loopback names and for hosts of salesforce.com."""
    parsed = x509.load_pem_x509_certificate(ensure_certificate(tmp_path, NOW).server.read_bytes())
    names = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == {"localhost", "*.salesforce.com", "*.my.salesforce.com"}
    assert {str(address) for address in names.get_values_for_type(x509.IPAddress)} == {"127.0.0.1", "::1"}
