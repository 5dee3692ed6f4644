"""The embedded stack, as the benchmarks drive it."""

import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path

import msgspec

from shared.engine.engine import Engine
from shared.engine.outbox import Message
from shared.journal.home import Home, held
from shared.kernel.calendar import last_day
from shared.runtime.embedded import Stack, open_fund
from shared.runtime.settings import Settings, telemetry_of
from shared.statute.load import load_fund
from shared.telemetry.setup import Telemetry
from tests.bench import world

BATCH = 500


class Fund:
    """A fund as ``psdf run`` opens it, with events in their own time; and the orders that its bank is to answer.

    ``took_s`` is how long it took for what came: to make that is the work of those who send.
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.ordered: list[str] = []
        self.took_s = 0.0
        stack.listeners.append(self._listen)

    @classmethod
    @asynccontextmanager
    async def opened(cls, folder: Path, telemetry: Telemetry | None = None) -> AsyncIterator["Fund"]:
        """Open the fund of a folder; ``telemetry`` as for ``open_fund``."""
        home, fund = Home(path=folder), load_fund()
        with held(home, fund.fund_id):
            async with open_fund(home, fund, moment="event", telemetry=telemetry) as stack:
                yield cls(stack)

    def _listen(self, messages: Sequence[Message]) -> None:
        self.ordered += [
            msgspec.json.decode(message.raw)["subject"] for message in messages if message.topic == "payment.ordered"
        ]

    def engine(self, service: str) -> Engine:
        """One service's streams, to look at."""
        return self._stack.engine(service)

    async def send(self, raws: Iterable[bytes]) -> None:
        """Send messages in batches, each durable before the next."""
        for batch in batches(list(raws)):
            await self.seconds(batch)

    async def seconds(self, batch: Sequence[bytes]) -> float:
        """Send a batch, and take the time until it is durable."""
        begun = time.perf_counter()
        await self._stack.publish(batch)
        took = time.perf_counter() - begun
        self.took_s += took
        return took

    async def next_month(self, today: date, invoices: int) -> list[bytes]:
        """Let the days pass to the end of the month, and give its invoices, of a year with so many."""
        eve = last_day(f"{today:%Y-%m}")
        await self.pass_days(today, eve)
        return world.month_of_invoices(-(-invoices // world.MONTHS), eve.month)

    async def pass_days(self, after: date, until: date) -> None:
        """Let days pass; the bank executes each day's orders."""
        for n in range(1, (until - after).days + 1):
            day = after + timedelta(days=n)
            await self.seconds([world.started(day)])
            orders, self.ordered = self.ordered, []
            await self.send(world.executed(order, day) for order in orders)


async def year(fund: Fund, invoices: int, months: int) -> date:
    """Play the first months of a year of so many invoices; the last day on which some came."""
    await fund.send(world.beginning(invoices))
    today = world.FIRST
    for month in range(1, months + 1):
        await fund.send(await fund.next_month(today, invoices))
        today = last_day(f"{world.YEAR}-{month:02d}") + timedelta(days=10)
    return today


def batches(raws: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Cut messages into batches."""
    return (raws[start : start + BATCH] for start in range(0, len(raws), BATCH))


def default_telemetry(folder: Path) -> Telemetry:
    """What watches a fund of ``psdf run`` without any setting: traces of a share of the invoices, in files of the home."""
    return telemetry_of(Settings(home=folder))


RESTART = """
import asyncio, json, re, sys, time
from pathlib import Path
from tests.bench.embedded import Fund, default_telemetry

async def ready(folder, telemetry):
    begun = time.perf_counter()
    async with Fund.opened(folder, telemetry):
        return time.perf_counter() - begun

folder = Path(sys.argv[1])
seconds = asyncio.run(ready(folder, default_telemetry(folder) if sys.argv[2] == "watched" else None))
rss = int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) // 1024  # its own, not its parent's
print(json.dumps({"restart_s": round(seconds, 2), "rss_mb": rss}))
"""


def restart(folder: Path, *, watched: bool) -> dict[str, float]:
    """Open a stopped fund in a process of its own: seconds until it is ready, and the memory that it takes."""
    how = "watched" if watched else "alone"
    done = subprocess.run([sys.executable, "-c", RESTART, str(folder), how], capture_output=True, text=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures
