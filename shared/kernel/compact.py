"""Very many short records in few bytes, of one length, one after another.

What must never be forgotten (which causes were decided, which orders were answered) grows for ever. A Python dictionary
takes some 200 bytes a cause, this takes its 16: ten years of a nation's fund are then some 60 MB instead of 700.
"""

from collections.abc import Iterable, Iterator

SHELF = 64
"""How many records lie on a shelf, on average: so few that it is searched in less than a microsecond."""


class Records:
    """Records that begin with their key, a digest; each key once. Found in the same time however many there are.

    They lie on shelves by the first bits of their keys. One shelf is divided at a time, so that no single addition is
    slow (linear hashing: W. Litwin, 1980).
    """

    __slots__ = ("_count", "_full", "_mask", "_size", "shelves")

    def __init__(self, size: int, shelves: list[bytes] | None = None) -> None:
        """Records of ``size`` bytes; ``shelves`` are those of others like it."""
        self._size = size
        self.shelves = shelves or [b""]
        self._count = sum(map(len, self.shelves)) // size
        self._measure()

    def __len__(self) -> int:
        """How many."""
        return self._count

    def __iter__(self) -> Iterator[bytes]:
        """Each of them, in no order."""
        for shelf in self.shelves:
            yield from (shelf[at : at + self._size] for at in range(0, len(shelf), self._size))

    def find(self, key: bytes) -> bytes | None:
        """The record of a key; None where none is."""
        return self._on(self.shelves[self._place(key)], key)

    def keep(self, key: bytes, rest: bytes) -> bytes | None:
        """Keep a record, its key and the rest, unless one of that key is there: that one is given, and stays."""
        place = self._place(key)
        shelf = self.shelves[place]
        if (known := self._on(shelf, key)) is not None:
            return known
        self.shelves[place] = shelf + key + rest
        self._count += 1
        if self._count > self._full:
            self._divide()
        return None

    def _place(self, record: bytes) -> int:
        place = int.from_bytes(record[:4]) & self._mask
        return place if place < len(self.shelves) else place & (self._mask >> 1)

    def _on(self, shelf: bytes, key: bytes) -> bytes | None:
        at = shelf.find(key)
        while at > 0 and at % self._size:
            at = shelf.find(key, at + 1)
        return None if at < 0 else shelf[at : at + self._size]

    def _divide(self) -> None:
        """One more shelf, for half of those of the oldest one that is not divided."""
        shelves = len(self.shelves)
        old = shelves - (1 << (shelves.bit_length() - 1))
        lay = self.shelves[old]
        self.shelves[old] = b""
        self.shelves.append(b"")
        self._measure()
        for at in range(0, len(lay), self._size):
            record = lay[at : at + self._size]
            self.shelves[self._place(record)] += record

    def _measure(self) -> None:
        shelves = len(self.shelves)
        self._full, self._mask = SHELF * shelves, (1 << (shelves - 1).bit_length()) - 1


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
