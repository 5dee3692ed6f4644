"""Reserve: transfers to it, uses of it, and over-plan revenue (points 8-10, 23). One stream: ``reserve``."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, TypeAlias, assert_never

from services.reserve.law import (
    five_percent_broken,
    more_than_reserve,
    more_than_surplus,
    no_document,
    no_purpose,
    not_december,
    not_health_care,
    planned_transfers,
    unplanned_transfer,
    within_five_percent,
    wrong_decider,
)
from shared.kernel.budget import Edition, Editions
from shared.kernel.calendar import DECEMBER
from shared.kernel.clock import Now, Parked, StartDay
from shared.kernel.money import Cents
from shared.kernel.reason import Reason, reason
from shared.kernel.value import value

# --- commands


@value
class TakeEdition:
    """An edition of a budget was adopted."""

    edition: Edition


@value
class ReceiveRevenue:
    """Revenue came in, or was set off; its reference is its natural key."""

    year: int
    code: str
    amount_cents: Cents
    received_on: date
    reference: str


@value
class ProposeSurplus:
    """The minister decides to use over-plan revenue for an article."""

    year: int
    article: str
    amount_cents: Cents
    decided_on: date
    document: str


@value
class ProposeUse:
    """A part of the reserve is to be used; ``source`` is who decided."""

    year: int
    part: str
    amount_cents: Cents
    purpose: str
    article: str | None
    decided_on: date
    document: str
    source: str


@value
class ApproveTransfer:
    """The VLK's director approves a planned transfer."""

    year: int
    transfer: str
    amount_cents: Cents
    document: str


@value
class ReportTransfer:
    """The treasury transferred a sum to the reserve's account."""

    year: int
    transfer: str
    amount_cents: Cents
    on: date


Command: TypeAlias = (
    StartDay | TakeEdition | ReceiveRevenue | ProposeSurplus | ProposeUse | ApproveTransfer | ReportTransfer
)


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
class RevenueReceived:
    """Revenue of a year and line was recorded."""

    type: ClassVar[str] = "reserve.revenue_received"
    year: int
    code: str
    amount_cents: Cents
    reference: str


@value
class SurplusAllotted:
    """Over-plan revenue raises an article; from now to 31 December the reserve keeps its 5 %."""

    type: ClassVar[str] = "surplus.allotted"
    year: int
    article: str
    amount_cents: Cents
    document: str
    rules: tuple[str, ...]


@value
class SurplusRefused:
    """Over-plan revenue may not be used so; every failed test is named."""

    type: ClassVar[str] = "surplus.refused"
    year: int
    article: str
    amount_cents: Cents
    document: str
    reasons: tuple[Reason, ...]
    rules: tuple[str, ...]


@value
class UseAllowed:
    """A part of the reserve is used; it does not raise an article (I)."""

    type: ClassVar[str] = "reserve.use.allowed"
    year: int
    part: str
    amount_cents: Cents
    purpose: str
    article: str | None
    decided_on: date
    document: str
    rules: tuple[str, ...]


@value
class UseRefused:
    """A part of the reserve may not be used so."""

    type: ClassVar[str] = "reserve.use.refused"
    year: int
    part: str
    amount_cents: Cents
    purpose: str
    article: str | None
    decided_on: date
    document: str
    reasons: tuple[Reason, ...]
    rules: tuple[str, ...]


@value
class TransferPlanned:
    """A transfer to the reserve's account is planned, to be done by the end of the year."""

    type: ClassVar[str] = "reserve.transfer.planned"
    year: int
    kind: str
    amount_cents: Cents
    by: date
    rules: tuple[str, ...]


@value
class TransferApproved:
    """The director approved the planned transfer."""

    type: ClassVar[str] = "reserve.transfer_approved"
    year: int
    kind: str
    document: str


@value
class TransferWarned:
    """On 1 December a planned transfer is not done."""

    type: ClassVar[str] = "reserve.transfer.warned"
    year: int
    kind: str
    amount_cents: Cents
    by: date
    rules: tuple[str, ...]


@value
class TransferOrdered:
    """An approved transfer is ordered when the next bank day starts."""

    type: ClassVar[str] = "reserve.transfer.ordered"
    year: int
    kind: str
    amount_cents: Cents
    by: date
    rules: tuple[str, ...]


@value
class TransferDone:
    """The treasury reported the transfer."""

    type: ClassVar[str] = "reserve.transfer.done"
    year: int
    kind: str
    amount_cents: Cents
    by: date
    rules: tuple[str, ...]


@value
class TransferOverdue:
    """The year ended and the transfer is not done."""

    type: ClassVar[str] = "reserve.transfer.overdue"
    year: int
    kind: str
    amount_cents: Cents
    by: date
    rules: tuple[str, ...]


