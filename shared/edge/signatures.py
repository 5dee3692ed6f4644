"""Whether an event was signed by whom it names: CloudEvents "Verifiable CloudEvents with DSSE", v0.1, with Ed25519.

The attribute ``dssematerial`` (base64) is a DSSE envelope. Its payload holds the SHA-256 over the SHA-256 of each core
attribute and of the bytes of ``data``, as they stand in the message; so a signature outlives batches and Kafka, and
ends where somebody writes the data anew. What is checked stands in ``fault_of``, one row a check.
"""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.edge import jws
from shared.edge.ed25519 import holds
from shared.edge.head import NOT_READ
from shared.engine.keys import MATERIAL, SIGNATURES, UNSIGNED, Key, Keys
from shared.events.sodra import SodraStatementSubmitted
from shared.kernel.dsse import signing_bytes
from shared.messages.read import Event

PAYLOAD_TYPE = "https://cloudevents.io/verifiability/dsse/v0.1"
CORE = frozenset({"id", "source", "specversion", "type", "datacontenttype", "dataschema", "subject", "time"})
IMPORTED = ("importedby", "approvedby")
"""The attributes by which an import names the fund's two persons who stand for it: no sender says them."""
FORMS = tuple(b'"%s"' % name.encode() for name in SIGNATURES)
"""How an event with a signature is told from one without, before it is read."""
_EMPTY = sha256(b"").digest()
DIGEST_BYTES = 32


class _Signed(msgspec.Struct):
    """What is signed of an event, with its data's own bytes."""

    id: str
    source: str
    specversion: str
    type: str
    data: msgspec.Raw
    datacontenttype: str | None = None
    dataschema: str | None = None
    subject: str | None = None
    time: str | None = None
    dssematerial: str | None = None
    jws: str | None = None


class _OneSignature(msgspec.Struct):
    keyid: str
    sig: str


class _Envelope(msgspec.Struct, rename={"payload_type": "payloadType"}):
    payload: str
    payload_type: str
    signatures: list[_OneSignature]


class _Material(msgspec.Struct):
    core: str
    ext: str | None = None
    signedextattrs: list[str] | None = None


_signed = msgspec.json.Decoder(_Signed)
_envelope = msgspec.json.Decoder(_Envelope)
_material = msgspec.json.Decoder(_Material)
_attributes = msgspec.json.Decoder(dict[str, msgspec.Raw])


class _FaultError(Exception):
    """A signature that does not hold: the message says why, behind ``signature:``."""


def core_digest(raw: bytes) -> bytes:
    """The digest of an event's core attributes and data (``CORE_DIGEST`` of the specification)."""
    return _core(_signed.decode(raw))


def _core(event: _Signed) -> bytes:
    time = _zulu(event.time) if event.time else None
    texts = (event.id, event.source, event.specversion, event.type, event.datacontenttype, event.dataschema)
    digests = [sha256(text.encode()).digest() if text else _EMPTY for text in (*texts, event.subject, time)]
    return sha256(b"".join([*digests, sha256(event.data).digest()])).digest()


def _zulu(time: str) -> str:
    """A moment in UTC to the whole second, as the specification writes it; without an offset it is UTC."""
    moment = datetime.fromisoformat(time.upper())
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def envelope(payload_type: str, payload: bytes, keyid: str, key: Ed25519PrivateKey) -> dict[str, Any]:
    """A DSSE envelope with one signature."""
    signature = key.sign(signing_bytes(payload_type, payload))
    return {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": payload_type,
        "signatures": [{"keyid": keyid, "sig": base64.b64encode(signature).decode()}],
    }


def sign(raw: bytes, keyid: str, key: Ed25519PrivateKey) -> bytes:
    """The event with its ``dssematerial``; its other attributes and its data stand byte for byte as before."""
    material = msgspec.json.encode({"core": base64.b64encode(core_digest(raw)).decode()})
    signed = msgspec.json.encode(envelope(PAYLOAD_TYPE, material, keyid, key))
    members = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    members[MATERIAL] = msgspec.Raw(msgspec.json.encode(base64.b64encode(signed).decode()))
    return msgspec.json.encode(members)


# ------------------------------------------------------------------------------------------------------------ the check

