"""TLS before the first request: who has not come to terms yet has ten seconds, and is one of at most so many.

asyncio counts a connection when its handshake is done, and until then it holds one of the files that a process may have
open. Here the oldest of too many goes, so that sockets that say nothing keep nobody out, as in ``connections.py``.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress

from shared.edge.connections import HEAD_S

log = logging.getLogger(__name__)

MOST = 128
"""Handshakes that may be under way at once."""
AGAIN_S = 1.0
"""After how long it is tried again to take a connection, where the machine had no file for it. Seconds."""


class Handshakes:
    """Takes the connections of a listener, and hands each on to a protocol of its own once TLS is agreed on.

    It stands for an ``asyncio.Server`` where one is closed.
    """

    def __init__(
        self,
        listener: socket.socket,
        context: ssl.SSLContext,
        connection: Callable[[], asyncio.Protocol],
        most: int = MOST,
    ) -> None:
        self._listener, self._context, self._connection, self._most = listener, context, connection, most
        self._waiting: dict[asyncio.Task[None], None] = {}  # the oldest first
        listener.settimeout(0)
        self._taking = asyncio.create_task(self._take())

    def close(self) -> None:
        """Take nobody more; who has not come to terms yet is let go."""
        for task in (self._taking, *self._waiting):
            task.cancel()

    async def wait_closed(self) -> None:
        """Return when that is done."""
        await asyncio.gather(self._taking, *self._waiting, return_exceptions=True)

    async def _take(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                taken, _ = await loop.sock_accept(self._listener)
            except OSError as error:
                log.warning("no connection can be taken: %s", error)
                await asyncio.sleep(AGAIN_S)
                continue
            task = asyncio.create_task(self._agree(taken))
            self._waiting[task] = None
            task.add_done_callback(lambda done: self._waiting.pop(done, None))
            await asyncio.sleep(0)  # it begins, so that it closes what it took; and others have their turn
            if len(self._waiting) > self._most:
                oldest = next(iter(self._waiting))
                del self._waiting[oldest]
                oldest.cancel()

    async def _agree(self, taken: socket.socket) -> None:
        """Come to terms on TLS; who does not is closed: no TLS, no certificate that counts, no end in time."""
        loop = asyncio.get_running_loop()
        with suppress(OSError):
            await loop.connect_accepted_socket(self._connection, taken, ssl=self._context, ssl_handshake_timeout=HEAD_S)
