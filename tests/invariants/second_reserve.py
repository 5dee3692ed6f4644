"""I9. The reserve, over-plan revenue and the 5 % counted anew, from what is said alone."""

from collections import Counter
from datetime import date

from tests.engine.story import Json
from tests.invariants.second_book import Book

DECEMBER = 12
PERCENT_5 = 20
"""So many times the reserve is compared with what Sodra transferred last year."""


class Reserve:
    """Revenue by year and line, uses by year and part; editions and allotments are those of the book."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.revenue: dict[int, Counter[str]] = {}
        self.quarters: Counter[tuple[int, int]] = Counter()
        self.references: set[str] = set()
        self.used: Counter[tuple[int, str]] = Counter()
        self.locked_under: dict[int, Json] = {}

    def received(self, data: Json) -> None:
        """The treasury tells of revenue; the same reference is the same revenue."""
        if data["reference"] not in self.references:
            self.references.add(data["reference"])
            self.revenue.setdefault(data["year"], Counter())[data["code"]] += data["amount_cents"]
            self.quarters[data["year"], (int(data["received_on"][5:7]) + 2) // 3] += data["amount_cents"]

    def part(self, year: int, part: str, day: date) -> int:
        """What a part holds on a day."""
        edition = self.book.edition(min(day, date(year, DECEMBER, 31)))
        return (int(edition[f"reserve_{part}_cents"]) if edition else 0) - self.used[year, part]

    def whole(self, year: int, day: date) -> int:
        """The reserve of a year on a day."""
        return self.part(year, "main", day) + self.part(year, "risk", day)

    def last_year_sodra(self, year: int) -> int | None:
        """What Sodra transferred in the year before; None where nothing is recorded."""
        edition = self.book.latest(year - 1) or self.book.latest(year)
        codes = {line["code"] for line in edition["revenue"] if line["sodra"]} if edition else set()
        sums = [cents for code, cents in self.revenue.get(year - 1, Counter()).items() if code in codes]
        return sum(sums) if sums else None

    def holds(self, year: int, reserve: int) -> bool:
        """Whether a reserve is at least 5 % of what Sodra transferred last year."""
        sodra = self.last_year_sodra(year)
        return sodra is not None and PERCENT_5 * reserve >= sodra

    def locked(self, year: int, day: date) -> bool:
        """Whether over-plan revenue of the year was allotted, and the year runs."""
        return year in self.locked_under and day <= date(year, DECEMBER, 31)

    def may_be_allotted(self, data: Json, day: date) -> bool:
        """23: December, the surplus that is left, the 5 %; the book holds what was allotted before."""
        year, edition = data["year"], self.book.edition(day)
        if edition is None or (day.year, day.month) != (year, DECEMBER):
            return False
        care = {line["article"] for line in edition["expenses"] if line["health_care"]}
        allotted = sum(cents for (of, _), cents in self.book.allotted.items() if of == year)
        surplus = self.revenue.get(year, Counter()).total() - int(edition["revenue_total_cents"])
        fits = surplus > 0 and allotted + int(data["amount_cents"]) <= surplus
        return data["article"] in care and fits and self.holds(year, self.whole(year, day)) and bool(data["document"])

    def may_be_used(self, data: Json, day: date) -> bool:
        """8, 23: no more than the part holds, and never under the 5 % while it is locked."""
        year, asked = data["year"], int(data["amount_cents"])
        held = self.holds(year, self.whole(year, day) - asked)
        return asked <= self.part(year, data["part"], day) and (held or not self.locked(year, day))

    def allotted(self, data: Json, day: date) -> None:
        """From now on the 5 % binds, under the edition of the decision."""
        edition = self.book.edition(day)
        assert edition is not None
        self.locked_under[data["year"]] = edition

    def kept(self, day: date) -> bool:
        """I9: the 5 % holds while it is locked, unless another edition stated another reserve since."""
        year = day.year
        if not self.locked(year, day) or self.book.edition(day) != self.locked_under[year]:
            return True
        return self.holds(year, self.whole(year, day))
