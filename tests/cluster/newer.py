"""A next version of the services, as far as others see it: what they say has a field more, and there is a type more.

It is made from this one when a process starts (``PSDF_TEST_VERSION=newer``): its records know the new field, and it says it.
"""

import json
from collections.abc import Sequence
from dataclasses import field, make_dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from shared.adapters.kafka import relay as kafka_relay
from shared.engine.outbox import Message
from shared.events.catalogue import CATALOGUE
from shared.messages import ours as said
from shared.messages import read as envelope

GROWN = ("invoice.accepted", "payment.scheduled", "budget.adopted", "contract.concluded")
NEW_TYPE = "invoice.noted"
ADDED = "channel"


def install() -> None:
    """Be the next version: in this process, before anything is read or said."""
    for kind in GROWN:
        record: Any = CATALOGUE[kind]
        added = (ADDED, str | None, field(default=None, kw_only=True))
        CATALOGUE[kind] = make_dataclass(record.__name__, [added], bases=(record,), slots=True, kw_only=True)
    for cached in (said.decoder_of, envelope._reader):
        cached.cache_clear()
    tell = kafka_relay.Producer.tell

    async def tell_more(self: kafka_relay.Producer, messages: Sequence[Message]) -> Sequence[kafka_relay.Left]:
        return await tell(self, [each for message in messages for each in newer(message)])

    kafka_relay.Producer.tell = tell_more  # type: ignore[method-assign]


def newer(message: Message) -> list[Message]:
    """A message as the next version says it; behind an accepted invoice, one of the new type."""
    if message.topic not in GROWN:
        return [message]
    event = json.loads(message.raw)
    event["data"][ADDED] = "e-invoice"
    more = [Message(topic=message.topic, raw=json.dumps(event).encode())]
    if message.topic == "invoice.accepted":
        noted = {**event, "type": NEW_TYPE, "id": str(uuid5(NAMESPACE_URL, event["id"]))}
        more.append(Message(topic=NEW_TYPE, raw=json.dumps(noted).encode()))
    return more
