"""The year watched while it is played: the console in a browser, switches, and the pace of the days under keys."""

import asyncio
import os
import select
import socket
import sys
import termios
import threading
import time
import tty
import webbrowser
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import date
from functools import partial
from typing import Final, Self, TypeAlias

import httpx

from shared.console.app import Beside
from shared.console.demo_people import DemoPeople
from shared.console.operations import Hears
from shared.demo.mishaps import Mishaps
from shared.demo.run import Outside, Publish
from shared.demo.sent import Ledger
from shared.demo.switch_page import PATH, SwitchPages
from shared.demo.switches import Switchboard
from shared.journal.home import Home
from shared.kernel.fund import Fund
from shared.kernel.stop import Stop
from shared.runtime.console import serving_console
from shared.runtime.listening import listening
from shared.runtime.settings import Settings, read_settings

SLOWEST, FASTEST = 0.25, 512.0
"""Days a second."""
KEYS: Final = "space: pause and go on; +, -: faster, slower; Ctrl-C: stop"
NO_KEY: Final = b"\0"
MINISTRY_FAULTS: Final = {"ministry-silent": {"fail_next": 3}, "ministry-loses": {"lose_next": 1}}
"""What the ministry is told to do wrong, by the switch."""
ASKED_FOR_S: Final = 10.0

Keys: TypeAlias = Callable[[float | None], Awaitable[str]]
"""Waits so many seconds (None: for good) for a key, and gives it, or nothing."""


class Pace:
    """How fast days pass: so many a second, or none while it is paused."""

    def __init__(
        self,
        days_a_second: float,
        keys: Keys,
        clock: Callable[[], float] = time.monotonic,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        """Take a pace, and the keys; ``wake`` lets who waits for a key look again."""
        self.days_a_second, self.paused = days_a_second, False
        self._keys, self._clock, self._wake = keys, clock, wake
        self._last = clock()

    async def day_passed(self, tell: Callable[[str], None]) -> None:
        """Wait until the next day may begin, and hear the keys meanwhile; ``tell`` hears the pace and each change."""
        tell(self.said)
        self._key(await self._keys(0), tell)
        while (left_s := self._last + 1 / self.days_a_second - self._clock()) > 0 or self.paused:
            self._key(await self._keys(None if self.paused else left_s), tell)
        self._last = self._clock()

    def press(self, key: str) -> None:
        """A key that is pressed elsewhere, in any thread."""
        self._change(key)
        self._wake()

    def _key(self, key: str, tell: Callable[[str], None]) -> None:
        self._change(key)
        if key:
            tell(self.said)

    def _change(self, key: str) -> None:
        if key == " ":
            self.paused = not self.paused
        elif key in ("+", "="):
            self.days_a_second = min(self.days_a_second * 2, FASTEST)
        elif key in ("-", "_"):
            self.days_a_second = max(self.days_a_second / 2, SLOWEST)

    @property
    def said(self) -> str:
        """It in a word, for the bar."""
        return "paused" if self.paused else f"{self.days_a_second:g} days/s"


@contextmanager
def keyboard() -> Iterator[tuple[Keys, Callable[[], None]]]:
    """The keys of this terminal, one by one and not shown; as it was when the block ends. Others go on meanwhile.

    The second gives who waits a key that is none, from any thread; once the block ended, nothing.
    """
    terminal = sys.stdin.fileno()
    woken, wakes = socket.socketpair()
    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal)

    async def key(within_s: float | None) -> str:
        if within_s != 0:
            await _readable((terminal, woken.fileno()), within_s)
        pressed, _, _ = select.select([terminal, woken.fileno()], [], [], 0)
        return os.read(pressed[0], 1).decode(errors="replace") if pressed else ""

    def wake() -> None:
        with suppress(OSError):
            wakes.send(NO_KEY)

    try:
        yield key, wake
    finally:
        woken.close()
        wakes.close()
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


async def _readable(files: Sequence[int], within_s: float | None) -> None:
    """Return when one of some files can be read, or so many seconds later."""
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    for file in files:
        loop.add_reader(file, ready.set)
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await ready.wait()
    finally:
        for file in files:
            loop.remove_reader(file)


