"""Reports and what-ifs on the console: what the command line gives, word for word; bounded, and off the event loop."""

import json
import re
import threading
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from shared.console import readings
from shared.console.readings import Readings
from shared.journal.apart import Failed
from shared.journal.home import Home
from shared.reports.apart import Busy, TooLong, answered, made_within
from shared.reports.questions import ArticleCut, MoneyComes, budget_like_the_last
from shared.reports.what_if_said import refused
from tests.runtime.funds import FUND, psdf

LAST = "2023-03-31"
CUT = {"ask": "cut", "at": "2023-04-03", "until": "2023-05-10", "article": "01", "percent": "90"}


def test_26_a_report_on_a_page_has_the_numbers_of_the_papers(client: httpx.Client, played: Path) -> None:
    written = json.loads((played / "reports" / "report.json").read_text(encoding="utf-8"))["tables"]
    shown = client.get("/reports/2022", params={"on": LAST, "as": "json"}).json()
    for key in ("estimate", "revenue", "quarters", "late", "proof"):
        names = {name: name.removesuffix("_cents") for name in written[key]["rows"][0] if name != "level"}
        expected = [
            {short: row[name] for name, short in names.items()}
            for row in written[key]["rows"]
            if row["level"] != "total"
        ]
        assert shown[key] == expected, key
    page = client.get("/reports/2022", params={"on": LAST}).text
    assert "Sutikrinimas" in page
    english = client.get("/reports/2022", params={"on": LAST, "lang": "en"}).text
    assert "Execution of the expense estimate" in english
    assert "Sutikrinimas" not in english


def test_26_its_papers_are_those_of_psdf_report_byte_for_byte(client: httpx.Client, played: Path) -> None:
    told = client.get("/reports/2022", params={"on": LAST, "as": "json"}).json()["papers"]
    assert {row["file"] for row in told} == {path.name for path in (played / "reports").glob("*.pdf")}
    for name in ("planas.pdf", "summary-en.pdf"):
        answer = client.get(f"/reports/2022/{name}", params={"on": LAST})
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.content == (played / "reports" / name).read_bytes()
    for path in ("/reports/2022/none.pdf", "/reports/1999/planas.pdf", "/reports/x/planas.pdf", "/reports/1999"):
        answer = client.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 404, path
        assert 'id="main"' in answer.text, "a page of ours says so"


def test_a_what_if_on_a_page_says_what_the_command_says(client: httpx.Client, played: Path) -> None:
    told = client.get("/what-if", params={**CUT, "as": "json", "lang": "en"}).json()
    asked = ("--cut", "01=90", "--on", CUT["at"], "--until", CUT["until"])
    said = psdf("what-if", *asked, home=played).stdout.splitlines()
    paid = next(row for row in told["totals"] if row["what"] == "paid")
    assert paid["difference"] < 0, "an example shows a difference"
    assert said[1].startswith("paid: ")
    assert said[1].endswith(f"({paid['baseline_count']} -> {paid['changed_count']})")
    sums = said[1].removeprefix("paid: ").partition(" EUR")[0].replace(" ", "").replace(".", "").split("->")
    assert sums == [str(paid["baseline"]), str(paid["changed"])]
    assert "What comes is like 2022" in client.get("/what-if", params={**CUT, "lang": "en"}).text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"at": ""}, "Nurodykite dieną"),
        ({"at": "2023-03-31"}, "Diena turi būti po"),
        ({"at": "2023-06-01"}, "Diena turi būti po"),
        ({"until": "2099-01-01"}, "Skaičiuoti galima nuo"),
        ({"until": "soon"}, "Nurodykite dieną"),
        ({"percent": "0"}, "Nurodykite straipsnį"),
        ({"percent": "101"}, "Nurodykite straipsnį"),
        ({"percent": "0,05"}, "Nurodykite straipsnį"),
        ({"article": ""}, "Nurodykite straipsnį"),
        ({"like": "x"}, "nėra metai"),
        ({"ask": "money", "sum": "-1"}, "kieno sąskaita"),
        ({"ask": "money", "sum": "5", "payer": "NOBODY"}, "kieno sąskaita"),
        ({"ask": "no_budget", "year": "2022"}, "Metai be biudžeto"),
        ({"ask": "no_budget", "year": "99999"}, "Metai be biudžeto"),
        ({"ask": "anything"}, "Nurodykite straipsnį"),
    ],
)
def test_a_question_that_cant_be_asked_says_what_is_wrong_and_keeps_what_was_typed(
    client: httpx.Client, changed: dict[str, str], said: str
) -> None:
    answer = client.get("/what-if", params=CUT | changed)
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{(CUT | changed)["article"]}"' in answer.text


