"""Clients of MongoDB's wire protocol, motor's or PyMongo's own, and what their errors mean."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeAlias

from bson.errors import InvalidDocument
from pymongo.errors import DocumentTooLarge, PyMongoError

from shared.engine.faults import Broken, Unavailable
from shared.engine.waiting import Status

WATCH_S = 2.0

Client: TypeAlias = Any
"""Either driver's client: they share what is used of them, and no type."""


def motor_client(url: str, *, timeout_s: float = 5.0) -> Client:
    """Motor's client: whoever does not answer within the time is unavailable."""
    from motor.motor_asyncio import AsyncIOMotorClient

    return AsyncIOMotorClient(url, **_patience(timeout_s))


def pymongo_client(url: str, *, timeout_s: float = 5.0) -> Client:
    """PyMongo's own asynchronous client, motor's successor."""
    from pymongo import AsyncMongoClient

    return AsyncMongoClient(url, **_patience(timeout_s))


def _patience(timeout_s: float) -> dict[str, Any]:
    """Connecting is soon given up; an answer may take longer: the first pass reads a whole journal."""
    soon, late = round(timeout_s * 1000), round(timeout_s * 12_000)
    return {"serverSelectionTimeoutMS": soon, "connectTimeoutMS": soon, "socketTimeoutMS": late, "tz_aware": True}


async def close(client: Client) -> None:
    """Close either driver's client."""
    closing = client.close()
    if closing is not None:
        await closing


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Client]:
    """Motor's client for as long as it is needed."""
    client = motor_client(url)
    try:
        yield client
    finally:
        await close(client)


@contextmanager
def named(service: str) -> Iterator[None]:
    """Name the kind of a driver's error."""
    try:
        yield
    except (DocumentTooLarge, InvalidDocument) as error:
        raise Broken(f"{service}: the store can't take a document: {error}") from error
    except PyMongoError as error:
        raise Unavailable(f"{service}: the store does not answer: {error}") from error


async def watch(client: Client, status: Status) -> None:
    """Say when the store does not answer, also while nothing is to be written, and when it does again."""
    while True:
        try:
            with named("ping"):
                await client.admin.command("ping")
        except Unavailable as error:
            status.wait("database", str(error))
        else:
            status.came("database")
        await asyncio.sleep(WATCH_S)
