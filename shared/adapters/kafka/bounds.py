"""What is unpacked of a batch of Kafka: so many bytes and records, and no more, whatever its sender has packed.

The broker's limits are of compressed batches, and aiokafka unpacks a batch whole: some kilobytes may hold gigabytes of
zeros. Here every codec stops at a bound, and a batch that can't be unpacked becomes one record that says why
(``Withheld``): it is laid aside as any other that can't be read, and what lies behind it is read.

Unpacked at once is one batch's bound and what came before it in the same fetch: what is more is fetched again.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from struct import error as struct_error
from typing import Any, TypeAlias

import cramjam
from aiokafka import codec as codecs
from aiokafka.consumer import consumer as consumers
from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException, KafkaError
from aiokafka.record import _crecords, default_records, legacy_records

MOST_BYTES = 33_554_432
"""Of an unpacked batch. A message may have a quarter; Kafka's clients, as they come, put 1 MB of messages into one."""
MOST_RECORDS = 50_000
"""Of a packed batch: each that can't be read is laid aside with some hundred bytes around it."""
FIRST_BYTES, GROWTH, PIECE_BYTES = 65_536, 8, 65_536
XERIAL_HEADER = 16

Batch: TypeAlias = Any
"""aiokafka's batch: a class of its extension module."""
Codec: TypeAlias = Callable[[Any], bytes]


class TooMuch(Exception):  # noqa: N818 - told in one line, as what it is
    """A batch holds more than the bound."""


