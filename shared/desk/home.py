"""The desk of a home: its own journal beside the fund's, in a folder of its own.

::

    psdf-home/desk/
      desk.sqlite3      the desk's journal, chained
      people.json       who works here: names, roles, hashes of tokens
      lock              held while people.json is changed
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from shared.adapters.sqlite.store import SqliteStore, connect
from shared.desk.desk import NAME, Desk
from shared.desk.people import People, Provider
from shared.engine.faults import Unavailable
from shared.journal.home import Home, HomeError
from shared.kernel.fund import Fund

JOURNAL = "desk.sqlite3"


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
