"""What people take out of a journal: reports, the closing, what-if, a draft budget, a replay under another law."""

import csv
import hashlib
import json
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.runtime.funds import WORKED_START, day, psdf


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the worked start in it; tests only look at it."""
    path = tmp_path_factory.mktemp("papers") / "home"
    assert psdf("publish", WORKED_START, "--moment", "event", home=path).returncode == 0
    return path


def bytes_of(home: Path) -> dict[str, str]:
    files = (path for path in home.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("cut_off", ["2022-03-09", "2022-02-28"])
def test_26_reports_of_a_year_and_of_a_quarter_are_pdf_csv_and_json(home: Path, tmp_path: Path, cut_off: str) -> None:
    done = psdf("report", "2022", "--cut-off", cut_off, "--out", tmp_path, home=home)
    assert done.returncode == 0, done.stderr
    assert f"2022, to {cut_off}: consolidated = sum of payers = journal = bank, to the cent" in done.stdout
    assert {path.suffix for path in tmp_path.iterdir()} == {".pdf", ".csv", ".json", ""}
    rows = list(csv.DictReader((tmp_path / "estimate.csv").open(encoding="utf-8")))
    transferred = {"2022-03-09": "17200000.00", "2022-02-28": "0.00"}[cut_off]
    assert {row["transferred_eur"] for row in rows if row["article"] == "04"} == {transferred}
    assert all(tie["holds"] for tie in json.loads((tmp_path / "report.json").read_bytes())["proof"])


@pytest.mark.parametrize(
    ("asked", "day"),
    [
        (("2022",), "2022-12-31"),
        (("2022", "--quarter", "1"), "2022-03-31"),
        (("2030",), "2030-12-31"),
        (("2022", "--cut-off", "2022-03-10"), "2022-03-10"),
    ],
)
def test_R6_no_paper_is_drawn_up_of_a_day_that_has_not_come(
    home: Path, tmp_path: Path, asked: tuple[str, ...], day: str
) -> None:
    done = psdf("report", *asked, "--out", tmp_path / "none", home=home)
    assert done.returncode != 0
    assert f"{day} has not come: the last day that started is 2022-03-09" in done.stderr
    assert not (tmp_path / "none").exists()


def test_R6_no_year_is_closed_at_the_end_of_a_day_that_has_not_come(home: Path, tmp_path: Path) -> None:
    done = psdf("close", "2022", "--cut-off", "2040-01-01", "--out", tmp_path / "none", home=home)
    assert done.stdout == ""
    assert "2040-01-01 has not come: the last day that started is 2022-03-09" in done.stderr
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("command", ["report", "close", "draft-budget"])
def test_V6_no_paper_is_drawn_up_of_a_year_of_before_the_fund(home: Path, tmp_path: Path, command: str) -> None:
    done = psdf(command, "2021", "--out", tmp_path / "none", home=home)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "psdf: nothing of 2021 is in this journal: the fund's first day here is of 2022\n"
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("asked", "on"),
    [
        (("close", "2023"), "2022-03-09"),
        (("close", "2022", "--cut-off", "2021-12-31"), "2021-12-31"),
        (("report", "2022", "--cut-off", "2021-12-31"), "2021-12-31"),
    ],
)
def test_V6_no_paper_is_drawn_up_of_a_year_that_had_not_begun(
    home: Path, tmp_path: Path, asked: tuple[str, ...], on: str
) -> None:
    done = psdf(*asked, "--out", tmp_path / "none", home=home)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"psdf: {asked[1]} has not begun on {on}: take a day from {asked[1]}-01-01 on\n"
    assert not (tmp_path / "none").exists()


def test_V6_a_year_without_a_budget_has_nothing_to_be_drafted_from(tmp_path: Path) -> None:
    days = [day("2022-01-03"), day("2022-02-01")]
    (tmp_path / "days.jsonl").write_bytes(b"".join(each + b"\n" for each in days))
    home = tmp_path / "home"
    assert psdf("publish", tmp_path / "days.jsonl", "--moment", "event", home=home).returncode == 0
    done = psdf("draft-budget", "2022", "--out", tmp_path / "none", home=home)
    assert done.returncode == 1
    assert done.stderr == "psdf: 2022 has no edition of a budget on 2022-01-31: there are no lines to draft from\n"


def test_R7_a_running_year_is_drafted_from_its_whole_months(home: Path, tmp_path: Path) -> None:
    done = psdf("draft-budget", "2022", "--out", tmp_path / "draft", home=home)
    assert "draft of 2023 from the execution of 2022 to 2022-02-28" in done.stdout
    done = psdf("draft-budget", "2023", "--out", tmp_path / "none", home=home)
    assert "no month of 2023 is over: the last day that started is 2022-03-09" in done.stderr


def test_R7_sodras_own_figures_and_other_assumptions_are_options_of_the_command(home: Path, tmp_path: Path) -> None:
    sodra = ("--sodra-revenue", "01.01=1 916 507 000", "--sodra-costs", "2400000")
    others = ("--working-capital", "6000000,50", "--state-funds", "1000", "--reserve-transfer", "20000")
    done = psdf("draft-budget", "2022", *sodra, *others, "--out", tmp_path / "draft", home=home)
    assert done.returncode == 0, done.stderr
    assert "drafted from the plan of 2022" in done.stdout  # V6: no line becomes nothing without a word
    draft = json.loads((tmp_path / "draft" / "draft.json").read_bytes())
    edition = draft["edition"]
    assert {x["code"]: x["draft"] for x in draft["revenue"]}["01.01"] == 191_650_700_000
    assert {x["code"]: x["draft"] for x in draft["expenses"]}["07"] == 240_000_000
    names = ("working_capital_cents", "state_funds_cents", "reserve_transfer_cents")
    assert [edition[name] for name in names] == [600_000_050, 100_000, 2_000_000]
    assert "sodra_not_given" not in draft["flags"]
    wrong = psdf("draft-budget", "2022", "--sodra-revenue", "04=1", "--out", tmp_path / "none", home=home)
    assert "--sodra-revenue: there is no line 04; 01.01" in wrong.stderr


def test_V10_a_months_plan_is_a_paper_with_its_approval_and_an_event(home: Path, tmp_path: Path) -> None:
    done = psdf("month-plan", "2023-01", "--document", "1K-2", "--out", tmp_path / "plan", home=home)
    assert done.returncode == 0, done.stderr
    pages = PdfReader(tmp_path / "plan" / "menesio-planas.pdf").pages
    paper = " ".join(page.extract_text() for page in pages)
    for told in ("TVIRTINU (Taisyklių 11 punktas)", "Direktorius", "232 515 916,66", "sausio mėn."):
        assert told in paper.replace("\u00a0", " ")
    event = tmp_path / "plan" / "month.plan.approved.jsonl"
    assert psdf("publish", event, "--moment", "event", home=tmp_path / "new").returncode == 0
    wrong = psdf("month-plan", "2022-05", "--out", tmp_path / "none", home=home)
    assert "a budget is in force in 2022-05" in wrong.stderr
    assert not (tmp_path / "none").exists()


def test_24_a_year_that_is_not_closed_names_the_first_matter_and_is_exit_code_1(home: Path) -> None:
    done = psdf("close", "2022", home=home)
    assert done.returncode == 1
    assert "Year 2022 of psdf at the end of 2022-03-09: not closed:" in done.stdout
    assert "1. year: not over, unpaid so far 30 000.00 EUR, by 2022-12-31, point 24" in done.stdout
    assert "the first year: not over" in done.stderr


@pytest.mark.parametrize(
    "question",
    [
        ("--money", "12000000", "--on", "2022-03-20", "--until", "2022-04-08"),
        ("--cut", "02=5", "--on", "2022-03-20", "--until", "2022-04-08"),
        ("--no-budget", "2023", "--until", "2023-01-10"),
    ],
)
def test_what_if_tells_paid_deferred_notified_and_late_and_writes_nothing(
    home: Path, question: tuple[str, ...]
) -> None:
    before = bytes_of(home)
    done = psdf("what-if", *question, home=home)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == f"From 2022-03-09 to {question[-1]}, as it is -> with the change:"
    assert [line.partition(":")[0] for line in lines[1:6]] == [
        "paid", "deferred", "notified", "late", "days short of cash",
    ]  # fmt: skip
    assert lines[1] == "paid: 30 000.00 -> 30 000.00 EUR (1 -> 1)"
    assert bytes_of(home) == before


@pytest.mark.parametrize(
    ("question", "why"),
    [
        (("--no-budget", "2031"), "2031: its start is not between"),
        (("--cut", "77=5", "--on", "2022-12-05"), "article 77: 2022 has no budget with it"),
    ],
)
def test_what_can_t_be_asked_is_told_in_a_line(home: Path, question: tuple[str, ...], why: str) -> None:
    done = psdf("what-if", *question, "--until", "2022-12-31", home=home)
    assert done.returncode == 2
    assert why in done.stderr
    assert "Traceback" not in done.stderr


def test_the_papers_speak_lithuanian_too(home: Path, tmp_path: Path) -> None:
    fund = psdf("fund", "--lang", "lt", home=home).stdout
    for said in (
        "Privalomojo sveikatos draudimo fondas, 2022-03-09",
        "Straipsniai, Eur",
        "įsipareigota K",
        "17 200 000,00",
    ):
        assert said in fund
    close = psdf("close", "2022", "--lang", "lt", home=home).stdout
    assert "psdf 2022 metai 2022-03-09 pabaigoje: neuždaryti" in close
    assert "1. Metai nesibaigė: kol kas neapmokėta 30 000,00 Eur, iki 2022-12-31, 24 p." in close
    question = ("--money", "12000000", "--on", "2022-03-20", "--until", "2022-04-08", "--lang", "lt")
    answer = psdf("what-if", *question, home=home).stdout
    assert answer.startswith("Nuo 2022-03-09 iki 2022-04-08, kaip yra -> su pakeitimu:")
    assert "Nei sąskaitų, nei pinigų neateina" in answer
    for lang, said, total in (
        ("lt", "konsoliduota = mokėtojų suma", "Iš viso"),
        ("en", "consolidated = sum of", "In all"),
    ):
        out = tmp_path / lang
        done = psdf("report", "2022", "--cut-off", "2022-03-09", "--out", out, "--lang", lang, home=home)
        assert said in done.stdout
        assert total in (out / "estimate.csv").read_text(encoding="utf-8")
        assert (out / "summary-en.pdf").read_bytes().startswith(b"%PDF")


def test_5_once_the_law_is_there_a_draft_is_an_event_that_replay_and_publish_take(home: Path, tmp_path: Path) -> None:
    asked = ("--growth", "02=6", "--revenue-growth", "02=1", "--law", "XIV-1679", "--in-force-from", "2023-01-01")
    done = psdf("draft-budget", "2022", *asked, "--out", tmp_path / "draft", home=home)
    assert done.returncode == 0, done.stderr
    event = tmp_path / "draft" / "budget.approved.jsonl"
    rates = {
        kind: {row["code"]: row["growth"] for row in csv.DictReader(path.open(encoding="utf-8"))}
        for kind in ("revenue", "expenses")
        if (path := tmp_path / "draft" / f"draft-{kind}.csv")
    }
    assert ("+6,00" in rates["expenses"]["02"], "+1,00" in rates["revenue"]["02"]) == (True, True)
    assert psdf("replay", event, "--out", tmp_path / "said.jsonl").returncode == 0
    said = [json.loads(line) for line in (tmp_path / "said.jsonl").read_bytes().splitlines()]
    assert [(one["type"], one["subject"], one["data"]["law"]) for one in said if one["source"] == "/contracts"] == [
        ("budget.adopted", "2023-1", "XIV-1679")
    ]
    assert psdf("publish", event, "--moment", "event", home=tmp_path / "new").returncode == 0


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        (("--growth", "99=6"), "--growth: there is no line 99"),
        (("--revenue-growth", "01=6"), "--revenue-growth: there is no line 01;"),
        (("--law", "XIV-1"), "an approved budget has both: --law and --in-force-from"),
    ],
)
def test_a_draft_that_cannot_be_made_says_why(home: Path, tmp_path: Path, asked: tuple[str, ...], wrong: str) -> None:
    done = psdf("draft-budget", "2022", *asked, "--out", tmp_path / "none", home=home)
    assert done.returncode != 0
    assert wrong in done.stderr
    assert not (tmp_path / "none").exists()


def test_a_replay_under_the_law_of_another_day_lists_what_changes(tmp_path: Path) -> None:
    done = psdf("replay", WORKED_START, "--out", tmp_path / "said.jsonl", "--as-of", "2026-01-01")
    assert done.returncode == 0, done.stderr
    assert "0 decisions change under the law as of 2026-01-01" in done.stdout
    assert (tmp_path / "said.jsonl").stat().st_size > 0
