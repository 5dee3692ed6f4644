"""A journal in the cluster's store for who has threads or loops of its own: the driver lives on a loop beside them.

A driver's client belongs to one event loop. Pages are made in threads, commands come and go: both ask from wherever
they are, and wait for the answer.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from shared.adapters.mongo.client import close, motor_client
from shared.adapters.mongo.store import MongoStore
from shared.engine.journal import Commit

T = TypeVar("T")


class Beside:
    """A service's commits, read and appended from any thread and any loop; the store is opened when first asked."""

    def __init__(self, loop: asyncio.AbstractEventLoop, url: str, database: str, service: str) -> None:
        """Take the loop that runs, and where the journal is."""
        self._loop, self._client = loop, motor_client(url)
        self._database, self._service = database, service
        self._store: MongoStore | None = None

    async def append(self, commits: Sequence[Commit]) -> None:
        """As of the store. Raises Conflict, Unavailable; Broken where another version wrote the database."""
        await self._there(self._append(commits))

    async def read(self, stream: str, after: int = 0) -> AsyncIterator[Commit]:
        """As of the store; all of it is read before the first is given. Raises Unavailable, Broken."""
        for commit in await self._there(self._read(stream, after)):
            yield commit

    def end(self) -> None:
        """Let go of the store."""
        asyncio.run_coroutine_threadsafe(close(self._client), self._loop).result()

    async def _there(self, asked: Coroutine[Any, Any, T]) -> T:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(asked, self._loop))

    async def _append(self, commits: Sequence[Commit]) -> None:
        await (await self._opened()).append(commits)

    async def _read(self, stream: str, after: int) -> list[Commit]:
        return [commit async for commit in (await self._opened()).read(stream, after)]

    async def _opened(self) -> MongoStore:
        if self._store is None:
            store = MongoStore(self._client.get_database(self._database), self._service)
            await store.check()
            self._store = store
        return self._store


@contextmanager
def store_beside(url: str, database: str, service: str) -> Iterator[Beside]:
    """A service's journal in a database, for as long as the block runs."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name=f"store-{service}", daemon=True)
    thread.start()
    store = Beside(loop, url, database, service)
    try:
        yield store
    finally:
        store.end()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
