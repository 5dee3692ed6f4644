"""Metrics: what the engines count, and where the fund stands; for Prometheus as text, and by OTLP.

The fund's state is read in the loop that decides, never beside it: for each text, and a while after a commit.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.metrics import CallbackOptions, Histogram, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector, generate_latest

from shared.engine.waiting import Status
from shared.events.catalogue import SERVICE
from shared.telemetry.counts import Counts
from shared.telemetry.outbox import RelayBacklog
from shared.telemetry.samples import Look, Sample, Samples
from shared.telemetry.status import StatusCounts

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
INVOICE_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
EVERY_S = 15.0
"""How often metrics go out by OTLP, and how old the fund's numbers in them may be."""


class Metrics:
    """The metrics of one process. Its registry is its own, so that two funds in one process stay apart."""

    def __init__(self, resource: Resource, otlp: str | None) -> None:
        """Send them to ``otlp`` too, the address of a collector, if there is one."""
        self._registry = CollectorRegistry()
        readers: list[MetricReader] = [
            PrometheusMetricReader(disable_target_info=True, scope_info_enabled=False, registry=self._registry)
        ]
        if otlp:
            from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter

            exporter = OTLPMetricExporter(endpoint=f"{otlp.rstrip('/')}/v1/metrics")
            readers.append(PeriodicExportingMetricReader(exporter, export_interval_millis=EVERY_S * 1_000))
        self._provider = MeterProvider(readers, resource, shutdown_on_exit=False)
        self._meter = self._provider.get_meter("psdf")
        self._seconds = self._histogram("psdf_commit_seconds", "How long a commit took to be durable", BOUNDS_S)
        self._invoices = self._histogram(
            "psdf_invoice_seconds",
            "From an invoice's arrival (or its clerk's verdict) until it is scheduled",
            INVOICE_S,
        )
        self._late = self._histogram("psdf_loop_late_seconds", "How late the loop woke that decides", BOUNDS_S)
        self._services: dict[str, tuple[Counts, RelayBacklog]] = {}
        self._lookers: list[Callable[[], Look]] = []
        self._look: dict[str, list[Sample]] = {}
        self._by_the_clock = False
        self._due: asyncio.TimerHandle | None = None
        self._sent = otlp is not None
        for name, about, samples in (
            ("psdf_decisions_total", "Decided events since the process started", self._decisions),
            ("psdf_reasons_total", "Reasons of what was deferred, returned or refused", self._reasons),
            ("psdf_decided_cents_total", "Sums of what was accepted, ordered, executed, rejected", self._cents),
            ("psdf_parked_total", "Messages laid aside since the process started", self._parked),
            ("psdf_snapshots_thrown_away_total", "Snapshots that were changed or can't be read", self._thrown),
        ):
            self._meter.create_observable_counter(name, [_observing(samples)], description=about)
        self.gauge("psdf_relay_lag", "Messages that are durable and not told", self._lag)
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def ready(self, is_ready: Callable[[], bool]) -> None:
        """Tell whether work is taken."""
        self.gauge("psdf_ready", "1 while work is taken", lambda: [({}, int(is_ready()))])

    def watch(self, service: str, counts: Counts, backlog: RelayBacklog) -> None:
        """Tell what a service counts."""
        self._services[service] = counts, backlog

    def look_at(self, abouts: Mapping[str, str], look: Callable[[], Look]) -> None:
        """Tell numbers of a state, by their names and what they are: read together, in the loop that decides."""
        self._lookers.append(look)
        for name, about in abouts.items():
            self.gauge(name, about, partial(self._looked_at, name))

    def watch_bank(self, alarms: Callable[[], int]) -> None:
        """Tell how many alarms of the bank's desk a person must look at."""
        self.gauge("psdf_bank_alarms", "What a person must look at of the bank", lambda: [({}, alarms())])

    def watch_webhooks(self, disabled: Callable[[], int]) -> None:
        """Tell how many webhooks are not called any more, because they have failed for days."""
        self.gauge("psdf_webhooks_disabled", "Webhooks that are not called any more", lambda: [({}, disabled())])

    def measure_invoices(self) -> None:
        """Compare the moments of invoices with the clock: not where events bring their own time."""
        self._by_the_clock = True

    def watch_status(self, name: str, status: Status) -> None:
        """Tell what a process counts in its status: what it waited for, was told, deleted unread."""
        self._registry.register(StatusCounts(name, status))

    def committed(self, service: str, seconds: float, scheduled: Sequence[datetime] = ()) -> None:
        """Count a commit, and the invoices it scheduled, by the moments at which their causes came.

        What changed goes out by OTLP with the next look.
        """
        self._seconds.record(seconds, {"service": service})
        if self._by_the_clock and scheduled:
            now = datetime.now(UTC)
            for moment in scheduled:
                self._invoices.record(max(0.0, (now - moment).total_seconds()))
        if self._sent and self._due is None:
            self._due = asyncio.get_running_loop().call_later(EVERY_S, self._look_again)

    def late(self, seconds: float) -> None:
        """Count how late the loop woke."""
        self._late.record(seconds)

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

    def _looked(self) -> dict[str, list[Sample]]:
        """Read the numbers of the states, which no decision is under way to change."""
        return {name: list(samples) for look in self._lookers for name, samples in look().items()}

    # --- instruments

    def gauge(self, name: str, about: str, samples: Callable[[], Samples]) -> None:
        """Tell numbers as they are when somebody asks, be it in another thread."""
        self._meter.create_observable_gauge(name, [_observing(samples)], description=about)

    def _histogram(self, name: str, about: str, bounds: Sequence[float]) -> Histogram:
        return self._meter.create_histogram(name, description=about, explicit_bucket_boundaries_advisory=bounds)

    def _looked_at(self, name: str) -> Samples:
        return self._look.get(name, [])

    def _decisions(self) -> Iterator[Sample]:
        for service, (counts, _) in self._services.items():
            for kind, count in list(counts.decided.items()):
                if kind in SERVICE:
                    yield {"service": service, "kind": kind}, count

    def _reasons(self) -> Iterator[Sample]:
        for service, (counts, _) in self._services.items():
            for (kind, reason), count in list(counts.reasons.items()):
                yield {"service": service, "kind": kind, "reason": reason}, count

    def _cents(self) -> Iterator[Sample]:
        for service, (counts, _) in self._services.items():
            for kind, cents in list(counts.cents.items()):
                yield {"service": service, "kind": kind}, cents

    def _parked(self) -> Iterator[Sample]:
        parked = [counts.parked for counts, _ in self._services.values()]
        for topic in sorted({topic for each in parked for topic in list(each)}):
            yield {"topic": topic}, sum(each[topic] for each in parked)

    def _thrown(self) -> Iterator[Sample]:
        for service, (counts, _) in self._services.items():
            yield {"service": service}, counts.thrown_away

    def _lag(self) -> Iterator[Sample]:
        for service, (_, backlog) in self._services.items():
            yield {"service": service}, backlog.messages


def _observing(samples: Callable[[], Samples]) -> Callable[[CallbackOptions], Iterable[Observation]]:
    return lambda _: [Observation(number, labels) for labels, number in samples()]
