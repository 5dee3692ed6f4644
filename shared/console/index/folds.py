"""The states of the streams that hold sums, folded as their commits come; at rest they lie in the index as bytes."""

import sqlite3
from typing import Any

from services.all import SERVICES
from shared.console.index.standing import VIEWS, standing_of
from shared.engine.codec import Codec, Decision, Entry, StateCodec, decode_decisions
from shared.engine.journal import Commit, genesis
from shared.journal.fold import follow
from shared.kernel.fund import Fund

READ = (
    "SELECT service, stream, version, prev_hash, hash, plain(body) FROM commits WHERE rowid > ? AND rowid <= ? "
    f"AND (service, stream) IN (VALUES {', '.join(str(key) for key in VIEWS)}) ORDER BY rowid"
)


class Fold:
    """A stream's state, folded by its service's own function as its commits come."""

    def __init__(self, service: str, stream: str) -> None:
        """Begin before the first decision."""
        self.service, self.stream = service, stream
        domain = next(each for each in SERVICES if each.name == service).domain(stream)
        self._codec, self._evolve = Codec(domain.events), domain.evolve
        self._state_codec = StateCodec(domain.state)
        self.state: Any = domain.state()
        self.day = ""
        self.head = (0, genesis(service, stream))
        """The last commit that decided something on the day, and its hash."""
        self.changed = False

    def happened(self, entry: Entry) -> Any:  # noqa: ANN401 - any event of the stream
        """Fold one event, and give it."""
        event = self._codec.decode(entry)
        self._evolve(self.state, event)
        return event

    def forward(self, decisions: tuple[Decision, ...]) -> None:
        """Fold decisions whose rows are written."""
        for decision in decisions:
            for entry in decision.events:
                self.happened(entry)
            if decision.events:
                self.day = decision.day.isoformat()

    def keep(self, db: sqlite3.Connection, fund: Fund) -> None:
        """Keep the standing of the day that the stream stands on, where something was decided since."""
        if not (self.changed and self.day and self.state.today):
            return
        version, hash_ = self.head
        body = standing_of(self.service, self.stream, self.state, fund)
        row = [self.stream, self.day, version, hash_.hex(), body]
        db.execute("INSERT OR REPLACE INTO standing VALUES (?, ?, ?, ?, ?)", row)
        self.changed = False

    def lay_down(self, db: sqlite3.Connection, read: int) -> None:
        """Write the state as it is once the journal is read so far."""
        row = [self.service, self.stream, read, self.day, *self.head, self._state_codec.encode(self.state)]
        db.execute("INSERT OR REPLACE INTO fold VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def take_up(self, db: sqlite3.Connection) -> int:
        """Read the state that was written; how far the journal was read then, 0 where there is none."""
        query = "SELECT read, day, version, hash, body FROM fold WHERE service = ? AND stream = ?"
        found = db.execute(query, [self.service, self.stream]).fetchone()
        if found is None:
            return 0
        read, self.day, version, hash_, body = found
        self.state, self.head = self._state_codec.decode(body), (version, hash_)
        return int(read)


def new_folds() -> dict[tuple[str, str], Fold]:
    """Every stream that holds sums, before its first decision."""
    return {key: Fold(*key) for key in VIEWS}


def folded(db: sqlite3.Connection, journal: sqlite3.Connection, read: int) -> dict[tuple[str, str], Fold]:
    """The states as they were once the journal was read so far: taken up where they lie, and folded on from there.

    Raises Broken for a broken chain.
    """
    folds = new_folds()
    laid = {fold.take_up(db) for fold in folds.values()}
    if len(laid) > 1:
        laid, folds = {0}, new_folds()
    (after,) = laid
    heads: dict[tuple[str, str], tuple[int, bytes]] = {}
    for service, stream, version, prev_hash, hash_, body in journal.execute(READ, [after, read]):
        key = service, stream
        commit = Commit(stream=stream, version=version, body=body, prev_hash=prev_hash, hash=hash_)
        heads[key] = follow(commit, *(heads.get(key) or head_before(journal, service, stream, version)))
        decisions = decode_decisions(body)
        folds[key].forward(decisions)
        if any(decision.events for decision in decisions):
            folds[key].head = heads[key]
    return folds


def head_before(journal: sqlite3.Connection, service: str, stream: str, version: int) -> tuple[int, bytes]:
    """The version and hash of the commit before one, as the journal has it; before the first, where chains begin."""
    query = "SELECT version, hash FROM commits WHERE service = ? AND stream = ? AND version = ?"
    found = journal.execute(query, [service, stream, version - 1]).fetchone()
    return found or (0, genesis(service, stream))


def lay_down(db: sqlite3.Connection, folds: dict[tuple[str, str], Fold], read: int) -> None:
    """Write all states in one transaction."""
    db.execute("BEGIN IMMEDIATE")
    for fold in folds.values():
        fold.lay_down(db, read)
    db.execute("COMMIT")
