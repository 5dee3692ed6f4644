"""The whole fund in one process: the real services on the embedded bus, with journals in memory."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from services.all import SERVICES
from shared.adapters.local import LocalBus
from shared.adapters.sqlite.store import SqliteStore, connect
from shared.engine.engine import Answer, Engine
from shared.engine.ingress import INGRESS
from shared.engine.outbox import Message
from shared.engine.service import Service
from shared.engine.stream import OutboxBatch
from shared.events.catalogue import INTERNAL, OUTSIDE
from shared.events.internal import NoticeDelivered, NoticePrepared
from shared.kernel.calendar import VILNIUS, day_of
from shared.messages.read import Event, parse
from shared.messages.write import bytes_of
from tests.engine.story import OPENING, Happening, Json, at_once, envelope
from tests.given import FUND, delivered

LETTER = "0" * 64

States = dict[tuple[str, str], bytes]
"""Snapshots by service and stream."""


def deliver_at_once(event: object) -> NoticeDelivered | None:
    """A ministry that has the letter in the moment in which it is prepared."""
    if isinstance(event, NoticePrepared):
        return NoticeDelivered(notice_no=event.notice_no, letter_sha256=LETTER)
    return None


class Hearing(Engine):
    """An engine that keeps what it heard."""

    def __init__(
        self, heard: list[tuple[str, bytes]], service: Service, store: SqliteStore, answer: Answer | None
    ) -> None:
        super().__init__(service, FUND, store, answer=answer)
        self._heard = heard

    async def handle(self, batch: Sequence[Event]) -> OutboxBatch:
        """As ever."""
        self._heard += [(event.type, bytes_of(event)) for event in batch]
        return await super().handle(batch)


class Whole:
    """A fund to which things happen one by one, each until nothing more follows; ``told`` is all that was said."""

    def __init__(
        self, *, since: date, ministry_at_once: bool = True, listen: Callable[[Json], None] | None = None
    ) -> None:
        self.connection = connect(None)
        self.since, self.today, self._minutes = since, since, count(1)
        self.raws: list[bytes] = []
        self.said: list[bytes] = []
        self.under_way: list[str] = []
        self._listen = listen
        self.ministry = deliver_at_once if ministry_at_once else None
        self.heard: dict[str, list[tuple[str, bytes]]] = {service.name: [] for service in SERVICES}
        self.engines = {
            service.name: Hearing(
                self.heard[service.name], service, SqliteStore(self.connection, service.name), self.ministry
            )
            for service in SERVICES
        }
        door = Engine(INGRESS, FUND, SqliteStore(self.connection, INGRESS.name))
        self.bus = LocalBus(door, list(self.engines.values()), [self._hear], check=True)
        at_once(self.bus.start())

    def _hear(self, messages: Sequence[Message]) -> None:
        for message in messages:
            told = json.loads(message.raw)
            if told["type"] == "notice.prepared":
                self.under_way.append(told["data"]["notice_no"])
            if message.topic not in OUTSIDE and message.topic not in INTERNAL:
                self.said.append(message.raw)
            if self._listen:
                self._listen(told)

    def happens(self, happening: Happening) -> bytes:
        """Something happens on the fund's day, a minute after the last."""
        type_ = next(iter(happening.forms))
        if happening.on:
            self.today = max(self.today, date.fromisoformat(happening.on))
        moment = datetime(self.today.year, self.today.month, self.today.day, tzinfo=VILNIUS)
        if type_ != "day.started":
            moment += timedelta(minutes=OPENING, seconds=next(self._minutes))
        raw = envelope(happening, type_, moment)
        self.receive(raw)
        return raw

    def receive(self, *raws: bytes) -> None:
        """Take messages from outside in one batch."""
        self.raws += raws
        at_once(self.bus.receive(raws))

    def deliver(self, notice_no: str) -> None:
        """The ministry has a letter."""
        moment = datetime(self.today.year, self.today.month, self.today.day, 23, 59, tzinfo=VILNIUS)
        self.answer(envelope(delivered(notice_no), "notice.delivered", moment))

    def answer(self, raw: bytes) -> None:
        """The ministry answers."""
        at_once(self.bus.answer(parse(raw, outside=False)))

    @property
    def payments(self) -> Any:  # noqa: ANN401 - the state class of payments
        """What payments remembers."""
        return self.engines["payments"].state("fund")

    def snapshots(self) -> States:
        """The state of every stream, as bytes."""
        return {
            (name, stream): engine.snapshot(stream).body
            for name, engine in self.engines.items()
            for stream in engine.streams()
        }

    def folded(self) -> States:
        """The same, by a full fold of the journals, without any snapshot."""
        return states_of(self.connection, with_snapshots=False)

    def keep_snapshots(self) -> None:
        """Every service keeps the states of its streams."""
        for engine in self.engines.values():
            at_once(engine.save_snapshots())

    def another_store(self, name: str) -> SqliteStore:
        """An empty store for a service."""
        return SqliteStore(connect(None), name)

    def restarted(self) -> States:
        """The same, after a restart: snapshots and the tails after them."""
        return states_of(self.connection, with_snapshots=True)


def told_by(events: Sequence[Json]) -> list[Json]:
    """All that came and was said, in its order, when these events come to a fund one by one."""
    told: list[Json] = []
    whole = Whole(since=day_of(datetime.fromisoformat(events[0]["time"])), listen=told.append)
    for event in events:
        whole.receive(json.dumps(event, ensure_ascii=False).encode())
    return told


class WithoutSnapshots(SqliteStore):
    """A store whose snapshots are lost."""

    async def load(self, stream: str | None = None) -> list[Any]:  # noqa: ARG002 - the port's
        """None."""
        return []


def states_of(connection: sqlite3.Connection, *, with_snapshots: bool) -> States:
    """The state of every stream as a fresh process would load it."""
    kind = SqliteStore if with_snapshots else WithoutSnapshots
    found: States = {}
    for service in SERVICES:
        engine = loaded(service, kind(connection, service.name))
        found |= {(service.name, stream): engine.snapshot(stream).body for stream in engine.streams()}
    return found


def loaded(service: Service, store: SqliteStore, ministry: Answer | None = None) -> Engine:
    """An engine that has just started."""
    engine = Engine(service, FUND, store, answer=ministry)
    at_once(engine.start())
    return engine
