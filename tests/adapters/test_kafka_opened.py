"""A client of Kafka is stopped wholly, and who waits for that still hears that it was cancelled."""

import asyncio
from contextlib import suppress

import pytest

from shared.adapters.kafka.opened import opened


class Deaf:
    """Stops as aiokafka's clients do: what is cancelled while its own tasks end is not passed on."""

    stopped = False

    def __init__(self) -> None:
        self.stopping, self.may_stop = asyncio.Event(), asyncio.Event()

    async def start(self) -> None:
        """Nothing to connect to."""

    async def stop(self) -> None:
        self.stopping.set()
        with suppress(asyncio.CancelledError):
            await self.may_stop.wait()
        self.stopped = True


async def test_a_cancellation_that_comes_while_a_client_stops_is_passed_on_when_it_has_stopped() -> None:
    client = Deaf()

    async def work() -> None:
        while True:
            async with opened(client):
                pass

    task = asyncio.create_task(work())
    await client.stopping.wait()
    task.cancel()
    for _ in range(10):
        await asyncio.sleep(0)
    assert not client.stopped, "who is cancelled does not end the stop"
    assert not task.done()
    client.may_stop.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert client.stopped


async def test_a_client_that_does_not_connect_is_stopped_too() -> None:
    class Away(Deaf):
        async def start(self) -> None:
            raise OSError("no broker")

    client = Away()
    client.may_stop.set()
    with pytest.raises(OSError, match="no broker"):
        async with opened(client):
            raise AssertionError("it never connected")
    assert client.stopped
