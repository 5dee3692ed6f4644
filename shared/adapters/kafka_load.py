"""Engines of the partitions that were assigned, loaded in one pass over the store."""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence

from shared.adapters.kafka_keys import home_of
from shared.engine.handle import Engine, Told
from shared.engine.journal import Commit, Conflict, Lapsed, Snapshot, Store, Unavailable
from shared.engine.service import Service
from shared.kernel.fund import Fund


class Found:
    """What a pass over a service's store has found: snapshots, the commits after them, and what is untold."""

    def __init__(self) -> None:
        self.snapshots: dict[str, Snapshot] = {}
        self.commits: dict[str, list[Commit]] = defaultdict(list)
        self.untold: dict[str, list[Commit]] = defaultdict(list)

    @staticmethod
    async def in_store(store: Store) -> "Found":
        """Read a store. Raises Unavailable."""
        found = Found()
        found.snapshots = {snapshot.stream: snapshot for snapshot in await store.load()}
        async for commit in store.read():
            known = found.snapshots.get(commit.stream)
            if known is None or commit.version > known.version:
                found.commits[commit.stream].append(commit)
        async for commit in store.unpublished():
            found.untold[commit.stream].append(commit)
        return found


class PartitionStore:
    """A service's store as an engine of one partition uses it: it loads from what was found.

    A commit that was not taken is not tried again here: another member may own the partition by now, or the answer was
    lost and not the commit. It is Lapsed, and the partition is loaded anew.
    """

    def __init__(self, store: Store, found: Found, streams: Iterable[str]) -> None:
        self._store, self._streams = store, set(streams)
        self._found: Found | None = found

    def forget(self) -> None:
        """Loading is over: from now on the store itself is asked."""
        self._found = None

    async def append(self, commits: Sequence[Commit]) -> None:
        """Make commits durable. Raises Lapsed."""
        try:
            await self._store.append(commits)
        except (Conflict, Unavailable) as error:
            raise Lapsed(str(error)) from error

    async def read(self, stream: str | None = None, after: int = 0) -> AsyncIterator[Commit]:
        """The commits after a version."""
        if self._found is None:
            async for commit in self._store.read(stream, after):
                yield commit
            return
        for name in [stream] if stream else sorted(self._streams):
            for commit in self._found.commits.get(name, []):
                if commit.version > after:
                    yield commit

    async def heads(self) -> Mapping[str, int]:
        """Each stream's last version."""
        if self._found is None:
            return await self._store.heads()
        found = self._found
        return {name: found.commits[name][-1].version for name in self._streams if found.commits.get(name)}

    async def unpublished(self) -> AsyncIterator[Commit]:
        """What a crash left untold."""
        if self._found is None:
            async for commit in self._store.unpublished():
                yield commit
            return
        for name in sorted(self._streams):
            for commit in self._found.untold.get(name, []):
                yield commit

    async def mark(self, published: Mapping[str, int]) -> None:
        """All messages up to these versions are told."""
        await self._store.mark(published)

    async def save(self, snapshots: Sequence[Snapshot]) -> None:
        """Keep the snapshots; where the store is away they are kept another time."""
        await self._store.save(snapshots)

    async def load(self, stream: str | None = None) -> Sequence[Snapshot]:
        """The last snapshot of a stream, or of every stream."""
        if self._found is None:
            return await self._store.load(stream)
        return [s for name, s in self._found.snapshots.items() if name in self._streams and stream in (None, name)]

    async def close(self) -> None:
        """The store is closed by whoever opened it."""


async def load(
    service: Service,
    fund: Fund,
    store: Store,
    numbers: Iterable[int],
    partitions: int,
    watch: Callable[[Engine], None],
) -> tuple[dict[int, Engine], list[Told]]:
    """Engines for the numbers of partitions, each watched before it starts; what a crash left untold of their streams.

    Raises Unavailable, and Broken where a chain is broken.
    """
    streams: dict[int, list[str]] = {number: [] for number in numbers}
    found = await Found.in_store(store) if streams else Found()
    for name in found.snapshots.keys() | found.commits.keys() | found.untold.keys():
        streams.get(home_of(name, fund.fund_id, partitions), []).append(name)
    engines, untold = {}, []
    for number, names in streams.items():
        own = PartitionStore(store, found, names)
        engine = Engine(service, fund, own, partition=number)
        watch(engine)
        await engine.start()
        untold += await engine.untold()
        own.forget()
        engines[number] = engine
    return engines, untold
