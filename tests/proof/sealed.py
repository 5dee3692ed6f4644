"""Funds whose days are sealed, and their journals in memory, to be tampered with copy by copy."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.adapters.sqlite.store import SqliteStore
from shared.engine.journal import SEALER, Commit, Snapshot
from shared.journal.journals import SqliteJournals
from shared.proof.keys import Signer, signer_of
from shared.proof.published import SealFile, file_of
from shared.proof.seal import Seal, seal_of
from shared.proof.sealing import Sealer
from shared.proof.verify import Verdict, check
from tests.engine.story import at_once
from tests.given import FUND
from tests.runtime.years import Year

Streams = dict[str, list[Commit]]


def key(name: str) -> Signer:
    """A key that is the same in each run."""
    return signer_of(Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32, b".")))


FUNDS, STOLEN_BY, MINISTRY = key("the fund"), key("somebody else"), key("the ministry")


class SealedYear(Year):
    """A random year whose days are sealed when the next one has started, every so many days."""

    def __init__(self, seed: int, *, every: int = 1, until: int | None = None) -> None:
        """Play the history of a seed, to its end or for so many events."""
        self._every, self._left, self._days = every, count() if until is None else iter(range(until)), 0
        self.seals: list[Seal] = []
        super().__init__(seed)
        self.seal()

    def receive(self, raw: bytes) -> None:
        """Take one event; where it starts a day, all before it is sealed."""
        if next(self._left, None) is None:
            return
        super().receive(raw)
        if json.loads(raw)["type"] == "day.started":
            self._days += 1
            if self._days % self._every == 0:
                self.seal()

    def restart(self) -> None:
        """Start on what is in the journals; who seals knows nothing of earlier seals."""
        super().restart()
        self._store = SqliteStore(self.connection, SEALER)
        self._sealer = Sealer(FUND.fund_id, SqliteJournals(self.connection), FUNDS, self._store)

    def seal(self) -> None:
        """Seal what was decided so far."""
        if seal := at_once(self._sealer.seal()):
            self.seals.append(seal)


@dataclass
class MemoryStore:
    """A service's journal in memory, to be read."""

    streams: Streams = field(default_factory=dict)
    snapshots: list[Snapshot] = field(default_factory=list)

    async def read(self, stream: str | None = None, after: int = 0) -> AsyncIterator[Commit]:
        for name in sorted(self.streams) if stream is None else [stream]:
            for commit in self.streams.get(name, ()):
                if commit.version > after:
                    yield commit

    async def append(self, commits: Sequence[Commit]) -> None:
        for commit in commits:
            self.streams.setdefault(commit.stream, []).append(commit)

    async def load(self) -> Sequence[Snapshot]:
        return self.snapshots


@dataclass
class MemoryJournals:
    """The journals of a fund in memory; ``files`` are the seals that somebody else has kept."""

    stores: dict[str, MemoryStore]
    files: list[tuple[Path, SealFile]] = field(default_factory=list)

    @staticmethod
    def of(year: SealedYear) -> "MemoryJournals":
        journals = SqliteJournals(year.connection)
        stores = {}
        for service in at_once(journals.services()):
            streams: Streams = {}
            for commit in all_of(journals.store(service).read()):
                streams.setdefault(commit.stream, []).append(commit)
            stores[service] = MemoryStore(streams, list(at_once(journals.store(service).load())))
        return MemoryJournals(stores, [(Path(f"kept-{n}.json"), file_of(seal)) for n, seal in enumerate(year.seals, 1)])

    def copy(self) -> "MemoryJournals":
        """The same, to be changed."""
        stores = {
            name: MemoryStore({stream: list(of) for stream, of in store.streams.items()}, list(store.snapshots))
            for name, store in self.stores.items()
        }
        return MemoryJournals(stores, list(self.files))

    async def services(self) -> list[str]:
        return sorted(name for name, store in self.stores.items() if store.streams)

    def store(self, service: str) -> MemoryStore:
        return self.stores.setdefault(service, MemoryStore())

    async def since(self, service: str, known: Mapping[str, int]) -> AsyncIterator[Commit]:
        async for commit in self.store(service).read():
            if commit.version > known.get(commit.stream, 0):
                yield commit

    def names(self) -> Iterator[tuple[str, str]]:
        """Every stream but that of the seals."""
        return (
            (service, stream) for service, store in self.stores.items() if service != SEALER for stream in store.streams
        )

    def seals(self) -> list[Seal]:
        return [seal_of(commit) for commit in self.stores[SEALER].streams["seals"]]

    def verdict(self, keys: Sequence[str] = (FUNDS.public,)) -> Verdict:
        """What the check of journals says, with the seals that somebody else has kept."""
        return at_once(check(self, self.files, keys, lambda: None))


def all_of(commits: AsyncIterator[Commit]) -> list[Commit]:
    """All that is read."""

    async def read() -> list[Commit]:
        return [commit async for commit in commits]

    return at_once(read())


@cache
def small() -> MemoryJournals:
    """The first days of a fund, sealed every second day: whoever changes it takes a copy."""
    return MemoryJournals.of(SealedYear(73, every=2, until=40))
