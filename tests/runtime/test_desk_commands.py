"""The desk from the command line: people, proposals, another person's word; into a home at rest and a fund that runs."""

import asyncio
import json
import re
import sqlite3
import threading
import time
from contextlib import closing
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from deploy.local import free_port
from shared.adapters.sqlite.bodies import teach
from shared.desk.desk import raw_of
from shared.desk.events import Confirmed
from shared.desk.home import JOURNAL, open_desk
from shared.journal.home import Home, held
from shared.journal.parked import dismiss, dismissed
from shared.kernel.calendar import VILNIUS
from shared.runtime.desk import Sender
from shared.runtime.settings import Settings
from tests.desk.test_budget_file import PLAIN
from tests.runtime.funds import FUND, WORKED_START, event, psdf, start_fund

RASA, JONAS = "Rasa Rasaitė", "Jonas Jonaitis"
NOW = datetime(2022, 2, 7, 10, tzinfo=VILNIUS)
CHANGE = ("propose", "contract-change", "contract_id=C-1", "ceiling=17 230 000,01")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The worked start, of which two persons are at the desk; their tokens lie beside it."""
    home = tmp_path / "home"
    assert psdf("publish", WORKED_START, "--moment", "event", home=home).returncode == 0
    for name, role in ((RASA, "contracts"), (JONAS, "second")):
        token_of(home, name).write_text(psdf("people", "add", name, "--role", role, home=home).stdout.split()[-1])
    return home


def token_of(home: Path, name: str) -> Path:
    return home.with_name(f"{name.partition(' ')[0]}.token")


def say(home: Path, name: str, *args: str) -> tuple[int, str]:
    """What a command of the desk prints in somebody's name."""
    moment = ("--moment", "event") if args[0] in ("propose", "confirm") else ()
    done = psdf(*args, "--token", token_of(home, name), *moment, home=home, PSDF_TRACES="0")
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def test_one_proposes_another_confirms_and_the_fund_decides(home: Path) -> None:
    code, told = say(home, RASA, *CHANGE)
    assert code == 0
    assert "what would follow: it does not fit point 13" in told
    assert "asked 17 230 000.01 EUR, free 17 210 000.00 EUR" in told
    assert told.endswith("D-1 waits to be confirmed")
    assert say(home, RASA, "confirm", "D-1") == (
        1,
        "psdf: D-1 was drafted by Rasa Rasaitė: another person has to confirm it.",
    )
    assert "D-1 contract-change C-1 Rasa Rasaitė proposed" in say(home, JONAS, "work")[1]
    code, told = say(home, JONAS, "confirm", "D-1")
    assert (code, "The fund has refused it. point 13: the share is" in told) == (0, True)
    assert say(home, JONAS, "confirm", "D-1")[1] == "psdf: D-1 is sent (Jonas Jonaitis): there is nothing more to do."


def test_where_the_console_sends_it_just_then_its_answer_is_shown(home: Path) -> None:
    say(home, RASA, *CHANGE)
    chosen, at = Settings(home=home, moment="event"), Home(path=home)

    def send_when_confirmed(begun: threading.Event) -> None:
        with held(at, FUND.fund_id):
            begun.set()
            while True:
                with open_desk(at, FUND) as desk:
                    asyncio.run(desk.load())
                    if desk.unsent():
                        break
            time.sleep(1)  # the command finds the home held
        Sender(chosen, at, FUND).send_all()

    begun = threading.Event()
    console = threading.Thread(target=send_when_confirmed, args=[begun])
    console.start()
    assert begun.wait(60)
    code, told = say(home, JONAS, "confirm", "D-1")
    console.join()
    assert (code, "The fund has refused it. point 13: the share is" in told) == (0, True), told


def test_given_back_withdrawn_and_only_drafted(home: Path) -> None:
    say(home, RASA, *CHANGE)
    assert say(home, JONAS, "refuse", "D-1", "--words", "Kita suma")[1] == "D-1 given back"
    assert say(home, RASA, *CHANGE, "--draft")[1].endswith("D-2 drafted")
    assert say(home, RASA, "withdraw", "D-2")[1] == "D-2 withdrawn"
    assert say(home, RASA, "withdraw", "D-9") == (1, "psdf: There is no proposal D-9: psdf work shows yours.")


