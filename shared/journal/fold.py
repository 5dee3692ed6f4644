"""The state of a service as it stood at the end of a day: its journal, folded by its own functions and no further."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Sequence
from datetime import date
from typing import Any, TypeAlias, TypeVar

import msgspec

from shared.engine.codec import Codec, Decision, StateCodec, decode_decisions
from shared.engine.faults import Broken
from shared.engine.journal import Commit, Store, Unsealed, follows, genesis, is_intact, opened
from shared.engine.service import Service
from shared.engine.stream import SnapshotBody
from shared.kernel.value import value

log = logging.getLogger(__name__)

T = TypeVar("T")

Watch: TypeAlias = Callable[[Decision, Any, Any], None]
"""Is shown each event with its decision, and the state before it."""


@value
class Head:
    """Where a stream stood at the cut-off: its last commit that decided on or before that day, and the hash (hex)."""

    service: str
    stream: str
    version: int
    hash: str
    day: date


@value
class Folded:
    """The states of a service at the end of the cut-off day, by stream, and where its streams stood."""

    service: str
    cut_off: date
    states: dict[str, Any]
    heads: tuple[Head, ...]

    def get(self, stream: str, of: type[Any]) -> Any:  # noqa: ANN401 - the state class is the service's own
        """The state of a stream; a new one of the class where the stream had decided nothing yet."""
        found = self.states.get(stream)
        return of() if found is None else found


class StreamFold:
    """One stream, folded forward day by day. Its ``state`` is only to be looked at, and moves on with ``to``."""

    def __init__(self, store: Store, service: Service, stream: str, watch: Watch | None = None) -> None:
        """Take the journal, the stream in it, and who is shown its events."""
        self._store, self._service, self.stream, self._watch = store, service, stream, watch
        self._domain = service.domain(stream)
        self._codec = Codec(self._domain.events)
        self.state: Any = self._domain.state()
        self.head: Head | None = None
        self._version, self._hash = 0, genesis(service.name, stream)
        self._commits: AsyncIterator[Commit] | None = None
        self._decisions: Sequence[Decision] = ()
        self._at = 0

    async def restore(self, cut_off: date) -> None:
        """Begin with the last snapshot, where it is not later than the cut-off; who watches needs every event."""
        for snapshot in () if self._watch else await self._store.load(self.stream):
            try:
                memory = msgspec.msgpack.decode(opened(self._service.name, snapshot), type=SnapshotBody)
            except Unsealed:
                continue
            except ValueError as error:
                log.warning("%s: the snapshot of %s is not used: %s", self._service.name, self.stream, error)
                continue
            if memory.today is not None and memory.today <= cut_off:
                self.state = StateCodec(self._domain.state).decode(memory.state)
                self._version, self._hash = snapshot.version, snapshot.hash
                self._reached(snapshot.version, snapshot.hash, memory.today)

    async def to(self, day: date) -> Any:  # noqa: ANN401 - the state class is the service's own
        """Fold all that was decided up to the end of the day, and give the state.

        Raises Broken where a commit does not follow the one before it, or its bytes are not those that were chained.
        """
        if self._commits is None:
            self._commits = aiter(self._store.read(self.stream, self._version))
        while self._fold_commit(day):
            commit = await anext(self._commits, None)
            if commit is None:
                break
            self._version, self._hash = follow(commit, self._version, self._hash)
            self._decisions, self._at = decode_decisions(commit.body), 0
        return self.state

    def _fold_commit(self, day: date) -> bool:
        """Fold the commit in hand up to the end of the day; False where it goes on to a later one."""
        state, watch, decode, evolve = self.state, self._watch, self._codec.decode, self._domain.evolve
        first, decided = self._at, None
        for decision in self._decisions[first:]:
            if decision.day > day:
                break
            for entry in decision.events:
                event = decode(entry)
                if watch:
                    watch(decision, event, state)
                evolve(state, event)
            self._at, decided = self._at + 1, decision.day
        if decided is not None:
            self._reached(self._version, self._hash, decided)
        return self._at == len(self._decisions)

    def _reached(self, version: int, hash_: bytes, day: date) -> None:
        self.head = Head(service=self._service.name, stream=self.stream, version=version, hash=hash_.hex(), day=day)


def follow(commit: Commit, version: int, hash_: bytes) -> tuple[int, bytes]:
    """The version and hash of a commit that follows these. Raises Broken where it does not."""
    if not (follows(commit, version, hash_) and is_intact(commit)):
        message = f"stream {commit.stream}: commit {commit.version} does not follow commit {version}, or was changed"
        raise Broken(message)
    return commit.version, commit.hash


def at_once(reading: Coroutine[Any, Any, T]) -> T:
    """What a reading gives, waited for.

    ``asyncio.run`` asks for the ``repr`` of all that it gives back: of a nation's state that takes seconds.
    """
    made: list[T] = []

    async def kept() -> None:
        made.append(await reading)

    asyncio.run(kept())
    return made[0]


async def latest(store: Store, service: Service, stream: str) -> Any:  # noqa: ANN401 - the state class is the service's own
    """The state of one stream after all that it has decided. Raises Broken for a broken chain."""
    fold = StreamFold(store, service, stream)
    await fold.restore(date.max)
    return await fold.to(date.max)


async def fold_until(store: Store, service: Service, cut_off: date, watch: Watch | None = None) -> Folded:
    """Fold every stream of a service up to the end of the cut-off day: decisions of later days are not read.

    A snapshot shortens the way where it is not later than the cut-off. ``watch`` is shown each event with its decision
    and the state before it. Raises Broken for a broken chain.
    """
    folds = []
    for stream in sorted(await store.heads()):
        fold = StreamFold(store, service, stream, watch)
        await fold.restore(cut_off)
        await fold.to(cut_off)
        folds.append(fold)
    return Folded(
        service=service.name,
        cut_off=cut_off,
        states={fold.stream: fold.state for fold in folds if fold.head},
        heads=tuple(fold.head for fold in folds if fold.head),
    )


async def scan(
    store: Store, service: Service, cut_off: date, types: Collection[str], see: Callable[[Decision, Any], None]
) -> None:
    """Show the events of some types up to the end of the cut-off day, stream by stream, and fold nothing.

    Raises Broken for a broken chain.
    """
    at: dict[str, tuple[int, bytes]] = {}
    codecs = {name: Codec(domain.events) for name, domain in service.domains.items()}
    async for commit in store.read():
        at[commit.stream] = follow(commit, *at.get(commit.stream, (0, genesis(service.name, commit.stream))))
        codec = codecs[commit.stream.partition(":")[0]]
        for decision in decode_decisions(commit.body):
            if decision.day <= cut_off:
                for entry in decision.events:
                    if entry.type in types:
                        see(decision, codec.decode(entry))
