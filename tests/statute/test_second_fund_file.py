"""The model fund's file says all that another country's fund brings, and what is wrong in such a file is refused."""

import re
import shutil
from datetime import date
from importlib.resources import files
from pathlib import Path
from string import Formatter

import holidays
import pytest

from shared.edge.einvoice.routes import takes_ubl
from shared.effects.bank.accounts import BankSettingsError, load_bank_settings
from shared.explain.sentences import sentence, sentences_of
from shared.kernel.calendar import SATURDAY, days_between, orthodox_easter
from shared.kernel.language import LANGUAGES, LT
from shared.kernel.reason import REGISTER, TERMS
from shared.statute import StatuteError, load_fund

FUNDS = Path(str(files("shared.statute"))) / "funds"
CNAM = load_fund(FUNDS / "cnam.toml")
OWN, ENGLISH = CNAM.languages
YEARS = range(2000, 2036)


def terms_of(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The fund as somebody else would begin: a copy of its files."""
    shutil.copy(FUNDS / "cnam.toml", tmp_path)
    shutil.copytree(FUNDS / "cnam", tmp_path / "cnam")
    return tmp_path / "cnam.toml"


def changed(file: Path, found: str, instead: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert found in text
    file.write_text(text.replace(found, instead), encoding="utf-8")


def test_every_sentence_reason_and_number_has_words_with_terms_that_are_there() -> None:
    packaged, own = sentences_of(), LANGUAGES[OWN]
    assert own.sentences.keys() == packaged.keys()
    for key, said in own.sentences.items():
        assert terms_of(said) <= terms_of(packaged[key]["lt"]) | terms_of(packaged[key]["en"]), key
    assert own.reasons.keys() == REGISTER.keys()
    assert own.terms.keys() == TERMS.keys()
    assert own.words.keys() == LANGUAGES[LT].words.keys()


def test_its_english_says_nothing_of_the_first_fund() -> None:
    language = LANGUAGES[ENGLISH]
    texts = [language.said(row["en"]) for row in sentences_of().values()]
    texts += [language.said(kind.words["en"]) for kind in REGISTER.values()]
    texts += [language.said(kind.advice["en"]) for kind in REGISTER.values()]
    texts += [language.said(name["en"]) for name in TERMS.values()]
    assert [text for text in texts if re.search(r"VLK|TLK|Sodra|Lithuania|EUR|15 days|5 %", text)] == []


def test_two_funds_speak_side_by_side_each_with_its_own_money() -> None:
    data = {"amount_cents": 123_456, "order_id": "1/A#1", "partial": False}
    ours, theirs = (sentence("payment.ordered", data, tag) for tag in ("en", ENGLISH))
    assert ours == "The bank was ordered to pay 1 234.56 EUR (order 1/A#1)."
    assert theirs == "The bank was ordered to pay 1 234.56 MDL (order 1/A#1)."
    assert sentence("payment.ordered", data, OWN) == "S-a ordonat băncii plata a 1 234,56 lei (ordinul 1/A#1)."
    assert sentence("payment.ordered", data, LT) == "Bankui pateiktas mokėjimo nurodymas 1/A#1: 1 234,56 Eur."


def test_its_working_days_are_those_of_the_library_with_orthodox_easter() -> None:
    assert (orthodox_easter(2022), orthodox_easter(2025)) == (date(2022, 4, 24), date(2025, 4, 20))
    legal = holidays.country_holidays("MD", years=YEARS)
    every_day = days_between(date(YEARS.start - 1, 12, 31), date(YEARS.stop - 1, 12, 31))
    differing = [
        day for day in every_day if day.weekday() < SATURDAY and CNAM.calendar.is_working_day(day) is (day in legal)
    ]
    assert differing == []


def test_its_points_are_cited_as_its_people_do_and_its_number_is_no_rule() -> None:
    day = date(2022, 1, 1)
    assert CNAM.statute.cited("16", day) == "pct. 16"
    assert CNAM.statute.cited("HIL 14(3)", day) == "art. 14 alin. (3)"
    assert load_fund().statute.cited("HIL 14(3)", day) == "HIL 14(3)"
    assert CNAM.statute.amount("one_twelfth", day) == 0
    numbers = {point.number for point in load_fund().statute.points}
    assert {point.number for point in CNAM.statute.points} - numbers == {"HIL 27(2)"}


@pytest.mark.parametrize(
    ("file", "found", "instead", "message"),
    [
        ("ro.toml", '"total" = "Total"\n', "", r"words: give words to total"),
        ("ro.toml", '"total" = "Total"\n', '"total" = "Total"\n"totals" = "x"\n', r"words: nothing says totals"),
        ("ro.toml", "{over} (informat", "{above} (informat", r"expenses\.over\.line: \{above\} is none of its terms"),
        ("ro.toml", "unknown_invoice = {", "no_such_reason = {", r"reasons: give words to unknown_invoice"),
        ("ro.toml", 'year = "anul"\n', "", r"terms: give words to year"),
        ("ro.toml", '"decembrie"]', "]", r"months: List should have at least 12 items"),
        ("holidays.toml", '"orthodox"', '"julian"', r"easter: Input should be 'western' or 'orthodox'"),
        ("parameters.toml", '"check_days"', '"checking_days"', r"rules ask for check_days"),
    ],
)
def test_a_file_with_a_fault_is_refused_with_its_place(
    copy: Path, file: str, found: str, instead: str, message: str
) -> None:
    changed(copy.parent / "cnam" / file, found, instead)
    with pytest.raises(StatuteError, match=message):
        load_fund(copy)


@pytest.mark.parametrize("zone", ["Europe/Warsaw", "Europe/Lisbon", "Asia/Tbilisi"])
def test_a_country_whose_days_start_at_another_moment_is_refused(copy: Path, zone: str) -> None:
    changed(copy, "Europe/Chisinau", zone)
    with pytest.raises(StatuteError, match=f"time_zone = {zone}: its days do not start when those of Vilnius do"):
        load_fund(copy)


@pytest.mark.parametrize("zone", ["Europe/Helsinki", "Europe/Athens", "Europe/Tallinn", "Europe/Riga"])
def test_a_country_whose_days_start_with_ours_is_taken(copy: Path, zone: str) -> None:
    changed(copy, "Europe/Chisinau", zone)
    assert load_fund(copy).fund_id == "cnam"


def test_it_takes_no_e_invoices_of_another_country() -> None:
    assert not takes_ubl(CNAM)
    assert takes_ubl(load_fund())


def test_files_to_the_bank_are_in_euro_and_a_fund_of_another_currency_is_refused_them(tmp_path: Path) -> None:
    text = (FUNDS / "psdf.bank.toml").read_text(encoding="utf-8").replace('fund_id = "psdf"', 'fund_id = "cnam"')
    (tmp_path / "cnam.bank.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BankSettingsError, match=r"fund cnam pays in MDL, and files to the bank are SEPA's"):
        load_bank_settings(tmp_path / "cnam.bank.toml", CNAM)


def test_the_page_for_a_fund_that_adopts_the_program_names_what_is_there() -> None:
    page = (FUNDS.parent / "README.md").read_text(encoding="utf-8")
    for key in ("points", "parameters", "holidays", "language", "letter", "[currency]", "[english]", "time_zone"):
        assert f"`{key}`" in page or key in page, key
        assert key.strip("[]") in (FUNDS / "cnam.toml").read_text(encoding="utf-8"), key
    for link in re.findall(r"\]\(((?:funds|languages)/[^)]+|\.\./\.\./tests/[^)]+)\)", page):
        assert (FUNDS.parent / link).exists(), link
