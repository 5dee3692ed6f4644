"""The engine's loop: load, fold, decide, append; in batches, one commit a stream and batch.

State is in memory and may run ahead of the journal only within a batch: when a batch can't be made durable, all that it
touched is dropped and loaded anew. Whatever comes twice is decided once, however late: causes are kept for ever.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from shared.engine.codec import Decision, Received, decode_decisions
from shared.engine.faults import Broken, Conflict, Fenced, Unavailable
from shared.engine.journal import Commit, Snapshot, Store, Unsealed, follows, is_intact, sealed
from shared.engine.memory import Memory
from shared.engine.outbox import Message, ParkedRecord, message_of, messages_of
from shared.engine.service import Service
from shared.engine.stream import OutboxBatch, Stream, UnitOfWork
from shared.kernel.calendar import DAY, days_between, midnight
from shared.kernel.clock import Now, Parked, StartDay
from shared.kernel.fund import Fund
from shared.messages.read import Event, cause_key

if TYPE_CHECKING:
    from shared.engine.observer import Observer

log = logging.getLogger(__name__)

DAYS = "days"
"""The stream of a service with one stream a sender that remembers the last started day."""

UNUSED = "%s: the snapshot of version %d of stream %s is not used, its commits are folded instead: %s"

Answer = Callable[[Any], Any]
"""In a replay: the command with which the outside world answers an event at once, or None."""


class Engine:
    """One service's streams of one partition. Not for two tasks at once: batches come one after another."""

    def __init__(
        self,
        service: Service,
        fund: Fund,
        store: Store,
        *,
        partition: int = 0,
        most_days: int | None = None,
        answer: Answer | None = None,
    ) -> None:
        """Take the service, the fund it decides for, and where its journal is.

        ``most_days`` is how many days may start at once; None for any number (a replay in the events' own time).
        """
        self.service, self.fund, self.store = service, fund, store
        self.hears = frozenset(service.routes) | {"day.started"}
        self.observer: Observer | None = None
        self.most_days = most_days
        self._answer = answer
        self._days = f"{DAYS}:{partition}"
        self.memory = Memory(service, self._days)
        self._dropped: dict[str, int] = {}
        self._found: list[OutboxBatch] = []
        self._together: dict[str, int] | None = None
        self._new_day = False

    # --- loading

    async def start(self, wanted: Callable[[str], bool] = lambda _: True) -> None:
        """Load all streams that are wanted in one pass: snapshots, then the commits after them."""
        self.memory.clear()
        snapshots = list(await self.store.load())
        while snapshots:  # each is let go as soon as it is read: together they are as large as the states
            snapshot = snapshots.pop()
            if wanted(snapshot.stream):
                self._restore_or_fold(snapshot)
        heads = await self.store.heads()
        for name in sorted(heads):
            if wanted(name) and self.memory.asleep_or_awake(name).version < heads[name]:
                await self._catch_up(self.memory.stream(name))

    def _restore_or_fold(self, snapshot: Snapshot) -> None:
        """Start from a snapshot; one that was changed, or that this version can't read, is thrown away and counted."""
        try:
            self.memory.restore(snapshot)
        except Unsealed as error:
            log.info(UNUSED, self.service.name, snapshot.version, snapshot.stream, error)
        except (msgspec.MsgspecError, ValueError) as error:
            log.warning(UNUSED, self.service.name, snapshot.version, snapshot.stream, error)
            if self.observer:
                self.observer.threw_away()

    async def _catch_up(self, stream: Stream) -> None:
        async for commit in self.store.read(stream.name, stream.version):
            self.fold(stream, commit)

    def fold(self, stream: Stream, commit: Commit) -> None:
        """Take a stored commit into a stream in memory. Raises Broken where its bytes, chain or number are wrong."""
        if not follows(commit, stream.version, stream.hash):
            message = f"stream {stream.name}: commit {commit.version} does not follow commit {stream.version}"
            raise Broken(message)
        self._intact(commit)
        for decision in decode_decisions(commit.body):
            key = cause_key(decision.source, decision.id)
            stream.causes.hear(key, bytes.fromhex(decision.content))
            stream.today = decision.day
            for entry in decision.events:
                stream.domain.evolve(stream.state, stream.codec.decode(entry))
                stream.position += 1
        stream.advance(commit)

    def _intact(self, commit: Commit) -> None:
        """Nothing is folded or told that is not what was committed. Raises Broken."""
        if not is_intact(commit):
            changed = "its hash is not that of its body, one of them was changed: restore the journal from a back-up"
            raise Broken(f"{self.service.name}: stream {commit.stream}, commit {commit.version}: {changed}")

    # --- reading

    def state(self, stream: str) -> Any:  # noqa: ANN401 - the state class is the service's own
        """The state of a stream, to look at and never to change: what views and reports are made of."""
        return self.memory.state(stream)

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever decided here."""
        return not any(self.memory.asleep_or_awake(name).version for name in self.memory.names())

    def streams(self) -> list[str]:
        """The streams in memory."""
        return self.memory.names()

    def today(self, stream: str) -> date | None:
        """The last started day of a stream; None where none was."""
        return self.memory.asleep_or_awake(stream).today

    # --- deciding

    async def handle(self, batch: Sequence[Event]) -> OutboxBatch:
        """Decide on a batch and make it durable; what is to be told, in order of decision.

        Raises Unavailable (nothing happened, try again), Fenced (as the store says: this engine is of no more use) and
        Broken (a decision contradicts itself).
        """
        while True:
            await self._load_dropped()
            work = UnitOfWork()
            try:
                for event in batch:
                    self._hear(event, work)
                await self.store.append(work.commits())
            except Conflict:
                self._drop(work)
                continue
            except Unavailable:
                self._drop(work)
                await self._load_dropped()
                raise
            except Fenced:
                raise
            except Exception as error:  # whatever a decision raises is a bug: this partition stops
                self._drop(work)
                await self._load_dropped()
                message = f"{self.service.name}: a decision contradicts itself: {error!r}"
                raise Broken(message) from error
            if any(event.type == "day.started" for event in batch):
                self._new_day = True
                self.memory.day_started(max(event.day for event in batch))
            self.memory.let_sleep()
            if self._together is None:
                await self._snapshot(work.touched.values())
            else:
                self._together = work.known | self._together
            return self._batch(work)

    def begin(self) -> None:
        """What is handled from now on is durable with what others of the same place handle, or not at all."""
        self._together = {}

    async def settle(self) -> None:
        """It is durable."""
        touched, self._together = self._together or {}, None
        await self._snapshot([self.memory.asleep_or_awake(name) for name in touched])

    async def undo(self) -> None:
        """It is not: what it touched is loaded anew, at once, so that who looks meanwhile sees it as it was before."""
        for name, known in (self._together or {}).items():
            self._dropped[name] = known
        self._found.clear()
        self._together = None
        await self._load_dropped()

    def _batch(self, work: UnitOfWork) -> OutboxBatch:
        """What a batch has to tell; before it, what was durable and perhaps told by nobody (``_load_dropped``)."""
        found, self._found = self._found, []
        messages = [message for told in found for message in told.messages]
        versions = {stream: version for told in found for stream, version in told.versions.items()}
        return OutboxBatch(messages=(*messages, *work.messages), versions=versions | work.versions())

    async def unpublished(self) -> list[OutboxBatch]:
        """What a crash left durable and unpublished, commit by commit."""
        return [self._batch_of(commit) async for commit in self.store.unpublished()]

    def _batch_of(self, commit: Commit) -> OutboxBatch:
        self._intact(commit)
        return OutboxBatch(
            messages=tuple(messages_of(self.service.name, commit, self.memory.codec(commit.stream))),
            versions={commit.stream: commit.version},
        )

    def _hear(self, event: Event, work: UnitOfWork) -> None:
        """Decide on one event in every stream that it concerns."""
        if handler := self.service.routes.get(event.type):
            heard = handler(event)
        elif event.type == "day.started":
            heard = [(name, StartDay()) for name in self._told_of_days()]
        else:
            return
        if self.observer:
            self.observer.heard(event)
        key, content = event.key, event.content
        for name, command in heard:
            stream = self.memory.awake.get(name) or self.memory.stream(name)
            work.touch(stream)
            said_otherwise = stream.causes.hear(key, content)
            if said_otherwise:
                self._park(stream, event, f"id: {event.id} of {event.source} came before with other content", work)
                return
            if said_otherwise is not None:
                continue
            if error := self._cannot_be_decided_now(stream, event, command):
                self._park(stream, event, error, work)
                return
            self._decide(stream, event, command, work)

    def _cannot_be_decided_now(self, stream: Stream, event: Event, command: Any) -> str | None:  # noqa: ANN401
        """Why an event's moment forbids to decide on it without a word of a person; None for one that may be decided.

        What is of before the last fund year and would change something now was never decided here, and its time is
        closed; what is of a day far ahead would start all days up to it, and they can't be taken back.
        """
        last, day = self._last_day(stream), event.day
        if last is None or last == day:
            return None
        if day.year < last.year - 1 and not isinstance(command, StartDay):
            now = self._now(event, stream.today or last)
            if next(stream.domain.decide(now, command, stream.state), None) is not None:
                return f"time: {event.moment} is before the last fund year; the last started day is {last}"
            return None
        if self.most_days and (day - last).days > self.most_days:
            return (
                f"time: {event.moment} is {(day - last).days} days after the last started day {last}, and no more"
                f" than {self.most_days} days (PSDF_MOST_DAYS) start at once"
            )
        return None

    def _now(self, event: Event, day: date) -> Now:
        return Now(moment=event.time, day=day, fund=self.fund, source=event.source, content=event.content)

    def _last_day(self, stream: Stream) -> date | None:
        """The last started day, as far as it is known where the stream lies."""
        days, today = self.memory.awake.get(self._days), stream.today
        if days is None or days.today is None:
            return today
        return days.today if today is None else max(today, days.today)

    def _park(self, stream: Stream, event: Event, error: str, work: UnitOfWork) -> None:
        """Lay an event aside on the last started day: it changes nothing."""
        now = Now(moment=event.time, day=stream.today or event.day, fund=self.fund)
        self._record(stream, event, now, [Parked(error=error)], work)

    def _told_of_days(self) -> list[str]:
        """The fixed streams; else the one that remembers the day, and those of which something waits for a day."""
        if self.service.streams:
            return list(self.service.streams)
        awake = self.memory.awake.values()
        waiting = [s.name for s in awake if s.name != self._days and s.domain.waits(s.state)]
        return [self._days, *sorted(waiting)]

    def _decide(self, stream: Stream, event: Event, command: Any, work: UnitOfWork) -> None:  # noqa: ANN401
        """Start the days that have come, then decide; an event whose day is past is handled on the last started day."""
        day = event.day
        if not self.service.streams and (days := self.memory.awake.get(self._days)):
            day = max(day, days.today or day)
        starting = isinstance(command, StartDay)
        if stream.today is None or day > stream.today:
            for each in self._days_to_start(stream, day, starting=starting):
                self._run(stream, event, Now(moment=midnight(each), day=each, fund=self.fund), StartDay(), work)
            stream.today = day
        if not starting:
            self._run(stream, event, self._now(event, stream.today), command, work)

    def _days_to_start(self, stream: Stream, day: date, *, starting: bool) -> Iterable[date]:
        """Days pass in order; where nothing waits for one, only the last is told, and only if it was asked."""
        if stream.domain.waits(stream.state):
            return days_between(stream.today or day - DAY, day)
        return [day] if starting else []

    def _run(self, stream: Stream, event: Event, now: Now, command: Any, work: UnitOfWork) -> None:  # noqa: ANN401
        """One decision: each event is folded as it is yielded, so that the next guard sees its effect."""
        events = []
        for decided in stream.domain.decide(now, command, stream.state):
            stream.domain.evolve(stream.state, decided)
            events.append(decided)
        self._record(stream, event, now, events, work)
        if self._answer:
            for decided in events:
                if answer := self._answer(decided):
                    self._run(stream, event, now, answer, work)

    def _record(self, stream: Stream, event: Event, now: Now, events: list[Any], work: UnitOfWork) -> None:
        """Add a decision to the batch; one without events too, for come again its cause might decide something else."""
        stored = [ParkedRecord.of(decided, event) if isinstance(decided, Parked) else decided for decided in events]
        if self.observer:
            self.observer.decided(event, stream.name, now, stored)
        decision = Decision(
            source=event.source,
            id=event.id,
            content=event.content.hex(),
            moment=event.moment if now.moment is event.time else now.moment.isoformat(),
            day=now.day,
            rules=self.fund.statute.version(now.day),
            position=stream.position,
            events=tuple([stream.codec.entry(each) for each in stored]),
            traceparent=event.traceparent,
        )
        stream.position += len(stored)
        work.add(stream, decision)
        for offset, each in enumerate(stored):
            if each.type == Received.type:
                work.messages.append(Message(topic=event.type, raw=event.raw, event=event))
            elif message := message_of(self.service.name, stream.name, decision, offset, each, now.moment):
                work.messages.append(message)

    def _drop(self, work: UnitOfWork) -> None:
        """Forget what a failed batch touched.

        It is loaded before anything else is decided: no day may pass a stream that is not in memory.
        """
        if self.observer:
            self.observer.dropped()
        for name in work.touched:
            self.memory.drop(name)
            self._dropped.setdefault(name, work.known[name])

    async def _load_dropped(self) -> None:
        """Load what was dropped as the journal has it. Raises Unavailable: then it is still to be loaded.

        What is durable and was not known here is told: it may be of this engine, whose store's answer was lost or whose
        batch was written in part, or of another that ended before it told it. OutboxBatch twice, it is decided on once.
        """
        for name, known in list(self._dropped.items()):
            self.memory.drop(name)
            for snapshot in await self.store.load(name):
                self._restore_or_fold(snapshot)
            stream, new = self.memory.stream(name), []
            async for commit in self.store.read(name, min(known, stream.version)):
                if commit.version > stream.version:
                    self.fold(stream, commit)
                if commit.version > known:
                    new.append(self._batch_of(commit))
            self._found += new
            del self._dropped[name]

    async def _snapshot(self, streams: Iterable[Stream]) -> None:
        """Keep snapshots now and then, as a day starts of all that are due. Without one the next start is longer."""
        new_day, self._new_day = self._new_day, False
        looked_at = map(self.memory.asleep_or_awake, self.memory.names()) if new_day else streams
        due = [stream for stream in looked_at if stream.snapshot_is_due(new_day=new_day)]
        if due:
            try:
                await self.save_snapshots(due)
            except (Unavailable, OverflowError) as error:
                log.warning("%s: no snapshot was kept: %s", self.service.name, error)

    async def save_snapshots(self, streams: Iterable[Stream] | None = None) -> None:
        """Keep the states of streams (or of all) as they are now, so that the next start is short."""
        every = [self.memory.asleep_or_awake(name) for name in self.memory.names()] if streams is None else streams
        chosen = [stream for stream in every if stream.version]
        snapshots = [sealed(self.service.name, self.memory.snapshot(stream)) for stream in chosen]
        await self.store.save(snapshots)
        for stream, kept in zip(chosen, snapshots, strict=True):
            stream.snapshot_version, stream.snapshot_bytes, stream.bytes_since = kept.version, len(kept.body), 0

    def snapshot(self, stream: str) -> Snapshot:
        """The snapshot of a stream as it is now."""
        return self.memory.snapshot(self.memory.asleep_or_awake(stream))
