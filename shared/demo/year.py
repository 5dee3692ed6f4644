"""The year day by day, for a caller that only reads the script, and the loop that plays it against a fund."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from shared.demo import plot
from shared.demo.post import Event, Sent, day_started
from shared.demo.world import World


@dataclass(frozen=True, slots=True)
class Day:
    """A day: ``before`` starts it (the clock's event), ``events`` come after that, in order of their times."""

    date: date
    before: list[Event]
    events: list[Sent]


def days(seed: int, providers: int = 600, *, year: int = plot.YEAR) -> Iterator[Day]:
    """Give the script without a fund: what the outside world sends of its own accord.

    What follows from the fund's decisions (corrections, outcomes of orders, credits of accounts, claims) is not in it:
    see ``play``.
    """
    world = World(seed, providers, year=year)
    for day in world.dates():
        yield Day(day, [day_started(day)], world.morning(day))


def play(world: World, publish: Callable[[Sequence[Sent]], Iterable[Event]]) -> Iterator[date]:
    """Play the story against a fund: ``publish`` hands it events and gives back all that its services emitted.

    Yields each day when it is over, for a caller that shows progress or stops early.
    """
    for day in world.dates():
        emitted = list(publish([day_started(day)]))
        emitted += publish(world.morning(day))
        while answers := world.answer(day, emitted):
            emitted = list(publish(answers))
        yield day
