"""Every store of the project, each as a place that can be opened again: what a restart finds."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.adapters.mongo import client as mongo_client
from shared.adapters.mongo import store as mongo
from shared.adapters.sqlite import store as sqlite
from shared.engine.journal import Store
from tests.simulation.ports import simulated_store

Open = Callable[[str], Awaitable[Store]]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a store lies: ``open`` a service's store as another process would, as often as one likes."""

    open: Open


@asynccontextmanager
async def sqlite_file(folder: Path) -> AsyncIterator[Place]:
    connections = []

    async def open_(service: str) -> Store:
        connections.append(sqlite.connect(folder / "journal.sqlite"))
        return sqlite.SqliteStore(connections[-1], service)

    yield Place(open=open_)
    for connection in connections:
        connection.close()


@asynccontextmanager
async def sqlite_memory() -> AsyncIterator[Place]:
    connection = sqlite.connect(None)

    async def open_(service: str) -> Store:
        return sqlite.SqliteStore(connection, service)

    yield Place(open=open_)
    connection.close()


@asynccontextmanager
async def mongo_database(
    connect: Callable[[str], mongo_client.Client], url: str, database: str
) -> AsyncIterator[Place]:
    clients = []

    async def open_(service: str) -> Store:
        clients.append(connect(url))
        return await mongo.open_store(clients[-1], database, service)

    yield Place(open=open_)
    for client in clients:
        await mongo_client.close(client)


CONNECTED = pytest.mark.connected
PLACES = [
    pytest.param("sqlite file", id="sqlite-file"),
    pytest.param("sqlite memory", id="sqlite-memory"),
    pytest.param("simulated store", id="simulated"),
    pytest.param("stack motor", id="stack-motor", marks=CONNECTED),
    pytest.param("stack pymongo", id="stack-pymongo", marks=CONNECTED),
    pytest.param("url motor", id="url-motor", marks=CONNECTED),
    pytest.param("url pymongo", id="url-pymongo", marks=CONNECTED),
]
DRIVERS = {"motor": mongo_client.motor_client, "pymongo": mongo_client.pymongo_client}


@pytest.fixture(params=PLACES)
async def place(request: pytest.FixtureRequest, tmp_path: Path, fund: str) -> AsyncIterator[Place]:
    where, what = request.param.split()
    made: AbstractAsyncContextManager[Place]
    if where == "sqlite":
        made = sqlite_file(tmp_path) if what == "file" else sqlite_memory()
    elif where == "simulated":
        made = nullcontext(Place(open=simulated_store()))
    elif where == "stack":
        made = mongo_database(DRIVERS[what], request.getfixturevalue("stack").mongo_url, fund)
    else:
        url = os.environ.get("PSDF_TEST_MONGO_URL")
        if url is None:
            pytest.skip("no MongoDB of your own to test with: PSDF_TEST_MONGO_URL is not set")
        made = mongo_database(DRIVERS[what], url, fund)
    async with made as place:
        yield place
