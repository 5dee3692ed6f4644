"""The bank's desk over every store: what one process has done, another one knows; the second of two is decided anew."""

import pytest

from shared.effects.bank.desk import NAME, Desk
from shared.engine.faults import Broken
from tests.bank.independent import FUND, MORNING, SETTINGS, VLK, Told
from tests.bank.test_answers_joined import CUT_OFF, ORDERS, Receives, entry, notification
from tests.ports.stores import Place, place

__all__ = ["place"]


async def desk(place: Place) -> Desk:
    """A desk of a process of its own."""
    made = Desk(FUND, SETTINGS, await place.open(NAME), Receives())  # type: ignore[arg-type]
    await made.load()
    return made


async def test_what_one_desk_did_the_next_one_goes_on_from(place: Place) -> None:
    await (await desk(place)).collect(ORDERS, MORNING)
    (sealed,) = await (await desk(place)).seal(CUT_OFF)
    await (await desk(place)).send(CUT_OFF)
    known = await desk(place)
    assert known.state.files[sealed.file_id].sealed.content == sealed.content
    assert known.state.files[sealed.file_id].state == "sent"
    await known.take("a", notification(*(entry(order) for order in ORDERS)), CUT_OFF)
    told = Told()
    assert await (await desk(place)).tell(told.publish) == 3
    assert set(map(tuple, told.outcomes().values())) == {("executed",)}
    last = await desk(place)
    assert [file.state for file in last.state.files.values()] == ["closed"]
    assert sum(last.state.booked[VLK.iban][sealed.on].values()) == -sealed.sum_cents


async def test_what_two_desks_do_at_once_is_done_once(place: Place) -> None:
    await (await desk(place)).collect(ORDERS, MORNING)
    one, two = await desk(place), await desk(place)
    assert len(await one.seal(CUT_OFF)) == 1
    assert await two.seal(CUT_OFF) == []
    await one.send(CUT_OFF)
    await two.send(CUT_OFF)
    assert len((await desk(place)).state.files) == 1
    assert [file.state for file in two.state.files.values()] == ["sent"]


async def test_a_journal_that_was_changed_stops_the_desk(place: Place) -> None:
    await (await desk(place)).collect(ORDERS[:1], MORNING)
    store = await place.open(NAME)
    (commit,) = [each async for each in store.read(NAME)]
    forged = commit.body.replace(b"1000", b"1001")
    assert forged != commit.body
    other = await place.open("other")
    await other.append([type(commit)(**{**_fields(commit), "body": forged})])
    with pytest.raises(Broken, match="its journal was changed"):
        await Desk(FUND, SETTINGS, other, None).load()


def _fields(commit: object) -> dict[str, object]:
    return {name: getattr(commit, name) for name in ("stream", "version", "body", "prev_hash", "hash")}
