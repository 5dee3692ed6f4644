"""What payments hears; all of it is decided in one stream, ``fund``."""

from services.payments.decide import decide
from services.payments.events import Event
from services.payments.fold import evolve
from services.payments.state import State
from shared.engine.service import Domain, Service, all_to, always
from shared.events.contracts import BudgetAdopted, ContractAccountConfirmed, DistributionAdopted
from shared.events.internal import NoticeDelivered
from shared.events.invoicing import InvoiceAccepted
from shared.events.reconciliation import BalanceReturnOrdered, CompensationDue, RecoverySetOff
from shared.events.reserve import SurplusAllotted
from shared.events.treasury import AccountCredited, AdministrationPaid, PaymentReported
from shared.events.vlk import OverrunDelivered, PayerMerged

FUND = "fund"

PAYMENTS = Service(
    name="payments",
    domains={FUND: Domain(state=State, events=Event, decide=decide, evolve=evolve, waits=always)},
    streams=(FUND,),
    routes=all_to(
        FUND,
        InvoiceAccepted,
        CompensationDue,
        RecoverySetOff,
        BudgetAdopted,
        DistributionAdopted,
        SurplusAllotted,
        ContractAccountConfirmed,
        AccountCredited,
        AdministrationPaid,
        PaymentReported,
        NoticeDelivered,
        OverrunDelivered,
        PayerMerged,
        BalanceReturnOrdered,
    ),
)
