"""How long the steps of a batch take, from the topic to the topic: how many of each took up to so many seconds."""

from bisect import bisect_left
from dataclasses import dataclass, field

BOUNDS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Up to how many seconds each count goes; the last count has what took longer."""

WAIT, DECIDE, TELL, SETTLE = STEPS = ("wait", "decide", "tell", "settle")
"""Its oldest record lies on the topic; it is read, decided and made durable; what it says is published; marks and
offsets are kept."""


@dataclass(slots=True)
class Took:
    """What one step took: a count for each bound, and all seconds together."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_S) + 1))
    seconds: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one more."""
        self.counts[bisect_left(BOUNDS_S, seconds)] += 1
        self.seconds += seconds
