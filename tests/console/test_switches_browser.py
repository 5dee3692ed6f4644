"""A real Chromium presses the switches of a watched demo while its year is played: the line holds, and so does the journal."""

import json
import signal
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.console.switches import FAULTS, press, violations
from tests.demo.terminals import PATIENCE_S, terminal
from tests.runtime.funds import PSDF, clean_env

pytestmark = pytest.mark.browser

PRESSED = ("bank-refuses", "sent-twice", "broken", "other-name", "sodra-wrong", "money-late VLK", "ministry-silent")
WHILE_DAYS_PASS = ("sent-twice", "bank-refuses", "money-late TLK-KAUNAS", "broken")
INVOICE_MS = 60_000


def test_switches_are_pressed_while_the_year_is_played_and_nothing_is_lost(browser: Browser, tmp_path: Path) -> None:
    home = tmp_path / "year"
    with terminal("demo", "--providers", "40", "--pace", "16", home=home) as (screen, program):
        url = screen.until(r"nothing is lost: (http\S+)/tour/faults")
        context = browser.new_context(base_url=url)
        page = context.new_page()
        page.goto("/invoices")
        page.locator("td.id a").first.wait_for(timeout=INVOICE_MS)
        screen.press(" ")
        screen.until(r"(paused)")
        for action in PRESSED:
            press(page, action)
        screen.press(" ")
        for action in WHILE_DAYS_PASS:
            press(page, action)
        assert page.locator("#pressed tbody tr").count() == len(PRESSED + WHILE_DAYS_PASS)
        assert violations(page) == []
        screen.press("+" * 6)
        assert screen.until(r"The tour of the year: (http\S+)/tour") == url
        page.goto("/tour")
        page.get_by_role("button", name="Aš – Aldona Aldonė").click()
        page.get_by_role("link", name="Jungikliai").click()
        assert page.locator("form button[value]").count() == 0, "the year is over"
        assert "Metai baigėsi" in page.locator("main").inner_text()
        assert violations(page) == []
        told = page.request.get(f"{FAULTS}?as=json").json()
        context.close()
        program.send_signal(signal.SIGINT)
        assert program.wait(PATIENCE_S) == 0
    assert (told["holds"], told["lost"]) == (True, [])
    assert told["again"] > 0
    lines = (home / "events.jsonl").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines if line.endswith("}")]
    counts = Counter(event["type"] for event in events)
    assert counts["payment.rejected"] >= 5
    short = [event["data"] for event in events if event["type"] == "shortage.declared"]
    assert "TLK-KAUNAS" in {each["payer"] for each in short}, "in the year as it was meant its cash always suffices"
    assert counts["sodra.statement.returned"] >= 2
    verified = subprocess.run([*PSDF, "verify", "--home", str(home)], check=False, capture_output=True, env=clean_env())
    assert verified.returncode == 0, verified.stderr
