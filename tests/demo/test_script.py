"""The script of the year: valid, repeatable, and true to the budget."""

import json
from collections import Counter
from datetime import date, datetime
from typing import Any

import pytest
from schwifty import IBAN
from stdnum.lt import pvm

from shared.demo import Day, World, days, plot
from shared.demo.billing import Billing
from shared.demo.budgets import (
    Budget,
    budget_2021,
    budget_2021_amended,
    budget_2022,
    budget_2023,
    distribution,
    main_reserve,
    shares,
)
from shared.demo.days import pay_day
from shared.demo.dice import dice
from shared.demo.faults import WEIGHTS, fault_of
from shared.demo.invoices import compose
from shared.demo.revenue import Revenue
from shared.demo.volumes import paid_in, targets
from shared.kernel.calendar import VILNIUS
from shared.messages.read import Malformed, parse

SEED = 7
SMALL = 50


@pytest.fixture(scope="module")
def script() -> list[Day]:
    return list(days(SEED, 150))


def events(script: list[Day], kind: str) -> list[dict[str, Any]]:
    return [e["data"] for day in script for e in day.events if isinstance(e, dict) and e["type"] == kind]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    first, again, other = (repr(list(days(seed, SMALL))) for seed in (SEED, SEED, SEED + 1))
    assert first == again
    assert first != other


def test_every_event_is_of_the_contract_but_those_meant_to_be_parked(script: list[Day]) -> None:
    broken: Counter[str] = Counter()
    for day in script:
        for sent in day.events:
            raw = sent if isinstance(sent, bytes) else json.dumps(sent, ensure_ascii=False).encode()
            try:
                parse(raw, outside=True)
            except Malformed as error:
                broken[error.error.partition(" ")[0]] += 1
    assert set(broken) == {"data.pastaba", "data.amount_cents:", "not", "source:", "data.service_month:"}
    assert 12 * 3 <= sum(broken.values()) <= 14 * plot.MALFORMED_A_MONTH


def test_ids_are_unique_and_moments_ascend_within_their_day(script: list[Day]) -> None:
    ids: set[str] = set()
    for day in script:
        assert [e["data"]["date"] for e in day.before] == [day.date.isoformat()]
        moments = []
        for event in (e for e in day.events if isinstance(e, dict)):
            assert event["id"] not in ids
            ids.add(event["id"])
            moments.append(datetime.fromisoformat(event["time"]))
            assert moments[-1].date() == day.date
            assert moments[-1].utcoffset() == moments[-1].astimezone(VILNIUS).utcoffset()
        assert moments == sorted(set(moments))


def test_the_story_runs_from_december_until_the_year_can_be_closed(script: list[Day]) -> None:
    assert (script[0].date, script[-1].date) == (date(2021, 12, 20), date(2023, 3, 31))
    assert len(script) == 467


def test_too_few_providers_and_other_years_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 40 providers"):
        World(SEED, 10)
    with pytest.raises(ValueError, match="of 2023 it knows no budget"):
        World(SEED, SMALL, year=2023)


def test_legal_codes_and_accounts_have_their_check_digits() -> None:
    world = World(SEED, 600)
    codes = {provider.code for provider in world.providers}
    assert len(codes) == len({provider.iban for provider in world.providers}) == 600
    assert all(len(code) == 9 and pvm.calc_check_digit(code[:8]) == code[8] for code in codes)
    assert all(IBAN(provider.iban).is_valid for provider in world.providers)


@pytest.mark.parametrize("budget", [budget_2021(), budget_2021_amended(), budget_2022(), budget_2023()])
def test_the_lines_of_a_budget_add_up_and_so_does_its_distribution(budget: Budget) -> None:
    data = budget.data
    assert sum(budget.revenue.values()) == data["revenue_total_cents"]
    assert sum(budget.expenses.values()) == data["expenses_total_cents"]
    assert main_reserve(data["revenue_total_cents"]) == data["reserve_main_cents"]
    split = distribution(budget, shares(budget), with_revenue=True)
    for article, amount in budget.expenses.items():
        assert sum(s["amount_cents"] for s in split["shares"] if s["article"] == article) == amount
        (quarters,) = (q for q in split["quarters"] if q["article"] == article)
        assert sum(quarters[f"q{n}_cents"] for n in range(1, 5)) == amount


def test_the_amendment_of_2021_has_its_two_known_numbers_and_says_what_is_assumed() -> None:
    amended = budget_2021_amended()
    assert amended.expenses["01"] == 167_382_300_000
    assert amended.total_cents == 248_949_600_000
    assert "spėjamos" in amended.data["law"]


