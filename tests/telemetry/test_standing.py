"""Where the fund stands, as Prometheus reads it: what is coming, what there is no number for, what is counted from 0."""

import json
from datetime import date, datetime
from pathlib import Path

from services.all import SERVICES
from shared.engine.waiting import Status
from shared.kernel.calendar import VILNIUS
from shared.statute.load import load_fund
from shared.telemetry.counts import DEFERRED, SAYS, Counts
from shared.telemetry.matters import watch_matters
from shared.telemetry.setup import Telemetry
from shared.telemetry.standing import NAMES, watch_fund
from tests.bench import world
from tests.deploy.year import Year
from tests.runtime.funds import fund, worked_start
from tests.runtime.funds import invoice as bill
from tests.telemetry import prometheus
from tests.telemetry.play import A1, A2, Watched, at, beginning, executed, invoice, started


def samples(telemetry: Telemetry) -> dict[str, float]:
    return prometheus.samples(telemetry.metrics.text().decode())


async def played(*raws: bytes) -> dict[str, float]:
    watched = Watched(Telemetry(traces=0))
    await watched.bus.start()
    await watched.send(*raws)
    assert watched.telemetry
    return samples(watched.telemetry)


def of(found: dict[str, float], name: str) -> dict[str, float]:
    return {key: value for key, value in found.items() if key.partition("{")[0] == name}


# ------------------------------------------------------------------------------------------------------ counted from 0


async def test_V3_a_fund_that_decided_nothing_has_every_counter_at_0() -> None:
    found = await played()
    assert SAYS.keys() == {service.name for service in SERVICES}
    for service, kinds in SAYS.items():
        for kind in kinds:
            assert found[f"psdf_decisions_total{{kind={kind},service={service}}}"] == 0
    for why in DEFERRED:
        assert found[f"psdf_reasons_total{{kind=payment.deferred,reason={why},service=payments}}"] == 0
    assert found["psdf_reasons_total{kind=invoice.returned,reason=price_mismatch,service=invoicing}"] == 0
    assert found["psdf_parked_total{topic=invoice.submitted}"] == found["psdf_parked_total{topic=unknown}"] == 0
    assert found["psdf_decided_cents_total{kind=payment.ordered,service=payments}"] == 0


async def test_what_is_decided_is_counted_with_its_reasons_and_sums() -> None:
    found = await played(
        *beginning(),
        invoice(A1, "2022-01", 1_720_000_000, "2022-02-07"),
        invoice(A2, "2022-02", 3_000_000, "2022-03-04"),
        started("2022-03-09"),
        executed(f"{A1}#1", "2022-03-09"),
    )
    assert found["psdf_reasons_total{kind=payment.deferred,reason=appropriation,service=payments}"] == 1
    assert found["psdf_decided_cents_total{kind=invoice.accepted,service=invoicing}"] == 1_723_000_000
    assert found["psdf_decided_cents_total{kind=payment.executed,service=payments}"] == 1_720_000_000


def test_what_is_counted_once_is_in_a_service_that_says_it() -> None:
    assert Counts("payments").decided["shortage.declared"] == 0
    assert "invoice.accepted" not in Counts("payments").decided
    assert not Counts("letters").decided


def test_a_process_counts_what_it_waited_for_from_0() -> None:
    metrics, status = Telemetry(traces=0).metrics, Status()
    metrics.watch_status("letters", status)
    before = prometheus.samples(metrics.text().decode())
    status.wait("store", "it does not answer")
    after = prometheus.samples(metrics.text().decode())
    name = "psdf_waits_store_total{service=letters}"
    assert (before[name], after[name]) == (0, 1)


# -------------------------------------------------------------------------------------------- without a budget, and ahead


async def test_V9_without_a_budget_no_article_has_a_number_left_and_the_month_has() -> None:
    found = await played(
        *beginning(),
        invoice(A1, "2022-01", 1_200, "2022-02-07"),
        started("2023-01-02"),
        invoice(A2, "2022-12", 1_300, "2023-01-03"),
    )
    assert of(found, "psdf_article_left_cents") == {}
    assert of(found, "psdf_article_info") == {}
    assert of(found, "psdf_total_left_cents") == {}
    twelfth = 2 * 1_721_000_000 // 12
    month = of(found, "psdf_month_left_cents")
    assert month["psdf_month_left_cents{source=PSDF}"] <= twelfth
    assert month.keys() == {"psdf_month_left_cents{source=PSDF}", "psdf_month_left_cents{source=STATE}"}


