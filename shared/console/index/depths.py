"""How deep events lie: how many decisions are between each and the outside. What is caused lies below its cause."""

import sqlite3
from collections.abc import Callable

from shared.kernel.compact import KEY_BYTES, Records, key_of

MOST_HELD = 10_000
DEPTH_BYTES = 2


class Depths:
    """Of the events of an index: those that were read lately are held, for most are caused by one of these."""

    def __init__(self, db: sqlite3.Connection, write: Callable[[], None]) -> None:
        """Take the index, and what writes the events that are not in it yet."""
        self._db, self._write = db, write
        self._held: dict[str, int] = {}
        self.in_order = False
        """Whether each cause is read before what it caused: not in a copy, whose services were copied one by one."""

    def of(self, event_id: str) -> int:
        """How deep an event lies; 0 where it is not known."""
        if (depth := self._held.get(event_id)) is not None:
            return depth
        depth = self._of_old(event_id)
        if self.in_order:
            self._held[event_id] = depth
        return depth

    def keep(self, event_id: str, depth: int) -> None:
        """Take an event that was just read."""
        if not self.in_order:
            self._write()
            self._deepen(event_id, depth)
            return
        if len(self._held) > MOST_HELD:
            self._let_go()
        self._held[event_id] = max(depth, self._held.get(event_id, 0))

    def forget(self) -> None:
        """Hold nothing."""
        self._held = {}

    def _let_go(self) -> None:
        self._held.clear()

    def _of_old(self, event_id: str) -> int:
        self._write()
        found = self._db.execute("SELECT max(depth) FROM event WHERE id = ?", [event_id]).fetchone()[0]
        return int(found or 0)

    def _deepen(self, event_id: str, depth: int) -> None:
        """What was read before its own cause lies deeper than it was thought to."""
        for seq, effect in self._db.execute(
            "SELECT seq, id FROM event WHERE cause = ? AND id != ? AND depth <= ?", [event_id, event_id, depth]
        ).fetchall():
            self._db.execute("UPDATE event SET depth = ? WHERE seq = ?", [depth + 1, seq])
            self._deepen(effect, depth + 1)


class AllDepths(Depths):
    """For an index made anew, in which no id is looked for.

    Ids have no order: an index of them is made of all at once in a quarter of the time.
    """

    def __init__(self, db: sqlite3.Connection, write: Callable[[], None]) -> None:
        """Take what ``Depths`` takes."""
        super().__init__(db, write)
        self._old = Records(KEY_BYTES + DEPTH_BYTES)

    def _let_go(self) -> None:
        for event_id, depth in self._held.items():
            if depth:
                self._old.keep(key_of(event_id), depth.to_bytes(DEPTH_BYTES))
        super()._let_go()

    def _of_old(self, event_id: str) -> int:
        if not self.in_order:
            return super()._of_old(event_id)
        found = self._old.find(key_of(event_id))
        return int.from_bytes(found[KEY_BYTES:]) if found else 0
