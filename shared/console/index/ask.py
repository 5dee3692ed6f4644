"""What pages ask of the index: one connection that reads, for one question at a time, at the end of a day or now."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec

from services.all import SERVICES
from shared.console.index.days import FOREVER
from shared.console.index.file import meta
from shared.console.index.standing import Money, read_standing
from shared.engine.ingress import INGRESS
from shared.journal.events import RecordedEvent
from shared.kernel.value import value

ORDER = "at, depth, service, stream, place"
LATEST = "at DESC, depth DESC, service DESC, stream DESC, place DESC"
NAMES = (INGRESS.name, *(service.name for service in SERVICES))
Row = Mapping[str, Any]


@value
class Head:
    """Where the journal stood: the last decision that the page knows of, and the hash of its chain."""

    place: str
    hash: str


class Index:
    """The index as it stood at the end of a day (``on``), or now."""

    def __init__(self, connection: sqlite3.Connection, on: date | None) -> None:
        """Take a connection of ``asking``."""
        self._db, self.on = connection, on
        self._meta = meta(connection)

    @property
    def day(self) -> str:
        """The day whose end is asked about, as it is written in the index; the last of all where it is now."""
        return self.on.isoformat() if self.on else "9999-12-30"

    @property
    def read(self) -> int:
        """How far the journal was read: a number that grows with it."""
        return int(self._meta.get("read", "0"))

    def days(self) -> tuple[date, date] | None:
        """The first and the last day that started in payments; None before any."""
        first, last = self._db.execute(
            "SELECT (SELECT min(day) FROM standing WHERE what = 'fund'), "
            "(SELECT max(day) FROM standing WHERE what = 'fund')"
        ).fetchone()
        return (date.fromisoformat(first), date.fromisoformat(last)) if first else None

    def head(self) -> Head | None:
        """Where the journal stood: of a past day the payments' own chain at its end."""
        if self.on is None:
            place, hash_ = self._meta.get("head"), self._meta.get("hash")
            return Head(place=place, hash=hash_) if place and hash_ else None
        found = self._standing("fund")
        return Head(place=f"payments fund {found[0]}", hash=found[1]) if found else None

    # --- the owners' own sums

    def _standing(self, what: str, until: date | None = None) -> tuple[int, str, bytes] | None:
        day = min(self.day, until.isoformat()) if until else self.day
        query = "SELECT version, hash, body FROM standing WHERE what = ? AND day <= ? ORDER BY day DESC LIMIT 1"
        found: tuple[int, str, bytes] | None = self._db.execute(query, [what, day]).fetchone()
        return found

    def money(self, until: date | None = None) -> Money | None:
        """The payments' standing, or that of the last day to an earlier one; None before the first day."""
        found = self._standing("fund", until)
        return read_standing("fund", found[2]) if found else None

    def said_by(self, stream: str) -> tuple[Any, ...]:
        """What another owner says: contracts, reserve, sodra, close or claims."""
        found = self._standing(stream)
        return tuple(read_standing(stream, found[2])) if found else ()

    def history(self, since: date) -> Iterator[tuple[str, Money]]:
        """The payments' standing of each day from one on, to the day that is asked about."""
        query = "SELECT day, body FROM standing WHERE what = 'fund' AND day BETWEEN ? AND ? ORDER BY day"
        for day, body in self._db.execute(query, [since.isoformat(), self.day]):
            yield day, read_standing("fund", body)

    # --- events

    def events(self, where: str, values: Sequence[Any] = (), *, latest: int | None = None) -> list[RecordedEvent]:
        """Events in order; with ``latest`` so many of the last ones, the last first."""
        found = f"FROM event WHERE ({where}) AND day <= ?"
        query = f"SELECT * {found} ORDER BY {ORDER}"
        if latest:  # only those are read whole
            last = f"SELECT seq {found} ORDER BY {LATEST} LIMIT {latest}"
            query = f"SELECT * FROM event WHERE seq IN ({last}) ORDER BY {LATEST}"
        return [_event(row) for row in self.rows(query, [*values, self.day])]

    def first(self, where: str, values: Sequence[Any], *, ever: bool = False) -> RecordedEvent | None:
        """The first event of all that a condition finds; ``ever``: also of days after the one that is asked about."""
        query = f"SELECT * FROM event WHERE ({where}) AND day <= ? ORDER BY {ORDER} LIMIT 1"
        found = self.one(query, [*values, date.max.isoformat() if ever else self.day])
        return _event(found) if found else None

    def about(self, kind: str, key: str, *, latest: int | None = None) -> list[RecordedEvent]:
        """Every event about something, in order."""
        return self.events("seq IN (SELECT seq FROM about WHERE kind = ? AND key = ?)", [kind, key], latest=latest)

    def of_type(self, *types: str, latest: int | None = None) -> list[RecordedEvent]:
        """Every event of some types, in order."""
        return self.events(f"type IN ({', '.join('?' * len(types))})", types, latest=latest)

    # --- rows

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[Row]:
        """The rows of a query."""
        return self._db.execute(query, list(values)).fetchall()

    def one(self, query: str, values: Sequence[Any] = ()) -> Row | None:
        """The first row of a query."""
        found: Row | None = self._db.execute(query, list(values)).fetchone()
        return found

    @property
    def in_force(self) -> str:
        """What finds the rows that stood at the end of the day; its values are ``spans``."""
        return "day <= ? AND until > ?" if self.on else f"until = '{FOREVER}'"

    @property
    def spans(self) -> list[str]:
        """The values of ``in_force``."""
        return [self.day, self.day] if self.on else []

    def invoice(self, invoice_id: str) -> Row | None:
        """How an invoice stood."""
        return self.one(f"SELECT * FROM invoice WHERE id = ? AND {self.in_force}", [invoice_id, *self.spans])

    def contract(self, contract_id: str) -> Row | None:
        """How a contract stood."""
        return self.one(f"SELECT * FROM contract WHERE id = ? AND {self.in_force}", [contract_id, *self.spans])

    def providers(self) -> dict[str, str]:
        """The names of all providers."""
        return {row["code"]: row["name"] for row in self.rows("SELECT code, name FROM provider")}

    def provider(self, code: str) -> str:
        """A provider's name; its code where none is known."""
        found = self.one("SELECT name FROM provider WHERE code = ?", [code])
        return str(found["name"]) if found else code


def _event(row: Row) -> RecordedEvent:
    service = NAMES[row["service"]]
    return RecordedEvent(
        service=service,
        stream=row["stream"],
        decision=(f"{service}/{row['stream']}", row["decision"]),
        number=row["place"],
        event_id=row["id"],
        moment=datetime.fromisoformat(row["moment"]),
        day=date.fromisoformat(row["day"]),
        cause=row["cause"],
        type=row["type"],
        data=msgspec.json.decode(row["body"]),
    )


@contextmanager
def asking(path: Path, on: date | None = None) -> Iterator[Index]:
    """Ask the index of one moment. Raises sqlite3.Error."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)) as connection:
        connection.row_factory = sqlite3.Row
        connection.execute("BEGIN")
        yield Index(connection, on)
