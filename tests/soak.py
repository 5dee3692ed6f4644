"""Campaigns one after another for as long as is asked, each with the next seed, until one of them finds a fault.

make soak ARGS="--minutes 60 --seed 1"

Exit code 1 where something was lost or doubled, contradicts the undisturbed run or the auditor, or never came to rest:
the folder of that campaign is kept, with every process's log, the data of Kafka and the store, and the faults.
"""

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from deploy.local import tools
from shared.adapters.ministry.sim import ministry_app
from shared.adapters.mongo.client import close, motor_client
from tests.adapters.serving import running
from tests.cluster.campaign import Campaign, blows, quiet_clients
from tests.cluster.fleet import SAID, fleet
from tests.cluster.history import history
from tests.cluster.verdict import faults
from tests.stack import small_stack

KILLS, OF_EACH_SERVER = 100, 6
DAYS, INVOICES = 6, 300
SHOWN = 20


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


async def campaign(seed: int, folder: Path, kills: int) -> list[str]:
    """One campaign; what is wrong after it."""
    dice = random.Random(seed)
    told = await history(seed, days=DAYS, invoices=INVOICES)
    stack = small_stack(folder)
    report = stack.up(say)
    client = motor_client(report.mongo_url)
    name = f"soak{seed}"
    try:
        async with (
            running(ministry_app(folder / "letters")) as ministry,
            fleet(report, name, folder, partitions=3, ministry=ministry) as here,
        ):
            played = Campaign(here=here, stack=stack, history=told, dice=dice, say=say)
            await played.play(blows(dice, kills, OF_EACH_SERVER))
            say(played.summary())
            letters = {path.stem for path in (folder / "letters").glob("*.pdf")}
            return await faults(client, name, await here.told([*SAID, "notice.prepared"]), told, letters)
    except AssertionError as error:
        return [str(error)]
    finally:
        await close(client)
        stack.down()


async def soak(seed: int, minutes: float, kills: int) -> int:
    """Campaigns until the time is over; the exit code."""
    end = time.monotonic() + 60 * minutes
    campaigns = 0
    while campaigns == 0 or time.monotonic() < end:
        folder = Path(tempfile.mkdtemp(prefix=f"psdf-soak-{seed}-"))
        say(f"campaign {campaigns + 1}, seed {seed}")
        found = await campaign(seed, folder, kills)
        if found:
            (folder / "faults.txt").write_text("\n".join(found), encoding="utf-8")
            print("\n".join(found[:SHOWN]))
            say(f"seed {seed}: {len(found)} faults, all of them in {folder}")
            return 1
        shutil.rmtree(folder)
        seed, campaigns = seed + 1, campaigns + 1
    say(f"{campaigns} campaigns: nothing lost, nothing doubled, chains verify, the auditor agrees")
    return 0


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--minutes", type=float, default=30)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--kills", type=int, default=KILLS, help="in each campaign")
    given = options.parse_args()
    if lacking := tools.missing([tools.JAVA, tools.MAVEN, tools.GO]):
        print(f"soak needs a real stack: {'; '.join(lacking)}", file=sys.stderr)
        return 2
    quiet_clients()
    return asyncio.run(soak(given.seed, given.minutes, given.kills))


if __name__ == "__main__":
    sys.exit(main())
