"""Requests that two readers may take for two things: nobody behind a proxy gets another request past it, or another header."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.edge import connections
from shared.edge.connections import Connection, config_of
from shared.runtime.http import fund_app
from shared.runtime.probes import served
from tests.runtime.funds import PATIENCE_S, fund, invoice, worked_start

BODY = invoice("A1", 500, "2022-02-07T10:00:00+02:00")
KIND = b"Content-Type: application/cloudevents+json"
LENGTH = b"Content-Length: %d" % len(BODY)
PARTS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
SMUGGLED = b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.fixture
async def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """A fund's, whose connections end by what was said over them alone: none for having waited long enough."""
    for limit in ("HEAD_S", "BODY_S", "KEEP_ALIVE_S"):
        monkeypatch.setattr(connections, limit, 10 * PATIENCE_S)
    async with fund(tmp_path) as stack:
        await stack.publish(worked_start()[:4])
        with socket.create_server(("127.0.0.1", 0)) as listener:
            async with served(config_of(fund_app(stack), Connection), listener):
                yield listener.getsockname()[1]


def request(*headers: bytes, body: bytes = BODY, version: bytes = b"1.1") -> bytes:
    return b"\r\n".join([b"POST /events HTTP/" + version, b"Host: 127.0.0.1", KIND, *headers, b"", b""]) + body


async def said(port: int, raw: bytes) -> bytes:
    """All that is answered, until the other side closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(raw)
    async with asyncio.timeout(PATIENCE_S):
        found = await reader.read()
    writer.close()
    return found


@pytest.mark.parametrize(
    "raw",
    [
        request(LENGTH, b"Transfer-Encoding: chunked", body=PARTS + SMUGGLED),
        request(b"Transfer-Encoding: chunked", LENGTH, body=PARTS + SMUGGLED),
        request(b"Transfer-Encoding: chunked", body=PARTS, version=b"1.0"),
        request(LENGTH, b"Content-Length: 5"),
        request(b"Content-Length: +%d" % len(BODY)),
        request(b"Content-Length : %d" % len(BODY)),
        request(b"Transfer-Encoding: xchunked", body=PARTS),
        request(b"Transfer-Encoding: chunked, identity", body=PARTS),
        request(b"Transfer-Encoding:\x0bchunked", body=PARTS),
        request(b"X: a\0b", LENGTH),
        request(b"Host: evil.example", LENGTH),
        request(b"Content-Type: text/plain", LENGTH),
        request(b"Content-Encoding: identity", b"Content-Encoding: gzip", LENGTH),
        request(b"Authorization: Bearer a", b"Authorization: Bearer b", LENGTH),
        request(b"Origin: http://127.0.0.1", b"Origin: http://evil.example", LENGTH),
    ],
)
async def test_F14_what_a_proxy_may_have_read_otherwise_is_not_answered(port: int, raw: bytes) -> None:
    answer = await said(port, raw)  # and it is closed: what follows is not taken for a request
    assert answer.startswith(b"HTTP/1.1 400 "), answer
    assert answer.count(b"HTTP/1.1 ") == 1


async def test_what_can_be_read_one_way_is_answered(port: int) -> None:
    for framed, body in ((LENGTH, BODY), (b"Transfer-Encoding: chunked", PARTS)):
        raw = request(framed, b"Connection: close", body=body)
        assert (await said(port, raw)).startswith(b"HTTP/1.1 200 OK")
