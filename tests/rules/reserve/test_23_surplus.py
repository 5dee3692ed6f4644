"""23. Over-plan revenue: in December, within the surplus, and only while the reserve holds 5 % of last year's Sodra."""

import pytest

from services.reserve.service import RESERVE
from tests.engine.story import Happening, Json, Said, Story
from tests.given import because, budget, day, event, refusal, revenue_line, said, story

PLAN, RECEIVED, SODRA = 100_000_000, 100_500_000, 60_000_000


def revenue(
    cents: int, code: str = "04", *, year: int = 2026, reference: str | None = None, **fields: object
) -> Happening:
    return event(
        "revenue.received",
        "/treasury",
        **{
            "year": year,
            "code": code,
            "amount_cents": cents,
            "received_on": f"{year}-06-30",
            "offset": False,
            "reference": reference or f"{year}-{code}-{cents}",
            **fields,
        },
    )


def surplus(cents: int, document: str = "V-1", **fields: object) -> Happening:
    proposed = {"year": 2026, "article": "04", "amount_cents": cents, "decided_on": "2026-12-10", "document": document}
    return event("surplus.proposed", "/ministry", **{**proposed, **fields})


def use(cents: int, part: str = "risk", sender: str = "/ministry", **fields: object) -> Happening:
    proposed = {
        "year": 2026,
        "part": part,
        "amount_cents": cents,
        "purpose": "care",
        "article": None,
        "decided_on": "2026-12-10",
        "document": "R-1",
    }
    return event("reserve.use.proposed", sender, **{**proposed, **fields})


def allotted(cents: int) -> Said:
    return said("surplus.allotted", year=2026, article="04", amount_cents=cents, rules=["23", "HIL 15(4)"])


def refused(*reasons: Json) -> Said:
    return said("surplus.refused", year=2026, reasons=reasons, rules=["23", "HIL 15(4)"])


def december(
    reserve: int = 3_000_000, received: int = RECEIVED, sodra: int | None = SODRA, on: str = "2026-12-10"
) -> Story:
    """Plan 100 000 000, received 100 500 000; last year's Sodra 60 000 000; a reserve in two parts."""
    fund = story(RESERVE).given(
        budget({"04": PLAN}, reserve_main_cents=1_000_000, reserve_risk_cents=reserve - 1_000_000),
        revenue(received),
    )
    if sodra is not None:
        fund.given(revenue(sodra, "01.01", year=2025))
    return fund.given(day(on))


# --------------------------------------------------------------------------------------------------- the worked example


def test_23_a_reserve_of_2_999_999_is_under_5_percent_and_3_000_000_is_not() -> None:
    december(2_999_999).when(surplus(300_000)).then(
        refused(because("reserve_under_5_percent", "23", reserve_cents=2_999_999, last_year_sodra_cents=SODRA))
    )
    december(3_000_000).when(surplus(300_000)).then(allotted(300_000))


def test_23_500_001_are_refused_300_000_then_200_000_allotted_then_a_use_of_1_refused() -> None:
    fund = december()
    fund.when(surplus(500_001)).then(
        refused(because("more_than_surplus", "23", surplus_cents=500_000, allotted_cents=0, asked_cents=500_001))
    )
    fund.when(surplus(300_000), surplus(200_000, "V-2")).then(allotted(300_000), allotted(200_000))
    fund.when(surplus(1, "V-3")).then(
        refused(because("more_than_surplus", "23", surplus_cents=500_000, allotted_cents=500_000, asked_cents=1))
    )
    fund.when(use(1)).then(
        refusal(
            "reserve.use",
            because("reserve_under_5_percent", "23", reserve_cents=2_999_999, last_year_sodra_cents=SODRA),
        )
    )


# ------------------------------------------------------------------------------------------------------------ the tests


@pytest.mark.parametrize(
    ("on", "decided_on"),
    [("2026-11-30", "2026-12-01"), ("2026-12-01", "2026-11-30"), ("2027-01-01", "2026-12-31")],
)
def test_23_the_decision_and_the_event_are_of_december_of_the_year(on: str, decided_on: str) -> None:
    december(on=on).when(surplus(1, decided_on=decided_on)).then(refused(because("not_december", "23")))


@pytest.mark.parametrize("on", ["2026-12-01", "2026-12-31"])
def test_23_on_the_first_and_the_last_day_of_december_it_may_be_decided(on: str) -> None:
    december(on=on).when(surplus(1, decided_on=on)).then(allotted(1))


def test_23_without_a_surplus_nothing_may_be_used_and_equality_is_none() -> None:
    december(received=PLAN).when(surplus(0)).then(
        refused(because("no_surplus", "23", received_cents=PLAN, planned_cents=PLAN))
    )
    december(received=PLAN + 1).when(surplus(1)).then(allotted(1))


def test_23_only_health_care_articles() -> None:
    fund = story(RESERVE).given(
        budget({"04": 10, "07": 1}, reserve_risk_cents=3),
        revenue(500),
        revenue(60, "01.01", year=2025),
        day("2026-12-10"),
    )
    for article in ("07", "99"):
        fund.when(surplus(1, article=article)).then(refused(because("not_health_care", "23")))


