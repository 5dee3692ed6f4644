"""A key of one's own: made into a file, handed in for registration, and used to sign events and tokens."""

import base64
import hashlib
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from psdf_provider.errors import FileError

VALID = timedelta(days=366)
LONGEST = timedelta(days=3 * 366)
"""The fund registers no key for longer."""
TOKEN = timedelta(minutes=5)
"""How long a token of ours is good; the fund takes none for more than ten minutes."""


class Key:
    """A private key of Ed25519, its public key in base64url, and its id (the RFC 7638 thumbprint)."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        raw = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self._private, self.public = private, base64url(raw)
        self.id = thumbprint(self.public)

    @classmethod
    def new(cls, path: Path) -> "Key":
        """Make one, in a file that only its owner may read. Raises FileError where there is a file already."""
        private = Ed25519PrivateKey.generate()
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(pem)
        except OSError as error:
            raise FileError(f"{path}: {error.strerror}; a key is never written over another") from None
        return cls(private)

    @classmethod
    def read(cls, path: Path) -> "Key":
        """Read one. Raises FileError for what is no private key of Ed25519 in PEM."""
        try:
            private = load_pem_private_key(path.read_bytes(), None)
        except OSError as error:
            raise FileError(f"{path}: {error.strerror}") from None
        except (ValueError, TypeError):
            raise FileError(f"{path} is no private key in PEM without a password") from None
        if not isinstance(private, Ed25519PrivateKey):
            raise FileError(f"{path} is no key of Ed25519: psdf-provider keys new makes one")
        return cls(private)

    def sign(self, message: bytes) -> bytes:
        """The signature: 64 bytes."""
        return self._private.sign(message)

    def request(self, source: str, valid_from: datetime, valid_to: datetime | None = None) -> bytes:
        """What is handed to the fund to have the key registered: JSON, with the proof that we hold the private one.

        Raises ValueError for a source that is none, or a time longer than three years.
        """
        until = valid_to or valid_from + VALID
        if not source.startswith("/"):
            raise ValueError(f"{source} is no source: give one such as /providers/300111224")
        if not valid_from < until <= valid_from + LONGEST:
            raise ValueError(f"valid to {until.isoformat()}: give a moment within three years after its beginning")
        valid = [moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for moment in (valid_from, until)]
        proven = "\n".join(("psdf key registration", source, self.id, *valid)).encode()
        asked = {
            "source": source,
            "keyid": self.id,
            "alg": "Ed25519",
            "public_key": self.public,
            "valid_from": valid[0],
            "valid_to": valid[1],
            "proof": base64.b64encode(self.sign(proven)).decode(),
        }
        return json.dumps(asked, indent=1).encode() + b"\n"

    def token(self, source: str, audience: str, now: datetime) -> str:
        """A bearer token (JWT by EdDSA) with which a source asks a fund; good for five minutes."""
        header = {"alg": "EdDSA", "typ": "JWT", "kid": self.id}
        claims = {"iss": source, "aud": audience, "exp": int((now + TOKEN).timestamp())}
        signed = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
        return f"{signed}.{base64url(self.sign(signed.encode()))}"


def thumbprint(public: str) -> str:
    """The id of a key by RFC 7638: SHA-256 of its JWK, in base64url."""
    jwk = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": public}, separators=(",", ":"))
    return base64url(hashlib.sha256(jwk.encode()).digest())


def base64url(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
