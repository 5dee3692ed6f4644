"""Trace contexts as events carry them: W3C ``traceparent``, and the one in hand, which log lines name."""

import logging
import re
from contextvars import ContextVar

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

NOT_SAMPLED = "00"

_FORM = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_SAMPLED = frozenset("13579bdf")
"""Last digits of flags whose lowest bit is set."""
_in_hand: ContextVar[str | None] = ContextVar("traceparent in hand", default=None)


def valid(traceparent: str | None) -> str | None:
    """The traceparent, or None for what is none: a sender's fault there must not disturb a payment."""
    return traceparent if traceparent and _FORM.fullmatch(traceparent) else None


def trace_id_of(traceparent: str) -> str:
    """The trace's id, 32 hex digits."""
    return traceparent[3:35]


def span_id_of(traceparent: str) -> str:
    """The span's id, 16 hex digits."""
    return traceparent[36:52]


def is_sampled(traceparent: str) -> bool:
    """Whether the trace is recorded."""
    return traceparent[54:] in _SAMPLED


def not_sampled(traceparent: str) -> str:
    """The same place in the same trace, for what is not recorded."""
    return traceparent[:53] + NOT_SAMPLED


def context_of(traceparent: str) -> SpanContext:
    """The span that a valid traceparent names."""
    return SpanContext(
        trace_id=int(trace_id_of(traceparent), 16),
        span_id=int(span_id_of(traceparent), 16),
        is_remote=True,
        trace_flags=TraceFlags(int(traceparent[53:], 16)),
    )


def under(traceparent: str | None) -> Context:
    """The context in which a span is its child; without one, a span begins a trace."""
    if traceparent is None:
        return Context()
    return trace.set_span_in_context(NonRecordingSpan(context_of(traceparent)), Context())


def traceparent_of(context: SpanContext) -> str:
    """How an event carries a span."""
    trace_id, span_id = trace.format_trace_id(context.trace_id), trace.format_span_id(context.span_id)
    return f"00-{trace_id}-{span_id}-{context.trace_flags:02x}"


def take_in_hand(traceparent: str | None) -> None:
    """Say what this task works on from now; what fails next is logged with it."""
    _in_hand.set(traceparent)


class TraceIds(logging.Filter):
    """Gives each log record the ids of the span that is current, or of the event in hand, where there is one."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add ``trace_id`` and ``span_id``; every record passes."""
        current = trace.get_current_span().get_span_context()
        traceparent = traceparent_of(current) if current.is_valid else valid(_in_hand.get())
        if traceparent:
            record.trace_id, record.span_id = trace_id_of(traceparent), span_id_of(traceparent)
        return True
