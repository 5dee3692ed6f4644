"""How much memory processes hold while a fund works on, and whether it grows."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import psutil

from tests.cluster.member import Member

MB, HOUR_S = 1e6, 3600.0
WARM = 1 / 3
"""The share of the time in which caches fill, connections open and pages are copied: it doesn't count."""
MOST_MB_AN_HOUR = 12.0
"""What an allocator's pages may come to; a kilobyte kept of each event would be twenty times as much."""
Sample: TypeAlias = tuple[float, float]
"""A time in seconds, and megabytes."""


@dataclass(kw_only=True)
class Memory:
    """What was seen of each process, by its name and number."""

    seen: dict[str, list[Sample]] = field(default_factory=lambda: defaultdict(list))

    def look(self, members: Iterable[Member]) -> None:
        now_s = time.monotonic()
        for number, member in enumerate(members):
            held = psutil.Process(member.process.pid).memory_info().rss
            self.seen[f"{member.name}-{number}"].append((now_s, held / MB))

    def growing(self) -> Iterator[str]:
        """Processes whose memory grows, a line each."""
        for name, samples in self.seen.items():
            if (grows := slope(warm(samples)) * HOUR_S) > MOST_MB_AN_HOUR:
                yield f"memory: {name} grows by {grows:.1f} MB an hour, and may by {MOST_MB_AN_HOUR:.0f}"

    def told(self) -> Iterator[str]:
        """What each process held, first and last, and how it grew when warm."""
        for name, samples in self.seen.items():
            first, last, grows = samples[0][1], samples[-1][1], slope(warm(samples)) * HOUR_S
            yield f"{name}: {first:.1f} MB, at the end {last:.1f} MB; {grows:+.1f} MB an hour when warm"


def warm(samples: Sequence[Sample]) -> Sequence[Sample]:
    begun, ended = samples[0][0], samples[-1][0]
    return [each for each in samples if each[0] >= begun + WARM * (ended - begun)]


def slope(samples: Sequence[Sample]) -> float:
    """How fast the second grows with the first: the line that fits best (least squares)."""
    count = len(samples)
    x, y = sum(each[0] for each in samples) / count, sum(each[1] for each in samples) / count
    spread = sum((each[0] - x) ** 2 for each in samples)
    return sum((each[0] - x) * (each[1] - y) for each in samples) / spread if spread else 0.0
