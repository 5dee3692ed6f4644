"""What a span says of a decision: invoice, stream, points, reason, cents, notice, and what was decided."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from opentelemetry.trace import SpanContext
from opentelemetry.util.types import AttributeValue

from shared.events.catalogue import CATALOGUE, OUTSIDE, SERVICE
from shared.events.clock import DayStarted
from shared.events.internal import NoticeDelivered, NoticePrepared
from shared.events.invoicing import InvoiceReturned
from shared.events.providers import InvoiceSubmitted
from shared.kernel.clock import Now
from shared.messages.read import Event
from shared.telemetry import context

INVOICE, STREAM, DAY = "psdf.invoice", "psdf.stream", "psdf.day"
CAUSE, DECIDED = "psdf.cause", "psdf.decided"
POINTS, REASON, CENTS, NOTICE, ORDER = "psdf.points", "psdf.reason", "psdf.cents", "psdf.notice", "psdf.order"
SENDER = "psdf.sender"
"""The trace of who sent what was taken: the span links to it."""
INVOICES = "psdf.invoices"
"""How many invoices a decision is about, where it is not one."""

_ABOUT_INVOICES = frozenset(name for name, model in CATALOGUE.items() if hasattr(model, "invoice_id"))
"""Types of events; to ask a model for a field that it has not is slow."""

_TAKEN = frozenset(OUTSIDE) - {DayStarted.type}

MOST_NAMED = 20
"""Kinds of events, points or reasons that one span names."""


def is_taken(event: Event) -> bool:
    """Whether people or other systems say it: whatever follows from it is a decision."""
    return event.type in _TAKEN


def brought_by(event: Event) -> str | None:
    """The invoice that an event is about."""
    return getattr(event.data, "invoice_id", None) if event.type in _ABOUT_INVOICES else None


def cause_of(fund_id: str, event: Event) -> context.Subject:
    """What an event is about: the notice that was delivered, the invoice, or the event alone."""
    if event.type == NoticeDelivered.type:
        return context.Subject(fund_id, context.NOTICE, event.of(NoticeDelivered).notice_no)
    if invoice_id := brought_by(event):
        return context.Subject(fund_id, context.INVOICE, invoice_id)
    return context.Subject(fund_id, context.EVENT, f"{event.source} {event.id}")


def prepared_in(said: Sequence[Any]) -> list[Any]:
    """The notices that a decision prepared."""
    return [each for each in said if each.type == NoticePrepared.type]


def is_returned(said: Sequence[Any]) -> bool:
    """Whether a submitted invoice is no invoice of the fund: it may come again, or its number is another's."""
    return any(each.type == InvoiceReturned.type or "number_reused" in _codes(each) for each in said)


def by_invoice(said: Sequence[Any]) -> dict[str, list[int]]:
    """The numbers of the events that are about an invoice, by its id."""
    about: dict[str, list[int]] = {}
    for offset, each in enumerate(said):
        if invoice_id := getattr(each, "invoice_id", None):
            about.setdefault(invoice_id, []).append(offset)
    return about


class Taken(NamedTuple):
    """What a decision was taken on: by which service, in which stream, because of which event, on which day."""

    service: str
    stream: str
    event: Event
    now: Now
    began: int

    @property
    def is_of_a_day(self) -> bool:
        """Whether it was taken because a day passed, be it that another event told of the day."""
        return self.event.type == DayStarted.type or self.now.moment is not self.event.time

    @property
    def is_submission(self) -> bool:
        """Whether it was taken on an invoice as its provider sends it."""
        return self.event.type == InvoiceSubmitted.type

    @property
    def sender(self) -> SpanContext | None:
        """The span of who sent the event from outside; what services say carries that of its cause."""
        return context.sent_in(self.event.traceparent) if self.event.type in OUTSIDE else None

    def name(self, said: Sequence[Any], on: context.Subject | None) -> str:
        """Of one invoice, the last event that is told to others (or only remembered); else what it was taken on."""
        if on is None:
            return self.event.type if self.now.moment is self.event.time else DayStarted.type
        told = [each.type for each in said if each.type in SERVICE or each.type == NoticePrepared.type]
        return str(told[-1] if told else said[-1].type)

    def attributes(self, said: Sequence[Any], on: context.Subject | None) -> Mapping[str, AttributeValue]:
        """Of all that was decided, or of what was decided on one invoice or notice."""
        found: dict[str, AttributeValue] = {
            STREAM: self.stream,
            DAY: self.now.day.isoformat(),
            CAUSE: self.event.type,
        }
        if points := _named(point for each in said for point in getattr(each, "rules", ())):
            found[POINTS] = points
        if reasons := _named(code for each in said for code in _codes(each)):
            found[REASON] = reasons[0] if len(reasons) == 1 else reasons
        if on is None:
            return found | {INVOICES: len(by_invoice(said)), DECIDED: _named(each.type for each in said)}
        if on.kind == context.INVOICE:
            found[INVOICE] = on.id
        for each in said:
            for name, field in ((CENTS, "amount_cents"), (NOTICE, "notice_no"), (ORDER, "order_id")):
                if (given := getattr(each, field, None)) is not None:
                    found[name] = given
        return found


def _codes(said: object) -> list[str]:
    """Why something waits, or went back."""
    reason = getattr(said, "reason", None)
    return [reason] if isinstance(reason, str) else [each.code for each in getattr(said, "reasons", ())]


def _named(names: Any) -> tuple[str, ...]:  # noqa: ANN401 - any iterable of text
    return tuple(dict.fromkeys(names))[:MOST_NAMED]
