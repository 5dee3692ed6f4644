"""The gate's ingress: what comes over HTTP is read and checked here, and lies on its topic when it is answered.

The door is the one way in for others: a record that lies on a topic was keyed, partitioned and checked here, whatever
client and partitioner its sender has.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from typing import Any
from uuid import uuid5

import msgspec
from aiokafka.errors import KafkaError
from starlette.exceptions import HTTPException

from shared.adapters.kafka.relay import Producer
from shared.edge.answers import Library, awaited
from shared.edge.body import RETRY_AFTER_S
from shared.edge.book import about_cause, about_invoice, about_parked
from shared.edge.door import receipt_of
from shared.edge.signatures import Signatures
from shared.engine.cut import cut
from shared.engine.ingress import Check, read_one
from shared.engine.outbox import NAMESPACE, Message, parked_topic
from shared.events.catalogue import OUTSIDE
from shared.events.providers import InvoiceSubmitted
from shared.explain.results import ANSWERS, SHOWN, Answer
from shared.kernel.calendar import VILNIUS
from shared.messages.read import UNKNOWN, Event, Malformed
from shared.messages.write import cloud_event

NAME = "gate"
_STATEMENT = ("sodra.statement.approved", "sodra.statement.returned")
FOLLOWS: Mapping[str, tuple[str, ...]] = {
    "budget.approved": ("budget.adopted", "budget.refused"),
    "distribution.proposed": ("distribution.adopted", "distribution.refused"),
    "month.plan.approved": ("month.plan.adopted", "month.plan.refused"),
    "contract.proposed": ("contract.concluded", "contract.refused"),
    "contract.change.proposed": ("contract.changed", "contract.change.refused"),
    "contract.ended": ("contract.changed", "contract.change.refused"),
    "contract.account.proposed": ("contract.account.confirmed", "contract.change.refused"),
    "payer.merged": ("payer.merger.refused",),
    "invoice.reviewed": ("invoice.accepted", "invoice.returned", "invoice.refused", "invoice.review.refused"),
    "payment.reported": ("payment.executed", "payment.rejected", "payment.returned"),
    "administration.paid": ("administration.counted", "administration.refused"),
    "overrun.delivered": ("overrun.notified", "overrun.delivery.refused"),
    "surplus.proposed": ("surplus.allotted", "surplus.refused"),
    "reserve.use.proposed": ("reserve.use.allowed", "reserve.use.refused"),
    "reserve.transfer.approved": ("reserve.transfer.refused",),
    "reserve.transfer.reported": ("reserve.transfer.done", "reserve.transfer.refused"),
    "sodra.statement.submitted": _STATEMENT,
    "sodra.statement.reviewed": _STATEMENT,
    "payer.year.reported": ("payer.year.accepted", "payer.year.refused"),
    "recovery.claimed": ("recovery.demanded", "recovery.refused"),
    "recovery.settled": ("recovery.repaid", "recovery.set_off", "recovery.written_off", "recovery.refused"),
}
"""What a service says because of an event, one of these at once. Where only a refusal stands, it says nothing of what
it takes; of a type that is not here it says nothing. (Invoices are answered by their content, and not from here.)"""


@dataclass(slots=True)
class _Taken:
    """An event that was read, or why it can't be."""

    raw: bytes
    event: Event | None
    malformed: Malformed | None
    at: datetime
    parked_id: str = ""


