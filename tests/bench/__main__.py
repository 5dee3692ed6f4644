"""``make bench``: measures the embedded stack, writes build/bench.json and prints a table. One run, one machine.

Ours and the floors take turns, batch by batch, in the same process; figures are medians of the turns, ``spread`` is how
far the middle half of them lies apart. Instructions an invoice are counted where valgrind is, and PostgreSQL is measured
where it is; else the table says that they are left out. ``--parts door restart`` measures these alone.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench import door, free, instructions, postgres, world
from tests.bench.embedded import BATCH, Fund, batches, default_telemetry, restart, year
from tests.bench.floor import Floor
from tests.bench.frozen import FrozenFloor

OUT = Path("build/bench.json")
PARTS = ("floors", "free", "lines", "door", "growth", "restart", "postgres", "instructions")
GOALS = {
    "embedded.ratio": (">=", 0.33),
    "embedded.invoices_per_s": (">=", 2_000),
    "lines_per_s": (">=", 100_000),
    "growth": ("<=", 1.3),
    "restart_s": ("<", 5),
    "door.cost": ("<=", 0.15),
    "door.receipt_p99_ms": ("<=", 50),
    "door.signature_dsse_us": ("<=", 100),
    "door.signature_jws_us": ("<=", 100),
}


async def against_the_floors(folder: Path, invoices: int) -> dict[str, float]:
    """Invoices of five lines, submitted -> accepted -> scheduled, each batch durable; and the floors, in turns.

    Ours twice: as the floors are, without traces; and as ``psdf run`` is without any setting. ``floor`` does the hops
    with our models and store, the frozen ones with nothing of ours.
    """
    floor, default = Floor(folder / "floor.sqlite3"), default_telemetry(folder / "watched")
    same_rows = FrozenFloor(folder / "frozen.sqlite3", same_rows=True)
    bare = FrozenFloor(folder / "bare.sqlite3", same_rows=False)
    async with Fund.opened(folder / "ours") as fund, Fund.opened(folder / "watched", default) as watched:
        for each in (fund, watched):
            await each.send(world.beginning(invoices * world.MONTHS))
            await each.pass_days(world.FIRST, date(world.YEAR, 1, 31))
        turns: list[tuple[float, ...]] = []
        for batch in batches(world.month_of_invoices(invoices, 1)):
            ours = await fund.seconds(batch)
            begun = time.perf_counter()
            await floor.handle(batch)
            floored = time.perf_counter() - begun
            frozen = [timed(each, batch) for each in (same_rows, bare)]
            turns.append((ours, floored, *frozen, await watched.seconds(batch)))
    ours_s, floor_s, same_rows_s, bare_s, traced_s = (statistics.median(each) for each in zip(*turns, strict=True))
    lower, _, upper = statistics.quantiles([turn[1] / turn[0] for turn in turns], n=4)
    return {
        "embedded.invoices_per_s": round(BATCH / ours_s),
        "embedded.floor_per_s": round(BATCH / floor_s),
        "embedded.ratio": round(floor_s / ours_s, 3),
        "embedded.ratio_spread": round(upper - lower, 3),
        "embedded.traced_per_s": round(BATCH / traced_s),
        "embedded.traced_ratio": round(floor_s / traced_s, 3),
        "embedded.frozen_same_rows_per_s": round(BATCH / same_rows_s),
        "embedded.frozen_bare_per_s": round(BATCH / bare_s),
        "embedded.ratio_frozen": round(same_rows_s / ours_s, 3),
    }


def timed(floor: FrozenFloor, batch: Sequence[bytes]) -> float:
    """The seconds that a frozen floor takes for a batch."""
    begun = time.perf_counter()
    floor.handle(batch)
    return time.perf_counter() - begun


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
    """The figures of the parts that are asked for, one after another."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures: dict[str, Any] = {"machine": f"{os.cpu_count()} cpus, Python {platform.python_version()}"}
        if "floors" in options.parts:
            figures |= await against_the_floors(folder, options.invoices)
        if "free" in options.parts:
            figures |= await free.measure(folder, options.invoices)
        if "lines" in options.parts:
            figures |= await lines(folder)
        if "door" in options.parts:
            figures |= await door.measure(folder, options.turns, options.single)
        if "growth" in options.parts:
            figures |= await growth(folder, options.large, options.small)
        if "restart" in options.parts:
            figures |= await restarting(folder, options.restart)
    if "postgres" in options.parts:
        figures |= postgres.measure(BATCH)
    if {"postgres_per_s", "embedded.invoices_per_s"} <= figures.keys():
        ours = figures["embedded.invoices_per_s"]
        figures["over_postgres"] = round(ours / figures["postgres_per_s"], 2)
        figures["over_postgres_batched"] = round(ours / figures["postgres_batched_per_s"], 2)
    return figures | (instructions.measure() if "instructions" in options.parts else {})


def main() -> None:
    """Measure, write, print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    arguments.add_argument("--invoices", type=int, default=24_000)
    arguments.add_argument("--large", type=int, default=300_000)
    arguments.add_argument("--small", type=int, default=10_000)
    arguments.add_argument("--restart", type=int, default=100_000)
    arguments.add_argument("--turns", type=int, default=door.TURNS, help="of the door: batches")
    arguments.add_argument("--single", type=int, default=door.SINGLE, help="of the door: events on their own")
    options = arguments.parse_args()
    figures = asyncio.run(measure(options))
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    table = Table("figure", "measured", "goal", title=figures["machine"])
    for name, value in figures.items():
        sign, goal = GOALS.get(name, ("", ""))
        table.add_row(name, f"{value}", f"{sign} {goal}")
    for part, name, program in (
        ("postgres", "postgres_per_s", "PostgreSQL"),
        ("instructions", "instructions.ours", "valgrind"),
    ):
        if part in options.parts and name not in figures:
            table.add_row(name, f"left out: no {program} on PATH", "")
    Console().print(table)


if __name__ == "__main__":
    main()