Check = Callable[[Event, datetime], str | None]
"""Why an event that arrived at a moment is not taken for what it says; None where it is."""


class Signatures:
    """The check of a stack: whoever has a key registered signs; with ``all_sign`` everybody does."""

    def __init__(self, keys: Callable[[], Keys], *, all_sign: bool = False) -> None:
        """Take where the registry is."""
        self._keys, self.all_sign = keys, all_sign

    def knows(self, source: str) -> bool:
        """Whether anything may be taken that names this source."""
        return not self.all_sign or source in self._keys().sources

    def __call__(self, event: Event, arrival: datetime) -> str | None:
        """The fault of an event, one line for a person; None where all is well."""
        if isinstance(event.data, SodraStatementSubmitted) and (fault := _imported(event.raw)):
            return fault
        keys = self._keys()
        if event.source not in keys.sources and not self.all_sign and not any(form in event.raw for form in FORMS):
            return None
        return fault_of(event, arrival, keys, must=self.all_sign or event.source in keys.sources)


def _imported(raw: bytes) -> str | None:
    """Why a statement that Sodra sends is not as it may be: it names persons of the fund."""
    said = [name for name in IMPORTED if name in _attributes.decode(raw)]
    return f"{' and '.join(said)}: only an import by the fund's own two persons says that" if said else None


def at_arrival(signatures: Signatures, moment: Literal["arrival", "event"]) -> Callable[[Event], str | None]:
    """The fault of an event that comes now, by the fund's clock or by the event's own."""
    return lambda event: signatures(event, datetime.now(UTC) if moment == "arrival" else event.time)


def as_it_came(signatures: Signatures, moment: Literal["arrival", "event"]) -> Check:
    """The fault of an event that came at a moment, or, by the events' own clock, at its own."""
    return signatures if moment == "arrival" else lambda event, _: signatures(event, event.time)


def fault_of(event: Event, arrival: datetime, keys: Keys, *, must: bool) -> str | None:
    """What is wrong with an event's signature; ``must`` says whether there has to be one."""
    try:
        signed = _signed.decode(event.raw)
    except NOT_READ:
        return f"signature: {MATERIAL} or {jws.MEMBER} is no text"
    if not (signed.dssematerial or signed.jws):
        return f"{UNSIGNED}: {event.source} signs its events, and nothing without one is taken" if must else None
    try:
        key = _all_verified(signed, event, arrival, keys)
    except _FaultError as fault:
        return f"signature: {fault}"
    if signed.time and abs(_moment(signed.time) - arrival) > timedelta(hours=key.window_hours):
        return (
            f"time: {signed.time} is more than {key.window_hours} hours from its arrival at {arrival.isoformat()}, "
            f"and key {key.keyid} may sign nothing older or newer"
        )
    return None


def _all_verified(signed: _Signed, event: Event, arrival: datetime, keys: Keys) -> Key:
    """A key that has signed the event; where both forms are there, both hold. Raises _FaultError."""
    found = []
    if signed.jws:
        found.append(_by_jws(signed, event, arrival, keys))
    if signed.dssematerial:
        key, material = _verified(signed, event.source, arrival, keys)
        if material.ext is not None:
            _check_extensions(material, event.raw)
        found.append(key)
    return min(found, key=lambda key: key.window_hours)


def _by_jws(signed: _Signed, event: Event, arrival: datetime, keys: Keys) -> Key:
    """The key that has signed the event's bytes. Raises _FaultError."""
    try:
        said = jws.detached(event.raw)
    except jws.JwsError as error:
        raise _FaultError(str(error)) from None
    key = keys.by_id.get(said.keyid)
    if key is None or (fault := _may_not(key, said.keyid, event.source, signed, arrival)):
        raise _FaultError(fault if key else f"key {said.keyid[:60]} is not registered")
    if not holds(key.public_key, said.signature, said.signed):
        raise _FaultError(f"it does not fit: the bytes are others than key {said.keyid} has signed")
    return key


