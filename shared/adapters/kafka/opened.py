"""A client of aiokafka from its start to its stop, whoever is cancelled meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeVar


class Client(Protocol):
    """A consumer or a producer."""

    async def start(self) -> None:
        """Connect."""

    async def stop(self) -> None:
        """Let go of the broker."""


C = TypeVar("C", bound=Client)


@asynccontextmanager
async def opened(client: C) -> AsyncIterator[C]:
    """The client, connected; stopped at the end, also where it never connected. Raises KafkaError, OSError."""
    try:
        await client.start()
        yield client
    finally:
        await to_its_end(client.stop())


async def to_its_end(stop: Coroutine[Any, Any, None]) -> None:
    """Wait for a client's ``stop``, and only then pass on that the waiting task was cancelled.

    aiokafka suppresses every cancellation while it waits for its own tasks to end. A loop that was cancelled just there
    would go on for ever, and so would whoever waits for its end.
    """
    stopping = asyncio.ensure_future(stop)
    try:
        await asyncio.shield(stopping)
    except asyncio.CancelledError:
        await asyncio.wait([stopping])
        raise
