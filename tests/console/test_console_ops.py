"""What those who run it see: the fund at rest, at work, waiting or silent; what is not told; parked, by error."""

import json
import os
import re
import shutil
import socket
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import httpx
import msgspec
import pytest

from shared.adapters.kafka.said import FORGOTTEN_S, TOPIC, Heard, Told
from shared.adapters.kafka.statuses import Statuses
from shared.console import operations
from shared.console.operations import (
    BROKEN,
    FOLLOWS,
    RESTS,
    RUNS,
    SILENT,
    SILENT_S,
    WAITS,
    cluster_process,
    fund_process,
    journals,
)
from shared.console.pages import ops
from shared.console.pages.ops import CHAPTERS, HOW
from shared.journal.home import Home
from shared.kernel.calendar import VILNIUS
from tests.console.answering import answering
from tests.console.conftest import shown
from tests.console.desks import a_fund
from tests.console.test_desk_stopped import forged
from tests.runtime.funds import ROOT, psdf

if TYPE_CHECKING:
    from shared.adapters.kafka.records import Record

NOBODY = 2**22 + 1
"""No process has such a number."""


def held_by(path: Path, pid: int, url: str | None) -> Home:
    home = Home(path=path)
    home.lock.write_text(json.dumps({"pid": pid, "url": url}), encoding="utf-8")
    return home


@pytest.mark.parametrize(
    ("status", "text", "how", "said"),
    [
        (200, "ok", RUNS, ""),
        (503, "store: it is full", WAITS, "store: it is full"),
        (503, '{"detail": "2 + 2 = 5", "waits": {}, "waits_since": {}}', BROKEN, "2 + 2 = 5"),
        (404, "", RUNS, ""),
    ],
)
def test_the_fund_says_itself_how_it_is(tmp_path: Path, status: int, text: str, how: str, said: str) -> None:
    with answering(status, text.encode()) as url:
        found = fund_process(held_by(tmp_path, NOBODY, url))
    assert (found.how, found.said, found.place) == (how, said, url)


