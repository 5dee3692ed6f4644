"""What is durable and not yet told: counted, and a span for the time from the one to the other."""

from collections.abc import Mapping
from dataclasses import dataclass

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Tracer

from shared.engine.codec import decode_decisions
from shared.engine.journal import Commit
from shared.engine.outbox import PUBLISHED

BATCH, COMMIT, RELAY = "batch", "commit", "relay"
"""Names of spans."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Recorded decisions that became durable together, and when (ns)."""

    tracer: Tracer
    span: Span
    durable_at: int


@dataclass(frozen=True, slots=True)
class Untold:
    """A commit whose messages are still to be told; ``batch`` where something in it is recorded."""

    messages: int
    batch: Batch | None


class RelayBacklog:
    """The commits of one service that are still to be told, by stream and version."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, int], Untold] = {}
        self.messages = 0

    def wait(self, commit: Commit, unpublished: Untold) -> None:
        """A commit became durable."""
        self._waiting[commit.stream, commit.version] = unpublished
        self.messages += unpublished.messages

    def found(self, commit: Commit) -> None:
        """A crash left a commit unpublished."""
        said = (entry.type for decision in decode_decisions(commit.body) for entry in decision.events)
        self.wait(commit, Untold(sum(type_ in PUBLISHED for type_ in said), None))

    def told(self, versions: Mapping[str, int]) -> None:
        """All up to these versions is told."""
        batches: dict[int, Batch] = {}
        for key in [key for key in self._waiting if key[1] <= versions.get(key[0], 0)]:
            unpublished = self._waiting.pop(key)
            self.messages -= unpublished.messages
            if unpublished.batch and unpublished.messages:
                batches[id(unpublished.batch)] = unpublished.batch
        for batch in batches.values():
            within = trace.set_span_in_context(batch.span, Context())
            batch.tracer.start_span(RELAY, within, SpanKind.PRODUCER, start_time=batch.durable_at).end()

    def clear(self) -> None:
        """Another may own the streams now."""
        self._waiting.clear()
        self.messages = 0
