"""kill -9 before and after each act of the desk: the bank's sum is what was ordered, to the cent, and no order twice."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from shared.adapters.bank.carrier import Carrier, Folders
from shared.adapters.sqlite.store import SqliteStore, connect
from shared.effects.bank.desk import NAME, Desk
from tests.bank.independent import FUND, MORNING, SETTINGS, VLK, Place, Told, ordered

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


def lives(path: Path, now: datetime, dies_at: int = 0, life: type[Life] = Life) -> bool:
    """Let a desk live in a process of its own; whether it came to its end."""
    child = os.fork()
    if child == 0:
        os._exit(asyncio.run(life(path, dies_at).live(now)) is not None)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return not os.WIFSIGNALED(status)


async def whole(place: Place) -> None:
    """What the bank carried out is what was ordered, and what the fund was told is what the bank carried out."""
    told = Told()
    await told.publish((place.path / "told.ndjson").read_bytes().splitlines())
    wanted = {order.said.end_to_end_id: [order.said.amount_cents] for order in ORDERS}  # type: ignore[union-attr]
    assert place.paid() == wanted
    assert told.outcomes() == {order.said.order_id: ["executed"] for order in ORDERS}  # type: ignore[union-attr]
    desk = place.desk()
    await desk.load()
    assert desk.state.statements[VLK.iban].closing_cents == -sum(sum(amounts) for amounts in wanted.values())
    assert len(desk.state.files) == 1


@pytest.mark.faults
@pytest.mark.parametrize("step", ["the file leaves", "the answers come", "the statement comes"])
def test_killed_at_each_act_everything_is_paid_once(place: Place, step: str) -> None:
    """Every act of a step is killed in turn; each life goes on from where the last one was killed."""
    deaths = 0
    for name in ("the file leaves", "the answers come", "the statement comes"):
        now = CUT_OFF + timedelta(days=name == "the statement comes")
        for dies_at in range(1, MOST_ACTS) if name == step else ():
            if lives(place.path, now, dies_at):
                break
            deaths += 1
            if deaths % 2:
                place.scan()  # the bank may look into the folder between two lives
        assert lives(place.path, now)
        place.scan()
        if name == "the answers come":
            place.advance()
    assert deaths >= {"the file leaves": 6, "the answers come": 4, "the statement comes": 2}[step]
    assert lives(place.path, CUT_OFF + timedelta(days=1))
    asyncio.run(whole(place))


ACTS = {0: 10, 1: 10, 2: 4}
"""So many acts, each with death before and after it, has each step at least."""


@pytest.mark.faults
@pytest.mark.parametrize(("step", "dies_at"), [(step, n) for step, acts in ACTS.items() for n in range(1, acts + 1)])
def test_killed_once_at_each_act(place: Place, step: int, dies_at: int) -> None:
    """The file leaves (0), its answers come (1), the day's statement comes (2); the bank looks after each life."""
    for number in range(3):
        now = CUT_OFF + timedelta(days=number == 2)
        if number == step:
            assert not lives(place.path, now, dies_at)
            place.scan()
        assert lives(place.path, now)
        place.scan()
        if number == 1:
            place.advance()
    assert lives(place.path, CUT_OFF + timedelta(days=1))
    asyncio.run(whole(place))