def test_a_file_is_the_events_own_data(home: Path) -> None:
    file = home.with_name("change.json")
    file.write_text(json.dumps({"contract_id": "C-1", "ceiling_cents": None}))
    assert say(home, RASA, "propose", "contract-change", "--file", str(file))[1].endswith("D-1 waits to be confirmed")
    assert say(home, JONAS, "confirm", "D-1")[1] == "D-1 sent The fund has taken it."
    file.write_text(json.dumps({"contract_id": "C-1", "ceiling_cents": -1}))
    code, told = say(home, RASA, "propose", "contract-change", "--file", str(file))
    assert (code, "Ceiling, EUR: -1 is not a whole number of cents" in told) == (2, True)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"ceiling_cents" 1}', "Tai ne JSON: 1 eilutė, 18 simbolis: reikia dvitaškio; čia: 1} / It is no JSON: line 1, column 18: a colon is needed; here: 1}"),
        (b'{"a": 1, "a": 2}', "a viename objekte yra du kartus / a stands twice in one object"),
        ("{}".encode("utf-16"), "Tai ne JSON: tekstas ne UTF-8 / It is no JSON: the text is no UTF-8"),
        (b"[]", "data: ne JSON objektas / data: not a JSON object"),
    ],
)  # fmt: skip
def test_why_a_file_is_no_json_is_said_by_the_words_of_the_pages(home: Path, content: bytes, told: str) -> None:
    file = home.with_name("change.json")
    file.write_bytes(content)
    assert say(home, RASA, "propose", "contract-change", "--file", str(file)) == (1, f"psdf: {file}: {told}")


def test_a_budget_is_proposed_out_of_a_csv_too(home: Path) -> None:
    petras = psdf("people", "add", "Petras Petraitis", "--role", "planner", home=home).stdout.split()[-1]
    token_of(home, "Petras").write_text(petras)
    file = home.with_name("biudžetas.csv")
    file.write_text(PLAIN)
    assert say(home, "Petras", "propose", "budget", "--file", str(file))[1].endswith("D-1 waits to be confirmed")
    file.write_text(PLAIN.replace("2000000.03", '"1.234,50"'))
    code, told = say(home, "Petras", "propose", "budget", "--file", str(file))
    assert (code, told) == (2, "psdf: Line 8: Sum, EUR: “1.234,50” is not a sum in euros, such as 1 234,56")
    file.write_text(PLAIN.replace("expenses,04", "expenses,4"))
    code, told = say(home, "Petras", "propose", "budget", "--file", str(file))
    assert (code, "the spreadsheet has turned the code into a number" in told) == (2, True)


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (("propose", "nothing"), 2, "psdf: nothing is none of review, contract, "),
        (("propose", "contract-change", "ceiling"), 2, "psdf: ceiling: give field=value"),
        (
            ("propose", "contract-change", "contract_id=C-1", "ceiling=1,234"),
            2,
            "psdf: Ceiling, EUR: “1,234” is not a sum in euros",
        ),
        (("propose", "budget", "year=2022"), 1, "psdf: This is done by: planner. Your role: contracts clerk."),
    ],
)
def test_what_was_asked_wrongly_is_one_line(home: Path, args: tuple[str, ...], code: int, told: str) -> None:
    assert say(home, RASA, *args)[0] == code
    assert say(home, RASA, *args)[1].startswith(told)


def test_without_a_token_nobody_is_there_and_who_was_removed_is_nobody(home: Path) -> None:
    told = "psdf: who are you? Give --token FILE or PSDF_TOKEN; psdf people add makes a token"
    assert psdf("work", home=home).stderr.strip() == told
    assert psdf("work", home=home, PSDF_TOKEN="x").stderr.strip() == told
    assert "Rasa Rasaitė contracts VLK" in " ".join(psdf("people", "list", home=home).stdout.split())
    assert psdf("people", "remove", RASA, home=home).returncode == 0
    assert say(home, RASA, "work") == (1, told)


def test_the_fields_of_an_act_are_told(home: Path) -> None:
    told = psdf("propose", "contract", home=home).stdout
    for words in ("provider.iban", "services.0.unit_price", "PSDF STATE", "a sum in euros, such as 1 234,56"):
        assert words in told


def test_a_fund_that_runs_takes_it_at_its_door_with_the_operators_token_and_nothing_else(home: Path) -> None:
    port = free_port()
    process = start_fund(home, port, PSDF_TRACES="0")
    try:
        say(home, RASA, "propose", "contract-end", "contract_id=C-1", "on=2022-06-30")
        raw = event(
            "/vlk", "x", "contract.ended", "2022-02-07T10:00:00+02:00", {"contract_id": "C-1", "on": "2022-06-30"}
        )
        for headers in ({}, {"Authorization": "Bearer x"}):
            asked = {"Content-Type": "application/cloudevents+json", **headers}
            assert httpx.post(f"http://127.0.0.1:{port}/desk", content=raw, headers=asked).status_code == 401
        assert say(home, JONAS, "confirm", "D-1")[1] == "D-1 sent The fund has taken it."
    finally:
        process.terminate()
        process.wait(60)
    with sqlite3.connect(home / "fund.sqlite3") as journal:
        teach(journal)
        (ended,) = journal.execute("SELECT count(*) FROM commits WHERE instr(plain(body), 'contract.ended')").fetchone()
    assert ended >= 1


