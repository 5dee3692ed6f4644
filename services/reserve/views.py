"""Where the reserve stands, for people and alarms: plain records, each number by the state's own functions. Cents."""

from collections.abc import Iterator
from datetime import date

from services.reserve.law import within_five_percent
from services.reserve.state import State
from shared.kernel.calendar import DECEMBER
from shared.kernel.clock import Now
from shared.kernel.fund import Fund
from shared.kernel.money import Cents
from shared.kernel.value import value

PARTS = ("main", "risk")
WHOLE = 100
"""Per cent."""


@value
class ReserveStanding:
    """23. The reserve of the year, the least that it must hold (None: last year's Sodra revenue is not known).

    ``untransferred_cents`` is what is planned to be transferred to it this year and is not done (9, 10).
    """

    year: int
    reserve_cents: Cents
    least_cents: Cents | None
    untransferred_cents: Cents


def reserve_standing(state: State, fund: Fund) -> ReserveStanding | None:
    """Where the reserve stands on the last started day; None before the first."""
    if state.today is None:
        return None
    year = state.today.year
    sodra, percent = state.sodra_cents(year - 1), fund.statute.amount("surplus_reserve_percent", state.today)
    transfers = (each for each in state.transfers.values() if each.year == year and each.status != "done")
    return ReserveStanding(
        year=year,
        reserve_cents=state.reserve_cents(year, state.today),
        least_cents=None if sodra is None else -(-sodra * percent // WHOLE),
        untransferred_cents=sum(each.amount_cents for each in transfers),
    )


@value
class PartStanding:
    """8. A part of the reserve: what the edition in force states, what was used, and what it holds."""

    part: str
    used_cents: Cents
    left_cents: Cents

    @property
    def stated_cents(self) -> Cents:
        """What the edition states."""
        return self.left_cents + self.used_cents


@value
class TransferStanding:
    """9, 10. A transfer to the reserve, and how far it is: planned, approved, ordered or done."""

    kind: str
    amount_cents: Cents
    status: str


@value
class RevenueStanding:
    """23. A line of revenue: what is planned and what was received."""

    code: str
    name: str
    planned_cents: Cents
    received_cents: Cents


@value
class ReserveYear:
    """The reserve of a year. ``percent`` of ``last_year_sodra_cents`` is what it must be once a surplus is allotted."""

    year: int
    parts: tuple[PartStanding, ...]
    transfers: tuple[TransferStanding, ...]
    revenue: tuple[RevenueStanding, ...]
    received_cents: Cents
    planned_cents: Cents | None
    allotted: dict[str, Cents]
    reserve_cents: Cents
    last_year_sodra_cents: Cents | None
    percent: int
    holds: bool | None


def reserve_year(now: Now, state: State, year: int) -> ReserveYear:
    """The reserve of a year at a moment of it, or at its end."""
    on = min(now.day, date(year, DECEMBER, 31))
    edition = state.editions.in_force(on, year)
    received = state.revenue.get(year, {})
    sodra, reserve = state.sodra_cents(year - 1), state.reserve_cents(year, on)
    percent = now.amount("surplus_reserve_percent")
    return ReserveYear(
        year=year,
        parts=tuple(_parts(state, year, on)),
        transfers=tuple(
            TransferStanding(kind=each.kind, amount_cents=each.amount_cents, status=each.status)
            for each in sorted(state.transfers.values(), key=lambda each: each.kind)
            if each.year == year
        ),
        revenue=tuple(
            RevenueStanding(
                code=line.code,
                name=line.name,
                planned_cents=line.amount_cents,
                received_cents=received.get(line.code, 0),
            )
            for line in (edition.revenue if edition else ())
        ),
        received_cents=sum(received.values()),
        planned_cents=edition.revenue_total_cents if edition else None,
        allotted=dict(sorted(state.allotted.get(year, {}).items())),
        reserve_cents=reserve,
        last_year_sodra_cents=sodra,
        percent=percent,
        holds=None if sodra is None else within_five_percent(reserve, sodra, percent),
    )


def _parts(state: State, year: int, on: date) -> Iterator[PartStanding]:
    used = state.used.get(year, {})
    for part in PARTS:
        yield PartStanding(part=part, used_cents=used.get(part, 0), left_cents=state.part_cents(year, part, on))
