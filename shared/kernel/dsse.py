"""What is signed of a text by DSSE 1.0: seals, proofs, receipts and events of others are signed so."""


def signing_bytes(type_: str, payload: bytes) -> bytes:
    """``DSSEv1 <length> <type> <length> <bytes>``: a text of one type is never taken for another. Lengths in bytes."""
    kind = type_.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