async def test_with_a_budget_the_month_has_no_number() -> None:
    found = await played(*beginning())
    assert of(found, "psdf_month_left_cents") == {}
    assert found["psdf_article_info{article=04,name=care}"] == 1


def needed(found: dict[str, float], days: int) -> float:
    return found[f"psdf_cash_needed_cents{{days={days},payer=VLK,source=PSDF}}"]


async def test_16_what_an_account_needs_is_told_one_three_and_ten_days_ahead() -> None:
    raws = [*beginning(), invoice(A1, "2022-01", 1_720_000_000, "2022-02-07")]  # due on 9 March
    far = await played(*raws, started("2022-02-20"))
    near = await played(*raws, started("2022-03-01"))
    tomorrow = await played(*raws, started("2022-03-08"))
    assert [needed(far, days) for days in (1, 3, 10)] == [0, 0, 0]
    assert [needed(near, days) for days in (1, 3, 10)] == [0, 0, 1_720_000_000]
    assert [needed(tomorrow, days) for days in (1, 3, 10)] == [1_720_000_000] * 3


async def test_24_what_is_to_be_paid_in_the_next_year_is_accepted_and_not_ordered_too() -> None:
    """In December most of what 31 December carries stands in no queue, and is scheduled for no day."""
    found = await played(*beginning(), invoice(A1, "2022-11", 1_200, "2022-12-06"), started("2022-12-31"))
    assert of(found, "psdf_unpaid_cents") == {
        "psdf_unpaid_cents{how=waiting}": 0,
        "psdf_unpaid_cents{how=next_year}": 1_200,
        "psdf_unpaid_cents{how=scheduled}": 0,
    }


async def test_16_what_is_deferred_and_due_within_three_days_is_at_risk_and_then_missed() -> None:
    raws = [
        *beginning(),
        invoice(A1, "2022-01", 1_720_000_000, "2022-02-07"),
        invoice(A2, "2022-02", 3_000_000, "2022-03-04"),  # due on 4 April, over the article
    ]
    name = "{reason=appropriation}"
    for day, at_risk, missed in (
        ("2022-03-31", 0, 0),
        ("2022-04-01", 1, 0),
        ("2022-04-04", 1, 0),
        ("2022-04-05", 0, 1),
    ):
        found = await played(*raws, started(day))
        assert (found[f"psdf_terms_at_risk{name}"], found[f"psdf_terms_missed{name}"]) == (at_risk, missed), day


async def test_17_what_is_to_be_ordered_by_tomorrow_without_cash_is_at_risk() -> None:
    without = [raw for raw in beginning() if b"account.credited" not in raw]
    raws = [*without, invoice(A1, "2022-01", 1_000, "2022-02-07")]
    for day, at_risk in (("2022-03-07", 0), ("2022-03-08", 1), ("2022-03-09", 1)):
        found = await played(*raws, started(day))
        assert found["psdf_terms_at_risk{reason=no_cash}"] == at_risk, day


async def test_each_reason_of_a_term_is_named_in_both_languages() -> None:
    found = await played(*beginning())
    assert len(of(found, "psdf_reason_info")) == len(NAMES) == len(DEFERRED) + 2
    assert all(names["lt"] and names["en"] for names in NAMES.values())


async def test_18_days_to_the_nearest_term_of_what_waits_for_a_notice() -> None:
    raws = [
        *beginning(),
        invoice(A1, "2022-01", 1_720_000_000, "2022-02-07"),
        invoice(A2, "2022-02", 3_000_000, "2022-03-04"),
        started("2022-03-30"),
    ]
    assert (await played(*raws))["psdf_notice_days_to_term{}"] == 5
    assert "psdf_notice_days_to_term{}" not in await played(*beginning())


async def test_16_an_order_without_an_answer_grows_old() -> None:
    raws = [*beginning(), invoice(A1, "2022-01", 1_720_000_000, "2022-02-07"), started("2022-03-15")]
    found = await played(*raws)
    assert (found["psdf_orders_open{}"], found["psdf_order_age_days{}"]) == (1, 6)
    answered = await played(*raws, executed(f"{A1}#1", "2022-03-15"))
    assert (answered["psdf_orders_open{}"], answered["psdf_order_age_days{}"]) == (0, 0)


