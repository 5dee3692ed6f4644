"""What the embedded stack would reach if a step of it cost nothing: which ratio to the floor no work on that step can pass.

A whole fund, funds without one of the steps, one without all three, and the floor take turns, batch by batch.
``reading``: messages from outside were read and digested before, as if by another processor and for nothing. ``disk``: the
journal lies in memory, as if the next batch were decided while the last is being made durable. ``watching``: no metrics.
"""

import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import date
from pathlib import Path
from unittest.mock import patch

from services.all import SERVICES
from shared.adapters import local
from shared.engine.ingress import INGRESS
from tests.bench import world
from tests.bench.embedded import Fund, batches
from tests.bench.floor import Floor

IN_MEMORY = Path("/dev/shm") if Path("/dev/shm").is_dir() else None  # noqa: S108 - else ``disk`` costs what it costs
READING, DISK, WATCHING = STEPS = ("reading", "disk", "watching")
WITHOUT: Mapping[str, Sequence[str]] = {"nothing": (), **{step: (step,) for step in STEPS}, "all": STEPS}


async def measure(folder: Path, invoices: int) -> dict[str, float]:
    """The ratio of each fund to the floor, a median of the turns."""
    floor = Floor(folder / "free-floor.sqlite3")
    turns: dict[str, list[float]] = {name: [] for name in WITHOUT}
    async with AsyncExitStack() as opened:
        in_memory = opened.enter_context(tempfile.TemporaryDirectory(dir=IN_MEMORY))
        funds: dict[str, Fund] = {}
        for name, without in WITHOUT.items():
            home = (Path(in_memory) if DISK in without else folder) / f"free-{name}"
            funds[name] = fund = await opened.enter_async_context(Fund.opened(home))
            await fund.send(world.beginning(invoices * world.MONTHS))
            await fund.pass_days(world.FIRST, date(world.YEAR, 1, 31))
            if WATCHING in without:
                for service in (INGRESS, *SERVICES):
                    fund.engine(service.name).observer = None
        for batch in batches(world.month_of_invoices(invoices, 1)):
            begun = time.perf_counter()
            await floor.handle(batch)
            floored = time.perf_counter() - begun
            for name, fund in funds.items():
                took = await (read_before(fund, batch) if READING in WITHOUT[name] else fund.seconds(batch))
                turns[name].append(floored / took)
    return {f"free.{name}": round(statistics.median(ratios), 3) for name, ratios in turns.items()}


async def read_before(fund: Fund, batch: Sequence[bytes]) -> float:
    """The seconds that a fund takes for a batch that was read, and digested, before."""
    known = dict(zip(batch, local.read(batch, None, local.FIRST_MOMENT), strict=True))
    assert all(event.key and event.content and event.moment for event in known.values())
    with patch.object(local, "read", lambda raws, *_: [known[raw] for raw in raws]):
        return await fund.seconds(batch)
