"""``make bench-scale``: how the fund bears a nation's year, and days on which much is open.

A year of so many invoices is played as ``psdf run`` plays it, and then asked by the commands that people use, each a
process of its own, from its start to its last line. Then a fund in which so many invoices are open starts a day on
which nothing is due, and one on which everything is. It writes build/bench-scale.json and prints a table.
"""

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench import world
from tests.bench.embedded import Fund, default_telemetry, restart, year

OUT = Path("build/bench-scale.json")
GOALS = {
    "year_and_report_s": 60.0,
    "journal_bytes_an_invoice": 4_000.0,
    "restart_s": 1.5,
    "rss_mb": 250.0,
    "report_s": 5.0,
    "idle_day_ms": 50.0,
}
"""The most that each may be."""
PLAYED_TO = date(world.YEAR + 1, 1, 20)


async def played(folder: Path, invoices: int) -> dict[str, float]:
    """A year with its days, orders and their execution, until all is paid: seconds, and bytes of the journal.

    From the fund's start to its end, without the time in which its messages are made.
    """
    begun = time.perf_counter()
    async with Fund.opened(folder, default_telemetry(folder)) as fund:
        opened = time.perf_counter()
        today = await year(fund, invoices, world.MONTHS)
        await fund.pass_days(today, PLAYED_TO)
        ended = time.perf_counter()
    seconds = opened - begun + fund.took_s + time.perf_counter() - ended
    return {
        "invoices": invoices,
        "year_s": round(seconds, 1),
        "journal_bytes_an_invoice": round((folder / "fund.sqlite3").stat().st_size / invoices),
    }


def asked(folder: Path) -> dict[str, float]:
    """The seconds of each command that people ask the year's fund with."""
    home, invoice = ["--home", str(folder)], f"{world.provider_of(1)}/1-1"
    commands: dict[str, Sequence[str]] = {
        "why_s": ["why", invoice, *home],
        "fund_s": ["fund", "--json", *home],
        "report_s": ["report", str(world.YEAR), "--out", str(folder / "papers"), *home],
        "close_s": ["close", str(world.YEAR), *home],
        "verify_s": ["verify", *home],
        "what_if_s": ["what-if", *["--money", "1000000", "--on", "2023-01-25", "--until", "2023-02-20"], *home],
    }
    return {name: _seconds(words) for name, words in commands.items()}


def _seconds(words: Sequence[str]) -> float:
    begun = time.perf_counter()
    psdf = [sys.executable, "-c", "from shared.cli.main import main; main()", *words]
    done = subprocess.run(psdf, capture_output=True, text=True, check=False)
    may_end = (0, 1) if words[0] == "close" else (0,)  # 1: a matter of the year is open
    assert done.returncode in may_end, f"{' '.join(words)}: {done.stderr[-2_000:]}"
    return round(time.perf_counter() - begun, 2)


async def days(folder: Path, invoices: int) -> dict[str, float]:
    """Milliseconds that two days take while so many invoices are open in one queue's accounts."""
    async with Fund.opened(folder) as fund:
        await fund.send(world.beginning(invoices * world.MONTHS))
        await fund.pass_days(world.FIRST, date(world.YEAR, 1, 31))
        await fund.send(world.month_of_invoices(invoices, 1))
        before = date(world.YEAR, 2, 11)
        await fund.pass_days(date(world.YEAR, 2, 10), before)
        idle = await _milliseconds(fund, before + timedelta(days=1))
        at, day = idle, before + timedelta(days=1)
        while not fund.ordered:
            day += timedelta(days=1)
            at = await _milliseconds(fund, day)
    return {"open_invoices": invoices, "idle_day_ms": idle, "orders": len(fund.ordered), "day_of_orders_ms": at}


async def _milliseconds(fund: Fund, day: date) -> float:
    return round(1_000 * await fund.seconds([world.started(day)]), 1)


async def measure(options: argparse.Namespace) -> dict[str, Any]:
    """All figures, one after another."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures: dict[str, Any] = {"machine": f"{os.cpu_count()} cpus, Python {platform.python_version()}"}
        figures |= await played(folder / "year", options.invoices)
        figures |= await asyncio.to_thread(restart, folder / "year", watched=True)
        figures |= await asyncio.to_thread(asked, folder / "year")
        figures["year_and_report_s"] = round(figures["year_s"] + figures["report_s"], 1)
        for number, invoices in enumerate(options.open, 1):
            told = await days(folder / f"open-{invoices}", invoices)
            figures |= {f"{name}.{number}": value for name, value in told.items()}
        return figures


def main() -> None:
    """Measure, write, print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--invoices", type=int, default=100_000, help="of the year")
    arguments.add_argument("--open", type=int, nargs="+", default=[1_000, 10_000, 100_000, 300_000])
    figures = asyncio.run(measure(arguments.parse_args()))
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    table = Table("figure", "measured", "at most", title=figures["machine"])
    for name, value in figures.items():
        goal = GOALS.get(name.partition(".")[0])
        table.add_row(name, f"{value}", f"{goal:g}" if goal else "")
    Console().print(table)


if __name__ == "__main__":
    main()
