"""Seals: honest journals always hold, the same journals give the same seals, and nothing that is decided depends on them."""

import asyncio
import json
import sqlite3
from pathlib import Path

import pytest

from shared.adapters.sqlite.store import SqliteStore
from shared.engine.codec import decode_decisions
from shared.engine.faults import Broken, Unavailable
from shared.engine.journal import SEALER
from shared.journal.home import Home, reading
from shared.journal.journals import SqliteJournals
from shared.messages.read import parse
from shared.proof.keys import new_key
from shared.proof.published import read_file
from shared.proof.seal import STREAM, leaves_of, seal_of
from shared.proof.sealing import Sealer
from shared.runtime import sealing
from tests.engine.story import at_once
from tests.given import FUND
from tests.proof.sealed import FUNDS, STOLEN_BY, MemoryJournals, SealedYear, all_of
from tests.runtime.forger import Forger, set_
from tests.runtime.funds import day, decided, fund, psdf, worked_start
from tests.runtime.test_second_fund import AIR, airs
from tests.runtime.years import Year, faults

HONEST = 8
"""Random years with mergers and a turn of the year; each day of each is sealed."""


@pytest.mark.parametrize("seed", range(HONEST))
def test_an_honest_year_holds_against_all_its_seals(seed: int) -> None:
    year = SealedYear(seed)
    verdict = MemoryJournals.of(year).verdict()
    assert (verdict.faults, verdict.unsealed, verdict.seals) == ((), 0, len(year.seals))
    assert verdict.seals > 20
    assert faults(year.connection) == [], "and psdf verify finds nothing odd in that seals are there"


def test_a_fund_that_goes_on_after_its_last_seal_is_no_fault() -> None:
    year = SealedYear(5, every=9)
    journals = MemoryJournals.of(year)
    year.receive(day("2029-01-02"))
    later = MemoryJournals.of(year)
    later.stores[SEALER] = journals.stores[SEALER]
    later.files = journals.files
    verdict = later.verdict()
    assert verdict.faults == ()
    assert verdict.unsealed > 0


def test_the_same_journals_give_the_same_seals_whoever_seals_them() -> None:
    """No clock and no chance; and one who seals day by day, as a process that knows nothing of earlier seals, or one of all."""
    first, again = SealedYear(3), SealedYear(3)
    assert first.seals == again.seals
    assert bodies(first) == bodies(again)
    year = Year(3)
    sealer = Sealer(FUND.fund_id, SqliteJournals(year.connection), FUNDS, SqliteStore(year.connection, SEALER))
    whole = at_once(sealer.seal())
    assert whole
    assert (whole.statement.number, whole.statement.root) == (1, first.seals[-1].statement.root)
    assert at_once(sealer.seal()) is None


def bodies(year: SealedYear) -> list[bytes]:
    return [commit.body for commit in all_of(SqliteStore(year.connection, SEALER).read())]


def test_a_year_that_is_sealed_decides_the_same_bytes() -> None:
    def journals(year: Year) -> list[tuple[object, ...]]:
        query = "SELECT service, stream, version, hash FROM commits WHERE service != 'psdf' ORDER BY 1, 2, 3"
        return year.connection.execute(query).fetchall()

    assert journals(Year(4)) == journals(SealedYear(4))


def test_a_leaf_is_the_decision_as_it_is_stored_with_one_of_its_events() -> None:
    year = SealedYear(1, every=50)
    journals = SqliteJournals(year.connection)
    for service in ("door", "payments"):
        for commit in all_of(journals.store(service).read()):
            decisions = json.loads(commit.body)
            for stored, decision in zip(decisions, decode_decisions(commit.body), strict=True):
                leaves = [json.loads(leaf) for leaf in leaves_of(decision)]
                assert [leaf["events"] for leaf in leaves] == [[event] for event in stored["events"]]
                assert [leaf["position"] for leaf in leaves] == [stored["position"] + n for n in range(len(leaves))]
                rest = {name: said for name, said in stored.items() if name not in ("events", "position")}
                assert all(rest.items() <= leaf.items() for leaf in leaves)


