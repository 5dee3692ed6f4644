"""A span for each decision: whose trace it belongs to, and what it says.

What only takes note (that a day passed, that another service decided) decides nothing, and has none.

An invoice's trace begins with the event that brings it (or goes on where its sender began). What touches the invoice
later without being of its trace, a day or a letter for many invoices, is a trace of its own; in the trace of each
invoice that it decided on stands a span that links to it, and the messages about the invoice go on from there.

Spans are of what became durable: they wait for the commit.
"""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from time import time_ns
from typing import Any

from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import SpanContext, Tracer
from opentelemetry.util.types import AttributeValue

from shared.engine.announce import ParkedRecord
from shared.events.clock import DayStarted
from shared.events.internal import NoticePrepared
from shared.kernel.clock import Now
from shared.kernel.value import value
from shared.messages.envelope import Event
from shared.runtime.telemetry_context import (
    NOT_SAMPLED,
    is_sampled,
    not_sampled,
    take_in_hand,
    trace_id_of,
    traceparent_of,
    valid,
)
from shared.runtime.telemetry_decision import DecisionSpan, Recorder
from shared.runtime.telemetry_facts import Taken, brought_by, by_invoice, is_taken, notice_in, told_of
from shared.runtime.telemetry_memory import Memory
from shared.runtime.telemetry_share import Share

log = logging.getLogger(__name__)


@value
class Settled:
    """What a batch decided: how much, how many messages by stream, which spans are recorded, when it began (ns)."""

    decisions: tuple[SpanContext, ...]
    decided: int
    messages: Mapping[str, int]
    began: int

    @property
    def attributes(self) -> dict[str, AttributeValue]:
        """What the span of a batch says."""
        return {"psdf.decisions": self.decided, "psdf.recorded": len(self.decisions)}


class Counts:
    """What a service told, by type, and laid aside, by topic, since the process started."""

    def __init__(self) -> None:
        self.decided: Counter[str] = Counter()
        self.parked: Counter[str] = Counter()


