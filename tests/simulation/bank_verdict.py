"""What is wrong between the fund, its desk and the bank at the end: a line each, and none where all is well."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from shared.adapters.mongo.store import MongoStore
from shared.effects.bank.desk import NAME, STREAM, Desk
from shared.effects.bank.events import Event, FileSealed
from shared.effects.bank.sealing import cut_off_after
from shared.engine.codec import Codec, decode_decisions
from shared.engine.faults import Broken
from tests.simulation.journal import asked, journals, reading
from tests.simulation.loop import Stuck
from tests.simulation.others import FUND
from tests.simulation.verdict import messages_told
from tests.simulation.world import DATABASE, SMALL, World

SAID = ("no camt.054 came for it", "was not compared", "ask the bank", "not sent yet")
"""What may be set aside for a person where answers are late, lost or told twice."""


def desk_of(world: World) -> Desk:
    """The desk as its journal says, over a network that loses nothing."""
    desk = Desk(FUND, SMALL, MongoStore(reading(world).get_database(DATABASE), NAME), None)
    try:
        asked(world, desk.load())
    except (Broken, KeyError) as error:
        raise Stuck(f"the desk's journal contradicts itself: {error!r}") from error
    return desk


def at_rest(world: World, desk: Desk) -> bool:
    """Whether every file is answered, and no order waits past a cut-off."""
    now = world.true_now()
    waiting = [desk.state.orders[order_id] for order_id in desk.state.waiting]
    late = [order for order in waiting if cut_off_after(SMALL, FUND.calendar, order.collected_at) <= now]
    return world.books.quiet and not late and not desk.state.open_files and not desk.state.failed


def answered(world: World) -> set[str]:
    """The orders of which the fund has heard the outcome."""
    told = (json.loads(message.raw) for message in messages_told(journals(world)))
    return {each["data"]["order_id"] for each in told if each["type"] in ("payment.executed", "payment.rejected")}


def bank_judged(world: World) -> list[str]:
    """All that is wrong."""
    desk = desk_of(world)
    faults = [f"the bank: {each}" for each in world.books.wrong]
    faults += _files(world, desk)
    faults += _orders(world, desk)
    faults += _payments(world, desk)
    faults += _credits(world)
    faults += _statements(world, desk)
    faults += _told_once(world)
    odd = [aside.text for aside in desk.state.aside.values() if not any(each in aside.text for each in SAID)]
    return faults + [f"the desk set aside: {text}" for text in odd]


def _sealed(world: World) -> Iterator[FileSealed]:
    codec = Codec(Event)
    store = MongoStore(reading(world).get_database(DATABASE), NAME)
    for commit in asked(world, _commits(store)):
        for decision in decode_decisions(commit.body):
            yield from (e for e in map(codec.decode, decision.events) if isinstance(e, FileSealed))


async def _commits(store: MongoStore) -> list[Any]:
    return [commit async for commit in store.read(STREAM, 0)]


def _files(world: World, desk: Desk) -> Iterator[str]:
    """A file's bytes are built once, and these are what the bank has; an order is in one file."""
    sealed = list(_sealed(world))
    for file_id, times in Counter(each.file_id for each in sealed if each.orders).items():
        if times > 1:
            yield f"files: {file_id} was sealed {times} times"
    for order_id, times in Counter(order_id for each in sealed for order_id in each.orders).items():
        if times > 1:
            yield f"files: order {order_id} was sealed {times} times"
    for file_id, content in world.books.came:
        file = desk.state.files.get(file_id)
        if file is None or file.sealed.content != content:
            yield f"files: the bank has other bytes of {file_id} than were sealed"
        elif len(file.approved_by) < file.sealed.approvals or len(set(file.approved_by)) < len(file.approved_by):
            yield f"files: {file_id} left, approved by {file.approved_by} of {file.sealed.approvals}"
    for file_id, file in desk.state.files.items():
        if file.sent_at and file_id not in world.books.files:
            yield f"files: {file_id} is said to be sent, and the bank has none"


def _orders(world: World, desk: Desk) -> Iterator[str]:
    """What the bank carried out is what the desk has of each order: its sum, its account, its outcome."""
    of = {order.end_to_end_id: order for order in desk.state.orders.values()}
    for payment in world.books.payments.values():
        order = of.get(payment.end_to_end_id)
        if order is None:
            yield f"orders: the bank has {payment.end_to_end_id}, which nobody has ordered"
        elif (order.amount_cents, order.iban, order.outcome) != (payment.cents, payment.iban, payment.outcome):
            said = f"{order.amount_cents} cents to {order.iban} {order.outcome}"
            yield f"orders: {order.order_id} is {said} here, and at the bank {payment}"
    for order in desk.state.orders.values():
        if order.file_id and order.end_to_end_id not in world.books.payments:
            yield f"orders: {order.order_id} left in {order.file_id}, and the bank has none"


