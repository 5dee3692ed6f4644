"""A copy of a fund's database as one file, taken through the driver while the fund works; and put back.

The file is a stream of BSON documents, packed: a head, each document with its collection, and at the end how many there
were and their digest. What each service has heard and told is read before the journals' ends are asked, its commits
after that and up to them: so the copy never says that something was heard of which it has no commit. Snapshots are left
out: the first start folds the journals anew.
"""

import asyncio
import gzip
import hashlib
import os
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import bson
import msgspec
from bson.errors import BSONError

from shared.adapters.mongo.client import Client, named
from shared.adapters.mongo.documents import (
    COMMITS,
    GATE_CALLS,
    GATE_DOCUMENTS,
    HEARD,
    PUBLISHED,
    marks_document,
    said_by,
)
from shared.adapters.mongo.store import SCHEMA_VERSION, folded
from shared.engine.faults import Broken

FORMAT = 1
WHOLE = ("letters", GATE_CALLS, GATE_DOCUMENTS)
"""Collections that are no journal's, and of which each document is copied."""
LENGTH = 4
AT_ONCE, AT_ONCE_BYTES = 200, 4_000_000
RESTORED = "put back"
"""A place of no topic, heard up to 0: a journal with it believes no group, though it may have heard nothing else."""
HALF = "being restored"
"""The schema version of a database into which a copy is being put: no service starts on it."""

Say = Callable[[], None]
Ends = Callable[[], Awaitable[Mapping[str, Mapping[str, int]]]]
"""Asks where the streams of each service end, all at one moment."""


class Head(msgspec.Struct, kw_only=True):
    """What a copy is of: the fund, when it was taken (UTC), each service's streams with their last version."""

    psdf_backup: int
    schema: int
    fund: str
    taken: str
    heads: dict[str, dict[str, int]]


class End(msgspec.Struct, kw_only=True):
    """What must have come before it: documents by collection, and the SHA-256 of all of them, head included."""

    documents: dict[str, int]
    sha256: str


class BackupError(Exception):
    """A file is no whole copy, or can't be put where it shall go: one line."""


