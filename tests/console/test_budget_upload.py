"""P10. A budget's file at the desk: it fills the form, says what its lines make, and loses nothing that was written."""

import re
from html import unescape
from pathlib import Path

import pytest

from tests.console.desks import as_, desk, signed_in

__all__ = ["desk"]

Desk = tuple[str, dict[str, str], Path]
FORM = "/desk/new/budget"
BUDGET = """Kas;Kodas;Pavadinimas;Suma, Eur;Sveikatos priežiūra;„Sodra“
Metai;2023;;;;
Redakcija;1;;;;
Įstatymas;XIV-1650;;;;
Įsigalioja;2023-01-01;;;;
Pajamos;01.01;Įmokos;3 000 000,03;;taip
Pajamų iš viso, Eur;;;3 000 000,03;;
Išlaidos;04;Ortopedija;2 000 000,03;taip;
Išlaidos;07;„Sodros“ sąnaudos;1 000 000;;taip
Išlaidų iš viso, Eur;;;3 000 000,03;;
Apyvartos lėšos, Eur;;;0;;
Rezervo pagrindinė dalis, Eur;;;45 000;;
Rezervo rizikos valdymo dalis, Eur;;;0;;
Valstybės biudžeto lėšos (19 p.), Eur;;;0;;
"""


def inputs_of(page: str) -> dict[str, str]:
    """What the form of a page would send."""
    filled = {name: unescape(said) for name, said in re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', page)}
    ticked = dict.fromkeys(re.findall(r'name="([^"]+)" type="checkbox" checked', page), "on")
    return {
        name: text for name, text in filled.items() if name not in ("file", "action", "q", "on", "like", "lang")
    } | ticked


def test_a_file_fills_the_form_and_what_it_says_can_be_looked_at(desk: Desk) -> None:
    with signed_in(desk[0], as_(desk, "planner")) as petras:
        form = petras.get(FORM).text
        assert 'formenctype="multipart/form-data">Užpildyti iš failo' in form
        file = {"file": ("2023 biudžetas.csv", b"\xef\xbb\xbf" + BUDGET.encode())}
        page = petras.post(FORM, data={"action": "file", "reserve_transfer": "1,00"}, files=file)
        assert page.status_code == 200
        assert "Užpildyta iš failo 2023 biudžetas.csv: pajamų eilučių 1, išlaidų eilučių 2." in page.text
        assert "eilutės sudaro" not in page.text
        inputs = inputs_of(page.text)
        assert (inputs["reserve_transfer"], inputs["expenses.1.name"]) == ("1,00", "„Sodros“ sąnaudos")
        looked = petras.post(FORM, data=inputs | {"action": "look"})
        assert "Telpa: fondas priimtų" in looked.text
        assert "Filled in from b.csv: 1 lines of revenue, 2 of expenses." in (
            petras.post(f"{FORM}?lang=en", data={"action": "file"}, files={"file": ("b.csv", BUDGET)}).text
        )


def test_lines_that_do_not_make_the_stated_sum_are_said_before_it_is_sent(desk: Desk) -> None:
    with signed_in(desk[0], as_(desk, "planner")) as petras:
        file = {"file": ("b.csv", BUDGET.replace("1 000 000;", "1 000 000,05;"))}
        page = petras.post(FORM, data={"action": "file"}, files=file).text.replace("\u00a0", " ")
        assert "Išlaidos: eilutės sudaro 3 000 000,08 Eur, nurodyta 3 000 000,03 Eur, skirtumas 0,05 Eur." in page
        assert "Pajamos: eilutės" not in page
        more = petras.post(f"{FORM}?lang=en", data=inputs_of(page) | {"action": "rows"}).text.replace("\u00a0", " ")
        assert "Expenses: rows make 3 000 000.08 EUR, stated 3 000 000.03 EUR, 0.05 EUR apart." in more


def test_a_wrong_file_is_told_line_by_line_and_what_was_written_stays(desk: Desk) -> None:
    with signed_in(desk[0], as_(desk, "planner")) as petras:
        wrong = BUDGET.replace("2 000 000,03;taip", "1.234,50;taip").encode()
        page = petras.post(FORM, data={"action": "file"}, files={"file": ("b.csv", wrong)})
        assert page.status_code == 422
        assert (
            "8 eilutė: Suma, Eur: „1.234,50“ netinka; reikia: suma eurais, pavyzdžiui, 1 234,56 (4, 7 p.)" in page.text
        )
        assert 'href="#expenses.0.amount"' in page.text
        assert 'value="1.234,50"' in page.text
        for content in (b"", "ąč".encode("cp1257"), b"<b>;1\n", b"\x00" * 100, b"a" * 1_000_001):
            kept = petras.post(FORM, data={"action": "file", "law": "XIV-9"}, files={"file": ("b.csv", content)})
            assert (kept.status_code, 'value="XIV-9"' in kept.text) == (422, True)
            assert 'href="#file"' in kept.text
            assert "<b>" not in kept.text.partition('class="faults"')[2][:400]
        assert petras.post(FORM, data={"action": "file", "law": "XIV-9"}).status_code == 422, "no file was chosen"


def test_a_code_without_its_zero_is_told_by_the_budgets_there_have_been(desk: Desk) -> None:
    with signed_in(desk[0], as_(desk, "planner")) as petras:
        cut = BUDGET.replace("Išlaidos;04", "Išlaidos;4")
        page = petras.post(FORM, data={"action": "file"}, files={"file": ("b.csv", cut)})
        assert (
            page.status_code,
            "8 eilutė: Straipsnis: „4“: panašu, kad skaičiuoklė kodą pavertė skaičiumi" in page.text,
        ) == (422, True)


def test_what_is_too_large_and_what_no_browser_sends_is_refused(desk: Desk) -> None:
    with signed_in(desk[0], as_(desk, "planner")) as petras:
        large = petras.post(FORM, data={"action": "file"}, files={"file": ("b.csv", b"a" * 8_000_001)})
        assert (large.status_code, "psdf propose --file" in large.text) == (413, True)
        latin = b'--x\r\nContent-Disposition: form-data; name="law"\r\n\r\n\xe0\r\n--x--\r\n'
        many = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 20_001 + b"--x--\r\n"
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        for content, why in ((latin, "joje ne UTF-8 tekstas"), (many, "joje daugiau nei 20000 laukų")):
            page = petras.post(FORM, content=content, headers=headers)
            assert (page.status_code, f"Formos perskaityti nepavyko: {why}." in page.text) == (400, True)
        assert petras.post(FORM, content=b"{}", headers={"Content-Type": "application/json"}).status_code == 415


def test_who_may_not_draft_a_budget_fills_none(desk: Desk) -> None:
    with signed_in(desk[0], as_(desk, "clerk")) as ona:
        refused = ona.post(FORM, data={"action": "file"}, files={"file": ("b.csv", BUDGET)})
        assert (refused.status_code, "Tai daro: biudžeto specialistas" in refused.text) == (403, True)


def test_what_was_written_waits_where_the_session_has_ended(desk: Desk) -> None:
    with signed_in(desk[0], "") as nobody:
        page = nobody.post(FORM, data={"action": "file", "law": "XIV-77"}, files={"file": ("b.csv", BUDGET)})
        assert (page.status_code, 'name="law" value="XIV-77"' in page.text) == (401, True)


@pytest.mark.parametrize("kind", ["csv", "csv-lt"])
@pytest.mark.parametrize("lang", ["", "en"])
def test_the_model_is_taken_back_as_it_was_given(desk: Desk, kind: str, lang: str) -> None:
    with signed_in(desk[0], as_(desk, "planner")) as petras:
        links = re.findall(r'href="(/desk/new/budget/model[^"]*)"', petras.get(FORM, params={"lang": lang}).text)
        link = next(unescape(each) for each in links if re.search(rf"as={kind}(&|$)", unescape(each)))
        model = petras.get(link)
        assert model.headers["content-type"].startswith("text/csv")
        assert model.content.startswith(b"\xef\xbb\xbf") == (kind == "csv-lt")
        page = petras.post(FORM, data={"action": "file"}, files={"file": ("model.csv", model.content)})
        like = inputs_of(petras.get(f"{FORM}?like=2022-1").text)
        assert page.status_code == 422, "its law and its day are still to be written"
        assert re.findall(r'<li><a href="#([^"]+)"', page.text.partition('class="faults"')[2])[:2] == [
            "law",
            "in_force_from",
        ]
        assert inputs_of(page.text) == like