def test_people_may_be_named_in_a_folder_of_their_own(home: Path, tmp_path: Path) -> None:
    people = {"PSDF_PEOPLE": str(tmp_path / "people")}
    added = psdf("people", "add", "Ona Onaitė", "--role", "clerk", "--payer", "VLK", home=tmp_path / "none", **people)
    assert added.returncode == 0, added.stderr
    assert "Ona Onaitė" in psdf("people", "list", home=home, **people).stdout
    assert "Ona Onaitė" not in psdf("people", "list", home=home).stdout
    assert (tmp_path / "people" / "people.json").is_file()


def test_a_copy_has_the_desk_of_its_cluster_and_says_so_where_that_is_not_named(home: Path) -> None:
    Home(path=home).cluster_prefix.write_text("psdf\n")
    assert "is a copy: PSDF_MONGO says where the cluster is" in say(home, RASA, "work")[1]
    away = {"PSDF_MONGO": "mongodb://127.0.0.1:1/", "PSDF_TOKEN": token_of(home, RASA).read_text()}
    other = psdf("work", home=home, PSDF_PREFIX="other.", **away)
    assert "is no copy of other" in other.stderr


def test_verify_proves_the_desks_journal_too(home: Path) -> None:
    say(home, RASA, *CHANGE)
    good = psdf("verify", home=home)
    assert good.returncode == 0
    assert re.search(r"desk +desk +2 ", good.stdout), good.stdout
    with open_desk(Home(path=home), FUND) as desk:
        asyncio.run(desk.load())
        alone = Confirmed(matter="D-1", by=RASA, role="contracts", raw=raw_of(desk.matter("D-1"), NOW).decode())
        asyncio.run(desk._stream.append(lambda: [alone], NOW, RASA))
    assert "D-1: Rasa Rasaitė drafted it, and decided on it too" in psdf("verify", home=home).stderr
    with closing(sqlite3.connect(Home(path=home).desk / JOURNAL)) as journal, journal:
        teach(journal)
        journal.execute("UPDATE commits SET body = CAST(replace(plain(body), 'C-1', 'C-2') AS BLOB) WHERE version = 1")
    changed = psdf("verify", home=home)
    assert changed.returncode == 1
    assert "stream desk, commit 1: it does not follow the one before it" in changed.stderr


def test_verify_says_where_something_else_was_sent_than_was_drafted(home: Path) -> None:
    say(home, RASA, *CHANGE)
    with open_desk(Home(path=home), FUND) as desk:
        asyncio.run(desk.load())
        other = raw_of(desk.matter("D-1"), NOW).decode().replace("C-1", "C-9")
        confirmed = Confirmed(matter="D-1", by=JONAS, role="second", raw=other)
        asyncio.run(desk._stream.append(lambda: [confirmed], NOW, JONAS))
    assert "is not what was drafted" in psdf("verify", home=home).stderr


def test_verify_says_where_two_are_not_known_by_one_means(home: Path) -> None:
    say(home, RASA, *CHANGE)
    with open_desk(Home(path=home), FUND) as desk:
        asyncio.run(desk.load())
        raw = raw_of(desk.matter("D-1"), NOW).decode()
        confirmed = Confirmed(matter="D-1", by=JONAS, role="second", raw=raw, identity="https://login.example.lt 1")
        asyncio.run(desk._stream.append(lambda: [confirmed], NOW, JONAS))
    told = psdf("verify", home=home).stderr
    assert "D-1: Rasa Rasaitė and Jonas Jonaitis are not known by one means: are they two?" in told


def test_a_backup_holds_the_desk_and_its_people(home: Path, tmp_path: Path) -> None:
    say(home, RASA, *CHANGE)
    dismiss(Home(path=home), ["a", "b"])
    file, anew = tmp_path / "psdf.backup", tmp_path / "anew" / "home"
    assert psdf("backup", file, home=home).returncode == 0
    assert psdf("restore", file, home=anew).returncode == 0
    assert (Home(path=anew).desk / JOURNAL).is_file()
    assert dismissed(Home(path=anew)) == {"a", "b"}
    assert "desk" in psdf("verify", home=anew).stdout
    for name in (RASA, JONAS):
        token_of(anew, name).write_text(token_of(home, name).read_text())
    assert say(anew, JONAS, "confirm", "D-1")[0] == 0
