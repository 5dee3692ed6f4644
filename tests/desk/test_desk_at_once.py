"""Two at once, and a kill between: what was confirmed is sent once, under one id, by whoever comes first."""

import asyncio
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.sqlite.bodies import teach
from shared.adapters.sqlite.store import SqliteStore, connect
from shared.desk.acts import ACTS
from shared.desk.desk import NAME, Desk, event_id
from shared.desk.events import Answered
from shared.desk.home import JOURNAL, open_desk, people_of
from shared.desk.matters import Matter, NotDone
from shared.desk.person import Person
from shared.engine.faults import Broken
from shared.engine.journal import Commit
from shared.journal.events import facts, written
from shared.journal.home import Home, HomeHeld, held, reading
from shared.kernel.calendar import VILNIUS
from shared.kernel.stop import Stop
from shared.runtime.desk import Sender
from shared.runtime.settings import Settings
from tests.desk.acting import JONAS, RASA, person
from tests.runtime.funds import FUND, fund, worked_start

NOW = datetime(2022, 2, 7, 10, tzinfo=VILNIUS)
CHANGE: dict[str, Any] = {"contract_id": "C-1", "ceiling_cents": 1_000_000_00}


@pytest.fixture
async def home(tmp_path: Path) -> Home:
    async with fund(tmp_path) as stack:
        await stack.publish(worked_start()[:4])
    return Home(path=tmp_path)


def sender(home: Home) -> Sender:
    return Sender(Settings(home=home.path, moment="event"), home, FUND)


async def proposed(desk: Desk, data: dict[str, Any] = CHANGE, by: Person = RASA) -> Matter:
    matter = await desk.draft(by, ACTS["contract-change"], data, NOW)
    return await desk.propose(by, matter.id, NOW)


def sent(home: Home, matter: Matter) -> list[str]:
    """What the fund decided because of it."""
    with reading(home) as connection:
        changed = [fact for fact in facts(connection, [written("contract.changed")]) if fact.type == "contract.changed"]
    assert all(fact.cause == event_id(matter) for fact in changed)
    return [fact.type for fact in changed]


async def test_of_two_confirmations_at_once_one_is_done_and_one_is_told_so(home: Home) -> None:
    with open_desk(home, FUND) as first, open_desk(home, FUND) as second:
        await proposed(first)
        await second.load()
        await first.confirm(JONAS, "D-1", NOW, NOW)
        with pytest.raises(NotDone, match="D-1 is confirmed, being sent \\(Jonas Jonaitis\\)"):
            await second.confirm(person("Kita", "second"), "D-1", NOW, NOW)
        assert second.matter("D-1").decided_by == "Jonas Jonaitis"


async def test_who_decided_on_what_is_no_longer_so_decides_again(home: Home) -> None:
    """Given two that have both read the journal before either writes: the store takes one, the other hears who was first."""

    class Behind(SqliteStore):
        async def append(self, commits: Sequence[Commit]) -> None:
            await first.confirm(JONAS, "D-1", NOW, NOW)
            await super().append(commits)

    with open_desk(home, FUND) as first, closing(connect(home.desk / JOURNAL)) as connection:
        await proposed(first)
        second = Desk(FUND, Behind(connection, NAME))
        with pytest.raises(NotDone) as refused:
            await second.confirm(person("Kita", "second"), "D-1", NOW, NOW)
        assert refused.value.terms["name"] == "Jonas Jonaitis"


async def test_two_drafts_at_once_are_two_matters(home: Home) -> None:
    with open_desk(home, FUND) as first, open_desk(home, FUND) as second:
        await asyncio.gather(*(each.draft(RASA, ACTS["contract-change"], CHANGE, NOW) for each in (first, second)))
        await first.load()
        assert list(first.state.matters) == ["D-1", "D-2"]


async def test_killed_after_it_was_sent_and_before_that_was_kept_it_is_sent_again_and_taken_once(home: Home) -> None:
    with open_desk(home, FUND) as desk:
        await proposed(desk)
        confirmed = await desk.confirm(JONAS, "D-1", NOW, NOW)
    await _publish(home, confirmed.raw.encode())
    await asyncio.to_thread(sender(home).send_all)
    with open_desk(home, FUND) as desk:
        await desk.load()
        assert (desk.matter("D-1").stage, desk.matter("D-1").outcome) == ("answered", "known")
        assert sent(home, desk.matter("D-1")) == ["contract.changed"]


async def _publish(home: Home, raw: bytes) -> None:
    async with fund(home.path) as stack:
        await stack.publish([raw], own=True)


