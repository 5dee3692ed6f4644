"""Reserve: transfers to it, uses of it, and over-plan revenue (points 8-10, 23). One stream: ``reserve``."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from typing import Any, TypeAlias, assert_never

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
from services.reserve.state import (
    DayBegun,
    EditionTaken,
    Event,
    LockTested,
    RevenueRecorded,
    State,
    Transfer,
    TransferApproved,
    revenue_content,
)
from shared.events.contracts import BudgetAdopted
from shared.events.ministry import ReserveUse, ReserveUseProposed, SurplusProposed
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
from shared.events.treasury import ReserveTransferReported, RevenueReceived
from shared.events.vlk import ReserveTransferApproved
from shared.kernel.budget import Edition, edition_of
from shared.kernel.calendar import DECEMBER
from shared.kernel.clock import Now, Parked, StartDay
from shared.kernel.money import Cents
from shared.kernel.reason import Reason, reason

Heard: TypeAlias = (
    StartDay
    | BudgetAdopted
    | RevenueReceived
    | SurplusProposed
    | ReserveUseProposed
    | ReserveTransferApproved
    | ReserveTransferReported
)
"""What the reserve decides on."""


# --- decisions


def decide(now: Now, heard: Heard, state: State) -> Iterator[Event]:
    """What follows from what was heard."""
    match heard:
        case StartDay():
            yield DayBegun(on=now.day)
            yield from start_day(now, state)
        case BudgetAdopted():
            yield from take_edition(state, edition_of(heard))
        case RevenueReceived():
            yield from receive_revenue(now, state, heard)
        case SurplusProposed():
            yield propose_surplus(now, state, heard)
        case ReserveUseProposed():
            yield propose_use(now, state, heard)
        case ReserveTransferApproved():
            yield from approve_transfer(state, heard)
        case ReserveTransferReported():
            yield from report_transfer(state, heard)
        case _:
            assert_never(heard)


def start_day(now: Now, state: State) -> Iterator[Event]:
    """9, 10. Order what is approved on a bank day; warn on 1 December; tell breaches when the year has ended."""
    transfers = sorted(state.transfers.values(), key=lambda t: (t.year, t.kind))
    if now.fund.calendar.is_bank_day(now.day):
        for transfer in transfers:
            if transfer.status == "approved":
                yield ReserveTransferOrdered(**told(transfer))
    open_ones = [transfer for transfer in transfers if transfer.status != "done"]
    if (now.day.month, now.day.day) == (now.amount("reserve_warning_month"), 1):
        yield from (ReserveTransferWarned(**told(transfer)) for transfer in open_ones if transfer.year == now.day.year)
    if (now.day.month, now.day.day) == (1, 1):
        last = now.day.year - 1
        yield from (ReserveTransferOverdue(**told(transfer)) for transfer in open_ones if transfer.year == last)
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
            yield ReserveTransferPlanned(**told(Transfer(year=edition.year, kind=kind, amount_cents=amount)))


def receive_revenue(now: Now, state: State, received: RevenueReceived) -> Iterator[Event]:
    """22, 23. Revenue belongs to the year of its day; the same reference is the same revenue, for ever."""
    content = revenue_content(received.year, received.code, received.amount_cents)
    known = state.references.get(received.reference)
    if known == content:
        return
    if known is not None:
        yield Parked(error=f"reference: {received.reference} is that of other revenue ({known}, now {content})")
        return
    if error := now.out_of_reach("received_on", received.received_on):
        yield Parked(error=error)
        return
    yield RevenueRecorded(
        year=received.year, code=received.code, amount_cents=received.amount_cents, reference=received.reference
    )


def propose_surplus(now: Now, state: State, proposed: SurplusProposed) -> Event:
    """23. The minister decides; the system checks, records, allots. All failing tests are named with their numbers."""
    edition = state.editions.in_force(now.day, proposed.year)
    reasons = (
        *not_december(proposed.year, proposed.decided_on, now.day),
        *not_health_care(edition, proposed.article),
        *more_than_surplus(
            sum(state.revenue.get(proposed.year, {}).values()),
            edition.revenue_total_cents if edition else 0,
            sum(state.allotted.get(proposed.year, {}).values()),
            proposed.amount_cents,
        ),
        *five_percent_broken(
            state.reserve_cents(proposed.year, now.day),
            state.sodra_cents(proposed.year - 1),
            now.amount("surplus_reserve_percent"),
        ),
        *no_document(proposed.document, "23"),
    )
    if reasons:
        return SurplusRefused(
            year=proposed.year,
            article=proposed.article,
            amount_cents=proposed.amount_cents,
            document=proposed.document,
            reasons=reasons,
            rules=("23", "HIL 15(4)"),
        )
    return SurplusAllotted(
        year=proposed.year,
        article=proposed.article,
        amount_cents=proposed.amount_cents,
        document=proposed.document,
        rules=("23", "HIL 15(4)"),
    )


def propose_use(now: Now, state: State, proposed: ReserveUseProposed) -> Event:
    """8, HIL 23. Never more than the part holds; after a decision of point 23 never under the 5 % until 31 December."""
    left = state.part_cents(proposed.year, proposed.part, now.day)
    after = state.reserve_cents(proposed.year, now.day) - proposed.amount_cents
    locked = state.surplus_is_used(proposed.year) and now.day <= date(proposed.year, DECEMBER, 31)
    reasons = (
        *wrong_decider(proposed.part, now.source),
        *no_document(proposed.document, "8"),
        *no_purpose(proposed.purpose),
        *more_than_reserve(proposed.part, left, proposed.amount_cents),
        *(
            five_percent_broken(after, state.sodra_cents(proposed.year - 1), now.amount("surplus_reserve_percent"))
            if locked
            else ()
        ),
    )
    use = {each.name: getattr(proposed, each.name) for each in fields(ReserveUse)}
    if reasons:
        return ReserveUseRefused(**use, reasons=reasons, rules=("8", "23"))
    return ReserveUseAllowed(**use, rules=("8", "23") if locked else ("8",))


def approve_transfer(state: State, approved: ReserveTransferApproved) -> Iterator[Event]:
    """10. The approved sum equals the planned one; what is approved already stays so."""
    known = state.transfers.get(f"{approved.year}-{approved.kind}")
    planned = known.amount_cents if known else 0
    reasons = (*unplanned_transfer(planned, approved.amount_cents), *no_document(approved.document, "10"))
    if reasons or known is None:
        refused = Transfer(year=approved.year, kind=approved.kind, amount_cents=approved.amount_cents)
        yield ReserveTransferRefused(**told(refused), reasons=reasons or (not_planned(approved.amount_cents),))
    elif known.status == "planned":
        yield TransferApproved(year=known.year, kind=known.kind, document=approved.document)


def not_planned(asked: Cents) -> Reason:
    """10. Nothing was planned."""
    return reason("unplanned_transfer", planned_cents=0, asked_cents=asked)


def report_transfer(state: State, reported: ReserveTransferReported) -> Iterator[Event]:
    """9. Done when the treasury reports what was ordered; the same again changes nothing."""
    known = state.transfers.get(f"{reported.year}-{reported.kind}")
    ordered = known.amount_cents if known and known.status in ("ordered", "done") else 0
    if known is None or ordered != reported.amount_cents or known.status not in ("ordered", "done"):
        refused = Transfer(year=reported.year, kind=reported.kind, amount_cents=reported.amount_cents)
        reasons = tuple(unplanned_transfer(ordered, reported.amount_cents)) or (not_planned(reported.amount_cents),)
        yield ReserveTransferRefused(**told(refused), reasons=reasons)
    elif known.status == "ordered":
        yield ReserveTransferDone(**told(known))
