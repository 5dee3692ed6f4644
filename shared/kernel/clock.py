"""When a decision is taken, and by whose law. The domain reads no clock: time travels with the command."""

from datetime import date, datetime
from typing import ClassVar

from shared.kernel.fund import Fund
from shared.kernel.value import value


@value
class Now:
    """The facts of a decision: the moment of the event in hand, the day it is handled on, and the fund that decides.

    ``day`` is the moment's own day in Vilnius, or the last started day for an event that is late. ``source`` is who
    sent the event in hand, and ``content`` the digest of what it says; both are empty where a day starts.
    """

    moment: datetime
    day: date
    fund: Fund
    source: str = ""
    content: bytes = b""

    def amount(self, parameter: str) -> int:
        """What a parameter of the law is on the day."""
        return self.fund.statute.amount(parameter, self.day)

    def out_of_reach(self, name: str, day: date) -> str | None:
        """Why a day that somebody states can't be meant: it lies more than a year before or after the fund's own.

        A typing mistake in a year must neither turn years nor stand in a ledger for ever. None for a day that may be.
        """
        if abs(day.year - self.day.year) <= 1:
            return None
        years = f"{self.day.year - 1} to {self.day.year + 1}"
        return f"{name}: {day} is not of the years {years}; the last started day is {self.day}"

    def astray(self, payer: str, name: str, day: date) -> str | None:
        """Why money can't be meant so: of a payer that the fund's file does not have, or of a day out of reach."""
        payers = [known.code for known in self.fund.payers]
        if payer not in payers:
            return f"payer: the fund has no {payer}; its payers are {', '.join(payers)}"
        return self.out_of_reach(name, day)

    def term(self, event: date, parameter: str) -> date:
        """The end of a term of the law, in days after an event, on the legal calendar."""
        return self.fund.calendar.term(event, self.amount(parameter))


@value
class StartDay:
    """A day starts: the one command that every service knows. Its day is the day of ``Now``."""


@value
class Parked:
    """What was heard can't be meant: it is laid aside with the reason, changes nothing, and can be released by hand."""

    type: ClassVar[str] = "parked"
    error: str
