"""What if: two plays of a copy, the difference between them, and an original that nobody touched."""

import hashlib
import sqlite3
from datetime import date
from pathlib import Path

import pytest

from shared.engine.faults import Unavailable
from shared.reports.questions import ArticleCut, Happens, MoneyComes, NoBudget
from shared.reports.simulate import copy_of, ndjson
from shared.reports.what_if import what_if
from shared.reports.what_if_said import text
from tests.reports.budgets import budget
from tests.reports.two_years import begin, credit
from tests.reports.world import World, contract, invoice, raw_event

TODAY = date(2022, 12, 12)
MILLION = 100_000_000


@pytest.fixture
async def short() -> World:
    """Two invoices due in January; the VLK has money for one; article 04 has room for both."""
    world = World()
    on = date(2022, 12, 1)
    await world.start(on)
    data = budget(2022)
    deal = contract("C-1", "VLK", "04", "300000001", 2022, payment_days=10)
    await begin(world, on, data, deal)
    await world.send("account.credited", "/treasury", credit("VLK", 8 * MILLION, on), on)
    for number, (month, cents) in enumerate((("2022-10", 8 * MILLION), ("2022-11", 9 * MILLION))):
        await world.to(date(2022, 12, 2 + number))
        sent = invoice(deal, f"A{number}", month, cents)
        await world.send("invoice.submitted", "/providers/300000001", sent, world.today)
    await world.to(TODAY)
    return world


async def test_17_twelve_million_on_the_20th_pay_what_waited(short: World) -> None:
    question = MoneyComes(on=date(2022, 12, 20), payer="VLK", amount_cents=12 * MILLION)
    answer = await what_if(short.connection, short.fund, question, date(2022, 12, 23))
    paid = [(x.day, x.article, x.baseline, x.changed) for x in answer.differences() if x.kind == "paid"]
    assert paid == [(date(2022, 12, 21), "04", 0, 9 * MILLION)]
    shorts = [x for x in answer.differences() if x.kind == "short"]
    assert {x.day for x in shorts} == {date(2022, 12, 21), date(2022, 12, 22), date(2022, 12, 23)}
    assert all(x.changed == 0 < x.baseline for x in shorts)
    assert text(answer).splitlines() == [
        "From 2022-12-12 to 2022-12-23, as it is -> with the change:",
        "paid: 0.00 -> 9 000 000.00 EUR (0 -> 1)",
        "deferred: 0.00 -> 0.00 EUR (0 -> 0)",
        "notified: 0.00 -> 0.00 EUR (0 -> 0)",
        "late: 9 000 000.00 -> 9 000 000.00 EUR (1 -> 1)",
        "days short of cash: 9 -> 6",
        "No invoices and no money come: only what is accepted already.",
        "2 differences:",
        "2022-12-21 to 2022-12-23, 3 days, account short: 9 000 000.00 -> 0.00 EUR (1 -> 0)",
        "2022-12-21 article 04 paid: 0.00 -> 9 000 000.00 EUR (0 -> 1)",
    ]


async def test_18_an_article_cut_makes_what_comes_a_notice(short: World) -> None:
    expected = invoice(contract("C-1", "VLK", "04", "300000001", 2022), "A9", "2022-09", 20_000_000)
    also = [raw_event("e-1", "invoice.submitted", "/providers/300000001", expected, date(2022, 12, 19))]
    cut = ArticleCut(on=date(2022, 12, 14), article="04", permille=50)
    answer = await what_if(short.connection, short.fund, cut, date(2022, 12, 22), also)
    notified = [x for x in answer.differences() if x.kind == "notified"]
    assert [(x.day, x.article, x.baseline) for x in notified] == [(date(2022, 12, 20), "04", 0)]
    left = 17_210 * 100_000 * 950 // 1000 - 17 * MILLION
    assert notified[0].changed == 20_000_000 - max(0, left)
    deferred = [x for x in answer.differences() if x.kind == "deferred"]
    assert [(x.day, x.changed) for x in deferred] == [(date(2022, 12, 19), 20_000_000)]


async def test_11_no_budget_on_1_january_leaves_a_twelfth(short: World) -> None:
    deal = contract("C-1", "VLK", "04", "300000001", 2022)
    big = invoice(deal, "A8", "2022-08", 10_000)
    also = [raw_event("e-1", "invoice.submitted", "/providers/300000001", big, date(2022, 12, 28))]
    answer = await what_if(short.connection, short.fund, NoBudget(year=2023), date(2023, 1, 13), also)
    assert (answer.today, answer.horizon) == (TODAY, date(2023, 1, 13))
    assert answer.changed.waiting.keys() == answer.baseline.waiting.keys() == set()
    assert answer.differences() == []  # a twelfth of the year is enough for so little
    with pytest.raises(ValueError, match="its start is not between"):
        await what_if(short.connection, short.fund, NoBudget(year=2023), date(2022, 12, 20))


async def test_11_without_a_budget_what_is_above_a_twelfth_waits(short: World) -> None:
    twelfth = sum(line["amount_cents"] for line in budget(2022)["expenses"]) // 12
    deal = contract("C-9", "VLK", "02", "300000009", 2022)
    more, money = invoice(deal, "A1", "2022-11", twelfth + 1), credit("VLK", 3 * twelfth, date(2022, 12, 15))
    also = [
        raw_event("e-0", "contract.proposed", "/vlk", deal, date(2022, 12, 15)),
        raw_event("e-1", "account.credited", "/treasury", money, date(2022, 12, 15)),
        raw_event("e-2", "invoice.submitted", "/providers/300000009", more, date(2022, 12, 28)),
    ]  # fmt: skip
    answer = await what_if(short.connection, short.fund, NoBudget(year=2023), date(2023, 1, 31), also)
    assert answer.changed.waiting["02", "one_twelfth"].cents == twelfth + 1
    paid = [x for x in answer.differences() if x.kind == "paid"]
    assert [(x.article, x.baseline, x.changed) for x in paid] == [("02", twelfth + 1, 0)]


async def test_any_events_as_ndjson_and_a_day_that_has_passed_is_refused(short: World) -> None:
    on = date(2022, 12, 16)
    line = raw_event("e-1", "account.credited", "/treasury", credit("VLK", 12 * MILLION, on), on)
    answer = await what_if(
        short.connection, short.fund, Happens(events=tuple(ndjson(line + b"\n\n"))), date(2022, 12, 19)
    )
    assert [(x.day, x.kind) for x in answer.differences() if x.changed][:1] == [(date(2022, 12, 19), "paid")]
    late = raw_event("e-2", "account.credited", "/treasury", credit("VLK", 1, TODAY), TODAY)
    with pytest.raises(ValueError, match="give a day after 2022-12-12"):
        await what_if(short.connection, short.fund, Happens(events=(late,)), date(2022, 12, 19))


async def test_the_file_is_only_read(short: World, tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with sqlite3.connect(path) as file:
        short.connection.backup(file)
    file.execute("PRAGMA journal_mode=WAL")
    file.close()
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    question = MoneyComes(on=date(2022, 12, 20), payer="VLK", amount_cents=12 * MILLION)
    first = await what_if(path, short.fund, question, date(2022, 12, 23))
    second = await what_if(path, short.fund, question, date(2022, 12, 23))
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    assert first == second


def test_a_file_that_is_no_journal_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="is it the fund's journal"):
        copy_of(tmp_path / "nothing.sqlite")
    (tmp_path / "text").write_text("not a database, and long enough to be looked at " * 40)
    with pytest.raises(Unavailable, match="is it the fund's journal"):
        copy_of(tmp_path / "text")
