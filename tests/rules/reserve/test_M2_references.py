"""M1, M2. Revenue counts once under its reference, for ever; a typing mistake in a year makes nothing forgotten."""

import pytest

from services.reconciliation.service import RECONCILIATION
from services.reserve.service import RESERVE
from tests.engine.story import Happening, Story
from tests.given import day, event, parked, story


def revenue(reference: str, received_on: str, cents: int = 10) -> Happening:
    data = {"year": int(received_on[:4]), "code": "01.01", "amount_cents": cents, "received_on": received_on}
    return event("revenue.received", "/treasury", **data, offset=False, reference=reference)


def counted(fund: Story) -> int:
    return sum(
        cents
        for of_time in fund.engine.state(fund.engine.service.streams[0]).revenue.values()
        for cents in of_time.values()
    )


@pytest.mark.parametrize("service", [RESERVE, RECONCILIATION])
def test_M2_A9_a_day_in_the_far_future_makes_nothing_forgotten(service: object) -> None:
    fund = story(service, since="2022-01-03").given(revenue("R1", "2022-01-03"))  # type: ignore[arg-type]
    fund.when(revenue("R2", "2122-01-03"))
    fund.when(revenue("R1", "2022-01-03"), revenue("R1", "2022-01-03")).then()
    assert counted(fund) == 10


def test_M2_the_far_day_is_laid_aside_with_the_years_that_may_be() -> None:
    fund = story(RESERVE, since="2022-01-03").given(day("2022-01-04"))
    fund.when(revenue("R2", "2122-01-03")).then(parked("revenue.received"))
    error = "received_on: 2122-01-03 is not of the years 2021 to 2023; the last started day is 2022-01-04"
    assert fund.came[0]["data"]["error"] == error


@pytest.mark.parametrize("service", [RESERVE, RECONCILIATION])
def test_M1_revenue_counts_once_however_late_it_comes_again(service: object) -> None:
    first = revenue("R1", "2022-02-01")
    fund = story(service, since="2022-02-01").given(first, day("2023-01-02"), day("2024-01-02"), day("2025-01-02"))  # type: ignore[arg-type]
    fund.when(first.late("2025-01-02"))
    fund.when(first.again().late("2025-01-02"))
    assert counted(fund) == 10


@pytest.mark.parametrize("service", [RESERVE, RECONCILIATION])
def test_M1_revenue_of_last_year_counts_once_though_its_days_may_still_be_meant(service: object) -> None:
    first = revenue("R1", "2022-12-30")
    fund = story(service, since="2022-12-30").given(first, day("2023-01-02"))  # type: ignore[arg-type]
    fund.when(first.again().late("2023-01-03"))
    assert counted(fund) == 10


def test_R3_a_reference_of_revenue_stands_for_its_year_too() -> None:
    fund = story(RESERVE, since="2022-01-03").given(revenue("R1", "2022-01-03"))
    fund.when(revenue("R1", "2021-12-30")).then(parked("revenue.received"))
