"""What payments hears, and as which command; no rule here. All of it is decided in one stream, ``fund``."""

from services.payments import domain as d
from services.payments.domain import decide, evolve
from services.payments.events import Event as PaymentEvent
from services.payments.events import InvoiceEntered
from services.payments.state import PSDF, State
from shared.engine.service import Domain, Heard, Service
from shared.events import contracts, internal, invoicing, reconciliation, reserve, treasury, vlk
from shared.kernel.budget import edition_of
from shared.messages.envelope import Event

FUND = "fund"


def invoice_accepted(event: Event) -> Heard:
    """An accepted invoice enters its queue; an accepted credit lowers what is not ordered."""
    data = event.of(invoicing.InvoiceAccepted)
    if data.kind == "credit":
        yield (
            FUND,
            d.LowerBy(
                by=data.invoice_id,
                contract_id=data.contract_id,
                provider_code=data.provider_code,
                invoice_id=data.corrects,
                service_month=data.service_month,
                amount_cents=data.amount_cents,
                because=event.type,
            ),
        )
        return
    yield (
        FUND,
        d.EnterInvoice(
            invoice=InvoiceEntered(
                invoice_id=data.invoice_id,
                contract_id=data.contract_id,
                provider_code=data.provider_code,
                iban=data.iban,
                payer=data.payer,
                article=data.article,
                source=data.source,
                service_month=data.service_month,
                amount_cents=data.amount_cents,
                accepted_on=data.accepted_on,
                due_on=data.due_on,
                arrived_at=data.arrived_at,
                compensation=False,
            )
        ),
    )


def compensation_due(event: Event) -> Heard:
    """22. Sodra's compensation is paid like an invoice of the VLK that was accepted that day."""
    data = event.of(reconciliation.CompensationDue)
    yield (
        FUND,
        d.EnterInvoice(
            invoice=InvoiceEntered(
                invoice_id=data.invoice_id,
                contract_id=data.invoice_id,
                provider_code=data.invoice_id.partition("/")[0],
                iban=None,
                payer=data.payer,
                article=data.article,
                source=PSDF,
                service_month=f"{data.year}-{data.quarter * 3:02d}",
                amount_cents=data.amount_cents,
                accepted_on=data.accepted_on,
                due_on=data.due_on,
                arrived_at=event.time,
                compensation=True,
            )
        ),
    )


def recovery_set_off(event: Event) -> Heard:
    """21. A claim set off against a named invoice lowers what is not ordered, like a credit."""
    data = event.of(reconciliation.RecoverySetOff)
    if data.invoice_id and data.contract_id and data.service_month:
        yield (
            FUND,
            d.LowerBy(
                by=data.claim_id,
                contract_id=data.contract_id,
                provider_code=data.invoice_id.partition("/")[0],
                invoice_id=data.invoice_id,
                service_month=data.service_month,
                amount_cents=data.amount_cents,
                because=event.type,
            ),
        )


def budget_adopted(event: Event) -> Heard:
    """7. The one source of the budget."""
    yield FUND, d.TakeEdition(edition=edition_of(event.of(contracts.BudgetAdopted)))


def distribution_adopted(event: Event) -> Heard:
    """12. The shares of the articles that it names."""
    data = event.of(contracts.DistributionAdopted)
    shares = tuple((share.payer, share.article, share.amount_cents) for share in data.shares)
    articles = tuple(row.article for row in data.quarters)
    yield FUND, d.TakeShares(year=data.year, articles=articles, shares=shares)


def surplus_allotted(event: Event) -> Heard:
    """23. Over-plan revenue raises an article."""
    data = event.of(reserve.SurplusAllotted)
    yield FUND, d.TakeAllotment(year=data.year, article=data.article, amount_cents=data.amount_cents)


def account_credited(event: Event) -> Heard:
    """17. Cash of a payer and source."""
    data = event.of(treasury.AccountCredited)
    yield (
        FUND,
        d.CreditAccount(
            payer=data.payer,
            source=data.source,
            amount_cents=data.amount_cents,
            value_on=data.value_on,
            reference=data.reference,
        ),
    )


def payment_reported(event: Event) -> Heard:
    """16. The bank's answer to an order."""
    data = event.of(treasury.PaymentReported)
    yield FUND, d.ReportOrder(order_id=data.order_id, outcome=data.outcome, on=data.on, reason=data.reason)


def notice_delivered(event: Event) -> Heard:
    """18. The ministry has the letter."""
    data = event.of(internal.NoticeDelivered)
    yield FUND, d.DeliverNotice(notice_no=data.notice_no, letter_sha256=data.letter_sha256)


def balance_return_ordered(event: Event) -> Heard:
    """25. A past year's balance returns to the VLK."""
    data = event.of(reconciliation.BalanceReturnOrdered)
    yield (
        FUND,
        d.ReturnBalance(payer=data.payer, source=data.source, year=data.year, amount_cents=data.amount_cents),
    )


def payer_merged(event: Event) -> Heard:
    """A payer's affairs become another's."""
    data = event.of(vlk.PayerMerged)
    yield FUND, d.MergePayer(payer=data.payer, into=data.into, on=data.on)


PAYMENTS = Service(
    name="payments",
    domains={
        FUND: Domain(state=State, events=PaymentEvent, decide=decide, evolve=evolve, waits=lambda _: True),
    },
    streams=(FUND,),
    subscriptions={
        "invoice.accepted": invoice_accepted,
        "compensation.due": compensation_due,
        "recovery.set_off": recovery_set_off,
        "budget.adopted": budget_adopted,
        "distribution.adopted": distribution_adopted,
        "surplus.allotted": surplus_allotted,
        "account.credited": account_credited,
        "payment.reported": payment_reported,
        "notice.delivered": notice_delivered,
        "payer.merged": payer_merged,
        "balance.return.ordered": balance_return_ordered,
    },
)