# ------------------------------------------------------------------------------------------------------ who seals, and when


def test_two_who_seal_at_once_make_one_chain() -> None:
    year = Year(2)

    class Second(SqliteStore):
        """Another one seals between what this one read and what it writes."""

        done = False

        async def append(self, commits: object) -> None:
            if not self.done:
                self.done = True
                await Sealer(FUND.fund_id, journals, STOLEN_BY, SqliteStore(year.connection, SEALER)).seal()
            await super().append(commits)  # type: ignore[arg-type]

    journals = SqliteJournals(year.connection)
    store = Second(year.connection, SEALER)
    assert at_once(Sealer(FUND.fund_id, journals, FUNDS, store).seal()) is None, "the other has sealed all there was"
    seals = [seal_of(commit) for commit in all_of(store.read())]
    assert [seal.public for seal in seals] == [STOLEN_BY.public]


def test_what_contradicts_the_last_seal_is_not_sealed() -> None:
    year = SealedYear(2, every=1_000)
    year.receive(day("2029-01-02"))
    assert Forger(year.connection).rewrite("payments", "payments.cash_credited", set_(reference="another"))
    sealer = Sealer(FUND.fund_id, SqliteJournals(year.connection), FUNDS, SqliteStore(year.connection, SEALER))
    with pytest.raises(Broken, match=r"payments: stream fund, commit .*: does not follow what was sealed before"):
        at_once(sealer.seal())


async def test_the_running_fund_seals_each_day_when_the_next_has_started_everywhere(tmp_path: Path) -> None:
    home = tmp_path / "home"
    signer = new_key(tmp_path / "home.key")
    async with fund(home) as stack:
        told = await stack.publish(worked_start())
        told += await stack.publish([day("2022-03-10"), day("2022-03-11")])
    sealed = [parse(message.raw, outside=False) for message in told if message.topic == "proof.sealed"]
    days = [json.loads(message.raw)["data"]["date"] for message in told if message.topic == "day.started"]
    assert [str(event.data.day) for event in sealed] == days  # type: ignore[attr-defined]
    assert {(event.source, event.data.public_key) for event in sealed} == {("/psdf", signer.public)}  # type: ignore[attr-defined]
    files = sorted((home / "proof").iterdir())
    assert [read_file(path).statement().root for path in files] == [event.data.root for event in sealed]  # type: ignore[attr-defined]
    started = [n for n, message in enumerate(told) if message.topic == "day.started"]
    for begun, event in zip(started, [n for n, m in enumerate(told) if m.topic == "proof.sealed"], strict=True):
        between = {message.topic for message in told[begun + 1 : event]}
        assert not between & {"invoice.submitted", "account.credited", "day.started"}, (
            "nothing of the day is sealed with it"
        )
    done = await asyncio.to_thread(psdf, "verify", "--key", signer.public, home=home)
    assert (done.returncode, f"{len(sealed)} seals, the last seal" in done.stdout) == (0, True), (
        done.stdout + done.stderr
    )


async def test_what_was_not_told_before_a_kill_is_told_at_the_next_start(tmp_path: Path) -> None:
    home = tmp_path / "home"
    new_key(tmp_path / "home.key")
    async with fund(home) as stack:
        await stack.publish(worked_start())
    with sqlite3.connect(home / "fund.sqlite3") as journal:
        journal.execute("UPDATE published SET version = version - 1 WHERE service = 'psdf'")
    last = max((home / "proof").iterdir())
    kept = last.read_bytes()
    last.unlink()
    async with fund(home):
        pass
    assert last.read_bytes() == kept
    with sqlite3.connect(home / "fund.sqlite3") as journal:
        (mark,) = journal.execute("SELECT version FROM published WHERE service = 'psdf'").fetchone()
        (version,) = journal.execute("SELECT max(version) FROM commits WHERE service = 'psdf'").fetchone()
    assert mark == version


