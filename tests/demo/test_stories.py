"""The stories really happen: the world plays against the services themselves."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from shared.demo import Event, World, day_started
from shared.reports.replay import replay
from shared.statute.load import load_fund
from tests.demo.echo import raw

SEED = 7
SMALL = 60


@pytest.fixture(scope="module")
def told() -> list[Event]:
    """All that the services emit when the world plays its year against them."""
    world = World(SEED, SMALL)
    found: list[Event] = []
    fresh: list[Event] = []

    def script() -> Iterator[bytes]:
        for day in world.dates():
            yield raw(day_started(day))
            yield from map(raw, world.morning(day))
            while answers := world.answer(day, fresh):
                fresh.clear()
                yield from map(raw, answers)
            fresh.clear()

    def sink(message: bytes) -> None:
        found.append(json.loads(message))
        fresh.append(found[-1])

    asyncio.run(replay(script(), sink, load_fund()))
    return found


def months(told: list[Event], kind: str, **wanted: object) -> list[str]:
    """The months in which events of the kind came whose data says what is wanted."""
    same = (event for event in told if event["type"] == kind and wanted.items() <= plain(event["data"]).items())
    return sorted({event["time"][:7] for event in same})


def plain(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if not isinstance(value, dict | list)}


def reasons(told: list[Event], kind: str) -> Counter[str]:
    return Counter(reason["code"] for event in told if event["type"] == kind for reason in event["data"]["reasons"])


def test_11_january_runs_without_a_budget(told: list[Event]) -> None:
    assert months(told, "payment.deferred", reason="one_twelfth") == ["2022-01"]


def test_12_a_distribution_a_cent_off_is_refused(told: list[Event]) -> None:
    assert reasons(told, "distribution.refused") == {"shares_sum": 1}


def test_13_contracts_are_refused_and_ceilings_run_out(told: list[Event]) -> None:
    assert reasons(told, "contract.refused") == {"share_exceeded": 6}
    assert reasons(told, "contract.change.refused")["under_accepted"] == 1
    assert reasons(told, "invoice.returned")["ceiling_exceeded"]


def test_15_faults_are_returned_and_refused(told: list[Event]) -> None:
    returned, refused = reasons(told, "invoice.returned"), reasons(told, "invoice.refused")
    assert {"line_arithmetic", "sum_mismatch", "unknown_contract", "month_not_over", "credit_too_large"} <= set(
        returned
    )
    assert {"wrong_article", "wrong_payer", "duplicate_month", "number_reused", "unknown_correction"} <= set(refused)
    assert len([event for event in told if event["type"] == "invoice.check.overdue"]) == 1


def test_16_two_funds_wait_for_their_share_of_rehabilitation(told: list[Event]) -> None:
    for payer in ("TLK-KLAIPEDA", "TLK-KAUNAS"):
        found = months(told, "payment.deferred", reason="payer_share", article="03", payer=payer)
        assert set(found) <= {"2022-01", "2022-09", "2022-10"}
        assert set(found) & {"2022-09", "2022-10"}


def test_16_some_orders_are_rejected_one_of_them_in_january(told: list[Event]) -> None:
    assert "2023-01" in months(told, "payment.rejected")


def test_17_cash_is_short_in_may_and_in_august(told: list[Event]) -> None:
    assert months(told, "shortage.declared", payer="TLK-SIAULIAI") == ["2022-05"]
    assert set(months(told, "shortage.declared", payer="VLK")) <= {"2022-08", "2022-09"}
    assert len([event for event in told if event["type"] == "shortage.declared"]) == 4


def test_18_the_ministry_is_told_of_two_articles(told: list[Event]) -> None:
    assert set(months(told, "overrun.notified", article="04")) <= {"2022-09", "2022-10", "2022-11"}
    assert months(told, "overrun.notified", article="02") == ["2022-11", "2022-12"]


def test_14_3_and_23_the_year_ends_at_its_total_and_the_surplus_helps(told: list[Event]) -> None:
    assert months(told, "payment.deferred", reason="year_total") == ["2022-12"]
    assert months(told, "surplus.allotted") == ["2022-12"]
    assert {"no_surplus", "more_than_surplus"} == set(reasons(told, "surplus.refused"))
    assert set(reasons(told, "reserve.use.refused")) == {"wrong_decider", "reserve_under_5_percent"}
    assert months(told, "reserve.use.allowed") == ["2022-04"]


def test_19_state_funds_run_out(told: list[Event]) -> None:
    assert months(told, "payment.deferred", reason="state_funds") == ["2022-11"]


def test_21_claims_end_in_every_way(told: list[Event]) -> None:
    for kind in ("repaid", "set_off", "written_off"):
        assert months(told, f"recovery.{kind}")
    assert set(reasons(told, "recovery.refused")) == {"more_than_claim"}
    assert months(told, "payment.credit.unused")


def test_22_sodra_is_three_cents_off_once(told: list[Event]) -> None:
    assert reasons(told, "sodra.statement.returned") == {"sum_mismatch": 1}
    assert len([event for event in told if event["type"] == "sodra.statement.approved"]) == 5
    assert not months(told, "sodra.statement.overdue")


def test_24_the_books_of_the_year_agree(told: list[Event]) -> None:
    assert reasons(told, "payer.year.refused") == {"differs_from_ledger": 1}
    assert len([event for event in told if event["type"] == "payer.year.accepted"]) == 12
    assert not months(told, "payer.year.overdue")
    assert months(told, "balance.return.ordered") == ["2023-01"]
    assert months(told, "payment.carried") == ["2022-01", "2023-01"]


def test_10_transfers_are_planned_refused_ordered_and_done(told: list[Event]) -> None:
    assert reasons(told, "reserve.transfer.refused") == {"unplanned_transfer": 1}
    assert months(told, "reserve.transfer.done") == ["2023-01"]


def test_nothing_is_parked_but_what_cannot_be_read(told: list[Event]) -> None:
    parked = Counter(event["type"] for event in told if event["type"].endswith(".parked"))
    assert set(parked) == {"invoice.submitted.parked", "unknown.parked"}
