"""Stores in memory for tests of the engine: several writers of one journal, and a store that is away for a while."""

import sqlite3
from collections.abc import Sequence

from shared.adapters.sqlite.store import SqliteStore, connect
from shared.engine.codec import Decision, decode_decisions
from shared.engine.engine import Engine
from shared.engine.faults import Conflict, Unavailable
from shared.engine.journal import Commit, Snapshot
from shared.engine.service import Service
from shared.messages.read import Event
from tests.engine.story import Json, Story, at_once
from tests.given import FUND


class Away(SqliteStore):
    """A store that can't be written as long as ``away``, read as long as ``unreadable``; ``unconfirmed`` loses answers."""

    away = unreadable = unconfirmed = in_parts = False

    async def append(self, commits: Sequence[Commit]) -> None:
        """Raises Unavailable while it is away, and, having written, where its answer is lost.

        ``in_parts`` writes each stream by itself, as a store without transactions: after a Conflict some are durable.
        """
        if self.away:
            raise Unavailable("the disk is full")
        lost = []
        for part in [[commit] for commit in commits] if self.in_parts else [commits]:
            try:
                await super().append(part)
            except Conflict as error:
                lost.append(error)
        if lost:
            raise lost[0]
        if self.unconfirmed:
            raise Unavailable("the answer was lost")

    async def load(self, stream: str | None = None) -> Sequence[Snapshot]:
        """Raises Unavailable while it can't be read."""
        if self.unreadable:
            raise Unavailable("the disk does not answer")
        return await super().load(stream)


class Writer:
    """An engine that has just started on a journal; several may write the same one."""

    def __init__(self, service: Service, connection: sqlite3.Connection | None = None) -> None:
        self.service, self.connection = service, connection or connect(None)
        self.store = Away(self.connection, service.name)
        self.engine = Engine(service, FUND, self.store)
        at_once(self.engine.start())

    def another(self) -> "Writer":
        """Another process on the same journal."""
        return Writer(self.service, self.connection)

    def handle(self, *events: Event) -> list[bytes]:
        """A batch; what is to be told of it."""
        return [message.raw for message in at_once(self.engine.handle(events)).messages]

    def commits(self) -> list[Commit]:
        """The whole journal."""

        async def read() -> list[Commit]:
            return [commit async for commit in self.store.read()]

        return at_once(read())

    def decisions(self) -> list[Decision]:
        """All decisions of the journal, in order of stream and version."""
        return [decision for commit in self.commits() for decision in decode_decisions(commit.body)]

    def state(self, stream: str) -> object:
        """The state of a stream."""
        return self.engine.state(stream)


def events(service: Service, *happened: object, since: str = "2026-01-02") -> list[Event]:
    """Happenings as a service would hear them, one after another."""
    teller = Story(service, FUND, since)
    return [teller.event_of(one) for one in happened]  # type: ignore[arg-type]


def kinds(raws: list[bytes]) -> list[str]:
    """The types of what was told."""
    from json import loads

    read: list[Json] = [loads(raw) for raw in raws]
    return [told["type"] for told in read]
