"""Execution of the revenue and expense plan: revenue by line, the reserve, and what lies on the accounts.

26. "... PSDF biudžeto pajamų ir išlaidų plano vykdymo ataskaitos". Readings of states, as in ``expenses``.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING

from services.payments import state as payments
from services.reconciliation import sodra
from services.reserve import state as reserve
from shared.events.contracts import DistributionAdopted
from shared.kernel.calendar import DECEMBER
from shared.kernel.money import Cents
from shared.kernel.value import value
from shared.reports.year.expenses import QUARTERS, Change, changes_of, edition_at, editions_until

if TYPE_CHECKING:
    from services.payments.events import Account
    from shared.events.vlk import RevenueQuarters

PARTS = ("main", "risk")


@value
class RevenueLine:
    """A line of revenue, in cents; ``by_quarter`` is what came, ``plan_by_quarter`` None without a distribution."""

    code: str
    name: str
    sodra: bool
    first: Cents
    changes: tuple[Change, ...]
    plan: Cents
    received: Cents
    by_quarter: tuple[Cents, ...]
    plan_by_quarter: tuple[Cents, ...] | None

    @property
    def over(self) -> Cents:
        """What came above the plan; below 0 is missing."""
        return self.received - self.plan


@value
class PartLine:
    """A part of the reserve, in cents: what the edition in force states, and what was used of it."""

    part: str
    stated: Cents
    used: Cents

    @property
    def left(self) -> Cents:
        """What the part holds."""
        return self.stated - self.used


@value
class TransferLine:
    """A transfer to the reserve (points 9.1, 9.2), in cents: planned, approved, ordered or done."""

    kind: str
    amount: Cents
    status: str


@value
class Balance:
    """What lies on an account, in cents: usable, credited with a later value day, and set aside for the return."""

    payer: str
    source: str
    cash: Cents
    to_come: Cents
    set_aside: Cents


@value
class Plan:
    """The revenue and expense plan of a year, without its expenses (which ``Estimate`` has), in cents."""

    revenue: tuple[RevenueLine, ...]
    revenue_plan: Cents
    revenue_received: Cents
    expenses_plan: Cents
    allotted: Cents
    parts: tuple[PartLine, ...]
    transfers: tuple[TransferLine, ...]
    working_capital: Cents
    working_capital_before: Cents | None
    balances: tuple[Balance, ...]

    @property
    def surplus(self) -> Cents:
        """23. What was received above the planned revenue; never below 0."""
        return max(0, self.revenue_received - self.revenue_plan)


def revenue_lines(
    state: sodra.State, year: int, day: date, distributions: Iterable[DistributionAdopted]
) -> tuple[RevenueLine, ...]:
    """Revenue belongs to the quarter of the day on which it was received; a line that no edition names stands last."""
    told = editions_until(state.editions, year, day)
    edition = edition_at(state.editions, year, day)
    plans: dict[str, RevenueQuarters] = {row.code: row for adopted in distributions for row in adopted.revenue_quarters}
    received = [state.revenue.get((year, quarter), {}) for quarter in QUARTERS]
    named = {line.code: line for e in told for line in e.revenue}
    lines = []
    for code in sorted(named.keys() | {code for of_quarter in received for code in of_quarter}):
        amounts = [(e.edition, next((ln.amount_cents for ln in e.revenue if ln.code == code), 0)) for e in told]
        by_quarter = tuple(of_quarter.get(code, 0) for of_quarter in received)
        plan, line = plans.get(code), named.get(code)
        lines.append(
            RevenueLine(
                code=code,
                name=line.name if line else "",
                sodra=bool(line and line.sodra),
                first=amounts[0][1] if amounts else 0,
                changes=changes_of(amounts),
                plan=sum(ln.amount_cents for ln in edition.revenue if ln.code == code) if edition else 0,
                received=sum(by_quarter),
                by_quarter=by_quarter,
                plan_by_quarter=tuple(getattr(plan, f"q{q}_cents") for q in QUARTERS) if plan else None,
            )
        )
    return tuple(lines)


def balances(state: payments.State) -> tuple[Balance, ...]:
    """Every account that ever had money, by payer and source."""
    accounts: set[Account] = {*state.cash, *state.cash_to_come, *state.set_aside}
    return tuple(
        Balance(
            payer=account.payer,
            source=account.source,
            cash=state.cash.get(account, 0),
            to_come=sum(state.cash_to_come.get(account, {}).values()),
            set_aside=sum(state.set_aside.get(account, {}).values()),
        )
        for account in sorted(accounts)
    )


def transfers(state: reserve.State, year: int) -> tuple[TransferLine, ...]:
    """The year's transfers to the reserve."""
    of_year: Mapping[str, reserve.Transfer] = {t.kind: t for t in state.transfers.values() if t.year == year}
    return tuple(
        TransferLine(kind=kind, amount=of_year[kind].amount_cents, status=of_year[kind].status)
        for kind in sorted(of_year)
    )


def plan(
    money: payments.State,
    fund_reserve: reserve.State,
    record: sodra.State,
    year: int,
    day: date,
    distributions: Iterable[DistributionAdopted],
) -> Plan:
    """Read the plan of a year out of the states as they were at the end of the day."""
    edition = edition_at(record.editions, year, day)
    at = min(day, date(year, DECEMBER, 31))
    lines = revenue_lines(record, year, day, distributions)
    used = fund_reserve.used.get(year, {})
    return Plan(
        revenue=lines,
        revenue_plan=edition.revenue_total_cents if edition else 0,
        revenue_received=sum(line.received for line in lines),
        expenses_plan=edition.expenses_total_cents if edition else 0,
        allotted=sum(money.book_of(year).allotted.values()),
        parts=tuple(
            PartLine(
                part=part,
                stated=fund_reserve.part_cents(year, part, at) + used.get(part, 0),
                used=used.get(part, 0),
            )
            for part in PARTS
        ),
        transfers=transfers(fund_reserve, year),
        working_capital=edition.working_capital_cents if edition else 0,
        working_capital_before=edition.working_capital_before_cents if edition else None,
        balances=balances(money),
    )
