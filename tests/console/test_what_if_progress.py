"""A what-if says how far it is while it is played: to a page with scripts; without them the answer comes as before."""

import re
import threading
from datetime import date
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from shared.journal.home import Home
from shared.reports.apart import answered
from shared.reports.questions import ArticleCut
from tests.console.desks import as_, desk, signed_in
from tests.runtime.funds import FUND

__all__ = ["desk"]

UNTIL = date(2023, 5, 10)
ASK = {"ask": "cut", "at": "2023-04-03", "until": f"{UNTIL}", "article": "01"}
WRITE_DOWN = """() => {
  const told = document.querySelector("#progress"), shown = [];
  new MutationObserver(() => {
    if (told.textContent) sessionStorage.setItem("shown", [...shown, told.textContent].join("\\n"));
    if (told.textContent) shown.push(told.textContent);
  }).observe(told, { childList: true });
}"""
"""What the page shows, where the next one still finds it."""
TENTHS = re.compile(r"(\d+)\u00a0%")


def test_it_hears_of_each_day_of_both_plays(played: Path) -> None:
    class Days(list[int]):
        def __setitem__(self, where: object, said: object) -> None:
            heard.append(tuple(said))  # type: ignore[call-overload]

    heard: list[tuple[int, int]] = []
    question = ArticleCut(on=date(2023, 4, 3), article="01", permille=100)
    answer = answered(Home(path=played), FUND, question, UNTIL, None, Days())
    of = 2 * (UNTIL - answer.today).days
    assert heard == [(number, of) for number in range(1, of + 1)]


def test_whoever_waits_is_told_in_tenths_and_then_nothing_more(client: httpx.Client) -> None:
    playing = threading.Thread(target=client.get, args=("/what-if",), kwargs={"params": {**ASK, "percent": "17"}})
    told: list[str] = []
    with client.stream("GET", "/what-if/progress?lang=en") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        assert next(lines) == ": here"
        playing.start()
        for line in lines:
            if line.startswith("data:"):
                told.append(line.removeprefix("data:").strip())
                if not told[-1]:
                    break
    playing.join()
    assert all(words.startswith("A question is being played: ") for words in told[:-1])
    tenths = [int(TENTHS.findall(words)[0]) for words in told[:-1]]
    assert tenths == sorted(set(tenths)), "each is said once"
    assert len(tenths) > 1
    assert {number % 10 for number in tenths} == {0}


def test_who_may_not_ask_is_told_nothing(desk: tuple[str, dict[str, str], Path]) -> None:
    with signed_in(desk[0], as_(desk, "operator")) as client:
        answer = client.get("/what-if/progress")
    assert answer.status_code == 403
    assert "html" in answer.headers["content-type"]


@pytest.mark.browser
def test_the_page_of_the_question_shows_it_until_the_answer_comes(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto("/what-if")
    page.evaluate(WRITE_DOWN)
    page.get_by_label("Kas nutinka").select_option("cut")
    for name, said in (ASK | {"percent": "23"}).items():
        if name != "ask":
            page.locator(f'[name="{name}"]').fill(said)
    page.get_by_role("button", name="Skaičiuoti").click()
    page.wait_for_url("**/what-if?ask=cut*")
    expect(page.locator("#totals")).to_be_visible()
    shown = page.evaluate("sessionStorage.getItem('shown')").splitlines()
    assert all(words.startswith("Skaičiuojamas klausimas: ") for words in shown)
    assert len(shown) > 1
    expect(page.locator("#progress")).to_be_empty()
    context.close()


@pytest.mark.browser
def test_without_scripts_the_answer_comes_as_it_did(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/what-if?" + "&".join(f"{name}={said}" for name, said in {**ASK, "percent": "29"}.items()))
    expect(page.locator("#totals")).to_be_visible()
    context.close()