@pytest.mark.parametrize("providers", [40, 150, 600])
def test_what_is_paid_in_the_year_hits_the_plan_whatever_the_number_of_providers(providers: int) -> None:
    world, budget = World(SEED, providers), budget_2022()
    paid: Counter[tuple[str, str, str]] = Counter()
    for item in world.planned:
        if paid_in(item) == plot.YEAR:
            paid[item.deal.pot] += item.amount
    assert paid.keys() == targets().keys()
    for pot, aim in targets().items():
        assert paid[pot] == pytest.approx(aim, rel=1e-4)
    for article in ("01", "03", "05"):
        used = sum(cents for (_, a, source), cents in paid.items() if (a, source) == (article, "PSDF"))
        assert 0.98 < used / budget.expenses[article] < 0.99
    assert 8 <= sum(cents for pot, cents in paid.items() if pot[2] == "STATE") / 180_000_000 <= 9


def test_invoices_come_near_their_planned_amounts() -> None:
    planned = World(SEED, 600).planned
    composed = [compose(SEED, item.deal, item.month, item.amount, item.on) for item in planned]
    assert sum(c["amount_cents"] for c in composed) == pytest.approx(sum(i.amount for i in planned), rel=0.001)
    assert 8_000 < len(composed) < 12_000
    sizes = Counter(len(c["lines"]) for c in composed)
    assert sum(n for lines, n in sizes.items() if lines <= 8) > 0.9 * len(composed)
    assert sum(n for lines, n in sizes.items() if lines >= 30) > 0.02 * len(composed)


def invoices_of(day: Day) -> list[dict[str, Any]]:
    """The month's first numbers: no second invoices, nothing malformed."""
    found = (e["data"] for e in day.events if isinstance(e, dict) and e["type"] == "invoice.submitted")
    return [d for d in found if isinstance(d["amount_cents"], int) and d["amount_cents"] > 0 and d["number"][-1] != "B"]


@pytest.mark.parametrize("providers", [40, 150, 600])
def test_ceilings_stay_within_the_shares_and_pharmacies_have_none(providers: int) -> None:
    sums: Counter[tuple[str, str, str]] = Counter()
    for deal in World(SEED, providers).deals:
        assert (deal.ceilings[plot.YEAR] is None) == (deal.ceiling == "none")
        assert deal.article != "02" or deal.ceiling == "none"
        sums[deal.pot] += deal.ceilings[plot.YEAR] or 0
    table = shares(budget_2022())
    for (payer, article, source), cents in sums.items():
        limit = budget_2022().state_funds_cents if source == "STATE" else table[article][payer]
        assert cents <= limit


def test_revenue_is_172_5_million_over_its_plan_and_not_before_december() -> None:
    of_2022 = [r for r in Revenue().receipts if r.on.year == plot.YEAR]
    plan = budget_2022().data["revenue_total_cents"]
    assert sum(r.amount for r in of_2022) - plan == 17_250_000_000
    assert sum(r.amount for r in of_2022 if r.on <= date(2022, 12, 6)) < plan
    assert sum(r.amount for r in of_2022 if r.on <= date(2022, 12, 20)) - plan == 17_250_000_000


