"""Commits and snapshots as documents, each of at most 16 MB."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shared.engine.journal import Commit, Snapshot

PART_BYTES = 15_000_000
"""A longer snapshot is stored in parts."""
PACK_BYTES = 4_096
"""A longer body is stored packed; the chain hashes it unpacked."""


def document_of(commit: Commit) -> dict[str, Any]:
    """A commit as its document, without the service."""
    packed = len(commit.body) > PACK_BYTES
    return {
        "stream": commit.stream,
        "version": commit.version,
        "prev_hash": commit.prev_hash,
        "hash": commit.hash,
        "body": zlib.compress(commit.body, 1) if packed else commit.body,
    } | ({"packed": True} if packed else {})


def commit_of(document: Mapping[str, Any]) -> Commit:
    """The commit of a document."""
    body = bytes(document["body"])
    return Commit(
        stream=document["stream"],
        version=document["version"],
        prev_hash=bytes(document["prev_hash"]),
        hash=bytes(document["hash"]),
        body=zlib.decompress(body) if document.get("packed") else body,
    )


def parts_of(service: str, snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    """A snapshot, packed, as one document, or as many as it is long."""
    packed = zlib.compress(snapshot.body, 1)
    bodies = [packed[at : at + PART_BYTES] for at in range(0, len(packed), PART_BYTES)]
    for number, body in enumerate(bodies):
        yield {
            "service": service,
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
