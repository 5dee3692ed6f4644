"""A sum is made once: what pages add up of rows ties to the services' own views, on days all over the year."""

import re
from datetime import date
from pathlib import Path

import pytest

from services.payments.ahead import pay_days
from services.payments.queue_ages import queue_ages
from services.payments.service import FUND as MONEY
from services.payments.service import PAYMENTS
from services.payments.state import PSDF, STATE
from services.payments.views import TermStanding, cash, queues, terms, waits
from shared.adapters.sqlite.store import SqliteStore
from shared.console.index.ask import asking
from shared.console.index.keeper import INDEX, rebuild
from shared.console.pages import svg
from shared.console.pages.articles import article, ledgers_table
from shared.console.pages.blocks import Chart, Link, Table
from shared.console.pages.invoices import invoices
from shared.console.pages.money import ordered, payment_account, payments
from shared.console.pages.queues import queues as queues_page
from shared.console.pages.render import as_json
from shared.console.pages.view import View
from shared.journal.fold import StreamFold
from shared.journal.home import Home, reading
from tests.runtime.funds import FUND

DAYS = [date(2022, 1, 20), *(date(2022, month, 27) for month in range(2, 13)), date(2022, 12, 31), date(2023, 3, 31)]


@pytest.fixture(scope="module")
def index(played: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sums") / INDEX
    rebuild(Home(path=played), FUND, path)
    return path


def by_due(found: list[TermStanding]) -> dict[tuple[date, str], tuple[int, int]]:
    rests: dict[tuple[date, str], list[int]] = {}
    for term in found:
        rests.setdefault((term.due_on, term.how), []).append(term.rest_cents)
    return {key: (len(each), sum(each)) for key, each in rests.items()}


async def test_orders_overdue_and_waits_tie_to_the_payments_views(played: Path, index: Path) -> None:
    paid = waited = late = 0
    with reading(Home(path=played)) as connection:
        fold = StreamFold(SqliteStore(connection, PAYMENTS.name), PAYMENTS, MONEY)
        for on in DAYS:
            state = await fold.to(on)
            with asking(index, on) as asked:
                money = asked.money()
                assert money is not None
                assert money.waits == waits(state)
                all_terms = terms(state)
                assert {(due.due_on, due.how): (due.count, due.rest_cents) for due in money.due} == by_due(all_terms)
                past = [term for term in all_terms if term.due_on < on]
                assert money.overdue.count == len(past)
                assert money.overdue.rest_cents == sum(term.rest_cents for term in past)
                for payer in FUND.payers:
                    mine = [queue for queue in queues(state) if queue.payer == payer.code]
                    assert money.waits_of(payer.code).waiting_cents == sum(queue.waiting_cents for queue in mine)
                view = View(asked, FUND, "lt", {})
                rows = ordered(view, "payer, article, source", "day <= ?1 AND year = ?2", [str(money.standing.year)])
                executed = {(row["payer"], row["article"], row["source"]): row["executed"] for row in rows}
                told = {(p.payer, p.article, p.source): p.transferred_cents for p in money.standing.pots}
                assert {pot: cents for pot, cents in executed.items() if cents} == {k: v for k, v in told.items() if v}
                days = ordered(view, "day")
                accounts = [row for day in days for row in ordered(view, "payer, source", "day = ?2", [day["day"]])]
                assert sum(row["cents"] for row in days) == sum(row["cents"] for row in accounts)
                paid += sum(executed.values())
                waited, late = waited + money.waits_of().length, late + money.overdue.count
    assert paid > 0 < waited
    assert late > 0


async def test_what_accounts_will_lack_is_the_payments_own_sum(played: Path, index: Path) -> None:
    lacked = 0
    with reading(Home(path=played)) as connection:
        fold = StreamFold(SqliteStore(connection, PAYMENTS.name), PAYMENTS, MONEY)
        for on in DAYS:
            state = await fold.to(on)
            days = pay_days(state)
            last = {(day.payer, day.source): day for day in days}
            accounts = {(each.payer, each.source): each for each in cash(state)}
            for account, day in last.items():
                mine, by_then = accounts[account], max(day.pay_on, on)
                later = sum(
                    cents for value_on, cents in state.cash_to_come.get(account, {}).items() if value_on > by_then
                )
                assert day.short_cents == max(mine.unordered_cents - mine.cash_cents - mine.to_come_cents + later, 0)
            with asking(index, on) as asked:
                page = payments(View(asked, FUND, "lt", {}))
            table = next(block for block in page.blocks if isinstance(block, Table) and block.key == "ahead")
            assert [row.cells[-1] for row in table.rows] == [day.short_cents or None for day in days]
            lacked += sum(day.short_cents for day in last.values())
    assert lacked > 0


async def test_how_long_what_waits_has_waited_is_the_payments_own_sum(played: Path, index: Path) -> None:
    bands = ((0, 5), (6, 10), (11, 20), (21, 30), (31, 9999))
    filled = set[int]()
    with reading(Home(path=played)) as connection:
        fold = StreamFold(SqliteStore(connection, PAYMENTS.name), PAYMENTS, MONEY)
        for on in DAYS:
            state = await fold.to(on)
            with asking(index, on) as asked:
                money, page = asked.money(), queues_page(View(asked, FUND, "lt", {}))
            assert money is not None
            assert money.ages == queue_ages(state)
            waiting = [((on - i.accepted_on).days, i.waiting_cents) for pot in state.queues for i in state.queue(pot)]
            wanted = [[cents for age, cents in waiting if low <= age <= high] for low, high in bands]
            assert [(each.count, each.waiting_cents) for each in money.ages] == [(len(of), sum(of)) for of in wanted]
            assert sum(each.count for each in money.ages) == money.waits_of().length
            assert sum(each.waiting_cents for each in money.ages) == money.waits_of().waiting_cents
            shown = [block.table for block in page.blocks if isinstance(block, Chart) and block.table]
            assert [row.cells[1:] for table in shown for row in table.rows] == [
                (each.count, each.waiting_cents or None) for each in money.ages if waiting
            ]
            filled |= {number for number, of in enumerate(wanted) if of}
    assert len(filled) > 2


def test_24_what_the_state_payer_did_not_use_is_on_its_account_and_its_years_say_so(index: Path) -> None:
    with asking(index, None) as asked:
        money, found = asked.money(), asked.said_by("close")
        table = ledgers_table(View(asked, FUND, "lt", {}), found)
    assert money
    for source in (PSDF, STATE):
        (cash_cents,) = [
            each.cash_cents for each in money.standing.cash if (each.payer, each.source) == ("VLK", source)
        ]
        mine = [each.balance_cents for each in found if (each.payer, each.source) == ("VLK", source)]
        assert sum(mine) == cash_cents
    assert any(row.cells[5] < 0 for row in table.rows)
    assert "(VLK) jo negrąžina" in table.note


def test_the_first_and_the_last_label_of_columns_are_not_cut_off() -> None:
    drawn = svg.columns([("11-23", [("part-a", 1)])] * 61, "days")
    ats = [float(at) for at in re.findall(r'<text x="([\d.]+)"', drawn)]
    half = len("11-23") * svg.LETTER / 2
    assert half <= min(ats) <= max(ats) <= svg.WIDTH - half


def test_17_an_account_marks_each_of_its_days_on_which_cash_was_short(index: Path) -> None:
    with asking(index, None) as asked:
        short = {(e.data["on"], e.data["payer"], e.data["source"]) for e in asked.of_type("shortage.declared")}
        _, payer, source = max(short)
        account = "SELECT max(day) AS day FROM payorder WHERE payer = ? AND source = ?"
        found = asked.one(account, [payer, source])
        assert found
        page = payment_account(View(asked, FUND, "lt", {}), {"day": found["day"], "payer": payer, "source": source})
    assert page
    days = next(block for block in page.blocks if isinstance(block, Table) and block.key == "days")
    marked = {str(row.cells[0].text): bool(row.cells[-1]) for row in days.rows if isinstance(row.cells[0], Link)}
    assert marked == {day: (day, payer, source) in short for day in marked}
    assert True in marked.values()
    assert False in marked.values()
    links = [row.cells[0] for row in days.rows if isinstance(row.cells[0], Link)]
    assert [link.href for link in links] == [f"/payments/{link.text}/{payer}/{source}" for link in links]


def test_the_quarters_of_an_article_are_the_contracts_own_sums(index: Path) -> None:
    with asking(index, date(2022, 12, 30)) as asked:
        page = article(View(asked, FUND, "lt", {}), "01")
        assert page is not None
        assert b'"plan":' in as_json(page)
        told = [event.data for event in asked.of_type("distribution.adopted") if event.data["year"] == 2022]
    row = [each for data in told for each in data["quarters"] if each["article"] == "01"][-1]
    year = sum(row[f"q{quarter}_cents"] for quarter in (1, 2, 3, 4))
    assert b'"plan":%d' % year in as_json(page)


def test_14_a_credit_is_not_added_to_invoices(index: Path) -> None:
    with asking(index) as asked:
        said = asked.one("SELECT * FROM invoice WHERE kind = 'credit' AND state = 'accepted' AND until = '9999-12-31'")
        assert said
        named = {"provider": said["provider"], "month": said["month"]}
        rows = asked.rows(
            "SELECT kind, amount FROM invoice WHERE provider = ? AND month = ? AND until = '9999-12-31'",
            list(named.values()),
        )
        view = View(asked, FUND, "lt", named)
        page = invoices(view)
    billed = [row["amount"] for row in rows if row["kind"] == "invoice"]
    credits_ = [row["amount"] for row in rows if row["kind"] == "credit"]
    assert billed
    told = f"{view.invoices(len(billed))}, iš viso {view.eur(sum(billed))}; "
    assert page.lead == told + f"kreditinių – {len(credits_)}, {view.eur(sum(credits_))}."
    table = next(block for block in page.blocks if isinstance(block, Table))
    assert [row.cells[-1] for row in table.rows].count("kreditinė sąskaita") == len(credits_)


@pytest.mark.parametrize("asked_for", [{}, {"state": "paid"}, {"payer": "VLK", "article": "01"}, {"from": "100"}])
def test_the_sums_of_a_list_are_made_in_its_index_alone(index: Path, asked_for: dict[str, str]) -> None:
    """A nation's list that looked at each row for its kind took half a second."""
    queries: list[str] = []
    with asking(index) as asked:
        asked._db.set_trace_callback(queries.append)
        invoices(View(asked, FUND, "lt", asked_for))
        asked._db.set_trace_callback(None)
        (sums,) = [query for query in queries if "count(*)" in query]
        (plan,) = [row["detail"] for row in asked.rows(f"EXPLAIN QUERY PLAN {sums}")]
    assert "COVERING INDEX invoice_state" in plan
