"""The index says what the owners of the sums say, on each day; it is rebuilt equal, and a kill loses nothing."""

import asyncio
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from services.all import SERVICES
from services.payments.service import FUND as MONEY
from services.payments.service import PAYMENTS
from services.payments.views import fund_standing, terms
from shared.adapters.sqlite.store import SqliteStore
from shared.console.index import follow
from shared.console.index.ask import Index, asking
from shared.console.index.file import Stale
from shared.console.index.follow import Follower
from shared.console.index.keeper import INDEX, Keeper, rebuild
from shared.console.pages.invoice import answer_of
from shared.explain.overview import overview_of
from shared.journal.copy import Copier
from shared.journal.fold import StreamFold
from shared.journal.home import Home, held, reading
from shared.journal.journals import SqliteJournals
from tests.runtime.funds import FUND, day, event, fund, invoice, worked_start

TABLES = (
    "event",
    "about",
    "tally",
    "invoice",
    "contract",
    "provider",
    "payorder",
    "notice",
    "parked",
    "seal",
    "standing",
    "stream",
    "told",
    "meta",
)


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as connection:
        return {name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr) for name in TABLES}


@pytest.fixture(scope="session")
def index(played: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("index") / INDEX
    rebuild(Home(path=played), FUND, path)
    return path


async def test_each_day_says_what_the_payments_own_views_say_and_its_rows_tie_to_them(
    played: Path, index: Path
) -> None:
    with reading(Home(path=played)) as connection, asking(index) as now:
        days = [date.fromisoformat(row["day"]) for row in now.rows("SELECT day FROM standing WHERE what = 'fund'")]
        assert len(days) > 400
        fold = StreamFold(SqliteStore(connection, PAYMENTS.name), PAYMENTS, MONEY)
        for on in days:
            state = await fold.to(on)
            with asking(index, on) as asked:
                money = asked.money()
                assert money is not None
                assert money.standing == fund_standing(state, FUND), on
                due = terms(state)
                assert sum(each.count for each in money.due) == len(due)
                assert sum(each.rest_cents for each in money.due) == sum(term.rest_cents for term in due)
                _tie(asked, {term.invoice_id: term.rest_cents for term in due}, on)


def _tie(asked: Index, due: Mapping[str, int], on: date) -> None:
    """Each invoice's row has what the payments' state has of it, and no other row has anything."""
    found = asked.rows(
        f"SELECT id, waiting + unordered AS rest FROM invoice WHERE (waiting > 0 OR unordered > 0) AND {asked.in_force}",
        asked.spans,
    )
    assert {row["id"]: row["rest"] for row in found} == due, on


def test_it_says_at_its_end_what_psdf_fund_says(played: Path, index: Path) -> None:
    with reading(Home(path=played)) as connection:
        whole = asyncio.run(overview_of(connection, FUND))
    with asking(index) as asked:
        assert asked.said_by("contracts") == whole.contracted
        waits = asked.rows("SELECT id FROM invoice WHERE state = 'waits' AND until = '9999-12-31'")
        assert {row["id"] for row in waits} == {each.invoice_id for each in whole.waiting}


def test_thrown_away_it_is_made_anew_equal(played: Path, index: Path, tmp_path: Path) -> None:
    rebuild(Home(path=played), FUND, tmp_path / INDEX)
    assert rows(tmp_path / INDEX) == rows(index)


def test_killed_between_and_amid_its_transactions_it_ends_equal(
    played: Path, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "AT_ONCE", 100)
    whole, path, killed = Follower._write, tmp_path / INDEX, 0
    left = 1_500

    class Killed(BaseException):
        """As a kill: nothing is caught."""

    def write(*given: object) -> int:
        nonlocal left
        left -= 1
        if not left:
            raise Killed
        return whole(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(Follower, "_write", write)
    while True:
        follower = Follower(Home(path=played), FUND, path)
        try:
            follower.catch_up()
        except Killed:
            killed += 1
            left = 1_500
            continue
        finally:
            follower._db.close()
        break
    assert killed > 2
    assert rows(path) == rows(index)


def test_an_index_that_is_broken_or_of_a_newer_journal_is_made_anew(tmp_path: Path) -> None:
    async def play(some: int) -> None:
        async with fund(tmp_path) as stack:
            await stack.publish(worked_start()[:some])

    asyncio.run(play(4))
    rebuild(Home(path=tmp_path), FUND, tmp_path / INDEX)
    good = rows(tmp_path / INDEX)
    with closing(sqlite3.connect(tmp_path / INDEX)) as connection, connection:
        connection.execute("UPDATE meta SET value = '999' WHERE key = 'read'")
    with pytest.raises(Stale, match="which is an older one"):
        Follower(Home(path=tmp_path), FUND, tmp_path / INDEX).catch_up()
    for broken in (None, b"no database at all" * 500):
        if broken:
            (tmp_path / INDEX).write_bytes(broken)
        keeper = Keeper(Home(path=tmp_path), FUND, tmp_path / INDEX)
        keeper.start()
        while keeper.fault or not keeper.read:
            keeper.wait_ready(0.1)
        keeper.stop()
        assert rows(tmp_path / INDEX) == good


# --- the other source: a copy of journals that have no door, service by service


class Services(SqliteJournals):
    """The services' journals of a home, as the cluster has them: without what came from outside."""

    async def services(self) -> list[str]:
        return sorted((service.name for service in SERVICES), reverse=True)


def copied(played: Path, into: Path) -> int:
    home = Home(path=into)
    with held(home, FUND.fund_id), reading(Home(path=played)) as connection:
        return asyncio.run(Copier(Services(connection), home).copy())


def told(index: Index, invoice_id: str) -> Iterator[tuple[str, str]]:
    return ((event.type, event.event_id) for event in index.about("invoice", invoice_id) if event.service != "door")


def test_a_copy_gives_the_same_rows_and_stories_though_its_commits_came_service_by_service(
    played: Path, index: Path, tmp_path: Path
) -> None:
    assert copied(played, tmp_path / "copy") > 0
    assert copied(played, tmp_path / "copy") == 0, "again nothing is new"
    rebuild(Home(path=tmp_path / "copy"), FUND, tmp_path / INDEX)
    with asking(index) as own, asking(tmp_path / INDEX) as copy:
        assert copy.money() == own.money()
        for what in ("contracts", "reserve", "sodra", "close", "claims"):
            assert copy.said_by(what) == own.said_by(what)
        ids = [row["id"] for row in own.rows("SELECT DISTINCT id FROM invoice WHERE accepted IS NOT NULL")]
        assert len(ids) > 500
        for invoice_id in ids:
            assert list(told(copy, invoice_id)) == list(told(own, invoice_id))
            here, there = own.invoice(invoice_id), copy.invoice(invoice_id)
            assert here is not None
            assert there is not None
            names = ("state", "accepted", "due", "waiting", "unordered", "pay_on", "late", "amount")
            assert [here[name] for name in names] == [there[name] for name in names], invoice_id


async def test_it_reads_on_while_the_fund_works(tmp_path: Path) -> None:
    follower = None
    async with fund(tmp_path) as stack:
        await stack.publish(worked_start()[:4])
        follower = Follower(Home(path=tmp_path), FUND, tmp_path / INDEX)
        follower.catch_up()
        await stack.publish([invoice("A1", 500, "2022-02-07T10:00:00+02:00"), day("2022-02-08")])
        assert follower.catch_up() > 0
        with asking(tmp_path / INDEX) as asked:
            found = asked.invoice("300111224/A1")
            assert found is not None
            assert found["state"] == "scheduled"
        with asking(tmp_path / INDEX, date(2022, 2, 6)) as before:
            assert before.invoice("300111224/A1") is None
    follower.close()


async def test_what_came_back_is_returned_from_its_day_on_and_executed_before(tmp_path: Path) -> None:
    order_id, came_back = "300111224/A1#1", {"outcome": "returned", "on": "2022-03-11", "reason": "AC04"}
    async with fund(tmp_path) as stack:
        data = {"order_id": order_id, **came_back}
        back = event("/treasury", "back", "payment.reported", "2022-03-11T15:00:00+02:00", data)
        await stack.publish([*worked_start()[:9], day("2022-03-11"), back])
    rebuild(Home(path=tmp_path), FUND, tmp_path / INDEX)
    for on, answer, state in (("2022-03-10", "executed", "paid"), ("2022-03-11", "returned", "scheduled")):
        with asking(tmp_path / INDEX, date.fromisoformat(on)) as asked:
            (order,) = asked.rows("SELECT * FROM payorder WHERE id = ?", [order_id])
            found = asked.invoice("300111224/A1")
            assert (answer_of(order, on)[0], found and found["state"]) == (answer, state)
