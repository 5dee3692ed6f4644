"""The relay from OTLP to Zipkin, before a Zipkin that takes, refuses, or is away."""

import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from deploy.local.relay import BATCH_BYTES, MOST_REQUEST_BYTES, PROTOBUF, Spans, relay_app
from deploy.local.zipkin_spans import spans_of
from tests.adapters.serving import closed_port, running
from tests.runtime.funds import until

TRACE, PARENT, SPAN = bytes(range(16)), b"parent01", b"span0001"
BAD = "a span that it can't take"


def text(key: str, value: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=value))


def span(name: str = "payment.deferred", **more: Any) -> Span:  # noqa: ANN401 - fields of a span
    times = {"start_time_unix_nano": 1_000_000_000, "end_time_unix_nano": 1_002_500_000}
    return Span(trace_id=TRACE, span_id=SPAN, name=name, **times | more)


def request(*spans: Span) -> ExportTraceServiceRequest:
    resource = ResourceSpans(scope_spans=[ScopeSpans(spans=spans)])
    resource.resource.attributes.append(text("service.name", "payments"))
    return ExportTraceServiceRequest(resource_spans=[resource])


class Zipkin:
    """Takes spans as Zipkin does: all of a request, or none; it refuses one by its name, and may be out of order."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.requests: list[int] = []
        self.in_order = True

    async def take(self, request: Request) -> Response:
        spans = json.loads(await request.body())
        if not self.in_order:
            return PlainTextResponse("out of memory", 500)
        if any(span["name"] == BAD for span in spans):
            return PlainTextResponse("Expected a span that it can take", 400)
        self.requests.append(len(spans))
        self.taken += [span["name"] for span in spans]
        return Response(status_code=202)

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[Route("/api/v2/spans", self.take, methods=["POST"])])


@asynccontextmanager
async def relaying(spans: Spans, *, end_s: float = 0.05) -> AsyncIterator[httpx.AsyncClient]:
    """The relay, from its start to its end, and who asks it."""
    app = relay_app(spans, end_s=end_s)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://relay") as client,
    ):
        yield client


async def tell(client: httpx.AsyncClient, *spans: Span) -> httpx.Response:
    body = request(*spans).SerializeToString()
    return await client.post("/v1/traces", content=body, headers={"Content-Type": PROTOBUF})


# --- what becomes of a span


def test_a_span_keeps_its_trace_its_parent_its_times_and_what_it_says() -> None:
    points = AnyValue(array_value=ArrayValue(values=[AnyValue(string_value="16"), AnyValue(string_value="18")]))
    said = [
        text("psdf.invoice", "300111224/A1"),
        KeyValue(key="psdf.cents", value=AnyValue(int_value=490_000)),
        KeyValue(key="psdf.points", value=points),
        KeyValue(key="late", value=AnyValue(bool_value=True)),
    ]
    (made,) = spans_of(request(span(parent_span_id=PARENT, kind=Span.SPAN_KIND_CONSUMER, attributes=said)))
    assert made == {
        "traceId": TRACE.hex(),
        "id": SPAN.hex(),
        "parentId": PARENT.hex(),
        "name": "payment.deferred",
        "kind": "CONSUMER",
        "timestamp": 1_000_000,
        "duration": 2_500,
        "localEndpoint": {"serviceName": "payments"},
        "tags": {"psdf.invoice": "300111224/A1", "psdf.cents": "490000", "psdf.points": "16, 18", "late": "true"},
    }


def test_links_become_tags_that_name_trace_and_span() -> None:
    links = [Span.Link(trace_id=TRACE, span_id=PARENT), Span.Link(trace_id=bytes(16), span_id=SPAN)]
    (made,) = spans_of(request(span(links=links)))
    assert made["tags"] == {"link.1": f"{TRACE.hex()}/{PARENT.hex()}", "link.2": f"{'0' * 32}/{SPAN.hex()}"}
    assert "parentId" not in made


def test_what_failed_is_an_error_an_event_an_annotation_and_nothing_lasts_no_time() -> None:
    failed = Status(code=Status.STATUS_CODE_ERROR, message="ConnectionRefusedError")
    event = Span.Event(name="tried", time_unix_nano=1_000_000_000)
    (made,) = spans_of(request(span(status=failed, events=[event], end_time_unix_nano=1_000_000_000)))
    assert made["tags"] == {"error": "ConnectionRefusedError"}
    assert made["annotations"] == [{"timestamp": 1_000_000, "value": "tried"}]
    assert made["duration"] == 1


# --- what goes on to Zipkin


async def test_traces_go_on_and_metrics_and_logs_are_taken_and_let_go() -> None:
    zipkin = Zipkin()
    async with running(zipkin.app) as url, relaying(Spans(zipkin=url)) as client:
        packed = gzip.compress(request(span("a")).SerializeToString())
        headers = {"Content-Type": PROTOBUF, "Content-Encoding": "gzip"}
        answers = [
            await client.post("/v1/traces", content=packed, headers=headers),
            await tell(client, span("b"), span("c")),
            await client.post("/v1/metrics", content=b"whatever", headers={"Content-Type": PROTOBUF}),
            await client.post("/v1/logs", content=b"whatever", headers={"Content-Type": PROTOBUF}),
        ]
        assert [(each.status_code, each.content) for each in answers] == [(200, b"")] * 4
        await until(lambda: len(zipkin.taken) == 3)
    assert zipkin.taken == ["a", "b", "c"]


async def test_what_waits_goes_on_in_bounded_requests_and_before_the_end() -> None:
    zipkin, size = Zipkin(), BATCH_BYTES * 2 // 5
    async with running(zipkin.app) as url, relaying(Spans(zipkin=url), end_s=20) as client:
        many = [span(str(n), attributes=[text("long", "x" * size)]) for n in range(5)]
        assert (await tell(client, *many)).status_code == 200
    assert zipkin.requests == [2, 2, 1]


async def test_a_span_that_zipkin_refuses_is_told_and_those_beside_it_go_on(caplog: pytest.LogCaptureFixture) -> None:
    zipkin = Zipkin()
    async with running(zipkin.app) as url, relaying(Spans(zipkin=url)) as client:
        assert (await tell(client, span("a"), span("b"), span(BAD), span("c"))).status_code == 200
        await until(lambda: len(zipkin.taken) == 3)
        ready = (await client.get("/readyz")).json()
    assert zipkin.taken == ["a", "b", "c"]
    assert (ready["refused"], ready["sent"]) == (1, 3)
    assert f'Zipkin refused a span: 400 Expected a span that it can take; the span: {{"traceId":"{TRACE.hex()}' in (
        caplog.text
    )


@pytest.mark.parametrize("why", ["away", "out of order"])
async def test_while_zipkin_takes_nothing_spans_wait_and_none_is_lost(
    why: str, caplog: pytest.LogCaptureFixture
) -> None:
    zipkin = Zipkin()
    zipkin.in_order = why == "away"
    async with running(zipkin.app) as url:
        spans = Spans(zipkin=closed_port() if why == "away" else url)
        async with relaying(spans) as client:
            assert (await tell(client, span("a"))).status_code == 200
            await until(lambda: spans.trouble)
            told = "does not answer (ConnectError)" if why == "away" else "answers 500 out of memory"
            assert (await client.get("/readyz")).json()["trouble"].endswith(told)
            if why == "away":
                return
            zipkin.in_order = True
            await until(lambda: zipkin.taken == ["a"])
            await until(lambda: not spans.trouble)
    assert caplog.text.count("spans wait") == 1, "it is said once, not at each try"


async def test_the_queue_has_a_bound_and_what_does_not_fit_stays_with_its_sender() -> None:
    spans = Spans(zipkin=closed_port(), most_bytes=500)
    async with relaying(spans) as client:
        assert (await tell(client, span("a"))).status_code == 200
        await until(lambda: spans.trouble)
        full = await tell(client, span("b"), span("c"))
        assert (full.status_code, full.headers["Retry-After"]) == (503, "1")
        assert full.text.startswith("1 spans wait for Zipkin, ")
        assert "of 500 bytes, and 2 more do not fit: Zipkin at http://127.0.0.1:" in full.text
        assert len(spans.waiting) == 1, "all of a request, or nothing"
        spans.most_bytes = 10_000
        assert (await tell(client, span("b"), span("c"))).status_code == 200


# --- what is no OTLP


@pytest.mark.parametrize(
    ("body", "headers", "status", "told"),
    [
        (b"{}", {"Content-Type": "application/json"}, 415, "Content-Type application/json: this relay reads OTLP"),
        (b"{}", {}, 415, "Content-Type is missing"),
        (b"\xff\xff", {"Content-Type": PROTOBUF}, 400, "no ExportTraceServiceRequest of OTLP in protobuf"),
        (b"xx", {"Content-Type": PROTOBUF, "Content-Encoding": "gzip"}, 400, "the body is not gzip"),
        (b"xx", {"Content-Type": PROTOBUF, "Content-Encoding": "br"}, 415, "Content-Encoding br: gzip is read"),
        (bytes(MOST_REQUEST_BYTES + 1), {"Content-Type": PROTOBUF}, 413, "more than 16000000 bytes"),
        (
            gzip.compress(bytes(MOST_REQUEST_BYTES + 1)),
            {"Content-Type": PROTOBUF, "Content-Encoding": "gzip"},
            413,
            "more than 16000000 bytes",
        ),
    ],
)
async def test_what_can_not_be_read_is_told_in_one_line(
    body: bytes, headers: dict[str, str], status: int, told: str
) -> None:
    spans = Spans(zipkin=closed_port())
    async with relaying(spans) as client:
        answer = await client.post("/v1/traces", content=body, headers=headers)
    assert answer.status_code == status
    assert told in answer.text
    assert answer.text.count("\n") == 1
    assert not spans.waiting
