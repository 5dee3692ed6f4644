"""V9: without a budget in force no article has a number left, on no page; the month's twelfth of last year has (point 11)."""

import asyncio
import json
from pathlib import Path

from tests.runtime.funds import fund, psdf
from tests.telemetry.play import A1, beginning, invoice, started

TWELFTH = 2 * 1_721_000_000 // 12


async def told(home: Path, *raws: bytes) -> None:
    async with fund(home) as stack:
        await stack.publish(raws)


def test_V9_a_page_without_a_budget_shows_the_months_room_and_no_articles(tmp_path: Path) -> None:
    home = tmp_path / "home"
    raws = [*beginning(), invoice(A1, "2022-11", 1_000, "2022-12-20"), started("2023-01-02")]
    asyncio.run(told(home, *raws))
    standing = json.loads(psdf("fund", "--json", home=home).stdout)["standing"]
    assert standing["edition"] is None
    assert {article["article"]: article["left_cents"] for article in standing["articles"]} == {"04": None}
    assert [(month["month"], month["source"], month["cap_cents"]) for month in standing["months"]] == [
        ("2023-01", "PSDF", TWELFTH),
        ("2023-01", "STATE", 0),
    ]
    assert standing["months"][0]["committed_cents"] == 1_000
    assert standing["months"][0]["left_cents"] == TWELFTH - 1_000
    page = psdf("fund", home=home).stdout
    assert "No budget, 1/12 of last year for 2023-01 (point 11), PSDF: 10.00 of 2 868 333.33" in page.replace(
        "\xa0", " "
    )


def test_V9_with_a_budget_the_articles_have_theirs_and_no_month_is_shown(tmp_path: Path) -> None:
    home = tmp_path / "home"
    asyncio.run(told(home, *beginning()))
    standing = json.loads(psdf("fund", "--json", home=home).stdout)["standing"]
    assert standing["months"] == []
    assert all(article["left_cents"] is not None for article in standing["articles"])
