"""The pages over a real socket: all lead somewhere, say what the command line says, and give nothing away."""

import asyncio
import csv
import html
import io
import json
import re
from collections import Counter
from datetime import date
from pathlib import Path

import httpx
import msgspec
import pytest

from services.payments.service import FUND as MONEY
from services.payments.service import PAYMENTS
from services.payments.views import FundStanding, fund_standing
from shared.adapters.sqlite.store import SqliteStore
from shared.console.index.ask import asking
from shared.console.index.keeper import INDEX
from shared.journal.fold import StreamFold
from shared.journal.home import Home, reading
from tests.runtime.funds import FUND, psdf

PAGES = (
    "/fund",
    "/invoices",
    "/queues",
    "/terms",
    "/payments",
    "/bank",
    "/notices",
    "/contracts",
    "/budget/2022",
    "/budget/2022/month",
    "/budget/2022/month?on=2022-01-12",
    "/budget/draft?e.01=8,5",
    "/reserve/2022",
    "/statements",
    "/claims",
    "/years/2022",
    "/rules",
    "/rules/17",
    "/seals",
    "/seals/1",
    "/parked",
    "/tour",
    "/articles/01",
    "/fund?payer=TLK-KAUNAS",
    "/articles/01?payer=TLK-KAUNAS",
    "/payers/VLK",
    "/search?q=klaiped",
    "/days/2022-03-01",
    "/queues/VLK/01/PSDF",
    "/open",
    "/ops",
    "/reports",
    "/reports/2022",
    "/what-if",
    "/what-if?ask=cut&at=2023-04-03&until=2023-05-10&article=01&percent=90",
)
LINK = re.compile(r'href="(/[^"]*)"')
MOST_OF_A_KIND = 6
CSP = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


