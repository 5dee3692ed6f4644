"""``psdf demo --edge``: the whole way of an e-invoice, as it is typed; with others' programs beside ours, and without."""

import json
import re
import subprocess
import sys
from pathlib import Path

import mockeinvoice
import pytest
from lxml import etree

from shared.adapters.bank.orders import orders_schema
from shared.adapters.sqlite.store import SqliteStore, connect
from shared.effects.bank.desk import NAME
from shared.effects.bank.history import handled
from shared.explain.signers import ORDERS
from shared.journal.home import Home
from tests.runtime.funds import clean_env, psdf

TITLES = [
    "The hospital's e-invoice",
    "The provider kit checks it (point 15)",
    "Two persons register the hospital's key",
    "Signed, sent, accepted (points 14, 15)",
    "Nobody else speaks for the hospital",
    "A file for the bank, let go by two persons (points 16, 19)",
    "The bank pays, and its statement agrees to the cent (point 16)",
    "All of it, by one question",
]
INVOICE = "390000017/L1"
ORDER = f"{INVOICE}#1"
SUM, LEFT = "1 271 610.69 EUR", "1 728 389.31 EUR"
NOT_OURS = ("mockbank", "mockeinvoice", "saxonche")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command leaves, with what it told beside it."""
    folder = tmp_path_factory.mktemp("edge")
    with pytest.MonkeyPatch.context() as there:
        there.chdir(folder)
        done = psdf("demo", "--edge")
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "told.txt").write_text(done.stdout, encoding="utf-8")
    return folder / "psdf-edge"


def scenes(told: str) -> list[tuple[str, str, str]]:
    """Each scene's title, what is told, and its command."""
    return re.findall(r"^\d+ \w+ 2022: (.+)\n  (.+)\n  \.venv/bin/psdf (.+)$", told, flags=re.MULTILINE)


def told_of(home: Path) -> str:
    return (home.parent / "told.txt").read_text(encoding="utf-8")


def test_the_way_is_told_in_scenes_each_with_a_command_that_shows_it(home: Path) -> None:
    told = scenes(told_of(home))
    assert [title for title, _, _ in told] == TITLES
    shows = ["valid", INVOICE, "Ona Onaitė, Petras Petraitis", "ApplicationResponse", "signature is missing", "Rūta Rūtaitė",
             "<cbc:ResponseCode>PD<", "Jonas Jonaitis"]  # fmt: skip
    for (title, _, command), shown in zip(told, shows, strict=True):
        done = psdf(*command.replace("psdf-edge", str(home)).split())
        assert done.returncode == 0, (title, done.stderr)
        assert shown in done.stdout, title


def test_the_bank_is_one_that_somebody_else_wrote_and_finds_nothing(home: Path) -> None:
    told = told_of(home)
    assert "The bank is mock-bank 0.9" in told
    assert "mock-bank checks it: 0 findings" in told
    assert f"closes with {LEFT}, and the fund's cash is {LEFT}" in told


def test_the_responses_are_valid_for_others_too_in_peppol_s_order(home: Path) -> None:
    found = []
    for status in ("AB", "AP", "PD"):
        response, report = mockeinvoice.validate_response((home / "responses" / f"{status}.xml").read_bytes())
        assert (report.verdict, report.findings) == ("valid", [])
        found.append((response.code, response.document.id))
    assert found == [("AB", "L1"), ("AP", "L1"), ("PD", "L1")]
    assert "Invoice Response PD comes back, valid by the official rules" in told_of(home)


async def test_the_file_that_two_persons_let_go_is_the_one_that_was_paid(home: Path) -> None:
    connection = connect(Home(path=home).bank / "bank.sqlite3")
    file = (await handled(SqliteStore(connection, NAME), {ORDER}))[ORDER]
    connection.close()
    assert orders_schema().validate(etree.fromstring(file.sealed.content))
    assert [by for by, _ in file.approved] == ["Rūta Rūtaitė", "Jonas Jonaitis"]
    assert file.sent_at is not None
    assert max(at for _, at in file.approved) <= file.sent_at
    assert file.statement is not None
    assert file.statement.closing_cents == file.statement.ours_cents == 172_838_931


@pytest.mark.parametrize(
    ("lang", "signed", "approved", "agrees"),
    [
        ("en", "which Ona Onaitė registered and Petras Petraitis approved", "Let go by Rūta Rūtaitė", "as the fund has it"),
        ("lt", "įregistravo Ona Onaitė, patvirtino Petras Petraitis", "Ją leido išsiųsti Rūta Rūtaitė", "toks pat kaip fondo"),
    ],
)  # fmt: skip
def test_why_tells_who_signed_who_let_it_go_and_what_the_statement_says(
    home: Path, lang: str, signed: str, approved: str, agrees: str
) -> None:
    shown = psdf("why", INVOICE, "--lang", lang, home=home).stdout
    for expected in (signed, approved, "Jonas Jonaitis", agrees):
        assert shown.count(expected) == 1, expected
    keyid = json.loads((home / "hospital" / "keys" / "request.json").read_bytes())["keyid"]
    assert keyid in shown


def test_what_was_forged_changed_nothing_and_the_journal_verifies(home: Path) -> None:
    parked = psdf("parked", "list", home=home).stdout
    assert ("signature is missing" in parked, "does not fit" in parked) == (True, True)
    assert psdf("verify", home=home).returncode == 0
    story = json.loads(psdf("why", INVOICE, "--json", home=home).stdout)
    assert [step["type"] for step in story["steps"]].count("invoice.submitted") == 1
    assert {step["type"] for step in story["steps"]} >= ORDERS


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The same where nothing is but what runs (``make demo``): a home, and what was told."""
    folder = tmp_path_factory.mktemp("alone")
    without = f"import sys; sys.modules.update(dict.fromkeys({NOT_OURS}))"
    command = [sys.executable, "-c", f"{without}; from shared.cli.main import main; main()", "demo", "--edge"]
    done = subprocess.run(
        command, cwd=folder, env=clean_env() | {"PYTHONPATH": str(Path(__file__).parents[2])}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "psdf-edge", done.stdout


def test_without_others_programs_it_says_so_and_agrees_to_the_cent_all_the_same(alone: tuple[Path, str]) -> None:
    home, told = alone
    assert [title for title, _, _ in scenes(told)] == TITLES
    assert "The bank is our own simulator" in told
    assert "saxonche is not installed" in told
    assert "not judged by the official rules" in told
    assert f"closes with {LEFT}, and the fund's cash is {LEFT}" in told
    read = scenes(told)[0][2].replace("psdf-edge", str(home))
    assert INVOICE in psdf(*read.split()).stdout


def test_it_takes_no_folder_that_holds_something_else_and_no_other_story(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    done = psdf("demo", "--edge", home=tmp_path)
    assert (done.returncode, "holds something that is no demo" in done.stderr) == (1, True)
    done = psdf("demo", "--edge", "--cluster")
    assert "a story of its own" in done.stderr
    assert done.returncode
