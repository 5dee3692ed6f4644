"""The embedded stack in trouble: a full disk, a broken decision; and its clock."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from services.payments import decide
from shared.adapters.sqlite.store import SqliteStore, SqliteTransaction
from shared.console.operations import WAITS, fund_process
from shared.effects.clock import day_started, tell_days
from shared.engine import stream
from shared.engine.faults import Broken, Unavailable
from shared.kernel.calendar import VILNIUS
from shared.messages.read import parse
from shared.runtime.embedded import Stack
from shared.runtime.http import fund_app
from shared.runtime.settings import Settings, SettingsError, read_settings
from tests.adapters.serving import running
from tests.runtime.funds import day, decided, fund, invoice, psdf, until, worked_start
from tests.runtime.runbook import RUNBOOK
from tests.telemetry.prometheus import samples


def fill_the_disk(stack: Stack, pages: int) -> None:
    """Let the journal grow to so many pages, and no further."""
    stack.engine("door").store._store._db.execute(f"PRAGMA max_page_count={pages}")  # type: ignore[attr-defined]


async def test_a_full_disk_makes_the_fund_wait_and_loses_nothing(tmp_path: Path) -> None:
    async with fund(tmp_path / "whole") as stack:
        await stack.publish(worked_start())
    async with fund(tmp_path / "full") as stack, running(fund_app(stack)) as url:
        await stack.publish(worked_start()[:4])
        fill_the_disk(stack, 1)  # as many as there are
        fill = [invoice(f"F{n}", 5, "2022-02-07T09:00:00+02:00", contract_id="NONE") for n in range(40)]
        waiting = asyncio.create_task(stack.publish([*fill, *worked_start()[4:]]))
        await until(lambda: stack.health.waits)
        assert "database or disk is full" in (stack.health.fault or "")
        async with httpx.AsyncClient(base_url=url) as client:
            readiness = await client.get("/readyz")
            assert (readiness.status_code, "is there room on the disk?" in readiness.json()["detail"]) == (503, True)
            assert readiness.json()["waits"] == {"store": readiness.json()["detail"]}
            since = datetime.fromisoformat(readiness.json()["waits_since"]["store"])
            assert timedelta(0) <= datetime.now(UTC) - since < timedelta(minutes=1)
            stack.home.lock.write_text(json.dumps({"pid": 1, "url": url}), encoding="utf-8")
            found = await asyncio.to_thread(fund_process, stack.home)
            assert (found.how, found.waits_since, found.said) == (WAITS, since, readiness.json()["detail"])
            assert samples((await client.get("/metrics")).text)["psdf_ready{}"] == 0
            fill_the_disk(stack, 1_000_000)
            await waiting
            assert (await client.get("/readyz")).status_code == 200
    payments = [row for row in decided(tmp_path / "full") if row[0].startswith("payments")]
    assert payments == [row for row in decided(tmp_path / "whole") if row[0].startswith("payments")]


async def test_without_room_for_snapshots_everything_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def no_room(*_: object) -> None:
        raise Unavailable("database or disk is full")

    async with fund(tmp_path / "whole") as stack:
        told = [message.topic for message in await stack.publish(worked_start())]
    monkeypatch.setattr(SqliteStore, "save", no_room)
    monkeypatch.setattr(stream, "SNAPSHOT_EVERY", 1)
    monkeypatch.setattr(stream, "LONG", 0)
    assert psdf("proof", "key", "new", home=tmp_path / "full").returncode == 0  # days are sealed too
    async with fund(tmp_path / "full") as stack:
        told_here = [message.topic for message in await stack.publish(worked_start())]
        assert [topic for topic in told_here if topic != "proof.sealed"] == told


async def test_the_first_day_is_told_though_the_first_write_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes = iter([Unavailable("database or disk is full"), None])
    commit = SqliteTransaction.commit

    def once_full(transaction: SqliteTransaction) -> None:
        if fault := next(writes, None):
            raise fault
        commit(transaction)

    monkeypatch.setattr(SqliteTransaction, "commit", once_full)
    async with fund(tmp_path) as stack:
        told = [message.topic for message in await stack.publish(worked_start()[:1])]
    assert told[:2] == ["day.started", "budget.approved"]


async def test_a_broken_decision_stops_the_fund_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def contradict(*_: object) -> None:
        raise AssertionError("2 + 2 = 5")

    async with fund(tmp_path) as stack, running(fund_app(stack)) as url, httpx.AsyncClient(base_url=url) as client:
        await stack.publish(worked_start()[:4])
        with monkeypatch.context() as broken:
            broken.setattr(decide, "enter_invoice", contradict)
            with pytest.raises(Broken, match="payments: a decision contradicts itself: AssertionError"):
                await stack.publish(worked_start()[4:5])
        with pytest.raises(Broken):
            await stack.publish(worked_start()[5:])
        answer = await client.post(
            "/events", content=worked_start()[5], headers={"Content-Type": "application/cloudevents+json"}
        )
        assert (answer.status_code, "the fund has stopped: payments" in answer.json()["detail"]) == (503, True)
        readiness = await client.get("/readyz")
        assert (readiness.status_code, readiness.json()["waits"], readiness.json()["waits_since"]) == (503, {}, {})
        assert (await client.get("/livez")).status_code == 200  # a restart would meet the same event
    async with fund(tmp_path) as stack:  # a mended program goes on where it stopped
        assert list(stack.payments.invoices) == ["300111224/A1"]


async def test_by_our_clock_events_come_when_they_arrive(tmp_path: Path) -> None:
    async with fund(tmp_path, moment="arrival") as stack:
        today = datetime.now(VILNIUS).date()
        await stack.publish([day_started(today), *worked_start()[:3]])
        assert stack.payments.today is not None
        assert stack.payments.today - today <= timedelta(days=1)
        await stack.publish([day("2022-03-05")])  # no sender sets our days
        assert stack.payments.today - today <= timedelta(days=1)


async def test_the_clock_tells_today_and_each_midnight_in_vilnius() -> None:
    moment = datetime(2022, 3, 26, 23, 59, 30, tzinfo=VILNIUS)
    told: list[dict[str, Any]] = []
    slept: list[float] = []

    async def tell(raw: bytes) -> Sequence[datetime]:
        told.append(msgspec.json.decode(raw))
        if len(told) == 3:
            raise asyncio.CancelledError
        return ()

    async def sleep(seconds: float) -> None:
        nonlocal moment
        slept.append(seconds)
        moment += timedelta(seconds=seconds) if len(told) == 1 else timedelta(days=1)

    with pytest.raises(asyncio.CancelledError):
        await tell_days(tell, now=lambda: moment, sleep=sleep)
    assert [event["id"] for event in told] == ["2022-03-26", "2022-03-27", "2022-03-28"]
    assert told[1] == {
        "specversion": "1.0",
        "id": "2022-03-27",
        "source": "/clock",
        "type": "day.started",
        "subject": "2022-03-27",
        "time": "2022-03-27T00:00:00+02:00",
        "datacontenttype": "application/json",
        "data": {"date": "2022-03-27"},
    }
    assert max(slept) <= 30  # a machine that slept wakes up on another day


def test_the_day_of_the_clock_is_a_day_that_the_door_reads() -> None:
    for on in (date(2022, 3, 27), date(2022, 10, 30), date(2022, 1, 1)):
        assert parse(day_started(on), outside=True).time.date() == on


def test_settings_are_few_come_from_the_environment_and_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(Settings.model_fields) <= 26, (
        "six of them say who is who (TLS, its port and proxies, the provider) and where to look on"
    )
    listed = re.findall(r"^\| `(PSDF_\w+)` \| ", RUNBOOK.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(f"PSDF_{name.upper()}" for name in Settings.model_fields), (
        "the runbook has each once"
    )
    monkeypatch.setenv("PSDF_HTTP", "0.0.0.0:9000")
    monkeypatch.setenv("PSDF_HOME", "")
    assert read_settings().http == "0.0.0.0:9000"
    assert read_settings().home == Path("psdf-home")
    assert read_settings(http="localhost:1", home=None).http == "localhost:1"
    monkeypatch.setenv("PSDF_TRACES", "2")
    with pytest.raises(SettingsError, match=r"PSDF_TRACES=2: input should be less than or equal to 1"):
        read_settings()


def test_what_only_letters_and_collectors_need_is_loaded_by_who_has_them() -> None:
    told = "import sys, shared.runtime.embedded; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout.split()
    assert {"typst", "httpx", "google", "rich"}.isdisjoint(loaded)
    assert "pydantic" in loaded