UNREADABLE = (
    TooMuch,
    KafkaError,
    cramjam.DecompressionError,
    zlib.error,
    struct_error,
    AssertionError,
    EOFError,
    LookupError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""What codecs and parsers raise for a batch whose checksum is right: it is as its sender has sent it, and stays so."""


class Withheld(bytes):
    """The value of a record that stands for a batch: empty, with the ``error`` and the ``first`` offset it stands for.

    Nothing that is sent can be one: it is told by its class.
    """

    error: str
    first: int

    @staticmethod
    def of(error: str, first: int) -> "Withheld":
        """One that says why."""
        made = Withheld()
        made.error, made.first = error, first
        return made


@dataclass(slots=True)
class Unpacked:
    """How many bytes were unpacked since records were last asked for. One loop reads all topics of a process."""

    size: int = 0


UNPACKED = Unpacked()


# -------------------------------------------------------------------------------------------------------------- codecs


def gunzip(payload: Any) -> bytes:  # noqa: ANN401 - any buffer
    """Unpack gzip, also of several members. Raises zlib.error, EOFError, TooMuch."""
    packed, parts, at, size = memoryview(payload), [], 0, 0
    while at < len(packed):
        member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        while not member.eof:
            if at >= len(packed):
                raise EOFError("it ends before its end")
            piece = packed[at : at + PIECE_BYTES]
            parts.append(member.decompress(piece, MOST_BYTES - size + 1))
            size += len(parts[-1])
            if size > MOST_BYTES:
                UNPACKED.size += size
                raise TooMuch(f"it holds more than the limit of {MOST_BYTES} bytes")
            at += len(piece) - len(member.unused_data)
    return counted(b"".join(parts))


def growing(into: Callable[[bytes, bytearray], int]) -> Codec:
    """A codec that is given as much room as it needs, up to the bound."""

    def unpack(payload: Any) -> bytes:  # noqa: ANN401 - any buffer
        packed = bytes(payload)
        room = min(MOST_BYTES, FIRST_BYTES + GROWTH * len(packed))
        while True:
            out = bytearray(room)
            try:
                size = into(packed, out)
            except cramjam.DecompressionError as error:
                if room == MOST_BYTES:
                    UNPACKED.size += room
                    raise TooMuch(f"it is broken, or holds more than the limit of {MOST_BYTES} bytes") from error
                room = min(MOST_BYTES, GROWTH * room)
            else:
                return counted(bytes(memoryview(out)[:size]))

    return unpack


def unsnap(payload: Any) -> bytes:  # noqa: ANN401 - any buffer
    """Unpack snappy, in xerial's blocks or as one; each block says how long it is. Raises as the others."""
    packed = memoryview(bytes(payload))
    blocks = [packed]
    if codecs._detect_xerial_stream(packed):  # noqa: SLF001 - aiokafka's own knowledge of the format
        blocks, at = [], XERIAL_HEADER
        while at < len(packed):
            size = int.from_bytes(packed[at : at + 4], "big", signed=True)
            if size < 0:
                raise ValueError(f"a block of {size} bytes")
            blocks.append(packed[at + 4 : at + 4 + size])
            at += 4 + size
    if sum(cramjam.snappy.decompress_raw_len(block) for block in blocks) > MOST_BYTES:
        raise TooMuch(f"it holds more than the limit of {MOST_BYTES} bytes")
    return counted(b"".join(bytes(cramjam.snappy.decompress_raw(block)) for block in blocks))


def counted(unpacked: bytes) -> bytes:
    """What was unpacked, and how much it was."""
    UNPACKED.size += len(unpacked)
    return unpacked


CODECS: dict[str, Codec] = {
    "gzip_decode": gunzip,
    "snappy_decode": unsnap,
    "lz4_decode": growing(cramjam.lz4.decompress_into),
    "zstd_decode": growing(cramjam.zstd.decompress_into),
}


# ------------------------------------------------------------------------------------------------------------- batches


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A record that stands for those of a batch that can't be unpacked, where the last of them lies."""

    offset: int
    timestamp: int
    timestamp_type: int
    value: Withheld
    key: None = None
    headers: tuple[()] = ()
    checksum: None = None


class BoundedRecords:
    """The batches of one partition in one fetch, as aiokafka's ``MemoryRecords``; there are no more after the bound."""

    def __init__(self, records: Batch) -> None:
        self._records = records
        self.batch: Batch = None

    def has_next(self) -> bool:
        """Whether one more batch may be unpacked now; what was not is fetched again."""
        return UNPACKED.size < MOST_BYTES and bool(self._records.has_next())

    def next_batch(self) -> Batch:
        """The next batch. Raises TooMuch for a packed one of too many records, KafkaError for a wrong checksum."""
        self.batch = None
        batch = self._records.next_batch()
        if not batch.validate_crc():
            raise CorruptRecordException("the checksum of a batch is not right: it is fetched again")
        self.batch = batch
        count = batch.next_offset - batch.base_offset
        if batch.compression_type and count > MOST_RECORDS:
            raise TooMuch(f"it has {count} records, more than the limit of {MOST_RECORDS}")
        return batch


class BoundedPartition(fetcher.PartitionRecords):  # type: ignore[misc] # aiokafka ships no types
    """The records of one partition in one fetch; one stands for all of a batch from the first that can't be read."""

    next_fetch_offset: int
    _records_iterator: Any

    def __init__(self, tp: Any, records: Any, *args: Any) -> None:  # noqa: ANN401 - as aiokafka's
        super().__init__(tp, BoundedRecords(records), *args)
        self._check_crcs = False  # done, once, by the records

    def __next__(self) -> Any:  # noqa: ANN401 - a record of aiokafka
        """The next record."""
        try:
            return next(self._records_iterator)
        except StopIteration:
            self._records_iterator = None  # as aiokafka does: it refers to itself
            raise
        except UNREADABLE as error:
            if (batch := self._records.batch) is None:
                raise
            first = max(self.next_fetch_offset, batch.base_offset)
            self.next_fetch_offset = batch.next_offset
            self._records_iterator = self._unpack_records()
            return self._consumer_record(self._tp, standing_for(batch, first, str(error) or repr(error)))


def standing_for(batch: Batch, first: int, why: str) -> Standing:
    """The record that stands for those of a batch from an offset on."""
    last = batch.next_offset - 1
    return Standing(
        offset=last,
        timestamp=batch.max_timestamp,
        timestamp_type=batch.timestamp_type or 0,
        value=Withheld.of(f"the batch can't be unpacked: {why}; offsets {first} to {last}", first),
    )


class BoundedFetcher(fetcher.Fetcher):  # type: ignore[misc] # aiokafka ships no types
    """A fetcher that unpacks no more than the bound each time it is asked for records."""

    async def fetched_records(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as aiokafka's
        """All that was fetched, up to the bound."""
        UNPACKED.size = 0
        return await super().fetched_records(*args, **kwargs)

    async def next_record(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as aiokafka's
        """The next record."""
        UNPACKED.size = 0
        return await super().next_record(*args, **kwargs)


def bound_what_is_unpacked() -> None:
    """Have every consumer of this process keep the bounds; a second call changes nothing."""
    for module in (default_records, legacy_records, _crecords.default_records, _crecords.legacy_records):
        for name, unpack in CODECS.items():
            if hasattr(module, name):
                setattr(module, name, unpack)
    fetcher.PartitionRecords = BoundedPartition
    consumers.Fetcher = BoundedFetcher
