"""The states of the streams that hold sums, folded as their commits come; at rest they lie in the index as bytes."""

import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import fields
from itertools import count, islice
from typing import Any, Final, get_args, get_type_hints

import msgspec

from services.all import SERVICES
from shared.console.index.same import Same
from shared.console.index.shelf import Shelf, cellar
from shared.console.index.standing import VIEWS, standing_of
from shared.engine.codec import Codec, Decision, Entry, decode_decisions
from shared.engine.journal import Commit, genesis
from shared.journal.fold import follow
from shared.kernel.fund import Fund

READ = (
    "SELECT service, stream, version, prev_hash, hash, plain(body) FROM commits WHERE rowid > ? AND rowid <= ? "
    f"AND (service, stream) IN (VALUES {', '.join(str(key) for key in VIEWS)}) ORDER BY rowid"
)

PIECE: Final = 500
"""So many of a dictionary's keys are laid down together: what is decoded at once leaves a hole as large."""
LATELY: Final = 10_000
"""So many words and days of what comes are held once with those before them."""
SELDOM: Final = {("payments", "fund"): ("done", "paid"), ("reconciliation", "close"): ("executed",)}
"""Much that is hardly ever asked for: records by name, or by day and name."""
_encoder = msgspec.msgpack.Encoder()


class Fold:
    """A stream's state, folded by its service's own function as its commits come."""

    def __init__(self, service: str, stream: str, same: Same | None = None) -> None:
        """Begin before the first decision; with ``same`` memory is spared: what is equal in what comes is held once."""
        self.service, self.stream = service, stream
        domain = next(each for each in SERVICES if each.name == service).domain(stream)
        self._codec, self._evolve = Codec(domain.events), domain.evolve
        self._same = same
        self.state: Any = domain.state()
        self._kinds = _kinds(type(self.state))
        self._seldom = SELDOM.get((service, stream), ())
        self._cellar = cellar() if same and self._seldom else None
        self._shelves = count()
        self.day = ""
        self.head = (0, genesis(service, stream))
        """The last commit that decided something on the day, and its hash."""
        self.changed = False
        self.put_away()

    def happened(self, entry: Entry) -> Any:  # noqa: ANN401 - any event of the stream
        """Fold one event, and give it."""
        event = self._codec.decode(entry)
        if self._same:
            event = self._same.held_once(event)
        self._evolve(self.state, event)
        return event

    def forward(self, decisions: tuple[Decision, ...]) -> None:
        """Fold decisions whose rows are written."""
        for decision in decisions:
            for entry in decision.events:
                self.happened(entry)
            if decision.events:
                self.day = decision.day.isoformat()
        self.put_away()

    def put_away(self) -> None:
        """Between two decisions: where memory is spared, hold nothing of what is seldom asked for."""
        if self._cellar:
            for name in self._seldom:
                setattr(self.state, name, self._shelved(self._cellar, getattr(self.state, name), self._kinds[name]))

    def close(self) -> None:
        """Let go of what was put away."""
        if self._cellar:
            self._cellar.close()

    def _shelved(self, cellar_: sqlite3.Connection, said: Any, kind: Any) -> Any:  # noqa: ANN401 - a dictionary
        of_key, of_each = get_args(kind)
        if of_key is not str:
            return {key: self._shelved(cellar_, each, of_each) for key, each in said.items()}
        if not isinstance(said, Shelf):
            shelf = Shelf[Any](cellar_, next(self._shelves), of_each)
            shelf.update(said)
            said = shelf
        said.put_away()
        return said

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
        key = [self.service, self.stream]
        db.execute("INSERT OR REPLACE INTO fold VALUES (?, ?, ?, ?, ?, ?)", [*key, read, self.day, *self.head])
        db.execute("DELETE FROM fold_piece WHERE service = ? AND stream = ?", key)
        db.executemany("INSERT INTO fold_piece VALUES (?, ?, ?, ?)", ((*key, *piece) for piece in self._pieces()))

    def _pieces(self) -> Iterator[tuple[str, bytes]]:
        """The state by its fields, a long dictionary in several."""
        self.put_away()
        for name in self._kinds:
            said = getattr(self.state, name)
            if name in self._seldom and get_args(self._kinds[name])[0] is not str:
                yield name, _encoder.encode({day: {} for day in said})
                yield from ((name, _encoder.encode({day: some})) for day in said for some in _pieces(said[day]))
            elif isinstance(said, dict | Shelf):
                yield from ((name, _encoder.encode(some)) for some in _pieces(said))
            else:
                yield name, _encoder.encode(said)

    def take_up(self, db: sqlite3.Connection) -> int:
        """Read the state that was written; how far the journal was read then, 0 where there is none."""
        key = [self.service, self.stream]
        found = db.execute("SELECT read, day, version, hash FROM fold WHERE service = ? AND stream = ?", key).fetchone()
        if found is None:
            return 0
        read, self.day, version, hash_ = found
        self.head, same = (version, hash_), Same(sys.maxsize)
        decoders = {name: msgspec.msgpack.Decoder(kind) for name, kind in self._kinds.items()}
        query = "SELECT field, body FROM fold_piece WHERE service = ? AND stream = ? ORDER BY rowid"
        for name, body in db.execute(query, key):
            said = decoders[name].decode(body)
            if name in self._seldom:
                _join(getattr(self.state, name), said)
                self.put_away()
            elif isinstance(said := same.held_once(said), dict):
                getattr(self.state, name).update(said)
            else:
                setattr(self.state, name, said)
        # What follows from its fields, as contracts' sums do, is made with a state, and not laid down.
        self.state = type(self.state)(**{name: getattr(self.state, name) for name in self._kinds})
        return int(read)


def _pieces(said: dict[Any, Any] | Shelf[Any]) -> Iterator[dict[Any, Any]]:
    """A long dictionary in several."""
    pairs = said.each() if isinstance(said, Shelf) else iter(said.items())
    while some := dict(islice(pairs, PIECE)):
        yield some


def _join(held: Any, said: dict[Any, Any]) -> None:  # noqa: ANN401 - a dictionary or a shelf
    """Take a piece up; a day may be in several."""
    for key, each in said.items():
        if isinstance(each, dict) and key in held:
            held[key].update(each)
        else:
            held[key] = each


def _kinds(state: type) -> dict[str, Any]:
    """The fields of a state, and what each is."""
    hints = get_type_hints(state)
    return {field.name: hints[field.name] for field in fields(state)}


def new_folds(*, sparing: bool = False) -> dict[tuple[str, str], Fold]:
    """Every stream that holds sums, before its first decision; ``sparing`` of memory, for a sixth more time."""
    return {key: Fold(*key, Same(LATELY) if sparing else None) for key in VIEWS}


def folded(
    db: sqlite3.Connection, journal: sqlite3.Connection, read: int, *, sparing: bool
) -> dict[tuple[str, str], Fold]:
    """The states as they were once the journal was read so far: taken up where they lie, and folded on from there.

    Raises Broken for a broken chain.
    """
    folds = new_folds(sparing=sparing)
    laid = {fold.take_up(db) for fold in folds.values()}
    if len(laid) > 1:
        for fold in folds.values():
            fold.close()
        laid, folds = {0}, new_folds(sparing=sparing)
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
