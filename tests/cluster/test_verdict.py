"""The judge of a campaign sees what is lost, doubled or changed."""

from tests.cluster.history import Event, History, history
from tests.cluster.verdict import answered, certain, differs, exactly, lost_or_doubled
from tests.invariants.auditor import audit


async def small() -> History:
    return await history(3, days=1, invoices=30)


def one(events: list[Event], kind: str) -> Event:
    return next(event for event in events if event["type"] == kind)


async def test_an_undisturbed_run_is_without_fault() -> None:
    told = await small()
    assert list(lost_or_doubled(told.told, told.told)) == []
    assert list(answered(told, told.told)) == []
    assert audit(told.inbound(), told.told) == []


async def test_what_was_never_told_or_never_decided_is_seen() -> None:
    said = (await small()).told
    lost = one(said, "payment.ordered")
    assert list(lost_or_doubled([e for e in said if e is not lost], said)) == [
        f"topics: payment.ordered {lost['id']} was never told"
    ]
    assert list(lost_or_doubled([*said, {**lost, "id": "other"}], said)) == [
        "topics: payment.ordered other was never decided"
    ]


async def test_an_answer_that_is_missing_or_comes_twice_is_seen() -> None:
    told = await small()
    accepted, order = one(told.told, "invoice.accepted"), one(told.told, "payment.ordered")
    without = [event for event in told.told if event is not accepted]
    assert f"{accepted['data']['invoice_id']}: no answer" in list(answered(told, without))
    twice = [*told.told, {**order, "id": "other"}]
    assert f"payment.ordered {order['data']['order_id']}: 2 times" in list(answered(told, twice))


async def test_a_cent_of_difference_is_seen() -> None:
    said = (await small()).told
    changed = [{**e, "data": {**e["data"], "amount_cents": 1}} if e["type"] == "invoice.accepted" else e for e in said]
    assert list(differs(map(exactly, certain(said)), map(exactly, certain(said)), "x")) == []
    assert list(differs(map(exactly, certain(said)), map(exactly, certain(changed)), "x"))
