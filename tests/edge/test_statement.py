"""Sodra's statement as a file: both forms of the page, what is refused and where, and two persons in the journal."""

import json
import re
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.local import free_port
from shared.edge.statement import StatementError, imported, read_statement
from shared.journal.home import Home, reading
from shared.runtime.embedded import Stack
from tests.docs.points import ROOT
from tests.edge.signing import PERSONS
from tests.runtime import served
from tests.runtime.funds import psdf, running_fund, worked_start

PAGE = (ROOT / "shared" / "edge" / "README.md").read_text(encoding="utf-8")
(CSV,) = (found.encode() for found in re.findall(r"```\n(year;.*?)```", PAGE, re.DOTALL))
(XML,) = (found.encode() for found in re.findall(r"```xml\n(<sodra.*?)```", PAGE, re.DOTALL))
SAID = {
    "year": 2022,
    "quarter": 1,
    "submission": 1,
    "transferred_cents": 44_210_000_000,
    "offset_cents": 153_575_000,
    "related_cents": 1_204_000,
    "compensation_cents": 57_275_000,
}
AT = datetime.fromisoformat("2022-04-14T10:00:00+03:00")
stack = served.stack
BY = ("--by", PERSONS["by"], "--approved-by", PERSONS["approved_by"])


@pytest.mark.parametrize(
    "content",
    [
        CSV,
        XML,
        b"\xef\xbb\xbf" + CSV,
        CSV.replace(b";", b"|").replace(b",", b".").replace(b"|", b","),
        CSV.replace(b"\n", b"\r\n"),
    ],
)
def test_each_form_of_the_page_says_the_same(content: bytes) -> None:
    assert read_statement(content) == SAID


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            CSV.replace(b"444220540,00", b"444220540,01"),
            "total: 44422054001 cents are stated, the other lines add up to",
        ),
        (CSV.replace(b"1535750,00", b"1 535 750,00"), "offset: '1 535 750,00' is no sum in euro"),
        (CSV.replace(b"1535750,00", b"=1+1"), "offset: '=1\\+1' is no sum in euro"),
        (CSV.replace(b"1535750,00", b"1535750,001"), "is no sum in euro"),
        (CSV.replace(b"2022;1;1;related", b"2022;2;1;related"), "more than one year, quarter or submission"),
        (CSV.replace(b"related", b"offset"), "row 4: line 'offset' is not expected here"),
        (CSV.replace(b"2022;1;1;total;444220540,00", b""), "missing: total"),
        (CSV.replace(b"year;quarter", b"metai;ketvirtis"), "row 1 is 'metai;ketvirtis"),
        (CSV.replace(b";related;12040,00", b";related"), "row 4 has 4 cells"),
        (CSV.replace(b"2022;1;1", b"MMXXII;1;1"), "year: 'MMXXII' is no whole number"),
        (b"\xff\xfe", "byte 0 is not UTF-8"),
        (b"", "row 1 is ''"),
        (b"x" * 100_001, "more than the 100000"),
        (XML.replace(b"<offset>1535750.00</offset>", b""), "offset"),
        (XML.replace(b"1535750.00", b"-1"), "offset"),
        (XML.replace(b'quarter="1"', b'quarter="x"'), "quarter"),
        (b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>' + XML, "DOCTYPE"),
        (b"<x", "XML"),
    ],
)
def test_a_file_that_is_no_statement_says_where_and_why(content: bytes, told: str) -> None:
    with pytest.raises(StatementError, match=told):
        read_statement(content)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_statement_or_are_refused(noise: bytes) -> None:
    for content in (noise, CSV + noise, CSV.replace(b"12040,00", noise)):
        with suppress(StatementError):
            assert set(read_statement(content)) == set(SAID)


@pytest.mark.parametrize(("by", "approved_by", "told"), [("Ona", "ONA ", "one person"), ("Ona", " ", "is missing")])
def test_two_persons_stand_for_it(by: str, approved_by: str, told: str) -> None:
    with pytest.raises(StatementError, match=told):
        imported(CSV, AT, by, approved_by)
    with pytest.raises(StatementError, match="quarter: 5 is not a quarter from 1 to 4"):
        imported(CSV.replace(b"2022;1;1", b"2022;5;1"), AT, "Ona", "Petras")