@value
class TransferRefused:
    """An approval or a report of a transfer that is not the planned one."""

    type: ClassVar[str] = "reserve.transfer.refused"
    year: int
    kind: str
    amount_cents: Cents
    by: date
    reasons: tuple[Reason, ...]
    rules: tuple[str, ...]


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
    | RevenueReceived
    | SurplusAllotted
    | SurplusRefused
    | UseAllowed
    | UseRefused
    | TransferPlanned
    | TransferApproved
    | TransferWarned
    | TransferOrdered
    | TransferDone
    | TransferOverdue
    | TransferRefused
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


# --- decisions


def decide(now: Now, command: Command, state: State) -> Iterator[Event]:
    """What follows from a command."""
    match command:
        case StartDay():
            yield DayBegun(on=now.day)
            yield from start_day(now, state)
        case TakeEdition():
            yield from take_edition(state, command.edition)
        case ReceiveRevenue():
            yield from receive_revenue(now, state, command)
        case ProposeSurplus():
            yield propose_surplus(now, state, command)
        case ProposeUse():
            yield propose_use(now, state, command)
        case ApproveTransfer():
            yield from approve_transfer(state, command)
        case ReportTransfer():
            yield from report_transfer(state, command)
        case _:
            assert_never(command)


def start_day(now: Now, state: State) -> Iterator[Event]:
    """9, 10. Order what is approved on a bank day; warn on 1 December; tell breaches when the year has ended."""
    transfers = sorted(state.transfers.values(), key=lambda t: (t.year, t.kind))
    if now.fund.calendar.is_bank_day(now.day):
        for transfer in transfers:
            if transfer.status == "approved":
                yield TransferOrdered(**told(transfer))
    open_ones = [transfer for transfer in transfers if transfer.status != "done"]
    if (now.day.month, now.day.day) == (now.amount("reserve_warning_month"), 1):
        yield from (TransferWarned(**told(transfer)) for transfer in open_ones if transfer.year == now.day.year)
    if (now.day.month, now.day.day) == (1, 1):
        last = now.day.year - 1
        yield from (TransferOverdue(**told(transfer)) for transfer in open_ones if transfer.year == last)
        if state.surplus_is_used(last):
            yield test_lock(now, state, last)


def test_lock(now: Now, state: State, year: int) -> Event:
    """23. "turi būti tenkinama iki einamųjų metų gruodžio 31 dienos": tested again when the year has ended."""
    reserve, sodra = state.reserve_cents(year, date(year, DECEMBER, 31)), state.sodra_cents(year - 1) or 0
    holds = within_five_percent(reserve, sodra, now.amount("surplus_reserve_percent"))
    return LockTested(year=year, reserve_cents=reserve, last_year_sodra_cents=sodra, holds=holds)


def told(transfer: Transfer) -> dict[str, Any]:
    """What is announced of a transfer."""
    return {
        "year": transfer.year,
        "kind": transfer.kind,
        "amount_cents": transfer.amount_cents,
        "by": date(transfer.year, DECEMBER, 31),
        "rules": ("9", "10"),
    }


def take_edition(state: State, edition: Edition) -> Iterator[Event]:
    """9. Transfers are planned when an edition is adopted; another sum of the latest edition plans them anew."""
    yield EditionTaken(edition=edition)
    latest = state.editions.latest(edition.year)
    if latest is None or latest.edition != edition.edition:
        return
    for kind, amount in planned_transfers(edition).items():
        known = state.transfers.get(f"{edition.year}-{kind}")
        if known is not None and known.status in ("ordered", "done"):
            continue
        if amount != (known.amount_cents if known else 0):
            yield TransferPlanned(**told(Transfer(year=edition.year, kind=kind, amount_cents=amount)))


def receive_revenue(now: Now, state: State, command: ReceiveRevenue) -> Iterator[Event]:
    """22, 23. Revenue belongs to the year of its day; the same reference is the same revenue, for ever."""
    content = revenue_content(command.year, command.code, command.amount_cents)
    known = state.references.get(command.reference)
    if known == content:
        return
    if known is not None:
        yield Parked(error=f"reference: {command.reference} is that of other revenue ({known}, now {content})")
        return
    if error := now.out_of_reach("received_on", command.received_on):
        yield Parked(error=error)
        return
    yield RevenueReceived(
        year=command.year, code=command.code, amount_cents=command.amount_cents, reference=command.reference
    )


def revenue_content(year: int, code: str, amount: Cents) -> str:
    """What a reference of revenue stands for."""
    return f"{amount} cents of line {code} of {year}"


def propose_surplus(now: Now, state: State, command: ProposeSurplus) -> Event:
    """23. The minister decides; the system checks, records, allots. All failing tests are named with their numbers."""
    edition = state.editions.in_force(now.day, command.year)
    reasons = (
        *not_december(command.year, command.decided_on, now.day),
        *not_health_care(edition, command.article),
        *more_than_surplus(
            sum(state.revenue.get(command.year, {}).values()),
            edition.revenue_total_cents if edition else 0,
            sum(state.allotted.get(command.year, {}).values()),
            command.amount_cents,
        ),
        *five_percent_broken(
            state.reserve_cents(command.year, now.day),
            state.sodra_cents(command.year - 1),
            now.amount("surplus_reserve_percent"),
        ),
        *no_document(command.document, "23"),
    )
    if reasons:
        return SurplusRefused(
            year=command.year,
            article=command.article,
            amount_cents=command.amount_cents,
            document=command.document,
            reasons=reasons,
            rules=("23", "HIL 15(4)"),
        )
    return SurplusAllotted(
        year=command.year,
        article=command.article,
        amount_cents=command.amount_cents,
        document=command.document,
        rules=("23", "HIL 15(4)"),
    )


