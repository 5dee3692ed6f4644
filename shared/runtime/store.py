"""The store of the running embedded fund, which says how it is."""

import logging
from collections.abc import Callable, Sequence
from sqlite3 import Connection
from time import perf_counter

from shared.adapters.sqlite.store import SqliteStore, SqliteTransaction
from shared.engine.faults import Unavailable
from shared.engine.journal import Snapshot
from shared.engine.waiting import Status

log = logging.getLogger(__name__)


class WatchedTransaction(SqliteTransaction):
    """The transaction of a running fund: it says whether the last one could be written, and how long it took."""

    def __init__(self, connection: Connection, status: Status, took: Callable[[float], None]) -> None:
        """Tell ``status`` how each ended, ``took`` how many seconds the disk needed."""
        super().__init__(connection)
        self._status, self._took = status, took

    def commit(self) -> None:
        """Commit, and say how it went."""
        began = perf_counter()
        super().commit()
        self._took(perf_counter() - began)
        self._status.came("store")

    def roll_back(self, why: str) -> None:
        """Roll back, and say what the fund waits for."""
        super().roll_back(why)
        self._status.wait("store", f"{why}: is there room on the disk?")


class WatchedStore(SqliteStore):
    """The store of a running fund: it can do without snapshots."""

    async def save(self, snapshots: Sequence[Snapshot]) -> None:
        """Keep snapshots where there is room: without them nothing is lost, only the next start is longer."""
        try:
            await super().save(snapshots)
        except Unavailable as error:
            log.warning("%s", error)
