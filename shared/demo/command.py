"""``psdf demo``: a year of the fund, told scene by scene while it is played, and files to open."""

import asyncio
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from services.all import SERVICES
from shared.adapters.sqlite.store import SqliteStore
from shared.demo.budgets import DATA
from shared.demo.fund_scenes import FundScenes
from shared.demo.fund_year import FundYear, data_of
from shared.demo.live import Watch
from shared.demo.post import Event
from shared.demo.run import YearTally, play_year
from shared.demo.scenes import Scene, Scenes, last_scene
from shared.demo.sealing import key_of, seal
from shared.demo.tables import decisions, ties
from shared.demo.world import World
from shared.journal.fold import at_once
from shared.journal.home import Home, HomeError, begin_anew, held, reading
from shared.kernel.fund import Fund
from shared.kernel.stop import Wrong
from shared.reports.close import close_year, fold_states
from shared.reports.year.files import report_files
from shared.reports.year.words import Say
from shared.reports.year.year import make_report
from shared.telemetry.setup import Telemetry
from shared.telemetry.share import Share

MARK = "demo"
KEPT = {"stack", "lock", "fund.id", "crew.json", "cluster.prefix"}
YEAR = 2022
PACKAGED_FUND = "psdf"
TRACED_PROVIDERS = 40
"""So many providers' worth of invoices are traced: a look at each kind of story, in a file of some megabytes."""
GENERATED = (
    "Budgets of 2021 and 2022 are the annexes of Laws XIV-121 and XIV-747, to the euro. Providers, contracts, "
    "invoices, cash and the budget of 2023 are generated (seed {seed}); the payers' weights are an estimate of 2024 "
    "population."
)
WITHOUT = (
    "It runs without signatures, tokens and TLS: all senders are played by this program. A fund of one's own asks for "
    "keys before it listens to other machines (psdf keys)."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What is played: a seed, how many providers, on the cluster or here, to which day; ``tables`` shows all counts."""

    seed: int
    providers: int
    cluster: bool = False
    until: date = date.max
    tables: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Who plays a fund's year, who tells it, how many providers there are, and where the data are from."""

    world: World | FundYear
    scenes: Scenes | FundScenes
    providers: int
    origin: str


def story_of(fund: Fund, played: Played) -> Story:
    """The packaged fund's year, or that of a fund's own data. Raises Wrong for a fund of which there are none."""
    if fund.fund_id == PACKAGED_FUND:
        world, origin = World(played.seed, providers=played.providers), GENERATED.format(seed=played.seed)
        return Story(world=world, scenes=Scenes(), providers=played.providers, origin=origin)
    path = data_of(fund.fund_id)
    if not path.is_file():
        raise Wrong(f"there is no year to play for fund {fund.fund_id}: the demo knows {', '.join(known_years())}")
    if played.cluster:
        raise Wrong(f"the year of fund {fund.fund_id} is played on this machine alone: leave out --cluster")
    year = FundYear(fund, path)
    origin = f"All of it is made up: {path.name} beside the demo's data says every number."
    return Story(world=year, scenes=FundScenes(fund), providers=year.providers, origin=origin)


def known_years() -> list[str]:
    """The funds of which a year can be played."""
    return [PACKAGED_FUND, *sorted(path.stem for path in DATA.glob("*.toml"))]


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


def demo(
    home: Home, fund: Fund, played: Played, console: Console, show: Callable[[Scene], None], watch: Watch | None = None
) -> None:
    """Play the year, show its scenes and what was left behind; at the pace of who watches, if anybody does.

    Raises Stop; AssertionError where sums do not tie.
    """
    story = story_of(fund, played)
    world, scenes, traced = story.world, story.scenes, Share(min(1.0, TRACED_PROVIDERS / story.providers))
    dates = [day for day in world.dates() if day <= played.until]
    if not dates:
        raise Wrong(f"the demo begins on {next(world.dates())}: take a later day than {played.until}")
    look(home.path)
    console.print(f"[bold]{fund.name_en}[/]: {dates[0]} to {dates[-1]}, {story.providers} providers and pharmacies")
    console.print(story.origin, style="dim")
    console.print(WITHOUT, style="dim")
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} days"),
    )
    started = time.monotonic()
    played_world = watch.breaking(world) if watch else world
    with held(home, fund.fund_id), Progress(*columns, TimeElapsedColumn(), console=console) as bar:
        clear(home)
        console.print(key_of(home, cluster=played.cluster), style="dim", soft_wrap=True)
        task = bar.add_task("", total=len(dates))

        def progress(day: date, events: Sequence[Event]) -> None:
            for scene in scenes.day(day, events):
                show(scene)
            bar.update(task, advance=1, description=f"{day}")
            if watch:
                watch.tell = lambda pace: bar.update(task, description=f"{day}, {pace}")

        if isinstance(world, World) and played.cluster:
            from shared.demo.cluster import play_cluster

            told, state = asyncio.run(
                play_cluster(home, fund, played_world, dates, progress, console.print, traces=traced.share, watch=watch)
            )
            asyncio.run(seal(home, fund))
            if watch:
                watch.ledger.copied()
        else:
            telemetry = Telemetry(traces=traced.share, folder=home.traces)
            told, state = asyncio.run(play_year(home, fund, played_world, dates, progress, telemetry, watch))
    seconds = time.monotonic() - started
    tied = ties(told, state)
    if dates[-1].year >= YEAR:
        show(ending(home, fund, told, dates[-1]))
    if played.tables:
        console.print(decisions(told))
        console.print(tied)
    if played.cluster:
        from shared.demo.compare import compare

        fresh = World(played.seed, played.providers)
        console.print(str(asyncio.run(compare(home, fund, watch.again(fresh) if watch else fresh, dates))))
    where_to_look(home, fund, told, traced, seconds, console, cluster=played.cluster)