class Gate:
    """Puts events on their topics, and finds in the book what became of them."""

    def __init__(self, producer: Producer, library: Library, signatures: Signatures, *, arrival: bool) -> None:
        """Take the producer, the book, the check of signatures; ``arrival`` takes the broker's time as the moment."""
        self._producer, self._library, self._signatures, self._arrival = producer, library, signatures, arrival

    async def take(self, raws: Sequence[bytes], wait_s: float, *, own: bool = False) -> list[Answer]:
        """Make the events durable on their topics; answered with what is known of each, after at most ``wait_s``.

        ``own``: their sender is known already, and they need no signature.
        Raises HTTPException 503 where the broker does not acknowledge all: sent again, nothing counts twice.
        """
        check = (lambda *_: None) if own else self._signatures
        taken = [self._read(raw, check) for raw in raws]
        try:
            await self._producer.tell([_message(each) for each in taken])
        except (KafkaError, OSError) as error:
            raise HTTPException(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"the broker did not acknowledge all of it ({type(error).__name__}): send it again, it counts once",
                {"Retry-After": str(RETRY_AFTER_S)},
            ) from None

        async def decided() -> list[Answer] | None:
            given = self._answers(taken)
            return None if any(map(_is_awaited, given)) else given

        return await awaited(wait_s, self._library, decided) or self._answers(taken)

    def _read(self, raw: bytes, check: Check) -> _Taken:
        now = datetime.now(VILNIUS)
        try:
            event = read_one(raw, now if self._arrival else None, check)
        except Malformed as malformed:
            return _Taken(raw, None, malformed, now)
        return _Taken(raw, event, None, now)

    def _answers(self, taken: Sequence[_Taken]) -> list[Answer]:
        return [self._answer(each) for each in taken]

    def _answer(self, taken: _Taken) -> Answer:
        """What is known of an event by now."""
        if taken.malformed:
            error, type_ = taken.malformed.error, taken.malformed.topic
            return Answer(id=None, type=type_, outcome="parked", error=error, parked_id=taken.parked_id)
        event = taken.event
        assert event
        answer = Answer(id=event.id, type=event.type, outcome="queued", receipt=receipt_of(taken.raw))
        if isinstance(event.data, InvoiceSubmitted):
            answer.invoice_id = event.data.invoice_id
        for about in _abouts(event, taken.raw):
            if (found := self._library.book.decision(about)) and _fill(answer, taken.at, *found):
                return answer
        return answer


def _is_awaited(answer: Answer) -> bool:
    """Whether something is still to be said to an event, soon."""
    follows = FOLLOWS.get(answer.type, ANSWERS if answer.type == InvoiceSubmitted.type else ())
    return answer.outcome == "queued" and not all(map(_refuses, follows))


def _abouts(event: Event, raw: bytes) -> Iterator[str]:
    """Under which names a decision on the event would be found: first on its very bytes, then on what it says."""
    yield about_parked(sha256(raw).hexdigest())
    if isinstance(event.data, InvoiceSubmitted):
        yield about_invoice(event.data.invoice_id, event.content.hex())
    for type_ in FOLLOWS.get(event.type, ()):
        yield about_cause(type_, event.data.about(), event.source, event.id)


def _fill(answer: Answer, at: datetime, type_: str, raw: bytes) -> bool:
    """Take over what a service said.

    False for what was laid aside unread, by the gate, or before these bytes came: now it may be read. What was laid
    aside because of what it says, as of its cause, is answered so for ever: a service hears it once.
    """
    said: dict[str, Any] = msgspec.json.decode(raw)
    data = said["data"]
    if type_.endswith(parked_topic("")):
        was_read = said.get("causationid") == answer.id
        if not was_read and (said["source"] == f"/{NAME}" or datetime.fromisoformat(said["time"]) < at):
            return False
        answer.outcome, answer.error, answer.parked_id = "parked", data["error"], said["id"]
        return True
    if answer.type == InvoiceSubmitted.type:
        answer.outcome, answer.reasons = ANSWERS[type_], data.get("reasons")
        answer.dates = {name: data[name] for name in SHOWN if data.get(name)}
    elif _refuses(type_):
        answer.outcome, answer.reasons = "refused", data.get("reasons")
    else:
        answer.outcome = "taken"
    return True


def _refuses(type_: str) -> bool:
    """Whether a service refuses an event with it; where a clerk's word refuses an invoice, the word is taken."""
    return type_.endswith(".refused") and type_ not in ANSWERS


def _message(taken: _Taken) -> Message:
    """The message that says it: the event byte for byte, or what could not be read, with the error."""
    if taken.event:
        return Message(topic=taken.event.type, raw=taken.raw, event=taken.event)
    malformed = taken.malformed
    assert malformed
    received, digest = taken.at.isoformat(), sha256(taken.raw).hexdigest()
    taken.parked_id = str(uuid5(NAMESPACE, f"{NAME}/parked/{digest}/{received}"))
    data = {"topic": malformed.topic, "received": received, "error": malformed.error, **cut(taken.raw, "")}
    topic = parked_topic(malformed.topic if malformed.topic in OUTSIDE else UNKNOWN)
    raw = cloud_event(
        id_=taken.parked_id, source=f"/{NAME}", type_=topic, subject=malformed.topic, time=received, data=data
    )
    return Message(topic=topic, raw=raw)
