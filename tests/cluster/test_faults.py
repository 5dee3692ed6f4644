"""Members join, leave, are killed while invoices flow; store and broker go and come back: nothing lost or doubled."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from deploy.local import Report, Stack
from shared.adapters.mongo.client import close, motor_client
from tests.bench import world
from tests.cluster.fleet import Fleet, fleet
from tests.cluster.quiet import killed, until
from tests.cluster.verdict import chains

pytestmark = [pytest.mark.connected, pytest.mark.faults]

INVOICES = 300
SERVICES = ("contracts", "invoicing", "payments", "reserve", "reconciliation")


@asynccontextmanager
async def flowing(
    stack: Report, fund: str, folder: Path, *more: str, rest: asyncio.Event | None = None
) -> AsyncIterator[tuple[Fleet, asyncio.Task[None]]]:
    """A fund with contracts, and its invoices on their way; the second half of them comes when ``rest`` is set."""
    async with fleet(stack, fund, folder, partitions=3) as here:
        await here.started(*SERVICES, *more)
        await begin(here, INVOICES)
        sending = asyncio.create_task(send(here, rest))
        try:
            yield here, sending
            await sending
        finally:
            sending.cancel()
        await here.quiet()
        await nothing_lost_and_nothing_doubled(here)


async def send(here: Fleet, rest: asyncio.Event | None) -> None:
    for number in range(INVOICES):
        if rest and number == INVOICES // 2:
            await rest.wait()
        await here.send([world.invoice(number, 1, 5)])
        await asyncio.sleep(0.01)


async def begin(here: Fleet, contracts: int) -> None:
    """A budget, its distribution and cash, one after another, then the contracts."""
    raws = list(world.beginning(contracts * world.MONTHS))
    for raw in raws[:-contracts]:
        await here.send([raw])
        await here.quiet()
    await here.send(raws[-contracts:])
    await here.quiet()


async def half_way(here: Fleet) -> None:
    async def holds() -> bool:
        return await here.count("payment.scheduled") > INVOICES // 4

    await until(holds, "a quarter of the invoices is scheduled", patience_s=120)


async def nothing_lost_and_nothing_doubled(here: Fleet) -> None:
    """Each invoice is accepted and scheduled in one decision of one id; each chain holds from its first commit."""
    for type_ in ("invoice.accepted", "payment.scheduled"):
        said = {event["id"]: event["data"]["invoice_id"] for event in await here.told([type_])}
        assert Counter(said.values()).most_common(1)[0][1] == 1
        assert len(said) == INVOICES
    client = motor_client(here.stack.mongo_url)
    assert list(await chains(client, here.prefix.rstrip("."))) == []
    await close(client)


async def test_two_members_share_the_work_and_a_third_joins(stack: Report, fund: str, tmp_path: Path) -> None:
    async with flowing(stack, fund, tmp_path, "invoicing") as (here, sending):
        await half_way(here)
        await here.started("invoicing")
        await sending
        await here.send(
            world.invoice(number, 1, 5) for number in range(INVOICES)
        )  # once more: work for all, new to none
        await here.quiet()
        members = [member for member in here.members if member.name == "invoicing"]
        consumed = [await member.count("consumed") for member in members]
        assert all(consumed), f"each of three has work: {consumed}"


async def test_members_killed_while_invoices_flow(stack: Report, fund: str, tmp_path: Path) -> None:
    async with flowing(stack, fund, tmp_path) as (here, _):
        await half_way(here)
        for name in ("payments", "invoicing"):
            next(member for member in here.members if member.name == name).kill()
            here.start(name)


async def test_a_member_that_is_told_to_stop_leaves_in_order(stack: Report, fund: str, tmp_path: Path) -> None:
    async with flowing(stack, fund, tmp_path, "invoicing") as (here, _):
        await half_way(here)
        leaving = here.members[-1]
        assert await leaving.stop() == 0, leaving.log.read_text()


async def test_a_message_that_cannot_be_read_is_laid_aside_once(stack: Report, fund: str, tmp_path: Path) -> None:
    async with flowing(stack, fund, tmp_path) as (here, _):
        for topic in ("invoice.submitted", "payer.merged", "day.started"):
            await here.producer.send_and_wait(here.prefix + topic, b"rubbish", key=b"x", partition=1)
        await here.quiet()
        for topic in ("invoice.submitted", "payer.merged", "day.started"):
            (parked,) = await here.told([f"{topic}.parked"])
            assert parked["data"]["raw_base64"] == "cnViYmlzaA=="


async def test_a_message_with_another_key_is_laid_aside(stack: Report, fund: str, tmp_path: Path) -> None:
    async with flowing(stack, fund, tmp_path) as (here, _):
        raw = world.invoice(INVOICES, 1, 5)
        for number in range(here.partitions):
            await here.producer.send_and_wait(here.prefix + "invoice.submitted", raw, partition=number)
        await here.quiet()
        parked = await here.told(["invoice.submitted.parked"])
        assert len(parked) == here.partitions - 1
        assert "key: it lies on partition" in parked[0]["data"]["error"]


async def test_the_store_goes_and_comes_back(own: Stack, fund: str, tmp_path: Path) -> None:
    report = await asyncio.to_thread(own.up)
    async with flowing(report, fund, tmp_path) as (here, _):
        await half_way(here)
        await killed(report.mongo)
        await next(member for member in here.members if member.name == "payments").told_waiting("database")
        await asyncio.to_thread(own.up)


async def test_the_broker_goes_and_comes_back(own: Stack, fund: str, tmp_path: Path) -> None:
    report = await asyncio.to_thread(own.up)
    async with flowing(report, fund, tmp_path) as (here, _):
        await half_way(here)
        await killed(report.kafka)
        await asyncio.to_thread(own.up)


async def test_told_to_stop_while_the_broker_is_away_each_ends(own: Stack, fund: str, tmp_path: Path) -> None:
    report = await asyncio.to_thread(own.up)
    async with flowing(report, fund, tmp_path) as (here, _):
        await half_way(here)
        await killed(report.kafka)
        codes = await asyncio.gather(*(member.stop() for member in here.members))
        assert codes == [0] * len(here.members), here.members[0].log.read_text()
        await asyncio.to_thread(own.up)
        await here.started(*SERVICES)
