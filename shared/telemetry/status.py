"""What a process counts in its ``Status``, as counters of Prometheus: ``psdf_{what}_total{service}``, each from 0."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from shared.engine.waiting import Status

TOLD_BY_TELEMETRY = frozenset({"parked"})
"""Counts that have a metric of their own, by topic."""

BORN = ("waits_broker", "waits_database", "waits_kafka", "waits_ministry", "waits_store")
"""What every process counts from the start, also where it never comes to it."""


class StatusCounts(Collector):
    """The counts of one process, named as alarms and boards name it."""

    def __init__(self, name: str, status: Status) -> None:
        self._name, self._status = name, status

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Each count as it is now."""
        counts = dict.fromkeys(BORN, 0.0) | self._status.counts
        for what in sorted(counts.keys() - TOLD_BY_TELEMETRY):
            told = CounterMetricFamily(f"psdf_{what}", f"{_about(what)}, since the process started", labels=["service"])
            told.add_metric([self._name], counts[what])
            yield told


def _about(what: str) -> str:
    kind, _, of = what.partition("_")
    return f"How often it waited for the {of}" if kind == "waits" else f"What it counts as {what}"
