"""The embedded stack, as the benchmarks drive it."""

import json
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
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
        batch: list[bytes] = []
        for raw in raws:
            batch.append(raw)
            if len(batch) == BATCH:
                await self.bus.receive(batch)
                batch = []
        if batch:
            await self.bus.receive(batch)

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


async def year(fund: Fund, invoices: int, window: int) -> list[float]:
    """Play a year of so many invoices; the seconds of each window of invoices, submitted to scheduled."""
    contracts = -(-invoices // world.MONTHS)
    await fund.bus.start()
    await fund.send(world.beginning(invoices))
    windows, seconds, in_window, today = [], 0.0, 0, world.FIRST
    for month in range(1, world.MONTHS + 1):
        eve = last_day(f"{world.YEAR}-{month:02d}")
        await fund.pass_days(today, eve)
        today = eve + timedelta(days=10)
        sent = world.month_of_invoices(contracts, month)
        for start in range(0, len(sent), BATCH):
            begun = time.perf_counter()
            await fund.bus.receive(sent[start : start + BATCH])
            seconds += time.perf_counter() - begun
            in_window += len(sent[start : start + BATCH])
            if in_window >= window:
                windows.append(seconds / in_window)
                seconds, in_window = 0.0, 0
    return windows


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
