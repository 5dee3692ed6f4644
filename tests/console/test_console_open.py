"""What is open to the public: by the services' own sums, every field explained, and nothing of anybody in any form."""

import csv
import io
import json
import re
import sqlite3
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from shared.console.gate import Gate, Sessions
from shared.console.index.keeper import INDEX
from shared.console.pages.public import DATA
from tests.runtime.funds import FUND, psdf

FORMS = ("", "json", "csv", "csv-lt")
ACCOUNT = re.compile(r"\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b")
INVOICE = re.compile(r"\b\d{9}/\S+")


def everything(client: httpx.Client) -> dict[str, str]:
    """Every form of every table in both languages, now and on a past day, by its address; the page without its frame."""
    said = {}
    for lang in ("", "en"):
        for on in ("", "2022-09-15"):
            for as_ in FORMS:
                for table in [each.key for each in DATA] + ["dictionary"] if as_.startswith("csv") else [""]:
                    answer = client.get("/open", params={"lang": lang, "on": on, "as": as_, "table": table})
                    assert answer.status_code == 200
                    said[str(answer.url)] = answer.text
    return said


def known_of(home: Path) -> set[str]:
    """All that names somebody: codes and names of providers, accounts, invoices, contracts, orders, who signs."""
    with sqlite3.connect(f"file:{home / INDEX}?mode=ro", uri=True) as index:
        found = {
            str(row[0])
            for query in (
                "SELECT code FROM provider", "SELECT name FROM provider", "SELECT iban FROM payorder WHERE iban IS NOT NULL",
                "SELECT id FROM invoice", "SELECT id FROM contract", "SELECT id FROM payorder", "SELECT e2e FROM payorder",
            )
            for row in index.execute(query)
        }  # fmt: skip
    return found | {payer.signed_by for payer in FUND.payers if payer.signed_by}


def test_no_account_provider_invoice_or_person_is_in_any_form(client: httpx.Client, played: Path) -> None:
    known = known_of(played)
    assert len(known) > 1000
    for address, text in everything(client).items():
        words = set(re.split(r"[\s,;<>\"'=]+", text))
        assert not words & known, address
        named = [name for name in known if " " in name and name in text]
        assert named == [], address
        assert not ACCOUNT.search(text), address
        assert not INVOICE.search(text), address
        if "as=" not in address or "as=&" in address:
            inside = text.partition("<main")[2].partition("</main>")[0]
            links = set(re.findall(r'href="(/[^"?]*)', inside))
            assert links == {"/open"}, "an open page leads to no other"


def test_the_guard_would_see_a_provider_in_a_form(client: httpx.Client, played: Path) -> None:
    """The same guard finds what it looks for on a page that does name providers."""
    text, known = client.get("/invoices", params={"as": "csv"}).text, known_of(played)
    assert set(re.split(r"[\s,;<>\"'=]+", text)) & known
    assert INVOICE.search(text)


@pytest.mark.parametrize("lang", ["", "en"])
def test_every_field_of_every_form_is_in_the_dictionary_and_no_other(client: httpx.Client, lang: str) -> None:
    told = client.get("/open", params={"as": "json", "lang": lang}).json()
    explained = {(row["set"], row["field"]) for row in told["dictionary"]}
    assert all(row["meaning"] and row["unit"] and row["label"] for row in told["dictionary"])
    for each in DATA:
        text = client.get("/open", params={"as": "csv", "table": each.key, "lang": lang}).text
        header = next(csv.reader(io.StringIO(text)))
        assert {(each.key, name.removesuffix("_eur")) for name in header} == {k for k in explained if k[0] == each.key}
        assert {(each.key, name) for row in told[each.key] for name in row} <= explained
    assert {key for key, _ in explained} == {each.key for each in DATA} | {"*"}
    assert told.keys() - {each.key for each in DATA} == {"title", "lead", "dictionary", "late_services"}
    assert ("*", "late_services") in explained


def test_execution_is_the_payments_own_and_terms_tie_to_the_report(client: httpx.Client, played: Path) -> None:
    told = client.get("/open", params={"as": "json"}).json()
    pots = json.loads(psdf("fund", "--json", home=played).stdout)["standing"]["pots"]
    assert [
        (row["payer"], row["article"], row["source"], row["committed"], row["transferred"], row["waiting"])
        for row in told["execution"]
    ] == [
        (p["payer"], p["article"], p["source"], p["committed_cents"], p["transferred_cents"], p["waiting_cents"])
        for p in pots
    ]
    report = json.loads((played / "reports" / "report.json").read_text(encoding="utf-8"))["tables"]
    months = [f"2022-{month:02}" for month in range(1, 12)]  # what was due on 31 December the report of 2023 tells
    late = {row["month"]: (row["late_count"], row["late"]) for row in told["terms"]}
    rests = {
        month: [row["rest_cents"] for row in report["late"]["rows"] if row["due_on"].startswith(month)]
        for month in months
    }
    assert {month: late[month] for month in months} == {month: (len(of), sum(of)) for month, of in rests.items()}
    assert sum(map(len, rests.values())) > 10
    assert len(told["notices"]) == len(report["notices"]["rows"]) > 0
    assert len(told["shortages"]) == len(report["shortages"]["rows"]) > 0


def test_a_past_year_is_shown_as_it_ended(client: httpx.Client) -> None:
    assert 'href="/open?on=2022-12-31"' in client.get("/open").text
    told = client.get("/open", params={"as": "json", "on": "2022-12-31"}).json()
    assert {row["year"] for row in told["execution"]} == {"2022"}
    assert all(row["month"] <= "2022-12" for row in told["terms"])


async def test_where_people_sign_in_it_is_answered_to_whoever_asks_and_nothing_else_is() -> None:
    async def pages(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("a page")(scope, receive, send)

    people = SimpleNamespace(anybody=lambda: True, all=list, by_token=lambda _: None)
    gate = Gate(pages, people, Sessions())  # type: ignore[arg-type]
    transport = httpx.ASGITransport(app=gate)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        for as_ in FORMS:
            assert (await client.get("/open", params={"as": as_})).text == "a page"
        for path in ("/fund", "/invoices", "/reports/2022/planas.pdf", "/what-if", "/ops"):
            assert (await client.get(path)).status_code == 401, path
