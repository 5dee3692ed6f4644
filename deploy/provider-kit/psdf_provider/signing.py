"""Events signed by CloudEvents' DSSE v0.1 with Ed25519: the form that the door takes.

What is signed are the SHA-256 of each core attribute and of the bytes of ``data`` as they stand in the message: so an
event is signed as it is sent, and nothing may write its data anew afterwards. The fund's page of signatures has test
vectors; this file fulfils them.
"""

import base64
import binascii
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from psdf_provider.errors import SignatureError
from psdf_provider.keys import Key

PAYLOAD_TYPE = "https://cloudevents.io/verifiability/dsse/v0.1"
ATTRIBUTES = ("id", "source", "specversion", "type", "datacontenttype", "dataschema", "subject", "time")
"""The core attributes, in the order in which they are signed."""
MATERIAL = "dssematerial"
_BLANKS = " \t\r\n"
_DECODER = json.JSONDecoder()


def sign(raw: bytes, key: Key) -> bytes:
    """The event (structured JSON) with its ``dssematerial``; all else stands byte for byte. Raises SignatureError."""
    members = _members(raw)
    members.pop(MATERIAL, None)
    payload = json.dumps({"core": base64.b64encode(core_digest(raw)).decode()}).encode()
    envelope = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": key.id, "sig": base64.b64encode(key.sign(_signed(payload))).decode()}],
    }
    members[MATERIAL] = json.dumps(base64.b64encode(json.dumps(envelope).encode()).decode())
    inner = ",".join(f"{json.dumps(name, ensure_ascii=False)}:{text}" for name, text in members.items())
    return f"{{{inner}}}".encode()


def verify(raw: bytes, public_keys: dict[str, str]) -> str:
    """The id of the key that has signed an event; ``public_keys`` are in base64url, by their ids.

    Raises SignatureError where none of them has. Whose a key is, and when it is valid, the fund says.
    """
    try:
        envelope = json.loads(base64.b64decode(json.loads(_members(raw).get(MATERIAL, '""')), validate=True))
        payload = base64.b64decode(envelope["payload"], validate=True)
        material, kind = json.loads(payload), envelope["payloadType"]
        signatures = [(each["keyid"], base64.b64decode(each["sig"], validate=True)) for each in envelope["signatures"]]
    except (binascii.Error, KeyError, TypeError, ValueError):
        raise SignatureError(f"{MATERIAL} is no DSSE envelope in base64") from None
    if kind != PAYLOAD_TYPE:
        raise SignatureError(f"payloadType is {kind}, not {PAYLOAD_TYPE}")
    for keyid, signature in signatures:
        if keyid in public_keys and _fits(public_keys[keyid], signature, _signed(payload)):
            _check(material, raw)
            return str(keyid)
    raise SignatureError("it was not made with any of these keys")


def core_digest(raw: bytes) -> bytes:
    """The digest of an event's core attributes and data (``CORE_DIGEST`` of the specification)."""
    members = _members(raw)
    attributes = {name: json.loads(members.get(name, "null")) for name in ATTRIBUTES}
    if attributes["time"]:
        attributes["time"] = _zulu(attributes["time"])
    texts = [attributes[name] or "" for name in ATTRIBUTES]
    return _digest(*(text.encode() for text in texts), members.get("data", "").encode())


def _check(material: Any, raw: bytes) -> None:  # noqa: ANN401 - whatever was signed
    """See that an event is the one that was signed. Raises SignatureError."""
    if not isinstance(material, dict) or _bytes(material.get("core")) != core_digest(raw):
        raise SignatureError("it does not fit: the event is not the one that was signed")
    ext, names = material.get("ext"), material.get("signedextattrs")
    if (ext is None) != (names is None):
        raise SignatureError("ext and signedextattrs stand together or not at all")
    if names is None:
        return
    if len(set(names)) < len(names) or {*ATTRIBUTES, MATERIAL} & set(names):
        raise SignatureError("signedextattrs names an attribute twice, a core attribute, or itself")
    members = _members(raw)
    if _bytes(ext) != _digest(*(_canonical(json.loads(members.get(name, "null"))) for name in names)):
        raise SignatureError("it does not fit: an extension attribute is not the one that was signed")


def _canonical(attribute: object) -> bytes:
    if attribute is None:
        return b""
    if isinstance(attribute, bool):
        return b"true" if attribute else b"false"
    return str(attribute).encode()


def _digest(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).digest()


def _bytes(text: object) -> bytes:
    try:
        return base64.b64decode(str(text), validate=True)
    except binascii.Error:
        return b""


def _fits(public: str, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(public + "=")).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _signed(payload: bytes) -> bytes:
    """The bytes under a DSSE signature."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def _zulu(time: str) -> str:
    """A moment in UTC to the whole second; without an offset it is UTC."""
    moment = datetime.fromisoformat(time.upper())
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _members(raw: bytes) -> dict[str, str]:
    """The members of an event, each with its value's own text. Raises SignatureError for what is no JSON object."""
    found: dict[str, str] = {}
    try:
        text = raw.decode().strip(_BLANKS)
        at = _at(text, 0, "{") + 1
        while text[at := _skipped(text, at)] != "}":
            name, at = _DECODER.raw_decode(text, at)
            start = _skipped(text, _at(text, at, ":") + 1)
            _, at = _DECODER.raw_decode(text, start)
            found[str(name)] = text[start:at]
            at = _at(text, at, ",}")
            at += text[at] == ","
    except (UnicodeDecodeError, ValueError, IndexError, RecursionError) as error:
        raise SignatureError(f"the event is no JSON object: {error}") from None
    return found


def _at(text: str, at: int, wanted: str) -> int:
    """Where one of these characters stands next. Raises ValueError where it is another."""
    at = _skipped(text, at)
    if text[at] not in wanted:
        raise ValueError(f"'{wanted}' is missing at character {at}")
    return at


def _skipped(text: str, at: int) -> int:
    while text[at] in _BLANKS:
        at += 1
    return at
