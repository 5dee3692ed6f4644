"""Campaigns one after another for as long as is asked, each with the next seed, until one of them finds a fault.

make soak ARGS="--minutes 60 --seed 1"            kills of processes, Kafka and the store
make campaign ARGS="--ordeals zombies,restored"   ordeals instead, each as often as --rounds says (tests/cluster/ordeals.py)
make soak ARGS="--flat --minutes 30"              nothing befalls it: all comes again and again, and memory may not grow

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
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeAlias

from deploy.local import tools
from shared.adapters.ministry.sim import ministry_app
from shared.adapters.mongo.client import close, motor_client
from tests.adapters.serving import running
from tests.cluster.campaign import Blow, Campaign, blows, quiet_clients
from tests.cluster.fleet import SAID, fleet
from tests.cluster.history import history, raw
from tests.cluster.memory import Memory
from tests.cluster.ordeals import ORDEALS, of_this_version
from tests.cluster.verdict import faults
from tests.stack import small_stack

KILLS, OF_EACH_SERVER = 100, 6
DAYS, INVOICES = 6, 300
SHOWN = 20
ALL = "all"
LOOK_S = 10.0
Play: TypeAlias = Callable[[Campaign], Awaitable[list[str]]]
"""Plays a campaign to its end; what is wrong already."""


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


async def killed(kills: int, played: Campaign) -> list[str]:
    """So many kills while events flow."""
    await played.play(blows(played.dice, kills, OF_EACH_SERVER))
    return []


async def tried(names: Sequence[str], rounds: int, played: Campaign) -> list[str]:
    """Each ordeal so many times, in any order."""
    planned: list[Blow] = [ORDEALS[name] for name in names] * rounds
    played.dice.shuffle(planned)
    await played.play(planned)
    return []


async def undisturbed(minutes: float, played: Campaign) -> list[str]:
    """The whole history again and again for so long; processes whose memory grows."""
    end, memory, looked_s, times = time.monotonic() + 60 * minutes, Memory(), 0.0, 0
    await played.play([])
    known = [raw(event) for event in played.history.inbound()]
    while time.monotonic() < end:
        await played.here.send(known)
        await played.here.quiet()
        times += 1
        if time.monotonic() - looked_s >= LOOK_S:
            await memory.look(played.members)
            looked_s = time.monotonic()
    say(f"{times} times {len(known)} events more")
    for told in memory.told():
        say(told)
    return list(memory.growing())


async def campaign(seed: int, folder: Path, play: Play) -> list[str]:
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
            found = await play(played)
            say(played.summary())
            letters = {path.stem for path in (folder / "letters").glob("*.pdf")}
            said = of_this_version(await here.told([*SAID, "notice.prepared"]))
            return [*found, *await faults(client, name, said, told, letters)]
    except AssertionError as error:
        return [str(error)]
    finally:
        await close(client)
        stack.down()


async def soak(seed: int, minutes: float, play: Play) -> int:
    """Campaigns until the time is over; the exit code."""
    end = time.monotonic() + 60 * minutes
    campaigns = 0
    while campaigns == 0 or time.monotonic() < end:
        folder = Path(tempfile.mkdtemp(prefix=f"psdf-soak-{seed}-"))
        say(f"campaign {campaigns + 1}, seed {seed}")
        found = await campaign(seed, folder, play)
        if found:
            (folder / "faults.txt").write_text("\n".join(found), encoding="utf-8")
            print("\n".join(found[:SHOWN]))
            say(f"seed {seed}: {len(found)} faults, all of them in {folder}")
            return 1
        shutil.rmtree(folder)
        seed, campaigns = seed + 1, campaigns + 1
    say(f"{campaigns} campaigns: nothing lost, nothing doubled, chains verify, the auditor agrees")
    return 0


def ordeals(text: str) -> list[str]:
    """The ordeals that a text names. Raises ArgumentTypeError."""
    names = list(ORDEALS) if text == ALL else text.split(",")
    if unknown := sorted(set(names) - ORDEALS.keys()):
        raise argparse.ArgumentTypeError(f"there is no {', '.join(unknown)}; there are {', '.join(ORDEALS)}")
    return names


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--minutes", type=float, default=30)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--kills", type=int, default=KILLS, help="in each campaign")
    options.add_argument("--ordeals", type=ordeals, help=f"{ALL}, or some of {','.join(ORDEALS)}: instead of kills")
    options.add_argument("--rounds", type=int, default=1, help="of the ordeals, in each campaign")
    options.add_argument("--flat", action="store_true", help="one campaign without a blow, and memory must stay flat")
    given = options.parse_args()
    if lacking := tools.missing([tools.JAVA, tools.MAVEN, tools.GO]):
        print(f"soak needs a real stack: {'; '.join(lacking)}", file=sys.stderr)
        return 2
    quiet_clients()
    if given.flat:
        return asyncio.run(soak(given.seed, 0, partial(undisturbed, given.minutes)))
    play = partial(tried, given.ordeals, given.rounds) if given.ordeals else partial(killed, given.kills)
    return asyncio.run(soak(given.seed, given.minutes, play))


if __name__ == "__main__":
    sys.exit(main())