def test_last_years_revenue_and_its_last_quarter_are_complete() -> None:
    of_2021 = [r for r in Revenue().receipts if r.on.year == plot.YEAR - 1]
    assert sum(r.amount for r in of_2021) == budget_2021_amended().data["revenue_total_cents"]
    assert {(r.on.month + 2) // 3 for r in of_2021} == {1, 2, 3, 4}
    assert any(r.offset for r in of_2021)


def test_invoices_arrive_in_a_burst_in_the_first_ten_days(script: list[Day]) -> None:
    by_day = Counter(day.date.day for day in script for _ in invoices_of(day) if day.date.year == plot.YEAR)
    assert sum(cents for day, cents in by_day.items() if day <= 10) > 0.9 * by_day.total()


def test_the_year_has_its_dated_decisions(script: list[Day]) -> None:
    assert [data["year"] for data in events(script, "budget.approved")] == [2021, 2021, 2022, 2023]
    assert len(events(script, "sodra.statement.submitted")) == 5
    assert len(events(script, "reserve.use.proposed")) == 3
    assert [data["decided_on"] for data in events(script, "surplus.proposed")] == [
        "2022-12-06",
        "2022-12-21",
        "2022-12-27",
    ]
    assert len(events(script, "contract.ended")) == 2
    assert events(script, "contract.change.proposed")
    assert {data["source"] for data in events(script, "contract.proposed")} == {"PSDF", "STATE"}
    assert {data["review"] for data in events(script, "contract.proposed")} == {"automatic", "clerk"}


def test_two_or_three_invoices_in_a_hundred_have_a_fault_and_every_fault_happens() -> None:
    world = World(SEED, 600)
    found = Counter(fault_of(dice(SEED, "fault", i.deal.number, i.month), i.deal, i.month) for i in world.planned)
    none = found.pop(None)
    assert 0.015 < found.total() / (none + found.total()) < 0.03
    assert found.keys() == WEIGHTS.keys()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_small_demo_has_every_fault_too(seed: int) -> None:
    returned = {"line_arithmetic", "sum_mismatch", "unknown_service", "price_mismatch", "month_not_over"}
    refused = {"wrong_article", "wrong_payer", "number_reused", "outside_contract", "duplicate_month"}
    world = World(seed, 40)
    sure = Billing._sure_faults(world.deals)
    assert returned | refused | {"unknown_contract"} >= set(sure.values()) >= refused | {"line_arithmetic"}
    assert all(world_month in {item.month for item in world.planned} for _, world_month in sure)


# What the stories hang on, worked out from the plan alone: the limits are those of rules.md, the sums the plan's.


def demanded(world: World, payer: str, article: str, until: date) -> int:
    """What the pot's invoices sent up to the day take of the fund year's money."""
    pot = (payer, article, "PSDF")
    return sum(i.amount for i in world.planned if i.deal.pot == pot and i.on <= until and paid_in(i) == plot.YEAR)


@pytest.fixture(scope="module", params=[(1, 40), (2, 150), (3, 600)], ids=str)
def world(request: pytest.FixtureRequest) -> World:
    return World(*request.param)


def test_11_january_asks_more_than_a_twelfth_of_last_year(world: World) -> None:
    january = [i for i in world.planned if i.deal.source == "PSDF" and i.on <= date(2022, 1, 19)]
    pay = [(i, pay_day(i.on, i.deal.payment_days)) for i in january]
    asked = sum(i.amount for i, on in pay if (on.year, on.month) == (2022, 1))
    assert asked > budget_2021_amended().total_cents // 12


def test_18_orthopaedics_run_out_in_autumn(world: World) -> None:
    limit = budget_2022().expenses["04"]
    assert demanded(world, "VLK", "04", date(2022, 8, 31)) < limit < demanded(world, "VLK", "04", date(2022, 10, 31))


def test_18_pharmacies_outgrow_their_article_in_november(world: World) -> None:
    share = shares(budget_2022())["02"]["VLK"]
    assert demanded(world, "VLK", "02", date(2022, 10, 31)) < share < demanded(world, "VLK", "02", date(2022, 11, 30))
    for payer in shares(budget_2022())["02"]:
        assert payer == "VLK" or demanded(world, payer, "02", plot.ENDS_ON) < shares(budget_2022())["02"][payer]


def test_14_3_the_year_has_room_in_november_and_none_at_the_end(world: World) -> None:
    pots = {deal.pot for deal in world.deals if deal.source == "PSDF"}
    compensation = plot.COMPENSATION_CENTS[2021] + 3 * plot.COMPENSATION_CENTS[2022]
    asked = {
        until: compensation + sum(demanded(world, payer, article, until) for payer, article, _ in pots)
        for until in (date(2022, 11, 30), plot.ENDS_ON)
    }
    total = budget_2022().total_cents
    assert asked[date(2022, 11, 30)] < total < asked[plot.ENDS_ON] < total + 1_000_000_000


@pytest.mark.parametrize("payer", ["TLK-KLAIPEDA", "TLK-KAUNAS"])
def test_16_two_funds_run_out_of_rehabilitation_before_it_is_shared_out_anew(world: World, payer: str) -> None:
    share = shares(budget_2022())["03"][payer]
    assert demanded(world, payer, "03", date(2022, 8, 31)) < share
    assert demanded(world, payer, "03", plot.REHABILITATION_MOVED_ON) > share


def test_19_state_funds_do_not_suffice(world: World) -> None:
    asked = sum(i.amount for i in world.planned if i.deal.source == "STATE" and paid_in(i) == plot.YEAR)
    assert asked > budget_2022().state_funds_cents
