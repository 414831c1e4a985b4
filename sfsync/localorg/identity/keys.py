"""The key pair of the JWT bearer grant: made on the machine at first start, the private key a file for clients."""

from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sfsync.localorg.private_file import write_private

FILE = "jwt.key"
_BITS = 2048


def ensure_key(folder: Path) -> Path:
    """Give the file with the folder's private key (PEM, PKCS 8, mode 0600), made where it is missing or damaged."""
    path = folder / FILE
    try:
        _read(path)
    except (OSError, ValueError, TypeError):
        made = rsa.generate_private_key(public_exponent=65_537, key_size=_BITS)
        plain = serialization.NoEncryption()
        write_private(path, made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return path


def public_key(folder: Path) -> rsa.RSAPublicKey:
    """Give the public half, with which assertions are checked."""
    return _read(ensure_key(folder)).public_key()


def _read(path: Path) -> rsa.RSAPrivateKey:
    """Read the private key. Raises OSError, or ValueError where it is none."""
    return _key(path.read_bytes())


@lru_cache(4)
def _key(pem: bytes) -> rsa.RSAPrivateKey:
    """Make a key of its text; the checks of its numbers take milliseconds."""
    key = serialization.load_pem_private_key(pem, None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError(f"{FILE} holds no RSA key")
    return key
