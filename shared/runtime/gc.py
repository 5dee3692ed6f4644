"""Python's garbage collector, between batches instead of within them.

State is large and lives long, and has no cycles; the collector would walk through all of it again and again (a sixth of
the time of an invoice). So it is off, and when a day starts it looks at what is new and then leaves that alone too.
A process that has no such moment, or answers requests between two of them, looks at what is new every other second.
"""

import asyncio
import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from shared.engine.outbox import Message

NEW_S, ALL_S = 2.0, 3_600.0
"""How often what is new is looked at, and all: what has been left alone may have become garbage since."""


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


async def collect_between_batches(late: Callable[[float], None] = lambda _: None) -> None:
    """Collect what is new, then leave it alone, again and again; now and then, look at all.

    ``late`` hears how many seconds later than it should the loop woke: who decides for long holds all others up.
    """
    calm()
    last = time.monotonic()
    while True:
        began = time.monotonic()
        await asyncio.sleep(NEW_S)
        late(max(0.0, time.monotonic() - began - NEW_S))
        if time.monotonic() - last > ALL_S:
            gc.unfreeze()
            last = time.monotonic()
        gc.collect()
        gc.freeze()
