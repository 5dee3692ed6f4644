"""The Merkle tree of RFC 6962 (2.1): a root stands for a list, a path shows that one entry is in it.

The hash of a leaf begins with the byte 0, that of a node with the byte 1, so no leaf is taken for a node.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

HASH_BYTES = 32
EMPTY = hashlib.sha256(b"").digest()
"""The root of no leaves."""


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of the node over two others."""
    return hashlib.sha256(b"\1" + left + right).digest()


@dataclass(slots=True)
class Tree:
    """A tree that grows at its end, known by its peaks: the roots of its full subtrees, the largest first.

    So many hashes as ``size`` has ones in binary are all that its root and its next leaf need.
    """

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> None:
        """Add the hash of a leaf."""
        full = self.size
        while full & 1:
            leaf = node_hash(self.peaks.pop(), leaf)
            full >>= 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root over all leaves."""
        if not self.peaks:
            return EMPTY
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def copy(self) -> "Tree":
        """The same tree, to grow on its own."""
        return Tree(self.size, list(self.peaks))


class Paths:
    """A whole tree in memory, for the paths of its leaves."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        """Take the hashes of the leaves, at least one."""
        self.size = len(leaves)
        self._levels = [leaves]
        while len(below := self._levels[-1]) > 1:
            self._levels.append([node_hash(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)])

    def root(self) -> bytes:
        """The root over all leaves."""
        return self._root(0, self.size)

    def path(self, index: int) -> list[bytes]:
        """The path of a leaf: the hashes beside its way up to the root, the lowest first."""
        path: list[bytes] = []
        start, size = 0, self.size
        while size > 1:
            left = _left(size)
            if index < start + left:
                path.append(self._root(start + left, size - left))
                size = left
            else:
                path.append(self._root(start, left))
                start, size = start + left, size - left
        return path[::-1]

    def _root(self, start: int, size: int) -> bytes:
        level = size.bit_length() - 1
        if size == 1 << level:
            return self._levels[level][start >> level]
        left = _left(size)
        return node_hash(self._root(start, left), self._root(start + left, size - left))


def _left(size: int) -> int:
    """How many leaves stand left of the root: the largest power of two below the size."""
    return 1 << (size - 1).bit_length() - 1


def root_by(path: Sequence[bytes], leaf: bytes, index: int, size: int) -> bytes | None:
    """The root to which a path leads from the hash of a leaf (RFC 9162, 2.1.3.2); None where it fits no such tree."""
    if not 0 <= index < size:
        return None
    at, last, root = index, size - 1, leaf
    for beside in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            root = node_hash(beside, root)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            root = node_hash(root, beside)
        at, last = at >> 1, last >> 1
    return root if last == 0 else None
