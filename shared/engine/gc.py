"""Python's garbage collector, between batches instead of within them.

State is large and lives long, and has no cycles; the collector would walk through all of it again and again (a sixth of
the time of an invoice). So it is off, and when a day starts it looks at what is new and then leaves that alone too.
A process that has no such moment, or answers requests between two of them, looks at what is new every other second,
and leaves alone what is left of it half a minute later, or sooner where that is much.
"""

import asyncio
import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from shared.engine.outbox import Message

NEW_S, AGED_S, ALL_S = 2.0, 30.0, 3_600.0
"""How often what is new is looked at, what has grown old since, and all: what is left alone may be garbage later."""
MOST = 50_000
"""Where so many objects are left of what was new, they are looked at at once: it takes some 25 ms, and holds all up."""
NEW = 1
"""The youngest generations of Python's collector: what is left of them is looked at again when it has grown old."""


def calm() -> None:
    """Leave what is loaded alone, and collect only when asked."""
    gc.collect()
    gc.freeze()
    gc.disable()


_CALM: list[object] = []
"""Who wants it so in this process."""


@contextmanager
def calmed() -> Iterator[None]:
    """Be calm for as long as a block runs; when the last one ends, Python collects as it likes again."""
    _CALM.append(None)
    calm()
    try:
        yield
    finally:
        _CALM.pop()
        if not _CALM:
            gc.unfreeze()
            gc.enable()


def collect_when_a_day_starts(messages: Sequence[Message]) -> None:
    """A listener of the bus: collect what is new when a day starts."""
    if any(message.topic == "day.started" for message in messages):
        gc.collect()
        gc.freeze()


@dataclass(kw_only=True)
class Looks:
    """When the collector looked last, in seconds of a monotonic clock."""

    aged_s: float
    all_s: float
    left: int = 0
    """How many objects were new at the looks since."""

    def look(self, now_s: float) -> None:
        """Collect what is new; when it is time, what has grown old since, and leave what is left of it alone.

        What a request, a batch or a client of Kafka was made of often ends as a ring of objects soon after a look, and
        would stay for an hour had that look left it alone.
        """
        self.left += gc.get_count()[0]
        if now_s - self.aged_s < AGED_S and self.left < MOST:
            gc.collect(NEW)
            return
        if now_s - self.all_s > ALL_S:
            gc.unfreeze()
            self.all_s = now_s
        gc.collect()
        gc.freeze()
        self.aged_s, self.left = now_s, 0


async def collect_between_batches(late: Callable[[float], None] = lambda _: None) -> None:
    """Collect what is new, again and again; less often what has grown old, and leave it alone; now and then, all.

    ``late`` hears how many seconds later than it should the loop woke: who decides for long holds all others up.
    """
    calm()
    began = time.monotonic()
    looks = Looks(aged_s=began, all_s=began)
    while True:
        began = time.monotonic()
        await asyncio.sleep(NEW_S)
        late(max(0.0, time.monotonic() - began - NEW_S))
        looks.look(time.monotonic())
