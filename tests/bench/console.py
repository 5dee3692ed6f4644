"""``make bench-console``: how fast the console's pages are, how much it takes, and how soon it shows what was decided.

The demo's year and a nation's year (100 000 invoices) are played, their indexes made anew, and every kind of page that
links lead to is asked from a console of its own process, again and again. Then, on a real Kafka and store, invoices are
sent one by one, and a real browser says when its open page shows each. It writes build/bench-console.json and prints a
table; what stands there of the machine's load belongs to the figures.
"""

import argparse
import asyncio
import json
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import psutil
from playwright.async_api import async_playwright
from rich.console import Console
from rich.table import Table

from deploy.local import Report, Stack, free_port
from tests.bench import world
from tests.bench.embedded import Fund, batches, year
from tests.bench.scale import played
from tests.cluster.fleet import fleet
from tests.cluster.quiet import until
from tests.console.conftest import chromium
from tests.runtime.funds import PSDF, clean_env, invoice, worked_start

OUT = Path("build/bench-console.json")
GOALS = {
    "demo.page_p95_ms": 50.0,
    "nation.page_p95_ms": 150.0,
    "demo.first_load_kb": 60.0,
    "nation.first_load_kb": 60.0,
    "demo.memory_mb": 150.0,
    "nation.memory_mb": 150.0,
    "coming.memory_mb": 150.0,
    "nation.rebuild_s": 30.0,
    "cluster.event_to_pixel_p95_ms": 500.0,
}
"""The most that each may be."""
LINK = re.compile(r'href="(/[^"]*)"')
ASSET = re.compile(r'(?:href|src)="(/static/[^"]*)"')
NO_PAGE = ("/static/", "/bell", "/sign-", "/what-if?", "/reports/")
"""What is no page, or is made in a process of its own and takes seconds by design."""
ASKED, OF_A_KIND = 20, 2
"""How often each page is asked, and how many pages of one kind."""
EVENTS, BETWEEN_S = 20, 1.3
"""How many invoices a browser waits for, and the pause between two: a page asks again once a second at most."""
MONTHS_BEFORE, REST_S, PAUSE_S = 4, 40.0, 0.5
"""Of which invoices came before, how long nothing comes so that the console rests, and the pause between five hundred."""
PARTS = ("demo", "nation", "coming", "cluster")
PATIENCE_S = 300.0


def p95(took: list[float]) -> float:
    """Of twenty the nineteenth."""
    return sorted(took)[ceil(len(took) * 0.95) - 1]


@contextmanager
def console(home: Path) -> Iterator[tuple[httpx.Client, psutil.Process]]:
    """The console of a home in a process of its own, and who asks it."""
    port = free_port()
    command = [*PSDF, "console", "--home", str(home), "--http", f"127.0.0.1:{port}"]
    process = subprocess.Popen(command, env=clean_env(), stdout=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            end = time.monotonic() + PATIENCE_S
            while not _answers(client):
                assert process.poll() is None, "the console has ended"
                assert time.monotonic() < end, "the console is not ready"
                time.sleep(0.1)
            yield client, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").is_success
    except httpx.TransportError:
        return False


def kind_of(path: str) -> str:
    """Pages of one kind differ in the words of their address alone."""
    place, _, query = path.partition("?")
    first, *more = place.strip("/").split("/")
    return "/" + "/".join([first, *("*" for _ in more)]) + ("?" if query else "")


def pages_of(client: httpx.Client) -> dict[str, list[str]]:
    """Some pages of each kind that links lead to, from the first page on."""
    found: dict[str, list[str]] = {}
    new = ["/fund"]
    while new:
        path = new.pop()
        answer = client.get(path)
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        found.setdefault(kind_of(path), []).append(path)
        known = {each for paths in found.values() for each in paths} | set(new)
        for link in LINK.findall(answer.text):
            plain = link.replace("&amp;", "&")
            kind = kind_of(plain)
            waiting = sum(kind_of(each) == kind for each in new)
            if plain.startswith(NO_PAGE) or "as=" in plain or plain in known:
                continue
            if len(found.get(kind, [])) + waiting < OF_A_KIND:
                new.append(plain)
                known.add(plain)
    return found


def pages(client: httpx.Client, process: psutil.Process) -> dict[str, Any]:
    """How long pages take: the nineteenth of twenty askings of the slowest page, and what of it is processor's time.

    On a machine that is busy with something else only the second says something of the page.
    """
    kinds = {}
    for kind, paths in pages_of(client).items():
        told = [_asked(client, process, path) for path in paths]
        kinds[kind] = [max(wall for wall, _ in told), max(cpu for _, cpu in told)]
    return {
        "page_p95_ms": max(wall for wall, _ in kinds.values()),
        "page_cpu_ms": max(cpu for _, cpu in kinds.values()),
        "slowest": dict(sorted(kinds.items(), key=lambda each: -each[1][1])),
    }


def _asked(client: httpx.Client, process: psutil.Process, path: str) -> tuple[float, float]:
    """Milliseconds of the nineteenth of twenty askings, and of the processor an asking."""
    took, before = [], process.cpu_times()
    for _ in range(ASKED):
        begun = time.perf_counter()
        client.get(path)
        took.append(1_000 * (time.perf_counter() - begun))
    after = process.cpu_times()
    spent = after.user + after.system - before.user - before.system
    return round(p95(took), 1), round(1_000 * spent / ASKED, 1)


def first_load_kb(client: httpx.Client) -> float:
    """What a browser fetches to show the first page, as it comes over the wire to one that takes gzip."""
    paths = ["/fund", *dict.fromkeys(ASSET.findall(client.get("/fund").text))]
    return round(sum(_on_the_wire(client, path) for path in paths) / 1_000, 1)


def _on_the_wire(client: httpx.Client, path: str) -> int:
    with client.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as answer:
        return sum(map(len, answer.iter_raw()))


def home_figures(home: Path) -> dict[str, Any]:
    """All figures of one home."""
    begun, rebuild = time.perf_counter(), [*PSDF, "console", "rebuild", "--home", str(home)]
    before = os.times()
    subprocess.run(rebuild, env=clean_env(), check=True, stdout=subprocess.DEVNULL)
    took, after = time.perf_counter() - begun, os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    figures: dict[str, Any] = {"rebuild_s": round(took, 1), "rebuild_cpu_s": round(spent, 1)}
    with console(home) as (client, process):
        figures |= pages(client, process)
        figures["first_load_kb"] = first_load_kb(client)
        figures["memory_mb"] = round(process.memory_info().rss / 2**20)
    return figures


async def coming(home: Path, invoices: int) -> dict[str, Any]:
    """Megabytes that the console takes beside a fund to which a month's invoices come, and all of them are open.

    Months of as many came before, and their orders may still be sent back: at rest, the most while they come, at rest again.
    """
    async with Fund.opened(home) as fund:
        today = await year(fund, invoices * world.MONTHS, MONTHS_BEFORE)
        raws = await fund.next_month(today, invoices * world.MONTHS)
        with console(home) as (_, process):
            await asyncio.sleep(REST_S)
            at_rest = _resident_mb(process, "VmRSS")
            for batch in batches(raws):
                await fund.send(batch)
                await asyncio.sleep(PAUSE_S)
            await asyncio.sleep(REST_S)
            again = _resident_mb(process, "VmRSS")
            return {"at_rest_mb": at_rest, "memory_mb": _resident_mb(process, "VmHWM"), "at_rest_again_mb": again}


def _resident_mb(process: psutil.Process, what: str) -> int:
    """What a process holds now (``VmRSS``), or the most that it ever held (``VmHWM``)."""
    found = re.search(rf"{what}:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8"))
    assert found
    return round(int(found[1]) / 2**10)


