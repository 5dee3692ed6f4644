"""What an orchestrator asks a process of the cluster: does it live, is it ready, what has it done."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from socket import socket

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from shared.engine.waiting import Status
from shared.runtime.listening import Server
from shared.telemetry.metrics import CONTENT_TYPE
from shared.telemetry.setup import Telemetry


def status_app(status: Status, telemetry: Telemetry) -> Starlette:
    """An app of the three answers."""
    return Starlette(routes=status_routes(status, telemetry))


def status_routes(status: Status, telemetry: Telemetry) -> list[Route]:
    """The three answers."""

    async def livez(_: Request) -> Response:
        return PlainTextResponse(status.dead or "ok", HTTPStatus.SERVICE_UNAVAILABLE if status.dead else HTTPStatus.OK)

    async def readyz(_: Request) -> Response:
        code = HTTPStatus.OK if status.ready else HTTPStatus.SERVICE_UNAVAILABLE
        told = {"ready": status.ready, "waits": dict(status.waits), "waits_since": status.waits.since}
        return Response(msgspec.json.encode(told), code, media_type="application/json")

    async def metrics(_: Request) -> Response:
        return Response(telemetry.metrics.text(), media_type=CONTENT_TYPE)

    return [Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics)]


@asynccontextmanager
async def serving(app: Starlette, *, host: str, port: int) -> AsyncIterator[None]:
    """Answer at an address for as long as the block runs."""
    async with served(uvicorn.Config(app, host=host, port=port, log_level="warning")):
        yield


@asynccontextmanager
async def served(config: uvicorn.Config, listener: socket | None = None) -> AsyncIterator[None]:
    """Serve for as long as the block runs, on the address of the configuration or a listener that is there."""
    import asyncio

    server = Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener] if listener else None))
    try:
        yield
    finally:
        server.should_exit = True
        await task
