"""3-8. Editions of a budget: unique, added up, flagged; the one source of the budget for the other services."""

from services.contracts.service import CONTRACTS
from tests.given import because, budget, contract, refusal, said, shares, story


def test_7_an_edition_is_adopted_as_it_was_approved() -> None:
    approved = budget({"04": 1_000, "07": 10}, state=5, working_capital_before_cents=3)
    _, data = approved.forms["budget.approved"]
    story(CONTRACTS).when(approved).then(
        said("budget.adopted", **{**data, "reserve_transfer_cents": 0}, flags=[], rules=["7"])
    )


def test_7_the_same_edition_again_changes_nothing() -> None:
    fund = story(CONTRACTS).given(budget({"04": 1_000}))
    fund.when(budget({"04": 1_000})).then()


def test_7_an_edition_with_other_content_is_refused_and_the_first_stands() -> None:
    fund = story(CONTRACTS).given(budget({"04": 1_000}))
    fund.when(budget({"04": 1_001})).then(
        said("budget.refused", year=2026, edition=1, rules=["7"], reasons=[because("edition_reused", "7")])
    )
    fund.when(shares("04", VLK=1_000)).then(said("distribution.adopted"))


def test_7_lines_must_add_up_to_the_stated_totals() -> None:
    story(CONTRACTS).when(budget({"04": 1_000}, revenue_total_cents=999, expenses_total_cents=1_001)).then(
        refusal(
            "budget",
            because("revenue_sum", "7", sum_cents=1_000, total_cents=999),
            because("expenses_sum", "7", sum_cents=1_000, total_cents=1_001),
        )
    )


def test_7_a_refused_edition_may_come_again() -> None:
    fund = story(CONTRACTS).given(budget({"04": 1_000}, expenses_total_cents=1))
    fund.when(budget({"04": 1_000})).then(said("budget.adopted"))


def test_7_an_edition_of_the_number_of_another_year_is_another() -> None:
    story(CONTRACTS).given(budget({"04": 1_000})).when(budget({"04": 7}, year=2027)).then(
        said("budget.adopted", year=2027)
    )


# --------------------------------------------------------------------------------------------------- flags, no refusals


def test_8_a_reserve_main_part_that_is_not_1_5_percent_is_flagged() -> None:
    story(CONTRACTS).when(budget({"04": 100_000_000}, reserve_main_cents=1_400_000)).then(
        said("budget.adopted", flags=[because("reserve_main", "8", stated_cents=1_400_000, computed_cents=1_500_000)])
    )


def test_4_expenses_above_revenue_are_flagged() -> None:
    more = [{"code": "01.01", "name": "Sodra", "sodra": True, "amount_cents": 999}]
    story(CONTRACTS).when(budget({"04": 1_000}, revenue=more, revenue_total_cents=999)).then(
        said("budget.adopted", flags=[because("expenses_over_revenue", "4")])
    )


def test_13_an_article_lower_than_what_is_contracted_is_flagged_with_both_sums() -> None:
    fund = story(CONTRACTS).given(
        budget({"03": 500, "04": 1_000}),
        shares("04", VLK=1_000),
        shares("03", VLK=500),
        contract("C", 600),
        contract("D", 300, article="03"),
    )
    below = [{"article": "04", "article_sum_cents": 599, "contracted_cents": 600}]
    fund.when(budget({"03": 300, "04": 599}, edition=2)).then(
        said("budget.adopted", flags=[because("below_contracted", "13", articles=below)])
    )


def test_13_an_article_that_an_edition_no_longer_names_is_flagged_with_nothing() -> None:
    fund = story(CONTRACTS).given(budget({"04": 10}), shares("04", VLK=10), contract("C", 10))
    below = [{"article": "04", "article_sum_cents": 0, "contracted_cents": 10}]
    fund.when(budget({"03": 10}, edition=2)).then(
        said("budget.adopted", flags=[because("below_contracted", "13", articles=below)])
    )


def test_13_19_contracts_of_state_money_are_not_contracted_of_the_articles() -> None:
    fund = story(CONTRACTS).given(budget({"04": 10}, state=50), contract("S", 50, source="STATE"))
    fund.when(budget({"04": 10}, state=50, edition=2)).then(said("budget.adopted", flags=[]))


def test_8_the_annexes_of_2021_and_2022_state_the_main_part_as_computed() -> None:
    for year, revenue, main in ((2021, 247_816_900_000, 3_717_300_000), (2022, 279_019_100_000, 4_185_300_000)):
        story(CONTRACTS, since=f"{year}-01-03").when(budget({"04": revenue}, year=year, reserve_main_cents=main)).then(
            said("budget.adopted", flags=[])
        )
