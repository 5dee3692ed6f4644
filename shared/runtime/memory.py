"""Python's garbage collector, between batches instead of within them.

State is large and lives long, and has no cycles; the collector would walk through all of it again and again (a sixth of
the time of an invoice). So it is off, and when a day starts it looks at what is new and then leaves that alone too.
"""

import gc
from collections.abc import Sequence

from shared.engine.announce import Message


def calm() -> None:
    """Leave what is loaded alone, and collect only when asked."""
    gc.collect()
    gc.freeze()
    gc.disable()


def collect_when_a_day_starts(messages: Sequence[Message]) -> None:
    """A listener of the bus: collect what is new when a day starts."""
    if any(message.topic == "day.started" for message in messages):
        gc.collect()
        gc.freeze()