@contextmanager
def shown(
    home: Home,
    fund: Fund,
    beside: Beside,
    statuses: Hears | None,
    where: str = "127.0.0.1:0",
    desk: Settings | None = None,
) -> Iterator[str]:
    """The console over a home for as long as the block runs, in a thread of its own; its address.

    With ``desk`` there is one, at which whoever looks may be anybody of a demo.
    """
    demo = DemoPeople(fund) if desk else None
    end, ready = asyncio.Event(), threading.Event()
    loop, told = asyncio.new_event_loop(), list[str]()

    async def serve(listener: socket.socket) -> None:
        async with serving_console(
            home, fund, listener, ["127.0.0.1"], desk, beside=beside, statuses=statuses, demo=demo
        ) as url:
            told.append(url)
            ready.set()
            await end.wait()

    def run(listener: socket.socket) -> None:
        try:
            loop.run_until_complete(serve(listener))
        finally:
            ready.set()
            loop.close()

    with listening(where) as listener:
        thread = threading.Thread(target=run, args=(listener,), name="console")
        thread.start()
        ready.wait()
        try:
            yield told[0]
        finally:
            if thread.is_alive():
                loop.call_soon_threadsafe(end.set)
            thread.join()


class Watch:
    """Somebody who watches at a terminal: the console opens with the first day and stays after the last."""

    def __init__(self, home: Home, fund: Fund, days_a_second: float, say: Callable[[str], None]) -> None:
        """Take the home that is played into, a pace, and how to say something."""
        self._home, self._fund, self._days_a_second, self._say = home, fund, days_a_second, say
        self._playing, self._showing = ExitStack(), ExitStack()
        self._pace: Pace | None = None
        self.board, self.ledger = Switchboard(), Ledger(home)
        self.statuses: Hears | None = None
        """Who hears the processes, where the year is played by several."""
        self._mishaps: Mishaps | None = None
        self.tell: Callable[[str], None] = say
        """Hears the pace of the days, and each change of it."""
        self.url = ""

    def __enter__(self) -> Self:
        """Begin; the console opens when there is a day to see."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give the terminal back, and close the console."""
        self._playing.close()
        self._showing.close()

    def breaking(self, world: Outside) -> Outside:
        """The world, with switches to it."""
        self._mishaps = Mishaps(world, self.board, [payer.code for payer in self._fund.payers])
        return self._mishaps

    def again(self, world: Outside) -> Outside:
        """Another world, which the same befalls on the same days."""
        return Mishaps(world, Switchboard(), before=self._mishaps.befell) if self._mishaps else world

    def ministry_is(self, address: str) -> None:
        """Connect the switches of the ministry."""
        for key, faults in MINISTRY_FAULTS.items():
            self.board.connect(key, partial(_order_faults, address, faults))

    def through(self, publish: Publish) -> Publish:
        """Write down what is handed over."""
        return self.ledger.through(publish)

    async def day_passed(self, _day: date) -> None:
        """Open the console with the first day; wait for the next one as the pace asks, and tell the pace."""
        if self._pace is None:
            keys, wake = self._playing.enter_context(keyboard())
            self._pace = Pace(self._days_a_second, keys, wake=wake)
            beside = SwitchPages(self.board, self.ledger, self._pace)
            self.url = self._showing.enter_context(shown(self._home, self._fund, beside, self.statuses))
            self._say(f"The fund, as it lives: {self.url}/fund")
            self._say(f"Break it, and see that nothing is lost: {self.url}{PATH}")
            self._say(KEYS)
            _open(f"{self.url}/fund")
        await self._pace.day_passed(self.tell)

    def stay(self) -> None:
        """End on the tour, and stay until Ctrl-C; nothing can be broken any more, and there is a desk."""
        self._playing.close()
        self.board.disconnect()
        if not self._home.cluster_prefix.exists():
            self._open_desk()
        self._say(f"The tour of the year: {self.url}/tour; the console stays until Ctrl-C")
        with suppress(KeyboardInterrupt):
            _open(f"{self.url}/tour")
            forever = threading.Event()
            while not forever.wait(1.0):  # one without an end would miss a Ctrl-C that comes just before it
                pass

    def _open_desk(self) -> None:
        """Now nobody plays the fund, whoever looks can be one of its people: the console has a desk from here on."""
        self._showing.close()
        beside, where = SwitchPages(self.board, self.ledger, self._pace), self.url.partition("://")[2]
        desk = read_settings(home=self._home.path, moment="event", traces=0)
        self.url = self._showing.enter_context(shown(self._home, self._fund, beside, None, where, desk))
        self._say(f"Work at its desk, as whoever you like: {self.url}/sign-in")


def _order_faults(ministry: str, faults: dict[str, int], _choice: str) -> None:
    """Order faults of the ministry. Raises Stop where it does not answer."""
    try:
        httpx.post(f"{ministry}/faults", json=faults, timeout=ASKED_FOR_S, trust_env=False).raise_for_status()
    except httpx.HTTPError as error:
        raise Stop(f"the ministry at {ministry} took no order: {error!r}") from error


def _open(url: str) -> None:
    """Open an address in the reader's browser, where there is one; the address was said."""
    with suppress(webbrowser.Error):
        webbrowser.open(url)
