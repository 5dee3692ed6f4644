"""The editions of a year's budget: which one is in force, which one is the latest, what is Sodra's (points 3-7)."""

from datetime import date

import pytest

from shared.kernel.budget import Edition, Editions, ExpenseLine, RevenueLine

NEW_YEAR, JULY, AUGUST = date(2021, 1, 1), date(2021, 7, 1), date(2021, 8, 1)


def edition(
    year: int, number: int, in_force_from: date, *, services_cents: int = 1_000, sodra: tuple[str, ...] = ("1",)
) -> Edition:
    revenue = tuple(RevenueLine(code=code, name="", sodra=code in sodra, amount_cents=550) for code in ("1", "2"))
    expenses = (
        ExpenseLine(article="01", name="", health_care=True, sodra=False, amount_cents=services_cents),
        ExpenseLine(article="07", name="", health_care=False, sodra=bool(sodra), amount_cents=100),
    )
    return Edition(
        year=year,
        edition=number,
        law="",
        in_force_from=in_force_from,
        revenue=revenue,
        revenue_total_cents=1_100,
        expenses=expenses,
        expenses_total_cents=services_cents + 100,
        working_capital_cents=0,
        reserve_main_cents=0,
        reserve_risk_cents=0,
        state_funds_cents=0,
        reserve_transfer_cents=0,
        working_capital_before_cents=None,
    )


def adopted(*editions: Edition) -> Editions:
    known = Editions()
    for one in editions:
        known.add(one)
    return known


@pytest.mark.parametrize(
    ("day", "number"),
    [
        (date(2020, 12, 31), None),
        (NEW_YEAR, 1),
        (date(2021, 6, 30), 1),
        (JULY, 2),
        (date(2021, 12, 31), 2),
        (date(2022, 1, 1), None),
    ],
)
def test_7_the_edition_in_force_is_the_last_that_has_begun_in_the_year_of_the_day(
    day: date, number: int | None
) -> None:
    in_force = adopted(edition(2021, 1, NEW_YEAR), edition(2021, 2, JULY)).in_force(day)
    assert (in_force.edition if in_force else None) == number


def test_7_the_order_in_which_editions_were_adopted_does_not_matter() -> None:
    listed = [edition(2021, 1, NEW_YEAR), edition(2021, 2, AUGUST), edition(2021, 3, JULY)]
    for order in (listed, listed[::-1]):
        known = adopted(*order)
        assert known.in_force(date(2021, 7, 15)) == listed[2]
        assert known.in_force(AUGUST) == listed[1]  # begun last, though it has not the highest number
        assert known.latest(2021) == listed[2]


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_7_of_two_editions_of_one_day_the_higher_number_is_in_force(order: tuple[int, int]) -> None:
    in_force = adopted(*(edition(2021, number, JULY) for number in order)).in_force(JULY)
    assert in_force is not None
    assert in_force.edition == 2


def test_11_a_budget_approved_late_is_the_latest_before_it_is_in_force() -> None:
    late = edition(2021, 1, AUGUST)
    known = adopted(late)
    assert known.in_force(JULY) is None
    assert known.latest(2021) == late


def test_7_numbers_are_numbers_the_tenth_edition_comes_after_the_ninth() -> None:
    known = adopted(edition(2021, 9, JULY), edition(2021, 10, JULY))
    assert known.latest(2021) == known.in_force(JULY) == known.get(2021, 10)


def test_7_what_was_not_adopted_is_not_known() -> None:
    known = adopted(edition(2021, 1, NEW_YEAR))
    assert known.get(2021, 1) == edition(2021, 1, NEW_YEAR)
    assert known.get(2021, 2) is None
    assert known.get(2022, 1) is None
    assert known.latest(2022) is None


def test_23_sodra_lines_are_those_of_the_latest_edition_of_the_year() -> None:
    known = adopted(
        edition(2021, 1, NEW_YEAR, sodra=("1",)),
        edition(2021, 2, AUGUST, sodra=("1", "2")),
        edition(2022, 1, date(2022, 1, 1), sodra=("2",)),
    )
    assert known.sodra_lines(2021) == {"1", "2"}


def test_23_sodra_lines_of_a_year_without_a_budget_are_those_of_the_next_year() -> None:
    known = adopted(edition(2022, 1, date(2022, 1, 1), sodra=("2",)))
    assert known.sodra_lines(2021) == {"2"}
    assert known.sodra_lines(2020) == known.sodra_lines(2023) == frozenset()


def test_16_what_is_appropriated_for_an_article() -> None:
    one = edition(2021, 1, NEW_YEAR, services_cents=5_000)
    assert (one.appropriation_cents("01"), one.appropriation_cents("07"), one.appropriation_cents("99")) == (
        5_000,
        100,
        0,
    )
    assert one.article("01") == one.expenses[0]
    assert one.article("99") is None


def test_22_the_article_of_sodras_costs() -> None:
    assert edition(2021, 1, NEW_YEAR).sodra_article() == "07"
    assert edition(2021, 1, NEW_YEAR, sodra=()).sodra_article() is None
