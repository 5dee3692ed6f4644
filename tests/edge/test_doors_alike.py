"""What the cluster's gate answers of an event is what the embedded door answers, whatever event comes from outside.

Random histories and a few events by hand are played through the services; what these said lies on topics then, as the
relay puts it there, and a gate reads them. A type that is added later is missed here until it is played, and until the
gate knows what a service says of it.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import starmap
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from services.all import SERVICES
from shared.adapters.kafka.relay import _headers
from shared.adapters.local import LocalBus
from shared.adapters.sqlite.store import SqliteStore, connect
from shared.edge.audience import CAUSES
from shared.edge.book import Book, Entry
from shared.edge.gate import FOLLOWS, Gate
from shared.edge.signatures import Signatures
from shared.edge.topics_feed import TopicsLibrary
from shared.engine.engine import Engine
from shared.engine.ingress import INGRESS
from shared.engine.keys import Keys
from shared.engine.outbox import Message
from shared.events.catalogue import INTERNAL, OUTSIDE, SERVICE
from shared.explain.results import Answer, Answers
from shared.kernel.fund import Fund
from shared.messages.read import parse
from tests.edge.test_edge_answers import AT, Topics
from tests.model.generate import history
from tests.runtime.funds import FUND, day, event, invoice, worked_start

SEEDS = range(24)
CLERKS = replace(FUND, sodra_review="clerk")
SILENT = {"day.started", "account.credited", "revenue.received"}
"""What no service answers: it is taken, or laid aside."""
BY_CONTENT = {"invoice.submitted"}
TABLE = {(type_, follows) for type_, all_of_it in FOLLOWS.items() for follows in all_of_it}
BESIDE = {("sodra.statement.submitted", "compensation.due"), ("payer.year.reported", "balance.return.ordered")}
"""What is said of the same matter beside the answer."""


@dataclass
class Played:
    """What came from outside and was taken or refused, as the embedded door answered it, and all that was told."""

    given: list[tuple[bytes, Answer]] = field(default_factory=list)
    told: list[Message] = field(default_factory=list)


async def played(raws: Sequence[bytes], fund: Fund) -> Played:
    connection, found, fresh = connect(None), Played(), list[Message]()
    engines = {each.name: Engine(each, fund, SqliteStore(connection, each.name)) for each in SERVICES}
    bus = LocalBus(Engine(INGRESS, fund, SqliteStore(connection, INGRESS.name)), list(engines.values()), [fresh.extend])
    await bus.start()
    for raw in raws:
        fresh.clear()
        await bus.receive([raw])
        answers = Answers(fresh, engines["invoicing"])
        answers.add(raw)
        (answer,) = answers.given
        if answer.outcome in ("taken", "refused") and answer.type not in BY_CONTENT:
            found.given.append((raw, answer))
        found.told += [message for message in fresh if message.topic not in OUTSIDE | INTERNAL.keys()]
    return found


async def at_the_gate(book: Book, played: Played) -> list[Answer]:
    """What a gate answers to the same events, after it has read what the services told, and no receipt yet."""
    library = TopicsLibrary(book, "")
    await library.take([_record(number, message) for number, message in enumerate(played.told)], {})
    gate: Any = Gate(Topics(), library, Signatures(Keys), arrival=False)  # type: ignore[arg-type]
    given: list[Answer] = await gate.take([raw for raw, _ in played.given], 0, own=True)
    return given


def _entry(number: int, message: Message) -> Entry:
    """As the journal gives it to the book of the embedded door."""
    return Entry(place="journal", number=number, type=message.topic, raw=message.raw, caused_by=message.caused_by)


def _record(number: int, message: Message) -> Any:  # noqa: ANN401 - a record of Kafka
    headers = tuple((name, text.encode()) for name, text in _headers(message).items())
    return SimpleNamespace(
        topic=message.topic, partition=0, offset=number, value=message.raw, headers=headers, timestamp=0
    )


def answered(played: Played) -> list[set[str]]:
    """Of each event what the services said because of it, of the same matter."""
    said = defaultdict[tuple[str, str, str], set[str]](set)
    for message in played.told:
        if message.topic in SERVICE and message.event:
            told = message.event
            said[message.caused_by, str(told.causationid), str(told.subject)].add(message.topic)
    events = [parse(raw, outside=True) for raw, _ in played.given]
    return [said[each.source, each.id, each.data.about()] for each in events]


def by_hand() -> list[bytes]:
    """What random histories do not tell: a month without a budget, a letter brought by hand, a clerk at Sodra's desk."""
    at, year = "2022-03-05T12:00:00+02:00", {"year": 2022, "quarter": 1, "submission": 1}
    expenses = [{"article": "04", "amount_cents": 1}]
    letter = {"how": "by_hand", "delivered_by": "J. J.", "delivered_on": "2022-03-05", "delivered_at": "11:00"}
    letter |= {"document": "N-1", "letter_sha256": "0" * 64}
    sums = dict.fromkeys(("transferred_cents", "offset_cents", "related_cents", "compensation_cents"), 0)
    statement, april = year | sums, "2022-04-02T12:00:00+03:00"
    transfer = {"year": 2022, "kind": "9.2", "amount_cents": 1}
    plan = {"document": "D-1", "expenses": expenses}
    merger, contract = {"payer": "VLK", "into": "TLK-KAUNAS", "on": "2022-04-01"}, json.loads(worked_start()[2])
    contract |= {"id": "c-2", "subject": "C-2", "data": contract["data"] | {"contract_id": "C-2", "review": "clerk"}}
    bill, iban = json.loads(invoice("B1", 500, at))["data"] | {"contract_id": "C-2"}, "LT121000011101001000"
    review = {"invoice_id": "300111224/B1", "contract_id": "C-2", "verdict": "accept"}
    return [
        *worked_start()[:6],
        json.dumps(contract).encode(),
        day("2022-03-05"),
        event("/vlk", "m-1", "month.plan.approved", at, plan | {"month": "2022-04"}),
        event("/vlk", "m-2", "month.plan.approved", at, plan | {"month": "2023-01"}),
        event("/vlk", "o-1", "overrun.delivered", at, letter | {"notice_no": "2022-04-9"}),
        event("/vlk", "o-2", "overrun.delivered", at, letter | {"notice_no": "2022-04-1"}),
        event("/vlk", "p-1", "payer.merged", at, merger),
        event("/vlk", "a-1", "contract.account.proposed", at, {"contract_id": "C-9", "iban": iban}),
        event("/providers/300111224", "b-1", "invoice.submitted", at, bill),
        event("/tlk/TLK-KAUNAS", "b-2", "invoice.reviewed", at, review),
        event("/treasury", "t-1", "reserve.transfer.reported", at, {**transfer, "on": "2022-03-05"}),
        day("2022-04-02"),
        event("/sodra", "s-1", "sodra.statement.submitted", april, statement),
        event("/vlk", "s-2", "sodra.statement.reviewed", april, year | {"verdict": "return"}),
        event("/sodra", "s-3", "sodra.statement.submitted", april, statement | {"submission": 2}),
        event("/vlk", "s-4", "sodra.statement.reviewed", april, year | {"submission": 2, "verdict": "approve"}),
    ]


