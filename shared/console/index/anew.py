"""An index made anew: in a file beside its place, which takes the place once it is whole.

A large one is made by two processes at once: the events that people are told of and whom they are about; and how
invoices, contracts, orders and sums then stand. Both read up to the same commit, and neither needs the other.
"""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

from shared.console.index.depths import AllDepths
from shared.console.index.file import BESIDE, Stale, connect_anew, remove, text
from shared.console.index.follow import Follower
from shared.engine.faults import Broken
from shared.journal.apart import LARGE, Failed, apart, last_commit
from shared.journal.home import Home, HomeError
from shared.kernel.fund import Fund

BEING_MADE = ".new"
"""What the name of the file ends with until it is whole."""
HALF = "-half"
OTHER_HALF = (
    "invoice", "contract", "provider", "payorder", "notice", "parked", "seal", "standing", "fold", "fold_piece", "name",
)  # fmt: skip
"""The tables that follow from folded states and rows, and not from each event alone."""
LOOK_EVERY_S = 0.1


class Anew(Follower):
    """Reads the whole journal into a file that is written once, and is of no use before its end."""

    anew, depths = True, AllDepths

    def __init__(self, home: Home, fund: Fund, path: Path) -> None:
        """Take the home, and the file to be made."""
        super().__init__(home, fund, path, connect_anew)
        self._last: tuple[Any, ...] = ()

    def _take_whole(self, journal: sqlite3.Connection, commits: list[Any]) -> None:
        if not self._db.in_transaction:
            self._db.execute("BEGIN EXCLUSIVE")
        self._read_commits(journal, commits)
        self._rows.write()
        self._last, self._moved = commits[-1], True

    def _settle(self) -> None:
        self._rows.write_all()
        self._mark(self._last)
        self._db.execute("COMMIT")
        super()._settle()


class Events(Anew):
    """The half of the events: no row of another table follows from them."""

    def _change(self, *_: Any) -> None:  # noqa: ANN401 - as of Follower
        """Nothing: the other half does."""

    def _begin(self, journal: sqlite3.Connection) -> None:
        super()._begin(journal)
        self._folds = {}

    def _settle(self) -> None:
        self._mark(self._last)
        self._db.execute("COMMIT")
        for statement in text("indexes.sql").split(";"):
            if " ON event " in statement:
                self._db.execute(statement)

    def _laid_aside(self, journal: sqlite3.Connection) -> None:
        """Nothing: whoever reads on takes it."""

    def join(self, half: Path) -> None:
        """Take the tables of the other half."""
        self._db.execute("ATTACH ? AS half", [str(half)])
        self._db.execute("BEGIN")
        for table in OTHER_HALF:
            self._db.execute(f"DELETE FROM main.{table}")
            self._db.execute(f"INSERT INTO main.{table} SELECT * FROM half.{table}")
        self._db.execute("COMMIT")
        self._db.execute("DETACH half")
        self._db.executescript(text("indexes.sql"))


class Sums(Anew):
    """The half of what stands: no event is written."""

    def _at_of(self, *_: str) -> int:
        """Nothing: as of the event, so of its time."""
        return 0

    def _name_of(self, *_: Any) -> str:  # noqa: ANN401 - as of Follower
        """Nothing: as of the event."""
        return ""

    def _is_of_use(self, type_: str, *, came: bool = False) -> bool:  # noqa: ARG002 - as of Follower
        return self._rows.follow_from(type_)

    def _tell(self, *_: Any) -> None:  # noqa: ANN401 - as of Follower
        """Nothing: the other half does."""

    def _settle(self) -> None:
        self._rows.write_all()
        self._mark(self._last)
        self._db.execute("COMMIT")

    def _laid_aside(self, journal: sqlite3.Connection) -> None:
        """Nothing: whoever reads on takes it."""


def make_anew(home: Home, fund: Fund, path: Path) -> int:
    """Make an index of the whole journal, and put it in its place; how many commits were read.

    What was in its place stays there until then. Raises HomeError, also where another process makes it; Stale where
    the file can't be written.
    """
    new = path.with_name(path.name + BEING_MADE)
    last = last_commit(home)
    with _alone(new) as file:
        try:
            taken = _in_halves(home, fund, new, last) if last >= LARGE else _whole(home, fund, new)
        except BaseException:
            remove(new)
            raise
        os.fsync(file)
        remove(path)
        new.replace(path)
    return taken


def _whole(home: Home, fund: Fund, new: Path) -> int:
    follower = Anew(home, fund, new)
    try:
        taken = follower.catch_up()
        follower.rest()
    finally:
        follower.abandon()
    return taken


def _in_halves(home: Home, fund: Fund, new: Path, last: int) -> int:
    half = new.with_name(new.name + HALF)
    remove(half)
    events = Events(home, fund, new)
    events.upto = last
    try:
        with _apart(_sums, home, fund, half, last, leaf=True) as ended:
            taken = events.catch_up()
            while not ended():
                pass
        events.join(half)
    finally:
        events.abandon()
        remove(half)
    return taken


def _sums(home: Home, fund: Fund, half: Path, last: int) -> None:
    sums = Sums(home, fund, half)
    sums.upto = last
    try:
        sums.catch_up()
        sums.rest()
    finally:
        sums.abandon()


@contextmanager
def _alone(new: Path) -> Iterator[int]:
    """The file that is to be made, empty and held by this process; its number."""
    with new.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            mine = os.path.samestat(os.fstat(file.fileno()), new.stat())
        except (BlockingIOError, FileNotFoundError):
            mine = False
        if not mine:
            raise HomeError(f"{new} is being made by another process: wait until it is done")
        for suffix in BESIDE[1:]:
            new.with_name(new.name + suffix).unlink(missing_ok=True)
        file.truncate(0)
        yield file.fileno()


def make_apart(home: Home, fund: Fund, path: Path, stopping: Event) -> None:
    """As ``make_anew``, but a large journal in a process of its own, which ends where we are to stop."""
    if last_commit(home) < LARGE:
        make_anew(home, fund, path)
        return
    with _apart(make_anew, home, fund, path, leaf=False) as ended:
        while not (ended() or stopping.is_set()):
            pass


@contextmanager
def _apart(make: Callable[..., Any], *given: object, leaf: bool) -> Iterator[Callable[[], bool]]:
    """A process that makes something, and says whether it has. That raises HomeError where it could not."""
    with apart(make, *given, may_raise=(HomeError, Stale), leaf=leaf) as made:

        def ended() -> bool:
            if not made.ended(LOOK_EVERY_S):
                return False
            try:
                made.result()
            except Failed as error:
                raise HomeError(str(error)) from (Broken(str(error)) if error.broken else None)
            return True

        yield ended
