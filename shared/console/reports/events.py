"""What happened in a year in contracts, invoicing, the reserve and reconciliation, for the note to tell in words."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.contracts import domain as contracts
from services.invoicing import domain as invoicing
from services.reconciliation import claims, close, sodra
from services.reserve import domain as reserve
from shared.console.reports.facts import Sum
from shared.engine.codec import Decision

INVOICING_TYPES = frozenset(
    cls.type
    for cls in (
        invoicing.InvoiceAccepted,
        invoicing.InvoiceReturned,
        invoicing.InvoiceRefused,
        invoicing.CheckOverdue,
    )
)

OF_ITS_YEAR = frozenset({
    contracts.BudgetAdopted, contracts.BudgetRefused, contracts.DistributionAdopted,
    reserve.SurplusAllotted, reserve.SurplusRefused, reserve.UseAllowed, reserve.UseRefused,
    reserve.TransferPlanned, reserve.TransferApproved, reserve.TransferWarned, reserve.TransferOrdered,
    reserve.TransferDone, reserve.TransferOverdue, reserve.LockTested,
    sodra.StatementSubmitted, sodra.StatementApproved, sodra.StatementReturned, sodra.StatementOverdue,
    sodra.CompensationDue,
    close.YearAccepted, close.YearRefused, close.YearOverdue, close.ReturnOrdered,
})  # fmt: skip
"""Events that name the year they belong to, whenever they were decided."""

OF_ITS_DAY = frozenset({
    contracts.ContractConcluded, contracts.ContractRefused, contracts.ContractChanged,
    claims.Demanded, claims.Repaid, claims.SetOff, claims.WrittenOff,
})  # fmt: skip
"""Events that belong to the year of their day."""


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
    check_overdue: list[tuple[date, invoicing.CheckOverdue]] = field(default_factory=list)

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
            case invoicing.InvoiceAccepted(kind="credit"):
                self.credited.add(event.amount_cents)
            case invoicing.InvoiceAccepted():
                self.accepted.add(event.amount_cents)
            case invoicing.InvoiceReturned():
                self.returned += 1
            case invoicing.InvoiceRefused():
                self.refused += 1
            case invoicing.CheckOverdue():
                self.check_overdue.append((decision.day, event))

    def of(self, cls: type) -> list[tuple[date, Any]]:
        """The events of a class that belong to the year."""
        return self.events.get(cls, [])

    def of_last(self, cls: type) -> list[tuple[date, Any]]:
        """The events of a class that belong to the year before and were told in this one."""
        return self.told_in.get(cls, [])