async def event_to_pixel(stack: Report, folder: Path) -> dict[str, Any]:
    """Milliseconds from an invoice sent to Kafka until a browser's open page shows it: five hops, the store, the copy."""
    took = []
    async with fleet(stack, "bench", folder, partitions=1) as here, async_playwright() as playwright:
        await here.started("contracts", "invoicing", "payments")
        for raw in worked_start()[:4]:
            await here.send([raw])
            await here.quiet()
        shows = here.start("console", PSDF_HOME=str(folder / "console"))
        here.members.remove(shows)  # it hears no topic
        await until(shows.ready, "the console is ready")
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = await playwright.chromium.launch(executable_path=chromium(), args=root)
        page = await browser.new_page()
        await page.goto(f"http://127.0.0.1:{shows.port}/invoices")
        for number in range(EVENTS + 1):
            begun = time.perf_counter()
            await here.send([invoice(f"B{number}B", 100 + number, "2022-02-07T10:00:00+02:00")])
            await page.get_by_text(f"300111224/B{number}B").first.wait_for(timeout=1_000 * PATIENCE_S)
            took.append(1_000 * (time.perf_counter() - begun))
            await here.quiet()
            await asyncio.sleep(BETWEEN_S + number / EVENTS / 2)  # at every moment of the half second that it looks in
        await browser.close()
    warm = took[1:]
    return {"event_to_pixel_ms": round(median(warm)), "event_to_pixel_p95_ms": round(p95(warm))}


def cluster_figures(folder: Path) -> dict[str, Any]:
    """On a stack of its own."""
    stack = Stack(folder)
    try:
        return asyncio.run(event_to_pixel(stack.up(print), folder))
    finally:
        stack.down()


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """All figures that are asked for, one after another."""
    figures: dict[str, Any] = {"machine": f"{os.cpu_count()} cpus, load {os.getloadavg()[0]:.1f} before"}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "demo" in options.parts:
            home = options.demo or folder / "demo"
            if not options.demo:
                subprocess.run(
                    [*PSDF, "demo", "--home", str(home)], env=clean_env(), check=True, stdout=subprocess.DEVNULL
                )
            figures |= {f"demo.{name}": value for name, value in home_figures(home).items()}
        if "nation" in options.parts:
            home = options.nation or folder / "nation"
            if not options.nation:
                asyncio.run(played(home, options.invoices))
            figures |= {f"nation.{name}": value for name, value in home_figures(home).items()}
        if "coming" in options.parts:
            told = asyncio.run(coming(folder / "coming", options.coming))
            figures |= {f"coming.{name}": value for name, value in told.items()}
        if "cluster" in options.parts:
            figures |= {f"cluster.{name}": value for name, value in cluster_figures(folder / "cluster").items()}
    return figures | {"load after": f"{os.getloadavg()[0]:.1f}"}


def main() -> None:
    """Measure, write, print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    arguments.add_argument("--invoices", type=int, default=100_000, help="of the nation's year")
    arguments.add_argument(
        "--coming", type=int, default=12_000, help="invoices of a month that come beside the console"
    )
    arguments.add_argument("--demo", type=Path, help="the home of a demo that was played already")
    arguments.add_argument("--nation", type=Path, help="the home of a year that was played already")
    figures = measure(arguments.parse_args())
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    table = Table("figure", "measured", "at most", title=figures["machine"])
    for name, value in figures.items():
        if isinstance(value, dict):
            slowest = list(value.items())[:5]
            table.add_row(name, ", ".join(f"{kind} {wall:g} ({cpu:g})" for kind, (wall, cpu) in slowest), "")
        else:
            table.add_row(name, f"{value}", f"{GOALS[name]:g}" if name in GOALS else "")
    Console().print(table)


if __name__ == "__main__":
    main()
