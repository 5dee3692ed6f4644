"""Revenue as the treasury tells it: the plan of 2021 to the cent, 2022 over its plan, and January 2023."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from shared.demo import plot
from shared.demo.budgets import budget_2021_amended, budget_2022, budget_2023
from shared.demo.days import working_day_from
from shared.demo.post import Draft, clock
from shared.kernel.calendar import quarter_end, quarter_of
from shared.kernel.money import Cents, equal_parts, share_out

SODRA_LINE = "01.01"
SODRA_DAYS = (8, 20)  # contributions fall due on the 15th; the rest comes early in the month
OFFSET_DAY = 17
OFFSET_PERMILLE = 3  # of a quarter's contributions are set off, no money comes
MONTHLY_DAYS = {"01.02": 12, "02": 14, "04": 19}
QUARTERLY_DAYS = {"03": 15}
QUARTER_MONTHS = (3, 6, 9, 12)
SODRA_WEIGHTS = (92, 93, 96, 97, 98, 102, 101, 100, 103, 104, 105, 109)  # by month, wages grow within the year
AT = clock(8, 20)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money received of a line on a day; ``offset`` where it was set off and no money came."""

    on: date
    code: str
    amount: Cents
    offset: bool = False

    def draft(self, at: int, place: int) -> Draft:
        """The treasury's event."""
        reference = f"PJ-{self.on:%Y%m%d}-{self.code}-{place:03d}"
        data = {
            "year": self.on.year,
            "code": self.code,
            "amount_cents": self.amount,
            "received_on": self.on.isoformat(),
            "offset": self.offset,
            "reference": reference,
        }
        return Draft(at=at, source="/treasury", kind="revenue.received", subject=reference, data=data)


def _sodra(year: int, amount: Cents) -> Iterator[Receipt]:
    by_month = share_out(amount, SODRA_WEIGHTS)
    for month, cents in enumerate(by_month, 1):
        quarter = sum(by_month[month - 3 : month])
        offset = quarter * OFFSET_PERMILLE // 1000 if month in QUARTER_MONTHS else 0
        for day, part in zip(SODRA_DAYS, equal_parts(cents - offset, len(SODRA_DAYS)), strict=True):
            yield Receipt(working_day_from(date(year, month, day)), SODRA_LINE, part)
        if offset:
            yield Receipt(working_day_from(date(year, month, OFFSET_DAY)), SODRA_LINE, offset, offset=True)


def _of_year(year: int, lines: dict[str, Cents]) -> list[Receipt]:
    found = list(_sodra(year, lines[SODRA_LINE]))
    for code, day in MONTHLY_DAYS.items():
        for month, cents in enumerate(equal_parts(lines[code], 12), 1):
            found.append(Receipt(working_day_from(date(year, month, day)), code, cents))
    for code, day in QUARTERLY_DAYS.items():
        for month, cents in zip(QUARTER_MONTHS, equal_parts(lines[code], 4), strict=True):
            found.append(Receipt(working_day_from(date(year, month, day)), code, cents))
    return sorted(found, key=lambda receipt: (receipt.on, receipt.code, receipt.offset))


def _history(receipts: list[Receipt]) -> list[Receipt]:
    """What came before the start, summed up by line and quarter on the quarter's last day, or on the first day here."""
    sums: dict[tuple[date, str, bool], Cents] = {}
    for receipt in receipts:
        on = min(quarter_end(receipt.on.year, quarter_of(receipt.on)), plot.OPENS_ON)
        key = (on, receipt.code, receipt.offset)
        sums[key] = sums.get(key, 0) + receipt.amount
    return [Receipt(on, code, amount, offset) for (on, code, offset), amount in sums.items()]


class Revenue:
    """All revenue of the story by the day on which the treasury tells it."""

    def __init__(self) -> None:
        """Lay out three years."""
        over = {code: cents + plot.OVER_PLAN_CENTS.get(code, 0) for code, cents in budget_2022().revenue.items()}
        last = _of_year(plot.YEAR - 1, budget_2021_amended().revenue)
        self.receipts = [
            *_history([receipt for receipt in last if receipt.on <= plot.OPENS_ON]),
            *(receipt for receipt in last if receipt.on > plot.OPENS_ON),
            *_of_year(plot.YEAR, over),
            *(r for r in _of_year(plot.YEAR + 1, budget_2023().revenue) if r.on <= plot.ENDS_ON),
        ]

    def morning(self, day: date) -> Iterator[Draft]:
        """Revenue told on the day: all that came before the start on the first one."""
        for place, receipt in enumerate(self.receipts):
            if receipt.on == day or (day == plot.OPENS_ON and receipt.on < day):
                yield receipt.draft(AT + place, place)

    def of_sodra(self, year: int, quarter: int) -> tuple[Cents, Cents]:
        """What Sodra transferred in the quarter, and what it set off."""
        found = [r for r in self.receipts if r.code == SODRA_LINE and (r.on.year, quarter_of(r.on)) == (year, quarter)]
        return sum(r.amount for r in found if not r.offset), sum(r.amount for r in found if r.offset)
