"""Test vectors of signed events for others, made without the fund's code: ``python -m tests.edge.vectors`` writes them.

The specification's own examples of v0.1 do not reproduce; these do, with the key of RFC 8032's first test.
"""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

FILE = Path(__file__).with_name("vectors.json")
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
KEYID = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
"""The thumbprint that RFC 8037, appendix A.3, gives for this key."""
TYPE = "https://cloudevents.io/verifiability/dsse/v0.1"

DATA = '{"invoice_id": "300111224/A1",  "amount_cents": 300000}'
"""Two blanks behind the comma: what is signed are the bytes as they stand."""
BASE = '"specversion": "1.0", "id": "1", "source": "/providers/300111224", "type": "invoice.submitted"'


def digest(*parts: str) -> bytes:
    return hashlib.sha256(b"".join(hashlib.sha256(part.encode()).digest() for part in parts)).digest()


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def sealed(material: dict[str, Any], keyid: str = KEYID, payload_type: str = TYPE) -> str:
    payload = json.dumps(material).encode()
    kind = payload_type.encode()
    signed = b" ".join([b"DSSEv1", str(len(kind)).encode(), kind, str(len(payload)).encode(), payload])
    signature = Ed25519PrivateKey.from_private_bytes(SEED).sign(signed)
    envelope = {
        "payload": b64(payload),
        "payloadType": payload_type,
        "signatures": [{"keyid": keyid, "sig": b64(signature)}],
    }
    return b64(json.dumps(envelope).encode())


def event(more: str, material: str) -> str:
    return f'{{{BASE}{more}, "data": {DATA}, "dssematerial": "{material}"}}'


def vector(name: str, more: str, core: bytes, *, fits: bool = True, **material: object) -> dict[str, Any]:
    said = {"core": b64(core), **material}
    return {"name": name, "event": event(more, sealed(said)), "core": b64(core), "material": said, "fits": fits}


def vectors() -> list[dict[str, Any]]:
    head = ("1", "/providers/300111224", "1.0", "invoice.submitted")
    plain = digest(*head, "", "", "", "", DATA)
    full = digest(*head, "application/json", "https://example.lt/s", "300111224/A1", "2022-02-07T08:00:00Z", DATA)
    attributes = (
        ', "datacontenttype": "application/json", "dataschema": "https://example.lt/s", "subject": "300111224/A1"'
        ', "time": "2022-02-07T10:00:00.987+02:00"'
    )
    more = ', "exta": "vienas", "extb": 7, "extc": true'
    ext = b64(digest("vienas", "7", "true", ""))
    names = ["exta", "extb", "extc", "extd"]
    made = [
        vector("no attribute but those that are needed", "", plain),
        vector("an empty subject is signed as none", ', "subject": ""', plain),
        vector("all attributes; the moment in UTC, its parts of a second cut off", attributes, full),
        vector(
            "extension attributes of each type, and one that is not there", more, plain, ext=ext, signedextattrs=names
        ),
        vector("other attributes of others are not signed", more, plain),
        vector("other data", "", digest(*head, "", "", "", "", DATA + " "), fits=False),
        vector("another subject", ', "subject": "300111224/A2"', plain, fits=False),
        vector(
            "an extension attribute was changed",
            ', "exta": "du"',
            plain,
            fits=False,
            ext=b64(digest("vienas")),
            signedextattrs=["exta"],
        ),
        vector(
            "an attribute is named twice",
            more,
            plain,
            fits=False,
            ext=b64(digest("vienas", "vienas")),
            signedextattrs=["exta", "exta"],
        ),
        vector("a core attribute is named", "", plain, fits=False, ext=b64(digest("1")), signedextattrs=["id"]),
        vector("it names itself", "", plain, fits=False, ext=b64(digest("")), signedextattrs=["dssematerial"]),
        vector("names without a digest", more, plain, fits=False, signedextattrs=["exta"]),
        vector("a digest without names", more, plain, fits=False, ext=ext),
        vector("a digest that is too short", "", plain[:31], fits=False),
    ]
    whole = {"core": b64(plain)}
    made += [
        {"name": "another payload type", "event": event("", sealed(whole, payload_type=TYPE + "x")), "fits": False},
        {"name": "a signature by nobody", "event": event("", sealed(whole, keyid="A" * 43)), "fits": False},
        {"name": "no envelope", "event": event("", b64(b"{}")), "fits": False},
        {"name": "no base64", "event": event("", "*"), "fits": False},
    ]
    return made


def document() -> str:
    about = "CloudEvents signed by DSSE v0.1 with Ed25519. `event` is the message byte for byte; `fits`: it verifies."
    keys = {"private_seed_hex": SEED.hex(), "public_key": PUBLIC, "keyid": KEYID}
    return json.dumps({"about": about, "key": keys, "vectors": vectors()}, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(document(), encoding="utf-8")
