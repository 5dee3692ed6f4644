"""The turn of the year: each territorial fund reports what it received and used; one is a cent off at first."""

from collections.abc import Iterator
from datetime import date

from shared.demo import plot
from shared.demo.book import Account
from shared.demo.budgets import weights
from shared.demo.days import plus, working_day_from
from shared.demo.deals import PSDF
from shared.demo.post import Data, Draft, Ears, clock, speaker
from shared.demo.treasury import Treasury

REPORTED_AT = clock(10, 15)


class Closing:
    """Reports of the territorial funds by day."""

    def __init__(self, treasury: Treasury) -> None:
        """``treasury`` knows what each account received and used."""
        self._treasury = treasury
        self._again: dict[date, list[tuple[Account, int]]] = {}
        self.ears: Ears = {"payer.year.refused": self._refused}

    def morning(self, day: date) -> Iterator[Draft]:
        """Reports of the day: of each fund that had a share or a credit, by source of money."""
        for year, on in plot.REPORTS_ON.items():
            if on == day:
                for payer in weights():
                    yield self._report((payer, PSDF), year, wrong=(payer, PSDF, year) == plot.REPORT_WRONG)
                for account, credited in list(self._treasury.received):
                    if credited == year and account[0] in weights() and account[1] != PSDF:
                        yield self._report(account, year, wrong=False)
        for account, year in self._again.pop(day, []):
            yield self._report(account, year, wrong=False)

    def _report(self, account: Account, year: int, *, wrong: bool) -> Draft:
        payer, source = account
        received = self._treasury.received.get((account, year), 0)
        used = self._treasury.used.get((account, year), 0)
        balance = received - used - (1 if wrong else 0)
        data = {
            "payer": payer,
            "year": year,
            "source": source,
            "received_cents": received,
            "used_cents": used,
            "balance_cents": max(0, balance),
        }
        subject = f"{payer}-{source}-{year}"
        return Draft(at=REPORTED_AT, source=speaker(payer), kind="payer.year.reported", subject=subject, data=data)

    def _refused(self, day: date, data: Data) -> tuple[Draft, ...]:
        """Report anew on the next day."""
        on = working_day_from(plus(day, 1))
        self._again.setdefault(on, []).append(((data["payer"], data["source"]), data["year"]))
        return ()