async def test_two_senders_at_once_send_it_once(home: Home) -> None:
    with open_desk(home, FUND) as desk:
        await proposed(desk)
        matter = await desk.confirm(JONAS, "D-1", NOW, NOW)
    tried = await asyncio.gather(*(asyncio.to_thread(sender(home).send_all) for _ in range(3)), return_exceptions=True)
    assert all(each is None or isinstance(each, HomeHeld) for each in tried), tried
    assert None in tried
    assert sent(home, matter) == ["contract.changed"]


async def test_a_page_that_confirms_what_is_being_sent_beside_it_has_the_answer(home: Home) -> None:
    """Given a matter that the console sends again by itself, when its page sends it too, then the page waits and knows."""

    class Slow(Sender):
        began, may_go_on, times = threading.Event(), threading.Event(), 0

        def _of_event(self, matter: Matter) -> Answered:
            Slow.times += 1
            self.began.set()
            assert self.may_go_on.wait(60)
            return super()._of_event(matter)

    slow = Slow(Settings(home=home.path, moment="event"), home, FUND)
    with open_desk(home, FUND) as desk:
        await proposed(desk)
        matter = await desk.confirm(JONAS, "D-1", NOW, NOW)
        beside = asyncio.create_task(asyncio.to_thread(slow.send_all))
        await asyncio.to_thread(slow.began.wait, 60)
        page = asyncio.create_task(asyncio.to_thread(slow.send, desk, matter))
        slow.may_go_on.set()
        await beside
        assert ((await page).stage, Slow.times) == ("answered", 1)


async def test_while_the_fund_can_t_take_it_it_waits_and_is_sent_when_it_can(home: Home) -> None:
    with open_desk(home, FUND) as desk:
        await proposed(desk)
        await desk.confirm(JONAS, "D-1", NOW, NOW)
        with held(home, FUND.fund_id), pytest.raises(Stop, match="is in use"):
            await asyncio.to_thread(sender(home).send_all)
        await asyncio.to_thread(sender(home).send_all)
        await desk.load()
        assert desk.matter("D-1").outcome == "taken"
        assert desk.unsent() == []


async def test_what_the_fund_refuses_comes_back_with_every_term(home: Home) -> None:
    with open_desk(home, FUND) as desk:
        await proposed(desk, CHANGE | {"ceiling_cents": 10**13})
        await desk.confirm(JONAS, "D-1", NOW, NOW)
        await asyncio.to_thread(sender(home).send_all)
        await desk.load()
        (why,) = desk.matter("D-1").reasons
        assert desk.matter("D-1").outcome == "refused"
        assert (why.code, why.rule) == ("share_exceeded", "13")
        assert why.terms["asked_cents"] == 10**13


async def test_the_name_stays_in_the_desks_journal(home: Home) -> None:
    with open_desk(home, FUND) as desk:
        await proposed(desk)
        await desk.confirm(JONAS, "D-1", NOW, NOW)
    await asyncio.to_thread(sender(home).send_all)
    assert b"Rasa" not in home.journal.read_bytes()
    desk_file = home.desk / JOURNAL
    with sqlite3.connect(desk_file) as connection:
        teach(connection)
        bodies = b"".join(body for (body,) in connection.execute("SELECT plain(body) FROM commits"))
    assert "Rasa Rasaitė".encode() in bodies
    assert b"Jonas Jonaitis" in bodies


async def test_a_journal_of_the_desk_that_was_changed_is_not_believed(home: Home) -> None:
    with open_desk(home, FUND) as desk:
        await proposed(desk)
    with sqlite3.connect(home.desk / JOURNAL) as connection:
        teach(connection)
        changed = "CAST(replace(plain(body), 'Rasa', 'Ruta') AS BLOB)"
        connection.execute(f"UPDATE commits SET body = {changed} WHERE version = 1")
    with open_desk(home, FUND) as desk, pytest.raises(Broken, match="its journal was changed"):
        await desk.load()


async def test_another_desk_begun_anew_sends_under_other_ids(home: Home) -> None:
    ids = []
    for moment in (NOW, NOW.replace(minute=1)):
        with open_desk(home, FUND) as desk:
            matter = await desk.draft(RASA, ACTS["contract-change"], CHANGE, moment)
            ids.append(event_id(matter))
        for each in home.desk.glob("desk.sqlite3*"):
            each.unlink()
    assert len(set(ids)) == 2


def test_the_folder_says_who_works_here_and_nothing_else(tmp_path: Path) -> None:
    home = Home(path=tmp_path)
    assert people_of(home).all() == ()
    assert not home.desk.exists(), "nobody has begun a desk by looking"
