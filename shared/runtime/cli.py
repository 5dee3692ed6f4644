"""The command line of the fund: ``psdf --help`` teaches it."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def about() -> None:
    """The payment back office of a national health fund (Resolution 589)."""


@app.command()
def replay(
    events: Annotated[Path, typer.Argument(help="inbound CloudEvents, one a line")],
    out: Annotated[Path, typer.Option(help="where every event that the services emit goes, one a line")],
) -> None:
    """Play events one by one in their own time; the same input gives the same bytes."""
    from shared.runtime.replay import replay as play
    from shared.statute.load import load_fund

    with events.open("rb") as lines, out.open("wb") as target:
        raws = (line.rstrip(b"\r\n") for line in lines)
        asyncio.run(play((raw for raw in raws if raw.strip()), lambda raw: target.write(raw + b"\n") and None, load_fund()))


def main() -> None:
    """Run the command line."""
    app()
