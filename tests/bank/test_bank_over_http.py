"""The bank over HTTP, end to end: a sealed file goes out, its answers come back, whatever happens on the way."""

import asyncio
import json
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from functools import partial
from http import HTTPStatus
from pathlib import Path

import pytest

from shared.adapters.bank.orders import BankUnavailable
from shared.effects.bank.accounts import bank_file_of, load_bank_settings
from shared.effects.bank.embedded import keep_desk
from shared.journal.home import Home
from shared.kernel.calendar import VILNIUS
from tests.bank.independent import FUND, VLK, ordered
from tests.bank.lives import CUT_OFF, MOST_ACTS, HttpLife, lives
from tests.bank.over_http import HttpPlace, bank_apart, banking_over_http
from tests.bank.test_bank_commands import PAY_DAY, beginnings, told
from tests.bank.test_bank_killed import whole
from tests.runtime.funds import PATIENCE_S, fund, psdf, until


@pytest.fixture
def place(tmp_path: Path) -> Iterator[HttpPlace]:
    with banking_over_http(tmp_path) as found:
        yield found


STEPS = ("the file leaves", "the answers come", "the statement comes")


@pytest.mark.faults
@pytest.mark.parametrize("step", STEPS)
def test_killed_before_and_after_each_act_over_http_everything_is_paid_once(tmp_path: Path, step: str) -> None:
    """Every act of a step is killed in turn; each life goes on from where the last one was killed, as over folders."""
    with bank_apart(tmp_path) as place:
        (place.path / "url").write_text(place.url)
        deaths = 0
        for name in STEPS:
            now = CUT_OFF + timedelta(days=name == "the statement comes")
            for dies_at in range(1, MOST_ACTS) if name == step else ():
                if lives(place.path, now, dies_at, HttpLife):
                    break
                deaths += 1
            assert lives(place.path, now, life=HttpLife)
            if name == "the answers come":
                place.advance()
        assert deaths >= {"the file leaves": 8, "the answers come": 2, "the statement comes": 2}[step]
        assert lives(place.path, CUT_OFF + timedelta(days=1), life=HttpLife)
        asyncio.run(whole(place))


async def test_an_answer_that_gets_lost_makes_the_same_bytes_go_out_again_and_one_payment(place: HttpPlace) -> None:
    desk = place.desk()
    await desk.collect([ordered(1, 1_720_000)], place.now)
    place.later(hours=1, minutes=1)
    place.moods.loses.append("/files")
    with pytest.raises(BankUnavailable, match="504"):
        await desk.turn(place.now, place.told.publish)
    (file,) = desk.state.files.values()
    assert file.state == "leaves"
    await desk.turn(place.now, place.told.publish)
    await desk.turn(place.now, place.told.publish)
    assert len(place.moods.files) == 2
    assert set(place.moods.files) == {file.sealed.content}
    assert "DUPL" in file.receipt or "refused" in file.receipt
    assert [len(amounts) for amounts in place.paid().values()] == [1]
    assert place.told.outcomes() == {"300111224/A1#1": ["executed"]}
    place.advance()
    await desk.turn(place.now, place.told.publish)
    assert desk.state.statements[VLK.iban].closing_cents == -1_720_000
    assert desk.alarms(place.now) == []


@pytest.mark.parametrize("status", [401, 403, 404, 408, 429, 500, 503])
async def test_a_status_that_says_nothing_of_the_file_leaves_it_to_be_sent(place: HttpPlace, status: int) -> None:
    desk = place.desk()
    await desk.collect([ordered(1, 100)], place.now)
    place.later(hours=1, minutes=1)
    place.moods.refuses["/files"] = [HTTPStatus(status)]
    with pytest.raises(BankUnavailable, match=str(status)):
        await desk.turn(place.now, place.told.publish)
    (file,) = desk.state.files.values()
    assert (file.state, file.sent_at, place.moods.files) == ("leaves", None, [])
    await desk.turn(place.now, place.told.publish)
    assert (file.state, len(place.moods.files)) == ("closed", 1)


async def test_answers_that_are_refused_now_are_asked_for_again(place: HttpPlace) -> None:
    desk = place.desk()
    place.moods.refuses["/answers"] = [HTTPStatus.NOT_FOUND]
    with pytest.raises(BankUnavailable, match="404"):
        await desk.turn(place.now, place.told.publish)
    place.credit(500_000)
    await desk.turn(place.now, place.told.publish)
    await place.desk().turn(place.now, place.told.publish)  # a new one reads all answers anew, and tells nothing twice
    assert [data["amount_cents"] for data in place.told.of("account.credited")] == [500_000]


async def test_a_running_funds_desk_pays_over_http_from_the_order_to_the_statement(tmp_path: Path) -> None:
    """The loop that ``psdf run`` keeps: a person seals by a command, the desk does the rest by itself."""
    home = Home(path=tmp_path / "home")
    with banking_over_http(tmp_path, clock=datetime.combine(PAY_DAY, time(9), VILNIUS)) as place:
        place.bank.patch("/_mock/accounts/VLK-PSDF", json={"balance": 250_000}).raise_for_status()
        file = tmp_path / "psdf.bank.toml"
        file.write_text(f'url = "{place.url}"\n{bank_file_of("psdf").read_text(encoding="utf-8")}', encoding="utf-8")
        settings, alarms = load_bank_settings(file, FUND), list[str]()
        async with fund(home.path) as stack:
            await stack.publish(beginnings(250_000))
            desk = asyncio.create_task(keep_desk(home, FUND, settings, partial(stack.publish, own=True), alarms.extend))
            sealed = await asyncio.to_thread(psdf, "bank", "seal", home=home.path, PSDF_BANK=str(file))
            assert "1 orders of VLK PSDF, 2 500.00 EUR, sent" in sealed.stdout, sealed.stderr
            await until(lambda: told(home.path, "payment.executed"))
            await asyncio.to_thread(place.advance)
            async with asyncio.timeout(PATIENCE_S):
                while not await asyncio.to_thread(closing, home.path, file):
                    pass
            desk.cancel()
            assert list(stack.payments.cash.values()) == [0]
    assert (await asyncio.to_thread(closing, home.path, file)).startswith("0.00 (")
    assert [data["amount_cents"] for data in told(home.path, "payment.executed")] == [250_000]
    assert (len(place.moods.files), alarms) == (1, [])


def closing(home: Path, settings: Path) -> str:
    """With what the last statement closes, as ``psdf bank status`` shows it."""
    shown = psdf("bank", "status", "--json", home=home, PSDF_BANK=str(settings)).stdout
    (vlk,) = [row for row in json.loads(shown)["accounts"] if (row["payer"], row["source"]) == ("VLK", "PSDF")]
    return str(vlk["closed"])
