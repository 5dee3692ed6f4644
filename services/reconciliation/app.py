"""What reconciliation hears, and as which command; no rule here.

Three matters that share nothing, each a stream of its own: ``sodra`` (22), ``close`` (24, 25), ``claims`` (20, 21).
"""

from services.reconciliation import claims, close, sodra
from shared.engine.service import Domain, Heard, Service
from shared.events import contracts, invoicing, payments, treasury, vlk
from shared.events import sodra as said_by_sodra
from shared.kernel.budget import edition_of
from shared.messages.envelope import Event

SODRA, CLOSE, CLAIMS = "sodra", "close", "claims"


def budget_adopted(event: Event) -> Heard:
    """22. Sodra's article and revenue lines stand in the budget."""
    yield SODRA, sodra.TakeEdition(edition=edition_of(event.of(contracts.BudgetAdopted)))


def revenue_received(event: Event) -> Heard:
    """22. Our own record of Sodra's revenue."""
    data = event.of(treasury.RevenueReceived)
    yield (
        SODRA,
        sodra.ReceiveRevenue(
            code=data.code, amount_cents=data.amount_cents, received_on=data.received_on, reference=data.reference
        ),
    )


def payment_scheduled(event: Event) -> Heard:
    """22. What is committed of Sodra's article."""
    data = event.of(payments.PaymentScheduled)
    if data.source == close.PSDF:
        yield (
            SODRA,
            sodra.Commit(
                invoice_id=data.invoice_id, year=data.year, article=data.article, amount_cents=data.amount_cents
            ),
        )


def payment_lowered(event: Event) -> Heard:
    """22. Less is committed."""
    data = event.of(payments.PaymentLowered)
    if data.payment_id is not None:
        yield SODRA, sodra.Uncommit(invoice_id=data.invoice_id, amount_cents=data.lowered_cents)


def payment_deferred(event: Event) -> Heard:
    """22. What waits is not committed."""
    data = event.of(payments.PaymentDeferred)
    yield SODRA, sodra.Uncommit(invoice_id=data.invoice_id, amount_cents=data.amount_cents)


def statement_submitted(event: Event) -> Heard:
    """22. A statement of a quarter."""
    data = event.of(said_by_sodra.SodraStatementSubmitted)
    yield (
        SODRA,
        sodra.Submit(
            year=data.year,
            quarter=data.quarter,
            submission=data.submission,
            transferred_cents=data.transferred_cents,
            offset_cents=data.offset_cents,
            related_cents=data.related_cents,
            compensation_cents=data.compensation_cents,
        ),
    )


def statement_reviewed(event: Event) -> Heard:
    """22. A clerk's verdict."""
    data = event.of(vlk.SodraStatementReviewed)
    yield (
        SODRA,
        sodra.Review(
            year=data.year,
            quarter=data.quarter,
            submission=data.submission,
            verdict=data.verdict,
            reasons=data.reasons,
        ),
    )


def distribution_adopted(event: Event) -> Heard:
    """24. Who has a share reports its year."""
    data = event.of(contracts.DistributionAdopted)
    payers = tuple(dict.fromkeys(share.payer for share in data.shares if share.amount_cents))
    yield CLOSE, close.TakeShares(year=data.year, payers=payers)


def account_credited(event: Event) -> Heard:
    """24. What came in."""
    data = event.of(treasury.AccountCredited)
    yield (
        CLOSE,
        close.CountCredit(
            payer=data.payer,
            source=data.source,
            amount_cents=data.amount_cents,
            value_on=data.value_on,
            reference=data.reference,
        ),
    )


def payment_ordered(event: Event) -> Heard:
    """24. What was used."""
    data = event.of(payments.PaymentOrdered)
    yield (
        CLOSE,
        close.CountOrder(
            order_id=data.order_id,
            payer=data.payer,
            source=data.source,
            year=data.year,
            amount_cents=data.amount_cents,
        ),
    )


def payment_executed(event: Event) -> Heard:
    """24. An order that stands."""
    yield CLOSE, close.SettleOrder(order_id=event.of(payments.PaymentExecuted).order_id, rejected=False)


