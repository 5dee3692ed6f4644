"""What is told of a running fund: traces, metrics, and the trace ids in logs. Nothing here changes a decision.

::

    telemetry = Telemetry(traces=0.1, folder=home.traces)
    for engine in engines.values():
        telemetry.watch(engine)                     # before it is started
    telemetry.fund(lambda: stack.payments, fund, ready=lambda: stack.health.ready)
    ...
    telemetry.metrics.text()                        # GET /metrics
    with telemetry.letter(fund_id, notice_no): ...  # a letter's delivery
    telemetry.close()                               # last: sends what waits

Where engines share a store that others mark (the cluster), that store is ``telemetry.store(store, service)``.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from threading import Timer

from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_NAMESPACE, Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanKind, Tracer

from services.payments.state import State
from shared.engine.engine import Engine
from shared.engine.ingress import INGRESS
from shared.engine.journal import Store
from shared.kernel.fund import Fund
from shared.telemetry.context import NOTICE, Subject, under
from shared.telemetry.counts import Counts
from shared.telemetry.facts import NOTICE as NOTICE_NO
from shared.telemetry.file import FileExporter
from shared.telemetry.metrics import Metrics
from shared.telemetry.outbox import RelayBacklog
from shared.telemetry.share import Share
from shared.telemetry.span import Recorder
from shared.telemetry.standing import watch_fund
from shared.telemetry.store import TracedStore
from shared.telemetry.viewer import said_of
from shared.telemetry.watcher import EngineTelemetry

NAMESPACE = "psdf"
PATIENCE_S = 5.0
"""How long the end waits for a collector that does not answer, for traces and for metrics."""
MOST_LINKS = 1_000
EVERY_S = 1.0
"""How often spans go out: a kill loses those of as long."""
MOST_WAITING = 20_000
"""Spans that wait to be sent; what is over it is dropped, so that a collector that is away stops nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What is kept of one service in this process, whatever engines it has."""

    name: str
    tracer: Tracer | None
    recorder: Recorder | None
    counts: Counts
    backlog: RelayBacklog = field(default_factory=RelayBacklog)


class Telemetry:
    """The traces and metrics of one process."""

    def __init__(
        self, *, traces: float, otlp: str | None = None, folder: Path | None = None, console_url: str | None = None
    ) -> None:
        """Trace a share of the invoices, 0 to 1, to a collector (``http://host:4318``), else to files in a folder.

        ``console_url`` is where people reach the console: spans lead there. Raises OSError where the folder can't be
        made.
        """
        self._console_url = console_url.rstrip("/") if console_url else None
        self._share = Share(traces)
        self._exporter = _exporter(otlp, folder) if traces > 0 else None
        self._processor = (
            BatchSpanProcessor(self._exporter, MOST_WAITING, schedule_delay_millis=EVERY_S * 1_000)
            if self._exporter
            else None
        )
        self._services: dict[str, Watched] = {}
        self.metrics = Metrics(_resource("fund"), otlp)

    def watch(self, engine: Engine) -> None:
        """Watch an engine that is not started yet. The door only counts: traces begin behind it, as behind Kafka."""
        name = engine.service.name
        service = self._service(name)
        watcher = EngineTelemetry(name, engine.fund.fund_id, service.recorder, self._share, service.counts)
        engine.observer, engine.store = watcher, self._traced(engine.store, service, watcher)

    def store(self, store: Store, service: str) -> Store:
        """A store that several engines of a service share, and of which someone else marks what was told."""
        return self._traced(store, self._service(service), None)

    def parked(self, service: str, topic: str) -> None:
        """Count a message that was laid aside before any engine heard it."""
        self._service(service).counts.parked[topic] += 1

    def fund(
        self,
        state: Callable[[], State | None],
        fund: Fund,
        *,
        ready: Callable[[], bool],
        today: Callable[[], date] | None = None,
    ) -> None:
        """Tell where the fund stands, as ``watch_fund`` does, and whether this process takes work."""
        watch_fund(self.metrics, state, fund, today=today)
        self.metrics.ready(ready)

    @contextmanager
    def letter(self, fund_id: str, notice_no: str) -> Iterator[None]:
        """Trace a letter's delivery in the trace of its notice: always, for there are few. Logs within name it."""
        tracer = self._tracer("letters")
        if tracer is None:
            yield
            return
        notice = Subject(fund_id, NOTICE, notice_no)
        said = {NOTICE_NO: notice_no} | said_of(notice, self._console_url)
        with tracer.start_as_current_span("letter", under(notice.root), SpanKind.CLIENT, said, record_exception=False):
            yield

    def flush(self) -> None:
        """Write or send what waits."""
        if self._processor:
            self._processor.force_flush()

    def close(self) -> None:
        """Write or send what waits, and stop. Blocks while it sends; where the collector is away, some seconds."""
        if self._processor and self._exporter:
            giving_up = Timer(PATIENCE_S, self._exporter.shutdown)
            giving_up.start()
            self._processor.shutdown()  # type: ignore[no-untyped-call] # the SDK leaves it so
            giving_up.cancel()
        self.metrics.close(PATIENCE_S)

    def _service(self, name: str) -> "Watched":
        if name not in self._services:
            tracer = self._tracer(name) if name != INGRESS.name else None
            recorder = self._recorder(name) if tracer else None
            self._services[name] = Watched(name=name, tracer=tracer, recorder=recorder, counts=Counts(name))
            self.metrics.watch(name, self._services[name].counts, self._services[name].backlog)
        return self._services[name]

    def _traced(self, store: Store, service: "Watched", watcher: EngineTelemetry | None) -> TracedStore:
        return TracedStore(
            store,
            watcher=watcher,
            tracer=service.tracer,
            backlog=service.backlog,
            took=partial(self.metrics.committed, service.name),
        )

    def _tracer(self, service: str) -> Tracer | None:
        """The tracer of a service, of what is no decision: batches and letters. What comes here is recorded."""
        if self._processor is None:
            return None
        provider = TracerProvider(
            ALWAYS_ON, _resource(service), shutdown_on_exit=False, span_limits=SpanLimits(max_links=MOST_LINKS)
        )
        provider.add_span_processor(self._processor)
        return provider.get_tracer(NAMESPACE)

    def _recorder(self, service: str) -> Recorder | None:
        """What makes the spans of a service's decisions."""
        if self._processor is None:
            return None
        scope, finish = InstrumentationScope(NAMESPACE), self._processor.on_end
        return Recorder(resource=_resource(service), scope=scope, finish=finish, console_url=self._console_url)


def _resource(service: str) -> Resource:
    return Resource.create({SERVICE_NAME: service, SERVICE_NAMESPACE: NAMESPACE})


def _exporter(otlp: str | None, folder: Path | None) -> SpanExporter | None:
    if otlp:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        return OTLPSpanExporter(endpoint=f"{otlp.rstrip('/')}/v1/traces")
    return FileExporter(folder) if folder else None
