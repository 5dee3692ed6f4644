"""11. The months of a year without a budget on a page: payments' own sums, the director's plan, and what a budget ends."""

import asyncio
import csv
import html
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.desk.home import people_of
from shared.journal.home import Home
from tests.console.desks import NAMES, PERSONS, desk_of, signed_in
from tests.runtime.funds import FUND, day, fund, psdf, worked_start

BEFORE = "2022-01-12"
"""A day of the demo on which 2022 has no budget yet."""


def asked(client: httpx.Client, path: str, **params: str) -> dict[str, Any]:
    answer = client.get(path, params={"as": "json", **params})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_11_the_months_have_payments_own_sums_by_article_and_by_payer(client: httpx.Client) -> None:
    told, today = asked(client, "/budget/2022/month", on=BEFORE), asked(client, "/fund", on=BEFORE)
    months, articles = told["one_twelfth"], told["articles"]
    (now, *_) = (row for row in months if row["source"] == "PSDF lėšos")
    assert [
        {key: row[key] for key in of_today} for row, of_today in zip(months, today["one_twelfth"], strict=False)
    ] == (today["one_twelfth"])
    assert all(row["base"] // 12 == row["cap"] for row in months)
    assert all(row["cap"] - row["committed"] == row["left"] for row in months)
    assert {row["article"]: row["committed"] for row in articles if row["committed"] is not None} == {
        row["article"]: row["committed"] for row in today["articles"] if row["article"]
    }
    assert all(row["base"] // 12 == row["twelfth"] for row in articles)
    assert sum(row["base"] for row in articles) == now["base"]
    of_fund = [row for row in told["payers"] if row["source"] == "PSDF lėšos"]
    by_month = [row["committed"] for row in months if row["source"] == "PSDF lėšos"]
    assert now["committed"] > 0
    for name in ("committed", "transferred", "waiting"):
        assert sum(row[name] or 0 for row in of_fund) == sum(row[name] or 0 for row in articles), name
    assert sum(by_month) == sum(row["committed"] for row in of_fund)
    assert told["lead"] == "2022 m. biudžetas nepatvirtintas: galioja 1/12 taisyklė (11 p.)."


def test_11_once_there_is_a_budget_the_page_stays_at_the_last_day_without_one(client: httpx.Client) -> None:
    adopted = next(row for row in asked(client, "/budget/2022")["events"] if row["what"].startswith("Priimta 2022 m."))
    last = date.fromisoformat(adopted["day"]) - timedelta(days=1)
    now, then = (asked(client, "/budget/2022/month", **on) for on in ({}, {"on": last.isoformat()}))
    assert now["lead"].startswith("1/12 taisyklė (11 p.) galiojo iki 2022")
    assert "galioja biudžetas" in now["lead"]
    for table in ("one_twelfth", "articles", "payers"):
        assert now[table] == then[table] != [], table
    never = asked(client, "/budget/2023/month")
    assert "nė vieną žurnalui žinomą tų metų dieną netaikyta" in never["lead"]
    assert "one_twelfth" not in never
    assert client.get("/budget/2019/month").status_code == 404


def test_11_the_page_is_linked_where_the_rule_holds_and_its_tables_are_files(client: httpx.Client) -> None:
    assert f'href="/budget/2022/month?on={BEFORE}"' in client.get("/fund", params={"on": BEFORE}).text
    assert "/budget/2022/month" not in client.get("/fund").text
    assert 'href="/budget/2022/month"' in client.get("/budget/2022").text
    plain = client.get("/budget/2022/month", params={"as": "csv", "table": "one_twelfth"}).text
    assert plain.splitlines()[0] == "month,source,base_eur,cap_eur,committed_eur,left_eur"
    page = client.get("/budget/2022/month", params={"on": BEFORE, "lang": "en"}).text
    assert "may not exceed 1/12 of the expenses of last year" in page
    assert "what a month leaves does not carry over" in page


# ------------------------------------------------------------------------------------ a year that has no budget yet


def _without_a_budget(home: Path) -> dict[str, str]:
    """A fund that knows the budget of 2021 alone, on 7 February 2022; the tokens of its people."""
    told = json.loads(worked_start()[0])
    told["data"] |= {"year": 2021, "in_force_from": "2021-01-01"}
    told.pop("subject")

    async def begun() -> None:
        async with fund(home) as stack:
            await stack.publish([json.dumps(told, ensure_ascii=False).encode(), day("2022-02-07")])

    with ThreadPoolExecutor(1) as beside:
        beside.submit(asyncio.run, begun()).result()
    people = people_of(Home(path=home))
    return {name: people.add(FUND, name, role, payer) for name, (role, payer) in PERSONS.items()}


def test_11_a_planner_begins_with_the_twelfths_and_what_the_director_confirms_stands_beside_them(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    tokens = _without_a_budget(home)
    done = psdf("month-plan", "2022-02", "--out", tmp_path / "paper", home=home)
    assert done.returncode == 0, done.stderr
    with (tmp_path / "paper" / "month-plan.csv").open(encoding="utf-8") as written:
        paper = {row["article"]: row["twelfth_eur"] for row in csv.DictReader(written) if row["article"]}
    with (
        desk_of(home) as url,
        signed_in(url, tokens[NAMES["planner"]]) as petras,
        signed_in(url, tokens[NAMES["director"]]) as dora,
    ):
        told = asked(petras, "/budget/2022/month")
        assert {row["month"] for row in told["one_twelfth"]} == {"2022-01", "2022-02"}
        assert {
            row["article"]: f"{row['twelfth'] // 100}.{row['twelfth'] % 100:02d}" for row in told["articles"]
        } == paper
        assert "plan" not in told["articles"][0]
        (link,) = re.findall(r'href="(/desk/new/month-plan[^"]*)"', petras.get("/budget/2022/month").text)
        form = petras.get(html.unescape(link)).text
        filled = {name: html.unescape(said) for name, said in re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', form)}
        assert filled["month"] == "2022-02"
        looked = petras.post("/desk/new/month-plan", data=filled | {"document": "V-2", "action": "look"})
        assert "Telpa: fondas priimtų" in looked.text
        petras.post(looked.url.path, data={"action": "propose"})
        assert "Fondas priėmė." in dora.post(looked.url.path, data={"action": "confirm"}).text
        for row in asked(dora, "/budget/2022/month")["articles"]:
            assert row["plan"] == row["twelfth"], row
        assert "/desk/new/month-plan" not in dora.get("/budget/2022/month").text, "she confirms"


@pytest.mark.parametrize(
    ("lang", "said"), [("", "Nemokama: nėra nei 2022 m."), ("en", "Nothing is paid: neither the budget of 2022")]
)
def test_11_without_last_years_budget_nothing_is_paid_and_the_page_says_so(
    tmp_path: Path, lang: str, said: str
) -> None:
    async def begun() -> None:
        async with fund(tmp_path) as stack:
            await stack.publish([day("2022-02-07")])

    with ThreadPoolExecutor(1) as beside:
        beside.submit(asyncio.run, begun()).result()
    tokens = people_of(Home(path=tmp_path)).add(FUND, "Aldona Aldonė", "auditor", "VLK")
    with desk_of(tmp_path) as url, signed_in(url, tokens) as aldona:
        assert said in aldona.get("/budget/2022/month", params={"lang": lang}).text
