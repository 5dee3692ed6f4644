"""What the reserve remembers, and what each of its events changes: nothing else does."""

from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, TypeAlias, assert_never

from shared.events.reserve import (
    ReserveTransferDone,
    ReserveTransferOrdered,
    ReserveTransferOverdue,
    ReserveTransferPlanned,
    ReserveTransferRefused,
    ReserveTransferWarned,
    ReserveUseAllowed,
    ReserveUseRefused,
    SurplusAllotted,
    SurplusRefused,
)
from shared.kernel.budget import Edition, Editions
from shared.kernel.clock import Parked
from shared.kernel.money import Cents
from shared.kernel.value import value

# --- events


@value
class DayBegun:
    """A day started."""

    type: ClassVar[str] = "reserve.day_begun"
    on: date


@value
class EditionTaken:
    """An adopted edition is known."""

    type: ClassVar[str] = "reserve.edition_taken"
    edition: Edition


@value
class RevenueRecorded:
    """Revenue of a year and line was recorded."""

    type: ClassVar[str] = "reserve.revenue_received"
    year: int
    code: str
    amount_cents: Cents
    reference: str


@value
class TransferApproved:
    """The director approved the planned transfer."""

    type: ClassVar[str] = "reserve.transfer_approved"
    year: int
    kind: str
    document: str


@value
class LockTested:
    """23. At year end the 5 % was tested again, as it must hold to 31 December."""

    type: ClassVar[str] = "reserve.lock_tested"
    year: int
    reserve_cents: Cents
    last_year_sodra_cents: Cents
    holds: bool


Event: TypeAlias = (
    DayBegun
    | EditionTaken
    | RevenueRecorded
    | SurplusAllotted
    | SurplusRefused
    | ReserveUseAllowed
    | ReserveUseRefused
    | ReserveTransferPlanned
    | TransferApproved
    | ReserveTransferWarned
    | ReserveTransferOrdered
    | ReserveTransferDone
    | ReserveTransferOverdue
    | ReserveTransferRefused
    | LockTested
    | Parked
)


# --- state


@dataclass(slots=True, kw_only=True)
class Transfer:
    """A planned transfer and how far it is: ``planned``, ``approved``, ``ordered`` or ``done``."""

    year: int
    kind: str
    amount_cents: Cents
    status: str = "planned"


@dataclass(slots=True, kw_only=True)
class State:
    """Editions, revenue by year and line, uses and allotments by year, and the transfers."""

    today: date | None = None
    editions: Editions = field(default_factory=Editions)
    revenue: dict[int, dict[str, Cents]] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    used: dict[int, dict[str, Cents]] = field(default_factory=dict)
    allotted: dict[int, dict[str, Cents]] = field(default_factory=dict)
    transfers: dict[str, Transfer] = field(default_factory=dict)
    lock_holds: dict[int, bool] = field(default_factory=dict)

    def part_cents(self, year: int, part: str, day: date) -> Cents:
        """What a part of a year's reserve holds on a day: of the edition in force, less what was used."""
        edition = self.editions.in_force(day, year)
        stated = 0
        if edition is not None:
            stated = edition.reserve_main_cents if part == "main" else edition.reserve_risk_cents
        return stated - self.used.get(year, {}).get(part, 0)

    def reserve_cents(self, year: int, day: date) -> Cents:
        """Both parts of a year's reserve on a day."""
        return self.part_cents(year, "main", day) + self.part_cents(year, "risk", day)

    def sodra_cents(self, year: int) -> Cents | None:
        """What Sodra transferred in a year, set-offs included; None where none of its revenue is recorded."""
        lines = self.editions.sodra_lines(year)
        recorded = [cents for code, cents in self.revenue.get(year, {}).items() if code in lines]
        return sum(recorded) if recorded else None

    def surplus_is_used(self, year: int) -> bool:
        """Whether over-plan revenue of the year was allotted: then the 5 % is locked."""
        return bool(self.allotted.get(year))


# --- what each event changes


def evolve(state: State, event: Event) -> None:
    """Fold one event into the state."""
    match event:
        case DayBegun():
            state.today = event.on
        case EditionTaken():
            state.editions.add(event.edition)
        case RevenueRecorded():
            revenue_received(state, event)
        case SurplusAllotted():
            of_year = state.allotted.setdefault(event.year, {})
            of_year[event.article] = of_year.get(event.article, 0) + event.amount_cents
        case ReserveUseAllowed():
            of_part = state.used.setdefault(event.year, {})
            of_part[event.part] = of_part.get(event.part, 0) + event.amount_cents
        case ReserveTransferPlanned():
            state.transfers[f"{event.year}-{event.kind}"] = Transfer(
                year=event.year, kind=event.kind, amount_cents=event.amount_cents
            )
            if not event.amount_cents:
                del state.transfers[f"{event.year}-{event.kind}"]
        case TransferApproved():
            state.transfers[f"{event.year}-{event.kind}"].status = "approved"
        case ReserveTransferOrdered():
            state.transfers[f"{event.year}-{event.kind}"].status = "ordered"
        case ReserveTransferDone():
            state.transfers[f"{event.year}-{event.kind}"].status = "done"
        case LockTested():
            state.lock_holds[event.year] = event.holds
        case (
            SurplusRefused()
            | ReserveUseRefused()
            | ReserveTransferWarned()
            | ReserveTransferOverdue()
            | ReserveTransferRefused()
            | Parked()
        ):
            pass
        case _:
            assert_never(event)


def revenue_content(year: int, code: str, amount: Cents) -> str:
    """What a reference of revenue stands for."""
    return f"{amount} cents of line {code} of {year}"


def revenue_received(state: State, event: RevenueRecorded) -> None:
    """Revenue adds up by year and line."""
    of_year = state.revenue.setdefault(event.year, {})
    of_year[event.code] = of_year.get(event.code, 0) + event.amount_cents
    state.references[event.reference] = revenue_content(event.year, event.code, event.amount_cents)
