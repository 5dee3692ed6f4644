"""``psdf demo --edge``: one e-invoice's whole way, from the hospital's document to the bank's statement, over sockets.

The hospital's kit is a program of its own, the door and the bank are real servers on this machine, and the days are
those of 2022. Nothing leaves the machine.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final, TypeAlias

import httpx
from rich.console import Console

from shared.demo.command import clear, look
from shared.demo.edge_bank import bank_here
from shared.demo.edge_kit import CONTRACT, NAME, Kit, contract
from shared.demo.edge_play import Edge
from shared.demo.edge_rules import Rules
from shared.demo.edge_steps import ARRIVES_ON, MONEY_ON, at, steps
from shared.demo.example import CONTRACT_ON, seed
from shared.demo.post import Draft, Event, Post, clock, day_started, speaker
from shared.demo.run import raw_of
from shared.demo.scenes import Scene
from shared.demo.serving import serving
from shared.effects.bank.accounts import BankSettings
from shared.effects.bank.embedded import open_desk
from shared.journal.home import Home, held
from shared.kernel.fund import Fund
from shared.runtime.embedded import open_fund
from shared.runtime.http import fund_app

WITHOUT: Final = (
    "It runs without TLS, and by the clock of its events: all is on this machine. The hospital's events are signed; "
    "the VLK and the clock, played here, sign nothing."
)
Show: TypeAlias = Callable[[Scene], None]


def edge_demo(
    home: Home, fund: Fund, settings: BankSettings, console: Console, show: Show, *, own_bank: bool = False
) -> None:
    """Play the way of one e-invoice and show its scenes; ``own_bank`` takes our simulator whatever else is here.

    Raises Stop; AssertionError where a sum or an answer is not as it is told.
    """
    look(home.path)
    console.print(f"[bold]{fund.name_en}[/]: an e-invoice of {NAME}, from its document to the bank's statement")
    console.print(WITHOUT, style="dim", soft_wrap=True)
    with held(home, fund.fund_id):
        clear(home)
        asyncio.run(_played(home, fund, settings, console, show, own_bank=own_bank))
    console.print(f"\nLeft in {home.path}: the hospital's folder, the responses, the journal, the bank's desk.")


async def _played(
    home: Home, fund: Fund, settings: BankSettings, console: Console, show: Show, *, own_bank: bool
) -> None:
    async with edge_of(home, fund, settings, own_bank=own_bank) as edge:
        console.print(f"The bank is {edge.bank.name}. {edge.rules.said}", style="dim", markup=False, soft_wrap=True)
        async for scene in steps(edge):
            show(scene)


@asynccontextmanager
async def edge_of(home: Home, fund: Fund, settings: BankSettings, *, own_bank: bool) -> AsyncIterator[Edge]:
    """The fund with its door on a socket, a bank, a desk between them, and the hospital's kit."""
    hospital = home.path / "hospital"
    hospital.mkdir()
    with Rules.here() as rules:
        async with (
            bank_here(settings.accounts, at(MONEY_ON, 13), own=own_bank) as bank,
            open_fund(home, fund, moment="event") as stack,
            open_desk(home, fund, replace(settings, url=bank.url)) as opened,
            serving(fund_app(stack)) as url,
            httpx.AsyncClient(timeout=60) as client,
        ):
            await stack.publish([raw_of(event) for event in beginnings()])
            kit = Kit(folder=hospital, url=url)
            yield Edge(home, stack, opened, bank, kit, rules, client)


def beginnings() -> list[Event]:
    """The real budget of 2022 and its distribution, the hospital's contract, and the day on which the story begins."""
    post = Post("edge")
    post.open(CONTRACT_ON)
    proposed = Draft(at=clock(13), source=speaker("VLK"), kind="contract.proposed", subject=CONTRACT, data=contract())
    known = [event for event in seed() if event["type"] != "account.credited"]
    return [*known, *(each for each in post.send([proposed]) if isinstance(each, dict)), day_started(ARRIVES_ON)]
