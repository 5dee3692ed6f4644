"""Spans of decisions, lighter than those of the SDK: one is whole when it is made, and says what it says when exported.

The SDK's own span locks, copies and checks its attributes while the fund decides; that costs as much as the decision.
"""

from collections.abc import Callable, Mapping, Sequence
from time import time_ns
from typing import Any, NamedTuple

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, format_trace_id
from opentelemetry.util.types import AttributeValue

from shared.kernel.value import value
from shared.runtime.telemetry_context import SAMPLED, Subject
from shared.runtime.telemetry_facts import SENDER, Taken

_ids = RandomIdGenerator()


class DecisionSpan(ReadableSpan):
    """A finished span of what was decided: on one invoice or notice, or on several (``on`` is None)."""

    def __init__(
        self,
        taken: Taken,
        said: Sequence[Any],
        on: Subject | None,
        place: "Place",
        by: "Recorder",
        part_of: Link | None,
    ) -> None:
        """Link to the decision on several that it is a part of; else to the span of who sent what it was taken on."""
        self._sender = None if part_of else taken.sender
        link = Link(self._sender) if self._sender else part_of
        super().__init__(
            taken.name(said, on),
            place.context,
            place.parent,
            by.resource,
            links=(link,) if link else (),
            kind=SpanKind.CONSUMER,
            start_time=taken.began,
            end_time=time_ns(),
            instrumentation_scope=by.scope,
        )
        self.id = place.context
        self._facts = taken, said, on

    @property
    def attributes(self) -> Mapping[str, AttributeValue]:
        """What the span says of the decision."""
        taken, said, on = self._facts
        sender: dict[str, AttributeValue] = {SENDER: format_trace_id(self._sender.trace_id)} if self._sender else {}
        return {**taken.attributes(said, on), **sender}


class Place(NamedTuple):
    """Where a span stands: its own ids, and what it stands below."""

    context: SpanContext
    parent: SpanContext | None

    @classmethod
    def below(cls, root: SpanContext) -> "Place":
        """Below the first span of a trace."""
        return cls(_new_in(root), root)

    @classmethod
    def beside(cls, root: SpanContext) -> "Place":
        """In the trace of a span, below none."""
        return cls(_new_in(root), None)


def _new_in(root: SpanContext) -> SpanContext:
    return SpanContext(root.trace_id, _ids.generate_span_id(), is_remote=False, trace_flags=SAMPLED)


@value
class Recorder:
    """What the spans of a service's decisions have in common; ``finish`` takes them when they are durable."""

    resource: Resource
    scope: InstrumentationScope
    finish: Callable[[ReadableSpan], None]
