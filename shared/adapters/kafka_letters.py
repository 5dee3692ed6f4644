"""Letters of the outbox: each prepared notice is written, delivered to the ministry, and answered on the bus.

The offset of a notice is committed after the ministry has the letter and the answer is told. A letter keeps its bytes
until then: the ministry refuses other bytes under a number. A notice that it refuses, or of which no letter can be
written, does not hold up those behind it: it is tried again beside them. One that can't be read holds up none either.
No offset is committed past any of them: a person must look, and the next start tries them again.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, TypeAlias
from uuid import uuid5

import msgspec
from aiokafka import TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import KafkaError
from bson import Binary
from faststream import AckPolicy
from faststream.kafka import KafkaMessage
from pymongo.errors import DuplicateKeyError
from pymongo.write_concern import WriteConcern
from typst import TypstError

from shared.adapters.kafka_broker import HEARTBEAT_MS, Kafka, broker_of, raw_message, wait_for_topics, watch
from shared.adapters.kafka_keys import group_of
from shared.adapters.kafka_relay import Producer
from shared.adapters.kafka_status import Pause, Status
from shared.adapters.letter import overrun_letter
from shared.adapters.ministry import Ministry, MinistryError, MinistryRefused, MinistryUnavailable
from shared.adapters.mongo_client import Client, named
from shared.engine.announce import NAMESPACE, CloudEvent, Message
from shared.engine.journal import Unavailable
from shared.events.internal import NoticeDelivered, NoticePrepared
from shared.kernel.fund import Fund
from shared.messages.envelope import Event, Malformed, parse, to_vilnius_iso

log = logging.getLogger(__name__)

NAME = "letters"
ASK_AGAIN_S = 60.0

Traced: TypeAlias = Callable[[str, str | None], AbstractContextManager[str | None]]
"""Traces the delivery of a notice's letter, as a part of what prepared it; gives the traceparent of the answer."""


class KeptLetters:
    """Letters as they were first written, by the number of their notice."""

    def __init__(self, client: Client, database: str) -> None:
        self._letters = client.get_database(database).get_collection(NAME, write_concern=WriteConcern("majority"))

    async def keep(self, notice: NoticePrepared) -> bytes:
        """The letter of a notice: written now, or as it was written the first time. Raises Unavailable."""
        with named(NAME):
            kept = await self._letters.find_one({"_id": notice.notice_no})
            if kept is None:
                letter = await asyncio.to_thread(overrun_letter, msgspec.to_builtins(notice))
                try:
                    await self._letters.insert_one({"_id": notice.notice_no, "pdf": Binary(letter)})
                except DuplicateKeyError:
                    return await self.keep(notice)
                return letter
        return bytes(kept["pdf"])


