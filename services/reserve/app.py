"""What reserve hears, and as which command; no rule here. All of it is decided in one stream, ``reserve``."""

from services.reserve import domain as d
from shared.engine.service import Domain, Heard, Service
from shared.events import contracts, ministry, treasury, vlk
from shared.kernel.budget import edition_of
from shared.messages.envelope import Event

RESERVE_STREAM = "reserve"


def budget_adopted(event: Event) -> Heard:
    """4, 8. The reserve's parts and transfers stand in the budget."""
    yield RESERVE_STREAM, d.TakeEdition(edition=edition_of(event.of(contracts.BudgetAdopted)))


def revenue_received(event: Event) -> Heard:
    """23. Revenue of the year."""
    data = event.of(treasury.RevenueReceived)
    yield (
        RESERVE_STREAM,
        d.ReceiveRevenue(
            year=data.year,
            code=data.code,
            amount_cents=data.amount_cents,
            received_on=data.received_on,
            reference=data.reference,
        ),
    )


def surplus_proposed(event: Event) -> Heard:
    """23. The minister's decision."""
    data = event.of(ministry.SurplusProposed)
    yield (
        RESERVE_STREAM,
        d.ProposeSurplus(
            year=data.year,
            article=data.article,
            amount_cents=data.amount_cents,
            decided_on=data.decided_on,
            document=data.document,
        ),
    )


def reserve_use_proposed(event: Event) -> Heard:
    """8. The Government's or the minister's decision."""
    data = event.of(ministry.ReserveUseProposed)
    yield (
        RESERVE_STREAM,
        d.ProposeUse(
            year=data.year,
            part=data.part,
            amount_cents=data.amount_cents,
            purpose=data.purpose,
            article=data.article,
            decided_on=data.decided_on,
            document=data.document,
            source=event.source,
        ),
    )


def transfer_approved(event: Event) -> Heard:
    """10. The director's approval."""
    data = event.of(vlk.ReserveTransferApproved)
    yield (
        RESERVE_STREAM,
        d.ApproveTransfer(year=data.year, transfer=data.kind, amount_cents=data.amount_cents, document=data.document),
    )


def transfer_reported(event: Event) -> Heard:
    """9. The treasury's report."""
    data = event.of(treasury.ReserveTransferReported)
    yield (
        RESERVE_STREAM,
        d.ReportTransfer(year=data.year, transfer=data.kind, amount_cents=data.amount_cents, on=data.on),
    )


RESERVE = Service(
    name="reserve",
    domains={
        RESERVE_STREAM: Domain(state=d.State, events=d.Event, decide=d.decide, evolve=d.evolve, waits=lambda _: True),
    },
    streams=(RESERVE_STREAM,),
    subscriptions={
        "budget.adopted": budget_adopted,
        "revenue.received": revenue_received,
        "surplus.proposed": surplus_proposed,
        "reserve.use.proposed": reserve_use_proposed,
        "reserve.transfer.approved": transfer_approved,
        "reserve.transfer.reported": transfer_reported,
    },
)
