"""A10, S4. A day told early neither starts nor uses up its id, and no more than so many days start without a word."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from services.payments.service import PAYMENTS
from shared.engine.ingress import Unreadable, read
from shared.journal.home import Home, held
from shared.kernel.calendar import VILNIUS, midnight
from shared.messages.write import day_started
from shared.runtime.embedded import open_fund
from shared.runtime.settings import read_settings
from tests.engine.story import Story
from tests.given import FUND, cash, day, parked, story

MIDNIGHT = midnight(datetime(2026, 3, 5, tzinfo=VILNIUS).date())


def test_A10_a_day_told_a_moment_early_neither_starts_nor_uses_up_its_id() -> None:
    tomorrow = day_started(MIDNIGHT.date())
    early = MIDNIGHT.replace(day=4, hour=23, minute=59, second=59, microsecond=900_000)
    (told_early,) = read([tomorrow], early, early)
    assert isinstance(told_early, Unreadable)
    assert (
        told_early.error
        == "data.date: 2026-03-05 was told on 2026-03-04T23:59:59.900000+02:00, and no day but that of its arrival starts"
    )
    (in_time,) = read([tomorrow], MIDNIGHT, early)
    assert not isinstance(in_time, Unreadable)
    assert told_early.key != in_time.key == read([tomorrow], None, early)[0].key


def test_A10_in_the_events_own_time_the_day_is_that_of_its_time() -> None:
    (event,) = read([day_started(MIDNIGHT.date())], None, MIDNIGHT)
    assert event.day == MIDNIGHT.date()


def bounded(most_days: int | None) -> Story:
    fund = story(PAYMENTS, since="2026-01-05").given(day("2026-01-05"))
    fund.engine.most_days = most_days
    return fund


@pytest.mark.parametrize("happening", [day("2027-02-10"), cash(7, on="2027-02-10", value_on="2027-02-10")])
def test_S4_a_day_too_far_ahead_is_laid_aside_with_its_number(happening: object) -> None:
    fund = bounded(400)
    fund.when(happening)  # type: ignore[arg-type]
    assert [one["type"].endswith(".parked") for one in fund.came] == [True]
    assert "is 401 days after the last started day 2026-01-05, and no more than 400 days" in json.dumps(fund.came[0])
    assert fund.state.today.isoformat() == "2026-01-05"
    fund.when(day("2027-02-09")).then()
    assert fund.state.today.isoformat() == "2027-02-09"


def test_S4_a_replay_may_start_any_number_of_days() -> None:
    fund = bounded(None)
    fund.when(day("2046-01-05")).then()
    assert fund.state.today.isoformat() == "2046-01-05"


def test_M1_what_is_of_before_the_last_fund_year_and_would_change_something_is_laid_aside() -> None:
    fund = story(PAYMENTS, since="2024-02-01").given(day("2024-02-01"), day("2026-01-05"))
    fund.when(cash(7, value_on="2025-12-31").late("2024-03-01")).then(parked("account.credited"))
    assert "is before the last fund year; the last started day is 2026-01-05" in fund.came[0]["data"]["error"]


async def test_R9_small_what_is_parked_before_the_first_day_has_a_moment_that_can_be(tmp_path: Path) -> None:
    home = Home(path=tmp_path)
    with held(home, FUND.fund_id):
        async with open_fund(home, FUND, moment="event") as stack:
            (told,) = await stack.publish([b"0"])
            assert json.loads(told.raw)["data"]["received"] == "2000-01-01T00:00:00+02:00"


async def test_S4_an_embedded_fund_parks_a_day_too_far_ahead_once(tmp_path: Path) -> None:
    def credit(on: str) -> bytes:
        data = {"payer": "VLK", "amount_cents": 5, "value_on": on, "reference": on}
        moment = f"{on}T10:00:00+02:00"
        event = {"specversion": "1.0", "id": on, "source": "/treasury", "type": "account.credited", "time": moment}
        return json.dumps({**event, "data": data}).encode()

    home = Home(path=tmp_path)
    with held(home, FUND.fund_id):
        async with open_fund(home, FUND, moment="event", most_days=read_settings().most_days) as stack:
            await stack.publish([credit("2026-01-05")])
            told = await stack.publish([credit("2099-01-05")])
            assert [message.topic for message in told] == ["account.credited.parked"]
            assert stack.payments.today.isoformat() == "2026-01-05"
