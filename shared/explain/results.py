"""What is answered to who sends events: for an invoice the answer that stands now, also when it comes again."""

import base64
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Literal, TypeAlias

import msgspec

from services.invoicing.service import stream_of
from services.invoicing.views import waiting_for
from shared.engine.engine import Engine
from shared.engine.outbox import Message
from shared.events.catalogue import OUTSIDE
from shared.events.providers import InvoiceSubmitted
from shared.journal.events import TOKENS_AT_ONCE, Data, facts, written
from shared.kernel.value import value
from shared.messages.read import Event, Malformed, parse

PARKED = ".parked"
Reading: TypeAlias = Callable[[], AbstractContextManager[sqlite3.Connection]]
Outcome: TypeAlias = Literal["accepted", "returned", "refused", "waiting", "parked", "taken", "known", "queued"]
"""Of an invoice one of the first five; of others ``refused``, ``parked``, ``taken``, or ``known`` (came before).

``queued``: it is durable, and nothing more is known of it yet (on the cluster).
"""

ANSWERS: dict[str, Outcome] = {
    "invoice.accepted": "accepted",
    "invoice.returned": "returned",
    "invoice.refused": "refused",
}
Fault: TypeAlias = Callable[[Event], str | None]
"""Why an event is not of whom it names; None where it is."""
Content: TypeAlias = tuple[str, str]
"""An invoice's id, and the digest of what it says in hexadecimal digits."""
SHOWN = ("received_on", "check_by", "accepted_on", "due_on")


def no_fault(_: Event) -> None:
    """Senders are known otherwise."""


class Answer(msgspec.Struct, omit_defaults=True):
    """How one event was taken: ``dates`` are those of the invoice's answer, ``error`` is why it was parked.

    ``parked_id`` is the id under which it was parked; none where the same was parked before at the same moment.
    """

    id: str | None
    type: str
    outcome: Outcome
    invoice_id: str | None = None
    reasons: list[Data] | None = None
    error: str | None = None
    waits_for: str | None = None
    dates: dict[str, str] | None = None
    parked_id: str | None = None
    status: int = 0
    """What it would be answered over HTTP if it had come alone; 0 where it did not come over HTTP."""
    receipt: str | None = None
    """Where the receipt of its bytes is, over HTTP."""


@value
class Published:
    """What was told while the events were published, found by what it answers; ``read`` are the events themselves."""

    read: dict[bytes, Event]
    taken: frozenset[tuple[str, str]]
    invoices: dict[Content, tuple[str, Data]]
    parked: dict[bytes, list[tuple[str, str]]]
    refused: dict[tuple[str, str], Data]


@value
class Earlier:
    """An invoice that was answered before: its answer is in the journal, in that stream of invoicing."""

    stream: str
    content: Content


def answers(raws: Sequence[bytes], messages: Iterable[Message], invoicing: Engine, reading: Reading) -> list[Answer]:
    """An answer for each message, in their order. Raises sqlite3.Error."""
    given = Answers(messages, invoicing)
    for raw in raws:
        given.add(raw)
    given.fill(reading)
    return given.given


class Answers:
    """Answers that are made one by one, so that others may have their turn; ``fill`` looks up those given before."""

    def __init__(self, messages: Iterable[Message], invoicing: Engine, fault_of: Fault = no_fault) -> None:
        """Take what was told, and why an event that was not taken just now is not of whom it names."""
        self._fault_of = fault_of
        self.given: list[Answer] = []
        self._told, self._invoicing = _sort(messages), invoicing
        self._earlier: dict[Earlier, list[Answer]] = {}

    def add(self, raw: bytes) -> None:
        """Answer the next message, from what is in memory."""
        answer, earlier = _answer(raw, self._told, self._invoicing, self._fault_of)
        self.given.append(answer)
        if earlier:
            self._earlier.setdefault(earlier, []).append(answer)

    @property
    def are_given(self) -> bool:
        """Whether nothing is to be looked up."""
        return not self._earlier

    def fill(self, reading: Reading) -> None:
        """Read what was answered before from the journal, a stream at a time; may run beside the loop.

        Raises sqlite3.Error.
        """
        of_stream: dict[str, set[Content]] = {}
        for each in self._earlier:
            of_stream.setdefault(each.stream, set()).add(each.content)
        for stream, contents in of_stream.items():
            for content, found in _given_before(reading, stream, contents).items():
                for answer in self._earlier[Earlier(stream=stream, content=content)]:
                    _fill(answer, *found)


