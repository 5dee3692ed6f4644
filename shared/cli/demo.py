"""``psdf demo``: a year of the fund on this machine."""

import sys
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shared.cli.options import settings
from shared.cli.screen import lines, screen
from shared.demo.command import Played, command_line
from shared.demo.command import demo as play_demo
from shared.demo.scenes import Scene, long
from shared.journal.home import Home
from shared.kernel.stop import Wrong
from shared.runtime.settings import fund_of

if TYPE_CHECKING:
    from rich.console import Console

    from shared.runtime.settings import Settings


def demo(
    home: Annotated[
        Path | None, typer.Option(help="an empty folder, or that of an earlier demo (psdf-demo)", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option(help="another seed is another year")] = 1,
    providers: Annotated[
        int | None, typer.Option(min=40, help="how many providers and pharmacies (600; 40 on the cluster)")
    ] = None,
    cluster: Annotated[
        bool, typer.Option("--cluster", help="through Kafka, each service a process of its own; a few minutes")
    ] = False,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="the last day that is played", show_default=False)
    ] = None,
    fund: Annotated[
        str | None, typer.Option(help="whose year: psdf, or cnam, a second country's fund", show_default=False)
    ] = None,
    edge: Annotated[
        bool, typer.Option("--edge", help="one e-invoice's way, from the hospital to the bank's statement")
    ] = False,
    tables: Annotated[bool, typer.Option("--tables", help="all that was decided, counted, after the story")] = False,
    watch: Annotated[
        bool | None,
        typer.Option("--watch/--no-watch", help="the console beside it; at a terminal unless said", show_default=False),
    ] = None,
    pace: Annotated[float, typer.Option(min=0.25, max=512, help="days a second while somebody watches")] = 8,
) -> None:
    """Play a fund year on this machine, without Docker, as a story: real budgets, generated invoices, real letters.

      psdf demo
      psdf demo --providers 60 --seed 7
      psdf demo --fund cnam         a fund in the likeness of another country's, by its own file and words
      psdf demo --no-watch          without the console, as fast as it goes
      psdf demo --edge              an e-invoice signed, paid by a bank's file, answered by Peppol responses
      psdf demo --cluster           a real Kafka and store: those of psdf stack up, or its own

    At a terminal the console opens in a browser with the first day, and stays after the last one, on the tour. Space
    pauses the days, + and - make them faster and slower. Elsewhere it plays through and ends by itself.

    With --cluster the home is that of psdf stack (PSDF_HOME, else psdf-home), and a service that is killed is started
    again: kill one, or break more at /tour/faults, and see. Its 40 providers take some two minutes; 600 take long.
    """
    chosen = settings(home=home, fund=fund)
    played = Played(
        seed=seed,
        providers=providers or (40 if cluster else 600),
        cluster=cluster,
        until=until.date() if until else date.max,
        tables=tables,
    )
    if edge:
        if cluster or fund or until or watch or tables:
            raise Wrong("--edge tells a story of its own: give it --home, and nothing else")
        _edge(chosen, Home(path=home or Path("psdf-edge")))
        return
    own = "psdf-demo" if chosen.fund == "psdf" else f"psdf-demo-{fund_of(chosen).fund_id}"
    home_of_demo, console = Home(path=chosen.home if home or cluster else Path(own)), screen()

    show = partial(_show, console, home_of_demo)
    at_terminal = console.is_terminal and sys.stdin.isatty()
    if watch and not at_terminal:
        raise Wrong("--watch is for a terminal: space pauses it, and Ctrl-C ends it")
    if not at_terminal or watch is False:
        play_demo(home_of_demo, fund_of(chosen), played, console, show)
        return
    from shared.demo.live import Watch

    with Watch(home_of_demo, fund_of(chosen), pace, console.print) as watching:
        play_demo(home_of_demo, fund_of(chosen), played, console, show, watching)
        watching.stay()


def _edge(chosen: "Settings", home: Home) -> None:
    """Tell the way of one e-invoice."""
    from shared.demo.edge import edge_demo
    from shared.runtime.settings import bank_of
    from shared.telemetry.logs import configure

    configure("error", for_people=True)
    console, fund = screen(), fund_of(chosen)
    bank = bank_of(chosen, fund)
    assert bank is not None, "the packaged fund has a bank file"
    edge_demo(home, fund, bank, console, partial(_show, console, home))


def _show(console: "Console", home: Home, scene: Scene) -> None:
    """A scene: its day and title, what happened, the command that shows it."""
    console.print(f"\n[bold]{long(scene.on)}: {scene.title}[/]")
    for line in lines(console, scene.text, indent=2):
        console.print(f"  {line}", soft_wrap=True, markup=False)
    command = command_line(scene.command.format(home=home.path))
    console.print(f"  {command}", style="bold cyan", soft_wrap=True, markup=False)
