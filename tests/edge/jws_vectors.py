"""Test vectors of events with a detached JWS, made by joserfc: ``python -m tests.edge.jws_vectors`` writes them.

The key is that of ``vectors.py``.
"""

import base64
import json
import warnings
from pathlib import Path
from typing import Any

from joserfc import jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import OctKey, OKPKey

from tests.edge.vectors import BASE, DATA, KEYID, PUBLIC, SEED

FILE = Path(__file__).with_name("jws-vectors.json")
ABOUT = (
    "CloudEvents signed by a detached JWS (RFC 7515, RFC 7797) with Ed25519. `event` is the message byte for byte, whose "
    "last member `jws` signs all before it, with the closing brace; `signed` is that text; `fits`: it verifies."
)
ALGORITHMS = ["EdDSA", "Ed25519", "HS256"]
EVENT = f'{{{BASE}, "data": {DATA}}}'


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


KEY = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": PUBLIC, "d": b64(SEED)})
PLAIN: dict[str, Any] = {"alg": "EdDSA", "b64": False, "crit": ["b64"], "kid": KEYID}


def signature(event: str, header: dict[str, Any] | None = None, key: Any = KEY) -> str:  # noqa: ANN401 - any kind of key
    """A detached signature of an event."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)  # EdDSA is what JOSE libraries know; RFC 9864 says Ed25519
        made = jws.serialize_compact(header or PLAIN, event, key, registry=_registry(header or PLAIN))
    head, _, rest = made.partition(".")
    return f"{head}..{rest.rpartition('.')[2]}"


def verified(signed: str, given: str) -> bytes:
    """What a detached signature signs, as joserfc has it. Raises JoseError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)
        return bytes(jws.deserialize_compact(given, KEY, ALGORITHMS, payload=signed.encode()).payload)


def _registry(header: dict[str, Any]) -> jws.JWSRegistry:
    """One that lets every member be written."""
    return jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header="evil" not in header and "jwk" not in header)


def ended(event: str, given: str, comma: str = ", ") -> str:
    """The event with a signature at its end."""
    return f'{event[:-1]}{comma}"jws": "{given}"}}'


def vectors() -> list[dict[str, Any]]:
    spaced = f'{{ {BASE} ,\n  "data": {DATA}\n }}'
    said = signature(EVENT)
    head, tail = said.split("..")
    good = [
        ("as it is", EVENT, ended(EVENT, said)),
        ("without a blank behind the comma", EVENT, ended(EVENT, said, ",")),
        ("blanks and lines of the event are signed as they stand", spaced, ended(spaced, signature(spaced))),
        ("a line's end behind the event is not of it", EVENT, ended(EVENT, said) + "\n"),
        ("the name of RFC 9864", EVENT, ended(EVENT, signature(EVENT, PLAIN | {"alg": "Ed25519"}))),
        ("with a type", EVENT, ended(EVENT, signature(EVENT, PLAIN | {"typ": "JOSE"}))),
    ]
    bad = [
        ("other data", ended(EVENT.replace("300000", "300001"), said)),
        ("another subject", ended(EVENT[:-1] + ', "subject": "300111224/A2"}', said)),
        ("a blank more", ended(EVENT.replace(", ", ",  ", 1), said)),
        ("a blank before the comma", ended(EVENT, said, " , ")),
        ("another order", f'{{"jws": "{said}", {EVENT[1:]}'),
        ("a signature by nobody", ended(EVENT, signature(EVENT, PLAIN | {"kid": "A" * 43}))),
        (
            "of an HMAC with the public key",
            ended(EVENT, signature(EVENT, PLAIN | {"alg": "HS256"}, _public_as_secret())),
        ),
        ("alg none", ended(EVENT, f"{b64(json.dumps(PLAIN | {'alg': 'none'}).encode())}..{tail}")),
        ("the payload in base64 (b64 true)", ended(EVENT, signature(EVENT, {"alg": "EdDSA", "kid": KEYID}))),
        ("a key of its own", ended(EVENT, signature(EVENT, PLAIN | {"jwk": KEY.as_dict(private=False)}))),
        ("a member that nobody knows", ended(EVENT, signature(EVENT, PLAIN | {"evil": True}))),
        ("not detached", ended(EVENT, f"{head}.{b64(EVENT.encode())}.{tail}")),
        ("no signature", ended(EVENT, f"{head}..")),
        ("no JWS", ended(EVENT, "x")),
    ]
    return [
        *({"name": name, "event": event, "signed": signed, "fits": True} for name, signed, event in good),
        *({"name": name, "event": event, "fits": False} for name, event in bad),
    ]


def _public_as_secret() -> OctKey:
    return OctKey.import_key(PUBLIC.encode())


def document() -> str:
    keys = {"private_seed_hex": SEED.hex(), "public_key": PUBLIC, "keyid": KEYID}
    return json.dumps({"about": ABOUT, "key": keys, "vectors": vectors()}, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(document(), encoding="utf-8")
