"""Lives of the desk in processes of their own, each killed at one of its acts."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import httpx

from shared.adapters.bank.carrier import Carrier, Folders, OverHttp
from shared.adapters.bank.orders import Bank
from shared.adapters.sqlite.store import SqliteStore, connect
from shared.effects.bank.desk import NAME, Desk
from tests.bank.independent import FUND, MORNING, SETTINGS, ordered
from tests.forked import forked

T = TypeVar("T")

ORDERS = [ordered(number, 100_000 + 7 * number) for number in range(1, 6)]
CUT_OFF = MORNING + timedelta(hours=1, minutes=1)
MOST_ACTS = 40


class Life:
    """A life of the desk that ends at its ``dies_at``-th act, before or after it."""

    def __init__(self, path: Path, dies_at: int) -> None:
        self.acts, self.dies_at, self.path = 0, dies_at, path

    def act(self) -> None:
        self.acts += 1
        if self.acts == self.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def deadly(self, of: T, *names: str) -> T:
        """The same port, with death before and after each of these acts."""
        for name in names:
            setattr(of, name, self._around(getattr(of, name)))
        return of

    def _around(self, act: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
        async def acted(*given: object, **named: object) -> object:
            self.act()
            done = await act(*given, **named)
            self.act()
            return done

        return acted

    async def publish(self, raws: Sequence[bytes]) -> None:
        """The fund takes what it is told: on the disk when this returns."""
        self.act()
        with (self.path / "told.ndjson").open("ab") as file:
            file.writelines(raw + b"\n" for raw in raws)
            file.flush()
            os.fsync(file.fileno())
        self.act()

    def carrier(self) -> Carrier:
        """The way to the bank."""
        return Folders(self.path / "out", self.path / "in")

    async def live(self, now: datetime) -> None:
        store = self.deadly(SqliteStore(connect(self.path / "bank.sqlite3"), NAME), "append", "mark")
        carrier = self.deadly(self.carrier(), "send", "put_away")
        desk = Desk(FUND, SETTINGS, store, carrier)
        await desk.collect(ORDERS, MORNING)
        await desk.turn(now, self.publish)


class HttpLife(Life):
    """A life of a desk that reaches the bank by the address in its folder."""

    def carrier(self) -> Carrier:
        return OverHttp(Bank((self.path / "url").read_text(), httpx.AsyncClient()))


def lives(path: Path, now: datetime, dies_at: int = 0, life: type[Life] = Life) -> bool:
    """Let a desk live in a process of its own; whether it came to its end."""
    process = forked(_live, life, path, dies_at, now)
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode == 0


def _live(life: type[Life], path: Path, dies_at: int, now: datetime) -> None:
    asyncio.run(life(path, dies_at).live(now))
