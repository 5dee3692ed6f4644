"""Where a stream, an event and a message lie: the partition that their key hashes to, in every client of Kafka."""

from functools import lru_cache

from aiokafka.partitioner import murmur2

from shared.engine.engine import DAYS
from shared.engine.outbox import Message
from shared.events.catalogue import CATALOGUE, INTERNAL


@lru_cache(maxsize=65_536)
def partition_of(key: str, partitions: int) -> int:
    """The partition of a key: Kafka's default, murmur2."""
    return int(murmur2(key.encode()) & 0x7FFFFFFF) % partitions


def home_of(stream: str, fund_id: str, partitions: int) -> int:
    """The partition of a stream: of the fund, of the sender after the colon, or the number of a ``days`` stream."""
    kind, _, key = stream.partition(":")
    return int(key) if kind == DAYS else partition_of(key or fund_id, partitions)


def group_of(prefix: str, fund_id: str, name: str) -> str:
    """The consumer group of a service (or of the letters), such as ``psdf.contracts``: made here and nowhere else."""
    return f"{prefix}{fund_id}.{name}"


def key_of(message: Message, fund_id: str) -> str:
    """The key that a message is published with."""
    model = CATALOGUE.get(message.topic) or INTERNAL.get(message.topic)
    if model is None or model.keyed_by is None:
        return fund_id
    return message.read().data.key(fund_id)
