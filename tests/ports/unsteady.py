"""A store that fails when a test says so."""

from collections.abc import AsyncIterator, Mapping, Sequence

from shared.engine.faults import Unavailable
from shared.engine.journal import Commit, Snapshot, Store


class Unsteady:
    """A store that does not answer now and then: before it has written, or when it has."""

    def __init__(self, store: Store) -> None:
        self.store, self.lost_before, self.lost_after = store, 0, 0

    async def append(self, commits: Sequence[Commit]) -> None:
        if self.lost_before:
            self.lost_before -= 1
            raise Unavailable("the store was away")
        await self.store.append(commits)
        if self.lost_after:
            self.lost_after -= 1
            raise Unavailable("the answer of the store was lost")

    def read(self, stream: str | None = None, after: int = 0) -> AsyncIterator[Commit]:
        return self.store.read(stream, after)

    async def heads(self) -> Mapping[str, int]:
        return await self.store.heads()

    def unpublished(self) -> AsyncIterator[Commit]:
        return self.store.unpublished()

    async def mark(self, published: Mapping[str, int]) -> None:
        await self.store.mark(published)

    async def save(self, snapshots: Sequence[Snapshot]) -> None:
        await self.store.save(snapshots)

    async def load(self, stream: str | None = None) -> Sequence[Snapshot]:
        return await self.store.load(stream)

    async def hear(self, heard: Mapping[str, int]) -> None:
        await self.store.hear(heard)

    async def heard(self) -> Mapping[str, int]:
        return await self.store.heard()

    async def close(self) -> None:
        await self.store.close()
