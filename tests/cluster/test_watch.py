"""What a member of a group says of itself: whether it lives, what it does not read, and what it never could."""

import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete

from deploy.local import Report
from shared.adapters.kafka.keys import partition_of
from shared.adapters.kafka.progress import UNREAD_S, Progress
from shared.engine.waiting import Status, Waits
from shared.runtime.probes import status_app
from shared.telemetry.setup import Telemetry
from tests.cluster.quiet import until
from tests.ports.buses import FUND, HEARD, PARTITIONS, SAID, OnKafka, credit, on_kafka

pytestmark = [pytest.mark.connected]


@pytest.fixture
async def bus(stack: Report, fund: str) -> AsyncIterator[OnKafka]:
    async with on_kafka(stack.bootstrap, fund) as made:
        yield made


def status(bus: OnKafka) -> Status:
    assert bus._bus
    return bus._bus._status


async def delete(bus: OnKafka, before: int) -> TopicPartition:
    """Delete what lies on the service's partition before an offset, as a broker does when it is old."""
    place = TopicPartition(bus._kafka.prefix + HEARD, partition_of(FUND.fund_id, PARTITIONS))
    await bus._admin.delete_records({place: RecordsToDelete(before)})
    return place


async def test_a15_what_was_deleted_before_it_was_read_is_counted_and_told(
    bus: OnKafka, caplog: pytest.LogCaptureFixture
) -> None:
    await bus.start()
    await bus.send([credit("a"), credit("b")])
    await bus.quiet()
    assert status(bus).counts["deleted"] == 0
    await bus.crash()
    await bus.send([credit("c"), credit("d"), credit("e")])
    place = await delete(bus, 4)
    with caplog.at_level(logging.CRITICAL):
        await bus.start()
        await bus.quiet()
    assert status(bus).counts["deleted"] == 2
    where = f"{place.topic}-{place.partition}"
    assert f"2 records of {where} were deleted before they were read: offsets 2 to 3" in caplog.text
    told = dict.fromkeys(event["data"]["invoice_id"] for event in await bus.told(SAID))  # after a crash, some twice
    assert list(told) == ["1/a", "1/b", "1/e"]


async def test_a15_also_where_nothing_is_left_to_be_read(bus: OnKafka) -> None:
    await bus.send([credit("a"), credit("b")])
    await delete(bus, 2)
    await bus.start()

    async def counted() -> bool:
        return status(bus).counts["deleted"] == 2

    await until(counted, "what was deleted is counted")


async def test_S8_a_member_whose_coordinator_has_ended_does_not_live(bus: OnKafka) -> None:
    await bus.start()
    await bus.quiet()
    assert status(bus).dead == ""
    assert bus._bus
    bus._bus._consumer._coordinator._coordination_task.cancel()

    async def dead() -> bool:
        return "coordinator has ended" in status(bus).dead

    await until(dead, "it says that it hears nothing any more")
    assert not status(bus).ready


@pytest.mark.parametrize(("dead", "code", "text"), [("", 200, "ok"), ("it hears nothing", 503, "it hears nothing")])
async def test_S8_who_asks_whether_it_lives_is_told(dead: str, code: int, text: str) -> None:
    app = status_app(Status(dead=dead), Telemetry(traces=0))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://payments") as client:
        answer = await client.get("/livez")
    assert (answer.status_code, answer.text) == (code, text)


class Gap:
    """A consumer whose broker has deleted all before an offset."""

    def __init__(self, first: int) -> None:
        self.first = first

    async def beginning_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(places, self.first)

    async def committed(self, _: TopicPartition) -> int:
        return 10


class Lying:
    topic, partition = "t", 0

    def __init__(self, offset: int) -> None:
        self.offset = offset


@pytest.mark.parametrize(("first", "deleted"), [(5, 0), (13, 0), (15, 2), (20, 7)])
async def test_a15_offsets_that_do_not_follow_are_deleted_records_only_where_the_broker_says_so(
    first: int, deleted: int
) -> None:
    """A transaction's marker takes an offset too, and is no record."""
    known, consumer = Status(), Gap(0)
    progress = Progress(lambda: consumer, known, "payments")
    await progress.begin([TopicPartition("t", 0)])
    records: list[Any] = [Lying(11), Lying(12)]
    await progress.came(records)
    consumer.first = first
    behind: list[Any] = [Lying(20)]
    await progress.came(behind)
    await progress.came(behind)
    assert known.counts["deleted"] == deleted


def test_S8_a_partition_that_nobody_reads_is_told_after_a_minute() -> None:
    known = Status(waits=Waits())
    progress = Progress(lambda: None, known, "payments")
    place, other = TopicPartition("t", 3), TopicPartition("t", 4)
    progress.tell({place: 7, other: 1}, 0.0)
    progress.tell({place: 7, other: 2}, UNREAD_S - 1)
    assert known.ready
    progress.tell({place: 7, other: 3}, UNREAD_S)
    assert known.waits == {"unread": "nothing is read of t-3 at 7, for a minute or more"}
    progress.tell({place: 8}, UNREAD_S + 10)
    assert known.ready
