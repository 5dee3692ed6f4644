"""What a clerk does by day, in a real Chromium without JSON: reserve, merger, claims, the year's end, who waits and why.

Of the twelve daily tasks these are seven; review, adoption, distribution, contract and release are in
``test_desk_browser.py``, a letter that is carried in ``test_letter_by_hand.py``, and three of all play on the cluster too.
"""

import asyncio
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from shared.desk.home import people_of
from shared.journal.home import Home
from tests.adapters.serving import closed_port
from tests.console.desks import PERSONS, desk_of
from tests.console.test_desk_browser import Desk, confirm, person, propose
from tests.runtime.funds import FUND, day, event, fund, worked_start

pytestmark = pytest.mark.browser

TRANSFER_CENTS = 30_000_01
WAITS, NOTICE = "300111224/A2", "2022-04-1"


def a_years_start() -> list[bytes]:
    """The worked start, with a transfer to the reserve that the budget's year asks for, and cash of a territorial fund."""
    first, *rest = worked_start()
    told = json.loads(first)
    told["data"] |= {"reserve_transfer_cents": TRANSFER_CENTS}
    cash = {"payer": "TLK-KAUNAS", "amount_cents": 100_00, "value_on": "2022-01-04", "reference": "K1"}
    credit = event("/treasury", "k1", "account.credited", "2022-01-04T10:00:00+02:00", cash)
    return [json.dumps(told, ensure_ascii=False).encode(), *rest[:3], credit, *rest[3:]]


async def _begin(home: Path) -> None:
    """The ministry's system does not answer: the notice stays under way, and what is over the article waits."""
    async with fund(home, closed_port()) as stack:
        await stack.publish(a_years_start())


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home = tmp_path_factory.mktemp("days") / "home"
    with ThreadPoolExecutor(1) as beside:
        beside.submit(asyncio.run, _begin(home)).result()
    people = people_of(Home(path=home))
    tokens = {name: people.add(FUND, name, role, payer) for name, (role, payer) in PERSONS.items()}
    with desk_of(home) as url:
        yield url, tokens, home


def starts(desk: Desk, *days: str) -> None:
    """Let days start, as the clock does."""

    async def told() -> None:
        async with fund(desk[2], closed_port()) as stack:
            await stack.publish([day(on) for on in days])

    with ThreadPoolExecutor(1) as beside:
        beside.submit(asyncio.run, told()).result()


def test_10_a_transfer_to_the_reserve_is_approved(browser: Browser, desk: Desk) -> None:
    with person(browser, desk, "planner") as petras, person(browser, desk, "director") as dora:
        row = petras.locator("#due tr", has_text="9.1, 2022")
        expect(row).to_contain_text("2022-12-31")
        row.get_by_role("link", name="Patvirtinti pervedimą į rezervą").click()
        expect(petras.locator("#amount")).to_have_value("30\u00a0000,01")
        petras.locator("#document").fill("V-17")
        confirm(dora, propose(petras))
        dora.goto("/reserve/2022")
        expect(dora.locator("#transfers tbody tr")).to_contain_text("patvirtintas")


def test_18_why_an_invoice_waits_and_its_letter_are_found_from_the_first_page(browser: Browser, desk: Desk) -> None:
    """The queue's head, what would free it, and the letter that is printed: each a click further."""
    with person(browser, desk, "contracts") as rasa:
        expect(rasa.locator(".lead")).to_contain_text(
            "Artimiausias mokėjimo terminas: 2022\u00a0m. balandžio 4\u00a0d."
        )
    with person(browser, desk, "clerk") as ona:
        ona.goto("/fund")
        ona.locator("#queues").get_by_role("link", name=WAITS).click()
        expect(ona.locator("h1 .tag")).to_have_text("laukia eilėje")
        said = section(ona, "Ką reiškia laukti")
        expect(said).to_contain_text("Eilėje ji 1-oji")
        expect(said).to_contain_text("pranešimas ministerijai")
        ona.get_by_role("link", name=NOTICE).first.click()
        expect(section(ona, "Keturios sumos")).to_contain_text("kokią lėšų sumą numatoma pervesti")
        printed = ona.request.get(ona.get_by_role("link", name="Raštas (PDF)").get_attribute("href") or "")
        assert printed.body().startswith(b"%PDF")


