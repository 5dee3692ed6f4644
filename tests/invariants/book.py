"""The auditor's book of payments, kept from what is said alone: money, limits and cash are added up anew at every word.

It knows nothing of the services' states.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from tests.engine.story import Json
from tests.given import FUND
from tests.invariants.knowledge import Knowledge
from tests.invariants.shortage import Due, arrival

VLK = FUND.state_payer
Account = tuple[str, str, date]
"""Payer, source, and the day of its run."""


@dataclass
class Order:
    """An order: its invoice, its sum, its year, the month of the pay day, and what the bank said of it."""

    invoice_id: str
    cents: int
    year: int
    month: str
    outcome: str = ""

    @property
    def stands(self) -> bool:
        """Whether its money did not come back."""
        return self.outcome not in ("rejected", "returned")


@dataclass
class Bill:
    """An accepted invoice, and where its cents are: waiting, committed and unordered, ordered, or lowered."""

    accepted: Json
    waiting: int
    unordered: int = 0
    lowered: int = 0
    over: Counter[int] = field(default_factory=Counter)
    pay_on: date | None = None
    held: bool = False
    orders: list[Order] = field(default_factory=list)

    def ordered(self, year: int | None = None) -> int:
        """What is ordered and did not come back, of a year or ever."""
        return sum(o.cents for o in self.orders if o.stands and year in (None, o.year))

    @property
    def rest(self) -> int:
        """What is neither ordered nor lowered, by the accepted sum."""
        return int(self.accepted["amount_cents"]) - self.lowered - self.ordered()


class Book:
    """The bills and orders of a fund, what was allotted and told to the ministry, and its cash."""

    def __init__(self, knows: Knowledge) -> None:
        self.knows = knows
        self.year = 0
        self.bills: dict[str, Bill] = {}
        self.orders: dict[str, Order] = {}
        self.allotted: Counter[tuple[int, str]] = Counter()
        self.notified: Counter[tuple[int, str]] = Counter()
        self.over: Counter[tuple[int, str]] = Counter()
        self.held: dict[str, int] = {}
        self.credited: list[tuple[str, str, date, int]] = []
        self.references: set[str] = set()
        self.apart: list[Json] = []

    def payer(self, bill: Bill) -> str:
        """Whose bill it is now."""
        return self.knows.resolve(bill.accepted["payer"])

    # --- what is committed

    def committed(self, source: str, article: str | None = None, payer: str | None = None) -> int:
        """K of the fund year: ordered and standing, planned, or paid outside the queues."""
        return self._apart(source, article, payer) + sum(
            bill.unordered + bill.ordered(self.year)
            for bill in self.bills.values()
            if bill.accepted["source"] == source
            and article in (None, bill.accepted["article"])
            and payer in (None, self.payer(bill))
        )

    def total_committed(self) -> int:
        """KT: K of all articles, and what notices under way hold."""
        return self.committed("PSDF") + sum(self.held.values())

    def _apart(self, source: str, article: str | None = None, payer: str | None = None, month: str = "") -> int:
        """What was paid outside the queues in the fund year, of an article, a payer or a month."""
        return sum(
            paid["amount_cents"]
            for paid in self.apart
            if (source, paid["year"]) == ("PSDF", self.year)
            and article in (None, paid["article"])
            and payer in (None, self.knows.resolve(paid["payer"]))
            and paid["paid_on"].startswith(month)
        )

    def committed_of_month(self, source: str, month: str) -> int:
        """K of a month of pay days."""
        of_source = [bill for bill in self.bills.values() if bill.accepted["source"] == source]
        planned = sum(b.unordered for b in of_source if b.pay_on and b.pay_on.isoformat()[:7] == month)
        orders = (o for bill in of_source for o in bill.orders)
        return (
            self._apart(source, month=month)
            + planned
            + sum(o.cents for o in orders if o.stands and (o.year, o.month) == (self.year, month))
        )

    # --- limits

    def limit(self, article: str, edition: Json) -> int:
        """L(a) of an edition."""
        line = next((e["amount_cents"] for e in edition["expenses"] if e["article"] == article), 0)
        return int(line) + self.allotted[edition["year"], article]

    def total(self, edition: Json) -> int:
        """AT + VT of an edition."""
        year = edition["year"]
        return int(edition["expenses_total_cents"]) + sum(c for (y, _), c in self.allotted.items() if y == year)

    def cap(self, source: str, year: int) -> int:
        """1/12 of the last year's sum."""
        last = self.knows.latest(year - 1)
        plan = 0 if last is None else last["state_funds_cents" if source == "STATE" else "expenses_total_cents"]
        return int(plan) // 12

    # --- cash

    def received(self, payer: str, source: str, year: int) -> int:
        """The credits of a payer with a value day in a year."""
        credits_ = [each for each in self.credited if (each[0], each[1], each[2].year) == (payer, source, year)]
        return sum(cents for *_, cents in credits_ if cents > 0)

    def cash(self, payer: str, source: str, day: date) -> int:
        """What an account can pay on a day; a territorial fund's begins anew each year."""
        since = day.year if payer != VLK else 0
        came = sum(
            cents
            for who, what, value_on, cents in self.credited
            if (self.knows.resolve(who), what) == (payer, source) and value_on <= day and value_on.year >= since
        )
        went = sum(
            order.cents
            for bill in self.bills.values()
            if (self.payer(bill), bill.accepted["source"]) == (payer, source)
            for order in bill.orders
            if order.stands and order.year >= since
        )
        return came - went

    def due(self, payer: str, source: str, day: date) -> list[Due]:
        """What an account is to pay on a day."""
        return [
            Due(bill.accepted["accepted_on"], arrival(bill.accepted), bill.accepted["invoice_id"], bill.unordered)
            for bill in self.bills.values()
            if (self.payer(bill), bill.accepted["source"]) == (payer, source)
            and bill.unordered
            and not bill.held
            and bill.pay_on
            and bill.pay_on <= day
        ]
