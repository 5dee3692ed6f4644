"""Rule versions: the same events under two versions of a term, and exactly what differs."""

from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from shared.reports.as_of import compare
from shared.statute.load import load_fund
from tests.reports.budgets import budget, distribution
from tests.reports.two_years import credit
from tests.reports.world import contract, invoice, raw_event

CHANGED_ON = date(2022, 6, 1)


@pytest.fixture
def fund_file(tmp_path: Path) -> Path:
    """A fund whose check took 20 days until June 2022, and 15 since."""
    packaged = files("shared.statute")
    text = packaged.joinpath("parameters.toml").read_text(encoding="utf-8")
    start = text.index("[[parameters]]", text.index('name = "check_days"') - 40)
    entry = text[start : text.index("[[parameters]]", start + 5)]
    old = entry.replace("value = 15", "value = 20").replace("from = 0001-01-01", "from = 0001-01-01\nto = 2022-05-31")
    new = entry.replace("from = 0001-01-01", f"from = {CHANGED_ON}")
    (tmp_path / "parameters.toml").write_text(text.replace(entry, old + "\n" + new), encoding="utf-8")
    (tmp_path / "fund.toml").write_text(
        packaged.joinpath("funds", "psdf.toml").read_text(encoding="utf-8").replace(
            'fund_id = "psdf"', 'parameters = "parameters.toml"\nfund_id = "psdf"'
        ),
        encoding="utf-8",
    )  # fmt: skip
    return tmp_path / "fund.toml"


def spring() -> Iterator[bytes]:
    """An invoice of March 2022, decided under 20 days; one of June, decided under 15."""
    on = date(2022, 3, 1)
    data, deal = budget(2022), contract("C-1", "VLK", "04", "300000001", 2022)
    yield raw_event("1", "budget.approved", "/vlk", data, on)
    yield raw_event("2", "distribution.proposed", "/vlk", distribution(data), on)
    yield raw_event("3", "contract.proposed", "/vlk", deal, on)
    yield raw_event("4", "account.credited", "/treasury", credit("VLK", 1_000_000, on), on)
    for number, (month, day) in enumerate((("2022-02", date(2022, 3, 2)), ("2022-05", date(2022, 6, 7)))):
        sent = invoice(deal, f"A{number}", month, 1000)
        yield raw_event(f"5{number}", "invoice.submitted", "/providers/300000001", sent, day)


async def test_the_decisions_that_differ_are_named_with_both_values(fund_file: Path) -> None:
    in_force, as_of = load_fund(fund_file), load_fund(fund_file, as_of=CHANGED_ON)
    differing = await compare(spring(), in_force, as_of)
    assert [(d.type, d.subject, d.number) for d in differing] == [("invoice.accepted", "300000001/A0", 1)]
    assert differing[0].fields == {"check_by": ("2022-03-22", "2022-03-17")}


async def test_the_same_law_differs_in_nothing() -> None:
    assert await compare(spring(), load_fund(), load_fund()) == []


async def test_a_decision_that_only_one_law_takes_is_named(fund_file: Path) -> None:
    """Under another statement term the clock of the missing statement runs out on another day."""
    text = (fund_file.parent / "parameters.toml").read_text(encoding="utf-8")
    at = text.index('name = "statement_due_day"')
    (fund_file.parent / "parameters.toml").write_text(
        text[:at] + text[at:].replace("value = 15", "value = 28", 1), encoding="utf-8"
    )
    april = [
        raw_event("d", "day.started", "/clock", {"date": f"2022-04-{day}"}, date(2022, 4, day), 0) for day in (17, 20)
    ]
    events = [raw_event("c", "day.started", "/clock", {"date": "2022-03-01"}, date(2022, 3, 1), 0), *april]
    differing = await compare(events, load_fund(), load_fund(fund_file))
    assert [(d.type, d.subject, d.fields) for d in differing] == [
        ("sodra.statement.overdue", "2022-Q1", {"decided": (True, False)})
    ]