class Watcher:
    """The observer of one engine. Without a tracer it only counts."""

    def __init__(
        self,
        service: str,
        tracer: Tracer | None,
        recorder: Recorder | None,
        share: Share,
        memory: Memory,
        counts: Counts,
    ) -> None:
        """Record a share of the traces that begin here; of others what their parents record."""
        self.tracer, self._recorder = tracer, recorder
        self._service, self._memory, self._counts = service, memory, counts
        self._share = share
        self._ids = RandomIdGenerator()
        self._fresh: list[str] = []
        self._pending: list[DecisionSpan] = []
        self._messages: dict[str, int] = {}
        self._told: list[str] = []
        self._parked: list[str] = []
        self._prepared: list[tuple[str, str]] = []
        self._began = self._batch_began = self._decisions = 0

    # --- what the engine tells

    def heard(self, event: Event) -> None:
        """Start the clock of the next decision."""
        self._began = time_ns()
        self._batch_began = self._batch_began or self._began
        take_in_hand(event.traceparent)

    def decided(self, event: Event, stream: str, now: Now, said: Sequence[Any]) -> tuple[str | None, Mapping[int, str]]:
        """Make the decision's span, and one in the trace of each invoice that has another. A fault stops no payment."""
        traceparent = event.traceparent
        apart: Mapping[int, str] = {}
        try:
            told = told_of(said)
            if self._recorder and not self._passes(event, now, said):
                if told or is_taken(event):
                    traceparent, apart = self._traced(event, stream, now, said)
                else:
                    self._noted(event, now)
            if told:
                self._messages[stream] = self._messages.get(stream, 0) + len(told)
                self._told += told
                self._parked += [each.topic for each in said if isinstance(each, ParkedRecord)]
                if traceparent and NoticePrepared.type in told:
                    self._prepared += [(s.notice_no, traceparent) for s in said if s.type == NoticePrepared.type]
            self._decisions += 1
        except Exception:
            log.exception("%s: a decision on %s %s is not traced", self._service, event.type, event.id)
        return traceparent, apart

    def _passes(self, event: Event, now: Now, said: Sequence[Any]) -> bool:
        """Whether a decision is about an invoice that is not recorded, as most are: it costs no more than this."""
        invoice_id = brought_by(event)
        return (
            invoice_id is not None
            and now.moment is event.time
            and not self._share.has(invoice_id)
            and (event.traceparent is None or not is_sampled(event.traceparent))
            and not any(getattr(each, "invoice_id", None) in self._memory for each in said)
        )

    def _noted(self, event: Event, now: Now) -> None:
        """What only takes note, or is only counted, has no span: the trace passes by it."""
        brought, came = brought_by(event), valid(event.traceparent)
        if brought and came and now.moment is event.time and brought not in self._memory:
            self._enter(brought, came)

    def _traced(self, event: Event, stream: str, now: Now, said: Sequence[Any]) -> tuple[str | None, Mapping[int, str]]:
        began, self._began = self._began, time_ns()
        started = event.type == DayStarted.type
        of_a_day = started or now.moment is not event.time
        about, came, brought = by_invoice(said), valid(event.traceparent), brought_by(event)
        whose = brought if brought in about else next(iter(about)) if len(about) == 1 else None
        home = self._memory.home(whose)
        if of_a_day:  # noqa: SIM108 - one line of it is no easier to read
            parent = came if started else None
        else:
            parent = came or self._memory.notice(notice_in(event)) or home
        own = whose is not None and not of_a_day and (not home or _same(home, parent))
        taken = Taken(self._service, stream, event, now, began)
        if self._is_recorded(parent, whose):
            link = came if came != parent else None
            traceparent: str | None = self._recorded(taken, said, parent, link, whose if own else None)
        else:
            traceparent = parent or (None if whose else self._unrecorded())
        take_in_hand(traceparent)
        if whose and whose == brought and traceparent and not home:
            self._enter(whose, traceparent)
        return traceparent, self._apart(taken, said, about, traceparent)

    def _apart(
        self, taken: Taken, said: Sequence[Any], about: Mapping[str, list[int]], traceparent: str | None
    ) -> Mapping[int, str]:
        """The traceparents of what was decided on invoices that have a trace of their own, or are not recorded."""
        apart: dict[int, str] = {}
        for invoice_id, offsets in about.items():
            home = self._memory.home(invoice_id)
            if home and not _same(home, traceparent):
                there = home
                if is_sampled(home):
                    there = self._recorded(taken, [said[offset] for offset in offsets], home, traceparent, invoice_id)
                apart.update(dict.fromkeys(offsets, there))
            elif not home and traceparent and is_sampled(traceparent) and not self._share.has(invoice_id):
                apart.update(dict.fromkeys(offsets, not_sampled(traceparent)))
        return apart

    def dropped(self) -> None:
        """Forget what did not become durable."""
        self._memory.forget(self._fresh)
        self._clear()

    # --- what the store tells

    def settle(self) -> Settled:
        """Count what is durable now, and end its spans."""
        self._counts.decided.update(self._told)
        self._counts.parked.update(self._parked)
        for notice_no, traceparent in self._prepared:
            self._memory.prepare(notice_no, traceparent)
        if self._recorder:
            for span in self._pending:
                self._recorder.finish(span)
        settled = Settled(
            decisions=tuple(span.id for span in self._pending),
            decided=self._decisions,
            messages=self._messages,
            began=self._batch_began,
        )
        self._clear()
        take_in_hand(None)
        return settled

    # --- ours

    def _is_recorded(self, parent: str | None, invoice_id: str | None) -> bool:
        """What began elsewhere goes on as it came; here an invoice decides, else the lot."""
        if parent is not None:
            return is_sampled(parent)
        return self._share.has(invoice_id) if invoice_id else self._share.draw()

    def _unrecorded(self) -> str:
        """A trace that nobody records, so that those who hear of it draw no lot of their own."""
        return f"00-{self._ids.generate_trace_id():032x}-{self._ids.generate_span_id():016x}-{NOT_SAMPLED}"

    def _recorded(
        self, taken: Taken, said: Sequence[Any], parent: str | None, link: str | None, invoice_id: str | None
    ) -> str:
        """A span of what was decided, or of what was decided on one invoice."""
        assert self._recorder is not None
        span = self._recorder.span(taken, said, parent, link, invoice_id)
        self._pending.append(span)
        return traceparent_of(span.id)

    def _enter(self, invoice_id: str, traceparent: str) -> None:
        self._memory.enter(invoice_id, traceparent)
        self._fresh.append(invoice_id)

    def _clear(self) -> None:
        self._fresh.clear()
        self._pending.clear()
        self._messages = {}
        for each in (self._told, self._parked, self._prepared):
            each.clear()
        self._batch_began = self._decisions = 0


def _same(one: str, other: str | None) -> bool:
    """Whether two spans are of one trace."""
    return other is not None and trace_id_of(one) == trace_id_of(other)
