"""Forms are the events' own records: each act's fields, limits and money; what does not fit is named; and back again."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies

from shared.desk.acts import ACTS, Act
from shared.desk.drafts import checked, faults_of
from shared.desk.forms import Fault, Field, cents_of, form_of, read, written_of
from shared.desk.person import Person
from shared.desk.words import hint, phrase, word
from shared.kernel.language import LANGUAGES
from shared.kernel.money import euro
from tests.runtime.funds import FUND

EXAMPLES = [
    json.loads(line) for line in Path("shared/messages/examples.jsonl").read_text(encoding="utf-8").splitlines()
]
EVENTS = {name: act for name, act in ACTS.items() if act.is_event}
CONTRACT = {
    "contract_id": "C-7", "year": "2022", "payer": "VLK", "article": "04", "source": "PSDF", "provider.code": "300111224",
    "provider.name": "UAB Ortopedija", "provider.iban": "LT121000011101001000", "ceiling": "1 234,5",
    "valid_from": "2022-01-01", "valid_to": "2022-12-31", "payment_days": "", "review": "",
    "services.0.code": "ORT-1", "services.0.unit_price": "12,50", "services.3.code": "", "services.3.unit_price": " ",
}  # fmt: skip


def every(act: Act) -> list[Field]:
    return [each for field in form_of(act) for each in (field, *field.inner)]


def example(act: Act) -> dict[str, Any]:
    found: dict[str, Any] = next(each["data"] for each in EXAMPLES if each["type"] == act.record.type)
    return found


def person_of(act: Act) -> Person:
    payer = "" if "ministry" in act.drafts else "TLK-KAUNAS" if act.name == "payer-year" else "VLK"
    return Person(name="A", role=act.drafts[0], payer=payer, token_sha256="")


@pytest.mark.parametrize("name", EVENTS)
def test_what_the_catalogue_has_as_an_example_is_written_into_the_form_and_read_back(name: str) -> None:
    act, data = ACTS[name], example(ACTS[name])
    found, faults = read(act, written_of(act, data))
    assert faults == []
    assert {key: value for key, value in found.items() if key in data} == data
    assert all(value in (None, 0, "", []) for key, value in found.items() if key not in data)
    assert faults_of(FUND, act, person_of(act), found) == []


@pytest.mark.parametrize("name", ACTS)
def test_every_word_of_a_form_is_there_in_both_languages(name: str) -> None:
    for each in every(ACTS[name]):
        for lang in ("lt", "en"):
            for part in each.key.split("."):
                assert word("fields", part, lang) != part.replace("_", " ") or lang == "en", each.key
            for option in each.options:
                assert word("options", option, lang), option
            assert hint(each.short, lang) is not None
        if each.wanted:
            assert phrase(each.wanted, "lt") != each.wanted, f"words.toml has no Lithuanian for: {each.wanted}"
    assert word("acts", name, "lt") != name


def test_a_contract_is_read_with_its_groups_rows_and_defaults() -> None:
    data, faults = read(ACTS["contract"], CONTRACT)
    assert faults == []
    assert data["provider"] == {"code": "300111224", "name": "UAB Ortopedija", "iban": "LT121000011101001000"}
    assert data["services"] == [{"code": "ORT-1", "unit_price_cents": 1250}]
    assert (data["ceiling_cents"], data["payment_days"], data["review"]) == (123450, 30, "automatic")


@pytest.mark.parametrize(
    ("field", "written", "why"),
    [
        ("ceiling", "12,345", "a sum in euros, such as 1 234,56"),
        ("ceiling", "-5", "a sum in euros, such as 1 234,56"),
        ("ceiling", "1e9", "a sum in euros, such as 1 234,56"),
        ("ceiling", "1" * 15, "a sum in euros, such as 1 234,56"),
        ("year", "1999", "a year from 2000 to 2199"),
        ("year", "dvidešimt", "a year from 2000 to 2199"),
        ("valid_from", "2022-02-30", "a day YYYY-MM-DD from 2000 to 2199"),
        ("source", "EU", "one of those that are offered"),
        ("source", "", "one of those that are offered"),
        ("provider.iban", "LT121000011101001001", "an account number (IBAN) whose check digits fit"),
        ("provider.iban", "", "an account number: 1 to 34 letters or digits without spaces"),
        ("provider.name", "x" * 301, "a name: text of 1 to 300 characters without control characters"),
        ("payment_days", "3651", "a number of days from 0 to 3650"),
        ("services.0.unit_price", "daug", "a sum in euros, such as 1 234,56"),
        ("contract_id", "", "an id: text of 1 to 200 characters without control characters"),
    ],
)
def test_what_does_not_fit_is_named_with_what_was_written_and_what_is_expected(
    field: str, written: str, why: str
) -> None:
    _, faults = read(ACTS["contract"], CONTRACT | {field: written})
    (fault,) = faults
    assert (fault.key, fault.written, fault.why) == (field, written.strip(), why)
    assert fault.label[0] in fault.said("lt")
    assert phrase(why, "lt") in fault.said("lt")
    assert len(fault.said("lt")) < 500


def test_what_the_catalogues_own_reader_finds_stands_at_its_field() -> None:
    act = ACTS["contract"]
    data, _ = read(act, CONTRACT | {"valid_to": "2021-12-31", "contract_id": "С-7"})
    told = {fault.key: fault.why for fault in faults_of(FUND, act, person_of(act), data)}
    assert told == {"": "valid_to 2021-12-31 is before valid_from 2022-01-01"}
    data, _ = read(act, CONTRACT | {"contract_id": "С-7"})
    (fault,) = faults_of(FUND, act, person_of(act), data)
    assert fault.key == "contract_id"
    assert "CYRILLIC" in fault.said("en")
    assert isinstance(fault, Fault)


def test_a_clerks_words_are_one_reason_of_the_point() -> None:
    data, faults = read(
        ACTS["review"], {"invoice_id": "1/A", "contract_id": "C", "verdict": "return", "reasons": "Trūksta\r\nparašo."}
    )
    assert faults == []
    assert data["reasons"] == [{"code": "review", "rule": "15", "terms": {"text": "Trūksta\nparašo."}}]


@pytest.mark.parametrize("words", ["", " \r\n "])
@pytest.mark.parametrize(
    ("name", "about"),
    [
        ("review", {"invoice_id": "1/A", "contract_id": "C"}),
        ("sodra-review", {"year": "2022", "quarter": "1", "submission": "1"}),
    ],
)
def test_15_22_nothing_is_returned_without_words_for_who_sent_it(name: str, about: dict[str, str], words: str) -> None:
    act = ACTS[name]
    _, faults = checked(FUND, act, person_of(act), about | {"verdict": "return", "reasons": words})
    assert [(fault.key, fault.said("lt")) for fault in faults] == [
        ("reasons", "Grąžinimo priežastis: grąžinant būtina; siuntėjas šiuos žodžius skaito tokius, kokie jie yra")
    ]
    accepts = "accept" if name == "review" else "approve"
    assert checked(FUND, act, person_of(act), about | {"verdict": accepts, "reasons": words})[1] == []


def test_letters_are_composed_as_the_catalogue_wants_them() -> None:
    data, _ = read(ACTS["contract"], CONTRACT | {"provider.name": "UAB S\u0306u\u0304nu\u0304s"})
    assert "\u0304" not in data["provider"]["name"]


@given(strategies.integers(0, 10**14))
def test_every_sum_is_written_with_a_comma_and_read_to_the_cent(cents: int) -> None:
    for text in (
        LANGUAGES["lt"].sum_of(cents),
        LANGUAGES["lt"].sum_of(cents).replace(" ", "\u00a0"),
        LANGUAGES["lt"].sum_of(cents).replace(" ", ""),
        euro(cents),
    ):
        assert cents_of(text) == cents


@given(strategies.text(max_size=12))
def test_what_is_no_sum_is_none_and_never_an_error(text: str) -> None:
    found = cents_of(text)
    assert found is None or found >= 0