def test_a_fund_that_waits_is_shown_with_what_it_waits_for_and_since_when(tmp_path: Path) -> None:
    a_fund(tmp_path)
    told = {"waits": {"store": "it is full"}, "waits_since": {"store": "2026-03-04T11:00:00Z"}, "detail": "it is full"}
    with (
        answering(503, msgspec.json.encode(told)) as fund,
        shown(tmp_path) as url,
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        held_by(tmp_path, NOBODY, fund)
        row = client.get("/ops", params={"as": "json", "lang": "en"}).json()["processes"][0]
    assert (row["how"], row["said"], row["waits_since"]) == ("waits", "it is full", "2026-03-04 11:00")


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


NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def told(process: str, **said: object) -> Told:
    known = {"member": process, "place": "here:8080", "version": "1", "started": "2026-03-04T08:00:00+00:00"}
    return Told(process=process, **({**known, "waits": {}, "fault": "", "counts": {}} | said))


@pytest.mark.parametrize(
    ("said", "age_s", "how", "words"),
    [
        ({}, 0, RUNS, ""),
        ({"waits": {"kafka": "no broker", "store": "away"}}, 0, WAITS, "kafka: no broker; store: away"),
        ({"fault": "commit 3 does not follow", "waits": {"store": "away"}}, 0, BROKEN, "commit 3 does not follow"),
        ({}, SILENT_S, RUNS, ""),
        ({"waits": {"start": "starting"}}, SILENT_S + 1, SILENT, "start: starting"),
    ],
)
def test_a_process_of_a_cluster_is_as_it_said_last_and_silent_when_it_says_no_more(
    said: dict[str, Any], age_s: float, how: str, words: str
) -> None:
    found = cluster_process(Heard(told=told("payments", **said), at=NOW - timedelta(seconds=age_s)), NOW)
    assert (found.how, found.said, found.age_s) == (how, words, age_s)


def test_it_says_since_when_it_waits_by_what_it_has_waited_for_longest() -> None:
    since = {"kafka": NOW - timedelta(minutes=2), "store": NOW - timedelta(hours=1)}
    waits = told("payments", waits={"kafka": "no broker", "store": "away"}, waits_since=since)
    assert cluster_process(Heard(told=waits, at=NOW), NOW).waits_since == since["store"]
    silent = Heard(told=waits, at=NOW - timedelta(seconds=SILENT_S + 1))
    assert cluster_process(silent, NOW).waits_since is None, "it is silent, and says nothing of now"


async def test_processes_of_two_versions_are_heard_side_by_side() -> None:
    """One of before does not say since when it waits; one of later may say what this console does not know."""
    since = NOW - timedelta(minutes=2)
    statuses = Statuses()
    newer = msgspec.to_builtins(told("letters", waits={"store": "away"}, waits_since={"store": since}))
    older = {**newer, "process": "payments", "member": "payments"}
    del older["waits_since"]
    later = {**newer, "process": "reserve", "member": "reserve", "of_tomorrow": 1}
    await statuses._take([record(said, NOW) for said in (older, newer, later)], {})
    found = {each.told.process: cluster_process(each, NOW) for each in statuses.heard(NOW)}
    assert {name: each.how for name, each in found.items()} == dict.fromkeys(("letters", "payments", "reserve"), WAITS)
    assert {name: each.waits_since for name, each in found.items()} == {
        "letters": since, "payments": None, "reserve": since,
    }  # fmt: skip


async def test_who_said_goodbye_and_who_is_long_gone_is_not_shown() -> None:
    statuses = Statuses()
    await statuses._take(
        [
            record(told("reserve", member="b"), NOW - timedelta(seconds=FORGOTTEN_S + 1)),
            record(told("payments", member="a", counts={"lag": 3}), NOW - timedelta(minutes=10)),
            record(told("letters", member="c"), NOW),
            record(told("letters", member="c", stopped=True), NOW),
        ],
        {},
    )
    assert [(each.told.process, each.told.counts, each.age_s(NOW)) for each in statuses.heard(NOW)] == [
        ("payments", {"lag": 3}, 600)
    ]


def record(said: object, at: datetime) -> "Record":
    return cast(
        "Record", SimpleNamespace(topic=TOPIC, value=msgspec.json.encode(said), timestamp=at.timestamp() * 1000)
    )


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
    assert told["letters"] == told["orders"] == told["topics"] == []
    assert "no topic between services here" in client.get("/ops", params={"lang": "en"}).text


def test_it_says_when_the_journals_were_proven_last_and_that_they_did_not_hold(tmp_path: Path) -> None:
    a_fund(tmp_path)

    def proven() -> tuple[str, str]:
        cards = client.get("/ops", params={"as": "json", "lang": "en"}).json()["cards"]
        return next((card["value"], card["note"]) for card in cards if "psdf verify" in card["label"])

    with shown(tmp_path) as url, httpx.Client(base_url=url, timeout=60) as client:
        assert proven() == ("never", "it has not run here")
        assert psdf("verify", home=tmp_path).returncode == 0
        day, note = proven()
        assert abs(datetime.fromisoformat(day).replace(tzinfo=VILNIUS) - datetime.now(UTC)) < timedelta(minutes=5)
        with closing(sqlite3.connect(tmp_path / "fund.sqlite3")) as journal:
            (commits,) = journal.execute("SELECT count(*) FROM commits").fetchone()
        assert note == f"they hold, {commits} commits"
        (tmp_path / "verified.json").write_bytes(b'{"at": ')
        assert proven()[0] == "never", "what can't be read says nothing"
        forged(tmp_path)
        found = psdf("verify", home=tmp_path)
        assert found.returncode == 1
        assert proven()[1].removesuffix(" → PsdfNotReady") in found.stderr


def test_where_the_last_proof_can_t_be_kept_the_proof_is_made_all_the_same(tmp_path: Path) -> None:
    a_fund(tmp_path)
    (tmp_path / "verified.json").mkdir()
    done = psdf("verify", home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "not kept for /ops" in done.stdout
    assert "commits in" in done.stdout


def test_each_row_names_its_chapter_of_the_runbook(client: httpx.Client) -> None:
    runbook = (ROOT / "deploy" / "README.md").read_text(encoding="utf-8")
    chapters = {line.lstrip("# ") for line in runbook.splitlines() if line.startswith("#")}
    assert {RESTS, RUNS, FOLLOWS} == HOW.keys() - CHAPTERS.keys(), "who works needs none"
    source = Path(ops.__file__).read_text(encoding="utf-8")
    assert set(re.findall(r"\"(Psdf\w+|Parked events)\"", source)) | {*CHAPTERS.values()} <= chapters
    days = [row["day"] for row in client.get("/payments", params={"as": "json"}).json()["days"]]
    told = client.get("/ops", params={"as": "json", "on": days[len(days) // 2]}).json()
    named = {row["runbook"] for key in ("processes", "journals", "parked", "orders") for row in told[key]}
    assert named == {None, "Parked events", "PsdfOrderUnanswered"}


def test_on_a_past_day_it_says_what_was_under_way_then(client: httpx.Client) -> None:
    days = [row["day"] for row in client.get("/payments", params={"as": "json"}).json()["days"]]
    told = client.get("/ops", params={"as": "json", "on": days[-1]}).json()
    shown = client.get("/payments", params={"as": "json", "on": days[-1]}).json()["days"]
    assert [row["open"] for row in told["orders"]] == [row["open"] for row in shown if row["open"]]
