"""The observer of an engine: counts what it decides, and makes the spans of it in the traces that they belong to.

What only takes note (that a day passed, that another service decided) decides nothing, and has none.

The trace of an invoice is known by its id (``telemetry_context``); in it stands what any service decides on it. What is
decided on several, a day or a letter, is a span of its own in another trace; in the trace of each invoice that it
decided on, and of each notice that it prepared, stands a span of that part, which links to it.

Spans are of what became durable: they wait for the commit.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from time import time_ns
from typing import Any

from opentelemetry.trace import Link, SpanContext
from opentelemetry.util.types import AttributeValue

from shared.engine.outbox import PUBLISHED
from shared.events.invoicing import InvoiceAccepted
from shared.events.payments import PaymentScheduled
from shared.kernel.clock import Now
from shared.kernel.value import value
from shared.messages.read import Event
from shared.telemetry.context import EVENT, INVOICE, NOTICE, Subject, take_in_hand
from shared.telemetry.counts import Counts
from shared.telemetry.facts import (
    Taken,
    brought_by,
    by_invoice,
    cause_of,
    is_returned,
    is_taken,
    prepared_in,
)
from shared.telemetry.share import Share
from shared.telemetry.span import DecisionSpan, Place, Recorder

log = logging.getLogger(__name__)


@value
class Settled:
    """What a batch decided: how much, how many messages by stream, which spans are recorded, when it began (ns).

    ``scheduled`` are the moments at which the causes of invoices came that were scheduled when they were accepted.
    """

    decisions: tuple[SpanContext, ...]
    decided: int
    messages: Mapping[str, int]
    began: int
    scheduled: tuple[datetime, ...] = ()

    @property
    def attributes(self) -> dict[str, AttributeValue]:
        """What the span of a batch says."""
        return {"psdf.decisions": self.decided, "psdf.recorded": len(self.decisions)}


class EngineTelemetry:
    """The observer of one engine of a fund. Without a recorder it only counts."""

    def __init__(self, service: str, fund_id: str, recorder: Recorder | None, share: Share, counts: Counts) -> None:
        """Record a share of the invoices, whoever sent them."""
        self._service, self._fund_id, self._recorder = service, fund_id, recorder
        self._share, self._counts = share, counts
        self._pending: list[DecisionSpan] = []
        self._messages: dict[str, int] = {}
        self._told: list[Any] = []
        self._event: Event | None = None
        self._scheduled: list[datetime] = []
        self._began = self._batch_began = self._decisions = 0

    # --- what the engine tells

    def heard(self, event: Event) -> None:
        """Start the clock of the next decision; whoever asks what is in hand learns it of the event that came last."""
        self._event = event
        if self._recorder or not self._batch_began:
            self._began = time_ns()
        if not self._batch_began:
            self._batch_began = self._began
            take_in_hand(self._in_hand)

    def decided(self, event: Event, stream: str, now: Now, said: Sequence[Any]) -> None:
        """Count a decision, and make its spans. A fault here stops no payment."""
        try:
            told = [each for each in said if each.type in PUBLISHED]
            if self._recorder and (told or is_taken(event)):
                began, self._began = self._began, time_ns()
                self._trace(self._recorder, Taken(self._service, stream, event, now, began), said)
            if told:
                self._messages[stream] = self._messages.get(stream, 0) + len(told)
                self._told += told
                if event.type == InvoiceAccepted.type and told[0].type == PaymentScheduled.type:
                    self._scheduled.append(event.time)
            self._decisions += 1
        except Exception:
            log.exception("%s: a decision on %s %s is not traced", self._service, event.type, event.id)

    def _trace(self, recorder: Recorder, taken: Taken, said: Sequence[Any]) -> None:
        """Make the span of a decision, and one for each other invoice or notice in it. Most invoices have none."""
        about, cause = by_invoice(said), cause_of(self._fund_id, taken.event)
        alone = None if taken.is_of_a_day or cause.kind == NOTICE else _alone(about, brought_by(taken.event))
        parts = {each: offsets for each, offsets in about.items() if each != alone and self._share.has(each)}
        prepared = prepared_in(said)
        whole: Link | None = None
        if alone:
            if self._share.has(alone):
                invoice, place = self._subject(INVOICE, alone), _place(taken, said)
                whole = self._add(DecisionSpan(taken, said, invoice, invoice.root, recorder, place=place))
        elif parts or prepared or cause.kind == NOTICE or self._share.has(cause.id):
            if cause.kind == INVOICE or taken.is_of_a_day:
                cause = self._subject(EVENT, f"{taken.event.source} {taken.event.id}")
            place = "below" if cause.kind == NOTICE else "beside"
            whole = self._add(DecisionSpan(taken, said, None, cause.root, recorder, place=place))
        for invoice_id, offsets in parts.items():
            invoice, part = self._subject(INVOICE, invoice_id), [said[offset] for offset in offsets]
            self._add(DecisionSpan(taken, part, invoice, invoice.root, recorder, part_of=whole))
        for each in prepared:
            notice = self._subject(NOTICE, each.notice_no)
            self._add(DecisionSpan(taken, [each], notice, notice.root, recorder, place="first", part_of=whole))

    def threw_away(self) -> None:
        """Count a snapshot that was changed, or that this version can't read."""
        self._counts.thrown_away += 1

    def dropped(self) -> None:
        """Forget what did not become durable."""
        self._clear()

    # --- what the store tells

    def settle(self) -> Settled:
        """Count what is durable now, and end its spans."""
        self._counts.take(self._told)
        if self._recorder:
            for span in self._pending:
                self._recorder.finish(span)
        settled = Settled(
            decisions=tuple(span.id for span in self._pending),
            decided=self._decisions,
            messages=self._messages,
            began=self._batch_began,
            scheduled=tuple(self._scheduled),
        )
        self._clear()
        take_in_hand(None)
        return settled

    # --- ours

    def _in_hand(self) -> Subject:
        assert self._event
        return cause_of(self._fund_id, self._event)

    def _subject(self, kind: str, id_: str) -> Subject:
        return Subject(self._fund_id, kind, id_)

    def _add(self, span: DecisionSpan) -> Link:
        self._pending.append(span)
        return Link(span.id)

    def _clear(self) -> None:
        self._pending.clear()
        self._messages = {}
        self._told = []
        self._scheduled = []
        self._batch_began = self._decisions = 0


def _alone(about: Mapping[str, object], brought: str | None) -> str | None:
    """The invoice that a decision is on, if it is on one: the one that the event brings, or the only one."""
    if brought in about:
        return brought
    return next(iter(about)) if len(about) == 1 else None


def _place(taken: Taken, said: Sequence[Any]) -> Place:
    """An invoice's trace begins when it is taken in; an answer that returns it stands beside: it may come again."""
    if not taken.is_submission:
        return "below"
    return "beside" if is_returned(said) else "first"
