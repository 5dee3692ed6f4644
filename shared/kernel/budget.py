"""The budget of a year as its dated editions (points 3-7), as every service remembers them from ``budget.adopted``."""

from dataclasses import dataclass, field, fields
from datetime import date
from typing import Annotated

from shared.kernel.fields import Cents, Code, Count, Day, Doc, Many, Name, Year
from shared.kernel.value import value


@value
class RevenueLine:
    """A line of revenue of the budget law. Cents."""

    code: Code
    name: Name
    sodra: Annotated[bool, Doc("Sodra collects and transfers it")]
    amount_cents: Cents


@value
class ExpenseLine:
    """An expense article of the budget law. Cents."""

    article: Code
    name: Name
    health_care: Annotated[bool, Doc("contracts with providers may be concluded for it")]
    sodra: Annotated[bool, Doc("out of it Sodra's costs are compensated")] = False
    amount_cents: Cents


@value
class Edition:
    """One edition of a year's budget law, unique by (year, edition)."""

    year: Year
    edition: Count
    law: Name
    in_force_from: Day
    revenue: Many[RevenueLine]
    revenue_total_cents: Cents
    expenses: Many[ExpenseLine]
    expenses_total_cents: Cents
    working_capital_cents: Cents
    reserve_main_cents: Cents
    reserve_risk_cents: Cents
    state_funds_cents: Annotated[Cents, Doc("what the state's budget gives for the care of point 19")]
    reserve_transfer_cents: Annotated[Cents, Doc("to be moved to the reserve by point 9.1")] = 0
    working_capital_before_cents: Annotated[Cents | None, Doc("last year's, for point 9.2")] = None

    def article(self, code: str) -> ExpenseLine | None:
        """The expense line of an article; None where the edition has none."""
        return next((line for line in self.expenses if line.article == code), None)

    def appropriation_cents(self, article: str) -> Cents:
        """A(a): what the edition appropriates for the article; 0 for an article that it does not name."""
        line = self.article(article)
        return line.amount_cents if line else 0

    def appropriations_cents(self) -> dict[str, Cents]:
        """What the edition appropriates, article by article: for who asks of many."""
        return {line.article: line.amount_cents for line in reversed(self.expenses)}

    def sodra_article(self) -> str | None:
        """The article out of which Sodra's costs are compensated (point 22)."""
        return next((line.article for line in self.expenses if line.sodra), None)


def edition_of(budget: Edition) -> Edition:
    """The edition alone of a budget, as approved or as adopted."""
    return Edition(**{each.name: getattr(budget, each.name) for each in fields(Edition)})


@dataclass(slots=True, kw_only=True)
class Editions:
    """All editions that were adopted: by year, by number."""

    of_year: dict[int, dict[int, Edition]] = field(default_factory=dict)

    def add(self, edition: Edition) -> None:
        """Take an adopted edition."""
        self.of_year.setdefault(edition.year, {})[edition.edition] = edition

    def get(self, year: int, number: int) -> Edition | None:
        """The edition of that year and number."""
        return self.of_year.get(year, {}).get(number)

    def latest(self, year: int) -> Edition | None:
        """The edition of the year with the highest number, in force or not."""
        of_year = self.of_year.get(year)
        return of_year[max(of_year)] if of_year else None

    def in_force(self, day: date, year: int | None = None) -> Edition | None:
        """The edition in force on the day, of its own year (or of another): the last ``in_force_from`` not after it.

        Of several with the same ``in_force_from`` the one with the highest number.
        """
        found: Edition | None = None
        for edition in self.of_year.get(year or day.year, {}).values():
            if edition.in_force_from <= day and (
                found is None or (edition.in_force_from, edition.edition) > (found.in_force_from, found.edition)
            ):
                found = edition
        return found

    def sodra_lines(self, year: int) -> frozenset[str]:
        """Codes of the revenue that Sodra transfers: of the year's latest edition, else of the next year's."""
        edition = self.latest(year) or self.latest(year + 1)
        return frozenset(line.code for line in edition.revenue if line.sodra) if edition else frozenset()
