"""``psdf replay``: events of a file, one by one in their own time, also under the law of another day."""

import asyncio
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from shared.cli.options import settings
from shared.cli.screen import screen
from shared.kernel.fund import Fund
from shared.kernel.stop import Wrong
from shared.reports.as_of import compare
from shared.reports.replay import replay as play
from shared.runtime.settings import fund_of


def replay(
    events: Annotated[Path, typer.Argument(help="inbound CloudEvents, one a line")],
    out: Annotated[Path, typer.Option(help="where every event that the services emit goes, one a line")],
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="under the law of that day; lists what changes")
    ] = None,
) -> None:
    """Play events one by one in their own time; the same input gives the same bytes.

    psdf replay events.jsonl --out emitted.jsonl
    psdf replay events.jsonl --out emitted.jsonl --as-of 2024-01-01

    With --as-of every term and parameter is that of the day (shared/statute): each decision that changes is a line,
    with what differs in it, before and after.
    """
    if not events.is_file():
        raise Wrong(f"{events} is no file")
    fund = fund_of(settings())
    law = fund_of(settings(), as_of.date()) if as_of else fund
    with events.open("rb") as lines, out.open("wb") as target:
        raws = (raw for line in lines if (raw := line.rstrip(b"\r\n")).strip())

        def write(raw: bytes) -> None:
            target.write(raw + b"\n")

        asyncio.run(play(raws, write, law))
    if as_of:
        _show_changed(events, fund, law, as_of.date())


def _show_changed(events: Path, fund: Fund, law: Fund, on: date) -> None:
    """The decisions that change under the law of another day."""
    raws = [line for line in events.read_bytes().splitlines() if line.strip()]
    differing = asyncio.run(compare(raws, fund, law))
    console = screen()
    console.print(f"{len(differing)} decisions change under the law as of {on}")
    for each in differing:
        console.print(msgspec.json.encode(each).decode(), soft_wrap=True, highlight=False)
