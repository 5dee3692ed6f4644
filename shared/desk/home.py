"""The desk of a home: its own journal beside the fund's, in a folder of its own.

::

    psdf-home/desk/
      desk.sqlite3      the desk's journal, chained
      people.json       who works here: names, roles, hashes of tokens
      lock              held while people.json is changed
"""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from shared.adapters.sqlite.store import SqliteStore, connect
from shared.desk.desk import NAME, Desk, Undecided
from shared.desk.people import People, Provider
from shared.engine.faults import Unavailable
from shared.journal.home import Home, HomeError
from shared.kernel.fund import Fund

JOURNAL = "desk.sqlite3"
END = "SELECT version, hash FROM commits WHERE service = ? AND stream = ? ORDER BY version DESC LIMIT 1"
"""The last commit of a journal of one stream."""


def people_of(home: Home, folder: Path | None = None, provider: Provider | None = None) -> People:
    """Who works at the desk: by the file of a folder, else of the home's own; and whom a provider knows."""
    return People(folder or home.desk, provider)


@contextmanager
def open_desk(home: Home, fund: Fund) -> Iterator[Desk]:
    """Open the desk of a home; ``load`` it before the first question. Raises HomeError where it can't be used."""
    try:
        home.desk.mkdir(parents=True, exist_ok=True)
        connection = connect(home.desk / JOURNAL)
    except (Unavailable, OSError) as error:
        raise HomeError(f"{home.desk}: {error}") from error
    with closing(connection):
        yield Desk(fund, SqliteStore(connection, NAME))


class DeskWatch:
    """What waits for a second person at the desk of a home, asked for each page: folded when its journal grew.

    Whoever wrote it, a page, a command or another console, and also where the file was exchanged for another.
    """

    def __init__(self, home: Home, fund: Fund) -> None:
        """Take the home."""
        self._home, self._fund, self._one = home, fund, threading.Lock()
        self._end: tuple[int, bytes] | None = None
        self._known: Undecided = (0, ())

    def undecided(self) -> Undecided:
        """What waits now; nothing where there is no journal. Raises HomeError, Broken, Unavailable, sqlite3.Error."""
        path = self._home.desk / JOURNAL
        if not path.is_file():
            return 0, ()
        with self._one:
            with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as journal:
                end: tuple[int, bytes] | None = journal.execute(END, [NAME, NAME]).fetchone()
            if end != self._end:
                with open_desk(self._home, self._fund) as desk:
                    asyncio.run(desk.load())
                    self._known = desk.undecided()
                self._end = end
            return self._known