def _verified(signed: _Signed, source: str, arrival: datetime, keys: Keys) -> tuple[Key, _Material]:
    """The key that has signed the event, and what it signed. Raises _FaultError where none has that may."""
    sealed, payload = _opened(signed.dssematerial or "")
    if not sealed.signatures:
        raise _FaultError("the envelope holds none")
    faults = []
    for each in sealed.signatures:
        key = keys.by_id.get(each.keyid)
        if fault := _may_not(key, each.keyid, source, signed, arrival):
            faults.append(fault)
        elif key and fits(key.public_key, each.sig, signing_bytes(PAYLOAD_TYPE, payload)):
            material = _read(payload)
            if _bytes(material.core, "core") != _core(signed):
                raise _FaultError("it does not fit: the event is not the one that was signed")
            return key, material
        else:
            faults.append(f"it does not fit: it was not made with key {each.keyid}")
    raise _FaultError("; ".join(faults[:3]))


def _may_not(key: Key | None, keyid: str, source: str, signed: _Signed, arrival: datetime) -> str | None:
    """Why a key does not count for an event."""
    if key is None:
        return f"key {keyid[:60]} is not registered"
    if key.source != source:
        return f"key {keyid} is of another source, {key.source}"
    moment = _moment(signed.time) if signed.time else arrival
    for name, at in (("its time", moment), ("it arrived at", arrival)):
        if not key.valid_from <= at <= key.valid_to:
            valid = f"{key.valid_from.isoformat()} to {key.valid_to.isoformat()}"
            return f"key {keyid} is valid from {valid}, and {name} {at.isoformat()}"
    if key.was_revoked(arrival):
        assert key.revoked_at
        return f"key {keyid} was revoked at {key.revoked_at.isoformat()}, and it arrived at {arrival.isoformat()}"
    return None


def _opened(material: str) -> tuple[_Envelope, bytes]:
    try:
        sealed = _envelope.decode(base64.b64decode(material, validate=True))
        payload = base64.b64decode(sealed.payload, validate=True)
    except NOT_READ:
        raise _FaultError(f"{MATERIAL} is no DSSE envelope in base64") from None
    if sealed.payload_type != PAYLOAD_TYPE:
        raise _FaultError(f"payloadType is '{sealed.payload_type[:60]}', not '{PAYLOAD_TYPE}'")
    return sealed, payload


def _read(payload: bytes) -> _Material:
    """The payload, within what the specification allows (its Case 8)."""
    try:
        material = _material.decode(payload)
    except NOT_READ:
        raise _FaultError("its payload is no verification material") from None
    names = material.signedextattrs
    if (names is None) != (material.ext is None):
        raise _FaultError("ext and signedextattrs stand together or not at all")
    if names and (len(set(names)) < len(names) or CORE & set(names) or MATERIAL in names):
        raise _FaultError("signedextattrs names an attribute twice, a core attribute, or itself")
    if material.ext is not None:
        _bytes(material.ext, "ext")
    return material


def _check_extensions(material: _Material, raw: bytes) -> None:
    """Compare the signed extension attributes; all that JSON can say of them are texts, whole numbers, booleans."""
    attributes = _attributes.decode(raw)
    digests = b"".join(_canonical(attributes.get(name), name) for name in material.signedextattrs or ())
    if _bytes(material.ext or "", "ext") != sha256(digests).digest():
        raise _FaultError("it does not fit: an extension attribute is not the one that was signed")


def _canonical(raw: bytes | None, name: str) -> bytes:
    try:
        match msgspec.json.decode(raw) if raw else None:
            case None:
                return _EMPTY
            case bool() as attribute:
                return sha256(b"true" if attribute else b"false").digest()
            case int() | str() as attribute:
                return sha256(str(attribute).encode()).digest()
    except NOT_READ:  # a number beyond all bounds, lists within lists within lists
        pass
    raise _FaultError(f"the extension attribute {name[:60]} is of no type that can be signed")


def _bytes(text: str, name: str) -> bytes:
    try:
        digest = base64.b64decode(text, validate=True)
    except ValueError:
        digest = b""
    if len(digest) != DIGEST_BYTES:
        raise _FaultError(f"{name} is no SHA-256 in base64")
    return digest


def _moment(time: str) -> datetime:
    moment = datetime.fromisoformat(time.upper())
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def fits(public_key: str, signature: str, message: bytes) -> bool:
    """Whether a signature in base64 is that of a message, by a public key in base64url."""
    try:
        proof = base64.b64decode(signature, validate=True)
    except ValueError:
        return False
    return holds(public_key, proof, message)
