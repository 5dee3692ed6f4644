"""What those who run it see: the fund at rest, at work, waiting or silent; what is not told; parked, by error."""

import json
import os
import shutil
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from shared.console import operations
from shared.console.operations import RESTS, RUNS, SILENT, WAITS, fund_process, journals
from shared.journal.home import Home

NOBODY = 2**22 + 1
"""No process has such a number."""


@contextmanager
def answering(status: int, text: str) -> Iterator[str]:
    """A fund's address that answers so when it is asked whether it is ready."""

    class Ready(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Ready) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def held_by(path: Path, pid: int, url: str | None) -> Home:
    home = Home(path=path)
    home.lock.write_text(json.dumps({"pid": pid, "url": url}), encoding="utf-8")
    return home


@pytest.mark.parametrize(
    ("status", "text", "how", "said"),
    [(200, "ok", RUNS, ""), (503, "store: it is full", WAITS, "store: it is full"), (404, "", RUNS, "")],
)
def test_the_fund_says_itself_how_it_is(tmp_path: Path, status: int, text: str, how: str, said: str) -> None:
    with answering(status, text) as url:
        found = fund_process(held_by(tmp_path, NOBODY, url))
    assert (found.how, found.said, found.place) == (how, said, url)


def test_a_fund_that_is_not_there_rests_and_one_that_hangs_is_out_of_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fund_process(Home(path=tmp_path)).how == RESTS
    assert fund_process(held_by(tmp_path, NOBODY, None)).how == RESTS
    assert fund_process(held_by(tmp_path, os.getppid(), None)).how == RUNS
    monkeypatch.setattr(operations, "ASKED_FOR_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as hangs:
        url = f"http://127.0.0.1:{hangs.getsockname()[1]}"
        assert fund_process(held_by(tmp_path, NOBODY, url)).how == SILENT
    assert fund_process(held_by(tmp_path, NOBODY, url)).how == RESTS, "nobody listens there any more"


def test_what_is_durable_and_not_told_is_counted_but_not_of_a_copy(played: Path, tmp_path: Path) -> None:
    shutil.copy(played / "fund.sqlite3", tmp_path)
    with closing(sqlite3.connect(tmp_path / "fund.sqlite3")) as journal:
        whole = {each.service: each for each in journals(journal, copied=False)}
        assert sum(each.unpublished or 0 for each in whole.values()) == 0
        (commits,) = journal.execute("SELECT count(*) FROM commits WHERE service = 'payments'").fetchone()
        assert whole["payments"].commits == commits
        journal.execute("UPDATE published SET version = version - 3 WHERE service = 'payments'")
        behind = {each.service: each.unpublished for each in journals(journal, copied=False)}
        assert {name: unpublished for name, unpublished in behind.items() if unpublished} == {"payments": 3}
        assert {each.unpublished for each in journals(journal, copied=True)} == {None}


def test_the_page_says_all_of_it_and_sums_parked_by_error(client: httpx.Client) -> None:
    told = client.get("/ops", params={"as": "json", "lang": "en"}).json()
    assert [row["how"] for row in told["processes"]] == ["at rest", "reads on"]
    assert {row["service"] for row in told["journals"]} == {
        "contracts", "invoicing", "payments", "reserve", "reconciliation",
    }  # fmt: skip
    assert {row["unpublished"] for row in told["journals"]} == {0}
    assert {row["service"]: row["day"] for row in told["journals"]}["payments"] == "2023-03-31"
    everything = client.get("/parked", params={"as": "json", "lang": "en"}).json()["parked"]
    waiting = [row for row in everything if row["state"] == "parked"]
    assert sum(row["count"] for row in told["parked"]) == len(waiting) > 10
    assert len(told["parked"]) < len(waiting)
    assert told["letters"] == told["orders"] == []


def test_on_a_past_day_it_says_what_was_under_way_then(client: httpx.Client) -> None:
    days = [row["day"] for row in client.get("/payments", params={"as": "json"}).json()["days"]]
    told = client.get("/ops", params={"as": "json", "on": days[-1]}).json()
    shown = client.get("/payments", params={"as": "json", "on": days[-1]}).json()["days"]
    assert [row["open"] for row in told["orders"]] == [row["open"] for row in shown if row["open"]]
