"""The desk's forms over a real socket: what does not fit comes back, what fits is looked at, sent, and confirmed by another."""

import html
import json
import re
from pathlib import Path

import pytest

from shared.desk.acts import ACTS
from shared.desk.forms import written_of
from tests.console.desks import CONTRACT, as_, desk, signed_in

__all__ = ["desk"]

EXAMPLES = [
    json.loads(line) for line in Path("shared/messages/examples.jsonl").read_text(encoding="utf-8").splitlines()
]


def test_what_does_not_fit_comes_back_as_it_was_written_with_field_value_and_point(
    desk: tuple[str, dict[str, str], Path],
) -> None:
    with signed_in(desk[0], as_(desk, "contracts")) as client:
        page = client.post(
            "/desk/new/contract",
            data=CONTRACT | {"ceiling": "12,345", "provider.iban": "LT00", "services.0.code": "ORT-1"},
        )
        assert page.status_code == 422
        assert 'href="#ceiling"' in page.text
        assert "Sutarties suma, Eur: „12,345“ netinka; reikia: suma eurais, pavyzdžiui, 1 234,56 (13 p.)" in page.text
        assert 'href="#provider.iban"' in page.text
        assert 'href="#services.0.unit_price"' in page.text
        assert 'value="UAB Ortopedijos centras"' in page.text
        assert 'value="12,345"' in page.text
        assert 'aria-invalid="true"' in page.text
        assert (
            "Ceiling, EUR: “12,345” is not a sum in euros, such as 1 234,56 (p. 13)"
            in client.post("/desk/new/contract?lang=en", data=CONTRACT | {"ceiling": "12,345"}).text
        )


@pytest.mark.parametrize("name", [name for name, act in ACTS.items() if act.is_event])
def test_each_act_is_drafted_from_the_catalogues_example_and_the_services_say_what_would_follow(
    desk: tuple[str, dict[str, str], Path], name: str
) -> None:
    act = ACTS[name]
    data = next(each["data"] for each in EXAMPLES if each["type"] == act.record.type)
    data = {"payer": "TLK-KAUNAS", **data} if name == "payer-year" else data
    token = desk[1]["Kazys Kaunietis"] if name == "payer-year" else as_(desk, act.drafts[0])
    with signed_in(desk[0], token) as client:
        page = client.post(f"/desk/new/{name}", data=written_of(act, data) | {"action": "look"})
        assert page.status_code == 200, page.text
        assert "Kas iš to sektų" in page.text
        assert "Siųsti tvirtinti" in page.text


def test_more_rows_keep_what_was_written(desk: tuple[str, dict[str, str], Path]) -> None:
    with signed_in(desk[0], as_(desk, "contracts")) as client:
        page = client.post("/desk/new/contract", data=CONTRACT | {"action": "rows", "services.0.code": "ORT-1"})
        assert page.status_code == 200
        assert len(re.findall(r'name="services\.\d+\.code"', page.text)) == 14
        assert 'name="services.0.code" type="text" value="ORT-1"' in page.text


def test_the_same_person_never_confirms_and_another_does_once(desk: tuple[str, dict[str, str], Path]) -> None:
    url = desk[0]
    with (
        signed_in(url, as_(desk, "contracts")) as rasa,
        signed_in(url, as_(desk, "second")) as jonas,
        signed_in(url, as_(desk, "auditor")) as aldona,
    ):
        drafted = rasa.post("/desk/new/contract", data=CONTRACT | {"contract_id": "C-8"})
        here = drafted.url.path
        assert "Telpa: fondas priimtų" in drafted.text
        assert "Siųsti tvirtinti" in drafted.text
        rasa.post(here, data={"action": "propose"})
        for client, why in (
            (rasa, "rengė Rasa Rasaitė: patvirtinti turi kitas asmuo."),
            (aldona, "Tai daro: antrasis asmuo."),
        ):
            refused = client.post(here, data={"action": "confirm"})
            assert refused.status_code == 403
            assert why in refused.text
        assert "Patvirtinti ir išsiųsti" not in aldona.get(here).text
        no_words = jonas.post(here, data={"action": "refuse", "words": " "})
        assert no_words.status_code == 409
        assert "reikia paaiškinti kodėl" in no_words.text
        assert here in jonas.get("/work").text
        done = jonas.post(here, data={"action": "confirm"})
        assert "Fondas priėmė." in done.text
        assert "Kas iš to sekė" in done.text
        again = jonas.post(here, data={"action": "confirm"})
        assert again.status_code == 409
        assert "išsiųsta (Jonas Jonaitis). Daugiau nieko daryti nereikia." in again.text
        assert jonas.get("/contracts/C-8").status_code == 200


def test_what_does_not_fit_the_share_says_every_term_before_it_is_sent(desk: tuple[str, dict[str, str], Path]) -> None:
    with signed_in(desk[0], as_(desk, "contracts")) as rasa:
        page = rasa.post(
            "/desk/new/contract-change", data={"action": "look", "contract_id": "C-1", "ceiling": "900 000 000,00"}
        )
        assert "Netelpa: fondas atmestų" in page.text
        for term in ("prašoma", "900\u00a0000\u00a0000,00", "laisva", "(13 p.)", "mokėtojo dalis (S)"):
            assert term in page.text.replace("900 000 000,00", "900\u00a0000\u00a0000,00"), term


