"""The year watched while it is played: the console in a browser, and the pace of the days under the reader's keys."""

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
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Final, Self

from shared.journal.home import Home
from shared.kernel.fund import Fund
from shared.runtime.console import serving_console

SLOWEST, FASTEST = 0.25, 512.0
"""Days a second."""
KEYS: Final = "space: pause and go on; +, -: faster, slower; Ctrl-C: stop"


class Pace:
    """How fast days pass: so many a second, or none while it is paused."""

    def __init__(
        self, days_a_second: float, keys: Callable[[float | None], str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take a pace; ``keys`` waits so many seconds (None: for good) for a key, and gives it, or nothing."""
        self.days_a_second, self.paused = days_a_second, False
        self._keys, self._clock = keys, clock
        self._last = clock()

    def day_passed(self, tell: Callable[[str], None]) -> None:
        """Wait until the next day may begin, and hear the keys meanwhile; ``tell`` hears the pace and each change."""
        tell(self.said)
        self._key(self._keys(0), tell)
        while (left_s := self._last + 1 / self.days_a_second - self._clock()) > 0 or self.paused:
            self._key(self._keys(None if self.paused else left_s), tell)
        self._last = self._clock()

    def _key(self, key: str, tell: Callable[[str], None]) -> None:
        if key == " ":
            self.paused = not self.paused
        elif key in ("+", "="):
            self.days_a_second = min(self.days_a_second * 2, FASTEST)
        elif key in ("-", "_"):
            self.days_a_second = max(self.days_a_second / 2, SLOWEST)
        if key:
            tell(self.said)

    @property
    def said(self) -> str:
        """It in a word, for the bar."""
        return "paused" if self.paused else f"{self.days_a_second:g} days/s"


@contextmanager
def keyboard() -> Iterator[Callable[[float | None], str]]:
    """The keys of this terminal, one by one and not shown; as it was when the block ends."""
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal)

    def key(within_s: float | None) -> str:
        pressed, _, _ = select.select([terminal], [], [], within_s)
        return os.read(terminal, 1).decode(errors="replace") if pressed else ""

    try:
        yield key
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


@contextmanager
def shown(home: Home, fund: Fund) -> Iterator[str]:
    """The console over a home for as long as the block runs, in a thread of its own; its address."""
    listener, end, ready = socket.create_server(("127.0.0.1", 0)), asyncio.Event(), threading.Event()
    loop, told = asyncio.new_event_loop(), list[str]()

    async def serve() -> None:
        async with serving_console(home, fund, listener, ["127.0.0.1"]) as url:
            told.append(url)
            ready.set()
            await end.wait()

    def run() -> None:
        try:
            loop.run_until_complete(serve())
        finally:
            ready.set()
            loop.close()

    thread = threading.Thread(target=run, name="console")
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
        self.url = ""

    def __enter__(self) -> Self:
        """Begin; the console opens when there is a day to see."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give the terminal back, and close the console."""
        self._playing.close()
        self._showing.close()

    def day_passed(self, tell: Callable[[str], None]) -> None:
        """Open the console with the first day; wait for the next one as the pace asks, and tell the pace."""
        if self._pace is None:
            self.url = self._showing.enter_context(shown(self._home, self._fund))
            self._pace = Pace(self._days_a_second, self._playing.enter_context(keyboard()))
            self._say(f"The fund, as it lives: {self.url}/fund")
            self._say(KEYS)
            _open(f"{self.url}/fund")
        self._pace.day_passed(tell)

    def stay(self) -> None:
        """End on the tour, and stay until Ctrl-C."""
        self._playing.close()
        self._say(f"The tour of the year: {self.url}/tour; the console stays until Ctrl-C")
        with suppress(KeyboardInterrupt):
            _open(f"{self.url}/tour")
            forever = threading.Event()
            while not forever.wait(1.0):  # one without an end would miss a Ctrl-C that comes just before it
                pass


def _open(url: str) -> None:
    """Open an address in the reader's browser, where there is one; the address was said."""
    with suppress(webbrowser.Error):
        webbrowser.open(url)
