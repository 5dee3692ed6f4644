"""The index follows the journal: commits by their row in the file, each checked against the chain, folded and written.

Rows, and how far the journal is read, are one transaction: a kill at any moment loses nothing. The folded states are
not kept; at a start they are folded anew from the journal, without writing a row (a second of a year of the demo).
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from services.all import SERVICES
from services.payments.state import State as Payments
from shared.console.index.rows import Rows, subjects
from shared.console.index.standing import VIEWS, standing_of
from shared.engine.codec import Codec, Decision, Entry, Received, decode_decisions
from shared.engine.ingress import INGRESS
from shared.engine.journal import SEALER, Commit, genesis
from shared.engine.outbox import name_of
from shared.events.psdf import ProofSealed
from shared.explain.sentences import has_words
from shared.journal.fold import follow
from shared.journal.home import Home, reading
from shared.journal.parked import release_id
from shared.journal.set_aside import set_aside
from shared.kernel.clock import Parked
from shared.kernel.fund import Fund

VERSION = "6"
"""Of what the rows mean; another one makes the index anew."""
AT_ONCE = 2_000
"""Commits of one transaction."""
MOST_DEPTHS = 50_000
WRITE = (
    "INSERT INTO event (seq, type, day, at, depth, service, stream, place, decision, moment, id, cause, body) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
CAUSES = "CREATE INDEX IF NOT EXISTS event_cause ON event (cause)"
ORDER = {INGRESS.name: 0, **{service.name: number for number, service in enumerate(SERVICES, 1)}}
COLUMNS = "rowid, service, stream, version, prev_hash, hash, plain(body)"
READ = f"SELECT {COLUMNS} FROM commits WHERE rowid > ? ORDER BY rowid"
READ_BEFORE = f"SELECT {COLUMNS} FROM commits WHERE rowid <= ? ORDER BY rowid"


class Stale(Exception):  # noqa: N818 - what it is
    """The index is of no use, and is to be made anew: it can't be read or written, or its journal was exchanged."""


