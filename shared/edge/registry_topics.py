"""The registry of keys and webhooks on the cluster: topics that every gate reads from their beginning."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from shared.adapters.kafka.broker import Kafka, broker_of
from shared.adapters.kafka.follower import read_all
from shared.adapters.kafka.records import Record, moment_of
from shared.adapters.kafka.relay import Producer
from shared.edge.registry import WORDS, read_word
from shared.engine.faults import Unavailable
from shared.engine.ingress import OfKeys, OfWebhooks, State, Word
from shared.engine.keys import Keys
from shared.engine.outbox import Message
from shared.engine.webhooks import Webhooks
from shared.events.keys import KeyRevoked
from shared.events.webhooks import WebhookRemoved
from shared.messages.read import Event, Malformed

if TYPE_CHECKING:
    from datetime import datetime

log = logging.getLogger(__name__)

TOPICS = WORDS
OF_KEYS = tuple(topic for topic in TOPICS if topic.startswith("key."))


class RegistryTopics:
    """The registry as the topics have it: a word is in force from the moment at which the broker took it.

    The topics may be read in any order, and again from their beginning; what comes of it is the same.
    """

    def __init__(self) -> None:
        self.state = State()
        self.changed: Callable[[], None] = lambda: None
        """Is called when something was read."""
        self._early: dict[str, KeyRevoked] = {}
        self._last: dict[str, tuple[datetime, bool]] = {}

    @property
    def keys(self) -> Keys:
        """The sources' keys."""
        return self.state.keys

    @property
    def webhooks(self) -> Webhooks:
        """Who is called where."""
        return self.state.webhooks

    async def take(self, records: Sequence[Record], _: Mapping[str, int]) -> None:
        """Fold records; what can't be read, or changes nothing, is passed over and logged."""
        for record in records:
            try:
                self._fold(record)
            except Malformed as malformed:
                log.warning("%s/%d/%d is no word of the registry: %s", *place_of(record), malformed.error)
        self.changed()

    def _fold(self, record: Record) -> None:
        data = read_word(record.value or b"").data
        assert isinstance(data, Word)
        word = replace(data, at=moment_of(record))
        why_not = self._of_key(word) if isinstance(word, OfKeys) else self._of_webhook(word)
        if why_not:
            log.warning("%s/%d/%d: %s", *place_of(record), why_not)

    def _of_key(self, word: OfKeys) -> str | None:
        if isinstance(word, KeyRevoked) and word.keyid not in self.keys.by_id:
            self._early.setdefault(word.keyid, word)
            return None
        if why_not := self.keys.why_not(word):
            return why_not
        self.keys.fold(word)
        if early := self._early.pop(word.keyid, None):
            self.keys.fold(early)
        return None

    def _of_webhook(self, word: OfWebhooks) -> str | None:
        """The last word on a source counts; of two of one moment the one that removes."""
        assert word.at is not None
        said = (word.at, isinstance(word, WebhookRemoved))
        if said < self._last.get(word.source, said):
            return None
        self._last[word.source] = said
        if self.webhooks.why_not(word) is None:
            self.webhooks.fold(word)
        return None


def place_of(record: Record) -> tuple[str, int, int]:
    """Topic, partition and offset."""
    return record.topic, record.partition, record.offset


async def words(kafka: Kafka) -> list[tuple[str, dict[str, Any]]]:
    """All words that lie on the topics, by their moments: type and data, with the moment of each."""
    found = []
    for record in await read_all(kafka, TOPICS):
        data = msgspec.to_builtins(read_word(record.value or b"").data)
        found.append((record.topic.removeprefix(kafka.prefix), data | {"at": moment_of(record).isoformat()}))
    return found


async def say(kafka: Kafka, fund_id: str, event: Event, raw: bytes) -> None:
    """Bring a word to the topics. Raises Unavailable for one that would change nothing."""
    known = RegistryTopics()
    await known.take(await read_all(kafka, TOPICS), {})
    assert isinstance(event.data, Word)
    if why_not := known.state.why_not(event.data):
        raise Unavailable(why_not)
    broker = broker_of(kafka)
    await broker.start()
    try:
        await Producer(broker, kafka.prefix, fund_id, kafka.partitions).tell([Message(topic=event.type, raw=raw)])
    finally:
        await broker.stop()
