"""Whether an Ed25519 signature holds (RFC 8032), as fast as it can be said: each event from outside waits for it.

By libsodium: it verifies in half the time that OpenSSL takes, and refuses keys of small order.
"""

import base64
from functools import lru_cache

from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

SIGNATURE_BYTES = 64


def holds(public_key: str, signature: bytes, message: bytes) -> bool:
    """Whether a signature of a message was made with the key whose public half, in base64url, is given."""
    if len(signature) != SIGNATURE_BYTES:
        return False
    try:
        crypto_sign_open(signature + message, _public(public_key))
    except BadSignatureError:
        return False
    return True


@lru_cache(maxsize=4096)
def _public(public_key: str) -> bytes:
    """The key of 43 characters."""
    return base64.urlsafe_b64decode(public_key + "=")
