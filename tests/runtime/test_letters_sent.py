"""Letters of point 18 over real sockets: the ministry away, its answers lost, notices withdrawn, new processes."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest
import uvicorn

from shared.adapters.ministry.sim import ministry_app
from shared.adapters.sqlite.store import SqliteTransaction
from shared.effects import letters as sender
from shared.engine.faults import Unavailable
from shared.engine.outbox import Message
from shared.journal.events import facts, written
from shared.journal.home import Home, reading
from shared.runtime.http import fund_app
from tests.adapters.serving import closed_port, running
from tests.runtime.funds import day, event, fund, ministry, psdf, until, worked_start

NOTICE = "2022-04-1"


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "FIRST_PAUSE_S", 0.05)


def told(home: Path, type_: str) -> list[str]:
    with reading(Home(path=home)) as connection:
        return [fact.data["notice_no"] for fact in facts(connection, [written(type_)])]


async def receipts(url: str) -> list[str]:
    async with httpx.AsyncClient() as client:
        return [receipt["notice_no"] for receipt in (await client.get(f"{url}/notices")).json()]


async def test_nothing_is_paid_while_the_ministry_is_away_and_all_once_it_is_back(tmp_path: Path) -> None:
    home, address = tmp_path / "home", closed_port()
    async with fund(home, address) as stack:
        await stack.publish(worked_start())
        assert stack.payments.notices["04"].notice_no == NOTICE
        assert stack.letters is not None
        assert stack.letters.deliveries[NOTICE].failures >= 1
        await stack.publish([day("2022-04-05")])  # the term of A2 has passed
        assert told(home, "overrun.notified") == []
        port = int(address.rpartition(":")[2])
        server = uvicorn.Server(
            uvicorn.Config(ministry_app(tmp_path / "ministry"), port=port, log_level="warning", lifespan="off")
        )
        serving = asyncio.create_task(server.serve())
        await until(lambda: not stack.payments.notices)
        assert await receipts(address) == [NOTICE]
        server.should_exit = True
        await serving
        assert told(home, "overrun.notified") == [NOTICE]
        assert stack.letters.deliveries == {}
        assert stack.payments.invoices["300111224/A2"].notice_no == NOTICE
        await stack.publish([day("2022-04-06")])
        assert "300111224/A2#1" in stack.payments.orders


async def test_a_lost_answer_and_a_new_process_deliver_the_same_letter_once(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with ministry(tmp_path / "ministry") as url:
        async with fund(home) as stack:  # nobody to tell: the notice stays under way when this process ends
            await stack.publish(worked_start())
            assert NOTICE in {notice.notice_no for notice in stack.payments.notices.values()}
        (home / "letters").mkdir(exist_ok=True)
        async with httpx.AsyncClient() as client:
            await client.post(f"{url}/faults", json={"lose_next": 1})
        async with fund(home, url) as stack:
            assert stack.letters is not None
            await until(lambda: not stack.payments.notices)
        assert await receipts(url) == [NOTICE]
        async with fund(home, url) as stack:  # a third process has nothing to deliver
            assert stack.letters is not None
            assert stack.letters.deliveries == {}
    assert told(home, "overrun.notified") == [NOTICE]
    assert (home / "letters" / f"{NOTICE}.pdf").read_bytes().startswith(b"%PDF")
    assert (await asyncio.to_thread(psdf, "verify", home=home)).returncode == 0


async def test_a_letter_that_is_written_is_sent_as_it_is(tmp_path: Path) -> None:
    letter = tmp_path / "home/letters" / f"{NOTICE}.pdf"
    letter.parent.mkdir(parents=True)
    letter.write_bytes(b"%PDF as an earlier process wrote it")
    async with ministry(tmp_path / "ministry") as url, fund(tmp_path / "home", url) as stack:
        await stack.publish(worked_start())
        assert stack.payments.notices == {}
    assert (tmp_path / "ministry" / f"{NOTICE}.pdf").read_bytes() == b"%PDF as an earlier process wrote it"


async def test_a_ministry_that_has_other_bytes_under_the_number_needs_a_person(tmp_path: Path) -> None:
    async with running(ministry_app(tmp_path / "ministry")) as url, fund(tmp_path / "home", url) as stack:
        async with httpx.AsyncClient() as client:
            put = await client.put(
                f"{url}/notices/{NOTICE}", content=b"%PDF other", headers={"Content-Type": "application/pdf"}
            )
            assert put.is_success
        await stack.publish(worked_start())
        assert stack.letters is not None
        assert "409" in (stack.letters.deliveries[NOTICE].fault or "")
        assert stack.payments.notices["04"].notice_no == NOTICE
        assert stack.health.fault is None  # everything else goes on


async def test_a_notice_that_is_withdrawn_is_no_longer_sent(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with fund(home, closed_port()) as stack:
        await stack.publish(worked_start())
        assert stack.letters is not None
        delivery = stack.letters.deliveries[NOTICE]
        share = {"payer": "VLK", "article": "04", "amount_cents": 1_721_000_000}
        quarters = {"article": "04", "q1_cents": 1_721_000_000, "q2_cents": 0, "q3_cents": 0, "q4_cents": 0}
        again = {"year": 2022, "edition": 1, "quarters": [quarters], "shares": [share]}
        await stack.publish([event("/vlk", "d-2", "distribution.proposed", "2022-03-10T10:00:00+02:00", again)])
        assert told(home, "overrun.withdrawn") == [NOTICE]
        await until(delivery.task.done)
        assert NOTICE not in stack.letters.deliveries
        await stack.publish([day("2022-03-11")])
        assert list(stack.letters.deliveries) == ["2022-04-2"]
    assert "was withdrawn: the distribution was changed" in psdf("why", "300111224/A2", home=home).stdout


async def test_listeners_hear_what_is_durable_and_deliveries_bring_the_moment_of_their_notice(tmp_path: Path) -> None:
    heard: list[Message] = []

    def listen(messages: Sequence[Message]) -> None:
        heard.extend(messages)

    async with ministry(tmp_path / "ministry") as url, fund(tmp_path / "home", url) as stack:
        stack.listeners.append(listen)
        told = await stack.publish(worked_start())
    assert heard == told
    (notified,) = [json.loads(message.raw) for message in heard if message.topic == "overrun.notified"]
    assert notified["time"] == "2022-03-05T00:00:00+02:00"
    assert notified["data"]["delivered_on"] == "2022-03-05"


async def test_while_the_disk_is_full_the_fund_is_as_it_was_and_its_letter_stays_on_its_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: SqliteTransaction) -> None:
        raise Unavailable("database or disk is full")

    async with fund(tmp_path / "home", closed_port()) as stack, running(fund_app(stack)) as url:
        await stack.publish(worked_start())
        assert stack.letters is not None
        async with httpx.AsyncClient(base_url=url) as client:
            before = (await client.get("/fund")).json()
            with monkeypatch.context() as disk:
                disk.setattr(SqliteTransaction, "commit", full)
                waiting = asyncio.create_task(stack.publish([day("2022-03-10")]))
                await until(lambda: stack.health.waits)
                tries = stack.letters.deliveries[NOTICE].failures
                await until(
                    lambda: NOTICE not in stack.letters.deliveries or stack.letters.deliveries[NOTICE].failures > tries
                )
                assert (await client.get("/fund")).json() == before
            await waiting
        assert NOTICE in stack.letters.deliveries
