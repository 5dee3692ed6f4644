"""Check the proof of an invoice, with the fund's public key and nothing else of the fund.

    python check_proof.py proof.json PUBLIC [NAME=PUBLIC ...]

PUBLIC is the fund's public key (base64, 32 bytes); NAME=PUBLIC is somebody who must have signed the seal too. It needs
Python 3.11 and the package cryptography. It ends with 0 where the proof holds, else with 1 and what does not.
"""

import base64
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TYPE = "application/vnd.psdf.{}+json"
STATEMENT = ["format", "fund", "number", "day", "streams", "events", "root", "previous"]
END = ["service", "stream", "version", "hash", "events", "root"]
PARTS = ["format", "invoice", "seal", "streams", "law", "letters", "signature"]
BYTES = 32  # of a hash, and of a key
Json = dict[str, Any]


class Wrong(Exception):  # noqa: N818 - what is so
    """What does not hold."""


def need(holds: object, told: str) -> None:
    """Go on where it holds."""
    if not holds:
        raise Wrong(told)


def sha256(data: bytes) -> bytes:
    """Digest bytes."""
    return hashlib.sha256(data).digest()


def decoded(text: str) -> bytes:
    """Read base64, which is written in one way only."""
    raw = base64.b64decode(text, validate=True)
    need(base64.b64encode(raw).decode() == text, "base64 is written in one way only")
    return raw


def read(text: str | bytes) -> Json:
    """Read JSON, in which no key stands twice in one object."""

    def once(pairs: list[tuple[str, Any]]) -> Json:
        need(len(dict(pairs)) == len(pairs), "a key stands twice in one object")
        return dict(pairs)

    found: Json = json.loads(text, object_pairs_hook=once)
    return found


def thumbprint(public: bytes) -> str:
    """Name a key (RFC 7638)."""
    x = base64.urlsafe_b64encode(public).rstrip(b"=").decode()
    digest = sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'.encode())
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def key_of(text: str) -> bytes:
    """Read a public key."""
    raw = decoded(text)
    need(len(raw) == BYTES, f"{text} is no public key: base64 of 32 bytes is needed")
    return raw


def signed(kind: str, payload: bytes, signature: Json, public: bytes, what: str) -> None:
    """See that a key has signed (Ed25519) a text of a kind (DSSE)."""
    need(
        signature["keyid"] == thumbprint(public), f"{what} is signed by key {signature['keyid']}, not by the given one"
    )
    type_ = TYPE.format(kind)
    text = b"DSSEv1 %d %s %d %s" % (len(type_), type_.encode(), len(payload), payload)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(decoded(signature["sig"]), text)
    except InvalidSignature:
        raise Wrong(f"{what}: the signature is not that of what it says, one of them was changed") from None


def opened(envelope: Json, kind: str, public: bytes | None, what: str) -> bytes:
    """Give the text of an envelope; signed by the key, if one is given."""
    need(envelope["payloadType"] == TYPE.format(kind) and len(envelope["signatures"]) == 1, f"{what} is no {kind}")
    payload = decoded(envelope["payload"])
    if public:
        signed(kind, payload, envelope["signatures"][0], public, what)
    return payload


def root_by(path: str, leaf: str, index: int, size: int) -> str | None:
    """Give the root to which a path leads from a leaf (RFC 9162, 2.1.3.2); None where it fits no such tree."""
    raw, at, last, root = decoded(path), index, size - 1, sha256(b"\0" + leaf.encode())
    if not 0 <= index < size or len(raw) % BYTES:
        return None
    for beside in (raw[start : start + BYTES] for start in range(0, len(raw), BYTES)):
        if last == 0:
            return None
        if at % 2 or at == last:
            root = sha256(b"\1" + beside + root)
            while at % 2 == 0 and at:
                at, last = at // 2, last // 2
        else:
            root = sha256(b"\1" + root + beside)
        at, last = at // 2, last // 2
    return root.hex() if last == 0 else None


def events_of(way: Json, seal: Json) -> Iterator[tuple[str, str, str, str, Json]]:
    """Give the events of a stream that stand under the seal: place, day, moment, type, data."""
    end = read(way["end"])
    need(list(end) == END, f"the end of stream {way['index']} is none")
    name = f"{end['service']}: stream {end['stream']}"
    root = root_by(way["path"], way["end"], way["index"], seal["streams"])
    need(root == seal["root"], f"{name}: its path does not lead to the root of the seal")
    numbers = [each["number"] for each in way["events"]]
    need(numbers and numbers == sorted(set(numbers)), f"{name}: its events are not in order, or one stands twice")
    for each in way["events"]:
        where = f"{name}, event {each['number']}"
        root = root_by(each["path"], each["event"], each["number"], end["events"])
        need(root == end["root"], f"{where}: its path does not lead to the root of its stream")
        decision = read(each["event"])
        need(decision["position"] == each["number"], f"{where}: it says that it is event {decision['position']}")
        (event,) = decision["events"]
        said = event["data"] if event["type"] == "door.received" else event
        yield where, decision["day"], decision["moment"], said["type"], said["data"]


