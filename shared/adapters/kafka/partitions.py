"""Engines of the partitions that were assigned, loaded in one pass over the store."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence

from shared.adapters.kafka.keys import home_of
from shared.engine.engine import Engine
from shared.engine.faults import Conflict, Fenced, Unavailable
from shared.engine.journal import Commit, Snapshot, Store
from shared.engine.service import Service
from shared.engine.stream import OutboxBatch
from shared.kernel.fund import Fund

log = logging.getLogger(__name__)


class Found:
    """What a pass over a service's store has found: snapshots, the commits after them, and what is unpublished."""

    def __init__(self) -> None:
        self.snapshots: dict[str, Snapshot] = {}
        self.commits: dict[str, list[Commit]] = defaultdict(list)
        self.unpublished: dict[str, list[Commit]] = defaultdict(list)

    @staticmethod
    async def in_store(store: Store) -> "Found":
        """Read a store. Raises Unavailable.

        A snapshot counts where its commit stands in the journal: a store that was put back collection by collection may
        have a later one, or another's.
        """
        found, stand = Found(), set[str]()
        found.snapshots = {snapshot.stream: snapshot for snapshot in await store.load()}
        async for commit in store.read():
            known = found.snapshots.get(commit.stream)
            if known is None or commit.version > known.version:
                found.commits[commit.stream].append(commit)
            elif (commit.version, commit.hash) == (known.version, known.hash):
                stand.add(commit.stream)
        for name in found.snapshots.keys() - stand:
            log.warning("the snapshot of stream %s is of no commit that is there: it is folded anew", name)
            del found.snapshots[name]
            found.commits[name] = [commit async for commit in store.read(name)]
        async for commit in store.unpublished():
            found.unpublished[commit.stream].append(commit)
        return found


class Together:
    """Appends of several partitions in one round trip: what comes while one is under way goes with the next.

    They fail together too: each partition is loaded anew, and finds what is durable.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[tuple[Sequence[Commit], asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def append(self, commits: Sequence[Commit]) -> None:
        """Make commits durable. Raises what the store raises."""
        if not commits:
            return
        durable = asyncio.get_running_loop().create_future()
        self._waiting.append((commits, durable))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._append())
        await durable

    async def _append(self) -> None:
        while self._waiting:
            taken, self._waiting = self._waiting, []
            try:
                await self._store.append([commit for commits, _ in taken for commit in commits])
            except Exception as error:  # noqa: BLE001 - whoever waits raises it
                _tell(taken, error)
            else:
                _tell(taken, None)


def _tell(taken: Sequence[tuple[Sequence[Commit], asyncio.Future[None]]], error: Exception | None) -> None:
    for _, durable in taken:
        if durable.done():
            continue
        if error:
            durable.set_exception(error)
        else:
            durable.set_result(None)


class PartitionStore:
    """A service's store as an engine of one partition uses it: it loads from what was found.

    A commit that was not taken is not tried again here: another member may own the partition by now, or the answer was
    lost and not the commit. It is Fenced, and the partition is loaded anew.
    """

    def __init__(self, store: Store, together: Together, found: Found, streams: Iterable[str]) -> None:
        self._store, self._together, self._streams = store, together, set(streams)
        self._found: Found | None = found
        self._saving: asyncio.Task[None] | None = None

    def forget(self) -> None:
        """Loading is over: from now on the store itself is asked."""
        self._found = None

    async def append(self, commits: Sequence[Commit]) -> None:
        """Make commits durable. Raises Fenced."""
        try:
            await self._together.append(commits)
        except (Conflict, Unavailable) as error:
            raise Fenced(str(error)) from error

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
        """What a crash left unpublished."""
        if self._found is None:
            async for commit in self._store.unpublished():
                yield commit
            return
        for name in sorted(self._streams):
            for commit in self._found.unpublished.get(name, []):
                yield commit

    async def mark(self, published: Mapping[str, int]) -> None:
        """All messages up to these versions are told."""
        await self._store.mark(published)

    async def save(self, snapshots: Sequence[Snapshot]) -> None:
        """Keep the snapshots while the next batches are decided; where the store is away, another time."""
        await self.close()
        self._saving = asyncio.create_task(self._save(snapshots))

    async def _save(self, snapshots: Sequence[Snapshot]) -> None:
        try:
            await self._store.save(snapshots)
        except (Unavailable, OverflowError) as error:
            log.warning("no snapshots were kept, the next start takes longer: %s", error)

    async def load(self, stream: str | None = None) -> Sequence[Snapshot]:
        """The last snapshot of a stream, or of every stream."""
        if self._found is None:
            return await self._store.load(stream)
        return [s for name, s in self._found.snapshots.items() if name in self._streams and stream in (None, name)]

    async def hear(self, heard: Mapping[str, int]) -> None:
        """Keep how far was heard."""
        await self._store.hear(heard)

    async def heard(self) -> Mapping[str, int]:
        """How far was heard."""
        return await self._store.heard()

    async def close(self) -> None:
        """Wait for the snapshots that are being kept; the store itself is closed by whoever opened it."""
        if self._saving:
            await self._saving


async def load(
    service: Service,
    fund: Fund,
    store: Store,
    numbers: Iterable[int],
    partitions: int,
    watch: Callable[[Engine], None],
    most_days: int | None = None,
) -> tuple[dict[int, Engine], list[OutboxBatch]]:
    """Engines for the numbers of partitions, each watched before it starts; what a crash left unpublished of them.

    Raises Unavailable, and Broken where a chain is broken.
    """
    streams: dict[int, list[str]] = {number: [] for number in numbers}
    found = await Found.in_store(store) if streams else Found()
    for name in found.snapshots.keys() | found.commits.keys() | found.unpublished.keys():
        streams.get(home_of(name, fund.fund_id, partitions), []).append(name)
    engines, unpublished, together = {}, [], Together(store)
    for number, names in streams.items():
        own = PartitionStore(store, together, found, names)
        engine = Engine(service, fund, own, partition=number, most_days=most_days)
        watch(engine)
        await engine.start()
        unpublished += await engine.unpublished()
        own.forget()
        engines[number] = engine
    return engines, unpublished