class Letters(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka ships no types
    """Consumes ``notice.prepared``, answers with ``notice.delivered``."""

    def __init__(
        self, fund: Fund, kept: KeptLetters, ministry: Ministry, kafka: Kafka, status: Status, traced: Traced
    ) -> None:
        self._kept, self._ministry, self._kafka, self._status = kept, ministry, kafka, status
        self._traced = traced
        self._pause = Pause()
        self._refused: dict[TopicPartition, dict[int, Event]] = {}
        self._unread: dict[TopicPartition, set[int]] = {}
        self._after: dict[TopicPartition, int] = {}
        self._beside: list[asyncio.Task[None]] = []
        self.broker = broker_of(kafka)
        self._producer = Producer(self.broker, kafka.prefix, fund.fund_id, kafka.partitions)
        self._subscriber = self.broker.subscriber(
            kafka.prefix + NoticePrepared.type,
            group_id=group_of(kafka.prefix, fund.fund_id, NAME),
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL,
            decoder=raw_message,
            session_timeout_ms=kafka.session_ms,
            heartbeat_interval_ms=HEARTBEAT_MS,
            listener=self,
        )
        self._subscriber(self._receive)

    async def start(self) -> None:
        """Wait for broker and topics, then join the group."""
        await wait_for_topics(self._kafka, [NoticePrepared.type, NoticeDelivered.type], self._status)
        await self.broker.start()
        assert self._subscriber.consumer is not None
        watching = watch(self._subscriber.consumer, self._status)
        self._beside = [asyncio.create_task(self._ask_again()), asyncio.create_task(watching)]
        self._status.came("start")

    async def stop(self) -> None:
        """Finish the letter in hand and leave the group."""
        for task in self._beside:
            task.cancel()
        await self.broker.stop()

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Whoever owns a partition next tries again what was refused there."""
        for place in revoked:
            self._after.pop(place, None)
            for offset in [*self._refused.pop(place, {}), *self._unread.pop(place, ())]:
                self._status.waits.pop(f"notice {place.partition}@{offset}", None)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Nothing is to be prepared."""

    async def _receive(self, message: KafkaMessage) -> None:
        record: Any = message.raw_message
        place = TopicPartition(record.topic, record.partition)
        try:
            if (event := self._read(record, message.body)) is None:
                self._after[place] = record.offset + 1
                return
            try:
                await self._deliver(event)
            except MinistryRefused as error:
                self._refused.setdefault(place, {})[record.offset] = event
                self._status.wait(f"notice {record.partition}@{record.offset}", f"refused, a person must look: {error}")
            except (ValueError, TypstError) as error:
                self._refused.setdefault(place, {})[record.offset] = event
                self._alarm(record, f"no letter can be written: {error}")
            self._after[place] = record.offset + 1
            await self._commit(place)
        except MinistryUnavailable as error:
            await self._again(message, "ministry", str(error))
        except (Unavailable, KafkaError, OSError) as error:
            await self._again(message, "store", str(error))
        except Exception as error:
            log.exception("a letter was not delivered")
            await self._again(message, "ministry", f"a person must look: {error!r}")
        else:
            for each in ("ministry", "store"):
                self._status.came(each)
            self._pause.reset()

    def _read(self, record: Any, body: bytes) -> Event | None:  # noqa: ANN401 - aiokafka ships no types
        """The event of a notice; None for one that can't be read, which holds up no other."""
        try:
            return parse(body, outside=False, topic=NoticePrepared.type)
        except Malformed as error:
            self._unread.setdefault(TopicPartition(record.topic, record.partition), set()).add(record.offset)
            self._alarm(record, f"it can't be read: {error}")
            return None

    def _alarm(self, record: Any, why: str) -> None:  # noqa: ANN401 - aiokafka ships no types
        self._status.wait(f"notice {record.partition}@{record.offset}", f"a person must look: {why}")
        log.critical("%s-%d@%d: %s", record.topic, record.partition, record.offset, why)

    async def _again(self, message: KafkaMessage, what: str, why: str) -> None:
        """Nothing is acknowledged, and the same notice comes again."""
        self._status.wait(what, why)
        await message.nack()
        await self._pause.take()

    async def _commit(self, place: TopicPartition) -> None:
        """All before the first that is refused is done."""
        assert self._subscriber.consumer is not None
        held = [*self._refused.get(place, ()), *self._unread.get(place, ())]
        await self._subscriber.consumer.commit({place: min([self._after[place], *held])})

    async def _ask_again(self) -> None:
        """Try what was refused, now and then: the ministry may have been put right."""
        while True:
            await asyncio.sleep(ASK_AGAIN_S)
            for place, offset, event in [(p, o, e) for p, some in self._refused.items() for o, e in some.items()]:
                try:
                    await self._deliver(event)
                    self._refused.get(place, {}).pop(offset, None)
                    self._status.came(f"notice {place.partition}@{offset}")
                    if place in self._after:
                        await self._commit(place)
                except (MinistryError, Unavailable, KafkaError, OSError, ValueError, TypstError) as error:
                    log.warning("%s-%d@%d: still not delivered: %s", place.topic, place.partition, offset, error)

    async def _deliver(self, event: Event) -> None:
        """Hand over the letter and tell the answer."""
        notice = event.of(NoticePrepared)
        with self._traced(notice.notice_no, event.traceparent) as traceparent:
            receipt = await self._ministry.deliver(notice.notice_no, await self._kept.keep(notice))
        moment = receipt.received_at if self._kafka.arrival else event.time
        await self._producer.tell([delivered(event, notice.notice_no, receipt.sha256, moment, traceparent)])
        self._status.count("letters")


def delivered(event: Event, notice_no: str, sha256: str, moment: datetime, traceparent: str | None) -> Message:
    """The answer; the same delivery gives the same id."""
    data = NoticeDelivered(notice_no=notice_no, letter_sha256=sha256)
    answer = CloudEvent(
        specversion="1.0",
        id=str(uuid5(NAMESPACE, f"{NAME}/{notice_no}")),
        source=f"/{NAME}",
        type=NoticeDelivered.type,
        subject=notice_no,
        time=to_vilnius_iso(moment),
        datacontenttype="application/json",
        causationid=event.id,
        data=msgspec.Raw(msgspec.json.encode(data)),
        traceparent=traceparent,
    )
    return Message(topic=answer.type, raw=msgspec.json.encode(answer))
