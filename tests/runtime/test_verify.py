"""``psdf verify``: a journal that was touched is found, down to one bit; an honest one holds."""

import asyncio
import hashlib
import os
import sqlite3
from datetime import datetime
from pathlib import Path

import pytest

from services.payments import events as e
from services.payments.events import Account
from services.payments.state import State
from shared.adapters.sqlite.bodies import teach
from shared.adapters.sqlite.store import SqliteStore
from shared.engine.codec import Codec, decode_decisions
from shared.engine.engine import Engine
from shared.engine.ingress import INGRESS, read
from shared.journal.audit import Audit
from shared.journal.journals import SqliteJournals
from shared.journal.verify import verify
from shared.kernel.calendar import VILNIUS
from tests.engine.story import at_once
from tests.given import FUND, sender
from tests.runtime.forger import Forger, has
from tests.runtime.funds import day, event, fund, psdf, worked_start
from tests.runtime.years import Year, faults

YEARS = int(os.environ.get("PSDF_VERIFY_YEARS", "40"))


@pytest.fixture
async def home(tmp_path: Path) -> Path:
    async with fund(tmp_path / "home") as stack:
        await stack.publish(worked_start())
    return tmp_path / "home"


def do(home: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(home / "fund.sqlite3") as journal:
        assert journal.execute(statement, values).rowcount == 1


def flip(home: Path, column: str, version: int, at: int) -> None:
    """Change one bit of one byte."""
    with sqlite3.connect(home / "fund.sqlite3") as journal:
        (row, old) = journal.execute(
            "SELECT rowid, CASE ? WHEN 'body' THEN body WHEN 'hash' THEN hash ELSE prev_hash END FROM commits "
            "WHERE service = 'payments' AND stream = 'fund' AND version = ?",
            (column, version),
        ).fetchone()
        with journal.blobopen("commits", column, row) as blob:
            blob[at] = old[at] ^ 1


@pytest.mark.parametrize("column", ["body", "hash", "prev_hash"])
@pytest.mark.parametrize(("version", "at"), [(1, 0), (4, 17), (8, -1)])
def test_a_single_flipped_bit_is_found_at_its_commit(home: Path, column: str, version: int, at: int) -> None:
    flip(home, column, version, at)
    done = psdf("verify", home=home)
    assert done.returncode == 1
    assert done.stderr.startswith(f"psdf: stream fund, commit {version}: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            "DELETE FROM commits WHERE service = 'payments' AND version = 3",
            "stream fund, commit 4: commit 3 is missing",
        ),
        (
            "DELETE FROM commits WHERE service = 'payments' AND version = 9",
            "stream fund, commit 9: is missing at the end",
        ),
        (
            "UPDATE commits SET service = 'payment' WHERE service = 'payments' AND version = 9",
            "no service of this name",
        ),
        ("UPDATE snapshots SET version = 7 WHERE service = 'payments'", "stream fund, commit 7: the snapshot of this"),
    ],
)
def test_commits_that_are_missing_and_snapshots_that_differ_are_found(home: Path, statement: str, told: str) -> None:
    do(home, statement)
    done = psdf("verify", home=home)
    assert (done.returncode, told in done.stderr) == (1, True), done.stderr


def test_of_a_folder_and_a_store_only_one_is_proven(home: Path) -> None:
    done = psdf("verify", "--mongo", "mongodb://127.0.0.1:1/", home=home)
    assert (done.returncode, "give the one that is meant" in done.stderr) == (2, True), done.stderr


def test_a_forged_body_with_a_matching_hash_is_found_by_the_next_commit(home: Path) -> None:
    with sqlite3.connect(home / "fund.sqlite3") as journal:
        teach(journal)
        row, body, prev_hash = journal.execute(
            "SELECT rowid, plain(body), prev_hash FROM commits WHERE service = 'payments' AND version = 2"
        ).fetchone()
        forged = body.replace(b"1721000000", b"1721000001")
        assert forged != body
        matching = hashlib.sha256(prev_hash + forged).digest()
        journal.execute("UPDATE commits SET body = ?, hash = ? WHERE rowid = ?", (forged, matching, row))
    done = psdf("verify", home=home)
    assert (done.returncode, "stream fund, commit 3: its prev_hash" in done.stderr) == (1, True), done.stderr


def test_a_file_that_is_no_journal_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "fund.sqlite3").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    done = psdf("verify", home=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)


async def test_S6_A8_a_territorial_fund_merged_after_the_turn_of_the_year_is_no_fault(tmp_path: Path) -> None:
    """Its money of the past year was set aside for the return, and is the VLK's cash at the merger."""
    where = tmp_path / "home"
    async with fund(where) as stack:
        await stack.publish([day("2021-12-29"), credited("TLK-KAUNAS", 500_000, "2021-12-30"), day("2022-01-01")])
        await stack.publish([day("2022-01-02"), merger("TLK-KAUNAS", "VLK", "2022-01-02")])
        state = stack.payments
        assert state.cash[Account("VLK", "PSDF")] == 500_000
        assert differences(where, state) == []
        state.set_aside[Account("VLK", "PSDF")][2021] += 7
        assert differences(where, state) == ["set aside of VLK PSDF 2021: 0.07 in the state, 0.00 by its events"]
        state.set_aside[Account("VLK", "PSDF")][2021] -= 7
    done = await asyncio.to_thread(psdf, "verify", home=where)
    assert (done.returncode, done.stderr) == (0, "")


