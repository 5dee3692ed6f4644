"""Spans of decisions, lighter than those of the SDK: one is whole when it is made, and says what it says when exported.

The SDK's own span locks, copies and checks its attributes while the fund decides; that costs as much as the decision.
"""

from collections.abc import Callable, Mapping, Sequence
from time import time_ns
from typing import Any, Literal, TypeAlias

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, format_trace_id
from opentelemetry.util.types import AttributeValue

from shared.kernel.value import value
from shared.telemetry.context import SAMPLED, Subject
from shared.telemetry.facts import SENDER, Taken
from shared.telemetry.viewer import said_of

Place: TypeAlias = Literal["first", "below", "beside"]

_ids = RandomIdGenerator()


class DecisionSpan(ReadableSpan):
    """A finished span of what was decided: on one invoice or notice, or on several (``on`` is None)."""

    def __init__(
        self,
        taken: Taken,
        said: Sequence[Any],
        on: Subject | None,
        begins: SpanContext,
        by: "Recorder",
        *,
        place: Place = "below",
        part_of: Link | None = None,
    ) -> None:
        """Stand in the trace that ``begins`` with a span: as that ``first`` one, ``below`` it, or ``beside`` it.

        Link to the decision on several that it is a part of; else to the span of who sent what it was taken on.
        """
        self.id = begins
        if place != "first":
            self.id = SpanContext(begins.trace_id, _ids.generate_span_id(), is_remote=False, trace_flags=SAMPLED)
        self._sender = None if part_of else taken.sender
        link = Link(self._sender) if self._sender else part_of
        super().__init__(
            taken.name(said, on),
            self.id,
            begins if place == "below" else None,
            by.resource,
            links=(link,) if link else (),
            kind=SpanKind.CONSUMER,
            start_time=taken.began,
            end_time=time_ns(),
            instrumentation_scope=by.scope,
        )
        self._facts, self._console_url = (taken, said, on), by.console_url

    @property
    def attributes(self) -> Mapping[str, AttributeValue]:
        """What the span says of the decision."""
        taken, said, on = self._facts
        sender: dict[str, AttributeValue] = {SENDER: format_trace_id(self._sender.trace_id)} if self._sender else {}
        return {**taken.attributes(said, on), **sender, **said_of(on, self._console_url)}


@value
class Recorder:
    """What the spans of a service's decisions have in common; ``finish`` takes them when they are durable.

    With ``console_url`` they lead to the page of what they are about.
    """

    resource: Resource
    scope: InstrumentationScope
    finish: Callable[[ReadableSpan], None]
    console_url: str | None = None
