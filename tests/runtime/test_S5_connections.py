"""S5: sockets that say nothing, or little, keep nobody out; probes and metrics have a port of their own."""

import asyncio
import resource
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from deploy.local import free_port
from shared.edge import connections as http_connections
from shared.edge.connections import Connection, config_of
from shared.runtime.listening import Server
from tests.edge.certificates import Authority
from tests.runtime.funds import PATIENCE_S, psdf, start_fund, until

IDLE = 1_100


@contextmanager
def files_open(most: int) -> Iterator[None]:
    """What is started in the block may have so many files open; this process needs more for the sockets of the test."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    try:
        yield
    finally:
        wanted = max(soft, 3 * IDLE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard < 0 else min(wanted, hard), hard))


@asynccontextmanager
async def limited(app: ASGIApp, connection: type[Connection] = Connection) -> AsyncIterator[tuple[str, Server]]:
    """An app as the fund serves its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(config_of(app, connection))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        await until(lambda: server.started)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", server
        finally:
            server.stop()
            await task


async def echo(request: Request) -> Response:
    return PlainTextResponse(await request.body())


async def much(_: Request) -> Response:
    return PlainTextResponse("x" * 50_000_000)


APP = Starlette(routes=[Route("/", echo, methods=["GET", "POST"]), Route("/much", much)])


async def connected(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    where = urlsplit(url)
    return await asyncio.open_connection(where.hostname, where.port)


async def ended(reader: asyncio.StreamReader) -> None:
    """Wait until the other side has closed."""
    async with asyncio.timeout(PATIENCE_S):
        try:
            while await reader.read(65_536):
                pass
        except ConnectionResetError:
            pass


def test_S5_eleven_hundred_idle_sockets_keep_nobody_out(tmp_path: Path) -> None:
    port, probes = free_port(), free_port()
    with files_open(1_024):  # as most systems have it
        fund = start_fund(tmp_path / "home", port, probes=probes)
    try:
        with ExitStack() as idle:
            for each in (port, probes):
                for _ in range(IDLE):
                    idle.enter_context(socket.create_connection(("127.0.0.1", each), timeout=PATIENCE_S))
            assert httpx.get(f"http://127.0.0.1:{port}/fund", timeout=PATIENCE_S).status_code == 200
            assert httpx.get(f"http://127.0.0.1:{probes}/readyz", timeout=PATIENCE_S).text == "ok"
            assert "psdf_ready" in httpx.get(f"http://127.0.0.1:{probes}/metrics", timeout=PATIENCE_S).text
            assert httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE_S).status_code == 404
            assert httpx.get(f"http://127.0.0.1:{probes}/fund", timeout=PATIENCE_S).status_code == 404
    finally:
        fund.terminate()
        out = fund.communicate(timeout=PATIENCE_S)[0]
    assert (fund.returncode, "stopped; nothing is lost" in out) == (0, True), out


def test_S5_eleven_hundred_sockets_that_begin_no_handshake_keep_nobody_out_of_tls(tmp_path: Path) -> None:
    authority, port, secured = Authority(tmp_path / "tls"), free_port(), free_port()
    env = {"PSDF_TLS": str(authority.serves()), "PSDF_HTTPS": f"127.0.0.1:{secured}"}
    with files_open(1_024):
        fund = start_fund(tmp_path / "home", port, **env)
    try:
        with ExitStack() as idle:
            for _ in range(IDLE):
                idle.enter_context(socket.create_connection(("127.0.0.1", secured), timeout=PATIENCE_S))
            with httpx.Client(verify=authority.trusts(), timeout=PATIENCE_S) as client:
                assert client.get(f"https://127.0.0.1:{secured}/fund").status_code == 200
            assert httpx.get(f"http://127.0.0.1:{port}/fund", timeout=PATIENCE_S).status_code == 200
    finally:
        fund.terminate()
        out = fund.communicate(timeout=PATIENCE_S)[0]
    assert (fund.returncode, "stopped; nothing is lost" in out) == (0, True), out


def test_S5_a_port_of_the_probes_that_is_taken_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        done = psdf("run", "--http", "127.0.0.1:0", home=tmp_path, PSDF_PROBES=where)
    assert done.returncode == 1
    assert f"{where} can't be listened on" in done.stderr
    assert "give PSDF_PROBES another host:port" in done.stderr


async def test_S5_who_waits_longest_makes_room_and_who_is_answered_stays() -> None:
    class Few(Connection):
        most = 3

    async with limited(APP, Few) as (url, server):
        first, second, third = [await connected(url) for _ in range(3)]
        await until(lambda: len(server.server_state.connections) == 3)
        first[1].write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab")  # a body goes after heads
        await until(lambda: any(c.waits == "body" for c in server.server_state.connections))  # type: ignore[union-attr]
        async with httpx.AsyncClient(base_url=url) as client:
            assert (await client.post("/", content=b"late")).text == "late"
        await ended(second[0])
        first[1].write(b"cd")
        async with asyncio.timeout(PATIENCE_S):
            assert b"abcd" in await first[0].readuntil(b"abcd")
        for _, writer in (first, second, third):
            writer.close()


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HT",
    ],
    ids=["nothing", "half a head", "half a body", "half a second head"],
)
async def test_S5_who_does_not_end_what_it_says_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, said: bytes) -> None:
    monkeypatch.setattr(http_connections, "HEAD_S", 0.2)
    monkeypatch.setattr(http_connections, "BODY_S", 0.2)
    async with limited(APP) as (url, server):
        reader, writer = await connected(url)
        writer.write(said)
        await ended(reader)
        await until(lambda: not server.server_state.connections)
        writer.close()


async def test_S5_bytes_that_drip_lengthen_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_connections, "HEAD_S", 0.3)
    async with limited(APP) as (url, server):
        _, writer = await connected(url)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        await until(lambda: len(server.server_state.connections) == 1)

        def gone() -> bool:
            writer.write(b"x")
            return not server.server_state.connections

        await until(gone)
        writer.close()


async def test_S5_who_does_not_read_the_answer_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_connections, "UNREAD_S", 0.2)
    async with limited(APP) as (url, server):
        _, writer = await connected(url)
        writer.write(b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n")
        await until(lambda: server.server_state.connections)
        await until(lambda: not server.server_state.connections)
        writer.close()