async def dump(client: Client, database: str, fund_id: str, taken: str, path: Path, ends: Ends, say: Say) -> End:
    """Write a copy to a file that is not there yet; ``say`` hears of each document. Raises Unavailable, OSError.

    ``ends`` is asked once, after all that was heard is read.
    """
    source = client.get_database(database)
    with named(database):
        names = set(await source.list_collection_names())
    services = sorted({name.removesuffix(end) for name in names for end in (COMMITS, HEARD) if name.endswith(end)})
    kept = [name + end for end in (HEARD, PUBLISHED) for name in services if name + end in names]
    marks = [(name, (await folded(source[name], database))[0]) for name in kept]
    found = await ends()
    heads = {name: dict(found.get(name, {})) for name in services}
    head = Head(psdf_backup=FORMAT, schema=SCHEMA_VERSION, fund=fund_id, taken=taken, heads=heads)
    with path.open("xb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=1, mtime=0, filename="") as packed:
        out = _Writer(packed)
        out.add(msgspec.to_builtins(head))
        for name, known in marks:
            if known:
                out.document(name, marks_document(known))
        for service, last in heads.items():
            async for document in _commits(source[service + COMMITS], last):
                await asyncio.to_thread(out.document, service + COMMITS, document)
                say()
        for name in (name for name in WHOLE if name in names):
            with named(database):
                async for document in source[name].find({}).sort("_id", 1):
                    await asyncio.to_thread(out.document, name, document)
        end = out.end()
        packed.close()
        raw.flush()
        os.fsync(raw.fileno())
    return end


async def _commits(commits: Any, heads: Mapping[str, int]) -> AsyncIterator[dict[str, Any]]:  # noqa: ANN401 - as above
    with named(commits.name):
        async for document in commits.find({}).sort("_id", 1):
            stream, version = said_by(document["_id"])
            if version <= heads.get(stream, 0):
                yield document


class _Writer:
    def __init__(self, out: BinaryIO | gzip.GzipFile) -> None:
        self._out, self._sum, self._counts = out, hashlib.sha256(), dict[str, int]()

    def add(self, document: Mapping[str, Any]) -> None:
        raw = bson.encode(document)
        self._sum.update(raw)
        self._out.write(raw)

    def document(self, collection: str, document: Mapping[str, Any]) -> None:
        self.add({"c": collection, "d": document})
        self._counts[collection] = self._counts.get(collection, 0) + 1

    def end(self) -> End:
        end = End(documents=self._counts, sha256=self._sum.hexdigest())
        self._out.write(bson.encode(msgspec.to_builtins(end)))
        return end


# --- back again


def read(path: Path) -> tuple[Head, End]:
    """Read a whole copy and see that it is one. Raises BackupError."""
    found = [each for each in _documents(path) if isinstance(each, Head | End)]
    if len(found) != 2 or not isinstance(found[0], Head) or not isinstance(found[1], End):  # noqa: PLR2004 - both ends
        raise BackupError(f"{path} is no whole back-up of a cluster: it has no head, or it breaks off")
    return found[0], found[1]


def _documents(path: Path) -> Iterator[Head | End | tuple[str, dict[str, Any]]]:
    """What a file holds, its head and end as such, checked on the way."""
    counts: dict[str, int] = {}
    digest, ended, first = hashlib.sha256(), False, True
    try:
        for raw in _raws(path):
            document = bson.decode(raw)
            if ended:
                raise BackupError(f"{path}: something follows its end")
            if first:
                head = msgspec.convert(document, Head)
                if head.psdf_backup != FORMAT or head.schema != SCHEMA_VERSION:
                    raise BackupError(
                        f"{path} has format {head.psdf_backup} and schema version {head.schema}, this program knows "
                        f"{FORMAT} and {SCHEMA_VERSION}: use its own version"
                    )
                yield head
            elif "sha256" in document:
                end, ended = msgspec.convert(document, End), True
                if end.documents != counts or end.sha256 != digest.hexdigest():
                    raise BackupError(
                        f"{path} is damaged: its digest is {digest.hexdigest()}, and should be {end.sha256}"
                    )
                yield end
            else:
                counts[document["c"]] = counts.get(document["c"], 0) + 1
                yield document["c"], document["d"]
            digest.update(raw)
            first = False
    except (OSError, EOFError, zlib.error, BSONError, msgspec.MsgspecError, KeyError) as error:
        raise BackupError(f"{path} is no whole back-up of a cluster: {error}") from error


def _raws(path: Path) -> Iterator[bytes]:
    with gzip.open(path, "rb") as packed:
        while length := packed.read(LENGTH):
            left = int.from_bytes(length, "little") - LENGTH
            raw = packed.read(left) if left > 0 else b""
            if len(raw) != left or left < 1:
                raise EOFError("it breaks off")
            yield length + raw


async def load(client: Client, database: str, path: Path, say: Say) -> None:
    """Put a copy into an empty database. Raises BackupError where it is not empty, Broken, Unavailable.

    No service starts on the database until all of it is there.
    """
    target = client.get_database(database)
    await _must_be_empty(target)
    with named(database):
        await target["meta"].delete_many({})
        await target["meta"].insert_one({"_id": "schema", "version": HALF})
        waiting: dict[str, list[dict[str, Any]]] = {}
        size = 0
        for each in _documents(path):
            if isinstance(each, Head | End):
                continue
            collection, document = each
            waiting.setdefault(collection, []).append(document)
            size += sum(len(each) for each in document.values() if isinstance(each, bytes))
            say()
            if size >= AT_ONCE_BYTES or len(waiting[collection]) >= AT_ONCE:
                await _insert(target, waiting)
                waiting, size = {}, 0
        await _insert(target, waiting)
        for name, count in read(path)[1].documents.items():
            if (there := await target[name].count_documents({})) != count:
                raise Broken(f"{database}: {there} documents of {name} were written, and {count} are in {path}")
        for service in read(path)[0].heads:
            await target[service + HEARD].insert_one(marks_document({RESTORED: 0}))
        await target["meta"].delete_one({"_id": "schema"})
        await target["meta"].insert_one({"_id": "schema", "version": SCHEMA_VERSION})


async def _insert(target: Any, waiting: Mapping[str, list[dict[str, Any]]]) -> None:  # noqa: ANN401 - as above
    for collection, documents in waiting.items():
        await target[collection].insert_many(documents, ordered=True)


async def _must_be_empty(target: Any) -> None:  # noqa: ANN401 - as above
    with named(target.name):
        known = await target["meta"].find_one({"_id": "schema"})
        names = sorted(set(await target.list_collection_names()) - {"meta"})
        full = [name for name in names if await target[name].find_one({})]
    half = known is not None and known["version"] == HALF
    if full or half:
        held = "holds half of a back-up" if half else f"is not empty: it has documents in {full[0]}"
        raise BackupError(
            f"database {target.name} {held}, and a journal is never overwritten: restore into another server, or drop "
            f"this database first, after a copy of it"
        )


async def hear_only(client: Client, database: str, service: str, heard: Mapping[str, int]) -> None:
    """Let a store know that it has heard so much and no more; while no process of the service runs."""
    collection = client.get_database(database)[service + HEARD]
    _, read_ = await folded(collection, service)
    with named(service):
        if heard:
            await collection.insert_one(marks_document(heard))
        await collection.delete_many({"_id": {"$in": read_}})
