"""The console as a process: beside an embedded fund's folder, or on the cluster beside a copy of its journals.

On the cluster it follows the journals in the store into a home of its own (``shared/journal/copy.py``), and shows that
home as it would show any other: one index, one set of pages. Both may be thrown away; they are made anew at a start.
"""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from shared.adapters.mongo.client import Client, close, motor_client
from shared.console.app import Console
from shared.console.counter import Counter
from shared.console.index.keeper import INDEX, Keeper
from shared.desk.home import people_of
from shared.edge.callers import OurNames
from shared.engine.faults import Unavailable
from shared.engine.waiting import Status
from shared.journal.copy import Copier, mark_as_copy
from shared.journal.home import Home, held
from shared.journal.journals import MongoJournals
from shared.kernel.fund import Fund
from shared.runtime.desk import Sender, send_again
from shared.runtime.listening import Server, names_of
from shared.runtime.probes import serving, status_routes
from shared.runtime.process import Cluster, serve_until_signal
from shared.runtime.settings import Settings

log = logging.getLogger(__name__)

NAME = "console"
"""Of the process."""

DEFAULT_HTTP = "127.0.0.1:8090"
"""Where it listens unless told."""
GRACE_S = 2
"""How long open bells may go on ringing once it is stopped."""
LOOK_EVERY_S, ALL_EVERY = 0.5, 120
"""How often the marks are read; every how many times all heads are, which finds what a mark missed."""
SEEN_S = 3.0
"""How long a page waits for what was just decided, in seconds."""


def readers_names(settings: Settings) -> list[str]:
    """By which names the console is called beside those of this machine. Raises Wrong where one is due."""
    nobody = ", and no reader is known yet: whoever reaches it reads every invoice and account"
    return names_of(settings, nobody, "console.example.lt")


@asynccontextmanager
async def serving_console(
    home: Home, fund: Fund, listener: socket.socket, names: Iterable[str], settings: Settings | None = None
) -> AsyncIterator[str]:
    """Show the pages for as long as the block runs; its address. With ``settings`` there is a desk too."""
    keeper = Keeper(home, fund, home.path / INDEX)
    keeper.start()
    host, port = listener.getsockname()[:2]
    sender = Sender(settings, home, fund) if settings and not home.cluster_prefix.exists() else None
    app = OurNames(Console(home, fund, keeper, counter_of(sender, keeper)).app(), [*names, host])
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=GRACE_S, access_log=False)
    server = Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    sending = asyncio.create_task(send_again(sender)) if sender else None
    try:
        await asyncio.to_thread(keeper.wait_ready, None)
        yield f"http://{f'[{host}]' if ':' in host else host}:{port}"
    finally:
        keeper.hush()
        server.should_exit = True
        await task
        if sending:
            sending.cancel()
            with suppress(asyncio.CancelledError):
                await sending
        await asyncio.to_thread(keeper.stop)


def counter_of(sender: Sender | None, keeper: Keeper) -> Counter | None:
    """The desk's counter over a home that has a fund of its own; None over a copy."""
    if sender is None:
        return None
    settings = sender.settings
    people = people_of(sender.home)
    return Counter(
        sender.home,
        sender.fund,
        people,
        sender.send,
        partial(keeper.wait_turn, SEEN_S),
        clock=settings.moment,
        most_days=settings.most_days,
    )


async def run_console(fund: Fund, cluster: Cluster, home: Home, names: Sequence[str]) -> None:
    """Follow the cluster's journals and show them until SIGTERM. Raises Stop where the home is another's."""
    status, client = Status(), motor_client(cluster.mongo_url)
    with held(home, fund.fund_id):
        mark_as_copy(home, cluster.database)
        keeper = Keeper(home, fund, home.path / INDEX)
        pages = Mount("/", OurNames(Console(home, fund, keeper).app(), names))
        app = Starlette(routes=[*status_routes(status, cluster.telemetry), pages])
        here = serving(app, host=cluster.host, port=cluster.port)
        async with serve_until_signal(NAME, status, cluster, here) as stopped:
            following = asyncio.create_task(follow(client, cluster.database, home, status, keeper))
            await stopped.wait()
            keeper.hush()
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following
        if keeper.started:
            await asyncio.to_thread(keeper.stop)
    await close(client)


async def follow(client: Client, database: str, home: Home, status: Status, keeper: Keeper) -> None:
    """Copy what is new, again and again; ready when all that was there at the start is copied and read."""
    copier, looked = Copier(MongoJournals(client, database), home), 0
    while True:
        try:
            taken = await copier.copy(all_of_it=looked % ALL_EVERY == 0)
        except Unavailable as error:
            status.wait("store", str(error))
        else:
            status.came("store")
            status.count("copied", taken)
            looked += 1
            if not keeper.started:
                keeper.start()
                await asyncio.to_thread(keeper.wait_ready)
                status.came("start")
        await asyncio.sleep(LOOK_EVERY_S)