def names(data: Json, invoice: str) -> bool:
    """See whether an event names the invoice."""
    listed = [each["invoice_id"] if isinstance(each, dict) else each for each in data.get("invoices") or []]
    return invoice in [*(data.get(name) for name in ("invoice_id", "by", "corrects")), *listed]


def is_about(type_: str, data: Json, invoice: str, named: list[Json]) -> bool:
    """See whether an event is of the invoice's way: it names it, or withdraws its notice, or shares out its cash."""
    if type_ == "overrun.withdrawn":
        return any(data["notice_no"] == each.get("notice_no") for each in named)
    if type_ == "shortage.declared":
        return any((data["payer"], data["source"]) == (each.get("payer"), each.get("source")) for each in named)
    return names(data, invoice)


def check(text: bytes, key: str, countersigned: dict[str, str]) -> list[str]:
    """Check a proof and tell what holds. Raises Wrong, or another error for what is no proof at all."""
    proof, public = read(text), key_of(key)
    need(list(proof) == PARTS and proof["format"] == "psdf proof 1", "it is no proof of format psdf proof 1")
    statement = opened(proof["seal"], "seal", public, "the seal")
    seal = read(statement)
    need(list(seal) == STATEMENT and seal["format"] == "psdf seal 1", "the seal is none of format psdf seal 1")
    rest = {name: part for name, part in proof.items() if name != "signature"}
    whole = json.dumps(rest, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    signed("proof", whole.encode(), proof["signature"], public, "the proof")
    for each in proof["seal"]["countersignatures"]:
        said = read(opened(each, "countersignature", None, "a countersignature"))
        need(said["seal"] == sha256(statement).hex(), f"the countersignature of {said['name']} is of another seal")
        if (theirs := countersigned.pop(said["name"], None)) is not None:
            opened(each, "countersignature", key_of(theirs), f"the countersignature of {said['name']}")
    need(not countersigned, f"{', '.join(countersigned)} did not sign the seal")
    events = [event for way in proof["streams"] for event in events_of(way, seal)]
    need(len({way["index"] for way in proof["streams"]}) == len(proof["streams"]), "a stream stands there twice")
    named = [data for *_, data in events if names(data, proof["invoice"])]
    used, letters = set[int](), []
    for where, day, _, type_, data in events:
        need(is_about(type_, data, proof["invoice"], named), f"{where}: {type_} is not about {proof['invoice']}")
        for point in data.get("rules") or []:
            law = [n for n, each in enumerate(proof["law"]) if each["point"] == point]
            law = [n for n in law if proof["law"][n]["from"] <= day <= (proof["law"][n]["to"] or "9999")]
            need(len(law) == 1, f"{where}: point {point} of {day} has {len(law)} wordings in the proof")
            used |= set(law)
        if "letter_sha256" in data:
            letters.append({"notice_no": data["notice_no"], "sha256": data["letter_sha256"]})
    need(named, f"there is no event of {proof['invoice']}")
    need(len(used) == len(proof["law"]), "a point of law stands there by which nothing was decided")
    need(letters == proof["letters"], "the letters are not those that the events name")
    told = [f"invoice {proof['invoice']}: {len(events)} events hold under seal {seal['number']} of {seal['day']}"]
    told += [f"  {moment}  {type_}  ({where})" for where, _, moment, type_, _ in sorted(events, key=lambda e: e[2])]
    return [*told, f"fund {seal['fund']}, root {seal['root']}"]


def main() -> None:
    """Check what the command line names."""
    if len(sys.argv) < 3:  # noqa: PLR2004 - the program, a proof, a key
        sys.exit(__doc__)
    try:
        _, file, key, *others = sys.argv
        print("\n".join(check(Path(file).read_bytes(), key, dict(each.split("=", 1) for each in others))))
    except (Wrong, KeyError, TypeError, ValueError, AttributeError, RecursionError, OSError) as error:
        sys.exit(f"it proves nothing: {error if isinstance(error, Wrong) else repr(error)}")


if __name__ == "__main__":
    main()
