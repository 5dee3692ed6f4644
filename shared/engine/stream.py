"""A stream in memory, and what a batch adds to it before it is durable."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec

from shared.engine.codec import Codec, Decision, encode_decisions
from shared.engine.journal import Commit, chain
from shared.engine.outbox import Message
from shared.engine.service import Domain
from shared.kernel.compact import KEY_BYTES, Records
from shared.kernel.value import value

SNAPSHOT_EVERY = 500
"""Fewest commits of a stream between two snapshots, which also are at least as long as the last snapshot.

So a long state costs no more than what is decided on it.
"""
LONG = 32 << 20
"""Bytes of commits after which one is kept within a day too: about a second to fold.

Else it is kept only as a day starts: to write down a long state takes tenths of a second, and whoever sends waits.
"""


CONTENT_BYTES = 4
"""So much is kept of the digest of what a cause said, beside so much of its own as is kept of any text."""


class Inbox:
    """What was decided already, for ever: of each cause a digest of (source, id), and of its content."""

    __slots__ = ("_records",)

    def __init__(self, shelves: list[bytes] | None = None) -> None:
        """Nothing yet; or what a snapshot kept."""
        self._records = Records(KEY_BYTES + CONTENT_BYTES, shelves or [b""])

    @property
    def shelves(self) -> list[bytes]:
        """As a snapshot keeps it."""
        return self._records.shelves

    def said_otherwise(self, key: bytes, content: bytes) -> bool | None:
        """Whether what was decided under a key said something else; None where nothing was."""
        known = self._records.find(key[:KEY_BYTES])
        return None if known is None else known[KEY_BYTES:] != short(content)

    def hear(self, key: bytes, content: bytes) -> bool | None:
        """Remember a cause, unless it is known: then whether it said something else. None where it is new."""
        rest = content[:CONTENT_BYTES] or NO_CONTENT
        known = self._records.keep(key[:KEY_BYTES], rest)
        return None if known is None else known[KEY_BYTES:] != rest

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        """Each key and content, as they are kept."""
        return ((record[:KEY_BYTES], record[KEY_BYTES:]) for record in self._records)


NO_CONTENT = bytes(CONTENT_BYTES)


def short(content: bytes) -> bytes:
    """What is kept of a content's digest; zeros where there is none, for what a service said."""
    return content[:CONTENT_BYTES] or NO_CONTENT


@dataclass(slots=True, kw_only=True)
class Stream:
    """A stream in memory: the state after its last commit, and what the next one continues from.

    While it sleeps it has no state, only its bytes: ``packed``.
    """

    name: str
    domain: Domain
    codec: Codec
    state: Any
    hash: bytes
    packed: bytes | None = None
    version: int = 0
    position: int = 0
    today: date | None = None
    causes: Inbox = field(default_factory=Inbox)
    snapshot_version: int = 0
    snapshot_bytes: int = 0
    bytes_since: int = 0

    def snapshot_is_due(self, *, new_day: bool) -> bool:
        """Whether enough was decided since the last one; within a day that is more than as one starts."""
        enough = self.snapshot_bytes if new_day else max(self.snapshot_bytes, LONG)
        return self.version - self.snapshot_version >= SNAPSHOT_EVERY and self.bytes_since >= enough

    def advance(self, commit: Commit) -> None:
        """The next commit continues from this one."""
        self.version, self.hash = commit.version, commit.hash
        self.bytes_since += len(commit.body)


class SnapshotBody(msgspec.Struct):
    """A snapshot's body: the state, which is read where it lies, and what the stream remembers beside it."""

    position: int
    today: date | None
    causes: list[bytes]
    state: memoryview


@value
class OutboxBatch:
    """What a batch has to tell, and the versions to mark once it is told."""

    messages: tuple[Message, ...]
    versions: Mapping[str, int]


class UnitOfWork:
    """What a batch has decided so far, and is not yet durable."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.touched: dict[str, Stream] = {}
        self.known: dict[str, int] = {}
        self.messages: list[Message] = []
        self._decisions: dict[str, list[Decision]] = {}

    def touch(self, stream: Stream) -> None:
        """A stream of the batch, and the version at which it was known before."""
        self.touched[stream.name] = stream
        self.known.setdefault(stream.name, stream.version)

    def add(self, stream: Stream, decision: Decision) -> None:
        """A decision of the stream's next commit."""
        self._decisions.setdefault(stream.name, []).append(decision)

    def versions(self) -> dict[str, int]:
        """The versions that the batch made, by stream."""
        return {name: self.touched[name].version for name in self._decisions}

    def commits(self) -> list[Commit]:
        """One commit a stream, chained to its last one."""
        commits = []
        for name, decisions in self._decisions.items():
            stream = self.touched[name]
            commit = chain(name, stream.version + 1, encode_decisions(decisions), stream.hash)
            stream.advance(commit)
            commits.append(commit)
        return commits
