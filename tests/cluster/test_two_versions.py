"""A rolling upgrade: members of two versions side by side, swapped one by one while invoices flow; nothing is lost."""

import asyncio
import json
from pathlib import Path

import pytest

from deploy.local import Report
from deploy.local.topics import Topic, apply
from shared.messages.examples import EXAMPLES
from tests.cluster.fleet import Fleet, fleet
from tests.cluster.member import VERSION, Member
from tests.cluster.newer import ADDED, NEW_TYPE
from tests.cluster.quiet import until
from tests.cluster.test_faults import INVOICES, SERVICES, flowing, half_way

pytestmark = [pytest.mark.connected, pytest.mark.faults]


async def test_s2_services_of_two_versions_side_by_side_lose_nothing(stack: Report, fund: str, tmp_path: Path) -> None:
    rest = asyncio.Event()
    async with flowing(stack, fund, tmp_path, rest=rest) as (here, sending):
        new_type = Topic(name=NEW_TYPE, kind="service", partitions=here.partitions, replicas=1, config={})
        await apply(stack.bootstrap, here.prefix, topics=[new_type])
        old = {member.name: member for member in here.members}
        first = await beside(here, SERVICES[1])  # what it says is heard by three services of the old version
        await half_way(here)
        rest.set()
        for name in SERVICES:
            newer = first if name == SERVICES[1] else await beside(here, name)
            assert await old[name].stop() == 0, old[name].log.read_text()[-3000:]
            await until(newer.ready, f"{name} of the new version is ready")
        await sending
        await here.quiet()
        said = await here.told(["invoice.accepted"])
        assert {ADDED in event["data"] for event in said} == {True, False}, "both versions have accepted invoices"
        assert await here.count(NEW_TYPE) > 0
        assert len({event["data"]["invoice_id"] for event in said}) == INVOICES
        for member in here.members:
            assert "can't be read" not in member.log.read_text()
        assert await here.told(["unknown.parked"]) == []


async def beside(here: Fleet, name: str) -> Member:
    """A member of the new version, at work beside the old one."""
    newer = here.start(name, **{VERSION: "newer"})
    await until(newer.ready, f"{name} of the new version is ready")
    return newer


async def test_s2_what_a_service_says_and_this_version_cannot_read_stops_its_partition(
    stack: Report, fund: str, tmp_path: Path
) -> None:
    """Passed over, an accepted invoice would never be paid. Rubbish that no service has sent stops nobody."""
    async with fleet(stack, fund, tmp_path, partitions=1) as here:
        (payments,) = await here.started("payments")
        topic = here.prefix + "invoice.accepted"
        await here.producer.send_and_wait(topic, b"rubbish", partition=0)
        await here.quiet()
        await until(payments.ready, "payments is ready")
        assert await payments.count("skipped") == 1, "another service lays it aside"
        unheard = EXAMPLES["invoice.accepted"]
        unheard = {**unheard, "data": {**unheard["data"], "kind": "advance"}}
        await here.producer.send_and_wait(topic, json.dumps(unheard).encode(), partition=0)
        told = await payments.told_waiting("partition 0")
        assert f"stopped, a person must look: {topic}/0/1: what /invoicing says can't be read here: data.kind" in told
        payments.kill()
        again = here.start("payments")
        await again.told_waiting("partition 0")