def payment_rejected(event: Event) -> Heard:
    """24. An order that was not used."""
    yield CLOSE, close.SettleOrder(order_id=event.of(payments.PaymentRejected).order_id, rejected=True)


def payer_year_reported(event: Event) -> Heard:
    """24. A territorial fund's report."""
    data = event.of(vlk.PayerYearReported)
    yield (
        CLOSE,
        close.ReportYear(
            payer=data.payer,
            source=data.source,
            year=data.year,
            received_cents=data.received_cents,
            used_cents=data.used_cents,
            balance_cents=data.balance_cents,
        ),
    )


def payer_merged(event: Event) -> Heard:
    """A payer's ledger and claims become another's."""
    data = event.of(vlk.PayerMerged)
    yield CLOSE, close.MergePayer(payer=data.payer, into=data.into, on=data.on)
    yield CLAIMS, claims.MergePayer(payer=data.payer, into=data.into, on=data.on)


def invoice_accepted(event: Event) -> Heard:
    """20, 21. What a claim may name."""
    data = event.of(invoicing.InvoiceAccepted)
    if data.kind == "invoice":
        yield (
            CLAIMS,
            claims.KnowInvoice(
                invoice_id=data.invoice_id,
                provider_code=data.provider_code,
                contract_id=data.contract_id,
                service_month=data.service_month,
                amount_cents=data.amount_cents,
                payer=data.payer,
            ),
        )


def recovery_claimed(event: Event) -> Heard:
    """20, 21. A claim."""
    data = event.of(vlk.RecoveryClaimed)
    yield (
        CLAIMS,
        claims.Claim(
            claim_id=data.claim_id,
            provider_code=data.provider_code,
            invoice_id=data.invoice_id,
            amount_cents=data.amount_cents,
            basis=data.basis,
            reason=data.reason,
        ),
    )


def recovery_settled(event: Event) -> Heard:
    """20, 21. A settlement."""
    data = event.of(vlk.RecoverySettled)
    yield (
        CLAIMS,
        claims.Settle(
            claim_id=data.claim_id,
            amount_cents=data.amount_cents,
            how=data.how,
            invoice_id=data.invoice_id,
            document=data.document,
        ),
    )


def credit_unused(event: Event) -> Heard:
    """21. What is open of a credit is to be recovered."""
    data = event.of(payments.PaymentCreditUnused)
    yield (
        CLAIMS,
        claims.HandOver(
            by=data.by, contract_id=data.contract_id, provider_code=data.provider_code, open_cents=data.open_cents
        ),
    )


def _always(_state: object) -> bool:
    return True


RECONCILIATION = Service(
    name="reconciliation",
    domains={
        SODRA: Domain(state=sodra.State, events=sodra.Event, decide=sodra.decide, evolve=sodra.evolve, waits=_always),
        CLOSE: Domain(state=close.State, events=close.Event, decide=close.decide, evolve=close.evolve, waits=_always),
        CLAIMS: Domain(
            state=claims.State, events=claims.Event, decide=claims.decide, evolve=claims.evolve, waits=_always
        ),
    },
    streams=(SODRA, CLOSE, CLAIMS),
    subscriptions={
        "budget.adopted": budget_adopted,
        "revenue.received": revenue_received,
        "payment.scheduled": payment_scheduled,
        "payment.lowered": payment_lowered,
        "payment.deferred": payment_deferred,
        "sodra.statement.submitted": statement_submitted,
        "sodra.statement.reviewed": statement_reviewed,
        "distribution.adopted": distribution_adopted,
        "account.credited": account_credited,
        "payment.ordered": payment_ordered,
        "payment.executed": payment_executed,
        "payment.rejected": payment_rejected,
        "payer.year.reported": payer_year_reported,
        "payer.merged": payer_merged,
        "invoice.accepted": invoice_accepted,
        "recovery.claimed": recovery_claimed,
        "recovery.settled": recovery_settled,
        "payment.credit.unused": credit_unused,
    },
)
