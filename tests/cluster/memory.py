"""How much memory processes hold while a fund works on, and whether it grows with what they hear."""

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
MOST_BYTES = 16.0
"""An object of Python has so many bytes at least: whoever grows by fewer an event keeps nothing of each of them."""
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

    def told(self) -> Iterator[str]:
        """What each process held, first and last, and how it grew when warm."""
        for name, samples in self.seen.items():
            (_, _, first), (heard, _, last) = samples[0], samples[-1]
            an_hour = slope([(at_s, held / MB) for _, at_s, held in warm(samples)]) * HOUR_S
            yield (
                f"{name}: {first / MB:.1f} MB, after {heard:.0f} events {last / MB:.1f} MB; "
                f"when warm {an_event(samples):+.1f} bytes an event, {an_hour:+.1f} MB an hour"
            )


def an_event(samples: Sequence[Sample]) -> float:
    """By how many bytes a warm process grows with each event that it hears; 0 where it hears none."""
    return slope([(heard, held) for heard, _, held in warm(samples)])


def warm(samples: Sequence[Sample]) -> Sequence[Sample]:
    begun_s, ended_s = samples[0][1], samples[-1][1]
    return [each for each in samples if each[1] >= begun_s + WARM * (ended_s - begun_s)]


def slope(places: Sequence[tuple[float, float]]) -> float:
    """How fast the second grows with the first: the line that fits best (least squares)."""
    count = len(places)
    x, y = sum(each[0] for each in places) / count, sum(each[1] for each in places) / count
    spread = sum((each[0] - x) ** 2 for each in places)
    return sum((each[0] - x) * (each[1] - y) for each in places) / spread if spread else 0.0
