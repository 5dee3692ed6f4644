"""A4, A13: what is read is what was written. A changed byte stops its stream; a changed snapshot is thrown away."""

import hashlib
import logging
import sqlite3
from dataclasses import replace

import msgspec
import pytest

from services.payments.service import PAYMENTS
from services.reserve.service import RESERVE
from shared.engine.codec import decode_decisions
from shared.engine.faults import Broken
from shared.engine.journal import GENESIS, chain, follows, genesis, is_intact, opened
from shared.engine.stream import SnapshotBody
from shared.telemetry.watcher import Counts, EngineTelemetry, Share
from tests.engine.stores import Writer, events
from tests.engine.story import at_once
from tests.given import budget, cash, credit, day, invoice, shares

STORY = [budget({"04": 1_000}), shares("04", VLK=1_000), cash(1_000, "VLK"), invoice("A", 60), credit("K", 5, "A")]

OLD_CHAIN = (
    (
        b'[{"source":"/clock","id":"2026-01-02","content":"00","moment":"2026-01-02T00:00:00+02:00","day":"2026-01-02",'
        b'"rules":"2022-11-01","position":0,"events":[{"type":"reserve.day_begun","data":{"on":"2026-01-02"}}]}]'
    ),
    (
        b'[{"source":"/clock","id":"2026-01-03","content":"00","moment":"2026-01-03T00:00:00+02:00","day":"2026-01-03",'
        b'"rules":"2022-11-01","position":1,"events":[{"type":"reserve.day_begun","data":{"on":"2026-01-03"}}]}]'
    ),
)
OLD_HASHES = (
    "cf689492f8a8d0e458420e870cb45047788bf0ce1fd5536ed58d9d3d5eaf835d",
    "13a8156858bb3bae5a22b62430781e9700b98452ef0bf2847bbe18443840815d",
)
"""The bodies of a stream that an older version began, and the hashes with which it stored them."""


def written(*, snapshot: bool = False) -> Writer:
    writer = Writer(PAYMENTS)
    for event in events(PAYMENTS, *STORY):
        writer.handle(event)
    if snapshot:
        at_once(writer.engine.save_snapshots())
    return writer


def change(connection: sqlite3.Connection, table: str, column: str, version: int, at: int) -> None:
    """Flip one bit of one stored byte."""
    row, old = connection.execute(f"SELECT rowid, {column} FROM {table} WHERE version = ?", (version,)).fetchone()
    changed = bytearray(old)
    changed[at] ^= 1
    connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (bytes(changed), row))


def flipped(connection: sqlite3.Connection, column: str, at: int) -> None:
    """Flip one bit of the one snapshot there is."""
    (old,) = connection.execute(f"SELECT {column} FROM snapshots").fetchone()
    changed = bytearray(old)
    changed[at] ^= 1
    connection.execute(f"UPDATE snapshots SET {column} = ?", (bytes(changed),))


