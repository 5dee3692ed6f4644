"""A service that stopped or is silent: the panels of its numbers say so and since when; all others stay as they are.

So do JSON and CSV, and whoever reads their data reads on.
"""

import asyncio
import csv
import re
import sqlite3
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest
from playwright.sync_api import Browser, expect

from services.all import SERVICES
from shared.adapters.kafka.statuses import Statuses
from shared.console.app import Console
from shared.console.index.ask import asking
from shared.console.index.keeper import INDEX, Keeper
from shared.console.operations import SILENT_S
from shared.console.pages.late import ALL, NAMES, OF_PAGE_AND_TABLE, OF_TABLE, OWNERS, late_services
from shared.console.pages.render import LATE as HEADER
from shared.console.pages.render import NAV
from shared.console.pages.view import View
from shared.journal.home import Home
from shared.kernel.calendar import VILNIUS
from tests.console.conftest import shown
from tests.console.routes import addresses
from tests.console.test_console_ops import record, told
from tests.console.test_every_page_browser import looked_at, opened
from tests.runtime.funds import FUND, day, fund, worked_start

STOPS = "2022-03-10"
ON = ("2022-03-11", "2022-03-12")
LATE = re.compile(
    r'<p class="late">(.+)</p>\s*<(?:section class="block(?: figure)?"(?: id="([\w-]+)")?|div class="(cards)")'
)
PANEL = re.compile(
    r'<section class="block(?P<figure> figure)?"(?: id="(?P<key>[\w-]+)")?>'
    r'|<div class="(?P<cards>cards)">|<th scope="col" class="(?P<money>money)">'
)
LAGS = f"Sutarčių tarnyba sustojo ties {STOPS}, kitos – ties {ON[1]}: čia jos tos dienos skaičiai."


