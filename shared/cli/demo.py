"""``psdf demo``: a year of the fund on this machine."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from shared.cli.options import settings


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
    tables: Annotated[bool, typer.Option("--tables", help="all that was decided, counted, after the story")] = False,
) -> None:
    """Play a fund year on this machine, without Docker, as a story: real budgets, generated invoices, real letters.

      psdf demo
      psdf demo --providers 60 --seed 7
      psdf demo --fund cnam         a fund in the likeness of another country's, by its own file and words
      psdf demo --cluster           a real Kafka and store: those of psdf stack up, or its own

    With --cluster the home is that of psdf stack (PSDF_HOME, else psdf-home), and a service that is killed is started
    again: kill one, and see. Its 40 providers take some two minutes; 600 take long.
    """
    from shared.cli.screen import lines, screen
    from shared.demo.command import Played, command_line
    from shared.demo.command import demo as play_demo
    from shared.demo.scenes import Scene, long
    from shared.journal.home import Home
    from shared.runtime.settings import fund_of

    chosen = settings(home=home, fund=fund)
    played = Played(
        seed=seed,
        providers=providers or (40 if cluster else 600),
        cluster=cluster,
        until=until.date() if until else date.max,
        tables=tables,
    )
    own = "psdf-demo" if chosen.fund == "psdf" else f"psdf-demo-{fund_of(chosen).fund_id}"
    home_of_demo, console = Home(path=chosen.home if home or cluster else Path(own)), screen()

    def show(scene: Scene) -> None:
        console.print(f"\n[bold]{long(scene.on)}: {scene.title}[/]")
        for line in lines(console, scene.text, indent=2):
            console.print(f"  {line}", soft_wrap=True, markup=False)
        command = command_line(scene.command.format(home=home_of_demo.path))
        console.print(f"  {command}", style="bold cyan", soft_wrap=True, markup=False)

    play_demo(home_of_demo, fund_of(chosen), played, console, show)
