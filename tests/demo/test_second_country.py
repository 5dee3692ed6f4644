"""A second country's fund, played through its year: its terms, its money, its words, and nothing of the first one's."""

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from shared import statute
from shared.journal.home import Home
from shared.runtime.settings import fund_of, read_settings
from tests.console.conftest import shown
from tests.console.test_console_pages import PAGES
from tests.reports.reading import pdf_text
from tests.runtime.funds import psdf

PAGE = Path(statute.__file__).with_name("README.md")
FUND = fund_of(read_settings(fund="cnam"))
THEIRS = re.compile(r"VLK|TLK|Sodr|Valstyb|ligoni|Lithuania|\bEUR\b|\bEur\b|\beuro|Sveikatos|N[or]\. 589|[ąčęėįšųūž]")
"""Words, names and letters of the packaged fund."""
MENDED = "1003607009174/F2203"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home that the page of the statute names, made by the command that stands there."""
    folder = tmp_path_factory.mktemp("cnam")
    demo = next(command for command in commands() if command[0] == "demo")
    with pytest.MonkeyPatch.context() as there:
        there.chdir(folder)
        done = psdf(*demo)
    assert done.returncode == 0, done.stderr
    (folder / "told.txt").write_text(done.stdout, encoding="utf-8")
    return folder / "psdf-demo-cnam"


def commands() -> list[list[str]]:
    """What the page tells a fund that adopts the program to type."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    return [line.split()[1:] for line in lines if line.startswith(".venv/bin/psdf ")]


def told(home: Path) -> Iterator[dict[str, object]]:
    return map(json.loads, (home / "events.jsonl").read_text(encoding="utf-8").splitlines())


def of(home: Path, kind: str) -> list[dict[str, str]]:
    return [event["data"] for event in told(home) if event["type"] == kind]  # type: ignore[misc]


def test_the_year_is_told_in_its_own_money_and_closed_with_nothing_open(home: Path) -> None:
    story = (home.parent / "told.txt").read_text(encoding="utf-8")
    for scene in (
        "No budget, no payment (pct. 11)",
        "An invoice goes back to be mended (pct. 15)",
        "Cash does not suffice (pct. 17)",
        "The ministry is told first (pct. 18)",
        "The collector's statement does not agree (pct. 22)",
        "More came than was planned (pct. 23)",
        "The year turns (pct. 24)",
        "The year is closed",
    ):
        assert scene in story
    assert "MDL" in story
    assert THEIRS.findall(story) == []
    close = psdf("close", "2022", home=home)
    assert close.returncode == 0
    assert "Year 2022 of cnam at the end of 2023-02-28: closed" in close.stdout
    assert psdf("verify", home=home).returncode == 0


def test_11_a_fund_without_the_twelfth_pays_nothing_before_its_budget(home: Path) -> None:
    """A rule that statute data switch off: ``one_twelfth = 0``."""
    waiting = [each for each in of(home, "payment.deferred") if each["reason"] == "no_budget"]
    assert waiting
    assert not [each for each in of(home, "payment.ordered") if "2022-01-01" <= each["on"] < "2022-01-24"]
    assert of(home, "payment.deferred")[0]["reason"] == "no_budget"
    assert {each["reason"] for each in of(home, "payment.deferred")} >= {"no_budget", "appropriation"}
    assert "one_twelfth" not in {each["reason"] for each in of(home, "payment.deferred")}


def test_16_its_terms_and_holidays_are_its_own(home: Path) -> None:
    for accepted in of(home, "invoice.accepted"):
        due = FUND.calendar.term(date.fromisoformat(accepted["accepted_on"]), 20)
        assert accepted["due_on"] == due.isoformat()
    orders = {date.fromisoformat(each["on"]) for each in of(home, "payment.ordered")}
    orthodox = date(2022, 4, 24)
    assert all(FUND.calendar.is_bank_day(day) for day in orders)
    assert not orders & {orthodox + timedelta(days=1), orthodox + timedelta(days=8), date(2022, 1, 7)}


