"""How much of a message is laid aside: all of it, or its first bytes and what the whole is known by."""

import base64
from collections.abc import Mapping
from hashlib import sha256

import msgspec

KEPT_BYTES = 8_000_000
"""As long as a message may be; in base64 it is a third longer, and still within what the topics of parked ones take."""
SHORT_BYTES = 10_000
"""Where a topic takes less than it should: within what any topic takes."""


def cut(raw: bytes, lies_at: str, most: int = KEPT_BYTES) -> Mapping[str, object]:
    """The fields of a parked message that say what came: ``raw_base64`` alone, where all of it is kept.

    Of a longer one the first ``most`` bytes, with ``size_bytes`` and ``sha256`` (hexadecimal) of the whole and where
    that ``lies_at`` (``topic/partition/offset``, or empty where it lies nowhere).
    """
    kept: dict[str, object] = {"raw_base64": base64.b64encode(raw[:most]).decode()}
    if len(raw) > most:
        kept |= {"size_bytes": len(raw), "sha256": sha256(raw).hexdigest(), "lies_at": lies_at}
    return kept


def shortened(event: bytes, most: int = SHORT_BYTES) -> bytes:
    """A parked message's CloudEvent with so little of what came that any topic takes it; itself if it is so short."""
    attributes = msgspec.json.decode(event, type=dict[str, msgspec.Raw])
    data = msgspec.json.decode(attributes["data"], type=dict[str, object])
    raw = base64.b64decode(str(data["raw_base64"]))
    if len(raw) <= most:
        return event
    known = {name: data[name] for name in ("size_bytes", "sha256", "lies_at") if name in data}
    place = msgspec.json.decode(attributes["causationid"], type=str)
    attributes["data"] = msgspec.Raw(msgspec.json.encode(data | dict(cut(raw, place, most)) | known))
    return msgspec.json.encode(attributes)
