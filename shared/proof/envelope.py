"""Signed texts, in the envelope of DSSE 1.0: the bytes that were signed, their type, and who signed them.

What is signed is ``DSSEv1 <length> <type> <length> <bytes>``, so that a text of one type is never taken for another.
"""

import base64

import msgspec

from shared.kernel.dsse import signing_bytes
from shared.proof.keys import KeyFault, Signer, decoded, is_signed, thumbprint


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A signature in base64, and the thumbprint of its key."""

    keyid: str
    sig: str


class Envelope(msgspec.Struct, frozen=True, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """A signed text; ``payload`` in base64."""

    payload_type: str
    payload: str
    signatures: tuple[Signature, ...]


class NotSigned(Exception):  # noqa: N818 - what is so, not what went wrong
    """A text is not signed by the key by which it should be: one line."""


def sign(type_: str, payload: bytes, signer: Signer) -> Envelope:
    """Sign a text."""
    return signed_by(type_, payload, signer.public, signer.sign(signing_bytes(type_, payload)))


def signed_by(type_: str, payload: bytes, public: str, signature: str) -> Envelope:
    """The envelope of a text that a key has signed."""
    signatures = (Signature(thumbprint(public), signature),)
    return Envelope(payload_type=type_, payload=base64.b64encode(payload).decode(), signatures=signatures)


def signed_text(envelope: Envelope, type_: str, public: str) -> bytes:
    """The text of an envelope that a key has signed. Raises NotSigned."""
    payload = text_of(envelope, type_)
    try:
        keyid = thumbprint(public)
    except KeyFault as error:
        raise NotSigned(str(error)) from None
    of_key = [each for each in envelope.signatures if each.keyid == keyid]
    if not of_key:
        others = ", ".join(each.keyid for each in envelope.signatures) or "nobody"
        raise NotSigned(f"it is not signed by key {keyid}, but by {others}")
    if not all(is_signed(signing_bytes(type_, payload), each.sig, public) for each in of_key):
        raise NotSigned(f"the signature of key {keyid} is not that of what it says: one of them was changed")
    return payload


def text_of(envelope: Envelope, type_: str) -> bytes:
    """The text of an envelope, whoever signed it. Raises NotSigned for a text of another type."""
    if envelope.payload_type != type_:
        raise NotSigned(f"it is a signed text of type {envelope.payload_type}, not {type_}")
    try:
        return decoded(envelope.payload)
    except ValueError:
        raise NotSigned("what it says is no base64: it was changed") from None
