"""A store that tells how it is used: a span for each batch and its commit, with links to the decisions in it.

It stands before any adapter's store. An append is a commit; a mark says that all up to it was told.
"""

import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from time import time_ns

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, SpanKind, Tracer

from shared.engine.journal import Commit, Snapshot, Store
from shared.telemetry.outbox import BATCH, COMMIT, Batch, RelayBacklog, Untold
from shared.telemetry.watcher import EngineTelemetry, Settled

log = logging.getLogger(__name__)


class TracedStore:
    """Another store, watched. ``watcher`` is of the engine that writes; None for a store that engines share."""

    def __init__(
        self,
        store: Store,
        *,
        watcher: EngineTelemetry | None,
        tracer: Tracer | None,
        backlog: RelayBacklog,
        took: Callable[[float, Sequence[datetime]], None],
    ) -> None:
        """Tell ``took`` how many seconds each commit took, and what it scheduled (``Settled.scheduled``)."""
        self._store, self._watcher, self._tracer, self._untolds, self._took = store, watcher, tracer, backlog, took

    async def append(self, commits: Sequence[Commit]) -> None:
        """Append; the spans of a batch are of what is durable, or are not at all."""
        watcher = self._watcher
        if watcher is None:
            await self._store.append(commits)
            return
        began = time_ns()
        try:
            await self._store.append(commits)
        except Exception:
            watcher.dropped()
            raise
        durable_at = time_ns()
        try:
            self._settle(watcher, commits, began, durable_at)
        except Exception:
            log.exception("a batch is not traced: it is durable, and a fault here stops no payment")

    def _settle(self, watcher: EngineTelemetry, commits: Sequence[Commit], began: int, durable_at: int) -> None:
        settled = watcher.settle()
        if commits:
            self._took((durable_at - began) / 1e9, settled.scheduled)
        batch = _batch(self._tracer, settled, began, durable_at) if self._tracer and settled.decisions else None
        for commit in commits:
            self._untolds.wait(commit, Untold(settled.messages.get(commit.stream, 0), batch))

    async def mark(self, published: Mapping[str, int]) -> None:
        """Mark what was told."""
        await self._store.mark(published)
        self._untolds.told(published)

    async def unpublished(self) -> AsyncIterator[Commit]:
        """Commits not marked: an engine that asks tells them next."""
        async for commit in self._store.unpublished():
            if self._watcher:
                self._untolds.found(commit)
            yield commit

    async def load(self, stream: str | None = None) -> Sequence[Snapshot]:
        """The last snapshots. Who asks for all of them in a store that engines share may find streams of another."""
        if stream is None and self._watcher is None:
            self._untolds.clear()
        return await self._store.load(stream)

    def read(self, stream: str | None = None, after: int = 0) -> AsyncIterator[Commit]:
        """The commits of a stream, or of all."""
        return self._store.read(stream, after)

    async def heads(self) -> Mapping[str, int]:
        """Each stream's last version."""
        return await self._store.heads()

    async def save(self, snapshots: Sequence[Snapshot]) -> None:
        """Keep snapshots."""
        await self._store.save(snapshots)

    async def hear(self, heard: Mapping[str, int]) -> None:
        """Keep how far was heard."""
        await self._store.hear(heard)

    async def heard(self) -> Mapping[str, int]:
        """How far was heard."""
        return await self._store.heard()

    async def close(self) -> None:
        """Let go of the store."""
        await self._store.close()


def _batch(tracer: Tracer, settled: Settled, began: int, durable_at: int) -> Batch:
    """A trace of its own for the batch, linked to the decisions in it; the commit is a part of it."""
    links = [Link(decision) for decision in settled.decisions]
    batch = tracer.start_span(BATCH, Context(), SpanKind.INTERNAL, settled.attributes, links, settled.began)
    tracer.start_span(COMMIT, trace.set_span_in_context(batch, Context()), start_time=began).end(durable_at)
    batch.end(durable_at)
    return Batch(tracer, batch, durable_at)
