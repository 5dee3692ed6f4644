"""An event loop without a clock and without sockets: time is a number, and goes on when nothing is left to do.

What runs belongs to a process, as its context says, or to nobody: then it is a server or the network. What belongs to a
process that has died never runs again; what belongs to one that stands still waits until it goes on.
"""

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from typing import Any

PROCESS: ContextVar["Process | None"] = ContextVar("process", default=None)
MOST_STEPS = 3_000_000


class Stuck(AssertionError):  # noqa: N818 - what is so
    """The simulation does not come to rest."""


class Process:
    """A process: a name, whether it lives, whether it stands still, or will for ``freezes_s`` before it next commits.

    ``dies_at`` is what it asks next when it is killed; empty where it is not.
    """

    def __init__(self, name: str) -> None:
        self.name, self.alive, self.still, self.until = name, True, False, 0.0
        self.kind = name.partition("#")[0].partition(".")[0]
        self.freezes_s, self.dies_at = 0.0, ""
        self.held: deque[Due] = deque()
        self.tasks: list[asyncio.Task[Any]] = []

    def __repr__(self) -> str:
        return self.name


class Due:
    """A callback that is due, now or at a time."""

    __slots__ = ("_args", "_callback", "_context", "at", "process")

    def __init__(self, at: float, callback: Callable[..., object], args: tuple[object, ...], context: Context) -> None:
        self.at, self._callback, self._args, self._context = at, callback, args, context
        self.process: Process | None = context.get(PROCESS)

    def cancel(self) -> None:
        self._callback, self._args = _nothing, ()

    def cancelled(self) -> bool:
        return self._callback is _nothing

    def when(self) -> float:
        return self.at

    def run(self) -> None:
        self._context.run(self._callback, *self._args)


def _nothing() -> None:
    """What was cancelled."""


class VirtualLoop(asyncio.AbstractEventLoop):
    """Runs what is due in the order in which it became so: within a process as asyncio does."""

    def __init__(self) -> None:
        self.now_s, self.steps, self.closed = 0.0, 0, False
        self.strike: Callable[[Process], None] | None = None
        self.strike_at = -1
        self.faults: list[str] = []
        self._ready: deque[Due] = deque()
        self._timers: list[tuple[float, int, Due]] = []
        self._count = 0

    # --- what asyncio asks of a loop

    def time(self) -> float:
        return self.now_s

    def call_soon(self, callback: Callable[..., object], *args: object, context: Context | None = None) -> Due:
        due = Due(self.now_s, callback, args, copy_context() if context is None else context)
        self._ready.append(due)
        return due

    call_soon_threadsafe = call_soon  # type: ignore[assignment] # there is one thread

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: object, context: Context | None = None
    ) -> Due:  # type: ignore[override]
        return self.call_at(self.now_s + max(0.0, delay), callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[..., object], *args: object, context: Context | None = None
    ) -> Due:  # type: ignore[override]
        due = Due(when, callback, args, copy_context() if context is None else context)
        self._count += 1
        heapq.heappush(self._timers, (when, self._count, due))
        return due

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(
        self, coro: Coroutine[Any, Any, Any], *, name: str | None = None, context: Context | None = None
    ) -> asyncio.Task[Any]:  # type: ignore[override]
        task = asyncio.Task(coro, loop=self, name=name, context=context)
        process = (copy_context() if context is None else context).get(PROCESS)
        if process is not None:
            process.tasks.append(task)
        return task

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return not self.closed

    def is_closed(self) -> bool:
        return self.closed

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """What nobody has caught is a fault of whoever ran it."""
        if not self.closed:
            error = context.get("exception")
            self.faults.append(f"{context.get('message')}: {error!r}")

    # --- how it runs

    def step(self) -> bool:
        """Do the next thing; False where nothing will ever be due again."""
        if not self._ready:
            if not self._timers:
                return False
            when, _, due = heapq.heappop(self._timers)
            if due.cancelled():
                return True
            self.now_s = max(self.now_s, when)
            self._ready.append(due)
        due = self._ready.popleft()
        process = due.process
        if process is not None:
            if not process.alive:
                return True
            if process.still:
                process.held.append(due)
                return True
        self.steps += 1
        if process is not None and self.steps >= self.strike_at >= 0 and self.strike:
            self.strike_at = -1
            self._ready.appendleft(due)
            self.strike(process)
            return True
        due.run()
        return True

    def run_until(self, done: Callable[[], bool], *, patience_s: float) -> bool:
        """Run until something is so; False where it is not within the time. Raises Stuck."""
        until = self.now_s + patience_s
        asyncio._set_running_loop(self)
        try:
            while not done():
                if not self.step() or self.now_s > until:
                    return done()
                if self.steps > MOST_STEPS:
                    raise Stuck(f"no rest after {self.steps} steps, at {self.now_s:.1f} s")
        finally:
            asyncio._set_running_loop(None)
        return True

    def wake(self, process: Process) -> None:
        """What stood still goes on, with all that came meanwhile."""
        process.still = False
        self._ready.extend(process.held)
        process.held.clear()
