"""Rule versions: the same events under the law in force and as of another day, and the decisions that differ.

A pay order annulled by a court, a term changed in the middle of a year: what would have been decided otherwise, and in
which fields. Both runs are in memory; the fund's own journal is not touched.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from shared.adapters.sqlite.store import connect
from shared.engine.outbox import Message
from shared.events.catalogue import INTERNAL, OUTSIDE
from shared.kernel.fund import Fund
from shared.kernel.value import value
from shared.reports.simulate import Play


@value
class Differing:
    """A decision that differs: its type, what it is about, the how-many-eth of them, and each field in both runs.

    A decision that only one run took has the field ``decided`` (True, False). ``moment`` is when it was taken.
    """

    type: str
    subject: str
    number: int
    fields: dict[str, tuple[object, object]]


Decided = dict[tuple[str, str, int], dict[str, Any]]


async def compare(raws: Iterable[bytes], in_force: Fund, as_of: Fund) -> list[Differing]:
    """Play events under both funds (``load_fund()`` and ``load_fund(as_of=DAY)``), and list what differs, in order.

    Of each pair the first value is the law in force, the second the law as of the other day. Events that can't be read
    are parked in both runs alike.
    """
    events = list(raws)
    first, second = await decided(events, in_force), await decided(events, as_of)
    keys = sorted(first.keys() | second.keys(), key=lambda key: (order(first, second, key), key))
    differing = []
    for key in keys:
        fields = fields_that_differ(first.get(key), second.get(key))
        if fields:
            differing.append(Differing(type=key[0], subject=key[1], number=key[2], fields=fields))
    return differing


async def decided(events: Iterable[bytes], fund: Fund) -> Decided:
    """Every decision that the services told, by type, subject and number."""
    connection = connect(None)
    try:
        play = Play(connection, fund)
        await play.start()
        await play.receive(events)
        found: Decided = {}
        for message in play.told:
            add(found, message)
    finally:
        connection.close()
    return found


def add(found: Decided, message: Message) -> None:
    """Take a decision; what came from outside and what is under way within is none."""
    if message.topic in OUTSIDE or message.topic in INTERNAL:
        return
    event: dict[str, Any] = msgspec.json.decode(message.raw)
    data = {"moment": event["time"], **event["data"]} if isinstance(event.get("data"), dict) else dict(event)
    number = 1
    while (message.topic, str(event.get("subject", "")), number) in found:
        number += 1
    found[message.topic, str(event.get("subject", "")), number] = data


def order(first: Decided, second: Decided, key: tuple[str, str, int]) -> str:
    """When a decision was taken, in the run that took it first."""
    moments = [str(run[key]["moment"]) for run in (first, second) if key in run and "moment" in run[key]]
    return min(moments, default="")


def fields_that_differ(first: dict[str, Any] | None, second: dict[str, Any] | None) -> dict[str, tuple[object, object]]:
    """The fields with both values, or that only one run decided."""
    if first is None or second is None:
        return {"decided": (first is not None, second is not None)}
    names = sorted(first.keys() | second.keys())
    return {name: (first.get(name), second.get(name)) for name in names if first.get(name) != second.get(name)}
