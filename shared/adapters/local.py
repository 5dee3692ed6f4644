"""The bus of the embedded stack: every message goes to the same handlers as on Kafka, in order, in one process.

What a service has decided is handed to all who hear it, and is marked when each of them has decided in turn. Where
their stores share a transaction, what follows from a message is durable as a whole or not at all. What a crash leaves
unmarked is handed on again at start; whoever knows it already does nothing.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial

from shared.engine.engine import Engine
from shared.engine.faults import Broken, Unavailable
from shared.engine.ingress import STREAM, Check, State, first_day, read
from shared.engine.journal import Transaction
from shared.engine.outbox import Message
from shared.engine.stream import OutboxBatch
from shared.engine.waiting import Backoff
from shared.kernel.calendar import midnight
from shared.messages.read import Event, parse

log = logging.getLogger(__name__)

FIRST_MOMENT = midnight(date(2000, 1, 1))
"""When the first message came, where it can't be read and no clock told: the earliest that an event may say."""

UNCHECKED: Check = lambda *_: None  # noqa: E731 - a check like the others
Listener = Callable[[Sequence[Message]], None]
"""Sees every message when it has become durable; for views, outputs and effects. It must not fail or wait."""


class LocalBus:
    """The door and the services of one fund, in one process."""

    def __init__(
        self,
        door: Engine,
        services: Sequence[Engine],
        listeners: Sequence[Listener] = (),
        *,
        transaction: Transaction | None = None,
        check: bool = False,
    ) -> None:
        """Take the engines in the order in which they hear a message, and the transaction that their stores share.

        What a service says goes to its hearers as the record that it decided. With ``check`` it is also written, read
        by its model and compared: replays and tests do so, and show that whatever is said keeps its limits.
        """
        self._door, self._services, self._listeners, self._check = door, services, list(listeners), check
        self._engines, self._transaction = (door, *services), transaction
        self._told: list[Message] = []
        self._hears = frozenset[str]().union(*(service.hears for service in services))
        self._lock = asyncio.Lock()
        self._last = FIRST_MOMENT
        self.check_sender: Check = UNCHECKED

    def listen(self, listener: Listener) -> None:
        """Add a listener."""
        self._listeners.append(listener)

    async def start(self) -> None:
        """Load every service, and hand on what a crash left unpublished."""
        for engine in self._engines:
            await engine.start()
        if not self._door.is_new and (today := self._door.today(STREAM)):
            self._last = midnight(today)
        for engine in self._engines:
            for told in await engine.unpublished():
                await self._whole(partial(self._spread, engine, told))

    async def receive(self, raws: Sequence[bytes], moment: datetime | None = None, *, own: bool = False) -> None:
        """Take messages from outside, and return when all that follows from them is durable.

        ``moment`` is when they arrived; None believes each event's own ``time``. ``own`` are those of the fund's own
        clock and adapters, which sign nothing.
        """
        async with self._lock:
            events = read(raws, moment, self._last, UNCHECKED if own else self.check_sender)
            await self._whole(partial(self._take, events))
            if events:
                self._last = events[-1].time

    async def _take(self, events: Sequence[Event]) -> None:
        if self._door.is_new and (first := first_day(events)):
            await self._spread(self._door, await self._handle(self._door, [first]))
        await self._spread(self._door, await self._handle(self._door, events))

    @property
    def registry(self) -> State:
        """Sources' keys and webhooks; a door to which nobody has come yet has none, and stays new when asked."""
        state: State = State() if self._door.is_new else self._door.state(STREAM)
        return state

    async def register(self, event: Event, moment: datetime | None = None) -> None:
        """Take a word of the registry, of the fund's own persons; ``moment`` as for ``receive``.

        Where events bring their own moment, it is of the last day that has started. Raises ValueError where none has.
        """
        async with self._lock:
            if moment is None and self._door.is_new:
                raise ValueError("no day has started, and the events bring their own: publish the first one, then keys")
            dated = replace(event, time=moment or self._last)
            await self._whole(partial(self._take, [dated]))

    async def answer(self, event: Event) -> None:
        """Take an answer of the fund's own adapters (a letter was delivered)."""
        async with self._lock:
            await self._whole(partial(self._answered, event))

    async def _answered(self, event: Event) -> None:
        for engine in self._services:
            if event.type in engine.hears:
                await self._spread(engine, await self._handle(engine, [event]))

    async def close(self) -> None:
        """Keep snapshots and marks, so that the next start is short."""
        async with self._lock:
            for engine in self._engines:
                await engine.save_snapshots()
                await engine.store.close()

    async def _whole(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do all that follows from something, and tell the listeners.

        In a transaction it is durable as a whole or not at all, and is tried until the store takes it: money must not
        be lost because a disk was full for a while. A decision that contradicts itself leaves what was decided before.
        """
        backoff = Backoff()
        while True:
            self._begin()
            try:
                try:
                    await work()
                except Unavailable:
                    raise
                except Exception:
                    await self._settle()
                    raise
                await self._settle()
            except Unavailable as error:
                await self._undo(str(error))
                log.warning("the journal can't be written, and is tried again: %s", error)
                await backoff.wait()
            else:
                return

    def _begin(self) -> None:
        self._told.clear()
        if self._transaction:
            self._transaction.begin()
            for engine in self._engines:
                engine.begin()

    async def _settle(self) -> None:
        """Make it durable, then tell it. Raises Unavailable."""
        if self._transaction:
            self._transaction.commit()
            for engine in self._engines:
                await engine.settle()
        told = list(self._told)
        self._told.clear()
        for listener in self._listeners:
            listener(told)

    async def _undo(self, why: str) -> None:
        if self._transaction:
            self._transaction.roll_back(why)
            for engine in self._engines:
                await engine.undo()

    async def _spread(self, origin: Engine, told: OutboxBatch) -> None:
        """Hand messages on until nothing more follows."""
        queue = deque([(origin, told)])
        while queue:
            engine, told = queue.popleft()
            self._told += told.messages
            events = [self._event_of(message) for message in told.messages if message.topic in self._hears]
            for service in self._services:
                heard = [event for event in events if event.type in service.hears]
                if heard:
                    queue.append((service, await self._handle(service, heard)))
            await engine.store.mark(told.versions)

    def _event_of(self, message: Message) -> Event:
        """The event as it was decided; with ``check``, what its bytes say must be the same, and keep every limit."""
        event = message.read()
        if self._check and not event.raw:
            read = parse(message.raw, outside=False)
            if (read.data, read.time, read.id, read.source) != (event.data, event.time, event.id, event.source):
                raise Broken(f"{event.type} {event.id}: what is said is not what is written: {read.data} {event.data}")
        return event

    async def _handle(self, engine: Engine, events: Sequence[Event]) -> OutboxBatch:
        """Decide; without a transaction, try until the store takes it."""
        if self._transaction:
            return await engine.handle(events)
        backoff = Backoff()
        while True:
            try:
                return await engine.handle(events)
            except Unavailable as error:
                log.warning("%s can't write, and tries again: %s", engine.service.name, error)
                await backoff.wait()
