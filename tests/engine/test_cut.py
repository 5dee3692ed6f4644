"""What is laid aside is cut to what its topic takes, and the whole stays known by its size, digest and place."""

import base64
import json
from hashlib import sha256

from shared.engine.cut import KEPT_BYTES, SHORT_BYTES, cut, shortened

PLACE = "invoice.submitted/3/17"


def parked(raw: bytes, lies_at: str = PLACE, most: int = KEPT_BYTES) -> bytes:
    data = {"topic": "invoice.submitted", "error": "not JSON", **cut(raw, lies_at, most)}
    return json.dumps({"id": "p1", "causationid": PLACE, "data": data}).encode()


def test_what_is_within_the_limit_is_kept_byte_for_byte_and_nothing_is_added() -> None:
    raw = b"x" * KEPT_BYTES
    assert cut(raw, PLACE) == {"raw_base64": base64.b64encode(raw).decode()}


def test_a1_what_is_longer_is_cut_and_named_by_its_size_digest_and_place() -> None:
    raw = bytes(range(256)) * 40_000
    kept = cut(raw, PLACE)
    assert base64.b64decode(str(kept["raw_base64"])) == raw[:KEPT_BYTES]
    assert kept["size_bytes"] == len(raw)
    assert kept["sha256"] == sha256(raw).hexdigest()
    assert kept["lies_at"] == PLACE


def test_a1_a_parked_event_is_shortened_and_the_whole_stays_known() -> None:
    raw = b"y" * 50_000
    data = json.loads(shortened(parked(raw)))["data"]
    assert base64.b64decode(data["raw_base64"]) == raw[:SHORT_BYTES]
    assert (data["size_bytes"], data["sha256"], data["lies_at"]) == (50_000, sha256(raw).hexdigest(), PLACE)
    assert data["error"] == "not JSON"


def test_a1_what_was_cut_before_keeps_the_size_and_digest_of_the_whole() -> None:
    raw = b"z" * 60_000
    data = json.loads(shortened(parked(raw, most=50_000)))["data"]
    assert len(base64.b64decode(data["raw_base64"])) == SHORT_BYTES
    assert (data["size_bytes"], data["sha256"]) == (60_000, sha256(raw).hexdigest())


def test_a_short_one_stays_as_it_is() -> None:
    event = parked(b"x" * SHORT_BYTES)
    assert shortened(event) is event
