"""What reconciliation hears.

Three matters that share nothing, each a stream of its own: ``sodra`` (22), ``close`` (a payer's years: 24, 25),
``claims`` (20, 21).
"""

from services.reconciliation import claims, payer_years, sodra
from shared.engine.service import Domain, Service, all_to, always, together
from shared.events.contracts import BudgetAdopted, DistributionAdopted
from shared.events.invoicing import InvoiceAccepted
from shared.events.payments import (
    PaymentCreditUnused,
    PaymentDeferred,
    PaymentExecuted,
    PaymentLowered,
    PaymentOrdered,
    PaymentRejected,
    PaymentReturned,
    PaymentScheduled,
)
from shared.events.sodra import SodraStatementSubmitted
from shared.events.treasury import AccountCredited, RevenueReceived
from shared.events.vlk import PayerMerged, PayerYearReported, RecoveryClaimed, RecoverySettled, SodraStatementReviewed

SODRA, CLOSE, CLAIMS = "sodra", "close", "claims"

RECONCILIATION = Service(
    name="reconciliation",
    domains={
        name: Domain(state=of.State, events=of.Event, decide=of.decide, evolve=of.evolve, waits=always)
        for name, of in ((SODRA, sodra), (CLOSE, payer_years), (CLAIMS, claims))
    },
    streams=(SODRA, CLOSE, CLAIMS),
    routes=together(
        all_to(
            SODRA,
            BudgetAdopted,
            RevenueReceived,
            PaymentScheduled,
            PaymentLowered,
            PaymentDeferred,
            SodraStatementSubmitted,
            SodraStatementReviewed,
        ),
        all_to(
            CLOSE,
            DistributionAdopted,
            AccountCredited,
            PaymentOrdered,
            PaymentExecuted,
            PaymentRejected,
            PaymentReturned,
            PayerYearReported,
            PayerMerged,
        ),
        all_to(CLAIMS, InvoiceAccepted, RecoveryClaimed, RecoverySettled, PaymentCreditUnused, PayerMerged),
    ),
)
