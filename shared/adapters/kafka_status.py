"""What a process of the cluster says of itself: what it waits for, and what it has done."""

import asyncio
import logging
import random
from dataclasses import dataclass, field

log = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.05, 5.0


@dataclass(slots=True)
class Status:
    """Ready when it waits for nothing; ``waits`` says for what, and why, ``counts`` is for the metrics.

    ``dead`` says why nothing but a new start helps; empty while it lives.
    """

    waits: dict[str, str] = field(default_factory=lambda: {"start": "starting"})
    counts: dict[str, float] = field(default_factory=dict)
    dead: str = ""

    @property
    def ready(self) -> bool:
        """Whether it works."""
        return not self.waits

    def wait(self, what: str, why: str) -> None:
        """Say that something is waited for; the log hears of it when it is new."""
        if self.waits.get(what) != why:
            log.warning("waiting for %s: %s", what, why)
        self.waits[what] = why
        self.count(f"waits_{what.partition(' ')[0]}")

    def count(self, what: str, more: float = 1) -> None:
        """Count what was done; seconds are counted too."""
        self.counts[what] = self.counts.get(what, 0) + more

    def came(self, what: str) -> None:
        """What was waited for has come."""
        if self.waits.pop(what, None):
            log.info("%s: it works again", what)


class Pause:
    """Waits longer each time, up to a limit, and never exactly as long as others do."""

    def __init__(self) -> None:
        self._next_s = FIRST_PAUSE_S

    async def take(self) -> None:
        """Wait."""
        await asyncio.sleep(self._next_s * (0.5 + random.random() / 2))  # noqa: S311 - spreads tries, keeps no secret
        self._next_s = min(2 * self._next_s, LONGEST_PAUSE_S)

    def reset(self) -> None:
        """All is well again."""
        self._next_s = FIRST_PAUSE_S
