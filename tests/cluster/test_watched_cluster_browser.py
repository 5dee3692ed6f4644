"""A real Chromium takes processes, Kafka and the store away on the page of a watched cluster's switches: the line ties again."""

import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from deploy.local import Stack
from tests.console.conftest import launched
from tests.console.switches import FAULTS, TIES, press, violations
from tests.demo.terminals import PATIENCE_S, Terminal, terminal

pytestmark = [pytest.mark.connected, pytest.mark.faults, pytest.mark.browser]

PRESSED = ("kill payments", "away invoicing", "kafka", "store")
SAID = (
    r"payments \(process \d+\) has died; started again",
    r"invoicing \(process \d+\) is killed, and stays down for 20 s",
    r"invoicing \(process \d+\) has died; started again",
    r"Kafka is started again",
    r"the store is started again",
)
INVOICE_MS = 120_000


def until_said(page: Page, screen: Terminal, pattern: str) -> None:
    """Look at the page, again and again, until the demo says something: at every look the line ties."""
    limit = time.monotonic() + PATIENCE_S
    while not re.search(pattern, screen.said):
        assert time.monotonic() < limit, f"it never said {pattern}: {screen.said[-800:]}"
        page.goto(FAULTS)
        expect(page.locator("h1 .tag")).to_have_text(TIES["lt"])
        screen.read(0.5)


@pytest.fixture
def browser() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


def test_a_person_takes_away_what_only_a_cluster_can_lose_and_sees_the_line_tie_again(
    own: Stack, browser: Browser, tmp_path: Path
) -> None:
    home = tmp_path / "year"
    own.up()
    home.mkdir()
    (home / "stack").symlink_to(own.folder)
    with terminal("demo", "--cluster", "--until", "2022-01-14", "--pace", "2", home=home) as (screen, program):
        url = screen.until(r"nothing is lost: (http\S+)/tour/faults")
        context = browser.new_context(base_url=url)
        page = context.new_page()
        page.goto("/invoices")
        page.locator("td.id a").first.wait_for(timeout=INVOICE_MS)
        screen.press(" ")
        screen.until(r"(paused)")
        assert violations(page) == [], "while all switches are there"
        screen.press(" ")
        for action in PRESSED:
            press(page, action)
        for said in SAID:
            until_said(page, screen, said)
        assert page.locator("#pressed tbody tr").count() == len(PRESSED)
        assert page.locator("#pressed tbody").inner_text().count("Kur žiūrėti") == len(PRESSED), (
            "none could not be done"
        )
        screen.press("+" * 8)
        until_said(page, screen, "The tour of the year")
        page.goto(FAULTS)
        assert page.locator("form button[value]").count() == 0, "the year is over"
        assert page.locator("#line tbody tr").count() == 4
        assert violations(page) == [], "once it is over"
        told = httpx.get(f"{url}{FAULTS}?as=json", timeout=30).json()
        context.close()
        program.send_signal(signal.SIGINT)
        assert program.wait(PATIENCE_S) == 0
    assert (told["holds"], told["lost"]) == (True, [])
    assert told["handed"] > 0
