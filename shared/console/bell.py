"""The bell: server-sent events that tell an open page that there is something new to fetch."""

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from shared.console.index.keeper import NO_MORE, Keeper

STILL_HERE_S = 15.0
"""How often a quiet bell says that it is still there, in seconds."""


class Bell:
    """Rings for each page that listens."""

    def __init__(self, keeper: Keeper) -> None:
        """Take who keeps the index fresh, and says so."""
        self._keeper = keeper

    async def answer(self, request: Request) -> Response:
        """Ring when there is something new; at once where the page knows less: what came before it could listen."""
        headers = {"X-Accel-Buffering": "no"}
        known = request.headers.get("last-event-id") or request.query_params.get("read")
        return StreamingResponse(self._rings(known), media_type="text/event-stream", headers=headers)

    async def _rings(self, known: str | None) -> AsyncIterator[str]:
        queue = self._keeper.listen()
        try:
            read = self._keeper.read
            yield f"id: {read}\n: here\n\n" if known in (None, str(read)) else _ring(read)
            while True:
                try:
                    async with asyncio.timeout(STILL_HERE_S):
                        read = await queue.get()
                except TimeoutError:
                    yield ": here\n\n"
                else:
                    if read == NO_MORE:
                        return
                    yield _ring(read)
        finally:
            self._keeper.leave(queue)


def _ring(read: int) -> str:
    return f"event: fund\nid: {read}\ndata: {read}\n\n"
