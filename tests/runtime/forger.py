"""Whoever has the pen: changes stored journals, and makes every chain of them hold again."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from shared.adapters.sqlite.bodies import teach
from shared.engine.codec import Decision, Entry, decode_decisions, encode_decisions
from shared.engine.journal import Snapshot, chain, genesis, opened, sealed
from shared.engine.stream import SnapshotBody
from shared.messages.read import parse

Json = dict[str, Any]


class Forger:
    """Changes a stopped fund's journals, and makes every chain hold again."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        teach(db)

    def decisions(self, service: str, stream: str = "%") -> Iterator[tuple[int, list[Decision]]]:
        """Every commit of a service: its row, and what it decided."""
        found = self.db.execute(
            "SELECT rowid, plain(body) FROM commits WHERE service = ? AND stream LIKE ? ORDER BY stream, version",
            (service, stream),
        ).fetchall()
        return ((row, list(decode_decisions(body))) for row, body in found)

    def entries(self, service: str, type_: str) -> list[Entry]:
        """Every event of a type."""
        return [e for _, decisions in self.decisions(service) for d in decisions for e in d.events if e.type == type_]

    def rewrite(self, service: str, type_: str, change: Callable[[Json], None]) -> int:
        """Change the data of every event of a type, and the chain after it; how many there were."""
        changed = 0
        for row, decisions in self.decisions(service):
            if any(entry.type == type_ for decision in decisions for entry in decision.events):
                forged = [_with(decision, type_, change) for decision in decisions]
                self.db.execute("UPDATE commits SET body = ? WHERE rowid = ?", (encode_decisions(forged), row))
                changed += 1
        self.chain(service)
        return changed

    def replace(self, service: str, old: bytes, new: bytes) -> int:
        """Replace bytes in every body of a service; how many bodies had them."""
        found = [
            (row, body)
            for row, body in self.db.execute("SELECT rowid, plain(body) FROM commits WHERE service = ?", (service,))
            if old in body
        ]
        for row, body in found:
            self.db.execute("UPDATE commits SET body = ? WHERE rowid = ?", (body.replace(old, new), row))
        self.chain(service)
        return len(found)

    def remove(self, service: str, wanted: Callable[[Decision], bool]) -> int:
        """Take decisions out of a journal as if they had never been; how many there were."""
        removed = 0
        for row, decisions in self.decisions(service):
            kept = [decision for decision in decisions if not wanted(decision)]
            removed += len(decisions) - len(kept)
            if kept:
                self.db.execute("UPDATE commits SET body = ? WHERE rowid = ?", (encode_decisions(kept), row))
            else:
                self.db.execute("DELETE FROM commits WHERE rowid = ?", (row,))
        self.chain(service)
        return removed

    def add(self, service: str, stream: str, *, id: str, source: str, content: str, events: tuple[Entry, ...]) -> None:  # noqa: A002
        """Put a decision into a journal, as a commit of its own at its end, on its last day."""
        *_, (_, (*_, last)) = self.decisions(service, stream)
        (version,) = self.db.execute(
            "SELECT max(version) FROM commits WHERE service = ? AND stream = ?", (service, stream)
        ).fetchone()
        added = msgspec.structs.replace(last, id=id, source=source, content=content, events=events)
        row = (service, stream, version + 1, b"", b"", encode_decisions([added]))
        self.db.execute("INSERT INTO commits VALUES (?, ?, ?, ?, ?, ?)", row)
        self.chain(service)

    def chain(self, service: str) -> None:
        """Number and chain everything anew, and drop the snapshots: what remains looks as if it had been so."""
        last: dict[str, tuple[int, int, bytes]] = {}
        rows = self.db.execute(
            "SELECT rowid, stream, plain(body) FROM commits WHERE service = ? ORDER BY stream, version", (service,)
        ).fetchall()
        for row, stream, body in rows:
            version, position, hash_ = last.get(stream, (0, 0, genesis(service, stream)))
            decisions = []
            for decision in decode_decisions(body):
                decisions.append(msgspec.structs.replace(decision, position=position))
                position += len(decision.events)
            commit = chain(stream, version + 1, encode_decisions(decisions), hash_)
            values = (commit.version, commit.prev_hash, commit.hash, commit.body, row)
            self.db.execute("UPDATE commits SET version = ?, prev_hash = ?, hash = ?, body = ? WHERE rowid = ?", values)
            last[stream] = commit.version, position, commit.hash
        self.db.execute("DELETE FROM snapshots WHERE service = ?", (service,))
        for stream, (version, _, _) in last.items():
            self.db.execute(
                "UPDATE published SET version = min(version, ?) WHERE service = ? AND stream = ?",
                (version, service, stream),
            )

    def digest_again(self, service: str) -> None:
        """Give every decision of a contract's proposal the digest of what the door says now."""
        said = {}
        for _, decisions in self.decisions("door"):
            for decision in decisions:
                for entry in decision.events:
                    if b'"contract.proposed"' in bytes(entry.data):
                        said[decision.source, decision.id] = parse(bytes(entry.data), outside=True).content.hex()
        for row, decisions in self.decisions(service):
            renewed = [
                msgspec.structs.replace(each, content=said.get((each.source, each.id), each.content))
                for each in decisions
            ]
            self.db.execute("UPDATE commits SET body = ? WHERE rowid = ?", (encode_decisions(renewed), row))
        self.chain(service)

    def seal(self, service: str, change: Callable[[SnapshotBody], object], version: int | None = None) -> None:
        """Change what a service's first snapshot says, and seal it again."""
        stream, known, hash_, body = self.db.execute(
            "SELECT stream, version, hash, body FROM snapshots WHERE service = ? AND stream NOT LIKE 'days:%'",
            (service,),
        ).fetchone()
        kept = Snapshot(stream=stream, version=known, hash=hash_, body=body)
        memory = msgspec.msgpack.decode(opened(service, kept), type=SnapshotBody)
        change(memory)
        said = Snapshot(
            stream=stream,
            version=known if version is None else version,
            hash=hash_,
            body=msgspec.msgpack.encode(memory),
        )
        values = (said.version, sealed(service, said).body, service, stream)
        self.db.execute("UPDATE snapshots SET version = ?, body = ? WHERE service = ? AND stream = ?", values)

    def run(self, statement: str, *values: object) -> None:
        """Run a statement that changes something."""
        assert self.db.execute(statement, values).rowcount > 0, statement


def _with(decision: Decision, type_: str, change: Callable[[Json], None]) -> Decision:
    return msgspec.structs.replace(
        decision, events=tuple(_changed(e, change) if e.type == type_ else e for e in decision.events)
    )


def _changed(entry: Entry, change: Callable[[Json], None]) -> Entry:
    data = json.loads(bytes(entry.data))
    change(data)
    return msgspec.structs.replace(entry, data=msgspec.Raw(msgspec.json.encode(data)))


def has(type_: str) -> Callable[[Decision], bool]:
    """Whether a decision has an event of a type."""
    return lambda decision: any(entry.type == type_ for entry in decision.events)


def set_(**fields: object) -> Callable[[Json], None]:
    """Change fields."""
    return lambda data: data.update(fields)
