"""A signed event's second form, for who has JOSE and nothing else: a detached JWS (RFC 7515, RFC 7797) over its bytes.

What is signed is the event as it stands, byte for byte, from its first brace to its last. The signature comes in the
header ``JWS-Signature`` of a request with one event in structured mode, or as ``jws``, the event's last member. The
door writes the header there, so that it is kept with the event, through Kafka and parking. What was signed is the
event without that member and the comma before it.

The JOSE header is ``{"alg":"EdDSA","b64":false,"crit":["b64"],"kid":...}``; nothing else may stand in it but ``typ``.
The algorithm is the key's own, whatever it says.
"""

import base64
import re
from http import HTTPStatus

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from shared.edge.head import NOT_READ
from shared.engine.keys import DETACHED

MEMBER, HEADER = DETACHED, "jws-signature"
ALGORITHMS = frozenset({"EdDSA", "Ed25519"})
"""The two names of one thing, of RFC 8037 and RFC 9864."""
_DETACHED = re.compile(r"[0-9A-Za-z_-]{1,1000}\.\.[0-9A-Za-z_-]{86}")
_LAST = re.compile(rb',\s*"jws"\s*:\s*"([0-9A-Za-z_-]{1,1000})\.\.([0-9A-Za-z_-]{86})"\s*\}\s*$')
MOST = 1_200
"""No longer end of an event is looked at."""


class JwsError(ValueError):
    """What stands there is no signature of this form: the message says why."""


class _Header(msgspec.Struct, forbid_unknown_fields=True):
    alg: str
    kid: str
    b64: bool
    crit: list[str]
    typ: str | None = None


_header = msgspec.json.Decoder(_Header)


class Detached(msgspec.Struct, frozen=True):
    """A detached signature: which key made it, over what."""

    keyid: str
    signed: bytes
    signature: bytes


def detached(raw: bytes) -> Detached:
    """The signature that is an event's last member. Raises JwsError."""
    end = max(len(raw) - MOST, 0)
    found = _LAST.search(raw, end)
    if found is None:
        raise JwsError(f"{MEMBER} is no detached signature of Ed25519 that stands last in the event")
    protected = found[1]
    try:
        header = _header.decode(_bytes(protected))
    except NOT_READ:
        raise JwsError(f"the header of {MEMBER} has other members than alg, kid, b64, crit and typ") from None
    if header.alg not in ALGORITHMS or header.b64 or header.crit != ["b64"]:
        raise JwsError(f'the header of {MEMBER} has to say "alg":"EdDSA", "b64":false, "crit":["b64"]')
    payload = raw[: found.start()].lstrip() + b"}"
    return Detached(keyid=header.kid, signed=protected + b"." + payload, signature=_bytes(found[2]))


def sign(raw: bytes, keyid: str, key: Ed25519PrivateKey) -> bytes:
    """The event with its ``jws``, last."""
    event = raw.strip()
    header = {"alg": "EdDSA", "b64": False, "crit": ["b64"], "kid": keyid}
    protected = _text(msgspec.json.encode(header))
    return joined(event, f"{protected}..{_text(key.sign(protected.encode() + b'.' + event))}")


def joined(event: bytes, signature: str) -> bytes:
    """An event with a detached signature as its last member; what is no object stays as it is."""
    whole = event.strip()
    if not whole.endswith(b"}"):
        return event
    return b'%s,"%s":"%s"}' % (whole[:-1], MEMBER.encode(), signature.encode())


def with_header(headers: Headers, mode: str, raws: list[bytes]) -> list[bytes]:
    """The events of a request, the signature of whose header is written into the one that it signs.

    Raises HTTPException 400 for a header that can't be of one event in structured mode.
    """
    signatures = headers.getlist(HEADER)
    if not signatures:
        return raws
    if len(signatures) > 1 or mode != "one" or len(raws) != 1:
        raise HTTPException(
            HTTPStatus.BAD_REQUEST,
            "JWS-Signature: it stands once, and signs one event in structured mode; in lines and batches each event "
            "has its own jws as its last member",
        )
    if not _DETACHED.fullmatch(signatures[0]):
        raise HTTPException(HTTPStatus.BAD_REQUEST, "JWS-Signature is no detached JWS of Ed25519: header..signature")
    return [joined(raws[0], signatures[0])]


def _text(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def _bytes(part: bytes) -> bytes:
    return base64.b64decode(part + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)
