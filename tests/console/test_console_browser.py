"""A real Chromium reads the pages without scripts, by the keyboard, on paper, and as they change by themselves."""

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from deploy.local import free_port
from tests.console.conftest import shown
from tests.runtime.funds import PSDF, clean_env, worked_start

pytestmark = pytest.mark.browser

LIVE_MS = 60_000


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(base_url=address)
    yield context.new_page()
    context.close()


def publish(home: Path, first: int, last: int) -> None:
    """Lines of the worked start, into the journal of a home."""
    raw = b"\n".join(worked_start()[first:last])
    command = [*PSDF, "publish", "-", "--moment", "event", "--home", str(home)]
    subprocess.run(command, input=raw, check=True, timeout=60, env=clean_env(), capture_output=True)


def an_invoice(page: Page) -> str:
    page.goto("/invoices?state=paid")
    href = page.locator("td.id a").first.get_attribute("href")
    assert href
    return href


def test_without_scripts_it_is_read_and_searched(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    number = an_invoice(page).removeprefix("/invoices/")
    page.goto("/fund")
    page.get_by_role("searchbox").fill(number)
    page.get_by_role("button", name="Ieškoti").click()
    assert page.locator("h1").inner_text().startswith(number)
    page.get_by_text("Visi skaičiai").first.click()
    assert page.locator(".technical").count() == 0
    page.get_by_role("link", name="Rodyti techninius žingsnius").click()
    assert page.locator(".technical a[href^='/events/']").count() == page.locator(".timeline li:not(.gap)").count() > 0
    page.get_by_role("link", name="Slėpti techninius žingsnius").click()
    assert page.locator(".technical").count() == 0
    page.locator("header input[type=date]").fill("2022-06-15")
    page.get_by_role("button", name="Rodyti dieną").click()
    assert "on=2022-06-15" in page.url
    context.close()


def test_with_the_keyboard_alone_one_gets_to_the_content_and_along_the_links(page: Page) -> None:
    page.goto("/fund")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    for tag in ("SELECT", "BUTTON"):  # whose figures are shown
        assert page.evaluate("document.activeElement.tagName") == tag
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/terms*")


def test_nothing_is_loaded_from_elsewhere_and_nothing_is_refused_by_the_policy(page: Page, address: str) -> None:
    asked, said = list[str](), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    for path in ("/fund", "/queues?on=2022-01-12", an_invoice(page), "/articles/01"):
        page.goto(path)
    assert all(url.startswith(address) for url in asked)
    assert said == []


def test_a_page_changes_by_itself_when_something_is_decided_and_keeps_what_is_open(
    browser: Browser, tmp_path: Path
) -> None:
    publish(tmp_path, 0, 4)
    with shown(tmp_path) as url:
        context = browser.new_context(base_url=url)
        page = context.new_page()
        page.goto("/invoices")
        assert page.locator("td.id").count() == 0
        publish(tmp_path, 4, len(worked_start()))
        page.locator("td.id a").first.wait_for(timeout=LIVE_MS)
        context.close()


def test_a_page_says_that_its_connection_is_lost_until_it_is_back(browser: Browser, tmp_path: Path) -> None:
    publish(tmp_path, 0, 4)
    context = browser.new_context()
    page = context.new_page()
    said, port = page.locator("#lost p"), free_port()
    with shown(tmp_path, port=port) as url:
        with page.expect_response("**/bell*", timeout=LIVE_MS):
            page.goto(f"{url}/fund")
        assert not said.is_visible()
    said.wait_for(timeout=LIVE_MS)
    assert "Ryšys nutrūko" in said.inner_text()
    assert page.locator("h1").is_visible(), "what was read before stays"
    with shown(tmp_path, port=port):
        said.wait_for(state="hidden", timeout=LIVE_MS)
    context.close()


def test_a_page_listens_however_late_its_scripts_come(page: Page) -> None:
    def late(route: Route) -> None:
        time.sleep(0.5)
        route.continue_()

    for script in ("**/htmx.min.js", "**/hx-sse.min.js"):
        page.route(script, late)
        with page.expect_request("**/bell*", timeout=LIVE_MS):
            page.goto("/fund")
        page.unroute(script)


def test_it_prints_in_the_colours_that_the_reader_forces(page: Page) -> None:
    page.emulate_media(forced_colors="active")
    page.goto("/fund")
    assert page.locator("h1").is_visible()
    page.emulate_media(media="print", forced_colors="none")
    assert not page.locator("nav.pages").is_visible()
    assert page.locator(".place code").is_visible(), "paper says where the journal stood"
    assert len(page.pdf(landscape=True)) > 10_000


@pytest.mark.parametrize("path", ["/fund", "/fund?on=2022-01-12", "/fund?on=2022-11-20&lang=en"])
def test_where_the_fund_stands_is_one_sheet_of_paper(page: Page, path: str) -> None:
    page.goto(path)
    paper = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
    width, height = (float(each) for each in re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper)[0])
    assert (round(width), round(height)) == (842, 595), "A4, landscape"


def test_11_the_months_plan_has_its_place_for_the_directors_signature_on_paper_alone(page: Page) -> None:
    page.goto("/fund?on=2022-01-12")
    page.get_by_role("link", name="Mėnesio planas pasirašyti").click()
    page.wait_for_load_state()  # its style sheet too
    signed = page.locator(".sign")
    assert signed.count() == 1
    assert not signed.is_visible()
    page.emulate_media(media="print")
    assert signed.is_visible()
    for words in ("TVIRTINU (Taisyklių 11 punktas)", "Valstybinė ligonių kasa", "Direktorius", "Data"):
        assert words in signed.inner_text()
    assert page.locator(".place code").is_visible(), "paper says where the journal stood"
    assert len(page.pdf(prefer_css_page_size=True)) > 10_000
