"""A second book, kept from what is said alone: money, limits and cash are counted anew, and compared at every word.

It knows nothing of the services' states. What it finds wrong it says with the invariant's number.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime

from shared.kernel.calendar import day_of
from tests.engine.story import Json
from tests.given import FUND

VLK = FUND.state_payer


@dataclass
class Paid:
    """An order: its sum, its year, the month of the pay day, and whether it still stands."""

    cents: int
    year: int
    month: str
    stands: bool = True


@dataclass
class Bill:
    """An accepted invoice, and where its cents are: waiting, committed and unordered, ordered, or lowered."""

    accepted: Json
    waiting: int
    unordered: int = 0
    lowered: int = 0
    pay_on: date | None = None
    held: bool = False
    orders: dict[str, Paid] = field(default_factory=dict)

    def ordered(self, year: int | None = None) -> int:
        """What is ordered and did not come back, of a year or ever."""
        return sum(o.cents for o in self.orders.values() if o.stands and year in (None, o.year))

    @property
    def rest(self) -> int:
        """What is neither ordered nor lowered, by the accepted sum."""
        return int(self.accepted["amount_cents"]) - self.lowered - self.ordered()


class Book:
    """The bills of a fund, its editions and shares, and its cash, as the messages tell them."""

    def __init__(self, year: int) -> None:
        self.year = year
        self.bills: dict[str, Bill] = {}
        self.editions: list[Json] = []
        self.shares: dict[tuple[int, str], Counter[str]] = {}
        self.allotted: Counter[tuple[int, str]] = Counter()
        self.notified: Counter[tuple[int, str]] = Counter()
        self.held: dict[str, int] = {}
        self.credited: list[tuple[str, str, date, int]] = []
        self.references: set[str] = set()
        self.apart: list[Json] = []
        self.joined: dict[str, str] = {}

    def resolve(self, payer: str) -> str:
        """Whose a payer's affairs are now."""
        while payer in self.joined:
            payer = self.joined[payer]
        return payer

    def payer(self, bill: Bill) -> str:
        """Whose bill it is now."""
        return self.resolve(bill.accepted["payer"])

    def edition(self, day: date) -> Json | None:
        """The edition in force on a day."""
        found = [e for e in self.editions if e["year"] == day.year and e["in_force_from"] <= day.isoformat()]
        return max(found, key=lambda e: (e["in_force_from"], e["edition"]), default=None)

    def latest(self, year: int) -> Json | None:
        """The edition of a year with the highest number."""
        return max((e for e in self.editions if e["year"] == year), key=lambda e: int(e["edition"]), default=None)

    def committed(self, source: str, article: str | None = None) -> int:
        """K of the fund year: ordered and standing, or planned."""
        return self._apart(source, article) + sum(
            bill.unordered + bill.ordered(self.year)
            for bill in self.bills.values()
            if bill.accepted["source"] == source and article in (None, bill.accepted["article"])
        )

    def _apart(self, source: str, article: str | None = None, month: str = "") -> int:
        """What was paid outside the queues in the fund year, of an article or a month."""
        return sum(
            paid["amount_cents"]
            for paid in self.apart
            if (source, paid["year"]) == ("PSDF", self.year)
            and article in (None, paid["article"])
            and paid["paid_on"].startswith(month)
        )

    def committed_of_month(self, source: str, month: str) -> int:
        """K of a month of pay days."""
        of_source = [bill for bill in self.bills.values() if bill.accepted["source"] == source]
        planned = sum(b.unordered for b in of_source if b.pay_on and b.pay_on.isoformat()[:7] == month)
        orders = (o for bill in of_source for o in bill.orders.values())
        return (
            self._apart(source, month=month)
            + planned
            + sum(o.cents for o in orders if o.stands and (o.year, o.month) == (self.year, month))
        )

    def limit(self, article: str, edition: Json) -> int:
        """L(a) of an edition."""
        line = next((e["amount_cents"] for e in edition["expenses"] if e["article"] == article), 0)
        return int(line) + self.allotted[edition["year"], article]

    def total(self, edition: Json) -> int:
        """AT + VT of an edition."""
        year = edition["year"]
        return int(edition["expenses_total_cents"]) + sum(c for (y, _), c in self.allotted.items() if y == year)

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
            if (self.resolve(who), what) == (payer, source) and value_on <= day and value_on.year >= since
        )
        went = sum(
            order.cents
            for bill in self.bills.values()
            if (self.payer(bill), bill.accepted["source"]) == (payer, source)
            for order in bill.orders.values()
            if order.stands and order.year >= since
        )
        return came - went

    def due(self, payer: str, source: str, day: date) -> list[Bill]:
        """What an account is to pay on a day."""
        return [
            bill
            for bill in self.bills.values()
            if (self.payer(bill), bill.accepted["source"]) == (payer, source)
            and bill.unordered
            and not bill.held
            and bill.pay_on
            and bill.pay_on <= day
        ]


def days_of(told: Json) -> date:
    """The day of what was told."""
    return day_of(datetime.fromisoformat(told["time"]))
