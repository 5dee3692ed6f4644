"""The fund's webhooks (Standard Webhooks, Ed25519): whether a request that came to us is the fund's.

Anybody may call an address that stands on the internet: what is not signed by the fund's key, or is not of now, is
thrown away. What is signed may come again: ``webhook-id`` is then the same.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from psdf_provider.errors import SignatureError

PREFIX, VERSION = "whpk_", "v1a"
TOLERANCE_S = 300


def check_webhook(
    headers: Mapping[str, str], body: bytes, public_keys: Sequence[str], now: datetime | None = None
) -> str:
    """The id of a webhook that one of these keys (``whpk_...``) has signed within five minutes.

    Raises SignatureError for any other.
    """
    given = {name.lower(): text for name, text in headers.items()}
    id_, at, signatures = (given.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not (id_ and at.isascii() and at.isdigit() and signatures):
        raise SignatureError("webhook-id, webhook-timestamp or webhook-signature is missing")
    moment = (now or datetime.now(UTC)).timestamp()
    if abs(moment - int(at[:12])) > TOLERANCE_S:
        raise SignatureError(f"webhook-timestamp {at[:12]} is more than five minutes from now")
    signed = f"{id_}.{at}.".encode() + body
    for each in signatures.split():
        version, _, text = each.partition(",")
        if version == VERSION and any(_fits(key, text, signed) for key in public_keys):
            return id_
    raise SignatureError("none of its signatures is by the fund's key")


def _fits(public_key: str, signature: str, signed: bytes) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key.removeprefix(PREFIX), validate=True))
        key.verify(base64.b64decode(signature, validate=True), signed)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True
