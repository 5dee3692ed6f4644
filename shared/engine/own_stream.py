"""One stream that is decided on without an engine: no day passes it, and whoever is first writes it.

The desks keep theirs so. Two of one name over the same store (a page and a command, a command beside the running fund)
do not harm one another: the second of two appends is refused by the store, and decided anew on what the first one did.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from shared.engine.codec import Codec, Decision, decode_decisions, encode_decisions
from shared.engine.faults import Broken, Conflict
from shared.engine.journal import Commit, chain, follows, genesis, is_intact
from shared.kernel.calendar import day_of

E = TypeVar("E")


class Journal(Protocol):
    """As much of a store as such a stream needs."""

    async def append(self, commits: Sequence[Commit]) -> None:
        """Make them durable. Raises Conflict where another was first, Unavailable."""

    def read(self, stream: str, after: int) -> AsyncIterator[Commit]:
        """The commits of a stream after a version, in order. Raises Unavailable."""


class OwnStream(Generic[E]):
    """A service of one stream, both of one ``name``; ``evolve`` takes each event and the moment of its decision."""

    def __init__(self, name: str, store: Journal, codec: Codec, evolve: Callable[[E, datetime], None]) -> None:
        self._name, self._store, self._codec, self._evolve = name, store, codec, evolve
        self._version, self._hash, self._events = 0, genesis(name, name), 0

    @property
    def version(self) -> int:
        """The last commit that is known."""
        return self._version

    async def load(self) -> None:
        """Fold what is in the journal and not known yet. Raises Broken where it contradicts itself; Unavailable."""
        async for commit in self._store.read(self._name, self._version):
            self._fold(commit)

    async def append(self, decide: Callable[[], Iterable[E]], now: datetime, cause: str) -> list[E]:
        """Decide on what is known, and keep it. Gives what was kept. Raises as ``load``, and what ``decide`` raises."""
        while True:
            await self.load()
            events = list(decide())
            if not events:
                return []
            decision = Decision(
                source=f"/{self._name}",
                id=cause,
                content="",
                moment=now.isoformat(),
                day=day_of(now),
                rules="",
                position=self._events,  # as verify and the seals count them
                events=tuple(self._codec.entry(event) for event in events),
            )
            commit = chain(self._name, self._version + 1, encode_decisions([decision]), self._hash)
            try:
                await self._store.append([commit])
            except Conflict:
                continue
            self._fold(commit)
            return events

    def _fold(self, commit: Commit) -> None:
        if not is_intact(commit) or not follows(commit, self._version, self._hash):
            raise Broken(f"{self._name}: commit {commit.version} does not follow: its journal was changed")
        for decision in decode_decisions(commit.body):
            moment = datetime.fromisoformat(decision.moment)
            for entry in decision.events:
                self._evolve(self._codec.decode(entry), moment)
                self._events += 1
        self._version, self._hash = commit.version, commit.hash
