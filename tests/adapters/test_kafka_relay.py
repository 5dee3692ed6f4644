"""What the relay says while it can't tell: of a broker that is away nothing, for that is told once, elsewhere."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError, TopicAuthorizationFailedError

from shared.adapters.kafka.records import CAUSED_BY
from shared.adapters.kafka.relay import AS_EVENT, Done, Left, Relay, _headers
from shared.engine.outbox import Message
from shared.engine.waiting import Status, Waits

ONE = Message(topic="payment.ordered", raw=b"{}")


class Failing:
    """A producer that fails so often before it tells."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.told: list[Message] = []

    async def tell(self, messages: Sequence[Message]) -> Sequence[Left]:
        if self.errors:
            raise self.errors.pop(0)
        self.told += messages
        return []


class Marks:
    async def mark(self, versions: Mapping[str, int]) -> None:
        assert not versions


async def nothing(_: object) -> None:
    """Nothing was consumed."""


async def relayed(*errors: Exception) -> tuple[Failing, Status]:
    producer: Any = Failing(*errors)
    marks: Any = Marks()
    status = Status(waits=Waits())
    relay = Relay(producer, marks, nothing, status)
    relay.start()
    await relay.put(Done(messages=[ONE], versions={}, offsets={}))
    async with asyncio.timeout(30):
        await relay.drain()
    await relay.stop()
    return producer, status


async def test_S7_a_broker_that_is_away_takes_no_line_of_the_relay(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        producer, status = await relayed(KafkaConnectionError("away"), OSError("away"), KafkaConnectionError("away"))
    assert caplog.messages == []
    assert producer.told == [ONE]
    assert status.ready
    assert status.counts["waits_kafka"] == 3


async def test_what_does_not_pass_by_itself_is_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        _, status = await relayed(KafkaConnectionError("away"), TopicAuthorizationFailedError("payment.ordered"))
    assert caplog.messages == [
        "waiting for kafka: what is decided can't be told: TopicAuthorizationFailedError",
        "kafka: it works again",
    ]
    assert status.ready


@pytest.mark.parametrize("source", ["/vlk", "/tlk/TLK-KAUNAS", "/ministry", "/government", "/treasury", "/sodra"])
def test_what_is_said_to_whom_it_answers_names_its_sender_on_the_topic(source: str) -> None:
    said = Message(topic="contract.changed", raw=b"{}", caused_by=source)
    assert _headers(said) == {**AS_EVENT, CAUSED_BY: source}


@pytest.mark.parametrize("source", ["", "/clock", "/providers/300111224", "/payments"])
def test_what_is_said_because_of_others_names_nobody(source: str) -> None:
    assert _headers(Message(topic="payment.scheduled", raw=b"{}", caused_by=source)) == AS_EVENT
