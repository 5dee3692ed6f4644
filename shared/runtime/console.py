"""The console as a process: beside an embedded fund's folder, or on the cluster beside a copy of its journals."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import uvicorn

from shared.console.app import Console
from shared.console.index.keeper import INDEX, Keeper
from shared.journal.home import Home
from shared.kernel.fund import Fund
from shared.runtime.http_callers import OurNames
from shared.runtime.probes import Server

DEFAULT_HTTP = "127.0.0.1:8090"
"""Where it listens unless told."""
GRACE_S = 2
"""How long open bells may go on ringing once it is stopped."""


@asynccontextmanager
async def serving_console(home: Home, fund: Fund, listener: socket.socket, names: Iterable[str]) -> AsyncIterator[str]:
    """Show the pages for as long as the block runs; its address."""
    keeper = Keeper(home, fund, home.path / INDEX)
    keeper.start()
    host, port = listener.getsockname()[:2]
    app = OurNames(Console(home, fund, keeper).app(), [*names, host])
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=GRACE_S, access_log=False)
    server = Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await asyncio.to_thread(keeper.wait_ready, None)
        yield f"http://{f'[{host}]' if ':' in host else host}:{port}"
    finally:
        server.should_exit = True
        await task
        await asyncio.to_thread(keeper.stop)