async def test_a_folder_that_can_t_be_written_stops_no_fund(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    home = tmp_path / "home"
    new_key(tmp_path / "home.key")
    home.mkdir()
    (home / "proof").write_text("in the way", encoding="utf-8")
    async with fund(home) as stack:
        told = await stack.publish(worked_start())
    assert "the day is not sealed" in caplog.text
    assert any(message.topic == "payment.scheduled" for message in told)
    (home / "proof").unlink()
    async with fund(home):
        pass
    assert len(list((home / "proof").iterdir())) > 1, "what was not published then is published now"


async def test_a_store_that_can_t_be_written_stops_no_fund(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def full(_sealer: Sealer) -> None:
        raise Unavailable("the disk is full")

    monkeypatch.setattr(sealing.Sealer, "seal", full)
    new_key(tmp_path / "home.key")
    async with fund(tmp_path / "home") as stack:
        await stack.publish(worked_start())
    assert "the next one's seal is of both: the disk is full" in caplog.text


async def test_with_a_key_and_without_the_same_is_decided(tmp_path: Path) -> None:
    new_key(tmp_path / "sealed.key")
    for name in ("sealed", "bare"):
        async with fund(tmp_path / name) as stack:
            await stack.publish(worked_start())
    assert not (tmp_path / "bare" / "proof").exists()
    assert [row for row in decided(tmp_path / "sealed") if not row[0].startswith("psdf/")] == decided(tmp_path / "bare")


def test_a_second_fund_has_seals_of_its_own(tmp_path: Path) -> None:
    file, other, home = tmp_path / "air.toml", tmp_path / "air.jsonl", tmp_path / "air"
    file.write_text(AIR, encoding="utf-8")
    other.write_text(airs(b"\n".join(worked_start()).decode()), encoding="utf-8")
    assert psdf("publish", other, "--moment", "event", home=home, PSDF_FUND=str(file)).returncode == 0
    missing = psdf("proof", "seal", home=home, PSDF_FUND=str(file))
    assert (missing.returncode, "psdf proof key new makes one" in missing.stderr) == (1, True)
    assert psdf("proof", "key", "new", home=home).returncode == 0
    done = psdf("proof", "seal", home=home, PSDF_FUND=str(file))
    assert done.returncode == 0, done.stderr
    again = psdf("proof", "seal", home=home, PSDF_FUND=str(file))
    assert "nothing was decided since seal 1" in again.stdout
    with reading(Home(path=home)) as connection:
        (commit,) = all_of(SqliteStore(connection, SEALER).read(STREAM))
    assert seal_of(commit).statement.fund == "air"
    assert psdf("verify", home=home, PSDF_FUND=str(file)).returncode == 0


async def test_a_person_seals_beside_the_running_fund(tmp_path: Path) -> None:
    """Whoever comes second goes on after the other's seal."""
    home = tmp_path / "home"
    new_key(tmp_path / "home.key")
    async with fund(home) as stack:
        await stack.publish(worked_start())
        beside = await asyncio.to_thread(psdf, "proof", "seal", home=home)
        assert beside.returncode == 0, beside.stderr
        told = await stack.publish([day("2022-03-10")])
    (sealed,) = [json.loads(message.raw)["data"] for message in told if message.topic == "proof.sealed"]
    files = [read_file(path).statement() for path in sorted((home / "proof").iterdir())]
    assert [each.number for each in files] == list(range(1, len(files) + 1))
    assert sealed["number"] == len(files)
    assert (await asyncio.to_thread(psdf, "verify", home=home)).returncode == 0


def test_a_home_without_seals_is_no_fault(tmp_path: Path) -> None:
    assert (
        psdf("publish", "tests/runtime/worked-start.jsonl", "--moment", "event", home=tmp_path / "home").returncode == 0
    )
    done = psdf("verify", home=tmp_path / "home")
    assert done.returncode == 0
    assert "not sealed: who holds the journals can rewrite them all alike" in done.stdout
