"""Clocks that are set, forwards and back, ours or the broker's: each day is told until it was taken on itself."""

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest

from shared.effects.clock import AGAIN, tell_days
from shared.kernel.calendar import VILNIUS

NOON = datetime(2022, 3, 9, 12, tzinfo=VILNIUS)


class Wall:
    """A clock that is right, one that is ours, and the broker's: by how much each is wrong at a moment."""

    def __init__(self, until: datetime) -> None:
        self.now, self._until = NOON, until
        self.ours: Callable[[datetime], timedelta] = lambda _: timedelta(0)
        self.brokers: Callable[[datetime], timedelta] = lambda _: timedelta(0)
        self.told: list[tuple[datetime, str, datetime]] = []

    async def tell(self, raw: bytes) -> Sequence[datetime]:
        taken = self.now + self.brokers(self.now)
        self.told.append((self.now, json.loads(raw)["id"], taken))
        return [taken]

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        if self.now > self._until:
            raise asyncio.CancelledError

    async def passes(self) -> None:
        with pytest.raises(asyncio.CancelledError):
            await tell_days(self.tell, now=lambda: self.now + self.ours(self.now), sleep=self.sleep)

    def days(self) -> list[str]:
        return [day for _, day, _ in self.told]

    def started(self) -> dict[str, datetime]:
        """When each day was taken on itself, for the first time."""
        found: dict[str, datetime] = {}
        for at, day, taken in self.told:
            if str(taken.date()) == day:
                found.setdefault(day, at)
        return found


def between(first: datetime, last: datetime, wrong: timedelta) -> Callable[[datetime], timedelta]:
    return lambda now: wrong if first <= now < last else timedelta(0)


async def test_a_clock_that_was_set_a_day_forwards_and_back_tells_the_day_at_its_midnight() -> None:
    wall = Wall(NOON + timedelta(days=1))
    wall.ours = between(NOON + timedelta(hours=1), NOON + timedelta(hours=1, minutes=5), timedelta(days=1))
    await wall.passes()
    assert wall.days() == ["2022-03-09", "2022-03-10", "2022-03-09", "2022-03-10"]
    late = wall.started()["2022-03-10"] - datetime(2022, 3, 10, tzinfo=VILNIUS)
    assert timedelta(0) < late < timedelta(seconds=1)


async def test_a_clock_that_was_set_back_over_midnight_goes_on() -> None:
    wall = Wall(NOON + timedelta(days=2))
    midnight = datetime(2022, 3, 10, tzinfo=VILNIUS)
    wall.ours = between(midnight + timedelta(minutes=1), midnight + timedelta(minutes=9), timedelta(hours=-1))
    await wall.passes()
    assert list(wall.started()) == ["2022-03-09", "2022-03-10", "2022-03-11"]


async def test_what_is_told_again_is_so_whatever_our_clock_was_set_to_meanwhile() -> None:
    """Both clocks were wrong, and ours was set back within the day: the simulation found it."""
    wall = Wall(NOON + timedelta(hours=1))
    wall.brokers = between(NOON, NOON + timedelta(minutes=5), timedelta(days=1))
    wall.ours = between(NOON, NOON + timedelta(minutes=1), timedelta(hours=9))
    await wall.passes()
    assert wall.started() == {"2022-03-09": NOON + AGAIN}


async def test_a_broker_that_is_seconds_behind_is_told_the_day_once_more_when_it_is_there() -> None:
    wall = Wall(NOON + timedelta(days=1))
    wall.brokers = lambda _: timedelta(seconds=-2)
    await wall.passes()
    assert wall.days() == ["2022-03-09", "2022-03-10", "2022-03-10"]
    assert wall.started()["2022-03-10"] < datetime(2022, 3, 10, 0, 0, 3, tzinfo=VILNIUS)


async def test_a_broker_that_is_a_day_ahead_is_told_the_day_until_it_is_right() -> None:
    wall = Wall(NOON + timedelta(hours=3))
    wall.brokers = between(NOON, NOON + timedelta(hours=1), timedelta(days=1))
    await wall.passes()
    times = [at for at, _, _ in wall.told]
    assert times == [NOON + n * AGAIN for n in range(7)]
    assert wall.started() == {"2022-03-09": NOON + timedelta(hours=1)}
