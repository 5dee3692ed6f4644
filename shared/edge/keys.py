"""Keys as files and as registrations: a new pair, and the request that a source hands in."""

import base64
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from shared.edge.signatures import envelope, fits
from shared.events.keys import KeyRegistered, proven, thumbprint
from shared.kernel.calendar import in_vilnius

VALID = timedelta(days=366)
ASKED = ("source", "keyid", "alg", "public_key", "valid_from", "valid_to", "proof")
"""What a source's request says. The rest of a registration two persons say: the proof is of key and days alone."""
RECEIPT_TYPE = "application/vnd.psdf.receipt+json"
"""The payload type of a signed receipt's DSSE envelope."""


class KeyFileError(ValueError):
    """A key's file that can't be used: the message says which, and why."""


def public_of(key: Ed25519PrivateKey) -> str:
    """The public key in base64url, as a JWK has it."""
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def keyid_of(key: Ed25519PrivateKey) -> str:
    """The key's id."""
    return thumbprint(public_of(key))


def write_new(path: Path) -> Ed25519PrivateKey:
    """Make a key in a file that only its owner may read. Raises KeyFileError where there is one already."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise KeyFileError(f"{path}: {error.strerror}; a key is never written over another") from None
    try:
        with os.fdopen(opened, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(opened)  # before anything is signed with it
    except OSError as error:
        path.unlink()  # half a key would be read as one at the next start
        raise KeyFileError(f"{path}: {error.strerror}; is there room on the disk?") from None
    return key


def read_key(path: Path) -> Ed25519PrivateKey:
    """The private key of a file. Raises KeyFileError for what is none of Ed25519."""
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except OSError as error:
        raise KeyFileError(f"{path}: {error.strerror}") from None
    except (ValueError, TypeError):
        raise KeyFileError(f"{path} is no private key in PEM without a password") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"{path} is no key of Ed25519")
    return key


def request_of(key: Ed25519PrivateKey, source: str, valid_from: datetime, valid_to: datetime | None = None) -> bytes:
    """What a source hands in to have its key registered, with the proof that it holds the private one."""
    since = in_vilnius(valid_from.replace(microsecond=0))
    until = in_vilnius(valid_to) if valid_to else since + VALID
    asked: dict[str, Any] = {
        "source": source,
        "keyid": keyid_of(key),
        "alg": "Ed25519",
        "public_key": public_of(key),
        "valid_from": since,
        "valid_to": until,
    }
    unproven = KeyRegistered(**asked, proof="", by="", approved_by="")
    asked["proof"] = base64.b64encode(key.sign(proven(unproven))).decode()
    return msgspec.json.encode(asked)


def unproven(registered: KeyRegistered) -> str | None:
    """Why a registration's proof does not hold; None where the private key is its holder's."""
    if fits(registered.public_key, registered.proof, proven(registered)):
        return None
    return "proof: it was not made with this key over this registration: ask its source for a new request"


class OwnKey:
    """The fund's own key, with which receipts and webhooks are signed; made in its file when it is first needed."""

    def __init__(self, path: Path) -> None:
        """Take the file. Raises KeyFileError."""
        self._key = read_key(path) if path.exists() else write_new(path)
        self.keyid = keyid_of(self._key)

    def receipt(self, payload: bytes) -> dict[str, Any]:
        """The DSSE envelope of a receipt."""
        return envelope(RECEIPT_TYPE, payload, self.keyid, self._key)

    def sign(self, message: bytes) -> bytes:
        """The signature of a webhook."""
        return self._key.sign(message)

    @property
    def webhook_key(self) -> str:
        """The public key as Standard Webhooks writes it."""
        raw = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f"whpk_{base64.b64encode(raw).decode()}"

    def jwk(self) -> dict[str, str]:
        """The public key as JSON Web Key (RFC 8037)."""
        return jwk(self.keyid, public_of(self._key))


def jwk(keyid: str, public_key: str) -> dict[str, str]:
    """A public key of Ed25519 as JSON Web Key."""
    return {"kty": "OKP", "crv": "Ed25519", "x": public_key, "kid": keyid, "alg": "EdDSA", "use": "sig"}
