"""The index copes with seals, which no service decides; their page says the roots, who signed them, and how to check."""

import json
import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.console.index.ask import asking
from shared.console.index.follow import Follower
from shared.console.index.keeper import INDEX, rebuild
from shared.console.pages.seals import PAGE
from shared.engine.journal import SEALER
from shared.journal.home import Home, reading
from shared.proof.keys import new_key
from shared.proof.published import files_in, read_file
from tests.console.conftest import shown
from tests.runtime.funds import FUND, WORKED_START, psdf


def test_the_index_has_each_seal_once_and_tells_it_as_nobodys_event(played: Path, tmp_path: Path) -> None:
    published = [read_file(path).statement() for path in files_in(played / "proof")]
    with reading(Home(path=played)) as journal:
        (sealed,) = journal.execute("SELECT count(*) FROM commits WHERE service = ?", [SEALER]).fetchone()
    rebuild(Home(path=played), FUND, tmp_path / INDEX)
    with asking(tmp_path / INDEX) as index:
        rows = index.rows("SELECT * FROM seal ORDER BY number")
        assert [(row["number"], row["day"], row["root"], row["previous"]) for row in rows] == [
            (each.number, each.day.isoformat(), each.root, each.previous) for each in published
        ]
        assert len(rows) == sealed > 400
        assert index.rows("SELECT * FROM event WHERE service = ?", [SEALER]) == []


def test_the_index_goes_on_behind_a_seal_and_is_the_same_as_one_made_at_once(played: Path, tmp_path: Path) -> None:
    """A seal between two commits of services, and one as the last commit of all: read again from there, nothing is lost."""
    home = Home(path=played)
    follower = Follower(home, FUND, tmp_path / "first")
    read = follower.catch_up()
    follower.close()
    again = Follower(home, FUND, tmp_path / "first")
    assert again.catch_up() == 0
    again.close()
    rebuild(home, FUND, tmp_path / "second")
    with asking(tmp_path / "first") as first, asking(tmp_path / "second") as second:
        assert read == first.read == second.read
        assert first.rows("SELECT * FROM seal") == second.rows("SELECT * FROM seal")


def test_a_page_of_a_past_day_knows_no_later_seal(client: httpx.Client) -> None:
    numbers = [row["number"] for row in table_of(client, "/seals?on=2022-01-31")]
    days = [date.fromisoformat(row["day"]) for row in table_of(client, "/seals?on=2022-01-31")]
    assert max(days) == date(2022, 1, 31)
    assert numbers == sorted(numbers, reverse=True)
    assert client.get(f"/seals/{numbers[0] + 1}?on=2022-01-31").status_code == 404
    assert client.get("/seals/999999").status_code == 404


def test_seals_are_shown_in_pages_that_hold_each_once_and_their_file_has_all(
    client: httpx.Client, played: Path
) -> None:
    page, numbers = "/seals?on=2022-12-31", []
    for _ in range(10):
        some = [row["number"] for row in table_of(client, page)]
        assert 0 < len(some) <= PAGE
        numbers += some
        earlier = re.search(r'href="([^"]*)">Ankstesni', client.get(page).text)
        if not earlier:
            break
        page = earlier[1].replace("&amp;", "&")
    published = [read_file(path).statement() for path in files_in(played / "proof")]
    known = [each.number for each in published if each.day <= date(2022, 12, 31)]
    assert numbers == sorted(known, reverse=True)
    csv = client.get("/seals?on=2022-12-31&as=csv&table=seals").text.splitlines()
    assert [int(line.split(",")[0]) for line in csv[1:]] == numbers


@pytest.mark.parametrize("asked", ["", "x", "-1", "9" * 30, "\u0663"])
def test_a_place_that_is_none_shows_a_page_all_the_same(client: httpx.Client, asked: str) -> None:
    assert client.get("/seals", params={"before": asked}).status_code == 200


def table_of(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(path, headers={"accept": "application/json"}).json()["seals"]
    return found


def test_who_signed_a_seal_too_stands_there_with_its_whole_root_its_file_and_how_to_check_it(
    played: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(played, home)
    seal = files_in(home / "proof")[-1]
    new_key(tmp_path / "auditor.key")
    signed = psdf("proof", "countersign", seal, "--key", tmp_path / "auditor.key", "--name", "Valstybės kontrolė")
    assert signed.returncode == 0, signed.stderr
    kept = read_file(seal)
    with shown(home) as address, httpx.Client(base_url=address, timeout=60) as client:
        newest, *older = table_of(client, "/seals")
        assert newest["countersigned"] == "Valstybės kontrolė"
        assert {row["countersigned"] for row in older} == {""}
        page = client.get(f"/seals/{newest['number']}?lang=en").text
        said = re.sub(r"<[^>]*>", " ", page)
        assert kept.statement().root in said
        assert "Valstybės kontrolė" in said
        command = re.search(r"psdf proof check \S+ --key \S+", said)
        assert command
        file = client.get(f"/seals/{newest['number']}/file")
        assert file.content == seal.read_bytes()
        assert seal.name in file.headers["content-disposition"]
        assert client.get("/seals/999999/file").status_code == 404
        public = command[0].split()[-1]
        (tmp_path / seal.name).write_bytes(file.content)
        checked = psdf("proof", "check", tmp_path / seal.name, "--key", public)
        assert checked.returncode == 0, checked.stderr
        seal.write_bytes(json.dumps({"payloadType": "x"}).encode())
        assert table_of(client, "/seals?lang=en")[0]["countersigned"] == "the file does not hold"


def test_a_fund_that_is_not_sealed_has_a_page_that_says_so(worked: Path) -> None:
    with shown(worked) as address, httpx.Client(base_url=address, timeout=60) as client:
        assert "The journals are not sealed yet." in client.get("/seals?lang=en").text


@pytest.fixture
def worked(tmp_path: Path) -> Path:
    home = tmp_path / "worked"
    assert psdf("publish", WORKED_START, "--moment", "event", home=home).returncode == 0
    return home
