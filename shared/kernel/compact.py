"""Very many short records in few bytes: of one length, sorted, one after another; found by halving.

What must never be forgotten (which causes were decided, which orders were answered) grows for ever. A Python dictionary
takes some 150 bytes a cause, this takes its 16: ten years of a nation's fund are then some 60 MB instead of 600.
"""

from collections.abc import Iterable


def merged(records: bytes, more: Iterable[bytes], size: int) -> bytes:
    """The records with more of them, each of ``size`` bytes: sorted, each once."""
    kept = {records[at : at + size] for at in range(0, len(records), size)}
    kept.update(more)
    assert all(len(record) == size for record in kept)
    return b"".join(sorted(kept))


def found(records: bytes, start: bytes, size: int) -> bytes | None:
    """The first record, of ``size`` bytes, that begins so; None where none does."""
    low, high = 0, len(records) // size
    while low < high:
        middle = (low + high) // 2
        if records[middle * size : (middle + 1) * size] < start:
            low = middle + 1
        else:
            high = middle
    record = records[low * size : (low + 1) * size]
    return record if record.startswith(start) and record else None
