"""Letters of the outbox: each prepared notice is written, delivered to the ministry, and answered on the bus.

The offset of a notice is committed after the ministry has the letter and the answer is told. A letter keeps its bytes
until then: the ministry refuses other bytes under a number.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TypeAlias
from uuid import uuid5

import msgspec
from aiokafka.errors import KafkaError
from bson import Binary
from faststream import AckPolicy
from faststream.kafka import KafkaMessage
from pymongo.errors import DuplicateKeyError
from pymongo.write_concern import WriteConcern

from shared.adapters.kafka_broker import Kafka, broker_of, raw_message, wait_for_topics
from shared.adapters.kafka_relay import Producer
from shared.adapters.kafka_status import Pause, Status
from shared.adapters.letter import overrun_letter
from shared.adapters.ministry import Ministry, MinistryError, MinistryUnavailable
from shared.adapters.mongo_client import Client, named
from shared.engine.announce import NAMESPACE, CloudEvent, Message
from shared.engine.journal import Unavailable
from shared.kernel.fund import Fund
from shared.messages.envelope import Event, Malformed, parse, to_vilnius_iso
from shared.messages.internal import NoticeDelivered, NoticePrepared

log = logging.getLogger(__name__)

NAME = "letters"

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
                letter = await asyncio.to_thread(overrun_letter, notice.model_dump(mode="json"))
                try:
                    await self._letters.insert_one({"_id": notice.notice_no, "pdf": Binary(letter)})
                except DuplicateKeyError:
                    return await self.keep(notice)
                return letter
        return bytes(kept["pdf"])


class Letters:
    """Consumes ``notice.prepared``, answers with ``notice.delivered``."""

    def __init__(
        self, fund: Fund, kept: KeptLetters, ministry: Ministry, kafka: Kafka, status: Status, traced: Traced
    ) -> None:
        self._kept, self._ministry, self._kafka, self._status = kept, ministry, kafka, status
        self._traced = traced
        self._pause = Pause()
        self.broker = broker_of(kafka)
        self._producer = Producer(self.broker, kafka.prefix, fund.fund_id, kafka.partitions)
        self.broker.subscriber(
            kafka.prefix + NoticePrepared.type,
            group_id=f"{kafka.prefix}{fund.fund_id}.{NAME}",
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL,
            decoder=raw_message,
        )(self._receive)

    async def start(self) -> None:
        """Wait for broker and topics, then join the group."""
        await wait_for_topics(self._kafka, [NoticePrepared.type, NoticeDelivered.type], self._status)
        await self.broker.start()
        self._status.came("start")

    async def stop(self) -> None:
        """Finish the letter in hand and leave the group."""
        await self.broker.stop()

    async def _receive(self, message: KafkaMessage) -> None:
        try:
            event = parse(message.body, outside=False, topic=NoticePrepared.type)
            answer = await self._deliver(event)
            await self._producer.tell([answer])
        except MinistryUnavailable as error:
            await self._again(message, "ministry", str(error))
        except (MinistryError, Malformed) as error:
            await self._again(message, "ministry", f"a person must look: {error}")
        except (Unavailable, KafkaError, OSError) as error:
            await self._again(message, "store", str(error))
        except Exception as error:
            log.exception("a letter was not delivered")
            await self._again(message, "ministry", f"a person must look: {error!r}")
        else:
            await message.ack()
            for each in ("ministry", "store"):
                self._status.came(each)
            self._pause.reset()
            self._status.count("letters")

    async def _again(self, message: KafkaMessage, what: str, why: str) -> None:
        """Nothing is acknowledged, and the same notice comes again."""
        self._status.wait(what, why)
        await message.nack()
        await self._pause.take()

    async def _deliver(self, event: Event) -> Message:
        notice = event.of(NoticePrepared)
        with self._traced(notice.notice_no, event.traceparent) as traceparent:
            receipt = await self._ministry.deliver(notice.notice_no, await self._kept.keep(notice))
        moment = receipt.received_at if self._kafka.arrival else event.time
        return delivered(event, notice.notice_no, receipt.sha256, moment, traceparent)


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
        data=msgspec.Raw(data.model_dump_json().encode()),
        traceparent=traceparent,
    )
    return Message(topic=answer.type, raw=msgspec.json.encode(answer))
