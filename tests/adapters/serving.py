"""A real server on a free port of this machine, for as long as a block runs."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette

from deploy.local import free_port


@asynccontextmanager
async def running(app: Starlette) -> AsyncIterator[str]:
    """Serve the app; the context is its base url."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()  # who connects before the server is up waits in the queue
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


def closed_port() -> str:
    """Give an address where nobody listens."""
    return f"http://127.0.0.1:{free_port()}"