@pytest.mark.parametrize("version", [1, 3, 5])
@pytest.mark.parametrize("column", ["body", "hash"])
def test_a13_one_changed_byte_of_a_commit_stops_its_stream_at_the_start(column: str, version: int) -> None:
    writer = written()
    query = f"SELECT length({column}) FROM commits WHERE version = ?"
    (size,) = writer.connection.execute(query, (version,)).fetchone()
    for at in range(0, size, 1 + size // 12):
        change(writer.connection, "commits", column, version, at)
        with pytest.raises(Broken, match=f"payments: stream fund, commit {version}: its hash is not that of its body"):
            writer.another()
        change(writer.connection, "commits", column, version, at)
    assert writer.another().state("fund") == writer.state("fund")


def test_a13_cash_is_never_9000_where_1000_were_decided() -> None:
    writer = written()
    row, body = writer.connection.execute("SELECT rowid, plain(body) FROM commits WHERE version = 3").fetchone()
    assert b'"amount_cents":1000' in body
    more = body.replace(b'"amount_cents":1000', b'"amount_cents":9000')
    writer.connection.execute("UPDATE commits SET body = ? WHERE rowid = ?", (more, row))
    with pytest.raises(Broken, match="stream fund, commit 3"):
        writer.another()


def test_a13_what_was_changed_is_not_told_either() -> None:
    writer = written(snapshot=True)
    change(writer.connection, "commits", "body", 2, 40)
    again = writer.another()
    with pytest.raises(Broken, match="stream fund, commit 2: its hash is not that of its body"):
        at_once(again.engine.unpublished())


def test_a13_every_changed_byte_of_a_snapshot_is_seen(caplog: pytest.LogCaptureFixture) -> None:
    """Thrown away with a warning, counted, and folded from the commits: the state is the same."""
    writer = written(snapshot=True)
    body, hash_ = writer.connection.execute("SELECT body, hash FROM snapshots").fetchone()
    places = [*(("body", at) for at in range(0, len(body), 1 + len(body) // 60)), ("hash", 0), ("hash", len(hash_) - 1)]
    for column, at in places:
        flipped(writer.connection, column, at)
        caplog.clear()
        again, counts = started(writer)
        assert again.state("fund") == writer.state("fund")
        unsealed = column == "body" and at < len(b"psdf snapshot 4\n")
        assert counts.thrown_away == (not unsealed)
        assert unsealed or "the snapshot of version 5 of stream fund is not used" in caplog.text
        flipped(writer.connection, column, at)
    assert started(writer)[1].thrown_away == 0


def started(writer: Writer) -> tuple[Writer, Counts]:
    """Another process on the same journal, and what it counts."""
    again, counts = Writer(PAYMENTS), Counts()
    again.engine.store = type(writer.store)(writer.connection, "payments")
    again.engine.observer = EngineTelemetry("payments", "psdf", None, Share(0), counts)
    at_once(again.engine.start())
    return again, counts


def test_a13_a_snapshot_of_another_stream_or_version_is_seen() -> None:
    for change_ in ("version = 4", "stream = 'funds'"):
        writer = written(snapshot=True)
        writer.connection.execute(f"UPDATE snapshots SET {change_}")
        again, counts = started(writer)
        assert (again.state("fund"), counts.thrown_away) == (writer.state("fund"), 1)


def test_a13_a_snapshot_without_a_digest_is_an_older_version_s_and_is_not_used(
    caplog: pytest.LogCaptureFixture,
) -> None:
    writer = written(snapshot=True)
    (kept,) = at_once(writer.store.load())
    at_once(writer.store.save([replace(kept, body=opened("payments", kept))]))
    caplog.set_level(logging.INFO)
    again, counts = started(writer)
    assert (again.state("fund"), counts.thrown_away) == (writer.state("fund"), 0)
    assert "it has no digest" in caplog.text
    at_once(again.engine.save_snapshots())
    (renewed,) = at_once(again.engine.store.load())
    assert (
        msgspec.msgpack.decode(opened("payments", renewed), type=SnapshotBody).position
        == again.engine.memory.stream("fund").position
    )


# ------------------------------------------------------------------------------------------- what a chain begins with


def test_A4_the_same_body_in_two_streams_has_two_hashes() -> None:
    first = {
        (service, stream): chain(stream, 1, b"[]", genesis(service, stream)).hash
        for service in ("invoicing", "payments")
        for stream in ("provider:1", "provider:2")
    }
    assert len(set(first.values())) == 4
    (commit,) = [c for c in written().commits() if c.version == 1]
    assert commit.prev_hash == genesis("payments", "fund")
    assert not follows(replace(commit, stream="other"), 0, genesis("payments", "other"))


def test_A4_a_commit_put_into_another_stream_is_broken() -> None:
    one = written().commits()[0]
    other = Writer(RESERVE)
    with pytest.raises(Broken, match="does not follow"):
        other.engine.fold(other.engine.memory.stream("reserve"), replace(one, stream="reserve"))


def test_A4_an_old_chain_is_read_and_goes_on_as_it_began() -> None:
    """Golden: the bytes and hashes of a chain that began with 32 zero bytes."""
    last, commits = GENESIS, []
    for version, (body, hash_) in enumerate(zip(OLD_CHAIN, OLD_HASHES, strict=True), 1):
        commits.append(chain("reserve", version, body, last))
        assert commits[-1].hash.hex() == hash_
        assert hashlib.sha256(last + body).hexdigest() == hash_
        last = commits[-1].hash
    writer = Writer(RESERVE)
    at_once(writer.store.append(commits))
    again = writer.another()
    assert str(again.state("reserve").today) == "2026-01-03"  # type: ignore[attr-defined]
    again.handle(*events(RESERVE, day("2026-01-04"), since="2026-01-04"))
    *old, new = again.commits()
    assert [(c.body, c.prev_hash, c.hash) for c in old] == [(c.body, c.prev_hash, c.hash) for c in commits]
    assert (new.version, new.prev_hash) == (3, commits[-1].hash)
    assert is_intact(new)
    assert decode_decisions(new.body)[0].position == 2
    assert str(again.another().state("reserve").today) == "2026-01-04"  # type: ignore[attr-defined]


def test_A4_only_a_first_commit_may_begin_as_an_old_chain() -> None:
    old = chain("fund", 2, b"[]", GENESIS)
    assert not follows(old, 1, genesis("payments", "fund"))
