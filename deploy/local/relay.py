"""From OTLP to Zipkin: what processes tell of their traces goes on to a Zipkin, which knows no OTLP.

::

    python -m deploy.local.relay 127.0.0.1:4318 http://127.0.0.1:9411

Traces wait in a queue that has a bound: what would go over it is answered with 503, and its sender keeps it and sends
it again. Metrics and logs are taken and let go: Prometheus reads the former at each process, the latter are on the
screen. Nothing is kept on the disk.
"""

import asyncio
import gzip
import json
import logging
import sys
import zlib
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BytesIO

import httpx
import uvicorn
from google.protobuf.message import DecodeError  # type: ignore[import-untyped] # it has no stubs
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from deploy.local.zipkin_spans import spans_of
from shared.engine.waiting import Backoff

log = logging.getLogger("relay")

PROTOBUF = "application/x-protobuf"
MOST_BYTES = 32_000_000
"""Of spans that wait for Zipkin, as they are sent to it."""
MOST_REQUEST_BYTES = 16_000_000
"""Of one request, unpacked."""
BATCH_BYTES = 2_000_000
"""Of spans that go to Zipkin at once; it takes 10 MB."""
LONGEST_PAUSE_S = 5.0
"""Between two tries of a batch."""
SEND_S, END_S = 10.0, 5.0
"""How long Zipkin may take over a batch, and how long the end waits for what is still to be sent."""


class FullError(Exception):
    """More waits than may."""


@dataclass(kw_only=True)
class Spans:
    """Spans on their way to Zipkin, each encoded, in a queue of so many bytes at most."""

    zipkin: str
    most_bytes: int = MOST_BYTES
    waiting: deque[bytes] = field(default_factory=deque)
    bytes_waiting: int = 0
    sent: int = 0
    refused: int = 0
    trouble: str = ""
    """Why Zipkin has taken nothing since; empty while it does."""

    def __post_init__(self) -> None:
        """Nothing has come yet."""
        self._came, self._empty = asyncio.Event(), asyncio.Event()
        self._empty.set()

    def take(self, spans: Sequence[bytes]) -> None:
        """Put all of a request into the queue, or none. Raises FullError."""
        size = sum(map(len, spans))
        if self.bytes_waiting + size > self.most_bytes:
            told = f"{len(self.waiting)} spans wait for Zipkin, {self.bytes_waiting} of {self.most_bytes} bytes"
            raise FullError(
                f"{told}, and {len(spans)} more do not fit: {self.trouble or 'it is slower than they come'}"
            )
        self.waiting += spans
        self.bytes_waiting += size
        if spans:
            self._came.set()
            self._empty.clear()

    async def send_on(self) -> None:
        """Send what comes, until cancelled; where Zipkin is away, the same spans again, ever less often."""
        async with httpx.AsyncClient(base_url=self.zipkin, timeout=SEND_S) as client:
            while True:
                await self._came.wait()
                batch = self._next()
                await self._sent(client, batch)
                for span in batch:
                    self.waiting.popleft()
                    self.bytes_waiting -= len(span)
                if not self.waiting:
                    self._came.clear()
                    self._empty.set()

    async def all_sent(self) -> None:
        """Return when nothing waits."""
        await self._empty.wait()

    def _next(self) -> list[bytes]:
        """So many of those that came first as go at once, and one at least."""
        batch: list[bytes] = []
        size = 0
        for span in self.waiting:
            size += len(span)
            if batch and size > BATCH_BYTES:
                break
            batch.append(span)
        return batch

    async def _sent(self, client: httpx.AsyncClient, batch: Sequence[bytes]) -> None:
        """Return when Zipkin has taken a batch, or has refused what of it it can't take."""
        backoff = Backoff(longest_s=LONGEST_PAUSE_S)
        while (answer := await self._asked(client, batch)) is None or answer.is_server_error:
            await backoff.wait()
        if self.trouble:
            log.info("Zipkin at %s takes spans again", self.zipkin)
            self.trouble = ""
        if answer.is_success:
            self.sent += len(batch)
        elif len(batch) > 1:  # one bad span is no reason to lose those beside it
            for half in _halves(batch):
                await self._sent(client, half)
        else:
            self.refused += 1
            log.warning("Zipkin refused a span: %s; the span: %.300s", _words(answer), batch[0].decode())

    async def _asked(self, client: httpx.AsyncClient, batch: Sequence[bytes]) -> httpx.Response | None:
        body = b"[" + b",".join(batch) + b"]"
        try:
            answer = await client.post("/api/v2/spans", content=body, headers={"Content-Type": "application/json"})
        except httpx.TransportError as error:
            self._waits(f"Zipkin at {self.zipkin} does not answer ({type(error).__name__})")
            return None
        if answer.is_server_error:
            self._waits(f"Zipkin at {self.zipkin} answers {_words(answer)}")
        return answer

    def _waits(self, why: str) -> None:
        if self.trouble != why:
            self.trouble = why
            log.warning("%s: spans wait", why)


