"""``make bench``: measures the embedded stack, writes build/bench.json and prints a table. One run, one machine.

Ours and the floor take turns, batch by batch, in the same process; figures are medians of the turns.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench import world
from tests.bench.embedded import BATCH, Fund, batches, default_telemetry, restart, year
from tests.bench.floor import Floor

OUT = Path("build/bench.json")
GOALS = {
    "embedded.ratio": (">=", 0.33),
    "embedded.invoices_per_s": (">=", 2_000),
    "lines_per_s": (">=", 100_000),
    "growth": ("<=", 1.3),
    "restart_s": ("<", 5),
}


async def against_the_floor(folder: Path, invoices: int) -> dict[str, float]:
    """Invoices of five lines, submitted -> accepted -> scheduled, each batch durable; and the floor, in turns.

    Ours twice: as the floor is, without traces; and as ``psdf run`` is without any setting.
    """
    floor, default = Floor(folder / "floor.sqlite3"), default_telemetry(folder / "watched")
    async with Fund.opened(folder / "ours") as fund, Fund.opened(folder / "watched", default) as watched:
        for each in (fund, watched):
            await each.send(world.beginning(invoices * world.MONTHS))
            await each.pass_days(world.FIRST, date(world.YEAR, 1, 31))
        sent, ours, floors, traced = world.month_of_invoices(invoices, 1), [], [], []
        for batch in batches(sent):
            ours.append(await fund.seconds(batch))
            begun = time.perf_counter()
            await floor.handle(batch)
            floors.append(time.perf_counter() - begun)
            traced.append(await watched.seconds(batch))
    ours_s, floor_s, traced_s = map(statistics.median, (ours, floors, traced))
    return {
        "embedded.invoices_per_s": round(BATCH / ours_s),
        "embedded.floor_per_s": round(BATCH / floor_s),
        "embedded.ratio": round(floor_s / ours_s, 3),
        "embedded.traced_per_s": round(BATCH / traced_s),
        "embedded.traced_ratio": round(floor_s / traced_s, 3),
    }


async def lines(folder: Path, invoices: int = 200, lines_each: int = 500) -> dict[str, float]:
    """Lines a second through all checks: invoices of 500 lines, on one core."""
    async with Fund.opened(folder / "lines") as fund:
        await fund.send(world.beginning(invoices * world.MONTHS))
        await fund.pass_days(world.FIRST, date(world.YEAR, 1, 31))
        sent = world.month_of_invoices(invoices, 1, lines_each)
        seconds = [await fund.seconds(sent[start : start + 20]) for start in range(0, len(sent), 20)]
    return {"lines_per_s": round(20 * lines_each / statistics.median(seconds))}


async def growth(folder: Path, large: int, small: int) -> dict[str, float]:
    """Seconds an invoice at the end of a fund year, over those at its beginning: batches of two such years in turns."""
    async with Fund.opened(folder / "late") as late, Fund.opened(folder / "early") as early:
        today = await year(late, large, world.MONTHS - 1)
        of_late = await late.next_month(today, large)
        await early.send(world.beginning(large))
        of_early = await early.next_month(world.FIRST, large)
        await early.send(of_early[:small])
        turns = zip(batches(of_late), batches(of_early[small:]), strict=False)
        seconds = [(await late.seconds(a), await early.seconds(b)) for a, b in turns]
    medians = [statistics.median(one) for one in zip(*seconds, strict=True)]
    return {"growth": round(medians[0] / medians[1], 2), "growth_invoices": large}


async def restarting(folder: Path, invoices: int) -> dict[str, float]:
    """From a stopped fund of a year of so many invoices to a ready one, from snapshots; memory at that point."""
    async with Fund.opened(folder / "restart", default_telemetry(folder / "restart")) as fund:
        today = await year(fund, invoices, world.MONTHS)
        await fund.pass_days(today, date(world.YEAR + 1, 1, 20))
    alone, traced = [await asyncio.to_thread(restart, folder / "restart", watched=each) for each in (False, True)]
    return {
        "restart_invoices": invoices,
        **alone,
        "restart_traced_s": traced["restart_s"],
        "rss_traced_mb": traced["rss_mb"],
    }


async def measure(options: argparse.Namespace) -> dict[str, Any]:
    """All figures, one after another."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures: dict[str, Any] = {"machine": f"{os.cpu_count()} cpus, Python {platform.python_version()}"}
        figures |= await against_the_floor(folder, options.invoices)
        figures |= await lines(folder)
        figures |= await growth(folder, options.large, options.small)
        figures |= await restarting(folder, options.restart)
        return figures


def main() -> None:
    """Measure, write, print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--invoices", type=int, default=24_000)
    arguments.add_argument("--large", type=int, default=300_000)
    arguments.add_argument("--small", type=int, default=10_000)
    arguments.add_argument("--restart", type=int, default=100_000)
    figures = asyncio.run(measure(arguments.parse_args()))
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    table = Table("figure", "measured", "goal", title=figures["machine"])
    for name, value in figures.items():
        sign, goal = GOALS.get(name, ("", ""))
        table.add_row(name, f"{value}", f"{sign} {goal}")
    Console().print(table)


if __name__ == "__main__":
    main()
