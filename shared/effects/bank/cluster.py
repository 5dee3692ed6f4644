"""The desk of the cluster: it hears orders on Kafka, keeps its journal in the store, and speaks as the treasury.

No offset is committed before what was heard is in the desk's journal; what is told is marked when the broker has it.
One process does all this; commands and the console beside it seal, approve and read answers over the same journal.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaMessage

from shared.adapters.bank.orders import BankUnavailable
from shared.adapters.kafka.broker import (
    HEARTBEAT_MS,
    Kafka,
    broker_of,
    raw_message,
    start_when_there,
    wait_for_topics,
    watch,
)
from shared.adapters.kafka.keys import group_of
from shared.adapters.kafka.relay import Producer
from shared.effects.bank.collecting import HEARD, Heard
from shared.effects.bank.desk import NAME, Desk
from shared.engine.faults import Unavailable
from shared.engine.outbox import Message
from shared.engine.waiting import Backoff, Status
from shared.kernel.calendar import VILNIUS, day_of
from shared.kernel.fund import Fund
from shared.messages.read import Malformed, parse

log = logging.getLogger(__name__)

EVERY_S = 1.0
TYPES = tuple(record.type for record in HEARD)


class KafkaDesk:
    """The desk's process. ``status`` hears what it waits for, and its alarms."""

    def __init__(self, fund: Fund, desk: Desk, kafka: Kafka, status: Status) -> None:
        self._desk, self._kafka, self._status = desk, kafka, status
        self.alarms = 0
        self._alarmed: set[str] = set()
        self._halted = False
        self._beside: list[asyncio.Task[None]] = []
        self.broker = broker_of(kafka)
        self._producer = Producer(self.broker, kafka.prefix, fund.fund_id, kafka.partitions)
        self._turn = asyncio.Lock()
        self._subscriber = self.broker.subscriber(
            *(kafka.prefix + type_ for type_ in TYPES),
            group_id=group_of(kafka.prefix, fund.fund_id, NAME),
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL,
            decoder=raw_message,
            batch=True,
            session_timeout_ms=kafka.session_ms,
            heartbeat_interval_ms=HEARTBEAT_MS,
        )
        self._subscriber(self._receive)

    async def start(self) -> None:
        """Wait for broker and topics, load what is known, then join the group."""
        await wait_for_topics(self._kafka, TYPES, self._status)
        await self._until_there(self._desk.load)
        await start_when_there(self.broker, self._status)
        assert self._subscriber.consumer is not None
        self._beside = [
            asyncio.create_task(watch(self._subscriber.consumer, self._status)),
            asyncio.create_task(self._keep()),
        ]
        self._status.came("start")

    async def stop(self) -> None:
        """Finish the turn, and leave the group."""
        async with self._turn:
            for task in self._beside:
                task.cancel()
        await self.broker.stop()

    async def _receive(self, message: KafkaMessage) -> None:
        """Take a batch of the fund's events into the journal, then acknowledge it; until then it is heard again.

        After one that can't be taken none is acknowledged any more: it would be passed by. It is heard again at the
        next start, when a person has looked.
        """
        if self._halted:
            return
        records: Any = message.raw_message
        heard: list[Heard] = []
        for record in records:
            topic = record.topic.removeprefix(self._kafka.prefix)
            try:
                event = parse(record.value or b"", outside=False, topic=topic)
            except Malformed as error:
                place = f"order {record.topic}@{record.partition}.{record.offset}"
                self._halt(place, f"it can't be read, a person must look: {error}")
                return
            heard.append(Heard(id=event.id, on=day_of(event.time), said=event.data))  # type: ignore[arg-type]
        try:
            await self._until_there(lambda: self._desk.collect(heard, datetime.now(VILNIUS)))
        except Exception as error:  # what nobody foresaw too: FastStream would go on, and acknowledge past it
            log.exception("the bank's desk can't take what it heard")
            self._halt("orders", f"they can't be taken, a person must look: {error!r}")
            return
        await message.ack()

    def _halt(self, what: str, why: str) -> None:
        """Take no more orders; what the bank says is still read and told."""
        self._halted = True
        self._status.wait(what, why)
        log.critical("the bank's desk takes no more orders: %s: %s", what, why)

    async def _until_there(self, act: Any) -> None:  # noqa: ANN401 - an act that gives nothing
        """Act, and again while the store is away."""
        backoff = Backoff()
        while True:
            try:
                async with self._turn:
                    await act()
            except Unavailable as error:
                self._status.wait("store", str(error))
                await backoff.wait()
            else:
                self._status.came("store")
                return

    async def _keep(self) -> None:
        """A turn each second, until it is cancelled; what can't be done now is done at a later one.

        What contradicts itself, or nobody foresaw, stops the desk until a person has looked.
        """
        while True:
            try:
                async with self._turn:
                    now = datetime.now(VILNIUS)
                    await self._desk.turn(now, self._publish)
                    self._tell(self._desk.alarms(now))
            except BankUnavailable as error:
                self._status.wait("bank", str(error))
            except Unavailable as error:
                self._status.wait("store", str(error))
            except (KafkaError, OSError) as error:
                self._status.wait("kafka", repr(error))
            except Exception as error:
                self._status.wait("desk", f"stopped, a person must look: {error}")
                log.exception("the bank's desk stops")
                return
            else:
                for each in ("bank", "store", "kafka"):
                    self._status.came(each)
            await asyncio.sleep(EVERY_S)

    def _tell(self, alarms: Sequence[str]) -> None:
        """An alarm is waited for by its text, until a person has looked."""
        self.alarms = len(alarms)
        for over in self._alarmed - set(alarms):
            self._status.came(f"person {over}")
        for alarm in alarms:
            self._status.wait(f"person {alarm}", alarm)
        self._alarmed = set(alarms)

    async def _publish(self, raws: Sequence[bytes]) -> None:
        """Tell the fund, through the broker."""
        events = [parse(raw, outside=True) for raw in raws]
        await self._producer.tell([Message(topic=event.type, raw=raw) for event, raw in zip(events, raws, strict=True)])
