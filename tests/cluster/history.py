"""A fund's fortnight from a seed: budget, contracts, and day by day what providers and the bank send.

What is decided on a day must not depend on who comes first on it, or a disturbed run could rightly differ: article 01
has money for all. Article 02 has too little: there it depends, and the auditor judges.
"""

import json
import random
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from shared.kernel.calendar import DAY
from shared.reports.replay import replay
from shared.statute.load import load_fund
from tests import sent
from tests.sent import started

YEAR, FIRST = 2022, date(2022, 9, 5)
MONTHS = range(1, 9)
PROVIDERS = 24
PRICE_CENTS = 1_000
AMPLE, TIGHT = "01", "02"
AMPLE_CENTS, TIGHT_CENTS = 900_000_000, 150_000
DAYS_TO_PAY_ALL = 6
Event = dict[str, Any]


@dataclass(kw_only=True)
class Day:
    """What comes on a day, after its start; all of the day is done before the next one."""

    date: date
    events: list[Event]


@dataclass(kw_only=True)
class History:
    """A beginning of steps, each done before the next, then days."""

    beginning: list[list[Event]]
    days: list[Day]
    told: list[Event] = field(default_factory=list)

    def inbound(self) -> list[Event]:
        """All events in their order."""
        found = [event for step in self.beginning for event in step]
        for day in self.days:
            found += [started(day.date), *day.events]
        return found


def raw(event: Event) -> bytes:
    return json.dumps(event, ensure_ascii=False).encode()


async def undisturbed(inbound: list[Event]) -> list[Event]:
    """What the embedded fund says to the same events, one by one."""
    told: list[Event] = []
    await replay(map(raw, inbound), lambda said: told.append(json.loads(said)), load_fund())
    return told


async def history(seed: int, *, days: int, invoices: int) -> History:
    """As many invoices on as many days, then the days on which the last of them is paid."""
    return await Teller(seed).tell(days, invoices)


class Teller:
    """Tells a history: the bank answers the orders that the undisturbed fund has given."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.count = 0
        self.contracts = [contract(number, article) for article in ("01", "02") for number in range(PROVIDERS)]
        self.free = [(contract, month) for contract in self.contracts for month in MONTHS]
        self.dice.shuffle(self.free)
        self.submitted: list[Event] = []
        self.reported: set[str] = set()

    async def tell(self, days: int, invoices: int) -> History:
        made = History(beginning=self.beginning(), days=[])
        for number in range(days + DAYS_TO_PAY_ALL):
            day = FIRST + number * DAY
            reports = self.reports(day, made.told)
            some = self.invoices(day, invoices // days) if number < days else []
            made.days.append(Day(date=day, events=mixed(self.dice, [*reports, *some])))
            made.told = await undisturbed(made.inbound())
        return made

    def event(self, source: str, kind: str, day: date, data: Event) -> Event:
        self.count += 1
        return sent.event(source, f"e{self.count}", kind, sent.at(day, self.count), data)

    def beginning(self) -> list[list[Event]]:
        day = FIRST - DAY
        whole = {AMPLE: AMPLE_CENTS, TIGHT: TIGHT_CENTS}
        return [
            [self.event("/vlk", "budget.approved", day, sent.budget(YEAR, "campaign", whole))],
            [self.event("/vlk", "distribution.proposed", day, sent.distribution(YEAR, whole))],
            [self.event("/treasury", "account.credited", day, sent.cash(AMPLE_CENTS, day))],
            [self.event("/vlk", "contract.proposed", day, each) for each in self.contracts],
        ]

    def invoices(self, day: date, count: int) -> list[Event]:
        events = []
        for _ in range(min(count, len(self.free))):
            of, month = self.free.pop()
            data = self.invoice(of, month, day)
            match self.dice.random():
                case x if x < 0.05:
                    data["amount_cents"] += 1
                case x if x < 0.08:
                    data["lines"][0]["unit_price_cents"] += 1
                case x if x < 0.11:
                    data["contract_id"] = "C-nowhere"
                case x if x < 0.14 and self.submitted:
                    data = {**self.dice.choice(self.submitted)["data"], "issued_on": day.isoformat()}
                case x if x < 0.20 and (old := self.earlier("01")):
                    data = credit(old, f"K{self.count}")
            events.append(self.event(f"/providers/{data['provider_code']}", "invoice.submitted", day, data))
        self.submitted += events
        return events

    def earlier(self, article: str) -> Event | None:
        """An invoice of a day before this one."""
        fit = [e["data"] for e in self.submitted if e["data"]["article"] == article and e["data"]["kind"] == "invoice"]
        return self.dice.choice(fit) if fit else None

    def invoice(self, of: Event, month: int, day: date) -> Event:
        number, quantity = f"A{self.count}", self.dice.randint(1, 9)
        line = sent.line("S", quantity, PRICE_CENTS)
        return sent.invoice(of, number, f"{YEAR}-{month:02d}", day.isoformat(), [line])

    def reports(self, day: date, told: list[Event]) -> list[Event]:
        """The bank on orders of article 01, most of them executed."""
        events = []
        for order in (e["data"] for e in told if e["type"] == "payment.ordered" and e["data"]["article"] == "01"):
            if order["order_id"] in self.reported or self.dice.random() < 0.2:
                continue
            self.reported.add(order["order_id"])
            outcome = "executed" if self.dice.random() < 0.9 else "rejected"
            reason = "AC04" if outcome == "rejected" else None
            data = {"order_id": order["order_id"], "outcome": outcome, "on": day.isoformat(), "reason": reason}
            events.append(self.event("/treasury", "payment.reported", day, data))
        return events


def mixed(dice: random.Random, events: list[Event]) -> list[Event]:
    """In any order, but each sender's own."""
    order = [event["source"] for event in events]
    dice.shuffle(order)
    waiting = {source: [event for event in events if event["source"] == source] for source in order}
    return [waiting[source].pop(0) for source in order]


def contract(number: int, article: str) -> Event:
    return sent.contract(
        f"C{article}-{number}",
        YEAR,
        f"{300_000_000 + number}",
        {"S": PRICE_CENTS},
        article=article,
        ceiling_cents=50_000 if article == "01" and number % 4 == 0 else None,
        payment_days=2 + number % 3,
    )


def credit(of: Event, number: str) -> Event:
    """A credit of the smallest sum for an invoice."""
    line = sent.line("S", 1, PRICE_CENTS)
    changed = {"invoice_id": f"{of['provider_code']}/{number}", "number": number, "kind": "credit"}
    return {**of, **changed, "corrects": of["invoice_id"], "lines": [line], "amount_cents": PRICE_CENTS}