def credited(payer: str, cents: int, on: str) -> bytes:
    data = {"payer": payer, "source": "PSDF", "amount_cents": cents, "value_on": on, "reference": f"r-{payer}-{on}"}
    return event("/treasury", f"c-{payer}-{on}", "account.credited", f"{on}T10:00:00+02:00", data)


def merger(payer: str, into: str, on: str) -> bytes:
    data = {"payer": payer, "into": into, "on": on}
    return event("/vlk", f"m-{payer}", "payer.merged", f"{on}T11:00:00+02:00", data)


@pytest.mark.parametrize("seed", range(YEARS))
def test_S6_an_honest_year_is_never_called_broken(seed: int) -> None:
    """Each with a merger after the turn of the year; PSDF_VERIFY_YEARS=1000 plays so many."""
    assert faults(Year(seed).connection) == []


@pytest.mark.parametrize("gone", ["every row", "the file"])
async def test_A4_a_fund_without_its_journal_is_a_fault(tmp_path: Path, gone: str) -> None:
    async with fund(tmp_path) as stack:
        await stack.publish(worked_start())
    if gone == "the file":
        (tmp_path / "fund.sqlite3").unlink()
    else:
        db = sqlite3.connect(tmp_path / "fund.sqlite3", isolation_level=None)
        for table in ("commits", "published", "snapshots"):
            db.execute(f"DELETE FROM {table}")
        db.close()
    done = await asyncio.to_thread(psdf, "verify", home=tmp_path)
    told = "is missing" if gone == "the file" else "is empty"
    assert (done.returncode, f"fund.sqlite3 {told}, and fund.id beside it says" in done.stderr) == (1, True), (
        done.stderr
    )


def test_A4_what_the_door_has_and_nobody_has_heard_yet_is_no_fault_until_it_was_told() -> None:
    """A fund that was killed after the door's commit: it hands the event on when it starts again."""
    year = Year(1).connection
    door = Engine(INGRESS, FUND, SqliteStore(year, INGRESS.name))
    at_once(door.start())
    at_once(door.handle(read([credited("VLK", 7, "2029-01-02")], None, datetime(2029, 1, 2, tzinfo=VILNIUS))))
    assert faults(year) == []
    year.execute("UPDATE published SET version = version + 1 WHERE service = 'door'")
    found = faults(year)
    assert any("stream fund: has nothing of account.credited r-VLK-2029-01-02" in fault for fault in found), found


def test_A4_that_a_day_started_because_of_an_event_is_no_decision_on_it() -> None:
    year = Year(1)
    year.restart()
    year.receive(credited("VLK", 7, "2029-01-02"))
    year.close()
    assert faults(year.connection) == []
    lost = Forger(year.connection).remove(
        "payments", lambda decision: decision.id == "c-VLK-2029-01-02" and has("payments.cash_credited")(decision)
    )
    found = faults(year.connection)
    assert lost == 1
    assert any("stream fund: has nothing of account.credited r-VLK-2029-01-02" in fault for fault in found), found


def test_A4_on_the_cluster_a_journal_that_is_written_meanwhile_is_no_fault() -> None:
    """A contract ends after the journal of contracts was read, and before that of invoicing is."""
    year = Year(1)
    year.restart()
    contract_id, payer = year.connection.execute(
        "SELECT json_extract(event.value, '$.data.contract_id'), json_extract(event.value, '$.data.payer') FROM commits, json_each(CAST(plain(body) AS TEXT)) AS decision, "
        "json_each(decision.value, '$.events') AS event WHERE service = 'contracts' "
        "AND json_extract(event.value, '$.type') = 'contract.concluded' ORDER BY commits.rowid DESC LIMIT 1"
    ).fetchone()
    data = {"contract_id": contract_id, "on": "2029-01-02"}
    ended = event(sender(payer), "the-end", "contract.ended", "2029-01-02T10:00:00+02:00", data)

    class Running(SqliteJournals):
        written = 0

        def store(self, service: str) -> SqliteStore:
            if service == "invoicing" and not self.written:
                before = self.commits("invoicing")
                year.receive(ended)
                self.written = self.commits("invoicing") - before
            return super().store(service)

        def commits(self, service: str) -> int:
            (count,) = year.connection.execute("SELECT count(*) FROM commits WHERE service = ?", (service,)).fetchone()
            return int(count)

    journals = Running(year.connection)
    found = at_once(verify(journals, lambda: None, door=False))
    assert journals.written
    assert [each.fault for each in found if each.fault] == []


async def test_the_second_book_sees_a_balance_that_its_events_do_not_make(home: Path) -> None:
    async with fund(home) as stack:
        state = stack.payments
        assert differences(home, state) == []
        state.cash[Account("VLK", "PSDF")] -= 1
        state.book.committed_of_article["04"] += 2
        found = differences(home, state)
    assert found == [
        "cash of VLK PSDF: 2 799 999.99 in the state, 2 800 000.00 by its events",
        "2022 committed of article 04: 17 200 000.02 in the state, 17 200 000.00 by its events",
    ]


def differences(home: Path, state: State) -> list[str]:
    audit, codec = Audit(), Codec(e.Event)
    with sqlite3.connect(home / "fund.sqlite3") as journal:
        teach(journal)
        for (body,) in journal.execute("SELECT plain(body) FROM commits WHERE service = 'payments' ORDER BY version"):
            for decision in decode_decisions(body):
                for entry in decision.events:
                    audit.take(codec.decode(entry))
    return list(audit.differences(state))