async def _begin(home: Path) -> None:
    def decided() -> int:
        with closing(sqlite3.connect(home / "fund.sqlite3")) as journal:
            (last,) = journal.execute("SELECT max(version) FROM commits WHERE service = 'contracts'").fetchone()
        return int(last)

    async with fund(home) as stack:
        await stack.publish([*worked_start(), day(STOPS)])
    before = decided()
    async with fund(home) as stack:
        await stack.publish([day(each) for each in ON])
    assert decided() > before
    with closing(sqlite3.connect(home / "fund.sqlite3")) as journal:
        journal.execute("DELETE FROM commits WHERE service = 'contracts' AND version > ?", [before])
        journal.commit()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fund of which contracts heard nothing more after a day, as it is copied from a cluster where its process hangs."""
    path = tmp_path_factory.mktemp("late") / "home"
    with ThreadPoolExecutor(1) as beside:
        beside.submit(asyncio.run, _begin(path)).result()
    return path


def said(page: str) -> dict[str, str]:
    """What is said of late services, by the panel that it is said of."""
    found = {key or cards or "chart": re.sub("</?span[^>]*>", "", words) for words, key, cards in LATE.findall(page)}
    assert page.count('class="late"') == len(LATE.findall(page))
    return found


def with_sums(page: str) -> set[str]:
    """The panels of a page that hold sums: its cards, its pictures, and its tables with money."""
    found, key = set[str](), ""
    for each in PANEL.finditer(page):
        if each["figure"] or each["cards"]:
            found.add("figure" if each["figure"] else "cards")
        elif each["money"]:
            found.add(key)
        else:
            key = each["key"] or ""
    return found


def test_every_service_has_a_name_and_every_page_named_is_there() -> None:
    assert NAMES.keys() == {each.name for each in SERVICES} == set(ALL)
    named = [*OWNERS.values(), *OF_TABLE.values(), *OF_PAGE_AND_TABLE.values()]
    assert {name for names in named for name in names} == NAMES.keys()
    nav = {path.lstrip("/") for _, path, *_ in NAV}
    assert OWNERS.keys() - nav == {"articles", "bank", "payers", "providers", "search"}
    assert {head for head, _ in OF_PAGE_AND_TABLE} <= OWNERS.keys()


def test_whose_the_sums_of_each_page_are_is_named(client: httpx.Client, played: Path) -> None:
    found, nameless = set[str](), dict[str, set[str]]()
    for path in addresses(client, played):
        head = re.split("[/?]", path)[1]
        sums = with_sums(client.get(path, headers={"Accept": "text/html"}).text)
        found |= {head} if sums else set()
        unknown = {key for key in sums if (head, key) not in OF_PAGE_AND_TABLE and key not in OF_TABLE}
        if unknown and head not in OWNERS:
            nameless[path] = unknown
    assert nameless == {}
    assert {"fund", "open", "ops", "payments", "reports", "search", "what-if", "years"} <= found


def test_where_a_service_lags_its_panels_say_on_which_day_it_stands_and_no_others(home: Path) -> None:
    english = f"The service contracts stands on {STOPS}, others on {ON[1]}: these are its numbers of then."
    with shown(home) as url, httpx.Client(base_url=url, timeout=60) as client:
        assert said(client.get("/contracts").text) == {"pots": LAGS, "contracts": LAGS}
        assert said(client.get("/contracts?lang=en").text) == {"pots": english, "contracts": english}
        for path in ("/fund", "/queues", "/claims", "/reserve/2022", "/invoices", "/ops", f"/contracts?on={ON[0]}"):
            assert said(client.get(path).text) == {}, path


def test_json_and_csv_say_it_too_and_their_data_are_as_ever(home: Path) -> None:
    with shown(home) as url, httpx.Client(base_url=url, timeout=60) as client:
        told = client.get("/contracts?as=json").json()
        assert told["late_services"] == [{"service": "contracts", "said": LAGS, "of": ["pots", "contracts"]}]
        plain = client.get("/contracts?as=csv&table=contracts")
        rows = list(csv.reader(plain.text.splitlines()))
        assert [name.removesuffix("_eur") for name in rows[0]] == list(told["contracts"][0])
        assert len(rows) == 1 + len(told["contracts"])
        (service, display) = plain.headers[HEADER].split(";said=")
        assert service == "contracts"
        assert unquote(display.removeprefix('%"').removesuffix('"')) == LAGS
        assert plain.headers["content-disposition"].endswith(f'"contracts-contracts-{ON[1]}-late-contracts.csv"')
        sheet = client.get("/contracts?as=csv-lt&table=contracts").content.decode("utf-8-sig")
        lines = list(csv.reader(sheet.splitlines(), delimiter=";"))
        assert [len(line) for line in lines] == [len(rows[0]) + 1] * len(rows)
        assert [line[-1] for line in lines] == ["Vėluojanti tarnyba", *[LAGS] * len(told["contracts"])]
        assert client.get("/queues?as=json").json()["late_services"] == []
        others = client.get("/queues?as=csv&table=pots")
        assert HEADER not in others.headers
        assert "late" not in others.headers["content-disposition"]


@asynccontextmanager
async def heard(home: Path, statuses: Statuses) -> AsyncIterator[httpx.AsyncClient]:
    """The console that hears processes of a cluster."""
    keeper = Keeper(Home(path=home), FUND, home / INDEX)
    keeper.start()
    await asyncio.to_thread(keeper.wait_ready, 60)
    transport = httpx.ASGITransport(Console(Home(path=home), FUND, keeper, statuses=statuses).app())
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client
    await asyncio.to_thread(keeper.stop)


async def test_where_a_process_of_a_cluster_is_silent_only_its_panels_say_since_when(home: Path) -> None:
    now, statuses = datetime.now(UTC), Statuses()
    silent = now - timedelta(seconds=SILENT_S + 60)
    since = f"{silent.astimezone(VILNIUS):%Y-%m-%d %H:%M:%S}"
    async with heard(home, statuses) as client:

        async def page(path: str) -> dict[str, str]:
            return said((await client.get(path)).text)

        assert await page("/fund") == {}, "while nobody is heard nobody is judged"
        others = [record(told(each.name), now) for each in SERVICES if each.name not in ("payments", "reconciliation")]
        for_long = {"store": now.replace(microsecond=0) - timedelta(hours=2)}
        waits = record(told("reconciliation", waits={"store": "away"}, waits_since=for_long), now)
        await statuses._take([*others, waits, record(told("payments", member="a"), silent)], {})
        found = await page("/fund")
        assert set(found.values()) == {f"Mokėjimų tarnyba tyli nuo {since}: čia paskutiniai žinomi jos skaičiai."}
        assert {"cards", "articles", "cash"} <= found.keys()
        assert found.keys().isdisjoint({"latest", "checks"})
        assert await page(f"/fund?on={STOPS}") == {}, "a day that is over is whole"
        assert await page("/reserve/2022") == {}
        year, since_then = await page("/years/2022"), f"Mokėjimų tarnyba tyli nuo {since}"
        assert since_then in year["cards"]
        assert since_then in year["open"]
        assert "Suderinimo tarnyba laukia" in year["ledgers"], "the accounts are reconciliation's"
        assert since_then not in year["ledgers"]
        assert year.keys().isdisjoint({"reports", "decided"}), "events are no sums of anybody"
        assert since_then in (await page("/reports/2022"))["papers"]
        began = f"{for_long['store'].astimezone(VILNIUS):%Y-%m-%d %H:%M:%S}"
        assert f"tarnyba laukia nuo {began} (" in (await page("/claims"))["claims"]
        assert f"reconciliation has waited since {began} (" in (await page("/claims?lang=en"))["claims"]
        assert "store: away" in (await page("/claims"))["claims"]
        shown_ = {row["process"]: row["waits_since"] for row in (await client.get("/ops?as=json")).json()["processes"]}
        assert shown_["reconciliation"] == f"{for_long['store']:%Y-%m-%d %H:%M}"
        assert not shown_["contracts"]
        await statuses._take([record(told("reconciliation", waits={"store": "away"}), now)], {})
        assert "tarnyba laukia (" in (await page("/claims"))["claims"], "a process of before does not say since when"
        await statuses._take([record(told("payments", member="b"), now)], {})
        assert await page("/fund") == {}, "another process of the service works"
        gone = [record(told("payments", member=each, stopped=True), now) for each in "ab"]
        await statuses._take(gone, {})
        assert "payments does not work" in (await page("/fund?lang=en"))["cards"]
        await statuses._take([record(told("payments", member="c", fault="commit 3 does not follow"), now)], {})
        assert "commit 3 does not follow" in (await page("/fund"))["cards"]
        statuses._status.waits["processes"] = "no broker"
        assert await page("/fund") == {}, "then the console hears nobody, and /ops says so"


async def test_whoever_asks_for_open_data_hears_that_they_are_late_and_nothing_of_our_machines(home: Path) -> None:
    now, statuses = datetime.now(UTC), Statuses()
    async with heard(home, statuses) as client:
        others = [record(told(each.name), now) for each in SERVICES if each.name != "payments"]
        waits = record(told("payments", waits={"store": "store-7.inside:27017 is away"}), now)
        await statuses._take([*others, waits], {})
        assert "store-7.inside" in (await client.get("/fund")).text
        for as_ in ("", "json", "csv", "csv-lt"):
            answer = await client.get("/open", params={"as": as_, "table": "execution"})
            assert "Mokėjimų tarnyba laukia" in answer.text + unquote(answer.headers.get(HEADER, ""))
            assert "store-7" not in answer.text + str(answer.headers)


async def test_a_report_of_a_day_that_all_have_passed_is_whole(home: Path) -> None:
    now, statuses = datetime.now(UTC), Statuses()
    async with heard(home, statuses) as client:
        others = [record(told(each.name), now) for each in SERVICES if each.name != "payments"]
        await statuses._take(others, {})
        assert "payments does not work" in (await client.get("/reports/2022?lang=en")).text
        with asking(home / INDEX) as index:
            view = View(index, FUND, "lt", {})
            view.statuses = statuses
            assert late_services(view, date.fromisoformat(ON[1])).keys() == {"contracts", "payments"}
            assert late_services(view, date.fromisoformat(STOPS)) == {}


@pytest.mark.browser
def test_axe_finds_nothing_where_a_panel_says_it_and_it_does_not_run_over(browser: Browser, home: Path) -> None:
    with shown(home) as url, opened(browser, url) as page:
        assert looked_at(page, ["/contracts"]) == []
        page.goto("/contracts")
        expect(page.locator(".late")).to_have_count(2)
