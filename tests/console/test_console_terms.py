"""What the pages reckon beside the services' own views: terms of a statement, and what an account will lack."""

import asyncio
import json
import re
from collections import defaultdict
from pathlib import Path

import httpx
import pytest

from tests.console.conftest import shown
from tests.runtime.funds import day, event, fund, invoice, worked_start


def test_22_the_terms_of_the_last_statement_are_on_one_line(client: httpx.Client) -> None:
    told = client.get("/statements", params={"as": "json"}).json()
    assert {row["what"]: row["day"] for row in told["clock"]} == {
        "pateikti iki": "2023-01-16",  # the 15th is a Sunday
        "pateikta": "2023-01-09",
        "patvirtinti iki": "2023-01-19",
        "patvirtinta": "2023-01-09",
        "pervesti iki": "2023-02-08",
    }


@pytest.mark.parametrize("on", ["2022-01-12", "2022-05-05", "2022-11-20"])
def test_17_what_an_account_lacks_is_what_is_scheduled_by_then_less_its_cash(client: httpx.Client, on: str) -> None:
    told = client.get("/payments", params={"as": "json", "on": on}).json()["ahead"]
    cash = client.get("/fund", params={"as": "json", "on": on}).json()["cash"]
    accounts = {(row["payer"], row["source"]): (row["cash"], row["to_come"] or 0) for row in cash}
    scheduled: dict[tuple[str, str], int] = defaultdict(int)
    lacked = 0
    for row in told:
        account = row["payer"], row["source"]
        scheduled[account] += row["sum"]
        there, to_come = accounts[account]  # to come by then, or later
        assert max(0, scheduled[account] - there - to_come) <= (row["short"] or 0) <= max(0, scheduled[account] - there)
        lacked += row["short"] is not None
    assert lacked, "no account lacks anything on that day, and the test shows nothing"


def test_17_a_shortage_shows_who_was_paid_who_shared_and_who_got_nothing(tmp_path: Path) -> None:
    asyncio.run(_short(tmp_path))
    with shown(tmp_path) as url:
        told = httpx.get(f"{url}/payments/2022-03-14", params={"as": "json"}).json()
    assert told["groups"] == [
        {"accepted": "2022-02-09", "paid": 100_00, "unpaid": 300_00},
        {"accepted": None, "paid": None, "unpaid": 50_00},
    ]


async def _short(home: Path) -> None:
    """100 euros are left for 400 that were accepted on one day, and for 50 of the next one."""
    credit = {"payer": "VLK", "amount_cents": 100_00, "value_on": "2022-01-03", "reference": "T-1"}
    cash = event("/treasury", "t-1", "account.credited", "2022-01-03T12:00:00+02:00", credit)
    other = json.loads(worked_start()[2])
    other = other | {"id": "c-8", "data": other["data"] | {"contract_id": "C-8"}}
    del other["subject"]
    first = invoice("A", 400_00, "2022-02-09T10:00:00+02:00")
    second = invoice("B", 50_00, "2022-02-10T10:00:00+02:00", contract_id="C-8")
    async with fund(home) as stack:
        await stack.publish([*worked_start()[:3], json.dumps(other).encode(), cash, first, second, day("2022-03-14")])


def test_a_point_says_where_it_is_decided_and_what_tests_it(client: httpx.Client) -> None:
    told = {row["file"]: row["what"] for row in client.get("/rules/17", params={"as": "json"}).json()["held"]}
    assert "split_shortage" in told["shortage.py"]
    assert int(told["test_17_shortage.py"]) > 1
    law = client.get("/rules/HIL 14(3)", params={"as": "json"}).json()["held"]
    assert law, "an article of the law too"
    assert client.get("/rules/1", params={"as": "json"}).json()["held"] == []


@pytest.mark.parametrize("lang", ["", "en"])
def test_a_point_says_which_numbers_it_sets_and_how_we_read_it_where_it_is_silent(
    client: httpx.Client, lang: str
) -> None:
    def numbers(point: str) -> dict[str, tuple[int, str | None]]:
        told = client.get(f"/rules/{point}", params={"as": "json", "lang": lang}).json().get("numbers", [])
        return {row["name"]: (row["value"], row["reading"]) for row in told}

    assert numbers("16") == {"check_days": (15, None), "payment_days": (30, None)}
    value, reading = numbers("HIL 22(2)")["reserve_rounding_cents"]
    assert value == 100_000
    assert ("The law does not say how to round." if lang else "Įstatymas nesako, kaip apvalinti.") in str(reading)
    assert numbers("17") == {}


@pytest.mark.parametrize(
    "path",
    ["/fund?on=2022-11-20", "/articles/01", "/queues?on=2022-11-20", "/payments", "/payments/2022-05-05", "/reserve/2022", "/statements"],
)  # fmt: skip
def test_a_picture_says_in_words_what_it_shows(client: httpx.Client, path: str) -> None:
    page = client.get(path).text
    drawn = re.findall(r"<svg[^>]*>.{0,40}", page)
    assert drawn
    for each in drawn:
        assert re.fullmatch(r'<svg class="\w+" role="img" viewBox="[\d ]+" aria-label="[^"]+"><title>.+', each), each
    figures = re.findall(r"<figure>.*?</figure>", page, re.DOTALL)
    assert figures
    assert all(re.search(r"<figcaption>[^<]+</figcaption>", each) for each in figures)
