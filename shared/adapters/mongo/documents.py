"""Commits, marks, snapshots and what was heard as documents, each of at most 16 MB, in collections of their service.

A commit is found by its ``_id``: stream and version with a space between, the version in twelve digits. So the index
that every collection has makes them unique and keeps them in order, and there is no second one to be written. What is
too long for one document lies in parts, whose ``_id`` goes on with the commit's hash and their number: they are durable
before the commit's own document, which says how many they are. Parts of which no commit speaks are nobody's.
"""

import zlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from shared.engine.faults import Broken
from shared.engine.journal import Commit, Snapshot

COMMITS, PUBLISHED, SNAPSHOTS, HEARD = ".commits", ".published", ".snapshots", ".heard"
"""What follows a service's name in the names of its collections."""
GATE_DOCUMENTS, GATE_CALLS, GATE_TURNS = "gate.documents", "gate.calls", "gate.turns"
"""What the gates keep: e-invoices and receipts, how far each webhook is, whose turn it is to call."""
PART_BYTES = 15_000_000
"""A longer snapshot, or body of a commit, is stored in parts."""
PACK_BYTES = 512
"""A longer body is stored packed; the chain hashes it unpacked."""


def id_of(stream: str, version: int) -> str:
    """The ``_id`` of a commit."""
    return f"{stream} {version:012d}"


def said_by(_id: str) -> tuple[str, int]:
    """Stream and version of the ``_id`` of a commit or of a part of one."""
    stream, version, *_ = _id.split(" ")
    return stream, int(version)


def is_part(_id: str) -> bool:
    """Whether the ``_id`` is that of a part of a commit."""
    return _id.count(" ") > 1


def found_by(stream: str | None = None, after: int = 0) -> dict[str, Any]:
    """What finds the commits of a stream after a version, a range of the index; or of all streams."""
    return {"_id": {"$gt": id_of(stream, after), "$lt": f"{stream}!"}} if stream is not None else {}


def documents_of(commit: Commit) -> list[dict[str, Any]]:
    """A commit's parts, where it is long, and at the end its own document."""
    packed = len(commit.body) > PACK_BYTES
    body = zlib.compress(commit.body, 1) if packed else commit.body
    parts = [body[at : at + PART_BYTES] for at in range(0, len(body), PART_BYTES)] if len(body) > PART_BYTES else []
    document: dict[str, Any] = {
        "_id": id_of(commit.stream, commit.version),
        "prev_hash": commit.prev_hash,
        "hash": commit.hash,
        "body": b"" if parts else body,
    }
    document |= ({"packed": True} if packed else {}) | ({"parts": len(parts)} if parts else {})
    return [*({"_id": _part_of(document, number), "body": part} for number, part in enumerate(parts)), document]


def _part_of(document: Mapping[str, Any], number: int) -> str:
    return f"{document['_id']} {bytes(document['hash']).hex()} {number:06d}"


async def commits_of(documents: AsyncIterator[Mapping[str, Any]]) -> AsyncIterator[Commit]:
    """The commits of documents that come in the order of their ``_id``. Raises Broken where a part is missing."""
    whole: Mapping[str, Any] = {}
    parts: list[bytes] = []
    async for document in documents:
        if is_part(document["_id"]):
            if whole and document["_id"] == _part_of(whole, len(parts)):
                parts.append(bytes(document["body"]))
                if len(parts) == whole["parts"]:
                    yield _commit_of(whole, b"".join(parts))
                    whole, parts = {}, []
            continue
        _nothing_is_missing(whole, parts)
        if "parts" in document:
            whole, parts = document, []
        else:
            yield _commit_of(document, bytes(document["body"]))
    _nothing_is_missing(whole, parts)


def _nothing_is_missing(whole: Mapping[str, Any], parts: Sequence[bytes]) -> None:
    if whole:
        stream, version = said_by(whole["_id"])
        raise Broken(f"stream {stream}, commit {version}: part {len(parts) + 1} of {whole['parts']} is missing")


def _commit_of(document: Mapping[str, Any], body: bytes) -> Commit:
    stream, version = said_by(document["_id"])
    return Commit(
        stream=stream,
        version=version,
        prev_hash=bytes(document["prev_hash"]),
        hash=bytes(document["hash"]),
        body=_plain(document, body),
    )


def _plain(document: Mapping[str, Any], body: bytes) -> bytes:
    """A body as it was hashed; one that was changed as it lies there, for then its hash is not its own."""
    try:
        return zlib.decompress(body) if document.get("packed") else body
    except zlib.error:
        return body


def marks_document(marks: Mapping[str, int]) -> dict[str, Any]:
    """Up to which version streams are told (or offset, places heard), as one Binary: a server pays for each field."""
    return {"body": msgspec.json.encode(dict(sorted(marks.items())))}


def marks_of(document: Mapping[str, Any]) -> dict[str, int]:
    """The marks of a document."""
    return msgspec.json.decode(bytes(document["body"]), type=dict[str, int])


def parts_of(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    """A snapshot, packed, as one document, or as many as it is long."""
    packed = zlib.compress(snapshot.body, 1)
    bodies = [packed[at : at + PART_BYTES] for at in range(0, len(packed), PART_BYTES)]
    for number, body in enumerate(bodies):
        yield {
            "stream": snapshot.stream,
            "version": snapshot.version,
            "part": number,
            "parts": len(bodies),
            "hash": snapshot.hash,
            "packed": True,
            "body": body,
        }


def snapshot_of(parts: Sequence[Mapping[str, Any]]) -> Snapshot:
    """The snapshot of all its documents."""
    first = parts[0]
    body = b"".join(bytes(part["body"]) for part in sorted(parts, key=lambda part: int(part["part"])))
    return Snapshot(
        stream=first["stream"],
        version=first["version"],
        hash=bytes(first["hash"]),
        body=_plain(first, body),
    )
