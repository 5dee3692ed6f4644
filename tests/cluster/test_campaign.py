"""A hundred kills in one run: each process of the fund, Kafka and the store, while invoices flow."""

import os
import random
import time
from pathlib import Path

import pytest

from deploy.local import Stack
from shared.adapters.mongo.client import close, motor_client
from tests.cluster.campaign import FLEET, SERVERS, Campaign, blows, quiet_clients
from tests.cluster.fleet import SAID, fleet
from tests.cluster.history import history
from tests.cluster.verdict import faults

pytestmark = [pytest.mark.connected, pytest.mark.faults]

SEED = int(os.environ.get("PSDF_SEED", "589"))
KILLS, OF_EACH_SERVER = 100, 5
DAYS, INVOICES = 6, 300


async def test_a_hundred_kills_lose_nothing_and_double_nothing(
    own: Stack, fund: str, ministry: str, tmp_path: Path
) -> None:
    quiet_clients()
    begun = time.monotonic()
    dice = random.Random(SEED)
    told = await history(SEED, days=DAYS, invoices=INVOICES)
    report = own.up()
    client = motor_client(report.mongo_url)
    async with fleet(report, fund, tmp_path, partitions=3, ministry=ministry) as here:
        campaign = Campaign(here=here, stack=own, history=told, dice=dice, say=print)
        await campaign.play(blows(dice, KILLS, OF_EACH_SERVER))
        letters = {path.stem for path in (tmp_path / "letters").glob("*.pdf")}
        found = await faults(client, fund, await here.told([*SAID, "notice.prepared"]), told, letters)
    await close(client)
    print(f"seed {SEED}: {campaign.summary()}, {time.monotonic() - begun:.0f} s")
    assert found == []
    assert campaign.blows.total() >= KILLS
    assert all(campaign.blows[name] >= OF_EACH_SERVER for name in (*SERVERS, *FLEET))
