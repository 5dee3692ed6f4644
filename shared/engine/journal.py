"""The journal as the engine needs it: commits of a stream, one after another, each chained to the one before."""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from shared.kernel.value import value

GENESIS = bytes(32)
"""What the chains of old streams begin with: they go on as they began. New ones begin with their ``genesis``."""

SEALER = "psdf"
"""Whose journal the seals of the others are (``shared/proof``): the fund as a whole. It decides nothing."""

SEAL, OLDER_SEALS = b"psdf snapshot 5\n", (b"psdf snapshot 4\n", b"psdf snapshot 3\n")
"""What the bytes of a snapshot begin with that carries a digest; no MessagePack map begins so."""
DIGEST_BYTES = 32


@value
class Commit:
    """What one batch decided in one stream: atomic, numbered from 1 without gaps, chained by ``hash``.

    ``body`` is the JSON of the decisions (their causes and events), and exactly what the chain hashes.
    """

    stream: str
    version: int
    body: bytes
    prev_hash: bytes
    hash: bytes


def chain(stream: str, version: int, body: bytes, prev_hash: bytes) -> Commit:
    """Make the commit that follows ``prev_hash``: ``hash = sha256(prev_hash + body)``."""
    return Commit(
        stream=stream,
        version=version,
        body=body,
        prev_hash=prev_hash,
        hash=hashlib.sha256(prev_hash + body).digest(),
    )


def genesis(service: str, stream: str) -> bytes:
    """What the chain of a stream begins with: each its own, so that no commit fits into another stream's chain.

    A version needs no such text: each hash stands on the one before it, back to this one.
    """
    return hashlib.sha256(f"psdf journal\n{service}\n{stream}".encode()).digest()


def is_intact(commit: Commit) -> bool:
    """Whether the commit's hash is that of its bytes."""
    return hashlib.sha256(commit.prev_hash + commit.body).digest() == commit.hash


def follows(commit: Commit, version: int, hash_: bytes) -> bool:
    """Whether a commit is the next one after a version and its hash; a stream's first one may begin an old chain."""
    before = (hash_, GENESIS) if version == 0 else (hash_,)
    return commit.version == version + 1 and commit.prev_hash in before


@value
class Snapshot:
    """A stream's state after a version, rebuilt at will: never the truth, only a shorter way to it."""

    stream: str
    version: int
    hash: bytes
    body: bytes


class Unsealed(ValueError):  # noqa: N818 - what is so, not what went wrong here
    """A snapshot of an older version of the program, in a form that is not read any more; ``body`` is what it says."""

    def __init__(self, why: str, body: bytes) -> None:
        super().__init__(why)
        self.body = body


class Forged(ValueError):  # noqa: N818 - what is so, not what went wrong here
    """A snapshot whose bytes, stream, version or hash are not those that were sealed."""


def sealed(service: str, snapshot: Snapshot) -> Snapshot:
    """The snapshot as it is stored: with a digest of all that it says."""
    return replace(snapshot, body=SEAL + _digest(service, snapshot, snapshot.body) + snapshot.body)


def opened(service: str, snapshot: Snapshot) -> memoryview:
    """The bytes of a stored snapshot, as they were sealed. Raises Unsealed, or Forged where they were changed."""
    seal = next((seal for seal in (SEAL, *OLDER_SEALS) if snapshot.body.startswith(seal)), None)
    if seal is None:
        why = "it has no digest: an older version of the program kept it, or it was changed"
        raise Unsealed(why, snapshot.body)
    at = len(seal) + DIGEST_BYTES
    body = memoryview(snapshot.body)[at:]
    if snapshot.body[len(seal) : at] != _digest(service, snapshot, body):
        raise Forged("its digest is not that of what it says: it was changed")
    if seal != SEAL:
        raise Unsealed("an older version of the program kept it", bytes(body))
    return body


def _digest(service: str, snapshot: Snapshot, body: bytes | memoryview) -> bytes:
    head = f"{service}\n{snapshot.stream}\n{snapshot.version}\n{snapshot.hash.hex()}\n"
    digest = hashlib.blake2b(head.encode(), digest_size=DIGEST_BYTES)
    digest.update(body)
    return digest.digest()


class Journal(Protocol):
    """The commits of one service."""

    async def append(self, commits: Sequence[Commit]) -> None:
        """Make commits durable, each whole or not at all. Raises Conflict where a version exists; Unavailable."""

    def read(self, stream: str | None = None, after: int = 0) -> AsyncIterator[Commit]:
        """The commits of a stream (or of all streams) after a version, in order of stream and version."""

    async def heads(self) -> Mapping[str, int]:
        """Each stream's last version."""


class Outbox(Protocol):
    """Which commits' messages are still to be told."""

    def unpublished(self) -> AsyncIterator[Commit]:
        """Commits not marked, in stream order: what a crash left unpublished."""

    async def mark(self, published: Mapping[str, int]) -> None:
        """All messages up to these versions are told. May become durable with the next append."""


class Snapshots(Protocol):
    """Shorter ways to a state."""

    async def save(self, snapshots: Sequence[Snapshot]) -> None:
        """Keep the snapshots, each instead of its stream's last one."""

    async def load(self, stream: str | None = None) -> Sequence[Snapshot]:
        """The last snapshot of a stream, or of every stream."""


class Heard(Protocol):
    """How far what came from a bus has had its effect here: of each place (``topic/partition``) the next offset.

    It stands beside the commits and never in them: the chain does not know from where a cause came.
    """

    async def hear(self, heard: Mapping[str, int]) -> None:
        """All before these offsets is decided, durable and told. Durable at the return; never goes back.

        Raises Unavailable: then nobody may acknowledge these offsets to the bus.
        """

    async def heard(self) -> Mapping[str, int]:
        """The highest offset of each place. Raises Unavailable."""


class Transaction(Protocol):
    """What several stores of one place write together: durable as a whole, or not at all."""

    def begin(self) -> None:
        """Let what is appended and marked from now on wait for ``commit``."""

    def commit(self) -> None:
        """Make it durable. Raises Unavailable: then nothing of it is, and it must be rolled back."""

    def roll_back(self, why: str) -> None:
        """Let nothing of it have been; ``why`` is told to whoever watches."""


class Store(Journal, Outbox, Snapshots, Heard, Protocol):
    """One service's journal, outbox, snapshots and what it has heard in one place, closed once."""

    async def close(self) -> None:
        """Make durable what is still to be marked, and let go of the store."""
