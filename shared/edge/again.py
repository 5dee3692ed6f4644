"""Signatures proved again, of a journal that is kept: each still fits, by the key that was good when its event came."""

from collections.abc import AsyncIterator
from datetime import datetime

import msgspec

from shared.edge.signatures import FORMS, fault_of
from shared.engine.codec import Codec, Decision, Received, decode_decisions
from shared.engine.ingress import INGRESS, STREAM, OfKeys
from shared.engine.journal import Store
from shared.engine.keys import Keys
from shared.events.keys import KeyRegistered, KeyRevoked
from shared.journal.events import facts, written
from shared.journal.home import Home, reading
from shared.messages.read import Malformed, parse


def keys_of(home: Home) -> Keys:
    """The registry as it stands in the journal of a home. Raises HomeError."""
    words: dict[str, type[OfKeys]] = {record.type: record for record in (KeyRegistered, KeyRevoked)}
    keys = Keys()
    with reading(home) as connection:
        for fact in facts(connection, [written(type_) for type_ in words], service=INGRESS.name):
            if fact.type in words:
                keys.fold(msgspec.convert(fact.data, words[fact.type], strict=False))
    return keys


async def unfit(store: Store) -> AsyncIterator[str]:
    """Each event of the door's journal whose signature does not hold, and why.

    What the fund's own people sent has none, and is not asked for one. Raises Unavailable.
    """
    keys, codec = Keys(), Codec(INGRESS.domains[STREAM].events)
    async for commit in store.read(STREAM):
        for decision in decode_decisions(commit.body):
            for entry in decision.events:
                said = codec.decode(entry)
                if isinstance(said, OfKeys):
                    keys.fold(said)
                elif isinstance(said, Received) and (fault := _fault(said.raw, decision, keys)):
                    yield f"event {decision.id} of {decision.source}: {fault}"


def _fault(raw: bytes, decision: Decision, keys: Keys) -> str | None:
    if not any(form in raw for form in FORMS):
        return None
    try:
        event = parse(raw, outside=False)
    except Malformed as malformed:
        return malformed.error
    return fault_of(event, datetime.fromisoformat(decision.moment), keys, must=False)
