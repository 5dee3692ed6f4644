"""What the pages reckon beside the services' own views: terms of a statement, and what an account will lack."""

from collections import defaultdict

import httpx
import pytest


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
def test_17_what_an_account_lacks_is_all_that_is_scheduled_less_its_cash(client: httpx.Client, on: str) -> None:
    told = client.get("/payments", params={"as": "json", "on": on}).json()["ahead"]
    cash = client.get("/fund", params={"as": "json", "on": on}).json()["cash"]
    known = {(row["payer"], row["source"]): row["cash"] + (row["to_come"] or 0) for row in cash}
    scheduled: dict[tuple[str, str], int] = defaultdict(int)
    lacked = 0
    for row in told:
        account = row["payer"], row["source"]
        scheduled[account] += row["sum"]
        assert (row["short"] or 0) == max(0, scheduled[account] - known[account]), row
        lacked += row["short"] is not None
    assert lacked, "no account lacks anything on that day, and the test shows nothing"
