"""How the running fund is: whether it may take work."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from sqlite3 import Connection

from shared.adapters.sqlite import SqliteStore
from shared.engine.journal import Commit, Snapshot, Unavailable

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Health:
    """Why a fund may not run. ``broken`` stops it for good, ``trouble`` passes (a full disk)."""

    started: bool = False
    broken: str | None = None
    trouble: str | None = None

    @property
    def fault(self) -> str | None:
        """Why no work is taken; None where all is well."""
        if self.broken:
            return self.broken
        return self.trouble or (None if self.started else "the fund is starting")


class WatchedStore(SqliteStore):
    """The store of a running fund: it says whether the last commit could be written, and can do without snapshots."""

    def __init__(self, connection: Connection, service: str, health: Health) -> None:
        """Tell ``health`` of each commit."""
        super().__init__(connection, service)
        self._health = health

    async def append(self, commits: Sequence[Commit]) -> None:
        """Append, and say how it went."""
        try:
            await super().append(commits)
        except Unavailable as error:
            self._health.trouble = f"{error}: is there room on the disk?"
            raise
        if commits:
            self._health.trouble = None

    async def save(self, snapshots: Sequence[Snapshot]) -> None:
        """Keep snapshots where there is room: without them nothing is lost, only the next start is longer."""
        try:
            await super().save(snapshots)
        except Unavailable as error:
            log.warning("%s", error)
