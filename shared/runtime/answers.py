"""What is answered to who sends events: for an invoice the answer that stands now, also when it comes again."""

import base64
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal, TypeAlias

import msgspec

from services.invoicing.app import stream_of
from services.invoicing.views import waiting_for
from shared.engine.announce import Message
from shared.engine.handle import Engine
from shared.kernel.value import value
from shared.messages.catalogue import OUTSIDE
from shared.messages.envelope import Event, Malformed, parse
from shared.messages.providers import InvoiceSubmitted
from shared.runtime.facts import Data, facts, written

PARKED = ".parked"
Reading: TypeAlias = Callable[[], AbstractContextManager[sqlite3.Connection]]
Outcome: TypeAlias = Literal["accepted", "returned", "refused", "waiting", "parked", "taken", "known"]
"""Of an invoice one of the first five; of others ``refused``, ``parked``, ``taken``, or ``known`` (came before)."""

ANSWERS: dict[str, Outcome] = {
    "invoice.accepted": "accepted",
    "invoice.returned": "returned",
    "invoice.refused": "refused",
}
SHOWN = ("received_on", "check_by", "accepted_on", "due_on")


class Answer(msgspec.Struct, omit_defaults=True):
    """How one event was taken. ``error`` is why it was parked, ``dates`` are those of the invoice's answer."""

    id: str | None
    type: str
    outcome: Outcome
    invoice_id: str | None = None
    reasons: list[Data] | None = None
    error: str | None = None
    waits_for: str | None = None
    dates: dict[str, str] | None = None


@value
class Told:
    """What was told while the events were published, found by what it answers."""

    taken: frozenset[tuple[str, str]]
    invoices: dict[tuple[str, str], tuple[str, Data]]
    parked: dict[bytes, str]
    refused: dict[str, Data]


def answers(raws: Sequence[bytes], messages: Iterable[Message], invoicing: Engine, reading: Reading) -> list[Answer]:
    """An answer for each message, in their order. Raises sqlite3.Error."""
    told = _sort(messages)
    return [_answer(raw, told, invoicing, reading) for raw in raws]


def _sort(messages: Iterable[Message]) -> Told:
    taken: set[tuple[str, str]] = set()
    invoices: dict[tuple[str, str], tuple[str, Data]] = {}
    parked: dict[bytes, str] = {}
    refused: dict[str, Data] = {}
    for message in messages:
        if message.topic in OUTSIDE and message.event:
            taken.add((message.event.source, message.event.id))
        elif message.topic in ANSWERS:
            data = _envelope(message)["data"]
            invoices[data["invoice_id"], data["content"]] = (message.topic, data)
        elif message.topic.endswith(PARKED):
            data = _envelope(message)["data"]
            parked[base64.b64decode(data["raw_base64"])] = data["error"]
        elif message.topic.endswith(".refused"):
            envelope = _envelope(message)
            refused[envelope["causationid"]] = envelope["data"]
    return Told(taken=frozenset(taken), invoices=invoices, parked=parked, refused=refused)


def _envelope(message: Message) -> dict[str, Any]:
    envelope: dict[str, Any] = msgspec.json.decode(message.raw)
    return envelope


def _answer(raw: bytes, told: Told, invoicing: Engine, reading: Reading) -> Answer:
    try:
        event = parse(raw, outside=True)
    except Malformed as malformed:
        return Answer(id=None, type=malformed.topic, outcome="parked", error=malformed.error)
    if raw in told.parked:
        return Answer(id=event.id, type=event.type, outcome="parked", error=told.parked[raw])
    if isinstance(event.data, InvoiceSubmitted):
        return _of_invoice(event, event.data, told, invoicing, reading)
    if event.id in told.refused:
        reasons = told.refused[event.id]["reasons"]
        return Answer(id=event.id, type=event.type, outcome="refused", reasons=reasons)
    taken = (event.source, event.id) in told.taken
    return Answer(id=event.id, type=event.type, outcome="taken" if taken else "known")


def _of_invoice(event: Event, data: InvoiceSubmitted, told: Told, invoicing: Engine, reading: Reading) -> Answer:
    """The answer just given, that it waits, or the one given before to the same content."""
    invoice_id, content, stream = data.invoice_id, event.content.hex(), stream_of(data.provider_code)
    answer = Answer(id=event.id, type=event.type, outcome="known", invoice_id=invoice_id)
    given = told.invoices.get((invoice_id, content))
    waits = None if given else waiting_for(invoicing.state(stream), invoice_id, content)
    if waits:
        answer.outcome, answer.waits_for = "waiting", waits.waits_for
        answer.dates = {"received_on": waits.received_on.isoformat(), "check_by": waits.check_by.isoformat()}
        return answer
    given = given or _given_before(reading, stream, invoice_id, content)
    if given:
        type_, said = given
        answer.outcome, answer.reasons = ANSWERS[type_], said.get("reasons")
        answer.dates = {name: said[name] for name in SHOWN if said.get(name)}
    return answer


def _given_before(reading: Reading, stream: str, invoice_id: str, content: str) -> tuple[str, Data] | None:
    """The last answer that the journal holds to this content under this number."""
    with reading() as connection:
        found = facts(connection, [written(content)], service="invoicing", stream=stream)
        return next(
            (
                (fact.type, fact.data)
                for fact in reversed(list(found))
                if fact.type in ANSWERS and fact.data["invoice_id"] == invoice_id
            ),
            None,
        )
