"""Commits, marks, snapshots and what was heard as documents, each of at most 16 MB, in collections of their service.

A commit is found by its ``_id``: stream and version with a space between, the version in twelve digits. So the index
that every collection has makes them unique and keeps them in order, and there is no second one to be written.
"""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from shared.engine.journal import Commit, Snapshot

COMMITS, PUBLISHED, SNAPSHOTS, HEARD = ".commits", ".published", ".snapshots", ".heard"
"""What follows a service's name in the names of its collections."""
PART_BYTES = 15_000_000
"""A longer snapshot is stored in parts."""
PACK_BYTES = 512
"""A longer body is stored packed; the chain hashes it unpacked."""


def id_of(stream: str, version: int) -> str:
    """The ``_id`` of a commit."""
    return f"{stream} {version:012d}"


def said_by(_id: str) -> tuple[str, int]:
    """Stream and version of a commit's ``_id``."""
    stream, version = _id.split(" ")
    return stream, int(version)


def found_by(stream: str | None = None, after: int = 0) -> dict[str, Any]:
    """What finds the commits of a stream after a version, a range of the index; or of all streams."""
    return {"_id": {"$gt": id_of(stream, after), "$lt": f"{stream}!"}} if stream is not None else {}


def document_of(commit: Commit) -> dict[str, Any]:
    """A commit as its document."""
    packed = len(commit.body) > PACK_BYTES
    return {
        "_id": id_of(commit.stream, commit.version),
        "prev_hash": commit.prev_hash,
        "hash": commit.hash,
        "body": zlib.compress(commit.body, 1) if packed else commit.body,
    } | ({"packed": True} if packed else {})


def commit_of(document: Mapping[str, Any]) -> Commit:
    """The commit of a document."""
    stream, version = said_by(document["_id"])
    body = bytes(document["body"])
    return Commit(
        stream=stream,
        version=version,
        prev_hash=bytes(document["prev_hash"]),
        hash=bytes(document["hash"]),
        body=zlib.decompress(body) if document.get("packed") else body,
    )


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
        body=zlib.decompress(body) if first.get("packed") else body,
    )