@pytest.mark.parametrize("lang", ["", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_each_page_is_there_in_both_languages_and_may_do_nothing(client: httpx.Client, path: str, lang: str) -> None:
    answer = client.get(path, params={**dict(httpx.URL(path).params), **({"lang": lang} if lang else {})})
    assert answer.status_code == 200
    assert f'<html lang="{lang or "lt"}">' in answer.text
    assert answer.headers["content-security-policy"] == CSP
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    for never in ("<script>", " style=", " onclick", "javascript:", "http://", ">None<"):
        assert never not in answer.text.replace("http://www.w3.org", ""), never
    assert re.search(r"grandinės galva <code|chain head <code", answer.text), "the page says where the journal stood"


def test_whatever_a_page_links_to_is_there(client: httpx.Client) -> None:
    kinds: Counter[str] = Counter()
    todo, seen = ["/fund", "/fund?on=2022-06-15&lang=en"], set[str]()
    while todo:
        path = todo.pop(0)
        kind = re.sub(r"[^/]*(\d|\.pdf)[^/]*", "*", path.partition("?")[0])
        kinds[kind] += 1
        if path in seen or kinds[kind] > MOST_OF_A_KIND:
            continue
        seen.add(path)
        answer = client.get(path, follow_redirects=True)
        assert answer.status_code == 200, path
        if "html" in answer.headers["content-type"]:
            todo += [html.unescape(each) for each in LINK.findall(answer.text)]
    assert len(seen) > 150


def test_the_first_page_says_what_psdf_fund_says(client: httpx.Client, played: Path) -> None:
    told = json.loads(psdf("fund", "--json", home=played).stdout)
    found = client.get("/fund", headers={"Accept": "application/json"}).json()
    assert found["standing"] == told["standing"]


def test_the_first_page_of_a_past_day_says_what_psdf_fund_said_then(client: httpx.Client, played: Path) -> None:
    """A sample of the days, one of each month's middle and end, with those before the budget and around the turn."""
    days = [date(2022, month, day) for month in range(1, 13) for day in (15, 28)]
    days = [date(2021, 12, 20), *days, date(2022, 12, 31), date(2023, 1, 1), date(2023, 3, 31)]
    for on, then in asyncio.run(_standings(played, days)).items():
        found = client.get("/fund", params={"as": "json", "on": on.isoformat()}).json()
        assert found["standing"] == json.loads(msgspec.json.encode(then)), on


async def _standings(home: Path, days: list[date]) -> dict[date, FundStanding]:
    """What ``psdf fund`` said at the end of each day."""
    with reading(Home(path=home)) as connection:
        fold = StreamFold(SqliteStore(connection, PAYMENTS.name), PAYMENTS, MONEY)
        return {on: fund_standing(await fold.to(on), FUND) for on in days}


def test_an_invoice_is_told_as_psdf_why_tells_it_and_quotes_its_points(client: httpx.Client, played: Path) -> None:
    ids = [
        each["invoice"] for each in client.get("/invoices", params={"state": "paid", "as": "json"}).json()["invoices"]
    ]
    for invoice_id in ids[:5]:
        told = json.loads(psdf("why", invoice_id, "--lang", "lt", "--json", home=played).stdout)
        found = client.get(f"/invoices/{invoice_id}", params={"as": "json"}).json()
        assert [step["type"] for step in found["steps"]] == [step["type"] for step in told["steps"]]
        said = [step["sentence"].replace("\u00a0", " ") for step in found["steps"]]
        assert said == [step["sentence"] for step in told["steps"]]
        page = client.get(f"/invoices/{invoice_id}").text
        for point in told["points"]:
            assert (
                html.escape(point["wording"], quote=True).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in page
            )


def test_a_past_day_is_shown_as_it_was(client: httpx.Client) -> None:
    told = client.get("/fund", params={"on": "2022-01-12", "as": "json"}).json()
    assert told["standing"]["today"] == "2022-01-12"
    assert told["standing"]["edition"] is None
    assert [row["month"] for row in told["one_twelfth"]] == ["2022-01", "2022-01"]
    page = client.get("/fund", params={"on": "2022-01-12"}).text
    assert "Rodoma dienos pabaigos būklė" in page
    assert 'hx-get="' not in page, "the past does not change"
    (first, *_) = client.get("/invoices", params={"state": "paid", "as": "json"}).json()["invoices"]
    whole = client.get(f"/invoices/{first['invoice']}", params={"as": "json"}).json()["steps"]
    then = client.get(f"/invoices/{first['invoice']}", params={"as": "json", "on": whole[1]["day"]}).json()["steps"]
    assert then == [step for step in whole if step["day"] <= whole[1]["day"]]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/reserve?on=2022-01-12", "2022 m. biudžeto dar nėra: rezervo dalys ir pervedimai į jį atsiras su juo"),
        ("/articles/07?on=2022-01-03", "2022 m. šiam straipsniui dar nieko neskirta"),
        ("/budget?on=2022-01-12", "Biudžetas nepatvirtintas."),
    ],
)
def test_what_is_not_there_yet_says_how_it_will_come(client: httpx.Client, path: str, said: str) -> None:
    answer = client.get(path, follow_redirects=True)
    assert (answer.status_code, said in answer.text) == (200, True)


def test_csv_is_plain_or_as_a_lithuanian_spreadsheet_opens_it(client: httpx.Client) -> None:
    plain = client.get("/fund", params={"as": "csv", "table": "articles"})
    rows = list(csv.DictReader(io.StringIO(plain.text)))
    assert rows[0]["article"] == "01"
    assert re.fullmatch(r"\d+\.\d\d", rows[0]["committed_eur"])
    assert plain.headers["content-disposition"].startswith('attachment; filename="fund-articles-')
    spreadsheet = client.get("/fund", params={"as": "csv-lt", "table": "articles"}).content
    assert spreadsheet.startswith(b"\xef\xbb\xbf")
    (header, first, *_) = csv.reader(io.StringIO(spreadsheet.decode("utf-8-sig")), delimiter=";")
    assert header[0] == "Nr."
    assert first[3] == rows[0]["committed_eur"].replace(".", ",")


