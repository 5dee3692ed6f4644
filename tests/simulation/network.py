"""Between processes and servers: every answer takes its time, and some never come. By dice, and told in a trace."""

import asyncio
import random
from collections.abc import Callable
from contextvars import Context, copy_context
from hashlib import blake2b
from typing import TypeVar

from tests.simulation.loop import PROCESS, Process

T = TypeVar("T")
COMMITS = ".commits insert"
NOBODY: Context = Context()
"""Where servers and the network run: in no process."""


class Trace:
    """What happened, a line each: kept where it is asked for, and always as a digest."""

    def __init__(self, *, keep: bool = False) -> None:
        self.lines: list[str] | None = [] if keep else None
        self.count = 0
        self._digest = blake2b(digest_size=16)

    def say(self, line: str) -> None:
        self.count += 1
        self._digest.update(line.encode())
        if self.lines is not None:
            self.lines.append(line)

    def digest(self) -> str:
        return self._digest.hexdigest()


class Network:
    """How long a way takes, and what becomes of a question.

    ``lost``, ``unanswered`` and ``late`` are shares of questions: one never arrives, of one the answer never comes, and
    one arrives when nobody waits for its answer any more.
    """

    def __init__(self, dice: random.Random, trace: Trace, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self.dice, self.trace, self._loop = dice, trace, loop
        self.shortest_s, self.longest_s, self.timeout_s = 0.0005, 0.004, 0.2
        self.lost = self.unanswered = self.late = 0.0
        self.away: dict[str, float] = {}
        self.freeze: Callable[[Process], None] = lambda _: None
        self.kill: Callable[[Process], None] = lambda _: None

    def way_s(self) -> float:
        """How long one way takes: mostly short, at times much longer."""
        drawn = self.dice.random()
        return self.shortest_s + self.longest_s * (drawn if drawn < 0.97 else 10 * drawn)

    def fate(self, server: str) -> str:
        """What becomes of a question to a server."""
        if self.away.get(server, -1.0) >= asyncio.get_running_loop().time():
            return "lost"
        drawn = self.dice.random() - self.lost
        if drawn < 0:
            return "lost"
        drawn -= self.unanswered
        if drawn < 0:
            return "unanswered"
        return "late" if drawn < self.late else ""

    def later(self, delay_s: float, act: Callable[..., object], *args: object) -> None:
        """Let something happen outside of all processes."""
        (self._loop or asyncio.get_running_loop()).call_later(delay_s, act, *args, context=NOBODY)

    async def _stand_still(self, asks: Process | None, server: str, what: str) -> None:
        """Stop just before a commit, a letter or a file leaves, where that was ordered: who goes on sends what is old."""
        if asks is not None and asks.freezes_s and (COMMITS in what or server in ("ministry", "bank")):
            self.freeze(asks)
            await asyncio.sleep(0)

    async def _dies_before(self, asks: Process | None, server: str, what: str) -> Process | None:
        """Who is to be killed at an act: now, before it asks; else it is given, to be killed when it was heard."""
        if asks is None or not asks.dies_at or asks.dies_at not in f"{server} {what}":
            return None
        if self.dice.random() < 0.5:
            self.kill(asks)
            await asyncio.sleep(0)
        return asks

    async def ask(
        self,
        server: str,
        what: str,
        act: Callable[[], T],
        error: Callable[[str], Exception],
        *,
        fate: str | None = None,
    ) -> T:
        """Ask a server to act, and wait for its answer. Raises what it raises, and ``error`` where none came."""
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[T] = loop.create_future()
        asks, mine = PROCESS.get(), copy_context()
        await self._stand_still(asks, server, what)
        dies = await self._dies_before(asks, server, what)
        fate = self.fate(server) if fate is None else fate
        there_s, back_s = self.way_s(), self.way_s()

        def say(line: str) -> None:
            self.trace.say(f"{loop.time():10.4f} {asks}: {line}")

        def arrive() -> None:
            say(f"{server} {what}{fate and ' ' + fate}")
            result, raised = None, None
            try:
                result = act()
            except Exception as found:  # noqa: BLE001 - whoever asked raises it
                raised = found
            if dies and dies.alive:
                self.kill(dies)
            if not fate:
                loop.call_later(back_s, _answer, answered, result, raised, context=mine)

        timeout_s = self.timeout_s * (0.5 + self.dice.random())
        if fate != "lost":
            self.later(there_s + (timeout_s * 4 * self.dice.random() if fate == "late" else 0), arrive)
        else:
            say(f"{server} {what} lost")
        if fate:
            loop.call_later(timeout_s, _answer, answered, None, error(f"{server} {what}: no answer"), context=mine)
        return await answered


def _answer(answered: "asyncio.Future[T]", result: T | None, raised: Exception | None) -> None:
    if answered.done():
        return
    if raised is not None:
        answered.set_exception(raised)
    else:
        answered.set_result(result)  # type: ignore[arg-type]
