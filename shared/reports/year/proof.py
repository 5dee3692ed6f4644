"""I10: consolidated = sum of payers = journal = bank, to the cent, proved each time that a report is made.

What lies in one journal must agree, or there is no report: ``Untied`` names both numbers. What two services recorded of
the same thing is shown side by side; where messages between them are still under way the two may differ for a moment,
and a year is not closed before they agree.
"""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from services.payments.events import Account
from services.payments.state import PSDF, STATE, State
from services.reconciliation import payer_years, sodra
from services.reserve import state as reserve
from shared.kernel.money import Cents, euro
from shared.kernel.value import value
from shared.reports.year.expenses import Estimate
from shared.reports.year.facts import PaymentFacts, Sum

Record: TypeAlias = tuple[str, Cents]
"""Whose record of a sum, and the sum."""


class Untied(Exception):  # noqa: N818 - what the sums are
    """Two sums that must be one differ (I10): the message names both. There is no report until it is explained."""


@value
class Tie:
    """Two records of one sum, in cents. ``within`` one journal they are asserted, across journals they are shown.

    ``what``, ``left_of`` and ``right_of`` are keys of the words of reports; ``source`` and ``payer`` say whose.
    """

    what: str
    what_en: str
    left_of: str
    left: Cents
    right_of: str
    right: Cents
    within: bool = True
    source: str = ""
    payer: str = ""

    @property
    def holds(self) -> bool:
        """Whether both are the same, to the cent."""
        return self.left == self.right


def tie(
    what: str, what_en: str, left: Record, right: Record, source: str = "", payer: str = "", *, within: bool = True
) -> Tie:
    """A tie of two records: who says it, and the sum."""
    return Tie(
        what=what,
        what_en=what_en,
        left_of=left[0],
        left=left[1],
        right_of=right[0],
        right=right[1],
        within=within,
        source=source,
        payer=payer,
    )


def assert_tied(ties: tuple[Tie, ...], currency: str = "EUR") -> tuple[Tie, ...]:
    """Give the ties back. Raises Untied for the first one within a journal that does not hold."""
    for tie in ties:
        if tie.within and not tie.holds:
            raise Untied(
                f"I10: {tie.what_en}: {euro(tie.left)} {currency} ({tie.left_of}) is not {euro(tie.right)} {currency} "
                f"({tie.right_of}); the difference is {euro(tie.left - tie.right)}"
            )
    return ties


def joined(state: State, sums: Mapping[Account, Cents], source: str) -> dict[str, Cents]:
    """Sums by payer as the payers are now, after mergers."""
    of_payer: dict[str, Cents] = {}
    for account, cents in sums.items():
        if account.source == source:
            payer = state.payers.resolve(account.payer)
            of_payer[payer] = of_payer.get(payer, 0) + cents
    return of_payer


def payment_ties(state: State, facts: PaymentFacts, reading: Estimate) -> Iterator[Tie]:
    """The sums of payments: the report's lines, the book's own sums, the journal's events, the bank's orders."""
    book = state.book_of(reading.year)
    for source, lines, committed in (
        (PSDF, reading.lines, reading.committed),
        (STATE, reading.state_lines, reading.state_committed),
    ):
        payers = [payer for line in lines for payer in line.payers]
        apart = sum(p.apart for p in payers)
        ordered, transferred = sum(p.ordered for p in payers), sum(p.transferred for p in payers) - apart
        by_month = sum(book.committed_of_month.get(source, {}).values())
        in_journal, executed, at_bank = (
            sum(joined(state, sums, source).values()) for sums in (facts.ordered, facts.executed, facts.at_bank)
        )
        of, consolidated = f"{reading.year}, {source}", ("consolidated", committed)
        by_payers = ("payers", sum(p.committed for p in payers))
        yield tie("committed", f"committed in {of}", by_payers, consolidated, source)
        yield tie("committed_by_month", f"committed by months of {of}", ("months", by_month), consolidated, source)
        yield tie(
            "ordered_and_scheduled",
            f"ordered and scheduled in {of}",
            ("ordered_and_scheduled", ordered + sum(p.unordered for p in payers)),
            ("committed", committed),
            source,
        )
        yield tie("ordered", f"ordered in {of}", ("payers", ordered - apart), ("journal", in_journal), source)
        yield tie("transferred", f"transferred in {of}", ("payers", transferred), ("journal", executed), source)
        yield tie(
            "transferred_by_bank", f"transferred by the bank in {of}", ("journal", executed), ("bank", at_bank), source
        )
        if source == PSDF:
            yield apart_tie(facts, reading.year, apart)
        yield from payer_ties(state, facts, reading, source)
        yield cash_tie(state, facts, source)


