"""A journal that contradicts itself: every page says so in red, is still read, and nothing can be said at the desk."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import httpx

from tests.console.desks import NAMES, a_fund, desk_of, signed_in
from tests.runtime.funds import PATIENCE_S


def forged(home: Path) -> None:
    """One more commit of payments that does not follow from the one before."""
    with closing(sqlite3.connect(home / "fund.sqlite3")) as journal, journal:
        journal.execute(
            "INSERT INTO commits SELECT service, stream, version + 1, prev_hash, hash, body FROM commits "
            "WHERE service = 'payments' ORDER BY version DESC LIMIT 1"
        )


def until_said(client: httpx.Client, words: str) -> str:
    limit = time.monotonic() + PATIENCE_S
    while words not in (page := client.get("/fund").text):
        assert time.monotonic() < limit, page[:3000]
        time.sleep(0.1)
    return page


def test_where_the_journal_contradicts_itself_pages_are_read_and_nothing_is_said(tmp_path: Path) -> None:
    tokens = a_fund(tmp_path)
    with (
        desk_of(tmp_path) as url,
        signed_in(url, tokens[NAMES["contracts"]]) as rasa,
        signed_in(url, tokens[NAMES["second"]]) as jonas,
    ):
        change = {"action": "look", "contract_id": "C-1", "ceiling": "3 000 000,00"}
        assert rasa.post("/desk/new/contract-change", data=change).url.path == "/desk/D-1"
        rasa.post("/desk/D-1", data={"action": "propose"})
        forged(tmp_path)
        page = until_said(rasa, 'class="band broken"')
        assert "psdf verify" in page, "it says what to do"
        assert rasa.get("/invoices").status_code == 200, "what was read before is read"
        for answer in (
            rasa.get("/desk/new/contract-change"),
            rasa.post("/desk/new/contract-change", data=change),
            jonas.post("/desk/D-1", data={"action": "confirm"}),
        ):
            assert answer.status_code == 503
            assert "Žurnalas prieštarauja sau" in answer.text
        assert "D-1" in jonas.get("/work").text, "what waits is still seen"
