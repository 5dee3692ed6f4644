"""What if: the same code on a copy of the journals, played forward twice, with a change and without it.

Nothing is written to the original. Both plays see the same days, the same bank and the same ministry, and the same
invoices and money to come (the flow of a past year, or none), so whatever differs follows from the change.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from services.payments.events import Account
from shared.engine.outbox import Message
from shared.kernel.calendar import VILNIUS
from shared.kernel.fund import Fund
from shared.kernel.money import Cents
from shared.kernel.value import value
from shared.messages.read import parse
from shared.reports.flow import NOTHING, Flow, flow
from shared.reports.questions import Question, events_of
from shared.reports.simulate import Play, copy_of

KINDS = {
    "payment.ordered": "paid",
    "payment.deferred": "deferred",
    "overrun.notified": "notified",
    "payment.overdue": "late",
    "shortage.declared": "short",
}
TOTALS = ("paid", "deferred", "notified", "late")
DAYS_SHORT = "days_short"


# --- the answers


@dataclass(slots=True)
class Sum:
    """How many, and how much (cents)."""

    count: int = 0
    cents: Cents = 0


Key: TypeAlias = tuple[date, str, str]
"""Day, article (empty where a whole account is meant), and kind: paid, deferred, notified, late, short."""


@dataclass(slots=True)
class Outcome:
    """What came of a play: sums by day, article and kind; what waits at the end by article and reason; cash."""

    sums: dict[Key, Sum] = field(default_factory=dict)
    waiting: dict[tuple[str, str], Sum] = field(default_factory=dict)
    cash: dict[Account, Cents] = field(default_factory=dict)


@value
class Line:
    """A day, article and kind in both plays. Cents."""

    day: date
    article: str
    kind: str
    baseline: Cents
    changed: Cents
    baseline_count: int
    changed_count: int

    @property
    def difference(self) -> Cents:
        """What the change adds; below 0 is what it takes away."""
        return self.changed - self.baseline


@value
class Total:
    """What is paid, deferred, notified or late in all, in cents; or the days short of cash, which have none."""

    kind: str
    baseline: Cents
    changed: Cents
    baseline_count: int
    changed_count: int


@value
class Answer:
    """Both plays side by side, from the day after ``today`` to the horizon; ``comes`` is what both assume to come."""

    today: date
    horizon: date
    comes: Flow
    baseline: Outcome
    changed: Outcome
    currency: str = "EUR"

    def lines(self) -> list[Line]:
        """Every day, article and kind that either play tells of, in order."""
        found = []
        for key in sorted(self.baseline.sums.keys() | self.changed.sums.keys()):
            before, after = self.baseline.sums.get(key, Sum()), self.changed.sums.get(key, Sum())
            found.append(
                Line(
                    day=key[0],
                    article=key[1],
                    kind=key[2],
                    baseline=before.cents,
                    changed=after.cents,
                    baseline_count=before.count,
                    changed_count=after.count,
                )
            )
        return found

    def differences(self) -> list[Line]:
        """The lines in which the plays differ."""
        return [x for x in self.lines() if (x.baseline, x.baseline_count) != (x.changed, x.changed_count)]

    def totals(self) -> list[Total]:
        """What is paid, deferred, notified and late in both plays, alike or not; and the days short of cash."""
        found = []
        for kind in TOTALS:
            mine = [line for line in self.lines() if line.kind == kind]
            sums = (sum(line.baseline for line in mine), sum(line.changed for line in mine))
            counts = (sum(line.baseline_count for line in mine), sum(line.changed_count for line in mine))
            found.append(_total(kind, sums, counts))
        short = [line for line in self.lines() if line.kind == "short"]
        days = (sum(x.baseline_count > 0 for x in short), sum(x.changed_count > 0 for x in short))
        return [*found, _total(DAYS_SHORT, (0, 0), days)]

    def waits(self) -> list[tuple[str, str, Sum, Sum]]:
        """What waits at the end where the plays differ: article, reason, and how much in either."""
        before, after = self.baseline.waiting, self.changed.waiting
        keys = sorted(before.keys() | after.keys())
        both = [(*key, before.get(key, Sum()), after.get(key, Sum())) for key in keys]
        return [each for each in both if each[2] != each[3]]


def _total(kind: str, sums: tuple[Cents, Cents], counts: tuple[int, int]) -> Total:
    return Total(kind=kind, baseline=sums[0], changed=sums[1], baseline_count=counts[0], changed_count=counts[1])


async def what_if(
    source: sqlite3.Connection | Path,
    fund: Fund,
    question: Question,
    horizon: date,
    also: Sequence[bytes] = (),
    *,
    like: int | None = NOTHING,
    passed: Callable[[int, int], None] = lambda _days, _of: None,
) -> Answer:
    """Play the journal forward to the horizon twice: as it is, and with the change.

    ``source`` is the journal's file, or a connection to it; it is only read. ``also`` are events that both plays see
    (invoices that are expected, say), beside the flow of the year that the days to come are ``like`` (``flow``).
    ``passed`` hears after each day how many were played, of how many in both plays. Raises
    ValueError for a question that can't be asked of this journal, Malformed for an event that can't be read,
    Unavailable for a file that is no journal.
    """
    first, second = copy_of(source), copy_of(source)
    try:
        play = Play(first, fund)
        await play.start()
        today = play.state("payments", "fund").today
        if today is None or horizon <= today:
            raise ValueError(f"horizon {horizon}: the journal stands on {today}, take a later day")
        number, days = count(1), 2 * (horizon - today).days
        play.day_passed = lambda: passed(next(number), days)
        comes = flow(first, play.state("contracts", "contracts"), like, today, horizon)
        also = [*also, *comes.events]
        without, with_change = events_of(question, play, today, horizon)
        baseline = await outcome(play, today, horizon, [*also, *without])
        other = Play(second, fund)
        other.day_passed = play.day_passed
        await other.start()
        changed = await outcome(other, today, horizon, [*also, *with_change])
    finally:
        first.close()
        second.close()
    return Answer(today=today, horizon=horizon, comes=comes, baseline=baseline, changed=changed, currency=fund.currency)


# --- reading a play


async def outcome(play: Play, today: date, horizon: date, events: Sequence[bytes]) -> Outcome:
    """Play the days and events, and read what was told and how things stand at the end."""
    money = play.state("payments", "fund")
    article_of = {invoice.invoice_id: invoice.pot.article for invoice in money.invoices.values()}
    await play.until(today, horizon, events)
    found = Outcome(sums=sums_of(play.told, article_of))
    money = play.state("payments", "fund")
    for invoice in money.invoices.values():
        if invoice.waiting_cents:
            key = (invoice.pot.article, invoice.standing.reason or invoice.standing.kind)
            add(found.waiting, key, invoice.waiting_cents)
    found.cash = dict(sorted(money.cash.items()))
    return found


def sums_of(told: Iterable[Message], article_of: dict[str, str]) -> dict[Key, Sum]:
    """Sums by day, article and kind of what payments told."""
    sums: dict[Key, Sum] = {}
    for message in told:
        if not message.topic.startswith(("payment.", "overrun.", "shortage.")) or message.topic == "payment.reported":
            continue
        event = parse(message.raw, outside=False)
        data: Mapping[str, Any] = msgspec.to_builtins(event.data, builtin_types=(date,))
        if "article" in data and "invoice_id" in data:
            article_of[data["invoice_id"]] = data["article"]
        if kind := KINDS.get(message.topic):
            article = data.get("article") or article_of.get(data.get("invoice_id", ""), "")
            add(sums, (event.time.astimezone(VILNIUS).date(), article, kind), cents_of(kind, data))
    return sums


def cents_of(kind: str, data: Mapping[str, Any]) -> Cents:
    """The sum that an event is about."""
    match kind:
        case "notified":
            return int(data["planned_cents"])
        case "late":
            return int(data["rest_cents"])
        case "short":
            return int(data["due_cents"]) - int(data["cash_cents"])
        case _:
            return int(data["amount_cents"])


def add(sums: dict[Any, Sum], key: object, cents: Cents) -> None:
    """One more under a key."""
    found = sums.setdefault(key, Sum())
    found.count, found.cents = found.count + 1, found.cents + cents
