"""The pure functions of payments: sums over the appropriation, the split of a shortage, dates."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.events import Pot
from services.payments.lowering import hand_over_on
from services.payments.overrun import over_appropriation
from services.payments.service import PAYMENTS
from services.payments.shortage import Group, split_shortage
from services.payments.state import Invoice
from services.payments.views import fund_standing
from shared.kernel.budget import Edition
from shared.kernel.reason import REGISTER
from tests.given import FUND, budget, story
from tests.invariants.terms import DEFERRED, names

MARCH_2 = date(2026, 3, 2)


def due(number: str, rest: int, days: int = 0, minute: int = 0) -> Invoice:
    return Invoice(
        invoice_id=number,
        contract_id="C",
        provider_code="P",
        iban=None,
        pot=Pot("VLK", "04", "PSDF"),
        service_month="2026-01",
        accepted_on=MARCH_2 + timedelta(days=days),
        due_on=MARCH_2,
        arrived_at=datetime(2026, 3, 2, 9, minute, tzinfo=UTC),
        compensation=False,
        waiting_cents=0,
        unordered_cents=rest,
    )


def paid(groups: list[Group]) -> dict[str, int]:
    return {share.invoice.invoice_id: share.paid_cents for group in groups for share in group.shares}


@pytest.mark.parametrize(
    ("limit", "committed", "kept", "asked", "over"),
    [
        (100_000, 100_000, 0, 9_000, 9_000),
        (100_000, 109_000, 0, 6_000, 6_000),
        (100, 70, 30, 40, 40),  # L 100, K 70, the TLK's 30 stay theirs
        (100, 70, 0, 40, 10),
        (100, 60, 0, 40, 0),
        (100, 60, 0, 41, 1),
        (100, 90, 20, 5, 5),
    ],
)
def test_18_over_the_appropriation(limit: int, committed: int, kept: int, asked: int, over: int) -> None:
    assert over_appropriation(limit, committed, kept, asked) == over


def test_17_the_worked_example_and_its_second_day() -> None:
    first = [due("A", 10_000), due("B", 5_000), due("C", 3_333, 1), due("D", 3_333, 1), due("E", 3_334, 1)]
    groups = split_shortage(17_000, first)
    assert paid(groups) == {"A": 10_000, "B": 5_000, "C": 667, "D": 666, "E": 667}
    assert [(group.due_cents, group.paid_cents) for group in groups] == [(15_000, 15_000), (10_000, 2_000)]
    second = [due("C", 2_666, 1), due("D", 2_667, 1), due("E", 2_667, 1)]
    assert paid(split_shortage(5_000, second)) == {"C": 1_666, "D": 1_667, "E": 1_667}


@given(
    cash=st.integers(0, 10**20),
    rests=st.lists(st.tuples(st.integers(1, 10**18), st.integers(0, 3), st.integers(0, 3)), max_size=12),
)
def test_17_i5_the_split_is_exact_and_no_later_day_is_paid_while_an_earlier_one_has_a_rest(
    cash: int, rests: list[tuple[int, int, int]]
) -> None:
    claims = sorted((due(f"I{n}", *rest) for n, rest in enumerate(rests)), key=lambda invoice: invoice.place)
    groups = split_shortage(cash, claims)
    shares = paid(groups)
    assert sum(shares.values()) == min(cash, sum(rest for rest, _, _ in rests))
    assert all(0 <= shares[claim.invoice_id] <= claim.unordered_cents for claim in claims)
    short = [group.accepted_on for group in groups if group.paid_cents < group.due_cents]
    assert all(group.paid_cents == 0 for group in groups if short and group.accepted_on > short[0])
    for group in groups:
        for share in group.shares:  # pro rata, within a cent of the exact share
            exact = group.paid_cents * share.invoice.unordered_cents
            assert abs(share.paid_cents * group.due_cents - exact) < group.due_cents


@pytest.mark.parametrize(
    ("month", "on"),
    [("2026-01", date(2027, 2, 1)), ("2026-12", date(2027, 2, 1)), ("2025-12", date(2026, 2, 1))],
)
def test_21_open_credits_are_handed_over_on_1_february_after_the_service_months_year(month: str, on: date) -> None:
    assert hand_over_on(month) == on


def test_every_reason_of_the_catalogue_has_its_point() -> None:
    for code, terms in DEFERRED.items():
        assert set(REGISTER[code].terms) == names(terms)
        assert REGISTER[code].points
        assert REGISTER[code].label


def test_A15_where_the_fund_stands_looks_no_article_up_among_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    fund = story(PAYMENTS).given(budget({f"{number:03}": 4 for number in range(300)}))
    monkeypatch.setattr(Edition, "article", None)
    standing = fund_standing(fund.state, FUND)
    assert {article.limit_cents for article in standing.articles} == {4}
