"""The console over a copy of a cluster's journals: what lies on topics alone, what a release was heard by, made anew."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.sqlite.store import SqliteStore
from shared.console.index.ask import asking
from shared.console.index.follow import Follower
from shared.engine.faults import Unavailable
from shared.engine.ingress import INGRESS
from shared.engine.journal import Commit
from shared.journal.copy import Copier, mark_as_copy
from shared.journal.home import Home, held, reading, writing
from shared.journal.journals import SqliteJournals
from shared.journal.parked import again, find_parked, parked_events
from shared.journal.set_aside import SetAside, keep, read_behind
from tests.console.desks import a_fund
from tests.runtime.funds import FUND, fund, psdf

CHANGE = "contract.change.proposed"


class OfServices(SqliteJournals):
    """The journals as a cluster has them: the door is Kafka."""

    async def services(self) -> list[str]:
        return [name for name in await super().services() if name != INGRESS.name]


async def copied(own: Home, copy: Home) -> int:
    """Copy what is new."""
    with reading(own) as connection:
        return await Copier(OfServices(connection), copy).copy()


class Away(SqliteStore):
    """A service's journal that does not answer after the first stream that is read."""

    reads = 0

    async def read(self, stream: str | None = None, after: int = 0) -> AsyncIterator[Commit]:
        self.reads += 1
        if self.reads > 1:
            raise Unavailable("the store does not answer")
        async for commit in super().read(stream, after):
            yield commit


class GoesAway(OfServices):
    """The journals of a cluster whose store is stopped while they are read."""

    is_back = False

    def store(self, service: str) -> SqliteStore:
        return super().store(service) if self.is_back else Away(self._connection, service)


async def test_a_store_that_goes_away_while_it_is_read_leaves_nothing_out_of_the_copy(tmp_path: Path) -> None:
    await asyncio.to_thread(a_fund, tmp_path / "own")
    own, copy = Home(path=tmp_path / "own"), Home(path=tmp_path / "copy")
    with held(copy, FUND.fund_id), reading(own) as connection:
        journals = GoesAway(connection)
        copier = Copier(journals, copy)
        with pytest.raises(Unavailable):
            await copier.copy()
        journals.is_back = True
        await copier.copy()
        with reading(copy) as copied_to:
            for service in await journals.services():
                heads = await SqliteStore(copied_to, service).heads()
                assert heads == await journals.store(service).heads()


@pytest.fixture
def homes(tmp_path: Path) -> tuple[Home, Home]:
    """A fund with a parked change of a contract, and a copy of its journals without what came from outside."""
    a_fund(tmp_path / "own")
    own, copy = Home(path=tmp_path / "own"), Home(path=tmp_path / "copy")
    with held(copy, FUND.fund_id):
        mark_as_copy(copy, "psdf")
        asyncio.run(copied(own, copy))
    return own, copy


def parked(copy: Home, index: Path) -> dict[str, Any]:
    """Each parked message of the index, made to date: the day of its release, by its type."""
    with closing(Follower(copy, FUND, index)) as follower:
        follower.catch_up()
    with asking(index) as asked:
        return {row["topic"]: row["released"] for row in asked.rows("SELECT topic, released FROM parked")}


def of_the_door(own: Home, topic: str) -> SetAside:
    """What the door of the fund laid aside; on a cluster it lies on a topic."""
    with reading(own) as connection:
        (found,) = [each for each in parked_events(connection) if each.topic == topic]
    return SetAside(
        id=found.id,
        service="contracts",
        topic=found.topic,
        received=found.received,
        error=found.error,
        raw_base64=found.raw_base64,
    )


def release(own: Home, aside: SetAside) -> None:
    raw = again(aside.id, base64.b64decode(aside.raw_base64))
    assert raw

    async def publish() -> None:
        async with fund(own.path) as stack:
            await stack.publish([raw])

    asyncio.run(publish())


def test_what_lies_on_topics_alone_is_shown_once_and_read_on_from_where_it_was(homes: tuple[Home, Home]) -> None:
    own, copy = homes
    aside, index = of_the_door(own, CHANGE), copy.path / "console.sqlite3"
    assert parked(copy, index) == {}
    for behind in (1, 2):
        with writing(copy) as connection:
            keep(connection, [aside], {f"{CHANGE}.parked/0": behind})
        assert parked(copy, index) == {CHANGE: None}
    with reading(copy) as connection:
        assert read_behind(connection) == {f"{CHANGE}.parked/0": 2}
        assert find_parked(parked_events(connection), aside.id[:8]).error == aside.error
    assert CHANGE in psdf("parked", "list", home=copy.path).stdout


def test_a_release_is_known_by_its_id_also_to_an_index_that_is_made_anew(homes: tuple[Home, Home]) -> None:
    own, copy = homes
    aside, index = of_the_door(own, CHANGE), copy.path / "console.sqlite3"
    with writing(copy) as connection:
        keep(connection, [aside], {})
    assert parked(copy, index) == {CHANGE: None}
    release(own, aside)
    assert asyncio.run(copied(own, copy)) > 0
    assert parked(copy, index) == {CHANGE: "2022-02-07"}
    assert parked(copy, copy.path / "anew.sqlite3") == {CHANGE: "2022-02-07"}
