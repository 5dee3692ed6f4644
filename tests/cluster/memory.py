"""How much memory processes hold while a fund works on, and whether it grows with what they hear."""

import statistics
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TypeAlias

import psutil

from tests.cluster.member import Member

MB, HOUR_S = 1e6, 3600.0
WARM = 1 / 2
"""The share of the time in which caches fill, connections open and pages are copied: it doesn't count."""
MOST_BYTES = 16.0
"""An object of Python has so many bytes at least: whoever grows by fewer an event keeps nothing of each of them."""
MOST_MB_AN_HOUR = 12.0
"""Whoever is warm and grows faster keeps something of what passes by itself: probes, ticks, fetches that bring nothing."""
LONG_S = 600.0
"""A warm time shorter than this shows no growth by the hour: the allocator's own steps of a megabyte would be taken for it."""
Sample: TypeAlias = tuple[float, float, float]
"""Events heard so far, a time in seconds, and bytes held."""


@dataclass(kw_only=True)
class Memory:
    """What was seen of each process, by its name and number."""

    seen: dict[str, list[Sample]] = field(default_factory=lambda: defaultdict(list))

    async def look(self, members: Iterable[Member]) -> None:
        for number, member in enumerate(members):
            held = psutil.Process(member.process.pid).memory_info().rss
            self.seen[f"{member.name}-{number}"].append((await member.count("consumed"), time.monotonic(), held))

    def growing(self) -> Iterator[str]:
        """Processes whose memory grows, a line each."""
        for name, samples in self.seen.items():
            if (grows := an_event(samples)) > MOST_BYTES:
                yield f"memory: {name} grows by {grows:.1f} bytes an event, and may by fewer than {MOST_BYTES:.0f}"
            elif (mb := an_hour(samples)) > MOST_MB_AN_HOUR and lasts_s(warm(samples)) >= LONG_S:
                yield f"memory: {name} grows by {mb:.1f} MB an hour, and may by fewer than {MOST_MB_AN_HOUR:.0f}"

    def told(self) -> Iterator[str]:
        """What each process held first, when warm and last, and how it grew when warm."""
        for name, samples in self.seen.items():
            (_, _, first), (_, _, half), (heard, _, last) = samples[0], warm(samples)[0], samples[-1]
            yield (
                f"{name}: {first / MB:.1f} MB, when warm {half / MB:.1f} MB, after {heard:.0f} events {last / MB:.1f} MB; "
                f"when warm {an_event(samples):+.1f} bytes an event, {an_hour(samples):+.1f} MB an hour"
            )


def an_event(samples: Sequence[Sample]) -> float:
    """By how many bytes a warm process grows with each event that it hears; 0 where it hears none."""
    return slope([(heard, held) for heard, _, held in warm(samples)])


def an_hour(samples: Sequence[Sample]) -> float:
    """By how many MB a warm process grows in an hour: the middle one of the slopes of all pairs (Theil and Sen).

    A few samples that lie off, as while a page is copied or a batch decided, don't move it.
    """
    pairs = combinations([(at_s, held) for _, at_s, held in warm(samples)], 2)
    slopes = [(later - held) / (later_s - at_s) for (at_s, held), (later_s, later) in pairs if later_s > at_s]
    return statistics.median(slopes) * HOUR_S / MB if slopes else 0.0


def lasts_s(samples: Sequence[Sample]) -> float:
    return samples[-1][1] - samples[0][1]


def warm(samples: Sequence[Sample]) -> Sequence[Sample]:
    return [each for each in samples if each[1] >= samples[0][1] + WARM * lasts_s(samples)]


def slope(places: Sequence[tuple[float, float]]) -> float:
    """How fast the second grows with the first: the line that fits best (least squares)."""
    count = len(places)
    x, y = sum(each[0] for each in places) / count, sum(each[1] for each in places) / count
    spread = sum((each[0] - x) ** 2 for each in places)
    return sum((each[0] - x) * (each[1] - y) for each in places) / spread if spread else 0.0
