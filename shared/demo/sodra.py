"""Sodra: four statements a year; one is three cents off and comes again."""

from collections.abc import Iterator
from datetime import date

from shared.demo import plot
from shared.demo.days import plus, working_day_from
from shared.demo.post import Data, Draft, Ears, clock
from shared.demo.revenue import Revenue

SUBMITTED_AT = clock(11)
RELATED_PERMILLE = 4  # related sums are shown only


class Sodra:
    """Statements by the day on which they are submitted."""

    def __init__(self, revenue: Revenue) -> None:
        """``revenue`` is what Sodra transferred and set off."""
        self._revenue = revenue
        self._again: dict[date, list[tuple[int, int, int]]] = {}
        self._errs = False
        self.ears: Ears = {"sodra.statement.returned": self._returned}

    def err(self) -> None:
        """Be wrong in the next statement."""
        self._errs = True

    def morning(self, day: date) -> Iterator[Draft]:
        """Statements of the day."""
        for year, quarter, on in plot.SODRA_STATEMENTS:
            if on == day:
                wrong = plot.SODRA_WRONG_CENTS if self._errs or (year, quarter) == plot.SODRA_WRONG else 0
                self._errs = False
                yield self._statement(year, quarter, 1, wrong)
        for year, quarter, submission in self._again.pop(day, []):
            yield self._statement(year, quarter, submission, 0)

    def _statement(self, year: int, quarter: int, submission: int, wrong_cents: int) -> Draft:
        transferred, offset = self._revenue.of_sodra(year, quarter)
        data = {
            "year": year,
            "quarter": quarter,
            "submission": submission,
            "transferred_cents": transferred + wrong_cents,
            "offset_cents": offset,
            "related_cents": transferred * RELATED_PERMILLE // 1000,
            "compensation_cents": plot.COMPENSATION_CENTS[year],
        }
        subject = f"{year}-Q{quarter}"
        return Draft(at=SUBMITTED_AT, source="/sodra", kind="sodra.statement.submitted", subject=subject, data=data)

    def _returned(self, day: date, data: Data) -> tuple[Draft, ...]:
        """Correct what did not match; a statement that was approved already needs nothing."""
        codes = {reason["code"] for reason in data["reasons"]}
        if "already_submitted" not in codes:
            on = working_day_from(plus(day, plot.SODRA_CORRECTED_AFTER_DAYS))
            self._again.setdefault(on, []).append((data["year"], data["quarter"], data["submission"] + 1))
        return ()
