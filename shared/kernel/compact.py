"""Very many short records in few bytes, of one length, one after another.

What must never be forgotten (which causes were decided, which orders were answered) grows for ever. A Python dictionary
takes some 200 bytes a cause, this takes its 16: ten years of a nation's fund are then some 60 MB instead of 700.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b

SHELF = 64
"""How many records lie on a shelf, on average: so few that it is searched in less than a microsecond."""

KEY_BYTES = 12
"""How long a key is that stands for a text: two of a thousand million texts share one with a chance of one in 10^11."""


def key_of(text: str) -> bytes:
    """What stands for a text where it is kept for ever."""
    return blake2b(text.encode(), digest_size=KEY_BYTES).digest()


@dataclass(slots=True)
class Records:
    """Records of ``size`` bytes that begin with their key, a digest; each key once.

    One is found in the same time however many there are. They lie on shelves by the first bits of their keys; one shelf
    is divided at a time, so that no single addition is slow (linear hashing: W. Litwin, 1980).
    """

    size: int
    shelves: list[bytes] = field(default_factory=lambda: [b""])
    mask: int = field(init=False, compare=False, default=0)
    room: int = field(init=False, compare=False, default=0)

    def __post_init__(self) -> None:
        """Both follow from the shelves."""
        self.mask = (1 << (len(self.shelves) - 1).bit_length()) - 1
        self.room = SHELF * len(self.shelves) + 1 - len(self)

    def __len__(self) -> int:
        """How many."""
        return sum(map(len, self.shelves)) // self.size

    def __iter__(self) -> Iterator[bytes]:
        """Each of them, in no order."""
        for shelf in self.shelves:
            yield from (shelf[at : at + self.size] for at in range(0, len(shelf), self.size))

    def find(self, key: bytes) -> bytes | None:
        """The record of a key; None where none is."""
        shelf = self.shelves[self._place(key)]
        at = self._at(shelf, key)
        return None if at < 0 else shelf[at : at + self.size]

    def keep(self, key: bytes, rest: bytes) -> bytes | None:
        """Keep a record, its key and the rest, unless one of that key is there: that one is given, and stays."""
        place = int.from_bytes(key[:4]) & self.mask  # as in _place: every event of every service comes here
        if place >= len(self.shelves):
            place &= self.mask >> 1
        shelf = self.shelves[place]
        if shelf.find(key) >= 0 and (at := self._at(shelf, key)) >= 0:
            return shelf[at : at + self.size]
        self.shelves[place] = shelf + key + rest
        self.room -= 1
        if not self.room:
            self._divide()
        return None

    def change(self, key: bytes, rest: bytes) -> None:
        """Let the record of a key say something else. Raises KeyError where none is."""
        place = self._place(key)
        shelf = self.shelves[place]
        at = self._at(shelf, key)
        if at < 0:
            raise KeyError(key)
        self.shelves[place] = shelf[:at] + key + rest + shelf[at + self.size :]

    def _place(self, key: bytes) -> int:
        place = int.from_bytes(key[:4]) & self.mask
        return place if place < len(self.shelves) else place & (self.mask >> 1)

    def _at(self, shelf: bytes, key: bytes) -> int:
        """Where the record of a key begins; -1 where none is."""
        at = shelf.find(key)
        while at > 0 and at % self.size:
            at = shelf.find(key, at + 1)
        return at

    def _divide(self) -> None:
        """One more shelf, for half of those of the oldest one that is not divided."""
        shelves, size = len(self.shelves), self.size
        bit = 1 << (shelves.bit_length() - 1)
        lay = self.shelves[shelves - bit]
        halves: tuple[list[bytes], list[bytes]] = [], []
        for at in range(0, len(lay), size):
            halves[int.from_bytes(lay[at : at + 4]) & bit > 0].append(lay[at : at + size])
        stay, go = map(b"".join, halves)
        self.shelves[shelves - bit] = stay
        self.shelves.append(go)
        self.mask, self.room = 2 * bit - 1, SHELF
