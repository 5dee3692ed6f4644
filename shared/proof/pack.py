"""The proof of one invoice: its events as they are stored, and how each of them stands under a signed root.

``README.md`` describes the file. Whoever checks it (``check``) needs a public key, and nothing else of the fund.
"""

import json
from typing import Any

import msgspec

from shared.kernel.dsse import signing_bytes
from shared.proof.envelope import Envelope, Signature
from shared.proof.keys import Signer

FORMAT = "psdf proof 1"
TYPE = "application/vnd.psdf.proof+json"
"""The type under which a proof is signed."""


class ProofFault(Exception):  # noqa: N818 - what is so, not what went wrong
    """A proof can't be made, or does not hold: one line that says what and where."""


class Shown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An event: its number in its stream, the leaf that it is (as stored), its path to the root of its stream."""

    number: int
    event: str
    path: str


class Way(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stream: its end as the leaf that it is, that leaf's number and path under the root of the seal, its events."""

    end: str
    index: int
    path: str
    events: tuple[Shown, ...]


class Law(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """A point that decided: its act, the days on which that wording is in force, and the wording's digest."""

    point: str
    act: str
    from_: str
    to: str | None
    wording_sha256: str


class Letter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A letter to the ministry that was delivered: its number, and the digest of its bytes."""

    notice_no: str
    sha256: str


class SealShown(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """The seal: its statement, signed by the fund, and whoever else signed it."""

    payload_type: str
    payload: str
    signatures: tuple[Signature, ...]
    countersignatures: tuple[Envelope, ...]

    @property
    def envelope(self) -> Envelope:
        """The signed statement alone."""
        return Envelope(payload_type=self.payload_type, payload=self.payload, signatures=self.signatures)


class Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The proof of an invoice."""

    format: str = FORMAT
    invoice: str
    seal: SealShown
    streams: tuple[Way, ...]
    law: tuple[Law, ...]
    letters: tuple[Letter, ...]
    signature: Signature | None = None


def signed_pack(pack: Pack, signer: Signer) -> bytes:
    """The file of a proof: the fund signs that this is the invoice's whole way under that seal."""
    plain = msgspec.to_builtins(msgspec.structs.replace(pack, signature=None))
    plain["signature"] = {"keyid": signer.keyid, "sig": signer.sign(what_is_signed(plain))}
    return json.dumps(plain, ensure_ascii=False, indent=1).encode() + b"\n"


def what_is_signed(plain: dict[str, Any]) -> bytes:
    """The bytes that are signed: the file's JSON without its signature, in the form of RFC 8785."""
    rest = {name: said for name, said in plain.items() if name != "signature"}
    text = json.dumps(rest, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return signing_bytes(TYPE, text.encode())
