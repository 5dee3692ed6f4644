"""A day's tasks in a real Chromium, without JSON: reserve, merger, why, who is late, a letter, a claim, the year's end.

The others (to adopt, distribute, contract, review, release) are played in ``test_desk_browser``.
"""

import asyncio
import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from pypdf import PdfReader

from shared.desk.home import people_of
from shared.journal.home import Home
from tests.adapters.serving import closed_port
from tests.console.desks import PERSONS, desk_of
from tests.console.test_desk_browser import Desk, confirm, person, propose
from tests.reports.budgets import budget
from tests.reports.two_years import begin, credit
from tests.reports.world import World
from tests.runtime.funds import FUND, day, fund, psdf_process, worked_start

pytestmark = pytest.mark.browser

DEFERRED, PAID, NOTICE = "300111224/A2", "300111224/A1", "2022-04-1"


def a_desk(home: Path, raws: list[bytes]) -> dict[str, str]:
    """A fund to which all this came, whose ministry does not answer; and each person's token by name."""

    async def received() -> None:
        async with fund(home, closed_port()) as stack:
            await stack.publish(raws)

    with ThreadPoolExecutor(1) as beside:  # the browser has a loop of its own here
        beside.submit(asyncio.run, received()).result()
    people = people_of(Home(path=home))
    return {name: people.add(FUND, name, role, payer) for name, (role, payer) in PERSONS.items()}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """In spring: the worked start with a transfer to the reserve, and an invoice whose term passed while it waited."""
    home = tmp_path_factory.mktemp("tasks") / "home"
    first, *others = worked_start()
    adopted = json.loads(first)
    adopted["data"]["reserve_transfer_cents"] = 50_000_00
    tokens = a_desk(home, [json.dumps(adopted, ensure_ascii=False).encode(), *others, day("2022-04-11")])
    with desk_of(home) as url:
        yield url, tokens, home


def test_10_a_transfer_to_the_reserve_is_approved(browser: Browser, desk: Desk) -> None:
    with person(browser, desk, "planner") as petras, person(browser, desk, "director") as dora:
        petras.get_by_role("link", name="Patvirtinti pervedimą į rezervą").first.click()
        assert petras.locator("#amount").input_value() == "50 000,00".replace(" ", "\u00a0")
        petras.locator("#document").fill("V-44")
        confirm(dora, propose(petras))
        dora.get_by_text("Fondas priėmė.").wait_for()
        dora.goto("/reserve/2022")
        expect(dora.locator("#transfers tbody tr")).to_contain_text("patvirtintas")


def test_26_a_payer_is_merged_into_another(browser: Browser, desk: Desk) -> None:
    with person(browser, desk, "planner") as petras, person(browser, desk, "director") as dora:
        petras.goto("/budget/2022")
        petras.get_by_role("link", name="Sujungti mokėtojus").click()
        petras.locator("#payer").select_option("TLK-PANEVEZYS")
        petras.locator("#into").select_option("VLK")
        petras.locator("#on").fill("2022-07-01")
        confirm(dora, propose(petras))
        dora.get_by_text("Fondas priėmė.").wait_for()


def test_16_18_who_asks_why_an_invoice_waits_reads_the_reason_with_its_numbers_and_the_point(
    browser: Browser, desk: Desk
) -> None:
    with person(browser, desk, "clerk") as ona:
        ona.get_by_role("searchbox").fill(DEFERRED)
        ona.get_by_role("button", name="Ieškoti").click()
        expect(ona.locator("h1")).to_contain_text(DEFERRED)
        deferred = ona.locator(".timeline li", has_text="laukia").first
        for said in ("17 200 000,00", "30 000,00", "ministerijai"):
            expect(deferred).to_contain_text(said.replace(" ", "\u00a0"))
        deferred.locator("a.rule", has_text="18").click()
        expect(ona.locator("h1")).to_contain_text("18")


def test_16_who_is_late_is_on_the_first_list_and_leads_to_each_invoice(browser: Browser, desk: Desk) -> None:
    with person(browser, desk, "clerk") as ona:
        late = ona.locator("tr", has_text="Neapmokėta laiku")
        expect(late).to_contain_text("praleista prieš")
        late.get_by_role("link", name="Neapmokėta laiku").click()
        ona.get_by_role("link", name=DEFERRED).first.click()
        expect(ona.locator("h1")).to_contain_text(DEFERRED)


