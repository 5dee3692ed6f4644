"""The registry of keys on the cluster: two topics that every door reads from their beginning."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from shared.adapters.kafka.broker import Kafka, broker_of
from shared.adapters.kafka.follower import read_all
from shared.adapters.kafka.records import Record, moment_of
from shared.adapters.kafka.relay import Producer
from shared.edge.registry import read_word
from shared.engine.faults import Unavailable
from shared.engine.keys import Keys
from shared.engine.outbox import Message
from shared.events.keys import KeyRegistered, KeyRevoked
from shared.messages.read import Event, Malformed

log = logging.getLogger(__name__)

TOPICS = (KeyRegistered.type, KeyRevoked.type)


class KeyTopics:
    """The registry as the topics have it: a word is in force from the moment at which the broker took it."""

    def __init__(self) -> None:
        self.keys = Keys()
        self._early: dict[str, KeyRevoked] = {}

    async def take(self, records: Sequence[Record], _: Mapping[str, int]) -> None:
        """Fold records; what can't be read, or changes nothing, is passed over and logged."""
        for record in records:
            try:
                self._fold(record)
            except Malformed as malformed:
                log.warning("%s/%d/%d is no word on a key: %s", *place_of(record), malformed.error)

    def _fold(self, record: Record) -> None:
        event = read_word(record.value or b"")
        data = event.data
        if not isinstance(data, KeyRegistered | KeyRevoked):
            raise Malformed(event.type, f"type: {event.type} came on a topic of keys")
        word = replace(data, at=moment_of(record))
        if isinstance(word, KeyRevoked) and word.keyid not in self.keys.by_id:
            self._early.setdefault(word.keyid, word)  # the two topics may be read in either order
            return
        if why_not := self.keys.why_not(word):
            log.warning("%s/%d/%d: %s", *place_of(record), why_not)
            return
        self.keys.fold(word)
        if early := self._early.pop(word.keyid, None):
            self.keys.fold(early)


def place_of(record: Record) -> tuple[str, int, int]:
    """Topic, partition and offset."""
    return record.topic, record.partition, record.offset


async def words(kafka: Kafka) -> list[tuple[str, dict[str, Any]]]:
    """All words on keys that lie on the topics: type and data, with the moment of each."""
    found = []
    for record in await read_all(kafka, TOPICS):
        data = msgspec.to_builtins(read_word(record.value or b"").data)
        found.append((record.topic.removeprefix(kafka.prefix), data | {"at": moment_of(record).isoformat()}))
    return found


async def say(kafka: Kafka, fund_id: str, event: Event, raw: bytes) -> None:
    """Bring a word to the topics. Raises Unavailable for one that would change nothing."""
    known = KeyTopics()
    await known.take(await read_all(kafka, TOPICS), {})
    assert isinstance(event.data, KeyRegistered | KeyRevoked)
    if why_not := known.keys.why_not(event.data):
        raise Unavailable(why_not)
    broker = broker_of(kafka)
    await broker.start()
    try:
        await Producer(broker, kafka.prefix, fund_id, kafka.partitions).tell([Message(topic=event.type, raw=raw)])
    finally:
        await broker.stop()
