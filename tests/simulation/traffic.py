"""What is sent to the simulated fund: a history of the generator, and where each of its events lies."""

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from aiokafka import TopicPartition

from shared.adapters.kafka.keys import partition_of
from shared.events.treasury import AccountCredited
from shared.kernel.calendar import DAY
from shared.messages.read import Malformed, parse
from tests.cluster.fleet import FUND_ID, place_of
from tests.cluster.history import started
from tests.model.generate import history
from tests.model.plain import vilnius
from tests.simulation.bank import Books
from tests.simulation.world import SMALL

Event = dict[str, Any]
SOON = {30: 5, 60: 15}
"""Days of payment, and what they are where the bank's desk is played."""
DAYS, MOST_EVENTS = 130, 240
"""The longest history that is told here, in days and in events: more seeds find more than longer ones."""


def told(seed: int) -> list[Event]:
    """A history of the generator, cut where it is long."""
    return list(every_day(history(seed, DAYS)[:MOST_EVENTS]))


def every_day(events: Iterable[Event]) -> Iterator[Event]:
    """With the days that the clock has left out: what is delivered between two of them has no place in one of both."""
    last: date | None = None
    for event in events:
        on = vilnius(moment(event))
        while last and last < on - DAY:
            last += DAY
            yield started(last)
        if event["type"] != "day.started" and last and last < on:
            yield started(on)
        last = max(on, last or on)
        yield event


def of_the_bank(event: Event, books: Books | None, credited: set[str]) -> bool:
    """Whether an event is the bank's to tell: money comes to an account there, and answers are its own.

    Before there is a desk (no ``books``) the treasury tells of money as it is.
    """
    if event["type"] in ("payment.reported", "reserve.transfer.reported"):
        return True
    if books is None or event["type"] != "account.credited":
        return False
    try:
        said = parse(raw(event), outside=True).of(AccountCredited)
    except Malformed:
        return False
    if event["id"] not in credited:
        credited.add(event["id"])
        books.credit(SMALL.accounts[said.payer, said.source].iban, said.amount_cents)
    return True


def soon_paid(event: Event) -> Event:
    """The same, with contracts that are paid within days: a history is short, and the bank is to have much to do."""
    if event["type"] != "contract.proposed" or event["data"].get("payment_days") not in SOON:
        return event
    return {**event, "data": {**event["data"], "payment_days": SOON[event["data"]["payment_days"]]}}


def raw(event: Event) -> bytes:
    return json.dumps(event, ensure_ascii=False).encode()


def moment(event: Event) -> datetime:
    return datetime.fromisoformat(event["time"])


def places(sent: bytes, partitions: int) -> Iterator[tuple[TopicPartition, bytes]]:
    """Where an event from outside is put by whoever sends it, and its key; a day to each partition."""
    topic, key = place_of(sent)
    numbers = range(partitions) if topic == "day.started" else [partition_of(key or FUND_ID, partitions)]
    for number in numbers:
        yield TopicPartition(topic, number), key.encode()
