"""What if: the same code on a copy of the journals, played forward twice, with a change and without it.

Nothing is written to the original. Both plays see the same days, the same bank and the same ministry, so whatever
differs follows from the change. What is not in the journal and not given as an event (invoices to come) is in neither.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from services.payments.events import Account
from shared.engine.outbox import Message
from shared.kernel.calendar import VILNIUS
from shared.kernel.fund import Fund
from shared.kernel.money import Cents, euro
from shared.kernel.value import value
from shared.messages.read import parse
from shared.reports.questions import Question, events_of
from shared.reports.simulate import Play, copy_of

KINDS = {
    "payment.ordered": "paid",
    "payment.deferred": "deferred",
    "overrun.notified": "notified",
    "payment.overdue": "late",
    "shortage.declared": "short",
}


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
class Answer:
    """Both plays side by side, from the day after ``today`` to the horizon."""

    today: date
    horizon: date
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

    def totals(self) -> list[str]:
        """What is paid, deferred, notified and late in both plays, alike or not; and the days short of cash."""
        told = []
        for kind in ("paid", "deferred", "notified", "late"):
            lines = [line for line in self.lines() if line.kind == kind]
            before, after = (sum(line.baseline for line in lines), sum(line.changed for line in lines))
            counts = f"({sum(x.baseline_count for x in lines)} -> {sum(x.changed_count for x in lines)})"
            told.append(f"{kind}: {euro(before)} -> {euro(after)} {self.currency} {counts}")
        short = [line for line in self.lines() if line.kind == "short"]
        before, after = sum(x.baseline_count > 0 for x in short), sum(x.changed_count > 0 for x in short)
        return [*told, f"days short of cash: {before} -> {after}"]

    def text(self) -> str:
        """Totals, what differs by day, and what waits at the end, for a person: as it is -> with the change."""
        lines = [f"From {self.today} to {self.horizon}, as it is -> with the change:", *self.totals()]
        alike: dict[str, list[date]] = {}
        for x in self.differences():
            where = f"article {x.article}" if x.article else "account"
            counts = f"({x.baseline_count} -> {x.changed_count})"
            sums = f"{euro(x.baseline)} -> {euro(x.changed)} {self.currency}"
            alike.setdefault(f"{where} {x.kind}: {sums} {counts}", []).append(x.day)
        lines.append(f"{len(alike)} differences{':' if alike else ''}")
        for what, days in alike.items():
            when = f"{days[0]}" if len(days) == 1 else f"{days[0]} to {days[-1]}, {len(days)} days,"
            lines.append(f"{when} {what}")
        for key in sorted(self.baseline.waiting.keys() | self.changed.waiting.keys()):
            before, after = (play.waiting.get(key, Sum()) for play in (self.baseline, self.changed))
            if before != after:
                sums = f"{euro(before.cents)} -> {euro(after.cents)} {self.currency}"
                lines.append(f"at the end, article {key[0]} waits ({key[1]}): {sums}")
        return "\n".join(lines) + "\n"


async def what_if(
    source: sqlite3.Connection | Path, fund: Fund, question: Question, horizon: date, also: Sequence[bytes] = ()
) -> Answer:
    """Play the journal forward to the horizon twice: as it is, and with the change.

    ``source`` is the journal's file, or a connection to it; it is only read. ``also`` are events that both plays see
    (invoices that are expected, say). Raises ValueError for a question that can't be asked of this journal, Malformed
    for an event that can't be read, Unavailable for a file that is no journal.
    """
    first, second = copy_of(source), copy_of(source)
    try:
        play = Play(first, fund)
        await play.start()
        today = play.state("payments", "fund").today
        if today is None or horizon <= today:
            raise ValueError(f"horizon {horizon}: the journal stands on {today}, take a later day")
        without, with_change = events_of(question, play, today, horizon)
        baseline = await outcome(play, today, horizon, [*also, *without])
        other = Play(second, fund)
        await other.start()
        changed = await outcome(other, today, horizon, [*also, *with_change])
    finally:
        first.close()
        second.close()
    return Answer(today=today, horizon=horizon, baseline=baseline, changed=changed, currency=fund.currency)


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
