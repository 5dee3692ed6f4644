"""Waiting: what a process waits for, and how long it waits before it tries again. The one place for both."""

import asyncio
import logging
import random
from collections import UserDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from shared.engine.steps import STEPS, Took
from shared.kernel.value import value

log = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.05, 5.0


@value
class Tried:
    """What could not be done yet: how often it was tried, and when last (ISO, UTC)."""

    count: int
    at: str


class Waits(UserDict[str, str]):
    """What is waited for, and why. ``since`` is when the waiting for each began, whatever the reason is now."""

    def __init__(self, waits: Mapping[str, str] | None = None) -> None:
        """Begin with what is waited for now."""
        self.since: dict[str, datetime] = {}
        super().__init__(waits)

    def __setitem__(self, what: str, why: str) -> None:
        self.since.setdefault(what, datetime.now(UTC).replace(microsecond=0))
        super().__setitem__(what, why)

    def __delitem__(self, what: str) -> None:
        super().__delitem__(what)
        del self.since[what]


@dataclass(slots=True)
class Status:
    """How a fund or a process of it is: ready when it waits for nothing, and nothing is broken. On both stacks.

    ``waits`` says for what, and why: it passes by itself, or when a person has looked. ``broken`` is for good: nothing
    more is decided before it is mended and started anew. ``dead`` says why only a new process helps; empty
    while this one lives. ``counts`` is for the metrics, and what each step of a batch ``took``; ``asked`` gives what is
    counted then: lag, outbox. ``tried`` gives the letters that could not be delivered yet, by their notices.
    """

    waits: Waits = field(default_factory=lambda: Waits({"start": "starting"}))
    counts: dict[str, float] = field(default_factory=dict)
    took: dict[str, Took] = field(default_factory=lambda: {step: Took() for step in STEPS})
    asked: dict[str, Callable[[], float]] = field(default_factory=dict)
    tried: Callable[[], Mapping[str, Tried]] = dict
    broken: str | None = None
    dead: str = ""

    @property
    def ready(self) -> bool:
        """Whether it works."""
        return self.fault is None

    @property
    def fault(self) -> str | None:
        """Why no work is taken; None where all is well."""
        return self.broken or next(iter(self.waits.values()), None)

    def wait(self, what: str, why: str) -> None:
        """Say that something is waited for; the log hears of it when it is new."""
        if self.waits.get(what) != why:
            log.warning("waiting for %s: %s", what, why)
        self.waits[what] = why
        self.count(f"waits_{what.partition(' ')[0]}")

    def count(self, what: str, more: float = 1) -> None:
        """Count what was done."""
        self.counts[what] = self.counts.get(what, 0) + more

    def time(self, step: str, seconds: float) -> None:
        """Say how long a step of a batch took."""
        self.took[step].add(seconds)

    def came(self, what: str) -> None:
        """What was waited for has come."""
        if self.waits.pop(what, None):
            log.info("%s: it works again", what)


class Backoff:
    """Pauses between tries, in seconds: each twice as long as the one before up to a limit, and never just as others'.

    ``first_s`` is the first, ``longest_s`` the limit; ``jitter`` (0 to 1) takes up to a half of each away, so that
    many who wait for one thing do not come back to it at once.
    """

    def __init__(
        self,
        first_s: float = FIRST_PAUSE_S,
        longest_s: float = LONGEST_PAUSE_S,
        *,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._first_s = self._full_s = first_s
        self._longest_s, self._jitter = longest_s, jitter

    def next_s(self) -> float:
        """How long to wait now; the next one is longer."""
        pause_s = self._full_s * (1 - self._jitter() / 2)
        self._full_s = min(2 * self._full_s, self._longest_s)
        return pause_s

    async def wait(self) -> None:
        """Wait."""
        await asyncio.sleep(self.next_s())

    def reset(self) -> None:
        """All is well again."""
        self._full_s = self._first_s