class Follower:
    """Keeps an index fresh. One at a time for an index; whoever asks has connections of their own."""

    def __init__(self, home: Home, fund: Fund, path: Path) -> None:
        """Take the home that is read, and the file of the index; one of another version or fund is made anew."""
        self._home, self._fund, self._path = home, fund, path
        self._db = connect(path, fund)
        self._rows = Rows(self._db)
        self._folds = {key: Fold(*key) for key in VIEWS}
        self._heads: dict[tuple[str, str], tuple[int, bytes]] = {}
        self._at: dict[str, int] = {}
        self._seq = self._last_seq()
        self._events: list[tuple[Any, ...]] = []
        self._about: list[tuple[str, str, int]] = []
        self._depths: dict[str, int] = {}
        """How deep events lie that were read lately, by their id: most are caused by one of these."""
        self._tally: Counter[str] = Counter()
        self.read = int(meta(self._db).get("read", "0"))
        self._begun = False
        self._in_order = False
        """Whether each cause stands before what it caused: not in a copy, whose services were copied one by one."""

    def catch_up(self) -> int:
        """Read what is new in the journal; how many commits that was. Raises HomeError, and Stale."""
        with reading(self._home) as journal:
            if not self._begun:
                self._begin(journal)
                door = journal.execute("SELECT 1 FROM commits WHERE service = ? LIMIT 1", [INGRESS.name]).fetchone()
                self._in_order = door is not None
                if not self._in_order:
                    self._db.execute(CAUSES)
            (last,) = journal.execute("SELECT coalesce(max(rowid), 0) FROM commits").fetchone()
            if last < self.read:
                raise Stale(f"{self._path} knows more than {self._home.journal}, which is an older one")
            taken = 0
            rows = journal.execute(READ, [self.read])
            while some := rows.fetchmany(AT_ONCE):
                self._take(some)
                taken += len(some)
            if taken:
                self._db.executescript(text("indexes.sql"))
            if not self._in_order:
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

    def close(self) -> None:
        """Let go of the index."""
        self._db.close()

    def _begin(self, journal: sqlite3.Connection) -> None:
        """Fold what was read before, so that what comes next is folded onto it."""
        for _, service, stream, version, prev_hash, hash_, body in journal.execute(READ_BEFORE, [self.read]):
            self._follow(service, Commit(stream=stream, version=version, body=body, prev_hash=prev_hash, hash=hash_))
            if fold := self._folds.get((service, stream)):
                fold.forward(decode_decisions(body))
                fold.head = self._heads[service, stream]
        for stream, at in self._db.execute("SELECT service || '/' || stream, max(at) FROM event GROUP BY 1"):
            self._at[stream] = at
        self._begun = True

    def _follow(self, service: str, commit: Commit) -> None:
        key = service, commit.stream
        self._heads[key] = follow(commit, *self._heads.get(key, (0, genesis(service, commit.stream))))

    def _take(self, commits: list[Any]) -> None:
        try:
            self._take_whole(commits)
        except sqlite3.Error as error:
            raise Stale(f"{self._path}: {error}") from error

    def _take_whole(self, commits: list[Any]) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for row, service, stream, version, prev_hash, hash_, body in commits:
                commit = Commit(stream=stream, version=version, body=body, prev_hash=prev_hash, hash=hash_)
                self._follow(service, commit)
                if service in ORDER:
                    for decision in decode_decisions(body):
                        self._decided(service, stream, decision)
                elif service == SEALER:  # no service decides it: it is no event of anybody's story
                    self._sealed(body)
                self.read = row
            for fold in self._folds.values():
                self._keep(fold)
            self._rows.write()
            self._write_events()
            self._db.executemany("INSERT OR IGNORE INTO about VALUES (?, ?, ?)", self._about)
            self._about = []
            self._db.executemany(
                "INSERT INTO tally VALUES (?, ?) "
                "ON CONFLICT (point) DO UPDATE SET decisions = decisions + excluded.decisions",
                self._tally.items(),
            )
            self._tally.clear()
            service, stream, version, hash_ = commits[-1][1], commits[-1][2], commits[-1][3], commits[-1][5]
            said = {"read": str(self.read), "head": f"{service} {stream} {version}", "hash": hash_.hex()}
            self._db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", said.items())
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            self._tally.clear()
            self._rows.forget()
            self._events, self._about, self._depths = [], [], {}
            self._seq = self._last_seq()
            self._begun, self._folds, self._heads = False, {key: Fold(*key) for key in VIEWS}, {}
            self.read = int(meta(self._db).get("read", "0"))
            raise

    def _decided(self, service: str, stream: str, decision: Decision) -> None:
        fold, day = self._folds.get((service, stream)), decision.day.isoformat()
        if fold and fold.day and day > fold.day:
            self._keep(fold)
        if not self._in_order:
            self._rows.came_under(decision.id, day)
        for offset, entry in enumerate(decision.events):
            self._happened(service, stream, decision, offset, entry, day)
            if fold:
                event = fold.happened(entry)
                self._stands(fold, event, day)
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
        if isinstance(fold.state, Payments):
            if invoice_id := getattr(event, "invoice_id", None):
                self._rows.stands(invoice_id, day, fold.state.invoices.get(invoice_id))
        elif fold.service == "contracts" and (contract_id := getattr(event, "contract_id", None)):
            contract = fold.state.contracts.get(contract_id)
            if contract and event.type != "contract.refused":
                self._rows.contracted(contract_id, day, contract)

    def _keep(self, fold: "Fold") -> None:
        """Keep the standing of the day that the stream stands on."""
        if not (fold.changed and fold.day and fold.state.today):
            return
        version, hash_ = fold.head
        body = standing_of(fold.service, fold.stream, fold.state, self._fund)
        self._db.execute(
            "INSERT OR REPLACE INTO standing VALUES (?, ?, ?, ?, ?)",
            [fold.stream, fold.day, version, hash_.hex(), body],
        )
        fold.changed = False

    def _happened(self, service: str, stream: str, decision: Decision, offset: int, entry: Entry, day: str) -> None:
        """Write an event that people are told of, and what follows from it for the rows."""
        type_ = entry.type
        if type_ == Received.type:
            told = msgspec.json.decode(entry.data)
            if b'"causationid"' in bytes(entry.data):
                self._rows.came_again(bytes(entry.data), day)
            type_, event_id, body = told["type"], told["id"], msgspec.json.encode(told["data"])
            data = told["data"]
        elif has_words(type_) or type_ == Parked.type:
            event_id = name_of(service, stream, decision.position + offset)
            body = bytes(entry.data)
            data = msgspec.json.decode(body)
        else:
            return
        if type_ == Parked.type:
            self._rows.parked(event_id, service, day, data)
            body = msgspec.json.encode({name: said for name, said in data.items() if name != "raw_base64"})
        seq = self._write(service, stream, decision, decision.position + offset, type_, event_id, body)
        for kind, key in subjects(type_, data):
            self._about.append((kind, key, seq))
            if kind == "point":
                self._tally[key] += 1
        self._rows.told(type_, day, data)

    def _write(
        self, service: str, stream: str, decision: Decision, place: int, type_: str, event_id: str, body: bytes
    ) -> int:
        name = f"{service if service == INGRESS.name else ORDER[service]}/{stream}"
        at = max(microseconds(decision.moment), self._at.get(name, 0))
        self._at[name] = at
        depth = 0 if service == INGRESS.name else self._depth_of(decision.id) + 1
        self._seq += 1
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
        if not self._in_order:
            self._write_events()
            self._deepen(event_id, depth)
        elif len(self._depths) > MOST_DEPTHS:
            self._depths.clear()
        else:
            self._depths[event_id] = max(depth, self._depths.get(event_id, 0))
        return self._seq

    def _last_seq(self) -> int:
        (last,) = self._db.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()
        return int(last)

    def _depth_of(self, cause: str) -> int:
        """How deep an event lies; 0 where it is not known."""
        if (depth := self._depths.get(cause)) is not None:
            return depth
        self._write_events()
        found = self._db.execute("SELECT max(depth) FROM event WHERE id = ?", [cause]).fetchone()[0]
        return int(found or 0)

    def _write_events(self) -> None:
        self._db.executemany(WRITE, self._events)
        self._events = []

    def _deepen(self, event_id: str, depth: int) -> None:
        """What was read before its own cause lies deeper than it was thought to."""
        for seq, effect in self._db.execute(
            "SELECT seq, id FROM event WHERE cause = ? AND id != ? AND depth <= ?", [event_id, event_id, depth]
        ).fetchall():
            self._db.execute("UPDATE event SET depth = ? WHERE seq = ?", [depth + 1, seq])
            self._deepen(effect, depth + 1)


