"""Signatures proved again, of a journal that is kept: each still fits, by the key that was good when its event came."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any, get_args

from shared.edge.signatures import FORMS, fault_of
from shared.engine.codec import Codec, Decision, Received, decode_decisions
from shared.engine.ingress import INGRESS, STREAM, OfKeys
from shared.engine.journal import Store
from shared.engine.keys import Keys
from shared.journal.events import written
from shared.journal.home import Home, reading
from shared.messages.read import Malformed, parse

_WORDS = [written(record.type) for record in get_args(OfKeys)]
_HOLD = "SELECT plain(body) FROM commits WHERE service = ? AND holds(body, ?, ?) ORDER BY rowid"
_codec = Codec(INGRESS.domains[STREAM].events)


def keys_of(home: Home) -> Keys:
    """The registry as it stands in the journal of a home. Raises HomeError."""
    keys = Keys()
    with reading(home) as connection:
        for (body,) in connection.execute(_HOLD, [INGRESS.name, *_WORDS]):
            for _ in _said(body, keys):
                continue
    return keys


async def unfit(store: Store) -> AsyncIterator[str]:
    """Each event of the door's journal whose signature does not hold, and why.

    What the fund's own people sent has none, and is not asked for one. Raises Unavailable.
    """
    keys = Keys()
    async for commit in store.read(STREAM):
        for decision, said in _said(commit.body, keys):
            if isinstance(said, Received) and (fault := _fault(said.raw, decision, keys)):
                yield f"event {decision.id} of {decision.source}: {fault}"


def _said(body: bytes, keys: Keys) -> Iterator[tuple[Decision, Any]]:
    """What a commit of the door says, in order; the registry is then as it was after it."""
    for decision in decode_decisions(body):
        for entry in decision.events:
            said = _codec.decode(entry)
            if isinstance(said, OfKeys):
                keys.fold(said)
            yield decision, said


def _fault(raw: bytes, decision: Decision, keys: Keys) -> str | None:
    if not any(form in raw for form in FORMS):
        return None
    try:
        event = parse(raw, outside=False)
    except Malformed as malformed:
        return malformed.error
    return fault_of(event, datetime.fromisoformat(decision.moment), keys, must=False)