def test_what_the_journal_cant_be_asked_is_said_in_both_languages(client: httpx.Client) -> None:
    for lang, said in (
        ("lt", "2023 m. biudžeto su 99 straipsniu nėra"),
        ("en", "article 99: 2023 has no budget with it"),
    ):
        answer = client.get("/what-if", params=CUT | {"article": "99", "lang": lang})
        assert (answer.status_code, said in answer.text) == (422, True)


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ((2022, 2023), "2023 m. biudžetas jau yra: klauskite pagal ankstesnį žurnalą"),
        ((), "2023 m. pradžia ne tarp 2022-12-01 ir 2023-02-01, arba nėra 2022 m. biudžeto"),
    ],
)
def test_why_a_year_cant_be_without_a_budget_is_said_in_lithuanian(known: tuple[int, ...], said: str) -> None:
    money = SimpleNamespace(editions=SimpleNamespace(latest=lambda year: year if year in known else None))
    play: Any = SimpleNamespace(state=lambda *_: money)
    with pytest.raises(ValueError, match="2023") as refusal:
        budget_like_the_last(2023, play, date(2022, 12, 1), date(2023, 2, 1))
    assert refused(str(refusal.value), "lt") == said


def test_of_what_ifs_there_is_one_at_a_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    begun, end = threading.Event(), threading.Event()

    def slow(*_: object, timeout_s: float) -> str:
        begun.set()
        assert end.wait(timeout_s)
        return "answer"

    monkeypatch.setattr(readings, "made_within", slow)
    found = Readings(Home(path=tmp_path), FUND, SimpleNamespace(read=1, path=tmp_path))  # type: ignore[arg-type]
    asked = (MoneyComes(on=date(2023, 4, 3), payer="VLK", amount_cents=1), date(2023, 4, 4), None)
    first = threading.Thread(target=found.answer, args=asked)
    first.start()
    assert begun.wait(60)
    with pytest.raises(Busy):
        found.answer(*asked)
    end.set()
    first.join()
    assert found.answer(*asked) == "answer"


def test_a_reading_that_takes_too_long_is_stopped_and_one_that_dies_is_told(played: Path) -> None:
    cut = ArticleCut(on=date(2023, 4, 3), article="01", permille=900)
    with pytest.raises(TooLong):
        made_within(answered, Home(path=played), FUND, cut, date(2023, 5, 10), None, timeout_s=0.01)
    with pytest.raises(Failed, match="ended with code 3"):
        made_within(dies, timeout_s=60)


def dies() -> None:
    """What a reading does that is killed."""
    import os

    os._exit(3)


def test_24_a_years_closing_is_downloaded_as_the_command_writes_it(
    client: httpx.Client, played: Path, tmp_path: Path
) -> None:
    psdf("close", "2022", "--out", tmp_path / "closing.json", home=played)
    page = client.get("/years/2022").text
    link = re.search(r'href="(/years/2022/closing\.json[^"]*)"', page)
    assert link
    assert client.get(link[1]).content == (tmp_path / "closing.json").read_bytes()
    psdf("close", "2022", "--cut-off", "2022-12-31", "--out", tmp_path / "then.json", home=played)
    assert client.get("/years/2022/closing.json?on=2022-12-31").content == (tmp_path / "then.json").read_bytes()
    for path in (
        "/years/1999/closing.json",
        "/years/x/closing.json",
        "/years/2022/closing.json?on=1999-01-01",
        "/years/2022/closing.json?on=x",
    ):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert "<html" in answer.text, path
