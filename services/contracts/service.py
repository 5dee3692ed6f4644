"""What contracts hears; all of it is decided in one stream, ``contracts``."""

from services.contracts.decide import decide
from services.contracts.state import Event, State, evolve
from shared.engine.service import Domain, Service, all_to, always
from shared.events.invoicing import InvoiceAccepted
from shared.events.vlk import (
    BudgetApproved,
    ContractAccountProposed,
    ContractChangeProposed,
    ContractEnded,
    ContractProposed,
    DistributionProposed,
    MonthPlanApproved,
    PayerMerged,
)

CONTRACTS_STREAM = "contracts"

CONTRACTS = Service(
    name="contracts",
    domains={CONTRACTS_STREAM: Domain(state=State, events=Event, decide=decide, evolve=evolve, waits=always)},
    streams=(CONTRACTS_STREAM,),
    routes=all_to(
        CONTRACTS_STREAM,
        BudgetApproved,
        DistributionProposed,
        ContractProposed,
        ContractChangeProposed,
        ContractEnded,
        ContractAccountProposed,
        MonthPlanApproved,
        InvoiceAccepted,
        PayerMerged,
    ),
)
