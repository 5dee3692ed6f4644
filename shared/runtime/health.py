"""How the running fund is: whether it may take work, how long a commit takes, what was decided and what was parked."""

import logging
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from sqlite3 import Connection
from time import perf_counter

from shared.adapters.sqlite import SqliteStore
from shared.engine.announce import Message
from shared.engine.journal import Commit, Snapshot, Unavailable
from shared.messages.catalogue import CATALOGUE, OUTSIDE, SERVICE

log = logging.getLogger(__name__)

BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
PARKED = ".parked"


@dataclass(slots=True)
class Histogram:
    """Seconds, counted by upper bound; the last count is of what took longer than the last bound."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_S) + 1))
    sum_s: float = 0.0

    def observe(self, seconds: float) -> None:
        """Count one duration."""
        self.counts[bisect_left(BOUNDS_S, seconds)] += 1
        self.sum_s += seconds


@dataclass(slots=True)
class Health:
    """What is to be told of a running fund. ``broken`` stops it for good, ``trouble`` passes (a full disk)."""

    started: bool = False
    broken: str | None = None
    trouble: str | None = None
    commits: Histogram = field(default_factory=Histogram)
    decided: Counter[tuple[str, str]] = field(default_factory=Counter)
    parked: Counter[str] = field(default_factory=Counter)

    @property
    def fault(self) -> str | None:
        """Why no work is taken; None where all is well."""
        if self.broken:
            return self.broken
        return self.trouble or (None if self.started else "the fund is starting")

    def listen(self, messages: Sequence[Message]) -> None:
        """Count what was decided and parked, as it becomes durable."""
        for message in messages:
            topic = message.topic
            if topic in SERVICE:
                self.decided[CATALOGUE[topic].speaker[0].lstrip("/"), topic] += 1
            elif topic not in OUTSIDE and topic.endswith(PARKED):
                self.parked[topic.removesuffix(PARKED)] += 1


class WatchedStore(SqliteStore):
    """The store of a running fund: it says whether the last commit could be written, and can do without snapshots."""

    def __init__(self, connection: Connection, service: str, health: Health) -> None:
        """Tell ``health`` of each commit."""
        super().__init__(connection, service)
        self._health = health

    async def append(self, commits: Sequence[Commit]) -> None:
        """Append, and say how it went."""
        began = perf_counter()
        try:
            await super().append(commits)
        except Unavailable as error:
            self._health.trouble = f"{error}: is there room on the disk?"
            raise
        if commits:
            self._health.trouble = None
            self._health.commits.observe(perf_counter() - began)

    async def save(self, snapshots: Sequence[Snapshot]) -> None:
        """Keep snapshots where there is room: without them nothing is lost, only the next start is longer."""
        try:
            await super().save(snapshots)
        except Unavailable as error:
            log.warning("%s", error)
