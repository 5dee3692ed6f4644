"""Keeps the index fresh in a thread of its own, and tells who listens that there is something new."""

import asyncio
import logging
import sqlite3
import threading
import time
from pathlib import Path

from shared.console.index.anew import make_anew, make_apart
from shared.console.index.file import Stale, is_of_use, remove
from shared.console.index.follow import Follower
from shared.engine.faults import Broken
from shared.journal.home import Home, HomeError
from shared.kernel.fund import Fund

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.25
AGAIN_EVERY_S = 1.0
"""How soon an index that could not be begun is tried again, in seconds."""
REST_AFTER_S = 20.0
"""Where nothing came for so long, in seconds, nothing is held of what was read."""
NO_MORE = -1
"""What a listener hears last."""
INDEX = "console.sqlite3"
"""The index, in a folder of the home."""


class Keeper:
    """The thread that reads the journal into the index. ``fault`` is why it can't, in one line; None where it can."""

    def __init__(self, home: Home, fund: Fund, path: Path) -> None:
        """Take the home, and where the index lies."""
        self._home, self._fund, self.path = home, fund, path
        self.fault: str | None = None
        self.broken = False
        self.read = 0
        self._listeners: set[tuple[asyncio.AbstractEventLoop, asyncio.Queue[int]]] = set()
        self._stopping, self._awake = threading.Event(), threading.Event()
        self._ready = threading.Event()
        self._turned, self._turns = threading.Condition(), 0
        self._thread = threading.Thread(target=self._keep, name="console-index", daemon=True)

    @property
    def started(self) -> bool:
        """Whether it began to read."""
        return self._thread.ident is not None

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Let what is under way end, and read no more."""
        self._stopping.set()
        self._awake.set()
        self._thread.join()

    def look(self) -> None:
        """Read now what is new in the journal, and not at the next look."""
        self._awake.set()

    def wait_ready(self, timeout_s: float | None = None) -> bool:
        """Wait until all that the journal held was read once, or could not be."""
        return self._ready.wait(timeout_s)

    def wait_turn(self, timeout_s: float) -> bool:
        """Wait until all that the journal holds now was read, for as long as that; whether it was."""
        with self._turned:
            due = self._turns + 2  # the turn under way may have begun before
            return self._turned.wait_for(lambda: self._turns >= due, timeout_s)

    def listen(self) -> asyncio.Queue[int]:
        """A queue of numbers for one listener of the running loop: how far was read. ``leave`` ends it."""
        queue: asyncio.Queue[int] = asyncio.Queue(maxsize=1)
        self._listeners.add((asyncio.get_running_loop(), queue))
        return queue

    def leave(self, queue: asyncio.Queue[int]) -> None:
        """Listen no more."""
        self._listeners.discard((asyncio.get_running_loop(), queue))

    def hush(self) -> None:
        """Tell all who listen that there is nothing more to come."""
        self._tell(NO_MORE)

    def _keep(self) -> None:
        """Keep the index until it is stopped; what nobody foresaw ends it, and every page says so from then on."""
        try:
            self._follow()
        except Exception as error:
            log.exception("console: the index is not kept any more")
            self._say(f"the index is not kept any more: {error!r}", broken=True)
            self._ready.set()
            raise

    def _follow(self) -> None:
        follower: Follower | None = None
        moved = time.monotonic()
        while not self._stopping.is_set():
            self._awake.clear()
            try:
                follower = follower or self._begun()
                follower.catch_up()
                self.fault, self.broken = None, False
                if follower.read != self.read:
                    self.read, moved = follower.read, time.monotonic()
                    self._tell(follower.read)
                elif time.monotonic() - moved > REST_AFTER_S:
                    follower.rest()
            except (HomeError, OSError) as error:
                self._say(str(error), broken=isinstance(error.__cause__, Broken))
            except (Stale, sqlite3.DatabaseError) as error:
                self._say(f"{error}; the index is made anew", broken=False)
                if follower:
                    follower.abandon()
                follower = None
                remove(self.path)
            self._ready.set()
            with self._turned:
                self._turns += 1
                self._turned.notify_all()
            self._awake.wait(LOOK_EVERY_S if follower else AGAIN_EVERY_S)
        if follower:
            follower.close()

    def _begun(self) -> Follower:
        """Who reads on, over the index as it is; where it is of no use, over one that is made anew."""
        if not is_of_use(self.path, self._fund):
            make_apart(self._home, self._fund, self.path, self._stopping)
        return Follower(self._home, self._fund, self.path)

    def _say(self, fault: str, *, broken: bool) -> None:
        if fault != self.fault:
            log.warning("console: %s", fault)
        self.fault, self.broken = fault, broken

    def _tell(self, read: int) -> None:
        for loop, queue in tuple(self._listeners):
            loop.call_soon_threadsafe(_put, queue, read)


def _put(queue: "asyncio.Queue[int]", read: int) -> None:
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(read)


def rebuild(home: Home, fund: Fund, path: Path) -> int:
    """Make the index anew in this process; how many commits were read. Raises HomeError, Stale."""
    return make_anew(home, fund, path)
