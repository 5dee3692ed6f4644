"""The index follows the journal: commits by their row in the file, each checked against the chain, folded and written.

Rows, and how far the journal is read, are one transaction: a kill at any moment loses nothing. The folded states are
laid down where nothing comes for a while, and taken up when something does (``folds.py``).
"""

import sqlite3
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from services.all import SERVICES
from services.payments.events import PayerJoined
from services.payments.state import State as Payments
from shared.console.index.depths import Depths
from shared.console.index.file import Stale, connect, meta, text
from shared.console.index.folds import Fold, folded, head_before, lay_down, new_folds
from shared.console.index.rows import Data, Rows, subjects
from shared.engine.codec import Decision, Entry, Received, decode_decisions
from shared.engine.ingress import INGRESS
from shared.engine.journal import SEALER, Commit
from shared.engine.outbox import name_of
from shared.events.psdf import ProofSealed
from shared.explain.sentences import has_words
from shared.journal.fold import follow
from shared.journal.home import Home, reading
from shared.journal.parked import release_id
from shared.journal.set_aside import set_aside
from shared.kernel.clock import Parked
from shared.kernel.fund import Fund

AT_ONCE = 500
"""Commits of one transaction."""
AT_HAND = 300
"""Events that are held with their rows before they are written: on a day a commit has thousands."""
WRITE = (
    "INSERT INTO event (seq, type, day, at, depth, service, stream, place, decision, moment, id, cause, body) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
IDS = "CREATE INDEX IF NOT EXISTS event_id ON event (id)"
CAUSES = "CREATE INDEX IF NOT EXISTS event_cause ON event (cause)"
ORDER = {INGRESS.name: 0, **{service.name: number for number, service in enumerate(SERVICES, 1)}}
COLUMNS = "rowid, service, stream, version, prev_hash, hash, plain(body)"
READ = f"SELECT {COLUMNS} FROM commits WHERE rowid > ? AND rowid <= ? ORDER BY rowid"


class _Came(msgspec.Struct):
    """What came from outside, as far as it is asked for."""

    type: str
    id: str
    data: msgspec.Raw


_came = msgspec.json.Decoder(_Came)


class Follower:
    """Keeps an index fresh. One at a time for an index; whoever asks has connections of their own."""

    anew = False
    """Whether it is made anew, and nobody reads it before it is whole."""
    depths: type[Depths] = Depths
    """What knows how deep events lie."""
    upto: int | None = None
    """The last commit that is read; None where it is the journal's last."""

    def __init__(
        self, home: Home, fund: Fund, path: Path, connect: Callable[[Path, Fund], sqlite3.Connection] = connect
    ) -> None:
        """Take the home that is read, and the file of the index; one of another version or fund is made anew."""
        self._home, self._fund, self._path = home, fund, path
        self._db = connect(path, fund)
        self._rows = Rows(self._db, anew=self.anew)
        self._folds = new_folds()
        self._heads: dict[tuple[str, str], tuple[int, bytes]] = {}
        self._at: dict[tuple[int, str], int] = {}
        self._told: dict[tuple[int, str], tuple[int, str]] = {}
        """When each service last told something, of each day that was read."""
        self._late: set[tuple[int, str]] = set()
        """Streams of which ``_at`` is to be written."""
        self._seq = self._last_seq()
        self._events: list[tuple[Any, ...]] = []
        self._about: list[tuple[str, str, int]] = []
        self._depths = self.depths(self._db, self._write_events)
        self._tally: Counter[str] = Counter()
        self.read = int(meta(self._db).get("read", "0"))
        self._begun = self._moved = False
        """Whether the states are held, and whether they moved since they were laid down."""

    def catch_up(self) -> int:
        """Read what is new in the journal; how many commits that was. Raises HomeError, and Stale."""
        with reading(self._home) as journal:
            (last,) = journal.execute("SELECT coalesce(max(rowid), 0) FROM commits").fetchone()
            if last < self.read:
                raise Stale(f"{self._path} knows more than {self._home.journal}, which is an older one")
            if not self._begun and (last > self.read or not self.read):
                self._begin(journal)
            taken = 0
            rows = journal.execute(READ, [self.read, self.upto or last])
            while some := rows.fetchmany(AT_ONCE):
                self._take(journal, some)
                taken += len(some)
            if taken:
                self._settle()
            if is_copy(journal):
                self._laid_aside(journal)
            return taken

    def _laid_aside(self, journal: sqlite3.Connection) -> None:
        """What lies on the topics of what can't be read, and in no journal: in a copy alone."""
        found = list(set_aside(journal, int(meta(self._db).get("aside", "0"))))
        if not found:
            return
        self._db.execute("BEGIN IMMEDIATE")
        for number, each in found:
            data = {"topic": each.topic, "received": each.received, "error": each.error, "raw_base64": each.raw_base64}
            self._rows.parked(each.id, each.service, each.received[:10], data)
            self._db.execute("INSERT OR REPLACE INTO meta VALUES ('aside', ?)", [str(number)])
            again = self._db.execute("SELECT min(day) FROM event WHERE cause = ?", [release_id(each.id)]).fetchone()[0]
            self._db.execute("UPDATE parked SET released = ? WHERE id = ? AND ? IS NOT NULL", [again, each.id, again])
        self._db.execute("COMMIT")

    def rest(self) -> None:
        """Lay the folded states down, and hold nothing of them until something comes."""
        if self._begun and self._moved:
            lay_down(self._db, self._folds, self.read)
        self._forget()

    def close(self) -> None:
        """Lay the states down, and let go of the index."""
        try:
            self.rest()
        finally:
            self._db.close()

    def abandon(self) -> None:
        """Let go of the index as it is."""
        self._forget()
        self._db.close()

    def _begin(self, journal: sqlite3.Connection) -> None:
        """Take the states up as they were at the last commit that was read. Raises Stale for another journal."""
        if said := meta(self._db).get("head"):
            service, stream, version = said.split(" ")
            query = "SELECT hash FROM commits WHERE service = ? AND stream = ? AND version = ?"
            known = journal.execute(query, [service, stream, version]).fetchone()
            if known is None or known[0].hex() != meta(self._db)["hash"]:
                raise Stale(f"{self._path} is of another journal than {self._home.journal}")
        self._folds = folded(self._db, journal, self.read, sparing=not self.anew)
        self._depths.in_order = not is_copy(journal)
        if not (self.anew and self._depths.in_order):
            self._db.execute(IDS)
        if not self._depths.in_order:
            self._db.execute(CAUSES)
        self._begun = True

    def _settle(self) -> None:
        """What is due once the journal is read to its end."""
        self._db.executescript(text("indexes.sql"))

    def _follow(self, journal: sqlite3.Connection, service: str, commit: Commit) -> None:
        key = service, commit.stream
        before = self._heads.get(key) or head_before(journal, service, commit.stream, commit.version)
        self._heads[key] = follow(commit, *before)

    def _take(self, journal: sqlite3.Connection, commits: list[Any]) -> None:
        try:
            self._take_whole(journal, commits)
        except sqlite3.Error as error:
            raise Stale(f"{self._path}: {error}") from error

    def _take_whole(self, journal: sqlite3.Connection, commits: list[Any]) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._read_commits(journal, commits)
            self._rows.write()
            self._mark(commits[-1])
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            self._forget()
            self._seq = self._last_seq()
            self.read = int(meta(self._db).get("read", "0"))
            raise
        self._moved = True

    def _forget(self) -> None:
        """Hold nothing of what was read, but how far."""
        for fold in self._folds.values():
            fold.close()
        self._rows.forget()
        self._tally.clear()
        self._events, self._about = [], []
        self._depths.forget()
        self._begun, self._moved, self._folds = False, False, new_folds()
        self._heads, self._at, self._told, self._late = {}, {}, {}, set()

    def _read_commits(self, journal: sqlite3.Connection, commits: list[Any]) -> None:
        """Fold commits, and write their events and whom they are about."""
        for row, service, stream, version, prev_hash, hash_, body in commits:
            commit = Commit(stream=stream, version=version, body=body, prev_hash=prev_hash, hash=hash_)
            self._follow(journal, service, commit)
            if service in ORDER:
                for decision in decode_decisions(body):
                    self._decided(service, stream, decision)
            elif service == SEALER:  # no service decides it: it is no event of anybody's story
                self._sealed(body)
            self.read = row
        self._write_told()

    def _write_told(self) -> None:
        """Write the events that are held, and whom they are about."""
        self._write_events()
        self._about.sort()  # near to one another in the table
        self._db.executemany("INSERT OR IGNORE INTO about VALUES (?, ?, ?)", self._about)
        self._about = []

    def _mark(self, last: tuple[Any, ...]) -> None:
        """Write how far the journal is read, and what stands at that point."""
        for fold in self._folds.values():
            fold.keep(self._db, self._fund)
            fold.put_away()
        self._db.executemany(
            "INSERT INTO tally VALUES (?, ?) "
            "ON CONFLICT (point) DO UPDATE SET decisions = decisions + excluded.decisions",
            self._tally.items(),
        )
        self._tally.clear()
        self._db.executemany(
            "INSERT INTO told VALUES (?, ?, ?, ?) ON CONFLICT (service, day) DO UPDATE "
            "SET at = excluded.at, moment = excluded.moment WHERE (excluded.at, excluded.moment) > (at, moment)",
            [(*key, *when) for key, when in self._told.items()],
        )
        self._told.clear()
        late = [(*key, self._at[key]) for key in self._late]
        self._db.executemany("INSERT OR REPLACE INTO stream VALUES (?, ?, ?)", late)
        self._late.clear()
        _, service, stream, version, _, hash_, _ = last
        said = {"read": str(self.read), "head": f"{service} {stream} {version}", "hash": hash_.hex()}
        self._db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", said.items())

    def _decided(self, service: str, stream: str, decision: Decision) -> None:
        fold, day = self._folds.get((service, stream)), decision.day.isoformat()
        if fold and fold.day and day > fold.day:
            fold.keep(self._db, self._fund)
        if not self._depths.in_order:
            self._rows.came_under(decision.id, day)
        at = self._at_of(service, stream, decision.moment) if decision.events else 0
        for offset, entry in enumerate(decision.events):
            self._happened(service, stream, decision, at, offset, entry, day)
            if fold:
                event = fold.happened(entry)
                self._stands(fold, event, day)
            if len(self._events) >= AT_HAND and not self.anew:
                self._write_told()
                self._rows.write()
        if fold and decision.events:
            fold.day, fold.changed = day, True
            fold.head = self._heads[service, stream]

    def _sealed(self, body: bytes) -> None:
        """A seal of the journals, as it says of itself."""
        for decision in decode_decisions(body):
            for entry in decision.events:
                if entry.type == ProofSealed.type:
                    self._rows.sealed(msgspec.json.decode(entry.data))

    def _stands(self, fold: "Fold", event: Any, day: str) -> None:  # noqa: ANN401 - any event of the stream
        """How an invoice or a contract then stands, as its owner's state has it."""
        if isinstance(event, PayerJoined):
            self._rows.joined(event.payer, event.into, day)
        elif isinstance(fold.state, Payments):
            if invoice_id := getattr(event, "invoice_id", None):
                self._rows.stands(invoice_id, day, event.type, fold.state.invoices.get(invoice_id))
        elif fold.service == "contracts" and (contract_id := getattr(event, "contract_id", None)):
            contract = fold.state.contracts.get(contract_id)
            if contract and event.type != "contract.refused":
                self._rows.contracted(contract_id, day, contract)

    def _happened(
        self, service: str, stream: str, decision: Decision, at: int, offset: int, entry: Entry, day: str
    ) -> None:
        """Write an event that people are told of, and what follows from it for the rows."""
        type_ = entry.type
        if type_ == Received.type:
            came = _came.decode(entry.data)
            if b'"causationid"' in bytes(entry.data):
                self._rows.came_again(bytes(entry.data), day)
            if not self._is_of_use(came.type, came=True):
                return
            type_, event_id, data = came.type, came.id, msgspec.json.decode(came.data)
        elif self._is_of_use(type_):
            event_id, data = self._name_of(service, stream, decision.position + offset), msgspec.json.decode(entry.data)
        else:
            return
        if type_ == Parked.type:
            self._rows.parked(name_of(service, stream, decision.position + offset), service, day, data)
        self._tell(service, stream, decision, at, offset, entry, type_, event_id, data)
        self._change(type_, day, data)

    def _name_of(self, service: str, stream: str, place: int) -> str:
        return name_of(service, stream, place)

    def _is_of_use(self, type_: str, *, came: bool = False) -> bool:
        """Whether something of an event is written: of all that ``came`` from outside it is."""
        return came or has_words(type_) or type_ == Parked.type

    def _change(self, type_: str, day: str, data: Data) -> None:
        """What follows from an event for the rows."""
        self._rows.told(type_, day, data)

    def _tell(
        self, service: str, stream: str, decision: Decision, at: int, offset: int, entry: Entry,
        type_: str, event_id: str, data: Data,
    ) -> None:  # fmt: skip
        """Write an event, and whom it is about."""
        if type_ == Parked.type:
            body = msgspec.json.encode({name: said for name, said in data.items() if name != "raw_base64"})
        else:
            body = msgspec.json.encode(data) if entry.type == Received.type else bytes(entry.data)
        seq = self._write(service, stream, decision, at, decision.position + offset, type_, event_id, body)
        for kind, key in subjects(type_, data):
            self._about.append((kind, key, seq))
            if kind == "point":
                self._tally[key] += 1

    def _at_of(self, service: str, stream: str, moment: str) -> int:
        """A decision's moment in microseconds, never before that of the stream's decision before it."""
        key = ORDER[service], stream
        if (before := self._at.get(key)) is None:
            query = "SELECT at FROM stream WHERE service = ? AND stream = ?"
            (before,) = self._db.execute(query, key).fetchone() or (0,)
        at = self._at[key] = max(microseconds(moment), before)
        self._late.add(key)
        return at

    def _write(
        self, service: str, stream: str, decision: Decision, at: int, place: int, type_: str, event_id: str, body: bytes
    ) -> int:
        depth = 0 if service == INGRESS.name else self._depths.of(decision.id) + 1
        self._seq += 1
        kind = ORDER[service], decision.day.isoformat()
        self._told[kind] = max(self._told.get(kind, (0, "")), (at, decision.moment))
        self._events.append(
            (
                self._seq,
                type_,
                decision.day.isoformat(),
                at,
                depth,
                ORDER[service],
                stream,
                place,
                decision.position,
                decision.moment,
                event_id,
                decision.id,
                body,
            )
        )
        self._depths.keep(event_id, depth)
        return self._seq

    def _last_seq(self) -> int:
        (last,) = self._db.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()
        return int(last)

    def _write_events(self) -> None:
        self._db.executemany(WRITE, self._events)
        self._events = []


def microseconds(moment: str) -> int:
    """A moment as a number that orders moments of whatever offset."""
    return int(datetime.fromisoformat(moment).timestamp() * 1_000_000)


def is_copy(journal: sqlite3.Connection) -> bool:
    """Whether a journal is a cluster's, whose door is Kafka: its services were copied one by one."""
    return journal.execute("SELECT 1 FROM commits WHERE service = ? LIMIT 1", [INGRESS.name]).fetchone() is None
