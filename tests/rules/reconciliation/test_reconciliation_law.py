"""The functions of reconciliation's law, each with its worked example, its boundary and all its numbers."""

from datetime import date, datetime

import pytest

from services.reconciliation import law
from services.reconciliation.law import Year
from shared.kernel.calendar import VILNIUS
from shared.kernel.clock import Now
from shared.kernel.reason import Reason
from tests.given import FUND

NOW = Now(moment=datetime(2026, 1, 15, 9, tzinfo=VILNIUS), day=date(2026, 1, 15), fund=FUND)


@pytest.mark.parametrize(
    ("year", "quarter", "by"),
    [
        (2025, 4, date(2026, 1, 15)),
        (2026, 1, date(2026, 4, 15)),
        (2026, 2, date(2026, 7, 15)),
        (2027, 1, date(2027, 4, 15)),
        (2027, 4, date(2028, 1, 17)),  # Saturday
        (2028, 3, date(2028, 10, 16)),  # Sunday
    ],
)
def test_22_a_statement_is_submitted_by_the_15th_of_the_next_quarters_first_month(
    year: int, quarter: int, by: date
) -> None:
    assert law.submit_by(NOW, year, quarter) == by


@pytest.mark.parametrize(
    ("first_on", "submitted_on", "corrected", "by"),
    [
        (date(2026, 1, 15), date(2026, 1, 15), False, date(2026, 1, 26)),  # 25 January is a Sunday
        (date(2026, 1, 15), date(2026, 1, 27), True, date(2026, 1, 30)),
        (date(2026, 1, 15), date(2026, 1, 19), True, date(2026, 1, 29)),
        (date(2026, 1, 15), date(2026, 1, 20), True, date(2026, 1, 30)),
        (date(2026, 1, 16), date(2026, 1, 30), True, date(2026, 2, 2)),  # 31 January is a Saturday
        (date(2026, 1, 15), date(2026, 2, 20), True, date(2026, 1, 30)),
    ],
)
def test_22_it_is_approved_by(first_on: date, submitted_on: date, corrected: bool, by: date) -> None:
    assert law.approve_by(NOW, first_on, submitted_on, corrected=corrected) == by


def test_22_differs_from_the_record_by_a_cent() -> None:
    assert list(law.differs_from_record(100, 100)) == []
    for stated in (99, 101):
        terms = {"stated_cents": stated, "recorded_cents": 100}
        assert list(law.differs_from_record(stated, 100)) == [Reason(code="sum_mismatch", rule="22", terms=terms)]


def test_22_a_compensation_over_the_article_by_a_cent_but_not_at_equality() -> None:
    assert list(law.compensation_over_article(50, 50)) == []
    terms = {"left_cents": 50, "asked_cents": 51}
    assert list(law.compensation_over_article(50, 51)) == [
        Reason(code="compensation_over_article", rule="22", terms=terms)
    ]


@pytest.mark.parametrize(
    ("year", "report", "back"),
    [
        (2025, date(2026, 1, 5), date(2026, 1, 12)),  # 10 January 2026 is a Saturday
        (2026, date(2027, 1, 5), date(2027, 1, 11)),
        (2029, date(2030, 1, 7), date(2030, 1, 10)),
    ],
)
def test_24_25_the_terms_of_a_territorial_funds_year(year: int, report: date, back: date) -> None:
    assert (law.report_by(NOW, year), law.return_by(NOW, year)) == (report, back)


def test_24_all_three_sums_are_those_of_the_ledger() -> None:
    ours = Year(received_cents=100, used_cents=70)
    assert ours.balance_cents == 30
    assert list(law.differs_from_ledger(ours, 30, ours)) == []
    for received, used, balance in ((101, 70, 30), (100, 71, 30), (100, 70, 29), (101, 71, 30)):
        terms = {
            "received_cents": received,
            "used_cents": used,
            "balance_cents": balance,
            "received_ours_cents": 100,
            "used_ours_cents": 70,
            "balance_ours_cents": 30,
        }
        reported = Year(received_cents=received, used_cents=used)
        assert list(law.differs_from_ledger(reported, balance, ours)) == [
            Reason(code="differs_from_ledger", rule="24", terms=terms)
        ]


def test_21_more_than_the_claim_by_a_cent_but_not_at_equality() -> None:
    assert list(law.more_than_claim(40, 40)) == []
    terms = {"rest_cents": 40, "asked_cents": 41}
    assert list(law.more_than_claim(40, 41)) == [Reason(code="more_than_claim", rule="21", terms=terms)]
