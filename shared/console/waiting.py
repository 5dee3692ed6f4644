"""How many matters wait for who reads, for the navigation of every page: as many as ``/work`` lists."""

import sqlite3
import threading
from collections.abc import Callable

from shared.console.pages.view import View
from shared.console.pages.work import due
from shared.desk.desk import Undecided, to_confirm
from shared.desk.person import Person
from shared.engine.faults import Broken, Unavailable
from shared.kernel.stop import Stop

KEPT = 100
"""So many counts of what the law asks for are kept, of the index as it stands."""


class Waiting:
    """Counts what waits. ``undecided`` gives what waits at the desk for a second person, as its journal has it now."""

    def __init__(self, undecided: Callable[[], Undecided]) -> None:
        self._undecided = undecided
        self._due: dict[object, int] = {}
        self._one = threading.Lock()

    def of(self, view: View) -> int:
        """Matters of who is signed in; 0 for nobody, and where the desk can't be read, which its own pages say."""
        if view.person is None:
            return 0
        try:
            mine = to_confirm(view.fund, view.person, self._undecided())
        except (Broken, Unavailable, Stop, sqlite3.Error):
            return 0
        return len(mine) + self._counted(view, view.person)

    def _counted(self, view: View, person: Person) -> int:
        """What the law asks for of this role; it is looked for once while the index stands as it does."""
        key = (view.index.read, view.index.on, view.dismissed, person.role, person.payer)
        with self._one:
            if key not in self._due:
                if len(self._due) >= KEPT:
                    self._due.clear()
                self._due[key] = sum(1 for _ in due(view, person))
            return self._due[key]