def test_23_without_revenue_of_sodra_recorded_for_last_year_it_is_refused() -> None:
    december(sodra=None).when(surplus(1)).then(refused(because("no_last_year", "23")))
    fund = december(sodra=None).given(revenue(5, "04", year=2025))  # revenue, but not Sodra's
    fund.when(surplus(1)).then(refused(because("no_last_year", "23")))


def test_23_set_offs_of_sodra_count_as_transferred() -> None:
    fund = december(sodra=SODRA - 20).given(revenue(21, "01.01", year=2025, offset=True))
    fund.when(surplus(1)).then(
        refused(because("reserve_under_5_percent", "23", reserve_cents=3_000_000, last_year_sodra_cents=SODRA + 1))
    )


def test_23_sodras_lines_are_those_of_last_years_latest_edition_else_of_this_years() -> None:
    lines = [revenue_line("02", 5, sodra=True), revenue_line("01.01", 5, sodra=False)]
    fund = december(sodra=None).given(
        budget({"04": 10}, year=2025, revenue=lines),
        revenue(SODRA + 20, "02", year=2025),
        revenue(1, "01.01", year=2025),
    )
    fund.when(surplus(1)).then(
        refused(because("reserve_under_5_percent", "23", reserve_cents=3_000_000, last_year_sodra_cents=SODRA + 20))
    )


def test_23_a_decision_names_its_document() -> None:
    december().when(surplus(1, document="  ")).then(refused(because("no_document", "23")))


def test_23_all_failing_tests_are_named_with_their_numbers() -> None:
    december(reserve=2_999_999, received=PLAN - 1, on="2026-11-30").when(surplus(1, document="", article="99")).then(
        refused(
            because("not_december", "23"),
            because("not_health_care", "23"),
            because("no_surplus", "23", received_cents=PLAN - 1, planned_cents=PLAN),
            because("more_than_surplus", "23", surplus_cents=-1, allotted_cents=0, asked_cents=1),
            because("reserve_under_5_percent", "23", reserve_cents=2_999_999, last_year_sodra_cents=SODRA),
            because("no_document", "23"),
        )
    )


def test_23_the_plan_is_that_of_the_edition_in_force() -> None:
    fund = december()
    lower = [revenue_line("04", PLAN + 499_999, sodra=False)]
    fund.given(
        budget(
            {"04": PLAN},
            edition=2,
            in_force_from="2026-12-01",
            revenue=lower,
            revenue_total_cents=PLAN + 499_999,
            reserve_risk_cents=3_000_000,
        ),
        budget({"04": PLAN}, edition=3, in_force_from="2026-12-31", reserve_risk_cents=9),
    )
    fund.when(surplus(2)).then(
        refused(because("more_than_surplus", "23", surplus_cents=1, allotted_cents=0, asked_cents=2))
    )


def test_23_revenue_told_twice_counts_once_and_another_under_its_reference_is_laid_aside() -> None:
    fund = december(received=PLAN)
    money = revenue(7, reference="T-7")
    fund.given(money, money, money.again())
    fund.when(revenue(8, reference="T-7")).then(said("revenue.received.parked"))
    fund.when(surplus(8)).then(
        refused(because("more_than_surplus", "23", surplus_cents=7, allotted_cents=0, asked_cents=8))
    )


# ------------------------------------------------------------------------------------------------------------- the lock


def test_23_i9_a_use_that_leaves_exactly_5_percent_is_allowed_and_a_cent_more_is_not() -> None:
    fund = december(3_000_010).given(surplus(1))
    fund.when(use(11)).then(
        refusal(
            "reserve.use",
            because("reserve_under_5_percent", "23", reserve_cents=2_999_999, last_year_sodra_cents=SODRA),
            rules=["8", "23"],
        )
    )
    fund.when(use(10)).then(said("reserve.use.allowed", rules=["8", "23"]))
    fund.when(use(1, "main", "/government")).then(said("reserve.use.refused"))


def test_23_without_a_decision_of_point_23_the_reserve_may_fall_under_5_percent() -> None:
    december().when(use(2_000_000)).then(said("reserve.use.allowed", rules=["8"]))


def test_23_the_lock_ends_with_31_december() -> None:
    fund = december().given(surplus(1), day("2027-01-01"))
    fund.when(use(1, decided_on="2026-12-31")).then(said("reserve.use.allowed"))


def test_23_the_5_percent_is_tested_again_at_year_end() -> None:
    fund = december().given(surplus(1), day("2027-01-01"))
    assert fund.state.lock_holds == {2026: True}
    fund = december().given(surplus(1), revenue(20, "01.01", year=2025, on="2026-12-20"), day("2027-01-01"))
    assert fund.state.lock_holds == {2026: False}
    fund = december().given(day("2027-01-01"))
    assert fund.state.lock_holds == {}