def test_another_payers_people_see_and_decide_only_their_own(desk: tuple[str, dict[str, str], Path]) -> None:
    url, tokens, _ = desk
    with (
        signed_in(url, tokens["Kazys Kaunietis"]) as kazys,
        signed_in(url, tokens["Zita Kaunietė"]) as zita,
        signed_in(url, as_(desk, "clerk")) as ona,
    ):
        sent = {
            "action": "look",
            "payer": "TLK-KAUNAS",
            "year": "2022",
            "received": "1,00",
            "used": "1,00",
            "balance": "0,00",
        }
        of_kaunas = kazys.post("/desk/new/payer-year", data=sent).url.path
        refused = kazys.post("/desk/new/payer-year", data=sent | {"payer": "TLK-VILNIUS"})
        assert (refused.status_code, "tai sako /tlk/TLK-VILNIUS" in refused.text) == (403, True)
        assert zita.get(of_kaunas).status_code == ona.get(of_kaunas).status_code == 200
        of_vlk = ona.post(
            "/desk/new/sodra-review",
            data={"action": "look", "year": "2022", "quarter": "1", "submission": "1", "verdict": "approve"},
        ).url.path
        assert zita.get(of_vlk).status_code == 403


def test_mended_withdrawn_and_begun_anew(desk: tuple[str, dict[str, str], Path]) -> None:
    with signed_in(desk[0], as_(desk, "contracts")) as rasa:
        here = rasa.post(
            "/desk/new/contract-end", data={"action": "look", "contract_id": "C-1", "on": "2022-06-30"}
        ).url.path
        form = rasa.post(here, data={"action": "mend"})
        assert 'value="2022-06-30"' in form.text
        mended = rasa.post(
            form.url.path,
            params=dict(form.url.params),
            data={"action": "look", "contract_id": "C-1", "on": "2022-07-31"},
        )
        assert mended.url.path == here
        assert "2022-07-31" in mended.text
        rasa.post(here, data={"action": "propose"})
        late = rasa.post(
            form.url.path,
            params=dict(form.url.params),
            data={"action": "look", "contract_id": "C-1", "on": "2022-08-31"},
        )
        assert (late.status_code, "laukia patvirtinimo (Rasa Rasaitė)" in late.text) == (409, True)
        gone = rasa.post(here, data={"action": "withdraw"})
        assert "atšaukta" in gone.text
        anew = re.search(r'href="(/desk/new/contract-end[^"]*)"', gone.text)
        assert anew
        assert 'value="2022-07-31"' in rasa.get(anew[1].replace("&amp;", "&")).text


def test_7_a_next_edition_begins_with_the_lines_of_the_one_before_and_the_plain_form_is_empty(
    desk: tuple[str, dict[str, str], Path],
) -> None:
    with signed_in(desk[0], as_(desk, "planner")) as petras, signed_in(desk[0], as_(desk, "auditor")) as aldona:
        page = petras.get("/budget/2022").text
        (link,) = re.findall(r'<a href="([^"]*)">Pradėti nuo 1-os redakcijos</a>', page)
        assert html.unescape(link) == "/desk/new/budget?like=2022-1"
        assert "Begin with edition 1" in petras.get("/budget/2022?lang=en").text
        assert "like=" not in aldona.get("/budget/2022").text
        form = petras.get(html.unescape(link)).text
        filled = {name: html.unescape(said) for name, said in re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', form)}
        ticked = dict.fromkeys(re.findall(r'name="([^"]+)" type="checkbox" checked', form), "on")
        assert {"revenue.0.sodra", "expenses.0.health_care"} <= ticked.keys()
        assert [filled[key] for key in ("year", "edition", "law", "in_force_from")] == ["2022", "2", "", ""]
        law = {"law": "XIV-999", "in_force_from": "2022-03-01", "action": "look"}
        looked = petras.post("/desk/new/budget", data=filled | ticked | law)
        assert "Telpa: fondas priimtų" in looked.text
        day = '<span class="whole">2022-03-01</span>'
        assert f"Priimta 2022 m. biudžeto 2-oji redakcija (XIV-999), galioja nuo {day}." in looked.text
        for path in ("/desk/new/budget", "/desk/new/budget?year=2022"):
            assert 'name="expenses.0.article" type="text" value=""' in petras.get(path).text, path


@pytest.mark.parametrize(("like", "shown"), [("2022-7", "2022-7"), ("<b>", "&lt;b&gt;")])
def test_7_an_edition_that_was_not_adopted_is_named(
    desk: tuple[str, dict[str, str], Path], like: str, shown: str
) -> None:
    with signed_in(desk[0], as_(desk, "planner")) as petras:
        page = petras.get("/desk/new/budget", params={"like": like})
        assert (page.status_code, f"Biudžeto redakcijos {shown} nėra" in page.text) == (404, True)
        english = petras.get("/desk/new/budget", params={"like": like, "lang": "en"}).text
        assert f"There is no edition {shown} of a budget" in english


def test_what_would_follow_and_what_is_refused_name_payers_with_their_codes(
    desk: tuple[str, dict[str, str], Path],
) -> None:
    with signed_in(desk[0], as_(desk, "planner")) as petras, signed_in(desk[0], desk[1]["Zita Kaunietė"]) as zita:
        sent = {"action": "look", "payer": "VLK", "into": "TLK-KAUNAS", "on": "2022-04-01"}
        page = petras.post("/desk/new/merge", data=sent)
        assert "Mokėtojo VLK prijungti prie Kauno TLK (TLK-KAUNAS) negalima" in page.text
        assert "o Jūs veikiate už Kauno TLK (TLK-KAUNAS)." in zita.get(page.url.path).text
