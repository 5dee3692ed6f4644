"""Whose trace it is: a function of the fund and of what is decided on, so nobody must remember or be told it.

Also what a sender says of its own trace (W3C ``traceparent``), and what is in hand, which log lines name.
"""

import logging
import re
from collections.abc import Callable
from contextvars import ContextVar
from hashlib import blake2b
from typing import NamedTuple

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, format_span_id, format_trace_id

SAMPLED = TraceFlags(TraceFlags.SAMPLED)
INVOICE, NOTICE, EVENT = "invoice", "notice", "event"
"""Kinds of what has a trace."""

_FORM = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f][13579bdf]")
"""A traceparent with the flag that its sender records it."""


class Subject(NamedTuple):
    """What has a trace in a fund: an invoice, a notice to the ministry, or an event that is about neither."""

    fund_id: str
    kind: str
    id: str

    @property
    def root(self) -> SpanContext:
        """The first span of its trace: the same in every service and process, and after every restart."""
        digest = blake2b("\0".join(self).encode(), digest_size=24).digest()
        trace_id, span_id = int.from_bytes(digest[:16], "big"), int.from_bytes(digest[16:], "big")
        return SpanContext(trace_id, span_id, is_remote=True, trace_flags=SAMPLED)

    @property
    def trace(self) -> str:
        """The id of its trace, 32 hex digits."""
        return format_trace_id(self.root.trace_id)


_in_hand: ContextVar[Callable[[], Subject] | None] = ContextVar("what is in hand", default=None)


def sent_in(traceparent: str | None) -> SpanContext | None:
    """The span of a sender that records it. A sender's fault in it is none: it must not disturb a payment."""
    found = _FORM.fullmatch(traceparent) if traceparent else None
    return SpanContext(int(found[1], 16), int(found[2], 16), is_remote=True, trace_flags=SAMPLED) if found else None


def under(parent: SpanContext) -> Context:
    """The context in which a span is its child."""
    return trace.set_span_in_context(NonRecordingSpan(parent), Context())


def take_in_hand(subject: Callable[[], Subject] | None) -> None:
    """Say what this task works on from now, as who asks will learn it; what fails next is logged with it."""
    _in_hand.set(subject)


class TraceIds(logging.Filter):
    """Gives each log record the ids of the span that is current, or of what is in hand, where there is one."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add ``trace_id`` and ``span_id``; every record passes."""
        current, in_hand = trace.get_current_span().get_span_context(), _in_hand.get()
        if current.is_valid or in_hand:
            context = current if current.is_valid or not in_hand else in_hand().root
            record.trace_id, record.span_id = format_trace_id(context.trace_id), format_span_id(context.span_id)
        return True
