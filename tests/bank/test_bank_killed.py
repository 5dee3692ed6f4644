"""kill -9 before and after each act of the desk: the bank's sum is what was ordered, to the cent, and no order twice."""

import asyncio
from datetime import timedelta

import pytest

from tests.bank.independent import VLK, Place, Told
from tests.bank.lives import CUT_OFF, MOST_ACTS, ORDERS, lives


async def whole(place: Place) -> None:
    """What the bank carried out is what was ordered, and what the fund was told is what the bank carried out."""
    told = Told()
    await told.publish((place.path / "told.ndjson").read_bytes().splitlines())
    wanted = {order.said.end_to_end_id: [order.said.amount_cents] for order in ORDERS}  # type: ignore[union-attr]
    assert place.paid() == wanted
    assert told.outcomes() == {order.said.order_id: ["executed"] for order in ORDERS}  # type: ignore[union-attr]
    desk = place.desk()
    await desk.load()
    assert desk.state.statements[VLK.iban].closing_cents == -sum(sum(amounts) for amounts in wanted.values())
    assert len(desk.state.files) == 1


@pytest.mark.faults
@pytest.mark.parametrize("step", ["the file leaves", "the answers come", "the statement comes"])
def test_killed_at_each_act_everything_is_paid_once(place: Place, step: str) -> None:
    """Every act of a step is killed in turn; each life goes on from where the last one was killed."""
    deaths = 0
    for name in ("the file leaves", "the answers come", "the statement comes"):
        now = CUT_OFF + timedelta(days=name == "the statement comes")
        for dies_at in range(1, MOST_ACTS) if name == step else ():
            if lives(place.path, now, dies_at):
                break
            deaths += 1
            if deaths % 2:
                place.scan()  # the bank may look into the folder between two lives
        assert lives(place.path, now)
        place.scan()
        if name == "the answers come":
            place.advance()
    assert deaths >= {"the file leaves": 6, "the answers come": 4, "the statement comes": 2}[step]
    assert lives(place.path, CUT_OFF + timedelta(days=1))
    asyncio.run(whole(place))


ACTS = {0: 10, 1: 10, 2: 4}
"""So many acts, each with death before and after it, has each step at least."""


@pytest.mark.faults
@pytest.mark.parametrize(("step", "dies_at"), [(step, n) for step, acts in ACTS.items() for n in range(1, acts + 1)])
def test_killed_once_at_each_act(place: Place, step: int, dies_at: int) -> None:
    """The file leaves (0), its answers come (1), the day's statement comes (2); the bank looks after each life."""
    for number in range(3):
        now = CUT_OFF + timedelta(days=number == 2)
        if number == step:
            assert not lives(place.path, now, dies_at)
            place.scan()
        assert lives(place.path, now)
        place.scan()
        if number == 1:
            place.advance()
    assert lives(place.path, CUT_OFF + timedelta(days=1))
    asyncio.run(whole(place))