def _payments(world: World, desk: Desk) -> Iterator[str]:
    """The sums that the fund has ordered are the bank's, to the cent; what it has heard of them is what the bank did."""
    heard: dict[str, list[str]] = defaultdict(list)
    ordered: dict[str, dict[str, Any]] = {}
    for message in messages_told(journals(world)):
        event = json.loads(message.raw)
        data = event["data"]
        if event["type"] == "payment.ordered":
            ordered[data["order_id"]] = data
        elif event["type"] in ("payment.executed", "payment.rejected", "payment.returned"):
            heard[data["order_id"]].append(event["type"].rpartition(".")[2])
    for order_id, data in ordered.items():
        payment = world.books.payments.get(data["end_to_end_id"])
        if payment is not None and order_id in world.paid_before:
            yield f"payments: {order_id} was answered before there was a desk, and is at the bank too: {payment}"
        elif payment is not None:
            wanted = ["executed", "returned"] if payment.outcome == "returned" else [payment.outcome]
            if heard[order_id] != wanted or payment.cents != data["amount_cents"] or payment.iban != _iban(data):
                yield f"payments: of {order_id} the fund heard {heard[order_id]}, {data}; the bank has {payment}"
        elif not heard[order_id] and order_id not in desk.state.waiting:
            yield f"payments: {order_id} was ordered, and neither waits nor is at the bank"
    at_bank = sum(each.cents for each in world.books.payments.values() if each.outcome in ("executed", "returned"))
    by_desk = {order.end_to_end_id for order in desk.state.orders.values() if order.kind != "payment"}
    others = sum(p.cents for name, p in world.books.payments.items() if name in by_desk and p.outcome != "rejected")
    paid = [data for data in ordered.values() if data["end_to_end_id"] in world.books.payments]
    executed = sum(data["amount_cents"] for data in paid if "executed" in heard[data["order_id"]])
    if at_bank != executed + others:
        yield f"payments: {executed + others} cents were ordered and executed, and the bank has {at_bank}"


def _iban(data: dict[str, Any]) -> str:
    return str(data.get("iban") or SMALL.sodra.iban)


def _credits(world: World) -> Iterator[str]:
    """What came to each account is what the fund was told of it, each credit once."""
    told: Counter[str] = Counter()
    for event in _of_the_desk(world).values():
        if event["type"] == "account.credited":
            told[SMALL.accounts[event["data"]["payer"], event["data"]["source"]].iban] += event["data"]["amount_cents"]
    for iban, cents in world.books.credited.items():
        if told[iban] != cents:
            yield f"credits: {cents} cents came to {iban}, and the fund was told {told[iban]}"


def _of_the_desk(world: World) -> dict[str, dict[str, Any]]:
    """What the desk has told, each event once by its id: those of histories have other ids."""
    events = [
        json.loads(r.value or b"") for r in world.log.taken if r.topic == "account.credited" and _is_event(r.value)
    ]
    return {event["id"]: event for event in events if event["data"].get("reference", "").startswith("C")}


def _is_event(raw: bytes | None) -> bool:
    try:
        return isinstance(json.loads(raw or b"")["data"], dict)
    except (ValueError, KeyError, TypeError):
        return False


def _statements(world: World, desk: Desk) -> Iterator[str]:
    """Each account's last day is closed with the same sum in both books."""
    for iban, account in world.books.accounts.items():
        known = desk.state.statements.get(iban)
        if account.statements and (
            known is None
            or (known.number, known.closing_cents, known.ours_cents)
            != (account.statements, account.closing_cents, account.closing_cents)
        ):
            yield f"statements: the bank closed {iban} with {account.closing_cents} cents, the desk has {known}"


def _told_once(world: World) -> Iterator[str]:
    """An event of the desk has one content, however often it is told."""
    said: dict[str, bytes] = {}
    for record in world.log.taken:
        if record.topic in ("payment.reported", "reserve.transfer.reported") and _is_event(record.value):
            event = json.loads(record.value or b"")
            if said.setdefault(event["id"], record.value or b"") != record.value:
                yield f"told: {record.topic} {event['id']} says two things"
