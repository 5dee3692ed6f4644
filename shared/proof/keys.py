"""Keys of Ed25519 (RFC 8032): the private one in a file that only its owner reads, the public one as base64.

A key is named by its thumbprint (RFC 7638), so that two persons can compare forty-three signs over the telephone.
"""

import base64
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from shared.events.keys import thumbprint as jwk_thumbprint
from shared.kernel.value import value

KEY_BYTES = 32
MAKE_ONE = "psdf proof key new"


class KeyFault(Exception):  # noqa: N818 - what is so, not what went wrong
    """A key is not there, is none, or may not be made: one line that says what to do."""


@value
class Signer:
    """A private key. ``public`` is its public one as base64, ``keyid`` the thumbprint of that."""

    private: Ed25519PrivateKey
    public: str
    keyid: str

    def sign(self, message: bytes) -> str:
        """The signature of a message, as base64."""
        return base64.b64encode(self.private.sign(message)).decode()


def signer_of(private: Ed25519PrivateKey) -> Signer:
    """The signer of a private key."""
    public = base64.b64encode(private.public_key().public_bytes_raw()).decode()
    return Signer(private=private, public=public, keyid=thumbprint(public))


def new_key(path: Path) -> Signer:
    """Make a key in a file that is not there yet, readable by its owner alone. Raises KeyFault."""
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(opened, "wb") as file:  # noqa: PTH123 - a descriptor, so that nobody reads it in between
            file.write(pem)
            file.flush()
            os.fsync(opened)
    except FileExistsError:
        raise KeyFault(f"{path} is there: a key is never overwritten, what it signed needs it; move it away") from None
    except OSError as error:
        raise KeyFault(f"{path} can't be written: {error.strerror}") from error
    return signer_of(private)


def read_key(path: Path) -> Signer:
    """The key of a file. Raises KeyFault where it is not there, is none, or others may read it."""
    try:
        pem = path.read_bytes()
        read_by_all = path.stat().st_mode & 0o007
    except FileNotFoundError:
        raise KeyFault(f"there is no key {path}: {MAKE_ONE} makes one") from None
    except OSError as error:
        raise KeyFault(f"{path} can't be read: {error.strerror}") from error
    if read_by_all:
        raise KeyFault(f"{path} can be read by everybody: chmod 600 {path}, and make another key if others did")
    try:
        private = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise KeyFault(f"{path} is no private key (PEM, PKCS 8): {error}") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyFault(f"{path} is a key of another kind: Ed25519 is needed, {MAKE_ONE} makes one")
    return signer_of(private)


def decoded(text: str) -> bytes:
    """The bytes of a base64 text. Raises ValueError also for a text that another one stands for as well."""
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError("base64 is written in one way only")
    return raw


def public_bytes(public: str) -> bytes:
    """The 32 bytes of a public key in base64. Raises KeyFault."""
    try:
        raw = decoded(public)
    except ValueError:
        raw = b""
    if len(raw) != KEY_BYTES:
        raise KeyFault(f"{public!r} is no public key: psdf proof key show prints one, base64 of {KEY_BYTES} bytes")
    return raw


def thumbprint(public: str) -> str:
    """The name of a public key: its thumbprint by RFC 7638 (SHA-256). Raises KeyFault."""
    return jwk_thumbprint(base64.urlsafe_b64encode(public_bytes(public)).rstrip(b"=").decode())


def is_signed(message: bytes, signature: str, public: str) -> bool:
    """Whether a signature (base64) of a message is that of a public key. Raises KeyFault for what is no key."""
    key = Ed25519PublicKey.from_public_bytes(public_bytes(public))
    try:
        key.verify(decoded(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True
