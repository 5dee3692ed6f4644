"""A batch is unpacked within bounds, in every codec; what can't be is told, and what lies behind it is read."""

import gzip
from typing import Any

import cramjam
import pytest
from aiokafka import TopicPartition
from aiokafka import codec as codecs
from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c

from shared.adapters.kafka.bounds import (
    CODECS,
    MOST_BYTES,
    MOST_RECORDS,
    UNPACKED,
    TooMuch,
    Withheld,
    bound_what_is_unpacked,
)

PLACE = TopicPartition("invoice.submitted", 3)
NUMBERS = {"gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
ENCODERS = {
    "gzip": codecs.gzip_encode,
    "snappy": codecs.snappy_encode,
    "lz4": codecs.lz4_encode,
    "zstd": codecs.zstd_encode,
}


@pytest.fixture(autouse=True)
def bounded() -> None:
    bound_what_is_unpacked()
    UNPACKED.size = 0


def batch(values: list[bytes], codec: int = 0, at: int = 0, header: str = "") -> bytes:
    """A batch as a broker would send it, from an offset on; each record with a header of that name."""
    headers = [(header, b"")] if header else []
    builder = DefaultRecordBatchBuilder(2, codec, False, -1, -1, 0, 1 << 30)
    for number, value in enumerate(values):
        builder.append(number, 1_000, b"k", value, headers)
    return at.to_bytes(8, "big") + bytes(builder.build())[8:]


def read(data: bytes, at: int = 0) -> list[Any]:
    """What a consumer is given of what lies on a partition, in as many fetches as it takes."""
    came: list[Any] = []
    while data:
        UNPACKED.size = 0
        found = partition(data, at)
        came += found
        assert found.next_fetch_offset > at
        at = found.next_fetch_offset
        while data and end_of(data) <= at:
            data = data[length_of(data) :]
    return came


def length_of(data: bytes) -> int:
    return 12 + int.from_bytes(data[8:12], "big")


def end_of(data: bytes) -> int:
    """The offset behind the first batch."""
    return int.from_bytes(data[:8], "big") + int.from_bytes(data[23:27], "big") + 1


def partition(data: bytes, at: int = 0) -> fetcher.PartitionRecords:
    return fetcher.PartitionRecords(PLACE, MemoryRecords(data), [], at, None, None, True, 0)


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("raw", [b"a", bytes(range(256)) * 10_000, b"\0" * MOST_BYTES])
def test_what_is_within_the_bound_is_unpacked(name: str, raw: bytes) -> None:
    assert CODECS[f"{name}_decode"](memoryview(ENCODERS[name](raw))) == raw


@pytest.mark.parametrize("name", NUMBERS)
def test_a1_what_is_beyond_the_bound_is_refused(name: str) -> None:
    with pytest.raises(TooMuch, match=str(MOST_BYTES)):
        CODECS[f"{name}_decode"](ENCODERS[name](b"\0" * (MOST_BYTES + 1)))


def test_snappy_without_blocks_and_gzip_of_members_are_unpacked_too() -> None:
    assert CODECS["snappy_decode"](bytes(cramjam.snappy.compress_raw(b"abc"))) == b"abc"
    assert CODECS["gzip_decode"](gzip.compress(b"a" * 100_000) + gzip.compress(b"b") * 50) == b"a" * 100_000 + b"b" * 50


@pytest.mark.parametrize("name", NUMBERS)
def test_a1_one_record_stands_for_a_batch_that_is_too_much_and_the_next_is_read(name: str) -> None:
    bomb = batch([b"a", b"\0" * (MOST_BYTES + 1), b"b"], NUMBERS[name], at=7)
    withheld, honest = read(bomb + batch([b"honest"], NUMBERS[name], at=10), at=7)
    assert (withheld.offset, withheld.value, withheld.value.first) == (9, b"", 7)
    assert isinstance(withheld.value, Withheld)
    assert f"limit of {MOST_BYTES} bytes; offsets 7 to 9" in withheld.value.error
    assert (honest.offset, honest.value) == (10, b"honest")


def test_a1_a_batch_of_too_many_records_is_not_unpacked() -> None:
    (withheld,) = read(batch([b""] * (MOST_RECORDS + 1), NUMBERS["zstd"]))
    assert withheld.value.error.endswith(
        f"it has {MOST_RECORDS + 1} records, more than the limit of {MOST_RECORDS}; offsets 0 to {MOST_RECORDS}"
    )
    assert UNPACKED.size == 0
    assert len(read(batch([b""] * MOST_RECORDS, NUMBERS["zstd"]))) == MOST_RECORDS


def test_a1_a_fetch_is_unpacked_up_to_the_bound_and_goes_on_where_it_stopped() -> None:
    """Nine batches of zeros, each within the bound: no more than two of it lie in memory at once."""
    half = b"\0" * (MOST_BYTES // 2)
    batches = [batch([half], NUMBERS["zstd"], at=number) for number in range(9)]
    at, fetches = 0, 0
    while at < len(batches):
        UNPACKED.size = 0
        some = list(partition(b"".join(batches[at:]), at))
        assert 0 < len(some) <= 2
        at, fetches = at + len(some), fetches + 1
    assert fetches > 1


def test_without_room_nothing_is_read_and_nothing_is_passed_over() -> None:
    UNPACKED.size = MOST_BYTES
    found = partition(batch([b"honest"], at=5), at=5)
    assert list(found) == []
    assert found.next_fetch_offset == 5
    UNPACKED.size = 0
    assert [record.value for record in read(batch([b"honest"], at=5), at=5)] == [b"honest"]


def with_right_checksum(changed: bytearray) -> bytes:
    changed[17:21] = calc_crc32c(bytes(changed[21:])).to_bytes(4, "big")
    return bytes(changed)


@pytest.mark.parametrize("name", NUMBERS)
def test_a1_a_batch_that_is_no_batch_inside_is_told_and_the_next_is_read(name: str) -> None:
    broken = bytearray(batch([b"abc" * 1_000], NUMBERS[name]))
    broken[81:] = b"\xff" * len(broken[81:])
    (withheld, honest) = read(with_right_checksum(broken) + batch([b"honest"], at=1))
    assert isinstance(withheld.value, Withheld)
    assert "the batch can't be unpacked" in withheld.value.error
    assert (honest.offset, honest.value) == (1, b"honest")


def test_a1_a_header_whose_name_is_no_text_is_told_and_what_lies_around_it_is_read() -> None:
    """The broker takes a name of any bytes."""
    before, a, b, c = batch([b"a", b"b", b"c"], header="name").split(b"name")
    data = with_right_checksum(bytearray(before + b"name" + a + b"\xff\xff\xff\xff" + b + b"name" + c))
    first, withheld, honest = read(data + batch([b"honest"], at=3))
    assert (first.value, withheld.offset, withheld.value.first) == (b"a", 2, 1)
    assert (honest.offset, honest.value) == (3, b"honest")


def test_a_batch_whose_checksum_is_wrong_is_fetched_again_and_not_laid_aside() -> None:
    broken = bytearray(batch([b"abc"], at=5))
    broken[-2] ^= 1
    found = partition(bytes(broken), at=5)
    with pytest.raises(CorruptRecordException, match="fetched again"):
        next(found)
    assert list(found) == []
    assert found.next_fetch_offset == 5
