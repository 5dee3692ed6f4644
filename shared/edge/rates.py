"""How many events one sender may send: a bucket of tokens for each, filled again by time."""

import math
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from time import monotonic

EVENTS_A_SECOND, BURST = 500, 20_000
"""A hospital's month comes at once; more than that is a fault, or somebody who means harm."""
MOST_SENDERS = 10_000
"""Senders that are remembered: whoever has sent nothing for longest is forgotten first, with a full bucket."""


class Rates:
    """The buckets of all senders; ``a_second`` events come in again each second, up to ``burst``."""

    def __init__(
        self, a_second: float = EVENTS_A_SECOND, burst: int = BURST, clock: Callable[[], float] = monotonic
    ) -> None:
        self.a_second, self.burst, self._clock = a_second, burst, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, senders: Iterable[str]) -> tuple[str, int] | None:
        """Take a token for each event, or none at all: then who has too few, and in how many whole seconds to come.

        More events than a bucket holds are one request's own matter: they are let in when it is full.
        """
        now, wanted = self._clock(), Counter(senders)
        left = {sender: self._left(sender, now) for sender in wanted}
        for sender, many in wanted.items():
            if left[sender] < (needed := min(many, self.burst)):
                return sender, max(1, math.ceil((needed - left[sender]) / self.a_second))
        for sender, many in wanted.items():
            self._buckets[sender] = (left[sender] - many, now)
            self._buckets.move_to_end(sender)
        while len(self._buckets) > MOST_SENDERS:
            self._buckets.popitem(last=False)
        return None

    def _left(self, sender: str, now: float) -> float:
        left, since = self._buckets.get(sender, (self.burst, now))
        return min(self.burst, left + (now - since) * self.a_second)
