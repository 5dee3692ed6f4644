"""Spans as OTLP brings them, as Zipkin takes them: what Zipkin has no place for becomes a tag.

A link is the tag ``link.N`` (N from 1), its value the trace and the span that it leads to, with a slash between. An
event is an annotation with its time. What failed has the tag ``error``, which Zipkin shows in red.
"""

import base64
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

ZipkinSpan: TypeAlias = dict[str, Any]

KINDS = {
    Span.SPAN_KIND_CLIENT: "CLIENT",
    Span.SPAN_KIND_SERVER: "SERVER",
    Span.SPAN_KIND_PRODUCER: "PRODUCER",
    Span.SPAN_KIND_CONSUMER: "CONSUMER",
}
"""What Zipkin has a word for; a span within a process has no kind there."""
US = 1_000
"""Nanoseconds in a microsecond, in which Zipkin counts."""
NOBODY = "unknown"
"""The service of a span whose sender does not name itself."""
SERVICE = "service.name"


def spans_of(request: ExportTraceServiceRequest) -> Iterator[ZipkinSpan]:
    """Every span of a request, in its order."""
    for resource in request.resource_spans:
        service = tags_of(resource.resource.attributes).get(SERVICE) or NOBODY
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield zipkin_span(service, span)


def zipkin_span(service: str, span: Span) -> ZipkinSpan:
    """One span of a service. It lasts a microsecond at least: what lasts none Zipkin takes for unfinished."""
    made: ZipkinSpan = {
        "traceId": span.trace_id.hex(),
        "id": span.span_id.hex(),
        "name": span.name,
        "timestamp": span.start_time_unix_nano // US,
        "duration": max(1, (span.end_time_unix_nano - span.start_time_unix_nano) // US),
        "localEndpoint": {"serviceName": service},
        "tags": tags_of(span.attributes) | links_of(span.links) | _failure(span.status),
    }
    if span.parent_span_id:
        made["parentId"] = span.parent_span_id.hex()
    if kind := KINDS.get(span.kind):
        made["kind"] = kind
    if span.events:
        made["annotations"] = [{"timestamp": each.time_unix_nano // US, "value": each.name} for each in span.events]
    return made


def tags_of(attributes: Iterable[KeyValue]) -> dict[str, str]:
    """Attributes as text: a list with commas between, bytes as base64, true and false as JSON has them."""
    return {each.key: _text(each.value) for each in attributes}


def links_of(links: Sequence[Span.Link]) -> dict[str, str]:
    """Links as tags: to which trace, and to which span of it."""
    return {f"link.{n}": f"{link.trace_id.hex()}/{link.span_id.hex()}" for n, link in enumerate(links, 1)}


def _failure(status: Status) -> dict[str, str]:
    return {"error": status.message or "true"} if status.code == Status.STATUS_CODE_ERROR else {}


def _text(value: AnyValue) -> str:
    kind = value.WhichOneof("value")
    if kind is None:
        return ""
    given = getattr(value, kind)
    if kind == "array_value":
        return ", ".join(map(_text, given.values))
    if kind == "kvlist_value":
        return ", ".join(f"{key}={text}" for key, text in tags_of(given.values).items())
    if kind == "bytes_value":
        return base64.b64encode(given).decode()
    return str(given).lower() if kind == "bool_value" else str(given)
