"""Spans of decisions, lighter than those of the SDK: one is whole when it is made, and says what it says when exported.

The SDK's own span locks, copies and checks its attributes while the fund decides; that costs as much as the decision.
"""

from collections.abc import Callable, Mapping, Sequence
from time import time_ns
from typing import Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, TraceFlags
from opentelemetry.util.types import AttributeValue

from shared.kernel.value import value
from shared.runtime.telemetry_context import context_of, is_sampled
from shared.runtime.telemetry_facts import Taken

SAMPLED = TraceFlags(TraceFlags.SAMPLED)


class DecisionSpan(ReadableSpan):
    """A finished span of what was decided, on one invoice or on several (``invoice_id`` is None)."""

    def __init__(
        self,
        taken: Taken,
        said: Sequence[Any],
        invoice_id: str | None,
        context: SpanContext,
        parent: SpanContext | None,
        link: str | None,
        resource: Resource,
        scope: InstrumentationScope,
    ) -> None:
        super().__init__(
            taken.name(said, invoice_id),
            context,
            parent,
            resource,
            links=(Link(context_of(link)),) if link and is_sampled(link) else (),
            kind=SpanKind.CONSUMER,
            start_time=taken.began,
            end_time=time_ns(),
            instrumentation_scope=scope,
        )
        self.id = context
        self._facts = taken, said, invoice_id

    @property
    def attributes(self) -> Mapping[str, AttributeValue]:
        """What the span says of the decision."""
        taken, said, invoice_id = self._facts
        return taken.attributes(said, invoice_id)


@value
class Recorder:
    """Makes spans of a service's decisions; ``finish`` takes them when they are durable."""

    resource: Resource
    scope: InstrumentationScope
    finish: Callable[[ReadableSpan], None]
    ids: RandomIdGenerator

    def span(
        self, taken: Taken, said: Sequence[Any], parent: str | None, link: str | None, invoice_id: str | None
    ) -> DecisionSpan:
        """A span, in its parent's trace or in one that begins with it."""
        above = context_of(parent) if parent else None
        trace_id = above.trace_id if above else self.ids.generate_trace_id()
        context = SpanContext(trace_id, self.ids.generate_span_id(), is_remote=False, trace_flags=SAMPLED)
        return DecisionSpan(taken, said, invoice_id, context, above, link, self.resource, self.scope)
