"""Every journal of a place, to be read and never written: a file of SQLite, or a database of the cluster."""

import sqlite3
from collections.abc import AsyncIterator, Mapping

from shared.adapters.mongo.client import Client, named
from shared.adapters.mongo.documents import COMMITS, HEARD, PUBLISHED, commits_of, found_by, marks_of
from shared.adapters.mongo.store import MongoStore, folded
from shared.adapters.sqlite.heads import lost_from
from shared.adapters.sqlite.store import SqliteStore
from shared.engine.journal import Commit

STREAMS_AT_ONCE = 200


class SqliteJournals:
    """The journals of an embedded fund."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Take a connection; all methods raise sqlite3.Error."""
        self._connection = connection

    async def count(self) -> int:
        """How many commits there are."""
        (count,) = self._connection.execute("SELECT count(*) FROM commits").fetchone()
        return int(count)

    async def services(self) -> list[str]:
        """The names of those who have committed."""
        return [name for (name,) in self._connection.execute("SELECT DISTINCT service FROM commits ORDER BY service")]

    def store(self, service: str) -> SqliteStore:
        """A service's journal."""
        return SqliteStore(self._connection, service)

    async def news(self, service: str) -> Mapping[str, int]:
        """Each stream's last version: there is no cheaper answer here."""
        return await self.store(service).heads()

    async def since(self, service: str, known: Mapping[str, int]) -> AsyncIterator[Commit]:
        """What a service has committed after a version of each stream, stream by stream in order."""
        store = self.store(service)
        for stream, version in sorted((await store.heads()).items()):
            if version > known.get(stream, 0):
                async for commit in store.read(stream, known.get(stream, 0)):
                    yield commit

    async def marks(self) -> Mapping[tuple[str, str], int]:
        """Up to which version each stream of each service was told, or was acknowledged and is lost since."""
        found = self._connection.execute("SELECT service, stream, version FROM published")
        marks = {(service, stream): version for service, stream, version in found}
        for service, head in lost_from(self._connection).items():
            marks[service, head.stream] = max(head.version, marks.get((service, head.stream), 0))
        return marks


class MongoJournals:
    """The journals of a cluster's fund."""

    def __init__(self, client: Client, database: str) -> None:
        """Take a client of either driver; all methods raise Unavailable."""
        self._database = client.get_database(database)
        self._seen: dict[str, object] = {}

    async def count(self) -> int:
        """How many commits there are."""
        with named(self._database.name):
            return sum([await self._database[name + COMMITS].count_documents({}) for name in await self.services()])

    async def services(self) -> list[str]:
        """The names of those who have committed."""
        with named(self._database.name):
            names = await self._database.list_collection_names()
            return sorted(name.removesuffix(COMMITS) for name in names if name.endswith(COMMITS))

    def store(self, service: str) -> MongoStore:
        """A service's journal."""
        return MongoStore(self._database, service)

    async def news(self, service: str) -> Mapping[str, int]:
        """Up to which version streams were told, by the marks that were written since this was asked last.

        A mark may be missed where the clocks of two members differ: ask ``heads`` of the store now and then.
        """
        marks: dict[str, int] = {}
        seen = self._seen.get(service)
        with named(self._database.name):
            async for document in self._database[service + PUBLISHED].find({"_id": {"$gt": seen}} if seen else {}):
                self._seen[service] = max(document["_id"], self._seen.get(service, document["_id"]))
                for stream, version in marks_of(document).items():
                    marks[stream] = max(version, marks.get(stream, 0))
        return marks

    async def since(self, service: str, known: Mapping[str, int]) -> AsyncIterator[Commit]:
        """What a service has committed after a version of each stream, stream by stream in order.

        Many streams are asked for at once: a server that reads the whole collection to find anything reads it once.
        """
        heads = await self.store(service).heads()
        behind = sorted(stream for stream, version in heads.items() if version > known.get(stream, 0))
        for at in range(0, len(behind), STREAMS_AT_ONCE):
            streams = behind[at : at + STREAMS_AT_ONCE]
            wanted = {"$or": [found_by(stream, known.get(stream, 0)) for stream in streams]}
            with named(service):
                async for commit in commits_of(self._database[service + COMMITS].find(wanted).sort("_id", 1)):
                    yield commit

    async def heard(self, service: str) -> Mapping[str, int]:
        """Before which offset of each place all is decided and durable; nothing is written, as a store's own does."""
        return (await folded(self._database[service + HEARD], service))[0]

    async def marks(self) -> Mapping[tuple[str, str], int]:
        """Up to which version each stream of each service was told."""
        marks: dict[tuple[str, str], int] = {}
        with named(self._database.name):
            for service in await self.services():
                async for document in self._database[service + PUBLISHED].find({}):
                    for stream, version in marks_of(document).items():
                        marks[service, stream] = max(version, marks.get((service, stream), 0))
        return marks