async def test_24_what_is_set_aside_for_the_return_is_told_by_year() -> None:
    payer = "TLK-KAUNAS"
    credit = next(raw for raw in beginning() if b"account.credited" in raw)
    theirs = (
        credit.replace(b'"VLK"', f'"{payer}"'.encode())
        .replace(b'"cash"', b'"theirs"')
        .replace(b'"id": "t"', b'"id": "t2"')
    )
    found = await played(*beginning(), theirs, started("2023-01-02"))
    aside = of(found, "psdf_set_aside_cents")
    assert aside == {f"psdf_set_aside_cents{{payer={payer},source=PSDF,year=2022}}": 2_000_000_000}


# ---------------------------------------------------------------------------------------------------- against the clock


async def test_days_behind_are_told_against_the_calendar_only_where_it_counts() -> None:
    watched = Watched(Telemetry(traces=0))
    await watched.bus.start()
    await watched.send(*beginning())
    today = date(2022, 1, 5)
    by_the_clock = Telemetry(traces=0)
    watch_fund(by_the_clock.metrics, lambda: watched.state, watched.fund, today=lambda: today)
    assert samples(by_the_clock)["psdf_days_behind{}"] == 2
    assert watched.telemetry
    assert "psdf_days_behind{}" not in samples(watched.telemetry)


async def test_an_invoice_that_is_scheduled_is_timed_from_its_arrival(tmp_path: Path) -> None:
    today = Year(datetime.now(VILNIUS).date())
    async with fund(tmp_path / "home", moment="arrival") as stack:
        await stack.publish([*today.beginning(), today.invoice("A1", "C-1", 3)])
        found = prometheus.samples(stack.telemetry.metrics.text().decode())
    timed = 1 if today.first_answer == "payment.scheduled" else None
    assert found.get("psdf_invoice_seconds_count{}") == timed


async def test_a_fund_whose_events_bring_their_own_time_is_not_timed(tmp_path: Path) -> None:
    async with fund(tmp_path / "home") as stack:
        await stack.publish(worked_start())
        found = prometheus.samples(stack.telemetry.metrics.text().decode())
    assert "psdf_invoice_seconds_count{}" not in found


# ------------------------------------------------------------------------------------------------------ parked and open


async def test_parked_messages_are_open_until_they_are_released_whatever_is_restarted(tmp_path: Path) -> None:
    broken = bill("A9", 1, "2022-02-07T10:00:00+02:00", amount_cents=-1)
    async with fund(tmp_path / "home") as stack:
        await stack.publish([*worked_start(), broken])
        await stack.parked.look()
        found = prometheus.samples(stack.telemetry.metrics.text().decode())
        assert found["psdf_parked_open{topic=invoice.submitted}"] == 1
        assert found["psdf_parked_open{topic=payment.reported}"] == 0
    async with fund(tmp_path / "home") as again:
        await again.parked.look()
        found = prometheus.samples(again.telemetry.metrics.text().decode())
        assert found["psdf_parked_open{topic=invoice.submitted}"] == 1
        assert found["psdf_parked_total{topic=invoice.submitted}"] == 0


async def test_23_the_reserve_and_the_least_it_must_hold(tmp_path: Path) -> None:
    came = {
        "year": 2021,
        "code": "01",
        "amount_cents": 1_001,
        "received_on": "2021-12-01",
        "offset": False,
        "reference": "r",
    }
    last_year = json.loads(beginning()[0])["data"] | {"year": 2021, "in_force_from": "2021-01-01"}
    raws = [
        world.event("/vlk", "b21", "budget.approved", at("2021-12-01"), last_year),
        world.event("/treasury", "r", "revenue.received", at("2021-12-01", 11), came),
    ]
    async with fund(tmp_path / "home") as stack:
        await stack.publish([*raws, *beginning()])
        found = prometheus.samples(stack.telemetry.metrics.text().decode())
    assert found["psdf_reserve_cents{}"] == 0
    assert found["psdf_reserve_least_cents{}"] == 51, "5 % of 10.01, and equality passes"
    assert found["psdf_reserve_untransferred_cents{}"] == 0


def test_what_is_open_with_others_is_told_only_by_who_has_the_streams() -> None:
    metrics = Telemetry(traces=0).metrics
    watch_matters(metrics, lambda _: None, load_fund())
    assert "psdf_claims_open_cents" not in metrics.text().decode()