def test_every_invoice_of_a_filter_is_in_its_csv_and_its_pages_hold_the_same(client: httpx.Client) -> None:
    asked = {"state": "paid", "payer": "VLK"}
    whole = list(csv.DictReader(io.StringIO(client.get("/invoices", params={**asked, "as": "csv"}).text)))
    assert len(whole) > 60
    found, path = list[str](), "/invoices?state=paid&payer=VLK&as=json"
    while path:
        told = client.get(path).json()["invoices"]
        found += [row["invoice"] for row in told]
        path = f"/invoices?state=paid&payer=VLK&as=json&after={told[-1]['invoice']}" if len(told) == 50 else ""
    assert found == [row["invoice"] for row in whole]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/invoices/390000000/NONE", "Sąskaitos 390000000/NONE nežinome"),
        ("/notices/2022-99-1", "Tokio puslapio nėra"),
        ("/contracts/NONE", "Tokio puslapio nėra"),
        ("/claims/NONE", "Tokio puslapio nėra"),
        ("/providers/1", "Tokio puslapio nėra"),
        ("/payers/NOBODY", "Tokio puslapio nėra"),
        ("/years/1999", "Tokio puslapio nėra"),
        ("/years/x", "Tokio puslapio nėra"),
        (f"/budget/{'9' * 5000}", "Tokio puslapio nėra"),
        (f"/seals/{'9' * 5000}", "Tokio puslapio nėra"),
        (f"/seals/{'9' * 5000}/file", "Tokio puslapio nėra"),
        ("/seals/999/file", "Tokio puslapio nėra"),
        ("/notices/2022-99-1/letter.pdf", "Tokio puslapio nėra"),
        (f"/reports/{'9' * 5000}", "Tokio puslapio nėra"),
        ("/payments/2022-13-45", "Tokio puslapio nėra"),
        ("/events/none", "Tokio puslapio nėra"),
        ("/rules/99", "Tokio puslapio nėra"),
        ("/notices/..%2F..%2Ffund.id/letter.pdf", "Tokio puslapio nėra"),
        ("/nothing/at/all", "Tokio puslapio nėra"),
        ("/fund?on=1999-01-01", "Dienos 1999-01-01 čia nėra"),
        ("/fund?on=2199-01-01", "Dienos 2199-01-01 čia nėra"),
        ("/fund?on=yesterday", "Dienos yesterday čia nėra"),
        ("/invoices/390000000/NONE?on=1999-01-01", "Dienos 1999-01-01 čia nėra"),
    ],
)
def test_what_is_not_there_is_said_on_a_page_of_its_own(client: httpx.Client, path: str, said: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert said in answer.text


def test_an_unknown_number_leads_to_those_like_it(client: httpx.Client) -> None:
    (first, *_) = client.get("/invoices", params={"as": "json"}).json()["invoices"]
    answer = client.get(f"/invoices/{first['invoice'][:-1]}X")
    assert answer.status_code == 404
    assert f'href="/invoices/{first["invoice"]}"' in answer.text


def test_search_leads_straight_to_what_is_called_so(client: httpx.Client) -> None:
    (first, *_) = client.get("/invoices", params={"state": "paid", "as": "json"}).json()["invoices"]
    order = client.get(f"/invoices/{first['invoice']}", params={"as": "json"}).json()["orders"][0]
    for asked in (first["invoice"], order["order"], order["e2e"]):
        assert client.get("/search", params={"q": asked}).headers["location"] == f"/invoices/{first['invoice']}"
    names = client.get("/search", params={"q": "klaiped", "as": "json"}).json()["found"]
    assert any("Klaipėd" in each["what"] for each in names), "without diacritics"
    by_sum = client.get("/search", params={"q": f"{first['amount'] // 100},{first['amount'] % 100:02d}", "as": "json"})
    assert first["invoice"] in {each["what"] for each in by_sum.json()["found"]}
    assert client.get("/search", params={"q": "'\"); DROP TABLE invoice --"}).status_code == 200


@pytest.mark.parametrize("number", ["1e999990", "1e999999", "NaN", "-Infinity", "9" * 400, "9" * 24 + ",99", "١٢"])
def test_a_number_that_is_none_costs_nothing(client: httpx.Client, number: str) -> None:
    """One of them held all pages for a minute: a million digits were written out."""
    for path, status in (
        (f"/invoices?from={number}&to={number}", 200),
        (f"/search?q={number}", 200),
        (f"/what-if?ask=money&at=2023-04-03&until=2023-05-10&payer=VLK&sum={number}", 422),
        (f"/budget/draft?sodra={number}&e.01={number}", 422),
    ):
        assert client.get(path, timeout=10).status_code == status, path


def test_nothing_but_reading_is_taken_and_nobody_elses_name_is_answered(client: httpx.Client) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert client.request(method, "/fund").status_code == 405
    assert client.get("/fund", headers={"Host": "evil.example"}).status_code == 421
    assert client.get("/fund", headers={"Origin": "http://evil.example"}).status_code == 403


def test_the_letter_is_shown_as_it_was_sent(client: httpx.Client, played: Path) -> None:
    notices = [row["no"] for row in client.get("/notices", params={"as": "json"}).json()["notices"]]
    assert notices
    answer = client.get(f"/notices/{notices[0]}/letter.pdf")
    assert answer.content == (played / "letters" / f"{notices[0]}.pdf").read_bytes()
    assert answer.headers["content-type"] == "application/pdf"


def test_the_first_load_is_small(client: httpx.Client) -> None:
    import gzip

    names = ("console.css", "live.js", "htmx.min.js", "hx-sse.min.js")
    files = [client.get(f"/static/{name}").content for name in names]
    assert sum(len(gzip.compress(each)) for each in (*files, client.get("/fund").content)) < 60_000


def test_closed_days_and_years_have_their_words(client: httpx.Client) -> None:
    assert "Ne banko diena" in client.get("/payments/2022-03-11").text
    closed = client.get("/payments", params={"as": "json", "on": "2022-03-01"}).json()["closed"]
    assert {"day": "2022-04-15", "legal": "", "settlement": "Didysis penktadienis", "next": "2022-04-19"} in closed
    assert client.get("/").headers["location"] == "/fund"
    assert client.get("/years").headers["location"].startswith("/years/202")


def test_an_account_of_a_day_has_the_orders_of_its_line(client: httpx.Client) -> None:
    day = "2022-05-05"
    lines = client.get(f"/payments/{day}", params={"as": "json"}).json()["accounts"]
    links = re.findall(rf'href="(/payments/{day}/[^"]+)"', client.get(f"/payments/{day}").text)
    assert len(links) == len(lines) > 1
    for link, line in zip(links, lines, strict=True):
        page = client.get(link, params={"as": "json"}).json()
        assert (len(page["orders"]), sum(order["amount"] for order in page["orders"])) == (
            line["count"],
            line["ordered"],
        )
        assert {name: page["days"][0][name] for name in ("day", "count", "executed")} == {
            "day": day, "count": line["count"], "executed": line["executed"],
        }  # fmt: skip
    assert client.get(f"/payments/{day}/VLK/NONE").status_code == 404
    assert client.get("/payments/1999-01-01/VLK/PSDF").status_code == 404


def test_what_was_ordered_lowered_and_waits_is_what_was_accepted(client: httpx.Client, played: Path) -> None:
    """Of invoices that were lowered, rejected by the bank or paid in parts; now, and on a day on which much was short."""
    with asking(played / INDEX) as index:
        events = index.of_type("payment.lowered", "payment.rejected", "payment.ordered")
    odd = [e for e in events if e.type != "payment.ordered" or e.data["partial"]]
    found = 0
    for invoice_id in dict.fromkeys(e.data["invoice_id"] for e in odd[-60:]):
        for on in ("", "2022-09-06"):
            page = client.get(f"/invoices/{invoice_id}", params={"on": on}).text
            tie = re.search(r"Pateikta [^<]* \+ sumažinta [^<]* \+ dar nepateikta [^<]* (=|≠) priimta", page)
            found += tie is not None
            assert tie is None or tie[1] == "=", (invoice_id, on)
    assert found > 20


def test_a_file_has_every_row_of_a_list_of_which_a_page_shows_some(client: httpx.Client) -> None:
    shown = client.get("/payments", params={"as": "json"}).json()["days"]
    whole = list(csv.DictReader(io.StringIO(client.get("/payments", params={"as": "csv", "table": "days"}).text)))
    assert len(shown) == 60 < len(whole)
    assert [row["day"] for row in shown] == [row["day"] for row in whole[:60]]
    day = "2022-05-05"
    events = f"/days/{day}"
    told = re.search(r"Įvykių: (\d+)", client.get(events).text)
    assert told
    rows = client.get(events, params={"as": "csv", "table": "events"}).text.splitlines()
    assert len(rows) == int(told[1]), "all but the day's own beginning, and the heading"
