"""The running fund seals its journals at the end of each day: when the start of the next is decided everywhere.

It decides nothing and changes no decision: it reads what is durable, and writes seals beside it. On the cluster a job
seals (``psdf proof seal``), and a process that runs on looks how far it has come.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from shared.engine.faults import Broken, Unavailable
from shared.engine.journal import SEALER, Store
from shared.engine.outbox import Message
from shared.events.clock import DayStarted
from shared.journal.journals import SqliteJournals
from shared.proof.keys import Signer
from shared.proof.published import write_seal
from shared.proof.seal import STREAM, seal_of
from shared.proof.sealing import Sealer
from shared.runtime.store import WatchedStore

log = logging.getLogger(__name__)

LOOK_EVERY_S = 60.0


class Seals:
    """Who seals the days of a fund. ``due`` is whether a day has started since the last seal, or the fund has."""

    def __init__(self, fund_id: str, connection: sqlite3.Connection, signer: Signer, folder: Path) -> None:
        """Take the fund's journals, its key, and the folder where seals are published."""
        self.store = WatchedStore(connection, SEALER)
        self.due = True
        self._sealer = Sealer(fund_id, SqliteJournals(connection), signer, self.store)
        self._folder = folder

    @property
    def day(self) -> date | None:
        """The day of the latest seal; None before any."""
        last = self._sealer.ends.last
        return last.statement.day if last else None

    def listen(self, messages: Sequence[Message]) -> None:
        """See that a day has started, and all that follows from it is durable."""
        self.due = self.due or any(message.topic == DayStarted.type for message in messages)

    async def seal(self) -> list[Message]:
        """Seal what was decided so far, publish it as a file, and give the messages of what is not told yet.

        Where store or folder can't be written, the fund goes on, and the next day's seal is of both days. Raises Broken
        where the journals contradict what was sealed before.
        """
        messages: list[Message] = []
        try:
            await self._sealer.seal()
            for seal, message in await self._sealer.unpublished():
                write_seal(self._folder, seal)
                messages.append(message)
                await self._sealer.published(seal)
        except (Unavailable, OSError) as error:
            log.warning("the day is not sealed, the next one's seal is of both: %s", error)
        self.due = False
        return messages

    async def close(self) -> None:
        """Write down what is told."""
        await self.store.close()


class LatestSeal:
    """The day of the latest seal in a store that others write; None before any, or before it was looked up."""

    def __init__(self, store: Store) -> None:
        """Take the store of the seals."""
        self.day: date | None = None
        self._store, self._version = store, 0

    async def look(self) -> None:
        """See which seals have come. Where the store is away, what was known stays; it grows old, and that is told."""
        try:
            async for commit in self._store.read(STREAM, self._version):
                self.day, self._version = seal_of(commit).statement.day, commit.version
        except (Unavailable, Broken, ValueError) as error:
            log.warning("the seals can't be read, the latest that is known is of %s: %s", self.day, error)

    async def watch(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)
