"""One campaign of every ordeal: zombies, duplicates, two versions, all heard again, wrong groups, retention, a restored store."""

import os
import random
from pathlib import Path

import pytest

from deploy.local import Report
from shared.adapters.mongo.client import close, motor_client
from tests.cluster.campaign import Campaign
from tests.cluster.fleet import SAID, fleet
from tests.cluster.history import history
from tests.cluster.ordeals import ORDEALS, of_this_version
from tests.cluster.verdict import faults

pytestmark = [pytest.mark.connected, pytest.mark.faults]

SEED = int(os.environ.get("PSDF_SEED", "13"))
INVOICES = 70


async def test_a_fund_goes_through_every_ordeal_and_loses_and_doubles_nothing(
    stack: Report, fund: str, ministry: str, tmp_path: Path
) -> None:
    dice = random.Random(SEED)
    chosen = [ORDEALS[name] for name in os.environ.get("PSDF_ORDEALS", ",".join(ORDEALS)).split(",")]
    told = await history(SEED, days=len(chosen), invoices=INVOICES)
    async with fleet(stack, fund, tmp_path, partitions=2, ministry=ministry) as here:
        campaign = Campaign(here=here, history=told, dice=dice, say=print)
        await campaign.play(chosen)
        said = of_this_version(await here.told([*SAID, "notice.prepared"]))
        letters = {path.stem for path in (tmp_path / "letters").glob("*.pdf")}
        client = motor_client(stack.mongo_url)
        found = await faults(client, fund, said, told, letters)
        await close(client)
    assert found == []
    assert campaign.blows == {each.__name__: 1 for each in chosen}
