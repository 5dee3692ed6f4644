"""The desk of a home: its own journal beside the fund's, whose orders it reads, and two folders, out and in.

::

    psdf-home/bank/
      bank.sqlite3    the desk's journal
      lock            held for as long as a desk acts: the running fund's, or a command's
      out/            files for the bank
      in/             files of the bank; read ones are moved to in/taken, refused ones to in/refused with the reason
"""

import asyncio
import fcntl
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from datetime import datetime
from pathlib import Path

import httpx

from shared.adapters.bank.carrier import Carrier, Folders, OverHttp
from shared.adapters.bank.orders import Bank, BankUnavailable
from shared.adapters.sqlite.store import SqliteStore, connect
from shared.effects.bank.accounts import BankSettings
from shared.effects.bank.desk import NAME, Desk, DeskError, Publish
from shared.effects.bank.journals import heard_in
from shared.engine.faults import Unavailable
from shared.journal.home import DESK, Home, HomeError, reading
from shared.kernel.calendar import VILNIUS
from shared.kernel.fund import Fund
from shared.kernel.value import value

log = logging.getLogger(__name__)

EVERY_S = 1.0
"""How often the running fund's desk looks."""
NOT_NOW = (BankUnavailable, Unavailable, OSError, sqlite3.Error, HomeError, DeskError)
"""What the bank, the disk or the fund's journal raises, and passes by itself or when a person has made room."""


@value
class HomeDesk:
    """The desk of a home: what it knows is kept from turn to turn, the lock is not."""

    home: Home
    desk: Desk
    store: SqliteStore

    @asynccontextmanager
    async def acting(self, *, wait: bool) -> AsyncIterator[Desk]:
        """Act alone, on all that other desks did and the fund ordered meanwhile.

        Raises DeskBusy where another desk acts and is not to be waited for, Broken where a journal contradicts itself.
        """
        with _held(self.home.bank, wait=wait):
            await self.desk.load()
            await collect(self.desk, self.store, self.home, datetime.now(VILNIUS))
            yield self.desk


@asynccontextmanager
async def open_desk(home: Home, fund: Fund, settings: BankSettings) -> AsyncIterator[HomeDesk]:
    """Open the desk of a home. Raises DeskError where its folder can't be used."""
    try:
        home.bank.mkdir(parents=True, exist_ok=True)
        connection = connect(home.bank / DESK)
    except (Unavailable, OSError) as error:
        raise DeskError(f"{home.bank}: {error}") from error
    with closing(connection):
        async with _carrier(home, settings) as carrier:
            store = SqliteStore(connection, NAME)
            yield HomeDesk(home=home, desk=Desk(fund, settings, store, carrier), store=store)


class DeskBusy(Exception):  # noqa: N818 - what is so, not what went wrong
    """Another desk of the home is acting."""


@contextmanager
def _held(folder: Path, *, wait: bool) -> Iterator[None]:
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise DeskBusy(str(folder)) from None
        yield


@asynccontextmanager
async def _carrier(home: Home, settings: BankSettings) -> AsyncIterator[Carrier]:
    if not settings.url:
        yield Folders(home.bank / "out", home.bank / "in")
        return
    async with httpx.AsyncClient() as client:
        yield OverHttp(Bank(settings.url, client))


async def collect(desk: Desk, store: SqliteStore, home: Home, now: datetime) -> None:
    """Take what the fund has ordered since it was last looked: from its journal, so that nothing is missed."""
    if not home.journal.is_file():
        return
    since = await store.heard()
    with reading(home) as connection:
        found, marks = await heard_in(lambda service: SqliteStore(connection, service), since)
    if found:
        await desk.collect(found, now)
    if marks:
        await store.hear(marks)


async def keep_desk(
    home: Home, fund: Fund, settings: BankSettings, publish: Publish, tell: Callable[[Sequence[str]], None]
) -> None:
    """The running fund's desk: look, act, look again, until it is cancelled. ``tell`` hears the alarms of each turn.

    What the bank or a disk keeps from being done is done at a later turn. What contradicts itself, or nobody foresaw,
    stops the desk, and is an alarm until a person has looked.
    """
    opened: HomeDesk | None = None
    told = ""
    async with AsyncExitStack() as stack:
        while True:
            try:
                if opened is None:
                    opened = await stack.enter_async_context(open_desk(home, fund, settings))
                async with opened.acting(wait=False) as desk:
                    now = datetime.now(VILNIUS)
                    await desk.turn(now, publish)
                    tell(desk.alarms(now))
                    told = ""
            except DeskBusy:
                pass
            except NOT_NOW as error:
                if str(error) != told:
                    log.warning("the bank waits: %s", error)
                told = str(error)
                tell([told])
            except Exception as error:
                log.exception("the bank's desk stops")
                tell([f"the desk stops: {error}"])
                return
            await asyncio.sleep(EVERY_S)
