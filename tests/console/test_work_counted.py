"""The navigation counts a person's own matters: as many as that person's page lists, whoever wrote the desk's journal."""

import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.console.desks import NAMES, a_fund, as_, desk_of, signed_in
from tests.runtime.funds import PSDF, ROOT, clean_env

Desk = tuple[str, dict[str, str], Path]
COUNT = re.compile(r'<a href="/work[^"]*"[^>]*>(?:Mano darbai|My work)(?: \((\d+)\))?</a>')
EVERYBODYS = ("/fund", "/notices?lang=en", "/rules", "/work", "/fund?on=2022-02-07", "/nothing/at/all")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    tokens = a_fund(tmp_path / "home")
    with desk_of(tmp_path / "home") as url:
        yield url, tokens, tmp_path / "home"


def counted(client: httpx.Client, path: str = "/fund") -> int:
    (count,) = COUNT.findall(client.get(path).text)
    return int(count or 0)


def listed(client: httpx.Client) -> int:
    told = client.get("/work", params={"as": "json"}).json()
    return len(told["confirm"]) + len(told.get("due", ()))


def said(desk: Desk, role: str, *command: str) -> None:
    """A process of its own says it at the desk."""
    env = clean_env() | {"PSDF_TOKEN": as_(desk, role), "PSDF_MOMENT": "event"}
    asked = [*PSDF, *command, "--home", str(desk[2])]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT, env=env)
    assert done.returncode == 0, done.stdout + done.stderr


def proposed(desk: Desk, ceiling: str) -> None:
    said(desk, "contracts", "propose", "contract-change", "contract_id=C-1", f"ceiling={ceiling}")


def test_every_page_counts_what_the_page_of_each_role_lists(desk: Desk) -> None:
    proposed(desk, "3000000,00")
    found = {}
    for role in NAMES:
        with signed_in(desk[0], as_(desk, role)) as client:
            found[role] = listed(client)
            for path in EVERYBODYS:
                assert counted(client, path) == found[role], (role, path)
    assert found["second"] == 1, "it waits for the second person"
    assert found["clerk"] > 1, "an invoice to review, and what is parked"
    assert found["contracts"] == found["auditor"] == 0
    assert COUNT.findall(httpx.get(f"{desk[0]}/open").text) == [""], "nobody is signed in"


def test_what_another_process_says_is_counted_and_a_restart_counts_the_same(desk: Desk) -> None:
    with signed_in(desk[0], as_(desk, "second")) as client:
        assert counted(client) == 0
        proposed(desk, "3000000,00")
        assert counted(client) == 1
        said(desk, "second", "confirm", "D-1")
        assert counted(client) == 0
        proposed(desk, "4000000,00")
        assert counted(client) == 1
        client.post("/desk/D-2", data={"action": "refuse", "words": "Ne"})
        assert counted(client) == 0, "a page said it"
        proposed(desk, "5000000,00")
        assert counted(client) == 1
    with desk_of(desk[2]) as again, signed_in(again, as_(desk, "second")) as client:
        assert counted(client) == 1


def test_where_the_journal_is_exchanged_that_one_is_counted_and_where_it_can_t_be_read_none(desk: Desk) -> None:
    with signed_in(desk[0], as_(desk, "second")) as client:
        proposed(desk, "3000000,00")
        shutil.copytree(desk[2] / "desk", desk[2] / "kept")
        said(desk, "second", "confirm", "D-1")
        assert counted(client) == 0
        shutil.rmtree(desk[2] / "desk")
        (desk[2] / "kept").rename(desk[2] / "desk")
        assert counted(client) == 1
        with closing(sqlite3.connect(desk[2] / "desk" / "desk.sqlite3")) as journal:
            journal.execute("UPDATE commits SET hash = zeroblob(32) WHERE version = 2")
            journal.commit()
        assert counted(client) == 0
        assert client.get("/work").status_code == 503