def _halves(batch: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    middle = len(batch) // 2
    yield from (batch[:middle], batch[middle:])


def _words(answer: httpx.Response) -> str:
    return f"{answer.status_code} {answer.text[:300].strip()}".strip()


class UnreadableError(Exception):
    """A request that is no OTLP as it is read here: what is wrong, and the status that says so."""

    def __init__(self, status: HTTPStatus, told: str) -> None:
        """Say it in one sentence."""
        super().__init__(told)
        self.status = status


def relay_app(spans: Spans, *, end_s: float = END_S) -> Starlette:
    """OTLP over HTTP, and at ``/readyz`` what waits, what went on and what was refused.

    Its end waits so many seconds for what is still to be sent.
    """

    async def traces(request: Request) -> Response:
        try:
            found = ExportTraceServiceRequest.FromString(await _body(request))
            spans.take([json.dumps(span, separators=(",", ":")).encode() for span in spans_of(found)])
        except UnreadableError as error:
            return PlainTextResponse(f"{error}\n", error.status)
        except DecodeError as error:
            told = f"the body is no ExportTraceServiceRequest of OTLP in protobuf: {error}\n"
            return PlainTextResponse(told, HTTPStatus.BAD_REQUEST)
        except FullError as error:
            return PlainTextResponse(f"{error}\n", HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": "1"})
        return Response(ExportTraceServiceResponse().SerializeToString(), media_type=PROTOBUF)

    async def let_go(request: Request) -> Response:
        """Taken, and kept by nobody: an empty message is every response of OTLP."""
        try:
            await _body(request)
        except UnreadableError as error:
            return PlainTextResponse(f"{error}\n", error.status)
        return Response(b"", media_type=PROTOBUF)

    async def ready(_: Request) -> Response:
        told = {"waiting": len(spans.waiting), "bytes": spans.bytes_waiting, "sent": spans.sent}
        return JSONResponse(told | {"refused": spans.refused, "trouble": spans.trouble})

    @asynccontextmanager
    async def sending(_: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(spans.send_on())
        yield
        with suppress(TimeoutError):
            async with asyncio.timeout(end_s):
                await spans.all_sent()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        if spans.waiting:
            log.warning("%d spans are lost: %s", len(spans.waiting), spans.trouble)

    routes = [
        Route("/v1/traces", traces, methods=["POST"]),
        Route("/v1/metrics", let_go, methods=["POST"]),
        Route("/v1/logs", let_go, methods=["POST"]),
        Route("/readyz", ready),
    ]
    return Starlette(routes=routes, lifespan=sending)


async def _body(request: Request) -> bytes:
    """What a request says, unpacked. Raises UnreadableError.

    Only protobuf is taken: a page of another site can't send that from a browser without asking first.
    """
    if (kind := request.headers.get("content-type", "").partition(";")[0]) != PROTOBUF:
        told = f"Content-Type {kind or 'is missing'}: this relay reads OTLP in protobuf, {PROTOBUF}"
        raise UnreadableError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, told)
    body = bytearray()
    async for part in request.stream():
        body += part
        _bounded(len(body))
    packed = request.headers.get("content-encoding", "identity")
    if packed == "identity":
        return bytes(body)
    if packed != "gzip":
        raise UnreadableError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Content-Encoding {packed}: gzip is read, or none")
    try:
        unpacked = gzip.GzipFile(fileobj=BytesIO(body)).read(MOST_REQUEST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableError(HTTPStatus.BAD_REQUEST, f"the body is not gzip: {error}") from error
    _bounded(len(unpacked))
    return unpacked


def _bounded(size: int) -> None:
    if size > MOST_REQUEST_BYTES:
        told = f"a request of more than {MOST_REQUEST_BYTES} bytes; send fewer spans at once"
        raise UnreadableError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, told)


async def _serve(host: str, port: int, zipkin: str) -> None:
    app = relay_app(Spans(zipkin=zipkin))
    await uvicorn.Server(uvicorn.Config(app, host=host, port=port, log_level="warning", access_log=False)).serve()


def main() -> None:
    """Relay until SIGTERM: where to listen, where Zipkin is, and a mark that is not read are the words it is given."""
    listen, zipkin, *_ = sys.argv[1:]
    host, _, port = listen.rpartition(":")
    logging.basicConfig(level="INFO", format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel("WARNING")
    asyncio.run(_serve(host, int(port), zipkin))


if __name__ == "__main__":
    main()