def _sort(messages: Iterable[Message]) -> Published:
    read: dict[bytes, Event] = {}
    invoices: dict[Content, tuple[str, Data]] = {}
    parked: dict[bytes, list[tuple[str, str]]] = {}
    refused: dict[tuple[str, str], Data] = {}
    for message in messages:
        event = message.event
        if event is None:
            continue  # only its bytes are known: it was told before this process began, and answers nobody
        if message.topic in OUTSIDE:
            read[message.raw] = event
        elif message.topic in ANSWERS:
            data = msgspec.to_builtins(event.data)
            invoices[data["invoice_id"], data["content"]] = (message.topic, data)
        elif message.topic.endswith(PARKED):
            data = msgspec.to_builtins(event.data)
            parked.setdefault(base64.b64decode(data["raw_base64"]), []).append((event.id, data["error"]))
        elif message.topic.endswith(".refused"):
            refused[message.caused_by, str(event.causationid)] = msgspec.to_builtins(event.data)
    taken = frozenset((event.source, event.id) for event in read.values())
    return Published(read=read, taken=taken, invoices=invoices, parked=parked, refused=refused)


def _answer(raw: bytes, told: Published, invoicing: Engine, fault_of: Fault) -> tuple[Answer, Earlier | None]:
    parked_id, error = _parked(raw, told)
    try:
        event = told.read.get(raw) or parse(raw, outside=True)
    except Malformed as malformed:
        parked = Answer(id=None, type=malformed.topic, outcome="parked", error=malformed.error, parked_id=parked_id)
        return parked, None
    taken = (event.source, event.id) in told.taken
    if not error and not taken:  # it was parked before, at the same moment: it is not answered as what it copies
        error = fault_of(event)
    if error:
        return Answer(id=event.id, type=event.type, outcome="parked", error=error, parked_id=parked_id), None
    if isinstance(event.data, InvoiceSubmitted):
        return _of_invoice(event, event.data, told, invoicing)
    if refused := told.refused.get((event.source, event.id)):
        return Answer(id=event.id, type=event.type, outcome="refused", reasons=refused["reasons"]), None
    return Answer(id=event.id, type=event.type, outcome="taken" if taken else "known"), None


def _parked(raw: bytes, told: Published) -> tuple[str | None, str | None]:
    """Under which id a message was parked, and why; the same bytes several times in a row, each under its own."""
    found = told.parked.get(raw)
    if not found:
        return None, None
    return found.pop(0) if len(found) > 1 else found[0]


def _of_invoice(
    event: Event, data: InvoiceSubmitted, told: Published, invoicing: Engine
) -> tuple[Answer, Earlier | None]:
    """The answer just given, or that it waits, or where the one given before to the same content is found."""
    invoice_id, content, stream = data.invoice_id, event.content.hex(), stream_of(data)
    answer = Answer(id=event.id, type=event.type, outcome="known", invoice_id=invoice_id)
    if given := told.invoices.get((invoice_id, content)):
        _fill(answer, *given)
    elif waits := waiting_for(invoicing.state(stream), invoice_id, content):
        answer.outcome, answer.waits_for = "waiting", waits.waits_for
        answer.dates = {"received_on": waits.received_on.isoformat(), "check_by": waits.check_by.isoformat()}
    else:
        return answer, Earlier(stream=stream, content=(invoice_id, content))
    return answer, None


def _fill(answer: Answer, type_: str, said: Data) -> None:
    """Take over what a service said of the invoice."""
    answer.outcome, answer.reasons = ANSWERS[type_], said.get("reasons")
    answer.dates = {name: said[name] for name in SHOWN if said.get(name)}


def _given_before(reading: Reading, stream: str, contents: set[Content]) -> dict[Content, tuple[str, Data]]:
    """The last answers that the journal holds to these contents under their numbers."""
    few = len(contents) <= TOKENS_AT_ONCE
    tokens = [written(content) for _, content in contents] if few else [written(type_) for type_ in ANSWERS]
    found: dict[Content, tuple[str, Data]] = {}
    with reading() as connection:
        for fact in facts(connection, tokens, service="invoicing", stream=stream):
            if fact.type in ANSWERS and (content := (fact.data["invoice_id"], fact.data["content"])) in contents:
                found[content] = (fact.type, fact.data)
    return found
