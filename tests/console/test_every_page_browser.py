"""A real Chromium opens a page of each kind, each form and each state, in both languages, and all of ``looks.py`` holds."""

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from shared.desk.acts import ACTS
from shared.desk.home import people_of
from shared.journal.home import Home
from tests.console.conftest import shown
from tests.console.desks import a_fund, as_, desk, desk_of
from tests.console.looks import looked_at, opened, sent_plainly
from tests.console.routes import addresses
from tests.runtime.funds import FUND, fund, psdf_process, worked_start

__all__ = ["desk"]

pytestmark = pytest.mark.browser

STATES = ("/fund?on=2022-01-12", "/claims?on=2022-10-31", "/invoices/390000000/NONE", "/fund?on=1999-01-01", "/nothing")
"""A past day, one with an open claim; an unknown number; a day before the fund; no page."""
BAND_MS = 30_000


def test_nothing_is_found_on_a_page_of_each_kind(
    browser: Browser, address: str, client: httpx.Client, played: Path
) -> None:
    pages = [*addresses(client, played), *STATES]
    with opened(browser, address) as page:
        assert looked_at(page, pages) == []
    with opened(browser, address, scripts=False) as page:
        assert sent_plainly(page, pages) == []


def test_nor_on_the_form_of_any_act(browser: Browser, desk: tuple[str, dict[str, str], Path]) -> None:
    found = []
    for role in {act.drafts[0] for act in ACTS.values()}:
        forms = [f"/desk/new/{name}" for name, act in ACTS.items() if act.drafts[0] == role and name != "payer-year"]
        forms += ["/desk/new/budget/model"] if role == "planner" else []
        with opened(browser, desk[0], as_(desk, role)) as page:
            found += looked_at(page, ["/work", *forms])
        with opened(browser, desk[0], as_(desk, role), scripts=False) as page:
            found += sent_plainly(page, forms)
    with opened(browser, desk[0], desk[1]["Kazys Kaunietis"]) as page:
        found += looked_at(page, ["/desk/new/payer-year"])
    assert found == []


def test_nor_where_somebody_may_not_read(browser: Browser, tmp_path: Path) -> None:
    tokens = a_fund(tmp_path)
    tokens["Nulė Nulaitė"] = people_of(Home(path=tmp_path)).add(FUND, "Nulė Nulaitė", None, "VLK")
    with desk_of(tmp_path) as url:
        for name, words in (("Oskaras Oskaris", "Šį puslapį mato"), ("Nulė Nulaitė", "pareig"), ("", "Raktas")):
            with opened(browser, url, tokens.get(name, "")) as page:
                assert looked_at(page, ["/invoices"]) == []
                page.goto("/invoices")
                expect(page.locator("main")).to_contain_text(words)


def test_nor_where_nothing_came_yet(browser: Browser, tmp_path: Path) -> None:
    async def begun() -> None:
        async with fund(tmp_path):
            pass

    with ThreadPoolExecutor(1) as beside:  # the browser has a loop of its own here
        beside.submit(asyncio.run, begun()).result()
    with shown(tmp_path) as url, opened(browser, url) as page:
        assert looked_at(page, ("/fund", "/queues", "/payments", "/invoices", "/tour", "/open", "/ops")) == []
        page.goto("/fund")
        expect(page.locator("main")).to_contain_text("Dar neprasidėjo nė viena diena")


@pytest.mark.parametrize("state", ["stale", "broken"])
def test_a_journal_that_is_away_or_contradicts_itself_is_said_on_each_page_that_stays_readable(
    browser: Browser, tmp_path: Path, state: str
) -> None:
    (tmp_path / "start.jsonl").write_bytes(b"\n".join(worked_start()))
    home = tmp_path / "home"
    taken = psdf_process("publish", tmp_path / "start.jsonl", "--moment", "event", "--home", home)
    assert taken.returncode == 0, taken.stderr
    with shown(home) as url, opened(browser, url) as page:
        page.goto("/fund")
        assert page.locator(".band:visible").count() == 0
        if state == "stale":
            (home / "fund.sqlite3").rename(home / "away")
        else:
            with closing(sqlite3.connect(home / "fund.sqlite3")) as journal:
                journal.execute(
                    "INSERT INTO commits SELECT service, stream, version + 1, prev_hash, hash, body FROM commits "
                    "ORDER BY rowid DESC LIMIT 1"
                )
                journal.commit()
        band = page.locator(f".band.{state}:visible")
        for _ in range(BAND_MS // 500):
            page.goto("/fund")
            if band.count():
                break
            page.wait_for_timeout(500)
        expect(band).to_contain_text("Rodoma anksčiau perskaityta būklė")
        assert looked_at(page, ("/fund", "/invoices/300111224/A1")) == []
        assert page.locator(f".band.{state}:visible").count() == 1
        assert httpx.get(f"{url}/readyz").status_code == 503
