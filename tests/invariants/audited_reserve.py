"""I9. The reserve, over-plan revenue and the 5 % counted anew, from what is said alone."""

from collections import Counter
from datetime import date

from tests.engine.story import Json
from tests.invariants.findings import Findings, Word
from tests.invariants.knowledge import Knowledge

DECEMBER = 12
PERCENT_5 = 20
"""So many times the reserve is compared with what Sodra transferred last year."""


class Reserve:
    """Revenue by year and line, uses by year and part, allotments by year, and the edition that locks the 5 %."""

    def __init__(self, findings: Findings) -> None:
        self.knows = Knowledge()
        self.revenue: dict[int, Counter[str]] = {}
        self.quarters: Counter[tuple[int, int]] = Counter()
        self._must_in_order = findings.must_in_order
        self._references: set[str] = set()
        self._decided_on: dict[str, str] = {}
        self._used: Counter[tuple[int, str]] = Counter()
        self._allotted: Counter[int] = Counter()
        self._locked_under: dict[int, Json] = {}
        self.steps = {
            "surplus.allotted": self._is_allotted,
            "surplus.refused": self._is_not_allotted,
            "reserve.use.allowed": self._is_used,
            "reserve.use.refused": self._is_not_used,
        }

    def hear(self, word: Word) -> None:
        """What the treasury and the ministry tell the reserve."""
        if word.type == "revenue.received":
            self.knows.learn(word.moment, lambda: self._received(word.data))
        if word.type == "surplus.proposed":
            self._decided_on[word.told["id"]] = word.data["decided_on"]

    def _received(self, data: Json) -> None:
        """The treasury tells of revenue; the same reference is the same revenue."""
        if data["reference"] not in self._references:
            self._references.add(data["reference"])
            self.revenue.setdefault(data["year"], Counter())[data["code"]] += data["amount_cents"]
            self.quarters[data["year"], (int(data["received_on"][5:7]) + 2) // 3] += data["amount_cents"]

    # --- what it decides

    def _is_allotted(self, word: Word) -> None:
        """From now on the 5 % binds, under the edition of the decision."""
        data, edition = word.data, self.knows.edition(word.day)
        self._must_in_order(self._may_be_allotted(word), f"I9: allotted: {data}")
        if edition:
            self._locked_under[data["year"]] = edition
        self._allotted[data["year"]] += data["amount_cents"]

    def _is_not_allotted(self, word: Word) -> None:
        self._must_in_order(not self._may_be_allotted(word), f"23: not allotted: {word.data}")

    def _is_used(self, word: Word) -> None:
        self._must_in_order(self._may_be_used(word), f"I9: used: {word.data}")
        self._used[word.data["year"], word.data["part"]] += word.data["amount_cents"]

    def _is_not_used(self, word: Word) -> None:
        codes = {reason["code"] for reason in word.data["reasons"]}
        decided = codes <= {"more_than_reserve", "reserve_under_5_percent", "no_last_year"}
        self._must_in_order(not (decided and self._may_be_used(word)), f"8: not used: {word.data}")

    # --- what the Rules allow

    def _may_be_allotted(self, word: Word) -> bool:
        """23: decided and told in December, the surplus that is left, the 5 %."""
        data, year, edition = word.data, word.data["year"], self.knows.edition(word.day)
        decided_on = self._decided_on.get(word.told.get("causationid", ""), word.day.isoformat())
        if edition is None or {word.day.isoformat()[:7], decided_on[:7]} != {f"{year}-{DECEMBER}"}:
            return False
        care = {line["article"] for line in edition["expenses"] if line["health_care"]}
        surplus = self.revenue.get(year, Counter()).total() - int(edition["revenue_total_cents"])
        fits = surplus > 0 and self._allotted[year] + int(data["amount_cents"]) <= surplus
        holds = self._holds(year, self._whole(year, word.day))
        return data["article"] in care and fits and holds and bool(data["document"])

    def _may_be_used(self, word: Word) -> bool:
        """8, 23: no more than the part holds, and never under the 5 % while it is locked."""
        data, year, asked = word.data, word.data["year"], int(word.data["amount_cents"])
        held = self._holds(year, self._whole(year, word.day) - asked)
        return asked <= self._part(year, data["part"], word.day) and (held or not self._locked(year, word.day))

    def kept(self, day: date) -> bool:
        """I9: the 5 % holds while it is locked, unless another edition stated another reserve since."""
        year = day.year
        if not self._locked(year, day) or self.knows.edition(day) != self._locked_under[year]:
            return True
        return self._holds(year, self._whole(year, day))

    def _part(self, year: int, part: str, day: date) -> int:
        """What a part holds on a day."""
        edition = self.knows.edition(min(day, date(year, DECEMBER, 31)))
        return (int(edition[f"reserve_{part}_cents"]) if edition else 0) - self._used[year, part]

    def _whole(self, year: int, day: date) -> int:
        """The reserve of a year on a day."""
        return self._part(year, "main", day) + self._part(year, "risk", day)

    def _last_year_sodra(self, year: int) -> int | None:
        """What Sodra transferred in the year before; None where nothing is recorded."""
        edition = self.knows.latest(year - 1) or self.knows.latest(year)
        codes = {line["code"] for line in edition["revenue"] if line["sodra"]} if edition else set()
        sums = [cents for code, cents in self.revenue.get(year - 1, Counter()).items() if code in codes]
        return sum(sums) if sums else None

    def _holds(self, year: int, reserve: int) -> bool:
        """Whether a reserve is at least 5 % of what Sodra transferred last year."""
        sodra = self._last_year_sodra(year)
        return sodra is not None and PERCENT_5 * reserve >= sodra

    def _locked(self, year: int, day: date) -> bool:
        """Whether over-plan revenue of the year was allotted, and the year runs."""
        return year in self._locked_under and day <= date(year, DECEMBER, 31)
