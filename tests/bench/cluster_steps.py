"""What each step of a batch takes in each service, by the processes' own histograms: what was added between two looks."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from prometheus_client.parser import text_string_to_metric_families

from shared.engine.steps import STEPS
from tests.cluster.fleet import Fleet

STORE = "store"
"""The part of deciding that makes it durable; it has a histogram of its own."""
ROWS = (*STEPS[:2], STORE, *STEPS[2:])
METRICS = {"psdf_step_seconds_bucket": None, "psdf_commit_seconds_bucket": STORE}

Buckets = Counter[tuple[str, str, float]]
"""By service, step and bound in seconds: how many took up to that."""


async def look(here: Fleet) -> Buckets:
    """The histograms of all members as they are now."""
    found: Buckets = Counter()
    for member in here.members:
        answer = await member.answers("metrics")
        assert answer is not None, member.name
        for family in text_string_to_metric_families(answer.text):
            for sample in family.samples:
                if sample.name in METRICS:
                    step = METRICS[sample.name] or sample.labels["step"]
                    found[member.name, step, float(sample.labels["le"])] += int(sample.value)
    return found


def milliseconds(added: Sequence[Buckets], part: float) -> Mapping[str, Mapping[str, float]]:
    """By service and step, the milliseconds within which so large a part of what was added in all lies."""
    every: Buckets = Counter()
    for each in added:
        every.update(each)
    services = sorted({service for service, _, _ in every})
    return {
        service: {step: round(1_000 * _within(every, service, step, part), 1) for step in ROWS} for service in services
    }


def _within(every: Buckets, service: str, step: str, part: float) -> float:
    """In seconds, as Prometheus tells it: evenly spread between two bounds."""
    counts = [
        (0.0, 0),
        *sorted((le, count) for (name, of, le), count in every.items() if (name, of) == (service, step)),
    ]
    wanted = part * counts[-1][1]
    for (low, before), (high, upto) in pairwise(counts):
        if upto >= wanted > before:
            return low if high == float("inf") else low + (high - low) * (wanted - before) / (upto - before)
    return 0.0