def propose_use(now: Now, state: State, command: ProposeUse) -> Event:
    """8, HIL 23. Never more than the part holds; after a decision of point 23 never under the 5 % until 31 December."""
    left = state.part_cents(command.year, command.part, now.day)
    after = state.reserve_cents(command.year, now.day) - command.amount_cents
    locked = state.surplus_is_used(command.year) and now.day <= date(command.year, DECEMBER, 31)
    reasons = (
        *wrong_decider(command.part, command.source),
        *no_document(command.document, "8"),
        *no_purpose(command.purpose),
        *more_than_reserve(command.part, left, command.amount_cents),
        *(
            five_percent_broken(after, state.sodra_cents(command.year - 1), now.amount("surplus_reserve_percent"))
            if locked
            else ()
        ),
    )
    proposed = {name: getattr(command, name) for name in ProposeUse.__dataclass_fields__ if name != "source"}
    if reasons:
        return UseRefused(**proposed, reasons=reasons, rules=("8", "23"))
    return UseAllowed(**proposed, rules=("8", "23") if locked else ("8",))


def approve_transfer(state: State, command: ApproveTransfer) -> Iterator[Event]:
    """10. The approved sum equals the planned one; what is approved already stays so."""
    known = state.transfers.get(f"{command.year}-{command.transfer}")
    planned = known.amount_cents if known else 0
    reasons = (*unplanned_transfer(planned, command.amount_cents), *no_document(command.document, "10"))
    if reasons or known is None:
        refused = Transfer(year=command.year, kind=command.transfer, amount_cents=command.amount_cents)
        yield TransferRefused(**told(refused), reasons=reasons or (not_planned(command.amount_cents),))
    elif known.status == "planned":
        yield TransferApproved(year=known.year, kind=known.kind, document=command.document)


def not_planned(asked: Cents) -> Reason:
    """10. Nothing was planned."""
    return reason("unplanned_transfer", planned_cents=0, asked_cents=asked)


def report_transfer(state: State, command: ReportTransfer) -> Iterator[Event]:
    """9. Done when the treasury reports what was ordered; the same again changes nothing."""
    known = state.transfers.get(f"{command.year}-{command.transfer}")
    ordered = known.amount_cents if known and known.status in ("ordered", "done") else 0
    if known is None or ordered != command.amount_cents or known.status not in ("ordered", "done"):
        refused = Transfer(year=command.year, kind=command.transfer, amount_cents=command.amount_cents)
        reasons = tuple(unplanned_transfer(ordered, command.amount_cents)) or (not_planned(command.amount_cents),)
        yield TransferRefused(**told(refused), reasons=reasons)
    elif known.status == "ordered":
        yield TransferDone(**told(known))


# --- what each event changes


def evolve(state: State, event: Event) -> None:
    """Fold one event into the state."""
    match event:
        case DayBegun():
            state.today = event.on
        case EditionTaken():
            state.editions.add(event.edition)
        case RevenueReceived():
            revenue_received(state, event)
        case SurplusAllotted():
            of_year = state.allotted.setdefault(event.year, {})
            of_year[event.article] = of_year.get(event.article, 0) + event.amount_cents
        case UseAllowed():
            of_part = state.used.setdefault(event.year, {})
            of_part[event.part] = of_part.get(event.part, 0) + event.amount_cents
        case TransferPlanned():
            state.transfers[f"{event.year}-{event.kind}"] = Transfer(
                year=event.year, kind=event.kind, amount_cents=event.amount_cents
            )
            if not event.amount_cents:
                del state.transfers[f"{event.year}-{event.kind}"]
        case TransferApproved():
            state.transfers[f"{event.year}-{event.kind}"].status = "approved"
        case TransferOrdered():
            state.transfers[f"{event.year}-{event.kind}"].status = "ordered"
        case TransferDone():
            state.transfers[f"{event.year}-{event.kind}"].status = "done"
        case LockTested():
            state.lock_holds[event.year] = event.holds
        case SurplusRefused() | UseRefused() | TransferWarned() | TransferOverdue() | TransferRefused() | Parked():
            pass
        case _:
            assert_never(event)


def revenue_received(state: State, event: RevenueReceived) -> None:
    """Revenue adds up by year and line."""
    of_year = state.revenue.setdefault(event.year, {})
    of_year[event.code] = of_year.get(event.code, 0) + event.amount_cents
    state.references[event.reference] = revenue_content(event.year, event.code, event.amount_cents)
