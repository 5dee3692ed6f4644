"""A service that stopped or is silent: the panels of its numbers say so and since when; all others stay as they are."""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from services.all import SERVICES
from shared.adapters.kafka.statuses import Statuses
from shared.console.app import Console
from shared.console.index.keeper import INDEX, Keeper
from shared.console.operations import SILENT_S
from shared.console.pages.late import NAMES, OWNERS
from shared.console.pages.render import NAV
from shared.journal.home import Home
from shared.kernel.calendar import VILNIUS
from tests.console.conftest import shown
from tests.console.test_console_ops import record, told
from tests.console.test_every_page_browser import looked_at, opened
from tests.runtime.funds import FUND, day, fund, worked_start

STOPS = "2022-03-10"
ON = ("2022-03-11", "2022-03-12")
LATE = re.compile(
    r'<p class="late">([^<]+)</p>\s*<(?:section class="block(?: figure)?"(?: id="(\w+)")?|div class="(cards)")'
)


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
    found = {key or cards or "chart": words for words, key, cards in LATE.findall(page)}
    assert page.count('class="late"') == len(LATE.findall(page))
    return found


def test_every_service_has_a_name_and_every_page_named_is_there() -> None:
    assert NAMES.keys() == {each.name for each in SERVICES}
    assert {name for names in OWNERS.values() for name in names} == NAMES.keys()
    assert OWNERS.keys() - {path.lstrip("/") for _, path, *_ in NAV} == {"articles", "payers", "providers"}


def test_where_a_service_lags_its_panels_say_on_which_day_it_stands_and_no_others(home: Path) -> None:
    lithuanian = f"Sutarčių tarnyba sustojo ties {STOPS}, kitos – ties {ON[1]}: čia jos tos dienos skaičiai."
    english = f"The service contracts stands on {STOPS}, others on {ON[1]}: these are its numbers of then."
    with shown(home) as url, httpx.Client(base_url=url, timeout=60) as client:
        assert said(client.get("/contracts").text) == {"pots": lithuanian, "contracts": lithuanian}
        assert said(client.get("/contracts?lang=en").text) == {"pots": english, "contracts": english}
        for path in ("/fund", "/queues", "/claims", "/reserve/2022", "/invoices", "/ops", f"/contracts?on={ON[0]}"):
            assert said(client.get(path).text) == {}, path


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
        waits = record(told("reconciliation", waits={"store": "away"}), now)
        await statuses._take([*others, waits, record(told("payments", member="a"), silent)], {})
        found = await page("/fund")
        assert set(found.values()) == {f"Mokėjimų tarnyba tyli nuo {since}: čia paskutiniai žinomi jos skaičiai."}
        assert {"cards", "articles", "cash"} <= found.keys()
        assert found.keys().isdisjoint({"latest", "checks"})
        assert await page(f"/fund?on={STOPS}") == {}, "a day that is over is whole"
        assert await page("/reserve/2022") == {}
        assert "laukia" in (await page("/claims"))["claims"]
        assert "store: away" in (await page("/claims"))["claims"]
        await statuses._take([record(told("payments", member="b"), now)], {})
        assert await page("/fund") == {}, "another process of the service works"
        gone = [record(told("payments", member=each, stopped=True), now) for each in "ab"]
        await statuses._take(gone, {})
        assert "payments does not work" in (await page("/fund?lang=en"))["cards"]
        await statuses._take([record(told("payments", member="c", fault="commit 3 does not follow"), now)], {})
        assert "commit 3 does not follow" in (await page("/fund"))["cards"]
        statuses._status.waits["processes"] = "no broker"
        assert await page("/fund") == {}, "then the console hears nobody, and /ops says so"


@pytest.mark.browser
def test_axe_finds_nothing_where_a_panel_says_it_and_it_does_not_run_over(browser: Browser, home: Path) -> None:
    with shown(home) as url, opened(browser, url) as page:
        assert looked_at(page, ["/contracts"]) == []
        page.goto("/contracts")
        expect(page.locator(".late")).to_have_count(2)
