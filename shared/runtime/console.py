"""The console beside a home: its pages, and the desk over a home that has a fund of its own."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from functools import partial

import uvicorn

from shared.console.acting import Send
from shared.console.app import Beside, Console
from shared.console.banking import Banking
from shared.console.counter import Counter, Opened
from shared.console.demo_people import DemoPeople
from shared.console.index.keeper import INDEX, Keeper
from shared.console.operations import Hears
from shared.console.prometheus import Prometheus
from shared.desk.desk import Undecided
from shared.desk.home import DeskWatch, open_desk
from shared.desk.people import People
from shared.edge.callers import OurNames
from shared.edge.only_here import OnlyHere, see_alone
from shared.effects.bank.embedded import open_desk as open_bank
from shared.engine.ingress import Check
from shared.journal.home import Home
from shared.kernel.fund import Fund
from shared.kernel.stop import Wrong
from shared.runtime.desk import Sender, send_again
from shared.runtime.listening import Server, names_of
from shared.runtime.people import people_as_set
from shared.runtime.settings import Settings, bank_of, viewer_of

DEFAULT_HTTP = "127.0.0.1:8090"
"""Where it listens unless told."""
GRACE_S = 2
"""How long open bells may go on ringing once it is stopped."""
SEEN_S = 3.0
"""How long a page waits for what was just decided, in seconds."""


def prometheus_of(url: str | None) -> Prometheus | None:
    """The Prometheus of an address; None without one. Raises Wrong for what is no address."""
    if url is not None and not re.fullmatch(r"https?://[^\s/]+\S*", url):
        raise Wrong(f"--prometheus {url}: http://host:port is expected")
    return Prometheus(url) if url else None


def readers_names(settings: Settings) -> list[str]:
    """By which names the console is called beside those of this machine. Raises Wrong where one is due."""
    nobody = ", and no reader is known yet: whoever reaches it reads every invoice and account"
    return names_of(settings, nobody, "console.example.lt")


@asynccontextmanager
async def serving_console(
    home: Home,
    fund: Fund,
    listener: socket.socket,
    names: Iterable[str],
    settings: Settings | None = None,
    beside: Beside | None = None,
    statuses: Hears | None = None,
    demo: DemoPeople | None = None,
    prometheus: Prometheus | None = None,
) -> AsyncIterator[str]:
    """Show the pages for as long as the block runs; its address. With ``settings`` there is a desk too.

    ``statuses`` hears the processes of the cluster whose journals the home copies, where they are there. ``demo`` are
    whom whoever looks may be; then the listener has to be this machine's alone. ``prometheus`` is asked for the numbers
    of boards. Raises Wrong.
    """
    if demo:
        see_alone(listener)
    keeper = Keeper(home, fund, home.path / INDEX)
    keeper.start()
    host, port = listener.getsockname()[:2]
    sender = Sender(settings, home, fund) if settings and not home.cluster_prefix.exists() else None
    viewer = viewer_of(settings) if settings else None
    bank = banking_of(sender)
    desk = counter_of(sender, keeper, bank, demo)
    console = Console(home, fund, keeper, desk, statuses, viewer, beside, prometheus)
    named = OurNames(console.app(), [*names, host], foreign=console.foreign())
    app = OnlyHere(named) if demo else named
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
        if bank:
            await asyncio.to_thread(bank.end)


def banking_of(sender: Sender | None) -> Banking | None:
    """The bank's desk of a home that has a fund of its own; None without a bank file. Raises SettingsError."""
    bank = bank_of(sender.settings, sender.fund) if sender else None
    return Banking(partial(open_bank, sender.home, sender.fund, bank)) if sender and bank else None


def counter_of(
    sender: Sender | None, keeper: Keeper, bank: Banking | None, demo: DemoPeople | None = None
) -> Counter | None:
    """The desk's counter over a home that has a fund of its own; None over a copy."""
    if sender is None:
        return None
    opened = partial(open_desk, sender.home, sender.fund)
    undecided = DeskWatch(sender.home, sender.fund).undecided
    settings, home, fund = sender.settings, sender.home, sender.fund
    return counter_with(
        settings, home, fund, keeper, opened, sender.send, undecided, sender.check, bank, sender.hurry, demo
    )


def counter_with(
    settings: Settings,
    home: Home,
    fund: Fund,
    keeper: Keeper,
    opened: Opened,
    send: Send,
    undecided: Callable[[], Undecided],
    check: Check,
    bank: Banking | None = None,
    hurry: Callable[[str], object] = lambda _: None,
    people: People | None = None,
) -> Counter:
    """A counter over a desk that is opened for each request, and the bank's; its people are these, or as set."""
    return Counter(
        home,
        fund,
        people or people_as_set(settings, home, fund),
        opened,
        send,
        partial(keeper.wait_turn, SEEN_S),
        undecided,
        clock=settings.moment,
        most_days=settings.most_days,
        check=check,
        bank=bank,
        hurry=hurry,
    )
