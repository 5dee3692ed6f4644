"""How many messages lie parked that nobody released or looked at: counted in an embedded fund's journal when asked.

The count is of the journal, not of this process, so a restart forgets none. It is made anew after something was parked
or released, beside the loop that decides.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from time import monotonic

from shared.engine.ingress import INGRESS
from shared.engine.outbox import Message, parked_topic
from shared.journal.home import Home, HomeError
from shared.journal.parked import open_by_topic
from shared.telemetry.counts import Counts, known_topic
from shared.telemetry.metrics import Metrics
from shared.telemetry.samples import Sample

log = logging.getLogger(__name__)

PARKED_OPEN = "Messages laid aside that nobody has released or looked at, by topic"
PATIENCE_S = 1.0
"""How long who asks waits for a count; what is counted later is told at the next time."""
ANEW_S = 15.0
"""The least time between two counts, while more and more is parked."""


class ParkedOpen:
    """Of one home. ``look`` before the metrics are told; ``listen`` is a listener of the bus."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._open: Counter[str] = Counter()
        self._topics = Counts(INGRESS.name).parked.keys()
        self._stale, self._counted_at, self._looked_at = True, -ANEW_S, list[int]()
        self._counting: asyncio.Task[None] | None = None

    def watch(self, metrics: Metrics) -> None:
        """Tell the last count."""
        metrics.gauge("psdf_parked_open", PARKED_OPEN, self._samples)

    def listen(self, messages: Sequence[Message]) -> None:
        """Count anew where something was parked."""
        if any(message.topic.endswith(parked_topic("")) for message in messages):
            self._stale = True

    def changed(self) -> None:
        """Count anew, at the next look: somebody has released something, or looked at all."""
        self._stale, self._counted_at = True, -ANEW_S

    async def look(self) -> None:
        """Count if something has changed; wait a moment for it."""
        looked_at = [each.stat().st_mtime_ns for each in (self._home.seen, self._home.dismissed) if each.exists()]
        if looked_at != self._looked_at:
            self._looked_at = looked_at
            self.changed()
        due = self._stale and monotonic() - self._counted_at >= ANEW_S
        if due and (self._counting is None or self._counting.done()):
            self._counting = asyncio.create_task(self._count())
        if self._counting:
            await asyncio.wait({self._counting}, timeout=PATIENCE_S)

    async def _count(self) -> None:
        self._stale = False
        try:
            found = await asyncio.to_thread(self._counted)
        except HomeError as error:
            self._stale = True
            log.warning("parked messages are not counted: %s", error)
            return
        self._open, self._counted_at = found, monotonic()

    def _counted(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for topic, count in open_by_topic(self._home).items():
            found[known_topic(topic)] += count
        return found

    def _samples(self) -> Iterator[Sample]:
        for topic in sorted(self._open.keys() | self._topics):
            yield {"topic": topic}, self._open[topic]