def test_20_21_a_claim_is_made_repaid_in_part_and_written_off_by_the_director(browser: Browser, desk: Desk) -> None:
    with (
        person(browser, desk, "clerk") as ona,
        person(browser, desk, "second") as jonas,
        person(browser, desk, "director") as dora,
    ):
        ona.goto("/invoices/300111224/A1")
        ona.get_by_role("link", name="Pareikšti reikalavimą").click()
        expect(ona.locator("#provider_code")).to_have_value("300111224")
        fill(ona, claim_id="R-1", amount="100,03", reason="Paslauga nesuteikta")
        ona.locator("#basis").select_option("21")
        confirm(jonas, propose(ona))
        settled(ona, "60,00", "repaid")
        confirm(jonas, propose(ona))
        settled(ona, "40,03", "written_off")
        matter = propose(ona)
        jonas.goto(f"/desk/{matter}")
        assert jonas.get_by_role("button", name="Patvirtinti ir išsiųsti").count() == 0, "that is the director's"
        confirm(dora, matter)
        dora.goto("/claims")
        row = dora.locator("#claims tbody tr", has_text="R-1")
        expect(row).to_contain_text("100,03")
        expect(row.locator(".tag")).to_have_text("padengtas")


def test_two_payers_are_merged_from_a_day_on(browser: Browser, desk: Desk) -> None:
    with person(browser, desk, "planner") as petras, person(browser, desk, "director") as dora:
        petras.goto("/budget/2022")
        petras.get_by_role("link", name="Sujungti mokėtojus").click()
        petras.locator("#payer").select_option("TLK-SIAULIAI")
        petras.locator("#into").select_option("TLK-SIAULIAI")
        petras.locator("#on").fill("2022-04-01")
        petras.get_by_role("button", name="Peržiūrėti prieš siunčiant").click()
        expect(petras.locator(".faults")).to_contain_text("TLK-SIAULIAI")
        petras.locator("#into").select_option("VLK")
        confirm(dora, propose(petras))
        dora.get_by_text("Fondas priėmė.").wait_for()


def test_16_who_is_late_stands_on_the_first_page_and_among_what_is_to_be_done(browser: Browser, desk: Desk) -> None:
    starts(desk, "2022-04-05")
    with person(browser, desk, "clerk") as ona:
        row = ona.locator("#due tr", has_text="Neapmokėta laiku")
        expect(row).to_contain_text("praleista prieš 1\u00a0dieną")
        ona.goto("/fund")
        expect(ona.locator(".lead")).to_contain_text(
            "praleisti mokėjimo terminai: 1\u00a0sąskaita, 30\u00a0000,00\u00a0Eur"
        )
        ona.locator(".card", has_text="Praleisti mokėjimo terminai").get_by_role("link").click()
        expect(ona.locator("#overdue tbody tr")).to_contain_text(WAITS)
        expect(ona.locator("#overdue tbody tr")).to_contain_text("2022-04-04")


def test_24_the_years_end_is_reported_and_less_of_the_year_is_open(browser: Browser, desk: Desk) -> None:
    starts(desk, "2022-12-31", "2023-01-03")
    a_year(browser, desk)


# ------------------------------------------------------------------------------------------ what is done on both stacks


def a_year(browser: Browser, desk: Desk) -> None:
    """24. A territorial fund reports its year to the cent, and less of the year is open."""
    with person(browser, desk, "Kazys Kaunietis") as kazys, person(browser, desk, "Zita Kaunietė") as zita:
        kazys.goto("/years/2022")
        before = open_matters(kazys)
        kazys.locator("a[href*='/desk/new/payer-year']").first.click()
        kazys.locator("#payer").select_option("TLK-KAUNAS")
        fill(kazys, received="100,00", used="0,00", balance="100,00")
        confirm(zita, propose(kazys))
        zita.get_by_text("Fondas priėmė.").wait_for()
        zita.goto("/years/2022")
        assert open_matters(zita) == before - 2, "its report, and its balance, which is ordered back"


def open_matters(page: Page) -> int:
    """How much of a year is open, as its page says."""
    return int(re.sub(r"\D", "", page.get_by_text("Metams užbaigti liko").inner_text()))


# ------------------------------------------------------------------------------------------------------- how it is done


def settled(page: Page, euros: str, how: str) -> None:
    """Open the claim among what is to be done, and write down how so much of it is met."""
    page.goto("/work")
    page.locator("#due tr", has_text="R-1").get_by_role("link", name="Padengti arba nurašyti reikalavimą").click()
    expect(page.locator("#claim_id")).to_have_value("R-1")
    fill(page, amount=euros, document="V-18")
    page.locator("#how").select_option(how)


def fill(page: Page, **written: str) -> None:
    for key, value in written.items():
        page.locator(f"#{key}").fill(value)


def section(page: Page, title: str) -> Locator:
    return page.locator("section", has=page.get_by_role("heading", name=title))
