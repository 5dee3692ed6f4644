"""What directors' orders ask to be handed in for a year: by whom, to whom, by when (points 24, 26; the fund's file)."""

from collections.abc import Iterator
from datetime import date

from shared.kernel.calendar import quarter_end
from shared.kernel.fund import Fund, HandedIn
from shared.kernel.value import value

MONTHS = 12


@value
class HandIn:
    """A paper that is to be handed in: of which quarter (None: of the year), by whom, by when, by which order."""

    what_lt: str
    what_en: str
    quarter: int | None
    payers: tuple[str, ...]
    to_lt: str
    by: date
    order_lt: str

    def line(self) -> str:
        """It in a line, for a person."""
        period = f", Q{self.quarter}" if self.quarter else ""
        what = f"{self.what_lt} ({self.what_en}){period}"
        return f"{what}: {', '.join(self.payers)} to {self.to_lt}, by {self.by}, {self.order_lt}"


def to_hand_in(fund: Fund, year: int) -> tuple[HandIn, ...]:
    """All papers of a year, by day; none where the fund's file names no order."""
    found = (paper for asked in fund.handed_in for paper in papers(fund, asked, year))
    return tuple(sorted(found, key=lambda paper: (paper.by, paper.what_lt)))


def papers(fund: Fund, asked: HandedIn, year: int) -> Iterator[HandIn]:
    """The papers of an order: one a year, or one a quarter; an order of a later day asks for nothing before it."""
    quarters = (1, 2, 3, 4) if asked.period == "quarter" else (None,)
    for quarter in quarters:
        end = quarter_end(year, quarter or 4)
        if end >= asked.from_day:
            months = end.month - 1 + asked.month
            day = date(end.year + months // MONTHS, months % MONTHS + 1, asked.day)
            yield HandIn(
                what_lt=asked.what_lt,
                what_en=asked.what_en,
                quarter=quarter,
                payers=payers(fund, asked.by),
                to_lt=asked.to_lt,
                by=fund.calendar.roll(day),
                order_lt=asked.order_lt,
            )


def payers(fund: Fund, by: str) -> tuple[str, ...]:
    """Whose papers they are."""
    codes = tuple(payer.code for payer in fund.payers)
    if by == "all":
        return codes
    return tuple(code for code in codes if (code == fund.state_payer) == (by == "state"))
