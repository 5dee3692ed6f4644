"""Keys with which sources sign what they send: the fund's own events, which nobody sends from outside."""

import base64
import hashlib
import json
import unicodedata
from datetime import UTC, timedelta
from typing import Annotated, Literal

from annotated_types import Ge, Le

from shared.events.record import Record, event
from shared.kernel.fields import Doc, Expected, Id, Moment, Name, Pattern, Reasoned
from shared.kernel.written import UNSEEN

KeyId = Annotated[
    str,
    Pattern("^[0-9A-Za-z_-]{43}$"),
    Expected("a key's id: the RFC 7638 thumbprint, 43 characters of base64url"),
]
PublicKey = Annotated[
    str,
    Pattern("^[0-9A-Za-z_-]{43}$"),
    Expected("a public key of Ed25519: 32 bytes in 43 characters of base64url"),
]
Signature = Annotated[
    str,
    Pattern("^[0-9A-Za-z+/]{86}==$"),
    Expected("a signature of Ed25519: 64 bytes in base64"),
]
Hours = Annotated[int, Ge(1), Le(24 * 366), Expected("a number of hours from 1 to 8784")]
LONGEST = timedelta(days=3 * 366)
"""How long a key may be valid: who holds it is asked again at least so often."""


@event("key.registered", about="{keyid}", by=("/keys", "/door"))
class KeyRegistered(Record):
    """A source signs with this key from now on; unsigned events of it are parked. Two persons have said so."""

    left_out = ("mtls",)

    source: Annotated[Id, Doc("whose key it is, as its events name it")]
    keyid: Annotated[KeyId, Doc("the RFC 7638 thumbprint of the public key")]
    alg: Annotated[Literal["Ed25519"], Doc("the one algorithm that the key is for: no message chooses another")]
    public_key: PublicKey
    valid_from: Moment
    valid_to: Moment
    window_hours: Annotated[Hours, Doc("how far a signed event's time may lie from its arrival")] = 24
    proof: Annotated[Signature, Doc("by the key itself, over what is registered: its holder has the private one")]
    by: Name
    approved_by: Name
    at: Annotated[Moment | None, Doc("when it came into force; the fund's own clock says it")] = None
    mtls: Annotated[
        bool | None,
        Doc("from now on the source is heard over connections with a client certificate alone, or no longer so"),
    ] = None

    def contradiction(self) -> str | None:
        """See what no single field shows."""
        if same_person(self.by, self.approved_by):
            return f"by and approved_by are one person, '{self.by}': a key is registered by two"
        if self.keyid != (due := thumbprint(self.public_key)):
            return f"keyid '{self.keyid}' is not '{due}', the thumbprint of public_key"
        if not self.valid_from < self.valid_to <= self.valid_from + LONGEST:
            return f"valid_to: {self.valid_to.isoformat()} is not within three years after valid_from"
        return None


@event("key.revoked", about="{keyid}", by=("/keys", "/door"))
class KeyRevoked(Record):
    """Nothing that arrives from now on is taken with this key. Two persons have said so."""

    keyid: KeyId
    reason: Reasoned
    by: Name
    approved_by: Name
    at: Annotated[Moment | None, Doc("when it came into force; the fund's own clock says it")] = None

    def contradiction(self) -> str | None:
        """See what no single field shows."""
        if same_person(self.by, self.approved_by):
            return f"by and approved_by are one person, '{self.by}': a key is revoked by two"
        return None


def same_person(one: str, other: str) -> bool:
    """Whether two names are one, however they are written; a blank one is nobody's, and so no second person."""
    names = {as_seen(one), as_seen(other)}
    return len(names) == 1 or "" in names


def as_seen(name: str) -> str:
    """A name without what its spellings differ by and nobody sees: case, blanks, composed letters, marks of format."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join("".join(map(_as_seen, folded)).split())


def _as_seen(letter: str) -> str:
    """A letter; of what nobody sees a blank where it takes room, else nothing."""
    kind, is_hidden = unicodedata.category(letter), UNSEEN.match(letter)
    if kind == "Cf" or (is_hidden and kind == "Mn"):
        return ""
    return " " if is_hidden else letter


def thumbprint(public_key: str) -> str:
    """The id of a key by RFC 7638: SHA-256 of its JWK (RFC 8037), in base64url without padding."""
    jwk = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": public_key}, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha256(jwk.encode()).digest()).decode().rstrip("=")


def proven(registered: KeyRegistered) -> bytes:
    """What the proof of a registration signs: five lines, the moments in UTC to the second."""
    valid = [
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for moment in (registered.valid_from, registered.valid_to)
    ]
    return "\n".join(("psdf key registration", registered.source, registered.keyid, *valid)).encode()
