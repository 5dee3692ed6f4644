"""The embedded stack, as the benchmarks drive it."""

import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import msgspec

from shared.adapters.local import LocalBus
from shared.adapters.sqlite import SqliteStore, connect
from shared.engine.announce import Message
from shared.engine.door import DOOR
from shared.engine.handle import Engine
from shared.kernel.calendar import last_day
from shared.runtime.memory import calm, collect_when_a_day_starts
from shared.runtime.services import SERVICES
from shared.statute.load import load_fund
from tests.bench import world

BATCH = 500


class Fund:
    """An embedded fund on a file, and the orders that its bank is to answer."""

    def __init__(self, path: Path) -> None:
        fund, self.connection = load_fund(), connect(path)
        self.engines = [Engine(service, fund, SqliteStore(self.connection, service.name)) for service in SERVICES]
        self.ordered: list[str] = []
        door = Engine(DOOR, fund, SqliteStore(self.connection, DOOR.name))
        self.bus = LocalBus(door, self.engines, [self._listen, collect_when_a_day_starts])
        calm()

    def _listen(self, messages: Sequence[Message]) -> None:
        self.ordered += [
            msgspec.json.decode(message.raw)["subject"] for message in messages if message.topic == "payment.ordered"
        ]

    async def send(self, raws: Iterable[bytes]) -> None:
        """Send messages in batches, each durable before the next."""
        for batch in batches(list(raws)):
            await self.bus.receive(batch)

    async def seconds(self, batch: Sequence[bytes]) -> float:
        """Send a batch, and take the time until it is durable."""
        begun = time.perf_counter()
        await self.bus.receive(batch)
        return time.perf_counter() - begun

    async def next_month(self, today: date, invoices: int) -> list[bytes]:
        """Let the days pass to the end of the month, and give its invoices, of a year with so many."""
        eve = last_day(f"{today:%Y-%m}")
        await self.pass_days(today, eve)
        return world.month_of_invoices(-(-invoices // world.MONTHS), eve.month)

    async def pass_days(self, after: date, until: date) -> None:
        """Let days pass; the bank executes each day's orders."""
        for n in range(1, (until - after).days + 1):
            day = after + timedelta(days=n)
            await self.bus.receive([world.started(day)])
            orders, self.ordered = self.ordered, []
            reports = (
                world.event(
                    "/treasury",
                    f"r{order}",
                    "payment.reported",
                    world.at(day, 30_000),
                    {"order_id": order, "outcome": "executed", "on": day.isoformat()},
                )
                for order in orders
            )
            await self.send(reports)


async def year(fund: Fund, invoices: int, months: int) -> date:
    """Play the first months of a year of so many invoices; the last day on which some came."""
    await fund.bus.start()
    await fund.send(world.beginning(invoices))
    today = world.FIRST
    for month in range(1, months + 1):
        await fund.send(await fund.next_month(today, invoices))
        today = last_day(f"{world.YEAR}-{month:02d}") + timedelta(days=10)
    return today


def batches(raws: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Cut messages into batches."""
    return (raws[start : start + BATCH] for start in range(0, len(raws), BATCH))


RESTART = """
import asyncio, json, resource, sys, time
from pathlib import Path
from tests.bench.embedded import Fund
begun = time.perf_counter()
fund = Fund(Path(sys.argv[1]))
asyncio.run(fund.bus.start())
seconds = time.perf_counter() - begun
rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(json.dumps({"restart_s": round(seconds, 2), "rss_mb": rss}))
"""


def restart(path: Path) -> dict[str, float]:
    """Open a stopped fund in a process of its own: seconds until it is ready, and the memory that it takes."""
    done = subprocess.run([sys.executable, "-c", RESTART, str(path)], capture_output=True, text=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures
