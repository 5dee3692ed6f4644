"""The store of the cluster on MongoDB's wire protocol, with motor's client or PyMongo's ``AsyncMongoClient``.

Only what MongoDB 6 to 8 and FerretDB 1.24 share, and nothing is ever updated: all documents are inserted
(FerretDB's updates are not atomic, and a bulk of a hundred stops that server), the unique index decides races. Nothing
is looked up while messages flow: a find may scan a collection.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from pymongo.errors import BulkWriteError, DuplicateKeyError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from shared.adapters.mongo.client import Client, named
from shared.adapters.mongo.documents import (
    COMMITS,
    HEARD,
    PUBLISHED,
    SNAPSHOTS,
    commits_of,
    documents_of,
    found_by,
    is_part,
    marks_document,
    marks_of,
    parts_of,
    said_by,
    snapshot_of,
)
from shared.engine.faults import Broken, Conflict, Unavailable
from shared.engine.journal import Commit, Snapshot

log = logging.getLogger(__name__)

SCHEMA_VERSION = 2
MARK_EVERY_S = 1.0
MOST_HEARD = 256
"""Documents of what was heard that one member leaves, before one stands for all of them."""
DUPLICATE = 11_000


class MongoStore:
    """One service's journal, outbox and snapshots in a database; ``open_store`` makes it."""

    def __init__(self, database: Any, service: str) -> None:  # noqa: ANN401 - two drivers, two classes
        self._service = service
        sure = {"write_concern": WriteConcern("majority"), "read_concern": ReadConcern("majority")}
        self._meta = database.get_collection("meta", **sure)
        self._commits = database.get_collection(f"{service}{COMMITS}", **sure)
        self._published = database.get_collection(f"{service}{PUBLISHED}", **sure)
        self._snapshots = database.get_collection(f"{service}{SNAPSHOTS}", **sure)
        self._heard = database.get_collection(f"{service}{HEARD}", **sure)
        self._said: dict[str, int] = {}
        self._said_by: list[Any] = []
        self._marks: dict[str, int] = {}
        self._marked_at = 0.0
        self._saved: dict[str, tuple[int, list[Any]]] = {}

    async def prepare(self) -> None:
        """Make the indexes, and refuse a database of another schema version."""
        await self.check()
        with named(self._service):
            part = [("stream", 1), ("version", 1), ("part", 1)]
            await self._snapshots.create_index(part, unique=True)

    async def check(self) -> None:
        """Refuse a database of another schema version; who keeps no snapshots needs no more."""
        with named(self._service):
            try:
                await self._meta.insert_one({"_id": "schema", "version": SCHEMA_VERSION})
            except DuplicateKeyError:
                found = await self._meta.find_one({"_id": "schema"})
                if found["version"] != SCHEMA_VERSION:
                    name = self._meta.database.name
                    raise Broken(
                        f"database {name} has schema version {found['version']}, this program knows {SCHEMA_VERSION}: "
                        f"use its own version"
                    ) from None

    # --- journal

    async def append(self, commits: Sequence[Commit]) -> None:
        """All commits in one round trip, a document each; the parts of long ones in one before it.

        After a Conflict some of them may be durable.
        """
        if not commits:
            return
        documents = [each for commit in commits for each in documents_of(commit)]
        if parts := [each for each in documents if is_part(each["_id"])]:
            documents = [each for each in documents if not is_part(each["_id"])]
            await self._append_parts(parts)
        with named(self._service):
            try:
                await self._commits.insert_many(documents, ordered=False)
            except BulkWriteError as error:
                faults = error.details.get("writeErrors", [])
                lost = [fault["op"]["_id"] for fault in faults if fault["code"] == DUPLICATE]
                if len(lost) < len(faults) or not lost:
                    raise
                told = ", ".join(f"{stream} {version}" for stream, version in map(said_by, lost[:5]))
                raise Conflict(f"{self._service}: another writer was first: {told}") from None

    async def _append_parts(self, parts: Sequence[Mapping[str, Any]]) -> None:
        """Those of another writer of the same commit, or of a try before, are the same."""
        with named(self._service):
            for part in parts:
                with suppress(DuplicateKeyError):
                    await self._commits.insert_one(part)

    async def read(self, stream: str | None = None, after: int = 0) -> AsyncIterator[Commit]:
        """Commits in order of stream and version, in one pass."""
        with named(self._service):
            async for commit in commits_of(self._commits.find(found_by(stream, after)).sort("_id", 1)):
                yield commit

    async def heads(self) -> Mapping[str, int]:
        """Each stream's last version."""
        heads: dict[str, int] = {}
        with named(self._service):
            async for document in self._commits.find({}, {"_id": True}):
                if not is_part(document["_id"]):
                    stream, version = said_by(document["_id"])
                    heads[stream] = max(version, heads.get(stream, 0))
        return heads

    # --- outbox

    async def unpublished(self) -> AsyncIterator[Commit]:
        """Commits after the mark of their stream."""
        marks = await self._fold_marks()
        async for commit in self.read():
            if commit.version > marks.get(commit.stream, 0):
                yield commit

    async def _fold_marks(self) -> dict[str, int]:
        """The highest mark of each stream; where many documents say so, one is written instead of them."""
        marks, read = await folded(self._published, self._service)
        with named(self._service):
            if len(read) > 1:
                await self._published.insert_one(marks_document(marks))
                await self._published.delete_many({"_id": {"$in": read}})
        _raise_marks(marks, self._marks.items())
        return marks

    async def mark(self, published: Mapping[str, int]) -> None:
        """Remember the marks, and write them once a second; an empty call writes what has waited."""
        _raise_marks(self._marks, published.items())
        if time.monotonic() - self._marked_at >= MARK_EVERY_S:
            await self._write_marks()

    async def _write_marks(self) -> None:
        if not self._marks:
            return
        marks, self._marks = self._marks, {}
        try:
            with named(self._service):
                await self._published.insert_one(marks_document(marks))
        except Unavailable:
            _raise_marks(self._marks, marks.items())
            raise
        self._marked_at = time.monotonic()

    # --- what was heard

    async def hear(self, heard: Mapping[str, int]) -> None:
        """One small document of what is new; many of this member's become one."""
        new = {place: offset for place, offset in heard.items() if offset > self._said.get(place, -1)}
        if not new:
            return
        known = self._said | new
        whole = len(self._said_by) >= MOST_HEARD
        with named(self._service):
            document = marks_document(known if whole else new)
            replaced = self._said_by if whole else []
            self._said_by = [*([] if whole else self._said_by), (await self._heard.insert_one(document)).inserted_id]
            self._said = known
            if replaced:
                await self._heard.delete_many({"_id": {"$in": replaced}})

    async def heard(self) -> Mapping[str, int]:
        """The highest offset of each place; where many documents say so, one is written instead of them."""
        heard, read = await folded(self._heard, self._service)
        if len(read) > 1:
            with named(self._service):
                await self._heard.insert_one(marks_document(heard))
                await self._heard.delete_many({"_id": {"$in": read}})
            self._said_by = []
        return heard

    # --- snapshots

    async def save(self, snapshots: Sequence[Snapshot]) -> None:
        """Insert the snapshots, in parts where they are long, then delete those that they replace."""
        new = [s for s in snapshots if s.version > self._saved.get(s.stream, (0, []))[0]]
        if not new:
            return
        replaced = [_id for s in new for _id in self._saved.get(s.stream, (0, []))[1]]
        parts = {s.stream: await asyncio.to_thread(list, parts_of(s)) for s in new}
        with named(self._service):
            try:
                await self._snapshots.insert_many([each for some in parts.values() for each in some], ordered=False)
            except BulkWriteError as error:
                if any(fault["code"] != DUPLICATE for fault in error.details.get("writeErrors", [])):
                    raise
                log.info("%s: another writer kept the same snapshots", self._service)
            if replaced:
                await self._snapshots.delete_many({"_id": {"$in": replaced}})
        for snapshot in new:
            self._saved[snapshot.stream] = (snapshot.version, [part["_id"] for part in parts[snapshot.stream]])

    async def load(self, stream: str | None = None) -> Sequence[Snapshot]:
        """The last whole snapshot of a stream, or of all, in one pass."""
        wanted = {"stream": stream} if stream is not None else {}
        found: dict[str, dict[int, list[Any]]] = {}
        with named(self._service):
            async for part in self._snapshots.find(wanted):
                found.setdefault(part["stream"], {}).setdefault(part["version"], []).append(part)
        snapshots = []
        for name, versions in sorted(found.items()):
            whole = [version for version, parts in versions.items() if len(parts) == parts[0]["parts"]]
            self._saved[name] = (max(whole, default=0), [p["_id"] for parts in versions.values() for p in parts])
            if whole:
                snapshots.append(snapshot_of(versions[max(whole)]))
        return snapshots

    async def close(self) -> None:
        """Write the marks that are still waiting."""
        await self._write_marks()


async def open_store(client: Client, database: str, service: str) -> MongoStore:
    """A service's store in a database. Raises Unavailable; Broken where another version wrote it."""
    store = MongoStore(client.get_database(database), service)
    await store.prepare()
    return store


async def folded(collection: Any, service: str) -> tuple[dict[str, int], list[Any]]:  # noqa: ANN401 - as above
    """The highest number of each name in a collection of marks, and the ``_id`` of each document that was read."""
    marks: dict[str, int] = {}
    read: list[Any] = []
    with named(service):
        async for document in collection.find({}):
            read.append(document["_id"])
            _raise_marks(marks, marks_of(document).items())
    return marks, read


def _raise_marks(marks: dict[str, int], told: Iterable[tuple[str, int]]) -> None:
    for stream, version in told:
        marks[stream] = max(version, marks.get(stream, 0))