def command_line(command: str) -> str:
    """A command as it is typed where the demo was set up by ``make``."""
    return f".venv/bin/{command}" if command.startswith("psdf ") else command


def ending(home: Home, fund: Fund, told: YearTally, until: date) -> Scene:
    """The last scene, and the reports of the year as they stand then: the year is closed, or what is still open."""
    with reading(home) as connection:
        stores = {service.name: SqliteStore(connection, service.name) for service in SERVICES}
        files = report_files(at_once(make_report(stores, fund, YEAR, until)))
        close = close_year(at_once(fold_states(stores, until)), fund, YEAR)
    folder = home.path / "reports"
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return last_scene(close, sum(told.ordered_cents.values()), told.executed_cents, told.rejected_cents, fund.currency)


def where_to_look(
    home: Home, fund: Fund, told: YearTally, traced: Share, seconds: float, console: Console, *, cluster: bool
) -> None:
    """What was left behind, and what to ask."""
    outside = f"{told.outside:,}".replace(",", " ")
    console.print(f"\n[bold]{outside} events from outside in {seconds:.0f} s.[/] Left in {home.path}:")
    console.print("  events.jsonl   all that came and was said, in order")
    letters = "ministry/  " if cluster else "letters/   "
    console.print(f"  {letters}    {told.counts['overrun.notified']} letters to the ministry, as PDF")
    say = Say(fund)
    plan, note = say("file.plan"), say("file.note")
    console.print(f"  reports/       {plan}.pdf (consolidated), {note}.pdf (the note) of {YEAR}, and tables")
    console.print(f"  fund.sqlite3   the journal{', copied from the store' if cluster else ''}")
    console.print(f"  proof/         {'the seal' if cluster else 'the seals of each day'}, for somebody else to keep")
    console.print(f"  traces/        the spans of every decision on {traced.share:.0%} of the invoices")
    if not cluster:
        console.print("Work at its desk, as whoever you like:")
        look = f"psdf console --home {home.path} --sign-in demo"
        console.print(f"  {command_line(look)}", style="bold cyan", soft_wrap=True)
    console.print("Now ask it:")
    story = told.whole_story(traced.has)
    for command in (
        f"psdf fund --home {home.path}",
        f"psdf trace {story} --home {home.path}" if story and traced.has(story) else "",
        f"psdf verify --home {home.path}",
        f"psdf proof invoice {story} --home {home.path} --out {home.path}/proof.json" if story else "",
    ):
        if command:
            console.print(f"  {command_line(command)}", style="bold cyan", soft_wrap=True)
