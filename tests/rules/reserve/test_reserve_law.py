"""The functions of the reserve's law, each at its boundary, with all its numbers."""

from dataclasses import replace
from datetime import date

import pytest

from services.reserve import law
from shared.kernel.budget import Edition, ExpenseLine
from shared.kernel.reason import Reason

EDITION = Edition(
    year=2026,
    edition=1,
    law="",
    in_force_from=date(2026, 1, 1),
    revenue=(),
    revenue_total_cents=0,
    expenses=(
        ExpenseLine(article="04", name="", health_care=True, sodra=False, amount_cents=1),
        ExpenseLine(article="07", name="", health_care=False, sodra=True, amount_cents=1),
    ),
    expenses_total_cents=2,
    working_capital_cents=10,
    reserve_main_cents=0,
    reserve_risk_cents=0,
    state_funds_cents=0,
    reserve_transfer_cents=70,
    working_capital_before_cents=None,
)


@pytest.mark.parametrize(("before", "transfer"), [(None, 0), (9, 0), (10, 0), (11, 1)])
def test_9_the_transfers_of_an_edition(before: int | None, transfer: int) -> None:
    edition = replace(EDITION, working_capital_before_cents=before)
    assert law.planned_transfers(edition) == {"9.1": 70, "9.2": transfer}


def test_23_five_percent_of_60_000_000_is_3_000_000() -> None:
    assert law.within_five_percent(3_000_000, 60_000_000, 5)
    assert not law.within_five_percent(2_999_999, 60_000_000, 5)
    assert not law.within_five_percent(3_000_000, 60_000_001, 5)
    assert law.within_five_percent(0, 0, 5)


def test_23_five_percent_broken_names_reserve_and_sodra() -> None:
    assert list(law.five_percent_broken(3_000_000, 60_000_000, 5)) == []
    terms = {"reserve_cents": 2_999_999, "last_year_sodra_cents": 60_000_000}
    assert list(law.five_percent_broken(2_999_999, 60_000_000, 5)) == [
        Reason(code="reserve_under_5_percent", rule="23", terms=terms)
    ]
    assert list(law.five_percent_broken(10**9, None, 5)) == [Reason(code="no_last_year", rule="23", terms={})]


def test_23_december_of_the_year_on_every_day_named() -> None:
    first, last = date(2026, 12, 1), date(2026, 12, 31)
    reason = Reason(code="not_december", rule="23", terms={})
    assert list(law.not_december(2026, first, last)) == []
    assert list(law.not_december(2026, date(2026, 11, 30), last)) == [reason]
    assert list(law.not_december(2026, first, date(2027, 1, 1))) == [reason]
    assert list(law.not_december(2026, first, date(2025, 12, 5))) == [reason]


def test_23_health_care_articles_only() -> None:
    reason = Reason(code="not_health_care", rule="23", terms={})
    assert list(law.not_health_care(EDITION, "04")) == []
    assert list(law.not_health_care(EDITION, "07")) == [reason]
    assert list(law.not_health_care(EDITION, "99")) == [reason]
    assert list(law.not_health_care(None, "04")) == [reason]


def test_23_more_than_the_surplus_by_a_cent_but_not_at_equality() -> None:
    assert list(law.more_than_surplus(105, 100, 3, 2)) == []
    assert list(law.more_than_surplus(105, 100, 3, 3)) == [
        Reason(code="more_than_surplus", rule="23", terms={"surplus_cents": 5, "allotted_cents": 3, "asked_cents": 3})
    ]
    assert list(law.more_than_surplus(100, 100, 0, 0)) == [
        Reason(code="no_surplus", rule="23", terms={"received_cents": 100, "planned_cents": 100})
    ]


def test_a_decision_without_a_document() -> None:
    assert list(law.no_document("V-1", "23")) == []
    assert list(law.no_document(" \t", "8")) == [Reason(code="no_document", rule="8", terms={})]


def test_8_a_blank_purpose_is_none() -> None:
    assert list(law.no_purpose("vaistų išlaidoms")) == []
    assert list(law.no_purpose(" \n")) == [Reason(code="no_purpose", rule="8", terms={})]


@pytest.mark.parametrize(
    ("part", "source", "right"),
    [
        ("main", "/government", True),
        ("main", "/ministry", False),
        ("risk", "/ministry", True),
        ("risk", "/government", False),
    ],
)
def test_8_who_decides_on_a_part(part: str, source: str, right: bool) -> None:
    assert list(law.wrong_decider(part, source)) == (
        [] if right else [Reason(code="wrong_decider", rule="8", terms={})]
    )


def test_8_more_than_the_part_holds_by_a_cent_but_not_at_equality() -> None:
    assert list(law.more_than_reserve("main", 5, 5)) == []
    terms = {"part": "main", "left_cents": 5, "asked_cents": 6}
    assert list(law.more_than_reserve("main", 5, 6)) == [Reason(code="more_than_reserve", rule="8", terms=terms)]


def test_10_a_sum_that_is_not_the_planned_one() -> None:
    assert list(law.unplanned_transfer(70, 70)) == []
    for asked in (69, 71):
        terms = {"planned_cents": 70, "asked_cents": asked}
        assert list(law.unplanned_transfer(70, asked)) == [Reason(code="unplanned_transfer", rule="10", terms=terms)]
