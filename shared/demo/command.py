"""``psdf demo``: a year of the fund, with progress, a summary that ties to the cent, and files to open."""

import asyncio
import shutil
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from services.all import SERVICES
from services.payments.state import State
from shared.adapters.sqlite.store import SqliteStore
from shared.demo.run import YearTally, play_year
from shared.demo.world import World
from shared.journal.home import Home, HomeError, begin_anew, held, reading
from shared.kernel.fund import Fund
from shared.kernel.money import Cents, euro
from shared.kernel.stop import Wrong
from shared.reports.year.write import report_files
from shared.reports.year.year import make_report
from shared.telemetry.setup import Telemetry
from shared.telemetry.share import Share

MARK = "demo"
KEPT = {"stack", "lock", "fund.id", "crew.json", "cluster.prefix"}
YEAR = 2022
TRACED_PROVIDERS = 40
"""So many providers' worth of invoices are traced: a look at each kind of story, in a file of some megabytes."""
GENERATED = (
    "Budgets of 2021 and 2022 are the annexes of Laws XIV-121 and XIV-747, to the euro. Providers, contracts, "
    "invoices, cash and the budget of 2023 are generated (seed {seed}); the payers' weights are an estimate of 2024 "
    "population."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What is played: a seed, how many providers, on the cluster or here, and up to which day."""

    seed: int
    providers: int
    cluster: bool = False
    until: date = date.max


def look(path: Path) -> None:
    """See that there is room for a demo. Raises HomeError for a folder that holds anything else."""
    if path.exists() and not (path / MARK).exists() and any(each.name not in KEPT for each in path.iterdir()):
        raise HomeError(f"{path} holds something that is no demo: choose another folder, by --home")


def clear(home: Home) -> None:
    """Remove what an earlier demo left; the local stack, and what says how to stop an earlier demo, stay."""
    for each in home.path.iterdir():
        if each.is_dir() and each.name not in KEPT:
            shutil.rmtree(each)
        elif each.name not in KEPT:
            each.unlink()
    home.letters.mkdir()
    begin_anew(home)
    (home.path / MARK).write_text("made by psdf demo; the next one removes it\n", encoding="utf-8")


def demo(home: Home, fund: Fund, played: Played, console: Console) -> None:
    """Play the year and show how it went. Raises Stop; AssertionError where the year does not tie."""
    world, traced = World(played.seed, providers=played.providers), Share(min(1.0, TRACED_PROVIDERS / played.providers))
    dates = [day for day in world.dates() if day <= played.until]
    if not dates:
        raise Wrong(f"the demo begins on {next(world.dates())}: take a later day than {played.until}")
    look(home.path)
    console.print(f"[bold]{fund.name_en}[/]: {dates[0]} to {dates[-1]}, {played.providers} providers and pharmacies")
    console.print(GENERATED.format(seed=played.seed), style="dim")
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} days"),
    )
    started = time.monotonic()
    with held(home, fund.fund_id), Progress(*columns, TimeElapsedColumn(), console=console) as bar:
        clear(home)
        task = bar.add_task("", total=len(dates))

        def progress(day: date) -> None:
            bar.update(task, advance=1, description=f"{day}")

        if played.cluster:
            from shared.demo.cluster import play_cluster

            told, state = asyncio.run(
                play_cluster(home, fund, world, dates, progress, console.print, traces=traced.share)
            )
        else:
            telemetry = Telemetry(traces=traced.share, folder=home.traces)
            told, state = asyncio.run(play_year(home, fund, world, dates, progress, telemetry))
    seconds = time.monotonic() - started
    console.print(decisions(told))
    console.print(ties(told, state))
    if played.cluster:
        from shared.demo.compare import compare

        console.print(str(asyncio.run(compare(home, fund, World(played.seed, played.providers), dates))))
    if dates[-1].year >= YEAR:
        reports(home, fund, dates[-1])
    where_to_look(home, told, traced, seconds, console, cluster=played.cluster)


def decisions(told: YearTally) -> Table:
    """What was decided, and the reasons."""
    table = Table("decision", "how often", "of which", title="What the year brought", title_justify="left")
    table.columns[1].justify = "right"
    for type_, count in sorted(told.counts.items()):
        of_which = [
            f"{reason.partition(': ')[2]} {n}"
            for reason, n in told.reasons.most_common()
            if reason.startswith(f"{type_}: ")
        ]
        table.add_row(type_, f"{count:,}".replace(",", " "), ", ".join(of_which))
    return table


def ties(told: YearTally, state: State) -> Table:
    """Sums that must agree, as said and as booked. Raises AssertionError where they don't."""
    ordered = sum(told.ordered_cents.values())
    in_flight = sum(order.amount_cents for order in state.orders.values())
    booked = sum(cents for book in state.books.values() for cents in book.ordered.values())
    executed = sum(cents for book in state.books.values() for cents in book.executed.values())
    table = Table("sum", "euro", "is", "euro", title="It ties, to the cent", title_justify="left")
    for name, left, other, right in (
        (
            "ordered",
            ordered,
            "executed + rejected + not yet answered",
            told.executed_cents + told.rejected_cents + in_flight,
        ),
        ("ordered less rejected, as said", ordered - told.rejected_cents, "ordered, in the books", booked),
        ("executed, as said", told.executed_cents, "transferred, in the books", executed),
    ):
        assert left == right, f"{name} {euro(left)} is not {other} {euro(right)}"
        table.add_row(name, money(left), other, money(right))
    table.columns[1].justify = table.columns[3].justify = "right"
    return table


def money(cents: Cents) -> str:
    """Euro, as people read them."""
    return euro(cents)


def reports(home: Home, fund: Fund, until: date) -> None:
    """The reports of the year, as they stand at the end of the demo."""
    with reading(home) as connection:
        stores = {service.name: SqliteStore(connection, service.name) for service in SERVICES}
        files = report_files(asyncio.run(make_report(stores, fund, YEAR, until)))
    folder = home.path / "reports"
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def where_to_look(
    home: Home, told: YearTally, traced: Share, seconds: float, console: Console, *, cluster: bool
) -> None:
    """What was left behind, and what to ask."""
    outside = f"{told.outside:,}".replace(",", " ")
    console.print(f"[bold]{outside} events from outside in {seconds:.0f} s.[/] Left in {home.path}:")
    console.print("  events.jsonl   all that came and was said, in order")
    letters = "ministry/  " if cluster else "letters/   "
    console.print(f"  {letters}    {told.counts['overrun.notified']} letters to the ministry, as PDF")
    console.print(
        f"  reports/       planas.pdf (consolidated), aiskinamasis-rastas.pdf (the note) of {YEAR}, and tables"
    )
    console.print(f"  fund.sqlite3   the journal{', copied from the store' if cluster else ''}")
    console.print(f"  traces/        the spans of every decision on {traced.share:.0%} of the invoices")
    console.print("Now ask it:")
    story = told.whole_story(traced.has) or next(iter(told.executed), None)
    for command in (
        f"psdf why {story} --home {home.path}" if story else "",
        f"psdf trace {story} --home {home.path}" if story and traced.has(story) else "",
        f"psdf fund --home {home.path}",
        f"psdf close {YEAR} --home {home.path}",
        f"psdf verify --home {home.path}",
    ):
        if command:
            console.print(f"  .venv/bin/{command}", style="bold cyan", soft_wrap=True)