def test_18_a_letter_is_printed_with_its_four_sums(browser: Browser, desk: Desk) -> None:
    with person(browser, desk, "clerk") as ona:
        ona.goto("/notices")
        ona.get_by_role("link", name=NOTICE).first.click()
        href = ona.locator(f"a[href*='{NOTICE}/letter.pdf']").first.get_attribute("href")
        assert href
        letter = ona.request.get(href)
        assert letter.headers["content-type"] == "application/pdf"
        paper = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(letter.body())).pages)
        for row in ona.locator("dl div").all():
            if "Eur" in (said := row.locator("dd").inner_text()):
                assert said.removesuffix("Eur").strip() in paper, row.inner_text()


def test_20_a_claim_is_made_from_its_invoices_page_and_settled(browser: Browser, desk: Desk) -> None:
    with person(browser, desk, "clerk") as ona, person(browser, desk, "second") as jonas:
        ona.goto(f"/invoices/{PAID}")
        ona.get_by_role("link", name="Pareikšti reikalavimą").click()
        assert ona.locator("#invoice_id").input_value() == PAID
        for key, value in {
            "claim_id": "Z-1",
            "provider_code": "300111224",
            "amount": "1 234,56",
            "reason": "žala",
        }.items():
            ona.locator(f"#{key}").fill(value)
        ona.locator("#basis").select_option("20")
        confirm(jonas, propose(ona))
        ona.goto("/claims")
        ona.get_by_role("link", name="Z-1").click()
        ona.get_by_role("link", name="Užskaityti arba nurašyti reikalavimą").click()
        assert ona.locator("#claim_id").input_value() == "Z-1"
        ona.locator("#amount").fill("1 234,56")
        ona.locator("#how").select_option("repaid")
        ona.locator("#document").fill("MP-7")
        confirm(jonas, propose(ona))
        ona.goto("/claims/Z-1")
        ona.get_by_text("recovery.settled").first.wait_for()


@pytest.fixture
def ended(tmp_path: Path) -> Iterator[Desk]:
    """In January: of the year before nothing is open but a territorial fund's report."""
    world = World()

    async def play() -> None:
        on = date(2022, 12, 27)
        await world.start(on)
        await begin(world, on, budget(2022))
        await world.send("account.credited", "/treasury", credit("TLK-KAUNAS", 100_00, on), on)
        await world.to(date(2023, 1, 5))
        stated = {"transferred_cents": 0, "offset_cents": 0, "related_cents": 0, "compensation_cents": 0}
        quarter = {"year": 2022, "quarter": 4, "submission": 1} | stated
        await world.send("sodra.statement.submitted", "/sodra", quarter, world.today)
        sums = {"received_cents": 0, "used_cents": 0, "balance_cents": 0}
        reported = {"payer": "TLK-VILNIUS", "year": 2022, "source": "PSDF"} | sums
        await world.send("payer.year.reported", "/tlk/TLK-VILNIUS", reported, world.today)

    with ThreadPoolExecutor(1) as beside:
        beside.submit(asyncio.run, play()).result()
    home = tmp_path / "home"
    tokens = a_desk(home, world.sent)
    with desk_of(home) as url:
        yield url, tokens, home


def test_24_25_a_year_is_closed_and_its_page_says_so_with_the_proof(browser: Browser, ended: Desk) -> None:
    with person(browser, ended, "Kazys Kaunietis") as kazys, person(browser, ended, "Zita Kaunietė") as zita:
        kazys.get_by_role("link", name="Pateikti mokėtojo metų ataskaitą").first.click()
        for key, value in {"received": "100,00", "used": "0,00", "balance": "100,00"}.items():
            kazys.locator(f"#{key}").fill(value)
        confirm(zita, propose(kazys))
        zita.get_by_text("Fondas priėmė.").wait_for()
        zita.goto("/years/2022")
        zita.get_by_text("Nieko neužbaigto nėra: metai uždaryti.").wait_for()
        proof = ended[2].parent / "closing.json"
        closed = psdf_process("close", "2022", "--out", proof, "--home", ended[2])
        assert closed.returncode == 0, closed.stdout
        expect(zita.locator("main")).to_contain_text(json.loads(proof.read_bytes())["sha256"])