class Fold:
    """A stream's state, folded by its service's own function as its commits come."""

    def __init__(self, service: str, stream: str) -> None:
        """Begin before the first decision."""
        self.service, self.stream = service, stream
        domain = next(each for each in SERVICES if each.name == service).domain(stream)
        self._codec, self._evolve = Codec(domain.events), domain.evolve
        self.state: Any = domain.state()
        self.day = ""
        self.head = (0, b"")
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


def microseconds(moment: str) -> int:
    """A moment as a number that orders moments of whatever offset."""
    return int(datetime.fromisoformat(moment).timestamp() * 1_000_000)


def text(name: str) -> str:
    """A file of statements beside this one."""
    return (files("shared.console.index") / name).read_text(encoding="utf-8")


def connect(path: Path, fund: Fund) -> sqlite3.Connection:
    """Open an index to write; one of other tables, of another version or another fund is begun anew."""
    tables = text("tables.sql")
    made_of = sha256(f"{VERSION}\n{fund.fund_id}\n{tables}{text('indexes.sql')}".encode()).hexdigest()
    connection = _opened(path)
    begun = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone()
    if begun and meta(connection).get("made_of") != made_of:
        connection.close()
        remove(path)
        connection, begun = _opened(path), None
    if not begun:
        connection.executescript(f"BEGIN; {tables}; COMMIT;")
        _names(connection, fund)
        connection.execute("INSERT INTO meta VALUES ('made_of', ?)", [made_of])
    return connection


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA cache_size=-32768")
    return connection


def _names(connection: sqlite3.Connection, fund: Fund) -> None:
    for payer in fund.payers:
        text = f"{payer.name_lt} {payer.name_en} {payer.code}"
        connection.execute("INSERT INTO name VALUES ('payer', ?, ?)", [payer.code, text])


def remove(path: Path) -> None:
    """Throw an index away."""
    for each in _files(path):
        each.unlink(missing_ok=True)


def _files(path: Path) -> Iterator[Path]:
    return (path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm"))


def meta(connection: sqlite3.Connection) -> Mapping[str, str]:
    """What the index says of itself."""
    return dict(connection.execute("SELECT key, value FROM meta").fetchall())
