"""The people's desk over every store: what one process has done another knows, and the second of two is told who was first."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from shared.adapters.mongo.beside import store_beside
from shared.desk.acts import ACTS
from shared.desk.desk import NAME, Desk, event_id
from shared.desk.events import Answered
from shared.desk.matters import NotDone
from shared.engine.faults import Broken
from shared.engine.own_stream import Journal
from shared.kernel.calendar import VILNIUS
from tests.desk.acting import JONAS, RASA, person
from tests.ports.stores import Place, place
from tests.runtime.funds import FUND

__all__ = ["place"]

NOW = datetime(2022, 2, 7, 10, tzinfo=VILNIUS)
CHANGE: dict[str, Any] = {"contract_id": "C-1", "ceiling_cents": 1_000_000_00}
PLACES = (("contract.change.proposed/0", 1),)


async def desk(place: Place) -> Desk:
    """A desk of a process of its own."""
    made = Desk(FUND, await place.open(NAME))
    await made.load()
    return made


async def test_what_one_process_did_the_next_one_goes_on_from(place: Place) -> None:
    drafted = await (await desk(place)).draft(RASA, ACTS["contract-change"], CHANGE, NOW)
    await (await desk(place)).propose(RASA, drafted.id, NOW)
    confirmed = await (await desk(place)).confirm(JONAS, drafted.id, NOW, NOW)
    known = await desk(place)
    assert [each.raw for each in known.unsent()] == [confirmed.raw]
    assert event_id(known.matter(drafted.id)) in confirmed.raw
    await known.sent(drafted.id, PLACES, NOW)
    await (await desk(place)).sent(drafted.id, (("elsewhere/0", 9),), NOW)
    assert (await desk(place)).matter(drafted.id).places == PLACES, "where it was put first"
    await known.answered(Answered(matter=drafted.id, outcome="taken"), NOW)
    last = (await desk(place)).matter(drafted.id)
    assert (last.stage, last.by, last.decided_by) == ("answered", RASA.name, JONAS.name)
    assert [done for _, done, _ in last.history] == ["drafted", "proposed", "confirmed", "sent", "answered"]


async def test_of_two_who_confirm_at_once_the_second_is_told_who_was_first(place: Place) -> None:
    one = await desk(place)
    drafted = await one.draft(RASA, ACTS["contract-change"], CHANGE, NOW)
    await one.propose(RASA, drafted.id, NOW)
    two = await desk(place)
    await one.confirm(JONAS, drafted.id, NOW, NOW)
    with pytest.raises(NotDone, match="Jonas Jonaitis"):
        await two.confirm(person("Kita", "second"), drafted.id, NOW, NOW)
    assert len((await desk(place)).unsent()) == 1


async def test_a_journal_that_was_changed_stops_the_desk(place: Place) -> None:
    await (await desk(place)).draft(RASA, ACTS["contract-change"], CHANGE, NOW)
    (commit,) = [each async for each in (await place.open(NAME)).read(NAME)]
    other = await place.open("other")
    fields = {name: getattr(commit, name) for name in ("stream", "version", "prev_hash", "hash")}
    await other.append([type(commit)(**fields, body=commit.body.replace(b"C-1", b"C-2"))])
    with pytest.raises(Broken, match="its journal was changed"):
        await Desk(FUND, other).load()


@pytest.mark.connected
async def test_threads_and_commands_ask_the_clusters_store_from_loops_of_their_own(
    request: pytest.FixtureRequest, fund: str
) -> None:
    url = request.getfixturevalue("stack").mongo_url

    def drafts(store: Journal, contract: str) -> str:
        made = Desk(FUND, store)
        return asyncio.run(made.draft(RASA, ACTS["contract-change"], CHANGE | {"contract_id": contract}, NOW)).id

    def asked() -> list[str]:
        with store_beside(url, fund, NAME) as store:
            made = [drafts(store, f"C-{number}") for number in range(3)]
            again = Desk(FUND, store)
            asyncio.run(again.load())
            assert list(again.state.matters) == made
            return made

    assert await asyncio.to_thread(asked) == ["D-1", "D-2", "D-3"]
