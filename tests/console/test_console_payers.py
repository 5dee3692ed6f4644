"""A payer's own figures: those of all payers are the fund's, to the cent, and each sees its own first."""

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.console.index.ask import asking
from shared.console.index.keeper import INDEX, rebuild
from shared.console.index.standing import Money
from shared.console.pages.of_payer import due_of, narrowed
from shared.console.pages.view import View
from shared.desk.person import Person
from shared.journal.home import Home
from tests.runtime.funds import FUND

PAYERS = [payer.code for payer in FUND.payers]
DAYS = [date(2022, 1, 10), date(2022, 1, 20), *(date(2022, month, 27) for month in range(2, 13)), date(2022, 12, 31), date(2023, 3, 31)]  # fmt: skip
"""Without a budget, between budget and distribution, a day of each month, the turn, the end."""


@pytest.fixture(scope="module")
def index(played: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("payers") / INDEX
    rebuild(Home(path=played), FUND, path)
    return path


def money_of(index: Path, on: date) -> Money:
    with asking(index, on) as asked:
        money = asked.money()
    assert money is not None
    return money


@pytest.mark.parametrize("on", DAYS, ids=str)
def test_the_payers_sums_are_the_funds_to_the_cent(index: Path, on: date) -> None:
    money = money_of(index, on)
    for article in money.standing.articles:
        parts = [part for part in money.parts if part.article == article.article]
        assert sum(part.committed_cents for part in parts) == article.committed_cents
        assert sum(part.transferred_cents for part in parts) == article.transferred_cents
        assert sum(part.waiting_cents for part in parts) == article.waiting_cents
    assert {part.article for part in money.parts} <= {article.article for article in money.standing.articles}
    for total in money.payers:
        mine = [part for part in money.parts if part.payer == total.payer]
        assert total.committed_cents == sum(part.committed_cents for part in mine)
    every = [narrowed(money, payer) for payer in PAYERS]
    assert sum(each.overdue.rest_cents for each in every) == money.overdue.rest_cents
    assert sum(each.overdue.count for each in every) == money.overdue.count
    assert sum(each.waits_of().waiting_cents for each in every) == money.waits_of().waiting_cents
    assert sum(each.waits_of().length for each in every) == money.waits_of().length
    for some in ("pots", "queues", "cash"):
        assert sum(len(getattr(each.standing, some)) for each in every) == len(getattr(money.standing, some))
    assert sum(len(each.pay_days) for each in every) == len(money.pay_days)
    due = Counter[tuple[date, str]]()
    for payer in PAYERS:
        for each in due_of(money, payer):
            due[each.due_on, each.how] += each.rest_cents
    assert due == {(each.due_on, each.how): each.rest_cents for each in money.due}


def test_a_share_that_is_a_cent_more_shows(index: Path) -> None:
    money = money_of(index, DAYS[5])
    first, *others = money.parts
    other = replace(money, parts=(replace(first, committed_cents=first.committed_cents + 1), *others))
    article = next(each for each in other.standing.articles if each.article == first.article)
    parts = [part for part in other.parts if part.article == article.article]
    assert sum(part.committed_cents for part in parts) == article.committed_cents + 1


def shown(client: httpx.Client, path: str, payer: str) -> dict[str, Any]:
    answer = client.get(path, params={"as": "json", "on": "2022-11-22", "payer": payer})
    assert answer.status_code == 200
    said: dict[str, Any] = answer.json()
    return said


def test_the_pages_show_each_payers_own(client: httpx.Client) -> None:
    whole = shown(client, "/fund", "")
    by_payer = {payer: shown(client, "/fund", payer) for payer in PAYERS}
    for row in whole["articles"]:
        if row["article"]:
            own = [each for said in by_payer.values() for each in said["articles"] if each["article"] == row["article"]]
            assert sum(each["committed"] for each in own) == row["committed"]
            assert sum(each["transferred"] for each in own) == row["transferred"]
    assert sum(row["committed"] for row in whole["articles"]) > 0
    assert sum(len(said["cash"]) for said in by_payer.values()) == len(whole["cash"]) > 0
    assert sum(len(said["queues"]) for said in by_payer.values() if "queues" in said) == len(whole["queues"]) > 0
    assert {said["payer"] for said in by_payer.values()} == set(PAYERS)
    of_kaunas, kaunas = shown(client, "/articles/03", "TLK-KAUNAS"), by_payer["TLK-KAUNAS"]
    committed = next(row["committed"] for row in kaunas["articles"] if row["article"] == "03")
    last = of_kaunas["course"][-1]
    assert last["committed"] == committed
    assert {row["payer"] for row in of_kaunas["pots"]} == {"Kauno TLK"}
    budget = shown(client, "/budget/2022", "TLK-KAUNAS")
    assert {"TLK-KAUNAS", "sum"} <= budget["shares"][0].keys()
    assert "TLK-VILNIUS" not in budget["shares"][0]
    assert "TLK-VILNIUS" in shown(client, "/budget/2022", "")["shares"][0]


def test_sentences_name_a_payer_with_its_code_and_machines_read_the_code(client: httpx.Client) -> None:
    """A day on which a territorial fund's cash was short."""
    path, said = "/days/2022-05-05", "{} sąskaitoje (PSDF) pinigų"
    page = client.get(path).text.replace("\u00a0", " ")
    assert said.format("Šiaulių TLK (TLK-SIAULIAI)") in page
    assert said.format(" TLK-SIAULIAI") not in page
    assert "the account of Šiauliai TLK (TLK-SIAULIAI) (PSDF) had" in client.get(path, params={"lang": "en"}).text
    told = client.get(path, params={"as": "json"}).text.replace("\u00a0", " ")
    assert said.format("TLK-SIAULIAI") in told
    assert "TLK (" not in told
    assert told == client.get(path, headers={"Accept": "application/json"}).text.replace("\u00a0", " ")
    table = client.get(path, params={"as": "csv", "table": "events"}).text
    assert "TLK-SIAULIAI" in table
    assert "TLK (" not in table


def test_an_unknown_payer_is_the_whole_fund_and_the_choice_works_without_scripts(client: httpx.Client) -> None:
    assert shown(client, "/fund", "TLK-NIEKUR")["payer"] is None
    for path in ("/fund", "/articles/01", "/budget/2022"):
        page = client.get(path, params={"payer": "TLK-KLAIPEDA"}).text
        assert f'<form class="filter" action="{path}" method="get"' in page
        assert '<option value="TLK-KLAIPEDA" selected>' in page
    assert "/articles/01?payer=TLK-KLAIPEDA" in client.get("/fund", params={"payer": "TLK-KLAIPEDA"}).text


@pytest.mark.parametrize(
    ("payer", "asked", "of"),
    [
        ("VLK", {}, None),
        ("", {}, None),
        ("TLK-KAUNAS", {}, "TLK-KAUNAS"),
        ("TLK-KAUNAS", {"payer": ""}, "TLK-KAUNAS"),
        ("TLK-KAUNAS", {"payer": "all"}, None),
        ("TLK-KAUNAS", {"payer": "VLK"}, "VLK"),
        ("VLK", {"payer": "TLK-KAUNAS"}, "TLK-KAUNAS"),
    ],
)
def test_a_territorial_funds_person_sees_its_own_figures_first(
    index: Path, payer: str, asked: dict[str, str], of: str | None
) -> None:
    person = Person(name="Kazys Kaunietis", role="clerk", payer=payer, token_sha256="")
    with asking(index) as found:
        assert View(found, FUND, "lt", asked, person).of_payer == of
        assert View(found, FUND, "lt", {}).of_payer is None
