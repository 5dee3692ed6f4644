"""What happened in a year in contracts, invoicing, the reserve and reconciliation, for the note to tell in words."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.reconciliation import sodra
from services.reserve import state as reserve
from shared.engine.codec import Decision
from shared.events.contracts import (
    BudgetAdopted,
    BudgetRefused,
    ContractChanged,
    ContractConcluded,
    ContractRefused,
    DistributionAdopted,
)
from shared.events.invoicing import InvoiceAccepted, InvoiceCheckOverdue, InvoiceRefused, InvoiceReturned
from shared.events.reconciliation import (
    BalanceReturnOrdered,
    CompensationDue,
    PayerYearAccepted,
    PayerYearOverdue,
    PayerYearRefused,
    RecoveryDemanded,
    RecoveryRepaid,
    RecoverySetOff,
    RecoveryWrittenOff,
    SodraStatementApproved,
    SodraStatementOverdue,
    SodraStatementReturned,
)
from shared.events.reserve import (
    ReserveTransferDone,
    ReserveTransferOrdered,
    ReserveTransferOverdue,
    ReserveTransferPlanned,
    ReserveTransferWarned,
    ReserveUseAllowed,
    ReserveUseRefused,
    SurplusAllotted,
    SurplusRefused,
)
from shared.reports.year.facts import Sum

INVOICING_TYPES = frozenset(
    cls.type
    for cls in (
        InvoiceAccepted,
        InvoiceReturned,
        InvoiceRefused,
        InvoiceCheckOverdue,
    )
)

OF_ITS_YEAR: frozenset[Any] = frozenset({
    BudgetAdopted, BudgetRefused, DistributionAdopted,
    SurplusAllotted, SurplusRefused, ReserveUseAllowed, ReserveUseRefused,
    ReserveTransferPlanned, reserve.TransferApproved, ReserveTransferWarned, ReserveTransferOrdered,
    ReserveTransferDone, ReserveTransferOverdue, reserve.LockTested,
    sodra.StatementSubmitted, SodraStatementApproved, SodraStatementReturned, SodraStatementOverdue,
    CompensationDue,
    PayerYearAccepted, PayerYearRefused, PayerYearOverdue, BalanceReturnOrdered,
})  # fmt: skip
"""Events that name the year they belong to, whenever they were decided."""

OF_ITS_DAY: frozenset[Any] = frozenset({
    ContractConcluded, ContractRefused, ContractChanged,
    RecoveryDemanded, RecoveryRepaid, RecoverySetOff, RecoveryWrittenOff,
})  # fmt: skip
"""Events that belong to the year of their day."""

HAPPENED_TYPES = frozenset(cls.type for cls in OF_ITS_YEAR | OF_ITS_DAY)


@dataclass(slots=True, kw_only=True)
class Happened:
    """The events of a year by class, in order, each with the day on which it was decided; invoices are counted.

    ``told_in`` holds what was told in the year of the year before: its debt, its reports, its returns (points 24, 25).
    """

    year: int
    events: dict[type, list[tuple[date, Any]]] = field(default_factory=dict)
    told_in: dict[type, list[tuple[date, Any]]] = field(default_factory=dict)
    accepted: Sum = field(default_factory=Sum)
    credited: Sum = field(default_factory=Sum)
    returned: int = 0
    refused: int = 0
    check_overdue: list[tuple[date, InvoiceCheckOverdue]] = field(default_factory=list)

    def see(self, decision: Decision, event: Any, _state: object = None) -> None:  # noqa: ANN401 - any event
        """Take an event of contracts, the reserve or reconciliation."""
        in_year = decision.day.year == self.year
        if type(event) in OF_ITS_YEAR:
            if event.year == self.year:
                self.events.setdefault(type(event), []).append((decision.day, event))
            elif in_year and event.year == self.year - 1:
                self.told_in.setdefault(type(event), []).append((decision.day, event))
        elif type(event) in OF_ITS_DAY and in_year:
            self.events.setdefault(type(event), []).append((decision.day, event))

    def see_invoice(self, decision: Decision, event: Any) -> None:  # noqa: ANN401 - any event of invoicing
        """Count an answer to an invoice."""
        if decision.day.year != self.year:
            return
        match event:
            case InvoiceAccepted(kind="credit"):
                self.credited.add(event.amount_cents)
            case InvoiceAccepted():
                self.accepted.add(event.amount_cents)
            case InvoiceReturned():
                self.returned += 1
            case InvoiceRefused():
                self.refused += 1
            case InvoiceCheckOverdue():
                self.check_overdue.append((decision.day, event))

    def of(self, cls: type) -> list[tuple[date, Any]]:
        """The events of a class that belong to the year."""
        return self.events.get(cls, [])

    def of_last(self, cls: type) -> list[tuple[date, Any]]:
        """The events of a class that belong to the year before and were told in this one."""
        return self.told_in.get(cls, [])
