"""The command line as a person uses it: real processes, their output and exit codes."""

import json
import os
import sqlite3
from pathlib import Path

import pytest

from deploy.local import free_port
from shared.telemetry.context import INVOICE, Subject
from tests.runtime.funds import FUND, WORKED_START, event, invoice, psdf, psdf_process, start_fund


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the worked start in it; tests only look at it."""
    path = tmp_path_factory.mktemp("cli") / "home"
    done = psdf("publish", WORKED_START, "--moment", "event", home=path)
    assert done.returncode == 0, done.stderr
    assert "invoice.submitted       accepted        2" in done.stdout
    assert "PSDF_MINISTRY_URL is not set" in done.stderr
    return path


def test_why_tells_the_whole_story_with_points_and_numbers(home: Path) -> None:
    told = psdf("why", "300111224/A2", home=home).stdout
    assert "the article has 17 210 000.00 EUR, 17 200 000.00 EUR is committed" in told
    assert "Points: 16, 18 (payment.deferred)" in told
    assert "committed of the article (K)         17 200 000.00 EUR" in told
    assert "Notice 2022-04-1 to the ministry was prepared: allotted 17 210 000.00 EUR" in told
    assert "Before paying above an article's appropriation under HIL 14(3)" in told
    assert told.index("2022-03-04 10:00") < told.index("2022-03-05 00:00")


def test_why_speaks_lithuanian(home: Path) -> None:
    told = psdf("why", "300111224/A1", "--lang", "lt", home=home).stdout
    assert "Sąskaita patikrinta ir priimta apmokėti 2022-02-07: 17 200 000,00 Eur, apmokėti iki 2022-03-09." in told
    assert "Bankas mokėjimo nurodymą 300111224/A1#1 įvykdė 2022-03-09: pervesta 17 200 000,00 Eur." in told
    assert "Lėšos ne vėliau kaip per 30 dienų nuo sąskaitos" in told


def test_why_ends_with_where_the_invoices_trace_is_shown(home: Path) -> None:
    shown = {"PSDF_TRACES_URL": "http://127.0.0.1:9411/zipkin/traces/{trace}"}
    trace = Subject(FUND.fund_id, INVOICE, "300111224/A1").trace
    plain = psdf("why", "300111224/A1", home=home).stdout
    told = psdf("why", "300111224/A1", home=home, PSDF_TRACES="1", **shown).stdout
    assert told == f"{plain}\nTechnical trace: http://127.0.0.1:9411/zipkin/traces/{trace}\n"
    unknown = psdf("why", "300111224/A1", "--lang", "lt", home=home, PSDF_TRACES="0", **shown).stdout
    assert unknown.endswith("\nTechninis pėdsakas: nefiksuojamas (PSDF_TRACES: 0%)\n")
    as_json = psdf("why", "300111224/A1", "--json", home=home, PSDF_TRACES="1", **shown).stdout
    assert json.loads(as_json)["invoice_id"] == "300111224/A1"


def test_why_of_an_unknown_invoice_is_one_line(home: Path) -> None:
    done = psdf("why", "300111224/A", home=home)  # A1 and A2 begin so
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"psdf: {home} knows nothing of invoice 300111224/A; an id is {{provider_code}}/{{number}}\n"


def test_fund_shows_where_it_stands(home: Path) -> None:
    shown = psdf("fund", home=home).stdout
    assert "Year total (HIL 14(3)): 17 230 000.00 of 2 790 191 000.00, left 2 772 961 000.00 EUR" in shown
    assert "2022-04-1   17 210 000.00          0.00   20 000.00   20 000.00" in shown
    assert "300111224/A2   notice 2022-04-1 under way" in shown
    record = json.loads(psdf("fund", "--json", home=home).stdout)
    assert [q["waiting_cents"] for q in record["standing"]["queues"]] == [3_000_000]
    assert [c["cash_cents"] for c in record["standing"]["cash"]] == [280_000_000]


def test_verify_holds_for_an_honest_journal(home: Path) -> None:
    done = psdf("verify", home=home)
    assert done.returncode == 0, done.stderr
    assert "hold" in done.stdout
    assert "same       tie" in next(line for line in done.stdout.splitlines() if line.startswith("  payments"))


def test_another_home_is_empty_and_says_what_to_do(tmp_path: Path) -> None:
    for command in (["fund"], ["verify"], ["why", "a/b"], ["parked", "list"]):
        done = psdf(*command, home=tmp_path / "none")
        assert done.returncode == 1
        assert done.stderr.startswith(f"psdf: {tmp_path}/none holds no fund yet")
        assert done.stderr.count("\n") == 1
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["fond"], "No such command 'fond'"),
        (["why"], "Missing argument 'invoice_id'"),
        (["trace"], "Missing argument 'invoice_id'"),
        (["why", "a/b", "--lang", "de"], "--lang de: fund psdf speaks lt or en"),
        (["publish", "nowhere.jsonl"], "nowhere.jsonl is no file"),
        (["run", "--moment", "later"], "PSDF_MOMENT=later: input should be 'arrival' or 'event'"),
        (["run", "--http", "8080"], "PSDF_HTTP=8080: "),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(tmp_path: Path, asked: list[str], told: str) -> None:
    done = psdf(*asked, PSDF_HOME=str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.startswith("psdf: ")
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_help_teaches_with_examples_and_the_version_is_told() -> None:
    assert "psdf publish events.jsonl" in psdf("--help").stdout
    assert "psdf why 300111224/A1" in psdf("why", "--help").stdout
    assert psdf("--version").stdout.startswith("psdf 0.")


def test_one_process_holds_a_home_and_others_publish_to_it(tmp_path: Path) -> None:
    home, port = tmp_path / "home", free_port()
    running = start_fund(home, port)
    try:
        second = psdf_process("run", "--home", home)
        assert second.returncode == 1
        assert f"{home} is in use by process {running.pid} (http://127.0.0.1:{port})" in second.stderr
        assert second.stderr.count("\n") == 1
        taken = psdf("run", "--http", f"127.0.0.1:{port}", home=tmp_path / "other")
        assert taken.returncode == 1
        assert "Address already in use" in taken.stderr
        published = psdf_process("publish", WORKED_START, "--home", home)  # finds the fund by its home
        assert published.returncode == 0, published.stderr
        assert "300111224/A1#1" in psdf("why", "300111224/A1", home=home).stdout  # while it runs
    finally:
        running.terminate()
        told, _ = running.communicate(timeout=60)
    assert running.returncode == 0
    assert "nothing is lost" in told
    with sqlite3.connect(home / "fund.sqlite3") as journal:
        assert journal.execute("SELECT count(*) FROM snapshots").fetchone()[0] > 5  # a stop in good order keeps them


def test_parked_is_listed_shown_and_released_once(tmp_path: Path) -> None:
    home = tmp_path / "home"
    early = event(
        "/treasury",
        "early",
        "payment.reported",
        "2022-03-08T15:00:00+02:00",
        {"order_id": "300111224/A1#1", "outcome": "executed", "on": "2022-03-09"},
    )
    lines = WORKED_START.read_bytes().splitlines()
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"\n".join([*lines[:7], early, b"{]", *lines[7:8]]))
    done = psdf("publish", file, "--moment", "event", home=home)
    assert "line 9 was parked: not JSON" in done.stdout
    assert "line 8 was parked: order_id: 300111224/A1#1 is unknown" in done.stdout
    listed = psdf("parked", "list", home=home).stdout
    assert "Parked: 2" in listed
    row = next(line.split() for line in listed.splitlines() if "payment.reported" in line)
    assert "early" in psdf("parked", "show", row[0], home=home).stdout

    released = psdf("parked", "release", row[0], "--home", str(home), PSDF_MOMENT="event")
    assert released.returncode == 0, released.stderr
    assert "payment.reported taken" in released.stdout
    assert "was transferred" in psdf("why", "300111224/A1", home=home).stdout  # the order is known by now
    again = psdf("parked", "release", row[0], home=home)
    assert (again.returncode, "was released before; nothing was changed" in again.stderr) == (1, True)
    listed = psdf("parked", "list", home=home).stdout
    assert "Parked: 1" in listed
    rubbish = next(line.split()[0] for line in listed.splitlines() if "unknown" in line)
    hopeless = psdf("parked", "release", rubbish, home=home)
    assert (hopeless.returncode, "still can't be read: not JSON" in hopeless.stderr) == (1, True)
    assert psdf("parked", "show", "ffffffff", home=home).returncode == 1
    assert psdf("verify", home=home).returncode == 0


def test_publishing_again_changes_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    file = tmp_path / "events.jsonl"
    file.write_bytes(
        b"\n".join([*WORKED_START.read_bytes().splitlines()[:4], invoice("A1", 500, "2022-02-07T10:00:00+02:00"), b""])
    )
    first = psdf("publish", file, "--moment", "event", home=home).stdout
    told = psdf("why", "300111224/A1", home=home).stdout
    second = psdf("publish", file, "--moment", "event", home=home).stdout
    assert "invoice.submitted       accepted        1" in first
    assert "invoice.submitted       accepted        1" in second  # the first answer
    assert "budget.approved         known           1" in second
    assert psdf("why", "300111224/A1", home=home).stdout == told


def test_a_folder_that_can_not_be_written_and_another_fund_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    done = psdf("run", home=tmp_path / "file" / "home")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "Not a directory; choose a folder that can be written" in done.stderr
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "fund.id").write_text("another")
    done = psdf("publish", WORKED_START, home=tmp_path / "theirs")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "is the home of fund another, not of psdf" in done.stderr
    done = psdf("fund", home=tmp_path, PSDF_FUND="atlantis")
    assert (done.returncode, "PSDF_FUND=atlantis: no such packaged fund" in done.stderr) == (2, True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o500)
    done = psdf("run", home=tmp_path / "home")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)


def test_replay_writes_what_the_services_emit(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    assert psdf_process("replay", WORKED_START, "--out", out).returncode == 0
    told = [json.loads(line)["type"] for line in out.read_text().splitlines()]
    assert told.count("payment.scheduled") == 2
    assert "overrun.notified" in told
