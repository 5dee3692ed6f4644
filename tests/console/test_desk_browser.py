"""A real Chromium works at the desk: two persons review, adopt and distribute, contract, and release what was parked."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.console import desks
from tests.console.desks import NAMES
from tests.runtime.funds import PSDF, clean_env, psdf

pytestmark = pytest.mark.browser

Desk = tuple[str, dict[str, str], Path]


desk = desks.desk


@contextmanager
def person(browser: Browser, desk: Desk, role: str, *, scripts: bool = True) -> Iterator[Page]:
    """Somebody of a role, or of a name, who has signed in."""
    url, tokens, _ = desk
    context = browser.new_context(base_url=url, java_script_enabled=scripts)
    page = context.new_page()
    page.goto("/work")
    page.get_by_label("Raktas").fill(tokens[NAMES.get(role, role)])
    page.get_by_role("button", name="Prisijungti").click()
    page.get_by_role("heading", name="Mano darbai").wait_for()
    yield page
    context.close()


def propose(page: Page) -> str:
    """Look, then ask for another's word; gives the matter's id."""
    page.get_by_role("button", name="Peržiūrėti prieš siunčiant").click()
    page.get_by_text("Telpa: fondas priimtų").wait_for()
    page.get_by_role("button", name="Siųsti tvirtinti").click()
    page.get_by_text("Tvirtina kitas asmuo").wait_for()
    return page.locator("h1").inner_text().partition(".")[0]


def confirm(page: Page, matter: str) -> None:
    page.goto("/work")
    page.get_by_role("link", name=matter, exact=True).click()
    page.get_by_role("button", name="Patvirtinti ir išsiųsti").click()
    page.get_by_text("Ką atsakė fondas").wait_for()


def accepted(one: Page, other: Page) -> None:
    """One proposes to accept the invoice that is on the page, the other confirms it: it is to be paid."""
    one.get_by_label("Sprendimas").select_option("accept")
    matter = propose(one)
    assert one.get_by_role("button", name="Patvirtinti ir išsiųsti").count() == 0, "not the same person"
    confirm(other, matter)
    other.get_by_text("Fondas priėmė.").wait_for()
    other.goto("/invoices/300111224/R1")
    assert other.locator("h1 .tag").inner_text() == "numatyta mokėti"


def rejected(page: Page) -> None:
    """The page names what is wrong, and its first line leads to the input."""
    page.locator(".faults a").first.click()
    wanted = (page.locator(".faults a").first.get_attribute("href") or "").removeprefix("#")
    assert page.evaluate("document.activeElement.id") == wanted or page.url.endswith(f"#{wanted}")


def test_15_an_invoice_is_reviewed_by_two_persons(browser: Browser, desk: Desk) -> None:
    with person(browser, desk, "clerk") as ona, person(browser, desk, "second") as jonas:
        ona.locator("tr", has_text="300111224/R1").get_by_role("link", name="Patikrinti sąskaitą").click()
        ona.get_by_text("Jei priimtumėte šiandien").wait_for()
        assert ona.locator("#invoice_id").input_value() == "300111224/R1"
        ona.get_by_text("apmokėti iki 2022-03-09").wait_for()
        ona.get_by_role("heading", name="Mėnesiu anksčiau: 2021-12").wait_for()
        assert ona.locator("#pots tbody tr").count() == 1, "the share that its contract is of"
        ona.get_by_role("button", name="Peržiūrėti prieš siunčiant").click()
        rejected(ona)
        accepted(ona, jonas)


def test_7_12_a_budget_is_adopted_and_distributed(browser: Browser, desk: Desk) -> None:
    with person(browser, desk, "planner") as petras, person(browser, desk, "director") as dora:
        petras.goto("/budget/2022")
        petras.get_by_role("link", name="Įrašyti patvirtintą biudžetą").click()
        for key, value in {
            "year": "2023", "edition": "1", "law": "XIV-1650", "in_force_from": "2023-01-01",
            "revenue.0.code": "01.01", "revenue.0.name": "Įmokos", "revenue.0.amount": "3 000 000,03", "revenue_total": "3 000 000,03",
            "expenses.0.article": "04", "expenses.0.name": "Ortopedija", "expenses.0.amount": "2 000 000,03",
            "expenses.1.article": "07", "expenses.1.name": "„Sodros“ sąnaudos", "expenses.1.amount": "1 000 000",
            "expenses_total": "3 000 000,03", "working_capital": "0", "reserve_main": "45 000", "reserve_risk": "0", "state_funds": "0",
        }.items():  # fmt: skip
            petras.locator(f'main [name="{key}"]').fill(value)
        petras.locator('[name="revenue.0.sodra"]').check()
        petras.locator('[name="expenses.0.health_care"]').check()
        petras.locator('[name="expenses.1.sodra"]').check()
        confirm(dora, propose(petras))
        petras.goto("/work")
        petras.get_by_role("link", name="Paskirstyti lėšas").click()
        assert petras.locator('[name="quarters.0.q4"]').input_value() == "500 000,03", (
            "the odd cents go to the last quarter"
        )
        confirm(dora, propose(petras))
        dora.goto("/budget/2023")
        dora.get_by_text("XIV-1650").first.wait_for()
        dora.get_by_text("500 000,03").first.wait_for()


def test_13_a_contract_is_concluded(browser: Browser, desk: Desk) -> None:
    with person(browser, desk, "contracts") as rasa, person(browser, desk, "second") as jonas:
        rasa.goto("/contracts")
        rasa.get_by_role("link", name="Sudaryti sutartį").click()
        for key, value in {
            "contract_id": "C-12", "year": "2022", "article": "04", "provider.code": "300111224", "provider.name": "UAB Ortopedijos centras",
            "provider.iban": "LT121000011101001001", "ceiling": "12 345,67", "valid_from": "2022-03-01", "valid_to": "2022-12-31",
            "services.0.code": "ORT-9", "services.0.unit_price": "9,99",
        }.items():  # fmt: skip
            rasa.locator(f'[name="{key}"]').fill(value)
        rasa.locator("#payer").select_option("VLK")
        rasa.locator("#source").select_option("PSDF")
        rasa.get_by_role("button", name="Peržiūrėti prieš siunčiant").click()
        rasa.get_by_text("kurio kontroliniai skaitmenys sutampa").first.wait_for()
        rasa.locator('[name="provider.iban"]').fill("LT121000011101001000")
        confirm(jonas, propose(rasa))
        jonas.goto("/contracts/C-12")
        jonas.get_by_text("12 345,67").first.wait_for()
        jonas.get_by_text("ORT-9").wait_for()


def test_a_matter_that_another_process_sends_shows_the_answer_by_itself(
    browser: Browser, desk: Desk, tmp_path: Path
) -> None:
    token = tmp_path / "jonas.token"
    token.write_text(desk[1][NAMES["second"]])
    with person(browser, desk, "contracts") as rasa:
        rasa.goto("/desk/new/contract-change?contract_id=C-1")
        rasa.locator("#ceiling").fill("300 000")
        matter = propose(rasa)
        rasa.evaluate("window.untouched = true")
        sent = [*PSDF, "confirm", matter, "--token", str(token), "--moment", "event", "--home", str(desk[2])]
        done = subprocess.run(sent, env=clean_env() | {"PSDF_TRACES": "0"}, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        rasa.get_by_text("Ką atsakė fondas").wait_for()
        assert rasa.evaluate("window.untouched"), "nobody loaded the page again"


def test_a_page_on_which_somebody_writes_is_left_alone(browser: Browser, desk: Desk) -> None:
    with person(browser, desk, "contracts") as rasa, person(browser, desk, "second") as jonas:
        rasa.goto("/desk/new/contract-change?contract_id=C-1")
        rasa.locator("#ceiling").fill("310 000")
        matter = propose(rasa)
        assert rasa.locator("main[hx-trigger]").count() == 1
        jonas.goto(f"/desk/{matter}")
        jonas.get_by_role("button", name="Grąžinti rengėjui").wait_for()
        assert jonas.locator("main[hx-trigger]").count() == 0
        rasa.get_by_role("button", name="Atšaukti").click()


def test_parked_messages_are_released_and_dismissed_together_by_their_error(browser: Browser, desk: Desk) -> None:
    """Without scripts: nothing of the desk needs one."""
    home = desk[2]
    with (
        person(browser, desk, "operator", scripts=False) as oskaras,
        person(browser, desk, "second", scripts=False) as jonas,
    ):
        oskaras.locator("tr", has_text="Atidėta: 2").get_by_role("link", name="Pateikti").click()
        ids = oskaras.locator("#ids").input_value().split()
        assert len(ids) == 2
        oskaras.locator("#why").fill("Tiekėjas pataisė sistemą")
        oskaras.get_by_role("button", name="Peržiūrėti prieš siunčiant").click()
        oskaras.get_by_text("Dabar suprantama: 0 iš 2.").wait_for()
        oskaras.get_by_role("button", name="Atšaukti").click()
        oskaras.goto(f"/parked/{ids[0]}")
        oskaras.get_by_role("link", name="Palikti atidėtus pranešimus be pasekmių").click()
        assert oskaras.locator("#ids").input_value() == ids[0]
        oskaras.locator("#ids").fill("\n".join(ids))
        oskaras.locator("#why").fill("Bandymas")
        confirm(jonas, propose(oskaras))
        jonas.get_by_text(f"{ids[0]}: paliktas be pasekmių").wait_for()
        jonas.goto("/parked")
        jonas.get_by_text("paliktas", exact=True).nth(1).wait_for()
        assert all(each[:8] not in psdf("parked", "list", home=home).stdout for each in ids)


def test_a_parked_message_that_can_be_read_now_is_released(browser: Browser, desk: Desk) -> None:
    with person(browser, desk, "clerk") as ona, person(browser, desk, "operator") as oskaras:
        with httpx.Client(base_url=desk[0], headers={"Authorization": f"Bearer {desk[1][NAMES['auditor']]}"}) as client:
            parked = [
                each["id"]
                for each in client.get("/parked?as=json").json()["parked"]
                if each["topic"] == "contract.change.proposed"
            ]
        assert len(parked) == 1, "its id was used before, for something else"
        ona.goto(f"/desk/new/release?ids={parked[0]}")
        ona.locator("#why").fill("Dabar suprantama")
        ona.get_by_role("button", name="Peržiūrėti prieš siunčiant").click()
        ona.get_by_text("Dabar suprantama: 1 iš 1.").wait_for()
        ona.get_by_role("button", name="Siųsti tvirtinti").click()
        ona.get_by_text("Tvirtina kitas asmuo").wait_for()
        confirm(oskaras, ona.locator("h1").inner_text().partition(".")[0])
        oskaras.get_by_text(re.compile(rf"{parked[0]}\S*: fondas")).wait_for()
        oskaras.goto("/parked")
        oskaras.get_by_text("pateiktas iš naujo", exact=True).wait_for()


def test_7_a_second_edition_is_adopted_that_began_with_the_first(browser: Browser, desk: Desk) -> None:
    """Without scripts, to the end: what was not changed is as it was."""
    with (
        person(browser, desk, "planner", scripts=False) as petras,
        person(browser, desk, "director", scripts=False) as dora,
    ):
        petras.goto("/budget/2022")
        petras.get_by_role("link", name="Pradėti nuo 1-os redakcijos").click()
        assert petras.locator("#edition").input_value() == "2"
        assert petras.locator("#law").input_value() == ""
        before = petras.locator('[name="expenses.0.amount"]').input_value()
        petras.locator("#law").fill("XIV-999")
        petras.locator("#in_force_from").fill("2022-12-01")
        petras.locator("#reserve_risk").fill("1 000,01")
        confirm(dora, propose(petras))
        dora.goto("/budget/2022")
        rows = dora.locator("#editions tbody tr")
        first, second = (rows.first.locator("td").nth(number).inner_text().replace("\u00a0", " ") for number in (2, 3))
        assert first == second == before
        dora.locator("#editions tr", has_text="Rezervo rizikos valdymo dalis").get_by_text("1 000,01").first.wait_for()


def test_a_file_that_is_far_too_large_is_answered_by_a_page(browser: Browser, desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_bytes(b"a" * 30_000_000)  # out of a file: as words, the driver would have to tell them
    with person(browser, desk, "planner") as petras:
        petras.goto("/desk/new/budget")
        petras.locator("#file").set_input_files(tmp_path / "b.csv")
        petras.get_by_role("button", name="Užpildyti iš failo").click()
        expect(petras.get_by_role("heading", level=1)).to_have_text("Tai nepriimta")
        expect(petras.get_by_text("psdf propose --file")).to_be_visible()


def test_7_a_budget_out_of_a_file_is_adopted(browser: Browser, desk: Desk, tmp_path: Path) -> None:
    """Without scripts; after a wrong file nothing that was written is lost."""
    file = tmp_path / "biudžetas.csv"

    def fill(page: Page, content: str) -> None:
        file.write_text(content, encoding="utf-8-sig")
        page.locator("#file").set_input_files(file)
        page.get_by_role("button", name="Užpildyti iš failo").click()

    with (
        person(browser, desk, "planner", scripts=False) as petras,
        person(browser, desk, "director", scripts=False) as dora,
    ):
        petras.goto("/desk/new/budget")
        with petras.expect_download() as download:
            petras.get_by_role("link", name="Pavyzdys skaičiuoklei").click()
        model = download.value.path().read_text(encoding="utf-8-sig")
        petras.locator("#law").fill("XIV-1")
        fill(petras, "Kas;Spalva")
        rejected(petras)
        assert petras.locator("#law").input_value() == "XIV-1"
        for old, new in (
            (r"Metai;\d+", "Metai;2024"), (r"Redakcija;\d+", "Redakcija;1"), ("Įstatymas;", "Įstatymas;XV-24"), ("Įsigalioja;", "Įsigalioja;2024-01-01"),
        ):  # fmt: skip
            model = re.sub(old, new, model)
        fill(petras, model)
        petras.get_by_text("Užpildyta iš failo biudžetas.csv").wait_for()
        assert petras.locator("#law").input_value() == "XV-24"
        confirm(dora, propose(petras))
        dora.goto("/budget/2024")
        dora.get_by_text("XV-24, galioja nuo 2024-01-01").first.wait_for()


def test_axe_finds_nothing_at_the_desk(browser: Browser, desk: Desk) -> None:
    found = []

    def look(page: Page, where: str) -> None:
        violations = Axe().run(page).response["violations"]
        found.extend((where, each["id"], each["nodes"][0]["html"][:200]) for each in violations)

    def pressed(page: Page, button: str) -> None:
        """The page that answers is there, or the one that goes away would be looked at."""
        with page.expect_navigation():
            page.locator(f"button[value={button}]").click()

    with person(browser, desk, "contracts") as rasa, person(browser, desk, "planner") as petras:
        for page, path in (
            (rasa, "/work"), (rasa, "/desk/new/contract?lang=en"), (rasa, "/desk/new/review"), (petras, "/desk/new/distribution"), (rasa, "/sign-in"),
            (petras, "/desk/new/budget/model"), (petras, "/desk/new/budget/model?lang=en"),
        ):  # fmt: skip
            page.goto(path)
            look(page, path)
        rasa.goto("/desk/new/contract-change")
        pressed(rasa, "look")
        look(rasa, "faults")
        petras.goto("/desk/new/budget?lang=en")
        pressed(petras, "file")
        look(petras, "no file")
        rasa.locator("#contract_id").fill("C-1")
        rasa.locator("#ceiling").fill("900 000 000")
        pressed(rasa, "look")
        look(rasa, "a matter that does not fit")
    assert found == []
