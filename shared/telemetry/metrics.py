"""Metrics: what the engines count, and where the fund stands; for Prometheus as text, and by OTLP.

The fund's state is read in the loop that decides, never beside it: for each text, and a while after a commit.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from prometheus_client import CollectorRegistry, generate_latest

from services.payments.state import State
from services.payments.views import days_to_nearest_term, fund_standing
from shared.events.catalogue import SERVICE
from shared.telemetry.outbox import RelayBacklog
from shared.telemetry.watcher import Counts

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
EVERY_S = 15.0
"""How often metrics go out by OTLP, and how old the fund's numbers in them may be."""

Samples: TypeAlias = Iterable[tuple[Mapping[str, str], float]]
Look: TypeAlias = Mapping[str, list[Observation]]

OF_THE_FUND = {
    "psdf_queue_length": "Waiting invoices of a pot",
    "psdf_queue_age_days": "Days since the head of a queue was accepted",
    "psdf_article_left_cents": "What is left of an article, L - K",
    "psdf_cash_cents": "Usable cash of an account",
    "psdf_days_to_nearest_term": "Days to the earliest due date with something not ordered",
    "psdf_notices_under_way": "Notices that the ministry has not received (point 18)",
}


class Metrics:
    """The metrics of one process. Its registry is its own, so that two funds in one process stay apart."""

    def __init__(self, resource: Resource, otlp: str | None) -> None:
        """Send them to ``otlp`` too, the address of a collector, if there is one."""
        self._registry = CollectorRegistry()
        readers: list[MetricReader] = [
            PrometheusMetricReader(disable_target_info=True, scope_info_enabled=False, registry=self._registry)
        ]
        if otlp:
            exporter = OTLPMetricExporter(endpoint=f"{otlp.rstrip('/')}/v1/metrics")
            readers.append(PeriodicExportingMetricReader(exporter, export_interval_millis=EVERY_S * 1_000))
        self._provider = MeterProvider(readers, resource, shutdown_on_exit=False)
        self._meter = self._provider.get_meter("psdf")
        self._seconds = self._meter.create_histogram(
            "psdf_commit_seconds",
            description="How long a commit took to be durable",
            explicit_bucket_boundaries_advisory=BOUNDS_S,
        )
        self._services: dict[str, tuple[Counts, RelayBacklog]] = {}
        self._state: Callable[[], State | None] = lambda: None
        self._state_payer = ""
        self._look: Look = {}
        self._due: asyncio.TimerHandle | None = None
        self._sent = otlp is not None
        self._counted("psdf_decisions_total", "Decided events since the process started", self._decisions)
        self._counted("psdf_parked_total", "Messages laid aside since the process started", self._parked)
        self._counted("psdf_snapshots_thrown_away_total", "Snapshots that were changed or can't be read", self._thrown)
        self._gauge("psdf_relay_lag", "Messages that are durable and not told", self._lag)
        for name, about in OF_THE_FUND.items():
            self._meter.create_observable_gauge(name, [self._of_the_fund(name)], description=about)

    def ready(self, is_ready: Callable[[], bool]) -> None:
        """Tell whether work is taken."""
        self._gauge("psdf_ready", "1 while work is taken", lambda: [({}, int(is_ready()))])

    def watch(self, service: str, counts: Counts, backlog: RelayBacklog) -> None:
        """Tell what a service counts."""
        self._services[service] = counts, backlog

    def watch_fund(self, state: Callable[[], State | None], state_payer: str) -> None:
        """Tell where the fund stands, from the state of payments; None where another process has it."""
        self._state, self._state_payer = state, state_payer

    def watch_bank(self, alarms: Callable[[], int]) -> None:
        """Tell how many alarms of the bank's desk a person must look at."""
        self._gauge("psdf_bank_alarms", "What a person must look at of the bank", lambda: [({}, alarms())])

    def committed(self, service: str, seconds: float) -> None:
        """Count a commit; what changed goes out by OTLP with the next look."""
        self._seconds.record(seconds, {"service": service})
        if self._sent and self._due is None:
            self._due = asyncio.get_running_loop().call_later(EVERY_S, self._look_again)

    def text(self) -> bytes:
        """All metrics as they are now, in the text format of Prometheus. To be called in the loop that decides."""
        self._look = self._looked()
        return generate_latest(self._registry)

    def close(self, patience_s: float) -> None:
        """Send what is to be sent, if that takes no longer."""
        if self._due:
            self._look_again()
        self._provider.shutdown(timeout_millis=patience_s * 1_000)

    def _look_again(self) -> None:
        if self._due:
            self._due.cancel()
        self._due, self._look = None, self._looked()

    def _looked(self) -> Look:
        """Read the fund's numbers from the views, which no decision is under way to change."""
        state = self._state()
        if state is None:
            return {}
        standing = fund_standing(state, self._state_payer)
        pots = [({"payer": q.payer, "article": q.article, "source": q.source}, q) for q in standing.queues]
        nearest = days_to_nearest_term(state)
        return {
            "psdf_queue_length": [Observation(q.length, pot) for pot, q in pots],
            "psdf_queue_age_days": [Observation(q.age_days, pot) for pot, q in pots],
            "psdf_article_left_cents": [Observation(a.left_cents, {"article": a.article}) for a in standing.articles],
            "psdf_cash_cents": [
                Observation(c.cash_cents, {"payer": c.payer, "source": c.source}) for c in standing.cash
            ],
            "psdf_days_to_nearest_term": [] if nearest is None else [Observation(nearest)],
            "psdf_notices_under_way": [Observation(len(standing.notices))],
        }

    # --- instruments

    def _gauge(self, name: str, about: str, samples: Callable[[], Samples]) -> None:
        self._meter.create_observable_gauge(name, [_observing(samples)], description=about)

    def _counted(self, name: str, about: str, samples: Callable[[], Samples]) -> None:
        self._meter.create_observable_counter(name, [_observing(samples)], description=about)

    def _of_the_fund(self, name: str) -> Callable[[CallbackOptions], Iterable[Observation]]:
        return lambda _: self._look.get(name, [])

    def _decisions(self) -> Iterator[tuple[Mapping[str, str], float]]:
        for service, (counts, _) in self._services.items():
            for kind, count in list(counts.decided.items()):
                if kind in SERVICE:
                    yield {"service": service, "kind": kind}, count

    def _parked(self) -> Iterator[tuple[Mapping[str, str], float]]:
        parked = [counts.parked for counts, _ in self._services.values()]
        for topic in sorted({topic for each in parked for topic in list(each)}):
            yield {"topic": topic}, sum(each[topic] for each in parked)

    def _thrown(self) -> Iterator[tuple[Mapping[str, str], float]]:
        for service, (counts, _) in self._services.items():
            yield {"service": service}, counts.thrown_away

    def _lag(self) -> Iterator[tuple[Mapping[str, str], float]]:
        for service, (_, backlog) in self._services.items():
            yield {"service": service}, backlog.messages


def _observing(samples: Callable[[], Samples]) -> Callable[[CallbackOptions], Iterable[Observation]]:
    return lambda _: [Observation(number, labels) for labels, number in samples()]
