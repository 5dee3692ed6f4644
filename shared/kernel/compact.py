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

    __slots__ = ("_mask", "_room", "_size", "shelves")

    def __init__(self, size: int, shelves: list[bytes] | None = None) -> None:
        """Records of ``size`` bytes; ``shelves`` are those of others like it."""
        self._size = size
        self.shelves = shelves or [b""]
        self._mask = (1 << (len(self.shelves) - 1).bit_length()) - 1
        self._room = SHELF * len(self.shelves) + 1 - len(self)

    def __len__(self) -> int:
        """How many."""
        return sum(map(len, self.shelves)) // self._size

    def __iter__(self) -> Iterator[bytes]:
        """Each of them, in no order."""
        for shelf in self.shelves:
            yield from (shelf[at : at + self._size] for at in range(0, len(shelf), self._size))

    def find(self, key: bytes) -> bytes | None:
        """The record of a key; None where none is."""
        return self._on(self.shelves[self._place(key)], key)

    def keep(self, key: bytes, rest: bytes) -> bytes | None:
        """Keep a record, its key and the rest, unless one of that key is there: that one is given, and stays."""
        place = int.from_bytes(key[:4]) & self._mask  # as in _place: every event of every service comes here
        if place >= len(self.shelves):
            place &= self._mask >> 1
        shelf = self.shelves[place]
        if shelf.find(key) >= 0 and (known := self._on(shelf, key)) is not None:
            return known
        self.shelves[place] = shelf + key + rest
        self._room -= 1
        if not self._room:
            self._divide()
        return None

    def _place(self, key: bytes) -> int:
        place = int.from_bytes(key[:4]) & self._mask
        return place if place < len(self.shelves) else place & (self._mask >> 1)

    def _on(self, shelf: bytes, key: bytes) -> bytes | None:
        at = shelf.find(key)
        while at > 0 and at % self._size:
            at = shelf.find(key, at + 1)
        return None if at < 0 else shelf[at : at + self._size]

    def _divide(self) -> None:
        """One more shelf, for half of those of the oldest one that is not divided."""
        shelves, size = len(self.shelves), self._size
        bit = 1 << (shelves.bit_length() - 1)
        lay = self.shelves[shelves - bit]
        halves: tuple[list[bytes], list[bytes]] = [], []
        for at in range(0, len(lay), size):
            halves[int.from_bytes(lay[at : at + 4]) & bit > 0].append(lay[at : at + size])
        stay, go = map(b"".join, halves)
        self.shelves[shelves - bit] = stay
        self.shelves.append(go)
        self._mask, self._room = 2 * bit - 1, SHELF


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
