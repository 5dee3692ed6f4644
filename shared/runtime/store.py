"""The store of the running embedded fund, which says how it is."""

import logging
from collections.abc import Sequence
from sqlite3 import Connection

from shared.adapters.sqlite.store import SqliteStore
from shared.engine.faults import Unavailable
from shared.engine.journal import Commit, Snapshot
from shared.engine.waiting import Status

log = logging.getLogger(__name__)


class WatchedStore(SqliteStore):
    """The store of a running fund: it says whether the last commit could be written, and can do without snapshots."""

    def __init__(self, connection: Connection, service: str, status: Status) -> None:
        """Tell ``status`` of each commit."""
        super().__init__(connection, service)
        self._status = status

    async def append(self, commits: Sequence[Commit]) -> None:
        """Append, and say how it went."""
        try:
            await super().append(commits)
        except Unavailable as error:
            self._status.wait("store", f"{error}: is there room on the disk?")
            raise
        if commits:
            self._status.came("store")

    async def save(self, snapshots: Sequence[Snapshot]) -> None:
        """Keep snapshots where there is room: without them nothing is lost, only the next start is longer."""
        try:
            await super().save(snapshots)
        except Unavailable as error:
            log.warning("%s", error)
