"""What a process of a cluster says of itself on ``process.status``, and what was heard of it; it needs no driver."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from shared.engine.waiting import Tried
from shared.kernel.value import value

TOPIC = "process.status"
EVERY_S = 5.0
"""How often a process tells."""
FORGOTTEN_S = 3_600.0
"""As long as the topic keeps it, in seconds."""


@value
class Told:
    """What a process says of itself: ``member`` tells two of a kind apart, ``place`` is where it answers.

    ``started`` is ISO, UTC. ``counts`` are lag, outbox, letters and parked, as far as it has them. ``stopped``: it was
    told to stop, and says goodbye. ``tried`` are letters that could not be delivered yet, by their notices.
    ``waits_since`` is when the waiting for each of ``waits`` began; a process of an earlier version does not say it.
    """

    process: str
    member: str
    place: str
    version: str
    started: str
    waits: Mapping[str, str]
    fault: str
    counts: Mapping[str, int]
    stopped: bool = False
    tried: Mapping[str, Tried] = field(default_factory=dict)
    waits_since: Mapping[str, datetime] = field(default_factory=dict)


@value
class Heard:
    """What a process said last, and when the broker took it."""

    told: Told
    at: datetime

    def age_s(self, now: datetime) -> float:
        """How long ago that was, in seconds."""
        return max(0.0, (now - self.at).total_seconds())


@value
class TopicLag:
    """How far one process has heard one topic, over all partitions: where it ends, and what is behind its group.

    ``oldest`` is the broker's moment of the oldest message that is not read; None where all is, or it was not found.
    """

    process: str
    topic: str
    end: int
    heard: int
    oldest: datetime | None = None

    @property
    def lag(self) -> int:
        """How many messages are not read."""
        return self.end - self.heard


@value
class Behind:
    """How far each process was behind, when that was asked (None: not yet), and why it can't be asked now."""

    topics: tuple[TopicLag, ...] = ()
    at: datetime | None = None
    fault: str = ""
