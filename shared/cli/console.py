"""``psdf console``: the window for people."""

import asyncio
import signal
import socket
from typing import Annotated, Literal

import typer

from shared.cli.options import HomeOption, PrometheusOption, settings
from shared.console.demo_people import DemoPeople
from shared.console.index.keeper import INDEX, rebuild
from shared.console.prometheus import Prometheus
from shared.desk.home import people_of
from shared.edge.callers import is_loopback
from shared.edge.only_here import ELSEWHERE
from shared.journal.home import Home
from shared.kernel.fund import Fund
from shared.kernel.stop import Stop, Wrong
from shared.runtime.console import DEFAULT_HTTP, prometheus_of, readers_names, serving_console
from shared.runtime.listening import listening
from shared.runtime.settings import Settings, fund_of

HttpOption = Annotated[
    str | None, typer.Option(help="host:port to listen on; 127.0.0.1:8090 unless said", show_default=False)
]
OpenOption = Annotated[
    str | None, typer.Option(help="the names by which other machines may call it (PSDF_OPEN_TO), else none may")
]
MomentOption = Annotated[
    str | None, typer.Option(help="whose clock the fund goes by, as of psdf run: arrival or event", show_default=False)
]
SignInOption = Annotated[
    Literal["people", "demo"], typer.Option(help="demo: over a demo's home whoever looks says who they are")
]
WhatArgument = Annotated[Literal["show", "rebuild"], typer.Argument(help="show the pages, or make their index anew")]


def console(
    what: WhatArgument = "show",
    home: HomeOption = None,
    http: HttpOption = None,
    open_to: OpenOption = None,
    moment: MomentOption = None,
    sign_in: SignInOption = "people",
    prometheus: PrometheusOption = None,
) -> None:
    """Show the fund in a browser: where it stands, every invoice's story, any past day; and the desk.

      psdf console --home psdf-demo              beside a running fund, or one at rest
      psdf console --home psdf-demo --moment event    where events bring their own days: a demo, a trial
      psdf console --home psdf-demo --sign-in demo    who are you? One click is enough, at this machine alone
      psdf console --home psdf-demo --prometheus http://127.0.0.1:9090    the boards too, at /ops/boards
      psdf console rebuild --home psdf-demo      the index anew, from the journal

    It has an index of its own in the home (console.sqlite3), which follows from the journal and may be thrown away.
    Until people are known (psdf people add) it only reads; then each signs in, proposes, and another confirms.
    """
    as_demo = sign_in == "demo"
    moment = moment or ("event" if as_demo else None)
    chosen = settings(home=home, http=http or DEFAULT_HTTP, open_to=open_to, moment=moment)
    fund, place = fund_of(chosen), Home(path=chosen.home)
    _lives(place, fund)
    if what == "rebuild":
        taken = rebuild(place, fund, place.path / INDEX)
        typer.echo(f"{place.path / INDEX}: made anew of {taken} commits")
        return

    if as_demo:
        _see_demo(chosen, place)
    names, demo, asked = readers_names(chosen), DemoPeople(fund) if as_demo else None, prometheus_of(prometheus)
    with listening(chosen.http) as listener:
        asyncio.run(_serve(place, fund, listener, names, chosen, demo, asked))


def _see_demo(chosen: Settings, home: Home) -> None:
    """See that whoever looks may be anybody: of a demo, whose data are made up, and at this machine. Raises Stop."""
    from shared.demo.command import MARK

    if not is_loopback(chosen.http.rpartition(":")[0]):
        raise Wrong(f"{ELSEWHERE}; it can't listen on {chosen.http}")
    if chosen.open_to or chosen.oidc:
        raise Wrong(f"{ELSEWHERE}; PSDF_OPEN_TO and PSDF_OIDC are for others, and are not set beside it")
    if not (home.path / MARK).is_file() or home.cluster_prefix.exists():
        raise Stop(f"{home.path} was not made by psdf demo on this machine: --sign-in demo is for no other home")
    if people_of(home, chosen.people).anybody():
        raise Stop(f"{home.path} has people of its own, who sign in with their tokens: leave out --sign-in demo")


def _lives(home: Home, fund: Fund) -> None:
    if not home.journal.is_file():
        raise Stop(f"{home.path} holds no fund yet: give --home its folder, or start one there with psdf run")
    lives = home.fund_id.read_text(encoding="utf-8").strip() if home.fund_id.is_file() else fund.fund_id
    if lives != fund.fund_id:
        raise Stop(f"{home.path} is the home of fund {lives}, not of {fund.fund_id}: PSDF_FUND says which")


async def _serve(
    home: Home,
    fund: Fund,
    listener: socket.socket,
    names: list[str],
    chosen: Settings,
    demo: DemoPeople | None,
    asked: Prometheus | None,
) -> None:
    end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    async with serving_console(home, fund, listener, names, chosen, demo=demo, prometheus=asked) as url:
        typer.echo(f"{fund.name_en}: {url}, home {home.path}; Ctrl-C stops it")
        await end.wait()