def test_it_is_imported_into_a_home_and_the_journal_names_both(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "statement.csv"
    file.write_bytes(CSV)
    start = tmp_path / "start.jsonl"
    start.write_bytes(b"\n".join(worked_start()[:4]))
    assert psdf("publish", start, "--moment", "event", home=home).returncode == 0
    looked = psdf("sodra", "check", file)
    assert "442 100 000.00 EUR" in looked.stdout
    when = ("--at", "2022-04-14T10:00:00")
    first = psdf("sodra", "import", file, *BY, *when, home=home, PSDF_MOMENT="event")
    assert (first.returncode, "taken" in first.stdout) == (0, True), first.stderr
    again = psdf("sodra", "import", file, *BY, *when, home=home, PSDF_MOMENT="event")
    assert "known" in again.stdout, "the same file is the same event"
    with reading(Home(path=home)) as connection:
        found = connection.execute("SELECT plain(body) FROM commits WHERE service = 'door'")
        bodies = b"".join(body for (body,) in found)
    assert f'"importedby":"{PERSONS["by"]}","approvedby":"{PERSONS["approved_by"]}"'.encode() in bodies
    file.write_bytes(CSV.replace(b"related", b"other"))
    refused = psdf("sodra", "import", file, *BY, home=home)
    assert (refused.returncode, "row 4: line 'other'" in refused.stderr) == (1, True)


def test_it_is_imported_into_a_running_fund_with_the_operators_token_alone(tmp_path: Path) -> None:
    home, port, file = tmp_path / "home", free_port(), tmp_path / "statement.xml"
    file.write_bytes(XML)
    with running_fund(home, port, "--seed"):
        done = psdf("sodra", "import", file, *BY, "--at", "2022-04-14T10:00:00", home=home)
        assert (done.returncode, "taken" in done.stdout) == (0, True), done.stderr
        url, kind = f"http://127.0.0.1:{port}/statements", {"Content-Type": "application/json"}
        raw = imported(CSV, AT, "Ona", "Petras")
        assert httpx.post(url, content=raw, headers=kind).status_code == 401
        token = {"Authorization": f"Bearer {(home / 'operator.token').read_text()}"}
        for wrong in (
            json.dumps(json.loads(raw) | {"approvedby": "ona"}).encode(),
            json.dumps({name: text for name, text in json.loads(raw).items() if name != "importedby"}).encode(),
            worked_start()[0],
        ):
            assert httpx.post(url, content=wrong, headers=token | kind).status_code == 422


def test_22_sodra_reads_what_the_fund_says_of_it_with_both_sums_and_no_provider_does(tmp_path: Path) -> None:
    home, port, file = tmp_path / "home", free_port(), tmp_path / "statement.csv"
    file.write_bytes(CSV)
    with running_fund(home, port, "--seed"):
        done = psdf("sodra", "import", file, *BY, "--at", "2022-04-14T10:00:00", home=home)
        assert done.returncode == 0, done.stderr
        read = {
            source: httpx.get(f"http://127.0.0.1:{port}/answers", params={"source": source}).json()["answers"]
            for source in ("/sodra", "/providers/300111224")
        }
    (answer,) = read["/sodra"]
    assert (answer["event"]["type"], answer["event"]["subject"]) == ("sodra.statement.returned", "2022-Q1")
    (reason,) = answer["reasons"]
    stated = SAID["transferred_cents"] + SAID["offset_cents"]
    assert (reason["code"], reason["terms"]) == ("sum_mismatch", {"stated_cents": stated, "recorded_cents": 0})
    assert "443 635 750,00 Eur" in reason["why"]["lt"]
    assert answer["sentence"]["lt"] != answer["sentence"]["en"]
    assert not [each for each in read["/providers/300111224"] if each["event"]["type"].startswith("sodra")]


async def test_who_sends_a_statement_names_no_two_persons_who_imported_it(stack: Stack) -> None:
    raw = imported(CSV, AT, "Ona", "Petras")
    plain = {name: said for name, said in json.loads(raw).items() if name not in ("importedby", "approvedby")}
    for more in ({"importedby": "Ona"}, {"approvedby": "Petras"}, {"importedby": None}):
        (told, *_) = await stack.publish([json.dumps(plain | more).encode()])
        assert told.topic == "sodra.statement.submitted.parked"
        assert "only an import by the fund's own two persons says that" in told.raw.decode()
    assert not any(told.topic.endswith("parked") for told in await stack.publish([json.dumps(plain).encode()]))
