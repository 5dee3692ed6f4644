"""How the body of a commit lies in the file: packed, for it says the same words again and again (a fifth of its bytes).

The chain hashes what the body says, never how it lies there; so that no changed bit goes unseen, what is packed has a
check sum too. A body of before, or a short one, lies there as it is: JSON.
"""

import sqlite3
from struct import Struct
from zlib import crc32

from cramjam import DecompressionError, lz4

PACKED = b"\x01"
"""What a packed body begins with, and JSON never does."""
HEAD = Struct("<cII")
"""That, the check sum of what follows it, and then LZ4's block: first the size of the body."""
SHORT_BYTES = 256
MOST_TIMES = 255
"""LZ4 packs nothing into less than a 255th: where a size says so, no memory is taken for it."""


def packed(body: bytes) -> bytes:
    """A body as it is kept."""
    if len(body) < SHORT_BYTES:
        return body
    block = bytes(lz4.compress_block(body))
    return PACKED + crc32(block).to_bytes(4, "little") + block


def plain(kept: bytes) -> bytes:
    """A kept body as it was hashed; one that was changed as it lies there, for then its hash is not its own."""
    if not kept.startswith(PACKED) or len(kept) < HEAD.size:
        return kept
    _, checked, size = HEAD.unpack_from(kept)
    block = kept[HEAD.size - 4 :]
    if crc32(block) != checked or size > MOST_TIMES * len(block):
        return kept
    try:
        return bytes(lz4.decompress_block(block))
    except DecompressionError:
        return kept


def holds(kept: bytes, *texts: bytes) -> bool:
    """Whether a kept body says one of the texts: unpacked once, however many are asked for."""
    body = plain(kept)
    return any(text in body for text in texts)


def teach(connection: sqlite3.Connection) -> None:
    """Let queries say ``plain(body)`` and ``holds(body, text, ...)``."""
    connection.create_function("plain", 1, plain, deterministic=True)
    connection.create_function("holds", -1, holds, deterministic=True)