def test_why_speaks_its_language_and_cites_its_law(home: Path) -> None:
    own, english = (psdf("why", MENDED, "--lang", lang, home=home).stdout for lang in ("ro", "en"))
    assert "Factura s-a restituit spre corectare: prețul nu este cel al contractului" in own
    assert "Puncte: pct. 15 (invoice.returned)" in own
    assert "lei" in own
    assert "84 803 650.00 MDL" in english
    assert THEIRS.findall(own + english) == []
    refused = psdf("why", MENDED, "--lang", "lt", home=home)
    assert "--lang lt: fund cnam speaks ro or en" in refused.stderr


def test_18_its_letter_is_in_its_own_form(home: Path) -> None:
    letters = sorted((home / "letters").glob("*.pdf"))
    assert len(letters) == len(of(home, "overrun.notified"))
    text = pdf_text(letters[0].read_bytes())
    assert "Compania Națională de Asigurări în Medicină" in text
    assert "pct. 18 din Regulament" in text
    assert "Director general" in text
    assert THEIRS.findall(text) == []


def test_26_its_reports_are_in_its_words_and_leave_out_what_its_law_does_not_know(home: Path) -> None:
    folder = home / "reports"
    assert {"plan.pdf", "deviz.pdf", "deviz-cnam.pdf", "nota-explicativa.pdf", "SHA256SUMS"} <= {
        path.name for path in folder.iterdir()
    }
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    headings = [section["heading"] for section in report["note"]]
    assert headings[0] == "1. Partea generală"
    assert headings[-1] == "13. Confruntarea sumelor"
    assert not [heading for heading in headings if "teritorial" in heading]
    said = json.dumps(report, ensure_ascii=False)
    assert THEIRS.findall(said.replace("_eur", "")) == []
    for name in ("plan.pdf", "nota-explicativa.pdf", "nota-explicativa-cnam.pdf"):
        text = pdf_text((folder / name).read_bytes())
        assert THEIRS.findall(text) == []
        assert "Director general" in text


def test_its_papers_that_have_no_words_are_refused_and_so_are_files_to_a_bank_of_the_union(
    home: Path, tmp_path: Path
) -> None:
    draft = psdf("draft-budget", "2022", "--out", tmp_path, home=home)
    assert draft.returncode != 0
    assert "fund cnam has no words for this paper" in draft.stderr


def test_the_console_shows_it_in_english_with_its_own_names(home: Path) -> None:
    with shown(home, fund=FUND) as address, httpx.Client(base_url=address, timeout=60) as client:
        not_theirs = ("article=", "/budget/draft")  # the draft is a paper in Lithuanian
        own = [path for path in PAGES if not any(part in path for part in not_theirs)]
        theirs = [path.replace("/01", "/10").replace("VLK", "CNAM") for path in own]
        for path in (*theirs, f"/invoices/{MENDED}"):
            page = client.get(path, follow_redirects=True)
            assert page.status_code == 200, path
            words = re.sub(r"<[^>]*>", " ", page.text)
            assert THEIRS.findall(words) == [], path
            assert '<html lang="en">' in page.text
        assert "MDL" in client.get("/fund").text
        assert "art. 14 alin. (3)" in client.get("/rules").text


def test_the_fund_of_a_home_is_the_one_that_is_meant(home: Path) -> None:
    assert fund_of(read_settings(home=home)).fund_id == "cnam"
    assert fund_of(read_settings(home=home, fund="psdf")).fund_id == "psdf"
    assert Home(path=home).fund_id.read_text(encoding="utf-8") == "cnam"


def test_what_the_page_says_to_type_works(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home.parent)
    (asked,) = [command for command in commands() if command[0] != "demo"]
    done = psdf(*asked)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"Factura {MENDED}")
    front = (PAGE.parents[2] / "README.md").read_text(encoding="utf-8")
    assert 'make demo ARGS="--fund cnam"' in front