def test_each_event_from_outside_is_answered_or_known_to_be_taken_silently() -> None:
    assert {*FOLLOWS} == OUTSIDE - SILENT - BY_CONTENT
    assert {(cause, type_) for type_, causes in CAUSES.items() for cause in causes} <= TABLE


async def test_both_doors_answer_each_event_alike_and_nothing_of_the_table_is_left_unplayed(tmp_path: Path) -> None:
    stories = [await played(by_hand(), CLERKS)]
    stories += [await played([json.dumps(each).encode() for each in history(seed)], FUND) for seed in SEEDS]
    pairs = set[tuple[str, str]]()
    for number, story in enumerate(stories):
        ours, theirs = Book(tmp_path / f"ours-{number}", "VLK"), Book(tmp_path / f"theirs-{number}", "VLK")
        given = await at_the_gate(theirs, story)
        for (raw, answer), gates, said in zip(story.given, given, answered(story), strict=True):
            reasons = list(answer.reasons) if answer.reasons else None
            outcome = answer.outcome if said else "queued"
            assert (gates.outcome, gates.reasons) == (outcome, reasons), (raw, said)
            pairs |= {(answer.type, type_) for type_ in said}
        ours.write(starmap(_entry, enumerate(story.told)), {})
        for source in {json.loads(raw)["source"] for raw, _ in story.given}:
            own, at_the_other = ({item.raw for item in book.page(source, "", 100_000).items} for book in (ours, theirs))
            assert own == at_the_other, source
        ours.close()
        theirs.close()
    assert pairs == TABLE | BESIDE


async def test_who_waits_does_not_wait_for_what_nobody_says_of_an_event_that_is_taken(tmp_path: Path) -> None:
    library = TopicsLibrary(Book(tmp_path / "book", "VLK"), "")
    gate: Any = Gate(Topics(), library, Signatures(Keys), arrival=False)  # type: ignore[arg-type]
    merger = {"payer": "TLK-VILNIUS", "into": "TLK-KAUNAS", "on": "2022-04-01"}
    async with asyncio.timeout(10):
        (given,) = await gate.take([event("/vlk", "p-1", "payer.merged", AT, merger)], 60, own=True)
    assert given.outcome == "queued"
    library.book.close()


async def test_what_a_service_has_laid_aside_is_answered_so_whenever_it_comes(tmp_path: Path) -> None:
    """By days that can't be, and under an id of before: a service says so at the event's own moment, and once for each."""
    data = {"payer": "VLK", "source": "PSDF", "amount_cents": 100, "value_on": "2031-03-04", "reference": "R-1"}
    far, first = event("/treasury", "c-1", "account.credited", AT, data), worked_start()[2]
    other = first.replace(b"2022-12-31", b"2022-11-30")
    assert other != first
    story = await played([*worked_start()[:4], other, far], FUND)
    story.given = [(raw, Answer(id="", type="", outcome="taken")) for raw in (first, other, far)]
    book = Book(tmp_path / "book", "VLK")
    taken, *parked = await at_the_gate(book, story)
    assert taken.outcome == "taken"
    for answer, why in zip(parked, ("came before with other content", "2031"), strict=True):
        assert (answer.outcome, why in str(answer.error), bool(answer.parked_id)) == ("parked", True, True), answer
    book.close()
