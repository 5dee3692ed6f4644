"""Batches as no client of Kafka would make them, sent as they are."""

import struct
import zlib
from collections.abc import Iterator, Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

GZIP, SNAPPY, LZ4, ZSTD = 1, 2, 3, 4
PIECE = bytes(1 << 20)


class Made:
    """A batch that is made already, as aiokafka's producer takes one."""

    def __init__(self, data: bytes, count: int) -> None:
        self._data, self._count = data, count

    def closed(self) -> bool:
        return True

    def close(self) -> None:
        """It is."""

    def record_count(self) -> int:
        return self._count

    def size(self) -> int:
        return len(self._data)

    def _build(self) -> bytearray:
        return bytearray(self._data)


def packed(values: Sequence[bytes], codec: int, keys: Sequence[bytes] | None = None) -> Made:
    """A batch of these messages, in a codec."""
    builder = DefaultRecordBatchBuilder(2, codec, False, -1, -1, 0, 1 << 30)
    for number, value in enumerate(values):
        builder.append(number, 1_000, keys[number] if keys else None, value, [])
    return Made(bytes(builder.build()), len(values))


def with_header(value: bytes, name: bytes) -> Made:
    """A batch of one message with a header whose name is of these bytes; the broker takes any."""
    builder = DefaultRecordBatchBuilder(2, 0, False, -1, -1, 0, 1 << 30)
    builder.append(0, 1_000, None, value, [("n" * len(name), b"")])
    behind = bytes(builder.build())[21:].replace(b"n" * len(name), name)
    return Made(struct.pack(">qiibI", 0, len(behind) + 9, -1, 2, calc_crc32c(behind)) + behind, 1)


def zeros(size: int) -> Made:
    """A batch of one message of so many zeros in gzip, made without having them in memory."""
    squeeze = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    parts = [squeeze.compress(part) for part in record_of_zeros(size)]
    return Made(batch_of(b"".join([*parts, squeeze.flush()]), GZIP), 1)


def record_of_zeros(size: int) -> Iterator[bytes]:
    """The bytes of one record: no key, a value of zeros, no headers."""
    inner = b"".join([b"\0", varint(0), varint(0), varint(-1), varint(size)])
    yield varint(len(inner) + size + 1) + inner
    for _ in range(size // len(PIECE)):
        yield PIECE
    yield bytes(size % len(PIECE)) + varint(0)


def varint(number: int) -> bytes:
    """A number as Kafka writes it: zigzag, seven bits a byte."""
    left, out = number << 1 ^ number >> 63, bytearray()
    while left > 0x7F:
        out.append(left & 0x7F | 0x80)
        left >>= 7
    return bytes([*out, left])


def batch_of(payload: bytes, codec: int) -> bytes:
    """One record's payload with the header of a batch before it."""
    behind = struct.pack(">hiqqqhii", codec, 0, 1_000, 1_000, -1, -1, -1, 1) + payload
    crc = calc_crc32c(behind)
    return struct.pack(">qiibI", 0, len(behind) + 9, -1, 2, crc) + behind


async def send_made(producer: AIOKafkaProducer, topic: str, partition: int, made: Made) -> int:
    """Send a batch to a partition; the offset of its first message."""
    sent = await producer.send_batch(made, topic, partition=partition)
    return int((await sent).offset)
