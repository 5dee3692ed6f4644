"""What the simulation found at the bank's desk: each was a way to lose an answer or an order, or to pay twice."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock

import pytest

from shared.adapters.bank.carrier import OverHttp
from shared.adapters.kafka.broker import Kafka
from shared.adapters.sqlite.store import SqliteStore, connect
from shared.effects.bank import embedded
from shared.effects.bank.accounts import BankSettings
from shared.effects.bank.cluster import KafkaDesk
from shared.effects.bank.collecting import Heard
from shared.effects.bank.desk import NAME, Desk
from shared.engine.faults import Broken
from shared.engine.journal import Commit
from shared.engine.waiting import Status, Waits
from shared.events.payments import PaymentExecuted
from shared.journal.home import Home
from tests.bank.independent import DAY, FUND, MORNING, SETTINGS, ordered
from tests.runtime.funds import until

CUT_OFF = MORNING + timedelta(hours=1, minutes=1)
ORDER = ordered(1, 1_000)


class Answering:
    """A bank over HTTP that has three answers, and knows after which it was asked."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    async def answers(self, since: int) -> list[tuple[int, bytes]]:
        self.asked.append(since)
        return [(number, b"%d" % number) for number in (1, 2, 3) if number > since]


async def test_no_answer_is_passed_by_that_was_not_put_away_whichever_was_read_first() -> None:
    bank = Answering()
    carrier = OverHttp(bank)  # type: ignore[arg-type]
    first, second, third = await carrier.incoming()
    await carrier.put_away(third, None)  # the bank made it before the others; then the store is away
    assert [each.name for each in await carrier.incoming()] == ["1.xml", "2.xml", "3.xml"]
    for each in (first, third, second):
        await carrier.put_away(each, None)
    assert not await carrier.incoming()
    assert not await carrier.incoming()
    assert bank.asked == [0, 0, 3, 3]


def executed(order: Heard) -> Heard:
    said: Any = order.said
    paid = PaymentExecuted(
        order_id=said.order_id, payment_id=said.payment_id, invoice_id=said.invoice_id,
        amount_cents=said.amount_cents, on=DAY, rules=("16",),
    )  # fmt: skip
    return Heard(id="paid", on=DAY, said=paid)


@pytest.mark.parametrize(
    "batches",
    [
        [[executed(ORDER)], [ORDER]],
        [[executed(ORDER), ORDER]],
        [[ORDER, executed(ORDER)]],
        [[ORDER, executed(ORDER), ORDER]],
        [[ORDER, executed(ORDER)], [ORDER]],
    ],
)
async def test_an_order_whose_outcome_was_heard_goes_into_no_file_however_often_it_is_told(
    batches: list[list[Heard]],
) -> None:
    store = SqliteStore(connect(None), NAME)
    desk = Desk(FUND, SETTINGS, store, None)
    for batch in batches:
        await desk.collect(batch, MORNING)
    again = Desk(FUND, SETTINGS, store, None)
    await again.load()
    for each in (desk, again):
        assert not await each.seal(CUT_OFF, at_once=True)
        await each.collect([executed(ORDER)], MORNING)
        assert not await each.seal(CUT_OFF, at_once=True)


class Counted(SqliteStore):
    """How often the journal was read for what is not told."""

    asked = 0

    async def unpublished(self) -> AsyncIterator[Commit]:
        self.asked += 1
        async for commit in super().unpublished():
            yield commit


async def test_the_journal_is_read_for_what_is_not_told_only_when_something_is_new() -> None:
    store = Counted(connect(None), NAME)
    desk = Desk(FUND, SETTINGS, store, None)
    for _ in range(3):
        await desk.turn(MORNING, _nowhere)
    assert store.asked == 1
    await desk.collect([ORDER], MORNING)
    for _ in range(3):
        await desk.turn(MORNING, _nowhere)
    assert store.asked == 2


async def _nowhere(_: object) -> None:
    """Nobody hears it."""


class Batch(SimpleNamespace):
    """A batch from Kafka that knows whether it was acknowledged."""

    acked = False

    async def ack(self) -> None:
        self.acked = True


def kafka_desk(desk: Desk) -> KafkaDesk:
    return KafkaDesk(FUND, desk, Kafka(bootstrap="127.0.0.1:1"), Status(waits=Waits()))


