"""P13. How long claims are open: by reconciliation's own sums, from the day on which each was first demanded."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import httpx

from services.reconciliation.views import ClaimAges, ClaimStanding, claim_ages

ON = date(2022, 12, 31)


def standing(claim_id: str, rest_cents: int) -> ClaimStanding:
    return ClaimStanding(
        claim_id=claim_id, provider_code="300111224", invoice_id=None, payer="VLK", basis="20", reason="", amount_cents=900,
        rest_cents=rest_cents,
    )  # fmt: skip


def aged(days: Sequence[tuple[str, int]], rest: int = 100) -> ClaimAges:
    opened = {on: date.fromisoformat(on) for on, _ in days}
    return claim_ages([standing(on, rest) for on, _ in days], opened, ON)


def test_each_open_claim_is_in_the_band_of_its_age_and_in_no_other() -> None:
    edges = [
        ("2022-12-31", 0), ("2022-12-01", 0), ("2022-11-30", 1), ("2022-10-02", 1), ("2022-10-01", 2), ("2022-07-04", 2),
        ("2022-07-03", 3), ("2021-12-31", 3), ("2021-12-30", 4), ("2014-01-01", 4),
    ]  # fmt: skip
    for on, band in edges:
        assert [each.count for each in aged([(on, band)]).bands].index(1) == band, on
    together = aged(edges)
    assert [(each.count, each.rest_cents) for each in together.bands] == [(2, 200)] * 5
    assert together.rest_cents == 1000
    assert sum(each.count for each in aged(edges, rest=0).bands) == 0, "what is settled has no age"


def test_the_page_says_since_when_each_claim_is_open_and_the_bands_are_all_that_is_open(client: httpx.Client) -> None:
    told: dict[str, Any] = client.get("/claims", params={"as": "json", "on": "2022-10-31"}).json()
    open_ = [row for row in told["claims"] if row["rest"]]
    assert open_
    assert len(open_) < len(told["claims"])
    assert all(row["age"] is None for row in told["claims"] if not row["rest"])
    assert sum(each["count"] for each in told["ages"]) == len(open_)
    assert sum(each["rest"] or 0 for each in told["ages"]) == sum(row["rest"] for row in open_)
    for row in told["claims"]:
        story = client.get(f"/claims/{row['claim']}", params={"as": "json", "on": "2022-10-31"}).json()["steps"]
        assert row["opened"] == next(step["day"] for step in story if step["type"] == "recovery.demanded")
    for row in open_:
        assert row["age"] == (date(2022, 10, 31) - date.fromisoformat(row["opened"])).days
        assert told["ages"][sum(row["age"] > edge for edge in (30, 90, 180, 365))]["count"]
    assert "ages" not in client.get("/claims", params={"as": "json"}).json(), "by the year's end all are settled"


def test_a_credit_that_was_handed_over_is_the_ground_of_its_claim_in_both_languages(client: httpx.Client) -> None:
    for lang, said in (("", "neįskaitytas kreditas"), ("en", "credit not used")):
        grounds = {
            row["claim"]: row["reason"]
            for row in client.get("/claims", params={"as": "json", "lang": lang}).json()["claims"]
        }
        claim = next(claim for claim, ground in grounds.items() if ground == said)
        assert said in client.get(f"/claims/{claim}", params={"lang": lang}).text
