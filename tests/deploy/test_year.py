"""The fund that the deployment is tried with: whatever day the test runs, it is paid as the test expects."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from shared.kernel.calendar import midnight
from shared.messages.write import day_started
from shared.reports.replay import replay
from shared.statute.load import load_fund
from tests.deploy.year import PROVIDER, Year

DAYS = [date(2026, 11, 28), date(2027, 1, 1), date(2027, 1, 5), date(2027, 1, 31), date(2027, 2, 1), date(2027, 3, 26)]
LATE = [date(2026, 12, day) for day in (1, 24, 28, 30, 31)]


@pytest.mark.parametrize("today", DAYS + LATE, ids=str)
async def test_an_invoice_is_scheduled_on_the_day_and_all_are_ordered_in_the_fortnight_after(today: date) -> None:
    nine = midnight(today) + timedelta(hours=9)
    year = Year(today, lambda: nine)
    raws = [day_started(today), *year.beginning(), year.invoice("A1", "C-1", 3)]
    assert [event["data"]["invoice_id"] for event in await told(raws, year.first_answer)] == [f"{PROVIDER}/A1"]

    raws += [day_started(today + timedelta(days=1)), year.invoice("A2", "C-2", 98, nine + timedelta(days=1))]
    assert (await told(raws, "payment.deferred"))[-1]["data"]["invoice_id"] == f"{PROVIDER}/A2"
    raws += [day_started(today + timedelta(days=number)) for number in range(2, 15)]
    (notified,) = await told(raws, "overrun.notified")
    assert notified["data"]["exceeding_cents"] == 100_00
    ordered = {
        event["data"]["invoice_id"]: event["data"]["amount_cents"] for event in await told(raws, "payment.ordered")
    }
    assert ordered == {f"{PROVIDER}/A1": 300_00, f"{PROVIDER}/A2": 9_800_00}


async def told(raws: list[bytes], type_: str) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = []
    await replay(raws, lambda raw: said.append(json.loads(raw)), load_fund())
    return [event for event in said if event["type"] == type_]
