"""What a process counts in its ``Status``: ``psdf_{what}_total{service}``, ``psdf_step_seconds{service,step}``."""

from collections.abc import Iterator
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from shared.engine.steps import BOUNDS_S
from shared.engine.waiting import Status

TOLD_BY_TELEMETRY = frozenset({"parked"})
"""Counts that have a metric of their own, by topic."""

BORN = ("waits_broker", "waits_database", "waits_kafka", "waits_ministry", "waits_store")
"""What every process counts from the start, also where it never comes to it."""

UP_TO = [*(str(bound) for bound in BOUNDS_S), "+Inf"]


class StatusCounts(Collector):
    """The counts of one process, named as alarms and boards name it."""

    def __init__(self, name: str, status: Status) -> None:
        self._name, self._status = name, status

    def collect(self) -> Iterator[Metric]:
        """Each count as it is now."""
        counts = dict.fromkeys(BORN, 0.0) | self._status.counts
        for what in sorted(counts.keys() - TOLD_BY_TELEMETRY):
            told = CounterMetricFamily(f"psdf_{what}", f"{_about(what)}, since the process started", labels=["service"])
            told.add_metric([self._name], counts[what])
            yield told
        yield self._steps()

    def _steps(self) -> Metric:
        told = HistogramMetricFamily(
            "psdf_step_seconds",
            "How long each step of a batch took, from the topic to the topic",
            labels=["service", "step"],
        )
        for step, took in sorted(self._status.took.items()):
            told.add_metric([self._name, step], list(zip(UP_TO, accumulate(took.counts), strict=True)), took.seconds)
        return told


def _about(what: str) -> str:
    kind, _, of = what.partition("_")
    return f"How often it waited for the {of}" if kind == "waits" else f"What it counts as {what}"
