"""What stands in a journal's file, read event by event: for stories, lists and answers; nothing is folded here."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, TypeAlias

import msgspec

from shared.engine.codec import Decision, Entry, Received, decode_decisions
from shared.engine.outbox import name_of
from shared.kernel.value import value

Data: TypeAlias = dict[str, Any]

TOKENS_AT_ONCE = 20


@value
class RecordedEvent:
    """One event as a service decided it, or as it came from outside (``service`` is door).

    ``event_id`` is the id under which it was told; ``cause`` is the id of the event that caused the decision, ``day``
    the legal day that it was decided on. ``decision`` numbers decisions, so that what was decided together is known;
    ``number`` is the event's own in its stream.
    """

    service: str
    stream: str
    number: int
    decision: tuple[str, int]
    event_id: str
    moment: datetime
    day: date
    cause: str
    type: str
    data: Data


def written(text: str) -> bytes:
    """How the services write a text in JSON, with its quotes: what is looked for in the journal."""
    return msgspec.json.encode(text)


def spellings(text: str) -> tuple[bytes, ...]:
    """How others may write it: an event from outside is kept as it came."""
    ascii_only = json.dumps(text).encode()
    return tuple(dict.fromkeys((written(text), ascii_only, ascii_only.replace(b"/", rb"\/"))))


def facts(
    connection: sqlite3.Connection,
    tokens: Sequence[bytes],
    *,
    service: str | None = None,
    stream: str | None = None,
) -> Iterator[RecordedEvent]:
    """The events that hold one of the tokens, in the order in which they became durable.

    Only commits that hold one are read, and only such events are decoded. Raises sqlite3.Error.
    """
    assert 0 < len(tokens) <= TOKENS_AT_ONCE
    where = [f"holds(body{', ?' * len(tokens)})"]
    values: list[bytes | str] = list(tokens)
    for column, wanted in (("service", service), ("stream", stream)):
        if wanted is not None:
            where.append(f"{column} = ?")
            values.append(wanted)
    query = f"SELECT service, stream, plain(body) FROM commits WHERE {' AND '.join(where)} ORDER BY rowid"  # noqa: S608
    for found_service, found_stream, body in connection.execute(query, values):
        for decision in decode_decisions(body):
            for offset, entry in enumerate(decision.events):
                said = b'"%s"%s' % (entry.type.encode(), bytes(entry.data))
                if any(token in said for token in tokens):
                    yield fact(found_service, found_stream, decision, offset, entry)


def fact(service: str, stream: str, decision: Decision, offset: int, entry: Entry) -> RecordedEvent:
    """One event of a stored decision."""
    type_, event_id = entry.type, name_of(service, stream, decision.position + offset)
    data = msgspec.json.decode(entry.data)
    if type_ == Received.type:
        type_, event_id, data = data["type"], data["id"], data["data"]
    return RecordedEvent(
        service=service,
        stream=stream,
        number=decision.position + offset,
        decision=(f"{service}/{stream}", decision.position),
        event_id=event_id,
        moment=datetime.fromisoformat(decision.moment),
        day=decision.day,
        cause=decision.id,
        type=type_,
        data=data,
    )
