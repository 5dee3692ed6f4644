"""The year on the cluster, watched: the console over a copy of the journals, which is made when a day is done.

At the end of a day nothing is left to be done, so the copy holds of all that it holds what followed from it too, and
the line under the switches must tie. While something is away the year stands still, and the page shows a day before.
"""

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime

from shared.adapters.kafka.broker import Kafka
from shared.adapters.kafka.lag import LagWatch
from shared.adapters.kafka.said import Behind, Heard
from shared.adapters.kafka.statuses import Statuses
from shared.adapters.mongo.client import connected
from shared.demo.live import Watch
from shared.demo.outages import Outages
from shared.demo.post import Event, Sent
from shared.demo.quiescence import PATIENCE_S
from shared.demo.run import Publish
from shared.demo.supervisor import LOOK_S, Supervisor
from shared.engine.faults import Unavailable
from shared.journal.copy import Copier
from shared.journal.home import Home, writing
from shared.journal.journals import MongoJournals
from shared.journal.set_aside import SetAside, keep
from shared.kernel.stop import Stop
from shared.runtime.cluster import MINISTRY, database_of
from shared.runtime.hears import HEARS

COPY_EVERY_S, SOON_S = 3.0, 0.3
"""While days pass it is copied so often, for that takes as long as a day; and where the next day waits for longer."""


class ClusterWatch:
    """Who watches, as the cluster's year is played for them. It hears the processes, the last word of each."""

    def __init__(
        self, watch: Watch, home: Home, copier: Copier, statuses: Statuses, outages: Outages, crew: Supervisor
    ) -> None:
        """Take who watches, the home and who copies into it, and what may be taken away."""
        self._watch, self._home, self._copier = watch, home, copier
        self._statuses, self._crew, self.outages = statuses, crew, outages
        self._aside: list[SetAside] = []
        self._due = 0.0
        """When it is to be copied."""
        watch.statuses = self

    def begin(self, names: Sequence[str]) -> None:
        """The processes run: connect the switches; ``names`` are those that may be killed."""
        self.outages.connect(self._watch.board, names)
        self.ministry_is(self._crew.members[MINISTRY].url)

    def ministry_is(self, address: str) -> None:
        """Connect the switches of the ministry."""
        self._watch.ministry_is(address)

    def acknowledged(self, sent: Sequence[Sent]) -> None:
        """Kafka has taken messages, and will not lose them."""
        self._watch.ledger.took(sent)

    def through(self, publish: Publish) -> Publish:
        """Keep what services can't read: it lies on topics, and in no journal."""

        async def handed(sent: Sequence[Sent]) -> list[Event]:
            said = await publish(sent)
            self._lay_aside(event for event in said if event["type"].endswith(".parked"))
            return said

        return handed

    def _lay_aside(self, events: Iterable[Event]) -> None:
        for event in events:
            told = {name: event["data"][name] for name in ("topic", "received", "error", "raw_base64")}
            self._aside.append(SetAside(id=event["id"], service=event["source"].removeprefix("/"), **told))
            self._watch.ledger.laid_aside(base64.b64decode(told["raw_base64"]))

    async def day_passed(self, day: date) -> None:
        """Wait until the next day may begin, and copy what was decided if it is due, or if that takes a while."""
        copied = time.monotonic() >= self._due
        if copied:
            await self._copy()
        waiting = asyncio.create_task(self._watch.day_passed(day))
        try:
            await asyncio.wait({waiting}, timeout=None if copied else SOON_S)
            if not waiting.done():
                await self._copy()
            await waiting
        finally:
            waiting.cancel()

    async def over(self) -> None:
        """Nothing can be broken any more; return when all that was taken away is back."""
        self._watch.board.disconnect()
        await self.outages.settled()

    def heard(self, now: datetime) -> Sequence[Heard]:
        """The last word of each process while they run; of one that was killed, that of who took its place."""
        last = {each.told.process: each for each in sorted(self._statuses.heard(now), key=lambda each: each.at)}
        return [last[name] for name in sorted(last)] if self._crew.members else []

    def unread(self) -> Mapping[str, str]:
        """What can't be read from Kafka now, and why."""
        return self._statuses.unread()

    def behind(self) -> Behind | None:
        """How far each process is behind."""
        return self._statuses.behind()

    async def _copy(self) -> None:
        """Copy all; a store that is away on order is waited for. Raises Stop for one that is away for too long."""
        patience = time.monotonic() + PATIENCE_S
        while True:
            try:
                await self._copier.copy()
                break
            except Unavailable as error:
                if self.outages.under_way:
                    patience = time.monotonic() + PATIENCE_S
                elif time.monotonic() > patience:
                    raise Stop(str(error)) from error
                await asyncio.sleep(LOOK_S)
        if self._aside:
            with writing(self._home) as connection:
                keep(connection, self._aside, {})
            self._aside = []
        self._watch.ledger.copied()
        self._due = time.monotonic() + COPY_EVERY_S


@asynccontextmanager
async def watched(
    watch: Watch, home: Home, fund_id: str, kafka: Kafka, mongo_url: str, outages: Outages, crew: Supervisor
) -> AsyncIterator[ClusterWatch]:
    """Who watches, for as long as the block runs. The processes are to end in it."""
    async with connected(mongo_url) as client:
        copier, lags = Copier(MongoJournals(client, database_of(kafka.prefix)), home), LagWatch(kafka, fund_id, HEARS)
        statuses = Statuses(lags=lags)
        hearing = [asyncio.create_task(work) for work in (statuses.follow(kafka), lags.watch())]
        try:
            yield ClusterWatch(watch, home, copier, statuses, outages, crew)
        finally:
            for task in hearing:
                task.cancel()
            await asyncio.gather(*hearing, return_exceptions=True)