def apart_tie(facts: PaymentFacts, year: int, apart: Cents) -> Tie:
    """What was paid outside the queues: the payers' lines, and the treasury's reports."""
    reported = sum(paid.amount_cents for paid in facts.apart)
    return tie("apart", f"paid outside the queues in {year}", ("payers", apart), ("treasury", reported))


def payer_ties(state: State, facts: PaymentFacts, reading: Estimate, source: str) -> Iterator[Tie]:
    """What each payer transferred: its lines, and what the bank carried out for it."""
    at_bank = joined(state, facts.at_bank, source)
    of_payer: dict[str, Cents] = dict.fromkeys(at_bank, 0)
    for line in reading.lines if source == PSDF else reading.state_lines:
        for part in line.payers:
            of_payer[part.payer] = of_payer.get(part.payer, 0) + part.transferred - part.apart
    for payer, transferred in sorted(of_payer.items()):
        what_en = f"transferred by {payer} in {reading.year}, {source}"
        bank = ("bank", at_bank.get(payer, 0))
        yield tie("transferred_by_payer", what_en, ("report", transferred), bank, source, payer)


def cash_tie(state: State, facts: PaymentFacts, source: str) -> Tie:
    """All money of a source since the beginning: what lies on the accounts is what came less what went."""
    flow = facts.flow(source)
    accounts = {*state.cash, *state.cash_to_come, *state.set_aside}
    lies = sum(
        state.cash.get(account, 0)
        + sum(state.cash_to_come.get(account, {}).values())
        + sum(state.set_aside.get(account, {}).values())
        for account in accounts
        if account.source == source
    )
    flowed = flow.credited - flow.ordered + flow.came_back - flow.returned
    return tie("balances", f"balances of accounts, {source}", ("accounts", lies), ("flow", flowed), source)


def accepted_tie(year: int, accepted: Sum, entered: Sum) -> Tie:
    """What invoicing accepted and payments took, credits apart."""
    left, right = ("invoicing", accepted.cents), ("payments", entered.cents)
    return tie("accepted", f"invoices accepted in {year}", left, right, within=False)


def across_ties(
    reading: Estimate, ledgers: payer_years.State, record: sodra.State, fund_reserve: reserve.State
) -> Iterator[Tie]:
    """What the states of two services say of the same thing."""
    year = reading.year
    remembered = ledgers.today is not None and year > ledgers.today.year - payer_years.YEARS_REMEMBERED
    for source, lines in ((PSDF, reading.lines), (STATE, reading.state_lines)) if remembered else ():
        ordered = sum(part.ordered - part.apart for line in lines for part in line.payers)
        used = sum(
            ledger.used_cents
            for account, ledger in ledgers.ledgers.items()
            if (account.year, account.source) == (year, source)
        )
        what_en = f"used by the payers' ledgers of {year}, {source}"
        yield tie("used", what_en, ("payments", ordered), ("reconciliation", used), source, within=False)
    recorded = sum(cents for (of, _), sums in record.revenue.items() if of == year for cents in sums.values())
    reserved = sum(fund_reserve.revenue.get(year, {}).values())
    left, right = ("reconciliation", recorded), ("reserve", reserved)
    yield tie("revenue", f"revenue received in {year}", left, right, within=False)
