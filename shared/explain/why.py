"""The whole story of one invoice, out of the journal: each event about it, with its points and all their numbers."""

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from shared.explain.sentences import Lang, has_words, numbers, sentence
from shared.journal.events import Data, RecordedEvent, facts, spellings
from shared.kernel.fund import Fund
from shared.kernel.value import value

ABOUT = ("invoice_id", "by", "corrects")
"""Fields that say that an event is about an invoice; a credit and its invoice are each other's story."""
SHORTAGE, WITHDRAWN = "shortage.declared", "overrun.withdrawn"


@value
class Quoted:
    """A point of law as it was in force on the day of a decision."""

    number: str
    act: str
    wording: str


@value
class Step:
    """One event of the story: when, what in a sentence, by which points, and the numbers that decided."""

    moment: datetime
    day: date
    service: str
    type: str
    event_id: str
    cause: str
    sentence: str
    rules: tuple[str, ...]
    numbers: tuple[tuple[str, str], ...]
    data: Data


@value
class Story:
    """All that happened to an invoice, in order, and the points that decided it."""

    invoice_id: str
    steps: tuple[Step, ...]
    points: tuple[Quoted, ...]


def story_of(connection: sqlite3.Connection, fund: Fund, invoice_id: str, lang: Lang) -> Story | None:
    """The story of an invoice; None where the journal knows no such invoice. Raises sqlite3.Error."""
    tokens = [*spellings(invoice_id), SHORTAGE.encode(), WITHDRAWN.encode()]
    told = list(chosen(facts(connection, tokens), invoice_id))
    if not told:
        return None
    return Story(
        invoice_id=invoice_id,
        steps=tuple(step(fact, fund, lang, invoice_id) for fact in told),
        points=tuple(quoted(told, fund, lang)),
    )


def step(fact: RecordedEvent, fund: Fund, lang: Lang, invoice_id: str) -> Step:
    """An event as a person reads it; the other invoices that a notice covers are no part of this one's story."""
    covered = [each for each in fact.data.get("invoices") or () if _names(each, invoice_id)]
    return Step(
        moment=fact.moment,
        day=fact.day,
        service=fact.service,
        type=fact.type,
        event_id=fact.event_id,
        cause=fact.cause,
        sentence=sentence(fact.type, fact.data, lang),
        rules=tuple(fund.statute.cited(number, fact.day) for number in fact.data.get("rules") or ()),
        numbers=tuple(numbers(fact.data, lang)),
        data=fact.data | {"invoices": covered} if "invoices" in fact.data else fact.data,
    )


def chosen(found: Iterable[RecordedEvent], invoice_id: str) -> Iterator[RecordedEvent]:
    """What is about the invoice: it is named, a notice covers it, or its account was short while it was to be paid."""
    account, pay_on, to_pay, notices = ("", ""), "", False, set[str]()
    for fact in found:
        data = fact.data
        if fact.type == SHORTAGE:
            if to_pay and (data["payer"], data["source"]) == account and pay_on <= data["on"]:
                yield fact
        elif fact.type == WITHDRAWN:
            if data["notice_no"] in notices:
                yield fact
        elif has_words(fact.type) and _is_about(data, invoice_id):
            yield fact
            if data.get("notice_no"):
                notices.add(str(data["notice_no"]))
            if data.get("invoice_id") == invoice_id:
                account = (data.get("payer", account[0]), data.get("source", account[1]))
                pay_on = data.get("pay_on", pay_on)
                to_pay = _to_pay(fact.type, data, before=to_pay)


def _is_about(data: Data, invoice_id: str) -> bool:
    covered = data.get("invoices") or ()
    return any(data.get(name) == invoice_id for name in ABOUT) or any(_names(each, invoice_id) for each in covered)


def _names(covered: object, invoice_id: str) -> bool:
    """Whether what a notice says of an invoice is of this one."""
    return covered == invoice_id or (isinstance(covered, dict) and covered["invoice_id"] == invoice_id)


def _to_pay(type_: str, data: Data, *, before: bool) -> bool:
    """Whether something of the invoice is scheduled and not ordered after an event: then a shortage concerns it."""
    match type_:
        case "payment.scheduled" | "payments.scheduled_as_before" | "payment.rejected" | "payment.returned":
            return True
        case "payment.deferred" | "payment.carried" | "payments.put_back":
            return False
        case "payment.ordered":
            return bool(data["partial"])
        case _:
            return before


def quoted(told: Iterable[RecordedEvent], fund: Fund, lang: Lang) -> Iterator[Quoted]:
    """Each point that decided, once, in the wording of the day; a point of an earlier wording is not quoted."""
    seen: set[tuple[str, date]] = set()
    for fact in told:
        for number in fact.data.get("rules") or ():
            point = fund.statute.point(number, fact.day)
            if point and (number, point.from_day) not in seen:
                seen.add((number, point.from_day))
                wording = point.wording_lt if lang == fund.languages[0] else point.summary_en
                yield Quoted(number=point.cited or number, act=point.act, wording=wording)
