"""How the processes of a cluster are, on ``process.status``: each tells it every few seconds, the console listens.

It is no event: nothing is decided because of it, no journal knows it, and the topic forgets it after an hour. Where the
broker does not take it, nobody waits: who is not heard is shown as silent, which is so.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from faststream.kafka.security import parse_security

from shared.adapters.kafka.broker import Kafka
from shared.adapters.kafka.follower import Follower
from shared.adapters.kafka.lag import LagWatch
from shared.adapters.kafka.opened import opened
from shared.adapters.kafka.records import Record
from shared.adapters.kafka.said import EVERY_S, FORGOTTEN_S, TOPIC, Behind, Heard, Told
from shared.engine.waiting import Status, Waits

log = logging.getLogger(__name__)

GOODBYE_S = 1.0
"""So long a process waits at most until the broker has heard that it stops; no longer than its stop may take."""


async def tell(kafka: Kafka, say: Callable[[], Told]) -> None:
    """Tell how a process is until cancelled, then that it stopped."""
    while True:
        patience_ms = round(EVERY_S * 1000)
        producer = AIOKafkaProducer(
            bootstrap_servers=kafka.bootstrap, request_timeout_ms=patience_ms, **parse_security(kafka.security)
        )
        try:
            async with opened(producer):
                await _tell_again(producer, kafka.prefix + TOPIC, say)
        except (KafkaError, OSError) as error:
            log.debug("how this process is can't be told now: %r", error)
        await asyncio.sleep(EVERY_S)


async def _tell_again(producer: AIOKafkaProducer, topic: str, say: Callable[[], Told]) -> None:
    async def once(told: Told) -> None:
        await producer.send_and_wait(topic, msgspec.json.encode(told), key=told.member.encode(), partition=0)

    taken = False
    try:
        while True:
            taken = False
            await once(say())
            taken = True
            await asyncio.sleep(EVERY_S)
    except asyncio.CancelledError:
        with suppress(KafkaError, OSError, TimeoutError):  # then it is shown as silent
            if taken:
                async with asyncio.timeout(GOODBYE_S):
                    await once(replace(say(), stopped=True))
        raise


class Statuses:
    """What the processes of a cluster said last, and how far each is behind."""

    def __init__(self, status: Status | None = None, lags: LagWatch | None = None) -> None:
        """``status`` says why nothing is heard, ``lags`` sees how far each process is behind."""
        self._status, self._lags = status or Status(waits=Waits()), lags
        self._heard: dict[str, Heard] = {}

    async def follow(self, kafka: Kafka) -> None:
        """Listen until cancelled."""
        await Follower(kafka, [TOPIC], self._status, "processes").follow(self._take, dict)

    def unread(self) -> Mapping[str, str]:
        """What can't be read from Kafka now, and why."""
        return dict(self._status.waits)

    def behind(self) -> Behind | None:
        """How far each process is behind; None where nobody looks."""
        return self._lags.seen if self._lags else None

    def heard(self, now: datetime) -> Sequence[Heard]:
        """The last word of each, of who did not say goodbye, and not longer ago than the topic keeps it."""
        living = [each for each in self._heard.values() if not each.told.stopped and each.age_s(now) < FORGOTTEN_S]
        return sorted(living, key=lambda each: (each.told.process, each.told.started))

    async def _take(self, records: Sequence[Record], _: Mapping[str, int]) -> None:
        for record in records:
            told = msgspec.json.decode(record.value or b"", type=Told)
            at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
            self._heard[told.member] = Heard(told=told, at=at)
