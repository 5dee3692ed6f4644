"""The functions of contracts' law, each with its worked example, its boundary and all its numbers."""

from datetime import date

import pytest

from services.contracts import law
from shared.events.vlk import ArticleQuarters, Share
from shared.kernel.budget import Edition, ExpenseLine, RevenueLine
from shared.kernel.reason import Reason


def edition(*articles: tuple[str, int], revenue: int = 0, **changed: int) -> Edition:
    lines = tuple(
        ExpenseLine(article=code, name="", health_care=code != "07", sodra=False, amount_cents=cents)
        for code, cents in articles
    )
    stated = {
        "revenue_total_cents": revenue,
        "expenses_total_cents": sum(cents for _, cents in articles),
        "reserve_main_cents": 0,
        **changed,
    }
    return Edition(
        year=2026,
        edition=1,
        law="",
        in_force_from=date(2026, 1, 1),
        revenue=(RevenueLine(code="1", name="", sodra=True, amount_cents=revenue),),
        expenses=lines,
        working_capital_cents=0,
        reserve_risk_cents=0,
        state_funds_cents=0,
        reserve_transfer_cents=0,
        working_capital_before_cents=None,
        **stated,
    )


@pytest.mark.parametrize(
    ("revenue", "main"),
    [
        (279_019_100_000, 4_185_300_000),  # 2022: 41 853 thousand
        (247_816_900_000, 3_717_300_000),  # 2021: 37 173 thousand
        (0, 0),
        (3_333_333, 0),  # 49 999.995 of a thousand euro: down
        (3_333_334, 100_000),  # 50 000.01: up
        (10_000_000, 200_000),  # 150 000: half up
    ],
)
def test_8_the_main_part_is_1_5_percent_rounded_half_up_to_a_thousand_euro(revenue: int, main: int) -> None:
    assert law.reserve_main_cents(revenue, 15, 100_000) == main
    assert main == (15 * revenue + 50_000_000) // 100_000_000 * 100_000


def test_7_sums_that_differ_names_sum_and_total() -> None:
    assert list(law.sums_that_differ(edition(("04", 5), revenue=7))) == []
    assert list(law.sums_that_differ(edition(("04", 5), revenue=7, revenue_total_cents=8))) == [
        Reason(code="revenue_sum", rule="7", terms={"sum_cents": 7, "total_cents": 8})
    ]
    assert list(law.sums_that_differ(edition(("04", 5), ("03", 1), revenue=7, expenses_total_cents=5))) == [
        Reason(code="expenses_sum", rule="7", terms={"sum_cents": 6, "total_cents": 5})
    ]


def test_flags_of_an_edition_at_their_boundaries() -> None:
    even = edition(("03", 5), ("04", 5), revenue=10)
    assert list(law.flags_of(even, 0, {"03": 5, "04": 5})) == []
    over = edition(("04", 11), revenue=10, reserve_main_cents=3)
    assert list(law.flags_of(over, 4, {"04": 12, "09": 1, "03": 0})) == [
        Reason(code="reserve_main", rule="8", terms={"stated_cents": 3, "computed_cents": 4}),
        Reason(code="expenses_over_revenue", rule="4", terms={}),
        Reason(
            code="below_contracted",
            rule="13",
            terms={
                "articles": [
                    {"article": "04", "article_sum_cents": 11, "contracted_cents": 12},
                    {"article": "09", "article_sum_cents": 0, "contracted_cents": 1},
                ]
            },
        ),
    ]


def test_12_tables_that_differ_by_a_cent() -> None:
    even, odd = edition(("04", 100_003)), edition(("04", 100_004))
    quarters = [ArticleQuarters(article="04", q1_cents=25_000, q2_cents=25_000, q3_cents=25_000, q4_cents=25_003)]
    shares = [Share(payer="VLK", article="04", amount_cents=100_002), Share(payer="T", article="04", amount_cents=1)]
    assert list(law.tables_that_differ(even, quarters, shares)) == []
    differing = {"articles": [{"article": "04", "sum_cents": 100_003, "article_sum_cents": 100_004}]}
    assert list(law.tables_that_differ(odd, quarters, shares)) == [
        Reason(code="quarters_sum", rule="12", terms=differing),
        Reason(code="shares_sum", rule="12", terms=differing),
    ]


@pytest.mark.parametrize(
    ("ceiling", "accepted", "ended", "counted"),
    [
        (60, 57, False, 60),
        (60, 61, False, 61),
        (60, 57, True, 57),
        (None, 57, False, 0),
        (None, 57, True, 0),
        (0, 0, False, 0),
    ],
)
def test_13_what_a_contract_counts_with(ceiling: int | None, accepted: int, ended: bool, counted: int) -> None:
    assert law.counted_cents(ceiling, accepted, ended=ended) == counted


def test_13_over_the_share_by_a_cent_but_not_at_equality() -> None:
    assert list(law.over_the_share(100_000, 99_999, 1)) == []
    assert list(law.over_the_share(100_000, 99_999, 2)) == [
        Reason(
            code="share_exceeded",
            rule="13",
            terms={"share_cents": 100_000, "contracted_cents": 99_999, "asked_cents": 2, "free_cents": 1},
        )
    ]


def test_13_not_for_contracts_only_where_an_edition_says_so() -> None:
    assert list(law.not_for_contracts(None, "07")) == []
    assert list(law.not_for_contracts(edition(("04", 1)), "04")) == []
    for article in ("07", "99"):
        reason = Reason(code="not_health_care", rule="13", terms={})
        assert list(law.not_for_contracts(edition(("04", 1), ("07", 1)), article)) == [reason]


def test_13_outside_the_year_by_a_day_at_either_end() -> None:
    first, last = date(2026, 1, 1), date(2026, 12, 31)
    assert list(law.outside_the_year(2026, first, last)) == []
    reason = Reason(code="outside_year", rule="13", terms={})
    assert list(law.outside_the_year(2026, date(2025, 12, 31), last)) == [reason]
    assert list(law.outside_the_year(2026, first, date(2027, 1, 1))) == [reason]


def test_13_under_the_accepted_by_a_cent() -> None:
    assert list(law.under_the_accepted(57_000, 57_000)) == []
    assert list(law.under_the_accepted(None, 57_000)) == []
    assert list(law.under_the_accepted(56_999, 57_000)) == [
        Reason(code="under_accepted", rule="13", terms={"asked_cents": 56_999, "accepted_cents": 57_000})
    ]