@pytest.mark.parametrize("value", [b"{}", None])
async def test_what_cannot_be_read_halts_and_no_later_batch_acknowledges_past_it(value: bytes | None) -> None:
    status = (desk := kafka_desk(Desk(FUND, SETTINGS, SqliteStore(connect(None), NAME), None)))._status
    record = SimpleNamespace(topic="payment.ordered", partition=0, offset=7, value=value)
    unreadable, empty = Batch(raw_message=[record]), Batch(raw_message=[])
    await desk._receive(unreadable)  # type: ignore[arg-type]
    await desk._receive(empty)  # type: ignore[arg-type]
    assert not unreadable.acked
    assert not empty.acked
    assert "a person must look" in status.waits["order payment.ordered@0.7"]


FAULTS = [Broken("order 1 came again with amount_cents 2, it had 1"), ValueError("nobody foresaw it")]


@pytest.mark.parametrize("fault", FAULTS)
async def test_orders_that_contradict_what_is_known_halt_too(monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    desk = kafka_desk(Desk(FUND, SETTINGS, SqliteStore(connect(None), NAME), None))
    with monkeypatch.context() as broken, suppress(ValueError):  # FastStream goes on with the next batch
        broken.setattr(desk._desk, "collect", AsyncMock(side_effect=fault))
        await desk._receive(batch := Batch(raw_message=[]))  # type: ignore[arg-type]
    await desk._receive(later := Batch(raw_message=[]))  # type: ignore[arg-type]
    assert (batch.acked, later.acked) == (False, False)
    assert str(fault) in desk._status.waits["orders"]


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_desk_that_stops_says_why(monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    desk = kafka_desk(Desk(FUND, SETTINGS, SqliteStore(connect(None), NAME), None))
    monkeypatch.setattr(desk._desk, "turn", AsyncMock(side_effect=fault))
    with suppress(ValueError):
        async with asyncio.timeout(60):
            await desk._keep()
    assert f"a person must look: {fault}" in desk._status.waits["desk"]


async def test_a_homes_desk_waits_for_its_folder_and_for_the_funds_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can't be opened now, as where the disk is full, is opened later: else no order leaves, and nobody is told."""
    monkeypatch.setattr(embedded, "EVERY_S", 0.01)
    home, alarms = Home(path=tmp_path), list[Sequence[str]]()
    home.bank.write_bytes(b"no folder")
    home.journal.write_bytes(b"no journal")
    running = asyncio.create_task(embedded.keep_desk(home, FUND, SETTINGS, _nowhere, alarms.append))
    for path, told in ((home.bank, "File exists"), (home.journal, "file is not a database")):
        await until(lambda told=told: running.done() or bool(alarms and alarms[-1] and told in alarms[-1][0]))
        path.unlink()
    await until(lambda: running.done() or alarms[-1] == [])
    assert not running.done()
    running.cancel()


async def test_what_nobody_foresaw_in_a_homes_desk_is_an_alarm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Desk, "turn", AsyncMock(side_effect=ValueError("nobody foresaw it")))
    alarms = list[str]()
    with suppress(ValueError):
        await embedded.keep_desk(Home(path=tmp_path), FUND, SETTINGS, _nowhere, alarms.extend)
    assert alarms == ["the desk stops: nobody foresaw it"]


def desk_of(settings: BankSettings) -> Desk:
    return Desk(FUND, settings, SqliteStore(connect(None), NAME), None)


@pytest.mark.parametrize("later", [timedelta(hours=2), timedelta(days=1)])
async def test_a_desk_of_a_back_up_gives_nothing_again_before_two_persons_have_looked(later: timedelta) -> None:
    """The back-up is of the night: its orders waited for their cut-off, at which the lost desk gave them to the bank."""
    restored = desk_of(SETTINGS)
    await restored.collect([ORDER], MORNING)
    (sealed,) = await restored.seal(CUT_OFF + later)
    assert sealed.approvals == 2


async def test_with_a_limit_of_0_every_file_waits_for_two_persons() -> None:
    """As the runbook has it after a restore."""
    desk = desk_of(replace(SETTINGS, four_eyes_cents=0))
    await desk.collect([ordered(1, 1)], MORNING)
    (sealed,) = await desk.seal(CUT_OFF)
    assert sealed.approvals == 2
